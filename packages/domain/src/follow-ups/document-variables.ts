/** What the title and body of a follow-up's document may name, for the editor to offer; any other name is `template-invalid`. */
export const documentVariables = [
  'customer.name',
  'customer.contactPerson',
  'customer.code',
  'customer.taxId',
  'customer.address',
  'contact.name',
  'contact.position',
  'agent.name',
  'agent.email',
  'company.name',
  'company.taxId',
  'company.paymentLink',
  'company.bankDetails',
  'followUp.number',
  'followUp.subject',
  'today',
  'receivables_table',
  'totals',
  'overdueTotals',
  'count',
  'firstDueOn',
  'lastDueOn',
  'oldestDays',
  'receivables',
] as const

/** Which of the customer's open receivables a document lists. */
export type DocumentLists = 'linked' | 'overdue' | 'open' | 'none'
