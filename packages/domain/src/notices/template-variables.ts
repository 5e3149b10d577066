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
  'company.paymentLink',
  'company.bankDetails',
  'kind',
  'level',
  'today',
  'receivables_table',
  'totals',
  'grossTotals',
  'credits',
  'overdueTotals',
  'upcomingTotals',
  'statementTotal',
  'statementAttached',
  'count',
  'firstDueOn',
  'lastDueOn',
  'oldestDays',
  'receivables',
] as const
export type NoticeTemplateVariable = (typeof noticeTemplateVariables)[number]

/** What each of `receivables` has, in `{% for receivable in receivables %}`. */
export const noticeReceivableVariables = ['number', 'issuedOn', 'dueOn', 'days', 'balance', 'currency', 'overdue'] as const

/** Filters that an editor offers; dates are said in the customer's language: `{{ today | date }}`, `{{ today | long_date }}`. */
export const noticeTemplateFilters = ['date', 'long_date', 'upcase', 'downcase', 'capitalize', 'default'] as const

/** What a text should name, or its reader misses it: a warning, never an error. Any one of each group is enough. */
export const expectedTemplateVariables = {
  body: [
    { missing: 'table', anyOf: ['receivables_table', 'receivables'] },
    {
      missing: 'totals',
      anyOf: ['receivables_table', 'totals', 'grossTotals', 'overdueTotals', 'upcomingTotals', 'statementTotal'],
    },
    { missing: 'agent', anyOf: ['agent.name', 'agent.email'] },
    { missing: 'company', anyOf: ['company.name'] },
  ],
  subject: [{ missing: 'company', anyOf: ['company.name'] }],
} as const satisfies Record<'subject' | 'body', readonly { missing: string; anyOf: readonly NoticeTemplateVariable[] }[]>

export type MissingVariable = 'table' | 'totals' | 'agent' | 'company'

/** Which expected variables a text does not name (product.md section 14.16). */
export function missingVariables(field: 'subject' | 'body', used: readonly string[]): MissingVariable[] {
  return expectedTemplateVariables[field]
    .filter(({ anyOf }) => !anyOf.some((name) => used.some((one) => one === name || one.startsWith(`${name}.`))))
    .map(({ missing }) => missing)
}
