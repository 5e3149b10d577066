import type { QuoteState } from '@cartera/domain/quotes/quote-state'

/** The tone of each state; the words stand beside it. */
export const quoteTones = {
  draft: 'neutral',
  sending: 'warning',
  sent: 'info',
  expired: 'warning',
  accepted: 'success',
  rejected: 'error',
  withdrawn: 'neutral',
  replaced: 'neutral',
} as const satisfies Record<QuoteState, string>
