import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays } from '../calendar-day.ts'
import { agingBucketOf, agingBuckets, agingOf } from './aging.ts'
import { creditHoldOf } from './credit-hold.ts'

describe('aging', () => {
  test.each([
    [-10, 'notDue'],
    [0, 'notDue'],
    [1, 'days1To30'],
    [30, 'days1To30'],
    [31, 'days31To60'],
    [60, 'days31To60'],
    [61, 'days61To90'],
    [90, 'days61To90'],
    [91, 'over90'],
    [4000, 'over90'],
  ])('%d days after the due date: %s', (days, bucket) => {
    expect(agingBucketOf('2026-03-01', addDays('2026-03-01', days))).toBe(bucket)
  })

  test('buckets add up to the balance, per currency, always', () => {
    const anyReceivable = fc.record({
      dueOn: fc.integer({ min: -200, max: 200 }).map((n) => addDays('2026-06-01', n)),
      balanceMinor: fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
      currency: fc.constantFrom('USD', 'CLP', 'EUR'),
    })
    fc.assert(
      fc.property(fc.array(anyReceivable), (receivables) => {
        const rows = agingOf(receivables, '2026-06-01')
        expect(rows.map((row) => row.currency)).toEqual([...new Set(receivables.map((r) => r.currency))].sort())
        for (const row of rows) {
          const own = receivables.filter((r) => r.currency === row.currency)
          expect(row.balance).toBe(own.reduce((sum, r) => sum + r.balanceMinor, 0n))
          expect(agingBuckets.reduce((sum, bucket) => sum + row[bucket], 0n)).toBe(row.balance)
          for (const bucket of agingBuckets) {
            const within = own.filter((r) => agingBucketOf(r.dueOn, '2026-06-01') === bucket)
            expect(row[bucket]).toBe(within.reduce((sum, r) => sum + r.balanceMinor, 0n))
          }
        }
      }),
    )
  })
})

describe('credit hold', () => {
  const free = { manualReason: null, limitMinor: null, balanceMinor: 0n, oldestOverdueDays: 0, toleranceDays: null }
  const none = { onHold: false, reason: null }

  test('nobody is held without a reason', () => {
    expect(creditHoldOf(free)).toEqual(none)
    expect(creditHoldOf({ ...free, balanceMinor: 10n ** 12n, oldestOverdueDays: 999 })).toEqual(none)
  })

  test('by hand, before any other reason; a blank reason is none', () => {
    const worst = { limitMinor: 0n, balanceMinor: 1n, oldestOverdueDays: 9, toleranceDays: 0 }
    expect(creditHoldOf({ ...worst, manualReason: 'cheque returned' })).toEqual({ onHold: true, reason: 'manual' })
    expect(creditHoldOf({ ...worst, manualReason: ' ' })).toEqual({ onHold: true, reason: 'limit-passed' })
  })

  test('above the limit, not at it', () => {
    expect(creditHoldOf({ ...free, limitMinor: 100n, balanceMinor: 101n })).toEqual({ onHold: true, reason: 'limit-passed' })
    expect(creditHoldOf({ ...free, limitMinor: 100n, balanceMinor: 100n })).toEqual(none)
    expect(creditHoldOf({ ...free, limitMinor: 0n, balanceMinor: 0n })).toEqual(none)
  })

  test('overdue by more than the tolerance', () => {
    expect(creditHoldOf({ ...free, oldestOverdueDays: 11, toleranceDays: 10 })).toEqual({ onHold: true, reason: 'overdue' })
    expect(creditHoldOf({ ...free, oldestOverdueDays: 10, toleranceDays: 10 })).toEqual(none)
    expect(creditHoldOf({ ...free, oldestOverdueDays: 1, toleranceDays: 0 })).toEqual({ onHold: true, reason: 'overdue' })
    expect(creditHoldOf({ ...free, oldestOverdueDays: 0, toleranceDays: -1 })).toEqual(none)
  })
})
