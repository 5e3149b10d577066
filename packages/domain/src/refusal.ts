/**
 * Every reason for which Cartera says no to something a person may see. One closed union: a new code does not
 * compile until its HTTP status and its sentences in Spanish and English exist (packages/contract/src/refusals.ts).
 */
export type RefusalCode =
  // session and access
  | 'credentials-wrong'
  | 'too-many-attempts'
  | 'session-expired'
  | 'not-allowed'
  | 'not-found'
  | 'set-up-done'
  | 'password-too-short'
  | 'password-wrong'
  // any record
  | 'changed-meanwhile'
  | 'name-taken'
  | 'code-taken'
  | 'email-taken'
  | 'external-id-taken'
  | 'in-use'
  | 'reference-unknown'
  | 'cursor-invalid'
  | 'items-refused'
  // organisation
  | 'last-administrator'
  | 'time-zone-unknown'
  | 'country-unknown'
  | 'closing-before-opening'
  | 'payment-url-invalid'
  | 'image-unreadable'
  | 'holiday-taken'
  // customers and contacts
  | 'tax-id-invalid'
  | 'phone-invalid'
  | 'file-not-a-vcard'
  | 'custom-field-unknown'
  | 'too-many-custom-fields'
  | 'custom-choice-missing'
  | 'customer-inactive'
  | 'too-many-views'
  // merged customers
  | 'customer-merged'
  | 'merge-same-customer'
  | 'merge-undone'
  | 'merge-followed'
  | 'merge-ledger-crossed'
  | 'merge-notices-mixed'
  // files of a customer
  | 'file-blank'
  | 'file-name-empty'
  | 'file-is-program'
  | 'file-not-what-it-says'
  | 'file-interrupted'
  | 'file-lost'
  | 'files-too-many'
  // handovers
  | 'handover-same-agent'
  | 'handover-agent-inactive'
  | 'handover-author-may-not'
  // cases
  | 'case-resolved'
  // renewals
  | 'renewal-not-later'
  // opportunities
  | 'opportunity-closed'
  | 'opportunity-stage-missing'
  // quotes
  | 'quote-fixed'
  | 'quote-empty'
  | 'quote-expired'
  | 'quote-not-open'
  | 'quote-not-sent'
  | 'quote-accepted-too-early'
  | 'quote-has-draft'
  | 'quantity-invalid'
  | 'percent-invalid'
  // products
  | 'price-list-has-prices'
  // interests
  | 'interest-known'
  // notes
  | 'note-needs-department'
  // follow-ups
  | 'hours-not-positive'
  | 'hours-not-whole'
  | 'hours-too-many'
  | 'follow-up-not-active'
  | 'due-time-does-not-exist'
  | 'document-too-long'
  | 'postponement-not-later'
  | 'postponement-too-far'
  | 'due-in-past'
  | 'due-incomplete'
  | 'due-out-of-range'
  | 'follow-up-cycle'
  | 'time-in-future'
  // interactions
  | 'entry-internal'
  | 'interaction-closed'
  | 'message-unread'
  // receivables
  | 'amount-invalid'
  | 'amount-too-precise'
  | 'as-of-in-future'
  | 'amount-not-positive'
  | 'amount-over-balance'
  | 'day-invalid'
  | 'currency-unknown'
  | 'customer-unknown'
  | 'receivable-unknown'
  | 'duplicate-in-request'
  | 'due-before-issue'
  | 'amount-below-paid'
  | 'currency-mismatch'
  | 'instalment-taken'
  | 'payment-differs'
  | 'applications-over-amount'
  // ledger
  | 'application-undone'
  | 'credit-note-differs'
  | 'day-before-record'
  | 'day-in-future'
  | 'document-number-taken'
  | 'document-settled'
  | 'document-voided'
  | 'due-too-far'
  | 'instalments-do-not-add-up'
  | 'instalments-missing'
  | 'kept-elsewhere'
  | 'movement-not-reversible'
  | 'payment-looks-repeated'
  | 'payment-over-balance'
  | 'payment-reversed'
  | 'period-reversed'
  | 'period-too-long'
  | 'statement-too-long'
  | 'report-too-long'
  | 'sum-too-large'
  // promises, extensions, disputes, portfolio
  | 'promise-day-past'
  | 'promise-day-too-far'
  | 'promise-standing'
  | 'promise-not-open'
  | 'receivable-settled'
  | 'extension-not-later'
  | 'extension-past'
  | 'extension-too-far'
  | 'not-disputed'
  | 'too-many-customers'
  // portal
  | 'portal-link-invalid'
  | 'portal-access-off'
  | 'portal-customer-inactive'
  | 'portal-needs-email'
  | 'public-address-missing'
  | 'voucher-unreadable'
  | 'voucher-damaged'
  | 'voucher-protected'
  | 'voucher-too-many-pixels'
  | 'claim-repeated'
  | 'claim-decided'
  | 'claim-answer-needed'
  | 'too-many-open-claims'
  | 'day-too-long-ago'
  // bank details
  | 'account-number-invalid'
  | 'second-person-needed'
  | 'proposal-waiting'
  | 'proposal-decided'
  // imports
  | 'file-not-a-spreadsheet'
  | 'file-too-large'
  | 'file-parse-timeout'
  | 'columns-missing'
  | 'column-unknown'
  | 'file-empty'
  | 'value-missing'
  | 'value-invalid'
  | 'text-too-long'
  | 'date-order-ambiguous'
  | 'rows-refused'
  | 'import-not-ready'
  | 'file-encrypted'
  | 'file-gone'
  | 'field-unknown'
  | 'key-ambiguous'
  | 'record-exists'
  | 'record-missing'
  | 'reference-ambiguous'
  // mail accounts and notices
  | 'mail-account-missing'
  | 'mail-account-paused'
  | 'mail-account-unverified'
  | 'mail-account-refused'
  | 'mail-server-unreachable'
  | 'mail-host-private'
  | 'mail-message-refused'
  | 'mail-not-failed'
  | 'mail-password-needed'
  | 'mail-password-unreadable'
  | 'mail-address-invalid'
  | 'mail-code-expired'
  | 'mail-code-wrong'
  | 'mail-folder-missing'
  | 'mail-oauth-incomplete'
  | 'mail-token-url-invalid'
  | 'mail-username-needed'
  | 'rule-in-use'
  | 'rule-kind-mismatch'
  | 'rule-duplicate'
  | 'days-out-of-range'
  | 'number-out-of-range'
  | 'repetition-overdue-only'
  | 'day-in-past'
  | 'day-too-far'
  | 'hours-not-in-order'
  | 'instant-in-future'
  | 'contact-hours-missing'
  | 'contact-hours-invalid'
  | 'contact-hours-overlap'
  | 'contact-limit-out-of-range'
  | 'template-invalid'
  | 'template-last'
  | 'notice-not-releasable'
  | 'notice-state-conflict'
  | 'receivable-disputed'

/** One of several fields that are refused together, as `items.3.email`. */
export interface RefusedField {
  field: string
  code: RefusalCode
  params?: Record<string, string | number>
}

/**
 * Thrown by a use case to refuse. `field` names the input field it is about (camelCase, as in the contract);
 * `params` fill the placeholders of the sentence. `errors` names several fields at once (code `items-refused`).
 */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly field: string | undefined
  readonly params: Record<string, string | number>
  readonly errors: readonly RefusedField[]
  constructor(
    code: RefusalCode,
    options: { field?: string; params?: Record<string, string | number>; errors?: readonly RefusedField[] } = {},
  ) {
    super(code)
    this.name = 'Refusal'
    this.code = code
    this.field = options.field
    this.params = options.params ?? {}
    this.errors = options.errors ?? []
  }
}
