/** What a customer contests, so that it can be counted; the words of the customer stand in the reason. */
export const disputeCategories = [
  'not-received',
  'quality',
  'price',
  'quantity',
  'returned',
  'already-paid',
  'duplicate',
  'other',
] as const
export type DisputeCategory = (typeof disputeCategories)[number]

/** For how many days a receivable whose dispute was right is not written about, so that the credit note has time to come. */
export const creditNoteDays = 15
