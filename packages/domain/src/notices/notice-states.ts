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
  // skipped by the plan, or why a message was cancelled or an item dropped
  'customer-inactive',
  'notices-off',
  'reminder-off',
  'overdue-off',
  'rule-off',
  'not-issued',
  'paid',
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
] as const
export type NoticeReasonCode = (typeof noticeReasons)[number]
