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
  'agent.phone',
  'company.name',
  'company.taxId',
  'kind',
  'today',
  'receivables_table',
  'totals',
  'count',
  'firstDueOn',
  'lastDueOn',
  'days',
] as const

/** Filters for dates and money, in the customer's language: `{{ today | date }}`, `{{ today | long_date }}`. */
export const noticeTemplateFilters = ['date', 'long_date', 'money', 'upcase', 'downcase', 'capitalize', 'default'] as const
