import type { CalendarDay } from '../calendar-day.ts'

/** A receivable that a payment may pay. Amounts are minor units of one currency. */
export interface OpenReceivable {
  id: string
  dueOn: CalendarDay
  balanceMinor: bigint
}

/** How a payment is spread where nobody says how: the oldest due date first, whole balances, until it is used up. What is left stays unapplied. */
export function allocateOldestFirst(
  amountMinor: bigint,
  receivables: readonly OpenReceivable[],
): { receivableId: string; amountMinor: bigint }[] {
  const oldestFirst = receivables
    .filter((one) => one.balanceMinor > 0n)
    .sort((a, b) => (a.dueOn === b.dueOn ? (a.id < b.id ? -1 : 1) : a.dueOn < b.dueOn ? -1 : 1))
  const parts: { receivableId: string; amountMinor: bigint }[] = []
  let left = amountMinor
  for (const { id, balanceMinor } of oldestFirst) {
    if (left <= 0n) break
    let part = left
    if (balanceMinor < left) part = balanceMinor
    parts.push({ receivableId: id, amountMinor: part })
    left -= part
  }
  return parts
}
