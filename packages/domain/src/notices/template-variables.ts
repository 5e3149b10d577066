/**
 * What a notice's subject and body may name, for the editor to offer. The renderer knows exactly these: any other name is
 * `template-invalid`.
 */
export const noticeTemplateVariables = [
  'customer.name',
  'customer.contactPerson',
  'customer.code',
  'agent.name',
  'agent.email',
  'company.name',
  'company.taxId',
  'kind',
  'today',
  'receivables_table',
  'totals',
  'count',
  'firstDueOn',
  'lastDueOn',
  'receivables',
] as const

/** What each of `receivables` has, in `{% for receivable in receivables %}`. */
export const noticeReceivableVariables = ['number', 'issuedOn', 'dueOn', 'days', 'balance', 'currency'] as const

/** Filters that an editor offers; dates are said in the customer's language: `{{ today | date }}`, `{{ today | long_date }}`. */
export const noticeTemplateFilters = ['date', 'long_date', 'upcase', 'downcase', 'capitalize', 'default'] as const
