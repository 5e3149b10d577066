/** The states of a notice message; transitions and promises stand in docs/flows/notices.md. */
export const noticeStates = [
  'planned',
  'claimed',
  'dispatching',
  'sent',
  'deferred',
  'failed',
  'held',
  'cancelled',
  'uncertain',
] as const
export type NoticeState = (typeof noticeStates)[number]

/** The states as finance's queue groups them (product.md section 8). */
export const noticeGroups = {
  held: ['held'],
  scheduled: ['planned', 'deferred'],
  sending: ['claimed', 'dispatching'],
  sent: ['sent'],
  failed: ['failed'],
  uncertain: ['uncertain'],
  cancelled: ['cancelled'],
} as const satisfies Record<string, readonly NoticeState[]>
export type NoticeGroup = keyof typeof noticeGroups

/** Every reason that a plan, a message or a dropped item can have. */
export const noticeReasons = [
  // held
  'disputed',
  'no-recipient',
  'no-sender',
  'review',
  // held until a day or a fact, by themselves; catch-up days then count from the day on which they are free
  'paused',
  'promised',
  'stale-data',
  'too-soon',
  'contact-limit',
  // waits for an hour
  'outside-hours',
  // skipped by the plan, or why a message was cancelled or an item dropped
  'customer-inactive',
  'notices-off',
  'reminder-off',
  'overdue-off',
  'rule-off',
  'not-issued',
  'paid',
  'within-tolerance',
  'below-least',
  'covered-by-credit',
  'too-old',
  'past-due',
  'due-moved',
  'cancelled-by-hand',
  // deferred and failed
  'connection-failed',
  'refused-temporarily',
  'refused',
  'recipients-refused',
  'template-invalid',
  'too-many-attempts',
  // deferred without an attempt: as many as allowed have left
  'account-cap',
  'domain-cap',
  // uncertain
  'reply-lost',
  'lease-expired',
  // events only
  'interrupted',
  'changed-at-gate',
  'account-refused',
  'dispute-ended',
  'solved',
  'marked-as-sent',
  'sent-again',
  'moved',
  'given-back',
  'sender-changed',
  'journal-evidence',
  'relay-evidence',
  'mailbox-evidence',
  'bounce-evidence',
  'not-in-mailbox',
  // what came back to the sender's mailbox
  'bounced',
  'delivery-delayed',
  'replied',
  'merged',
  'import-undone',
] as const
export type NoticeReasonCode = (typeof noticeReasons)[number]

/** The facts of a reason, so that a person can read it: "promise until 3 Dec", "balances not refreshed for 52 h". */
export interface NoticeReasonParams {
  /** The last day of a pause or promise; for limits the day from which it may leave. */
  until?: string
  /** How old the balances are. */
  hours?: number
  /** The limit that is met: hours of freshness, days of interval, contacts, catch-up days. */
  limit?: number
  /** What the limit counts over. */
  per?: 'day' | 'week' | 'hours' | 'channel'
  /** As of when the balances are, as an instant. */
  since?: string
  /** The source of balances that is silent. */
  source?: string
  /** The day on which it would have matured, had that been a business day. */
  movedFrom?: string
  /** The least amount of a message, or the tolerance, with its currency. */
  amount?: string
  currency?: string
}
