import { type CalendarDay, daysBetween } from '../calendar-day.ts'

/** Days overdue, product.md section 7. */
export const agingBuckets = ['notDue', 'days1To30', 'days31To60', 'days61To90', 'over90'] as const

export type AgingBucket = (typeof agingBuckets)[number]

/** The bucket of a due date on a day; what is due today is not due yet (product.md section 7). */
export function agingBucketOf(dueOn: CalendarDay, today: CalendarDay): AgingBucket {
  const daysOverdue = daysBetween(dueOn, today)
  if (daysOverdue <= 0) return 'notDue'
  if (daysOverdue <= 30) return 'days1To30'
  if (daysOverdue <= 60) return 'days31To60'
  return daysOverdue <= 90 ? 'days61To90' : 'over90'
}

/** Balances of one currency by bucket, in minor units. The five buckets add up to `balance`, always (product.md section 14.11). */
export type Aging = Record<AgingBucket | 'balance', bigint> & { currency: string }

/** The aging of receivables on a day, one row per currency, sorted by currency. Negative balances (credits) count as they are. */
export function agingOf(
  receivables: Iterable<{ dueOn: CalendarDay; balanceMinor: bigint; currency: string }>,
  today: CalendarDay,
): Aging[] {
  const rows = new Map<string, Aging>()
  for (const { dueOn, balanceMinor, currency } of receivables) {
    let row = rows.get(currency)
    if (row === undefined) {
      row = { currency, balance: 0n, notDue: 0n, days1To30: 0n, days31To60: 0n, days61To90: 0n, over90: 0n }
      rows.set(currency, row)
    }
    row[agingBucketOf(dueOn, today)] += balanceMinor
    row.balance += balanceMinor
  }
  return [...rows.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1))
}
