import type { CalendarDay } from '../calendar-day.ts'
import type { RefusalCode } from '../refusal.ts'

/** What is kept of a quote: `issued` is fixed and with the customer, or on its way there. */
export const storedQuoteStates = ['draft', 'issued', 'accepted', 'rejected', 'withdrawn', 'replaced'] as const
export type StoredQuoteState = (typeof storedQuoteStates)[number]

/** What a quote is for people. */
export const quoteStates = ['draft', 'sending', 'sent', 'expired', 'accepted', 'rejected', 'withdrawn', 'replaced'] as const
export type QuoteState = (typeof quoteStates)[number]

/** A quote as far as its state is about it. `reached`: a mail server took it for the customer, or it was handed over without mail. */
export interface QuoteStanding {
  state: StoredQuoteState
  validUntil: CalendarDay
  issuedOn: CalendarDay | null
  reached: boolean
}

/** The state on a day: nothing has to run for a quote to expire, and none counts as sent before a mail server took it. */
export function quoteState(quote: QuoteStanding, today: CalendarDay): QuoteState {
  if (quote.state !== 'issued') return quote.state
  if (!quote.reached) return 'sending'
  return quote.validUntil < today ? 'expired' : 'sent'
}

/** Number and version as people name a quote: `000012`, its second version `000012-2`. */
export function quoteLabel(number: number, revision: number): string {
  const padded = String(number).padStart(6, '0')
  return revision === 1 ? padded : `${padded}-${revision}`
}

/** A quote is valid at least on its own day, and at most for a year. */
export const longestValidityDays = 366

/** Only a draft changes: what the customer has stays as it is, and a new version takes its place. */
export const changeQuoteRefusal = (quote: Pick<QuoteStanding, 'state'>): RefusalCode | null =>
  quote.state === 'draft' ? null : 'quote-fixed'

/** Only what has lines and is still valid leaves the house. */
export function issueQuoteRefusal(quote: Pick<QuoteStanding, 'state' | 'validUntil'> & { lines: number }, today: CalendarDay) {
  if (quote.state !== 'draft') return 'quote-fixed'
  if (quote.lines === 0) return 'quote-empty'
  return quote.validUntil < today ? 'quote-expired' : null
}

/**
 * Whether the customer can have accepted on the day that is told. Word that came in time may be noted later; an expired quote is not accepted, a new version of it is.
 */
export function acceptQuoteRefusal(quote: QuoteStanding, on: CalendarDay, today: CalendarDay): RefusalCode | null {
  if (quote.state !== 'issued') return 'quote-not-open'
  if (!quote.reached) return 'quote-not-sent'
  if (on > today) return 'day-in-future'
  if (quote.issuedOn !== null && on < quote.issuedOn) return 'quote-accepted-too-early'
  return on > quote.validUntil ? 'quote-expired' : null
}

/** What was said no to, or taken back, is one that the customer has (or is about to have); expired or not. */
export const endQuoteRefusal = (quote: Pick<QuoteStanding, 'state'>): RefusalCode | null =>
  quote.state === 'issued' ? null : 'quote-not-open'

/** A new version is made of what left the house and was not accepted; a draft is changed instead. */
export const reviseQuoteRefusal = (quote: Pick<QuoteStanding, 'state'>): RefusalCode | null =>
  quote.state === 'draft' || quote.state === 'accepted' || quote.state === 'replaced' ? 'quote-not-open' : null
