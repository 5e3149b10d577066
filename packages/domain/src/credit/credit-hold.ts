export type CreditHoldReason = 'manual' | 'limit-passed' | 'overdue'

export interface CreditHold {
  onHold: boolean
  /** Null exactly when there is no hold. */
  reason: CreditHoldReason | null
}

/**
 * Whether a customer is on credit hold, and the first reason: set by hand (with a reason that is not blank), the balance
 * above the limit (a balance equal to it is within), a receivable overdue by more days than the company tolerates
 * (product.md section 2). Limit and tolerance null are not set and hold nobody; a limit of 0 holds whoever owes anything.
 * Limit and balance are minor units of the same currency; `oldestOverdueDays` is 0 where nothing is overdue.
 */
export function creditHoldOf(customer: {
  manualReason: string | null
  limitMinor: bigint | null
  balanceMinor: bigint
  oldestOverdueDays: number
  toleranceDays: number | null
}): CreditHold {
  const { manualReason, limitMinor, balanceMinor, oldestOverdueDays, toleranceDays } = customer
  if (manualReason !== null && manualReason.trim() !== '') return { onHold: true, reason: 'manual' }
  if (limitMinor !== null && balanceMinor > limitMinor) return { onHold: true, reason: 'limit-passed' }
  // A tolerance of 0 days holds from the first day overdue; what is due today is not overdue.
  if (toleranceDays !== null && oldestOverdueDays > 0 && oldestOverdueDays > toleranceDays)
    return { onHold: true, reason: 'overdue' }
  return { onHold: false, reason: null }
}
