import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDays } from '../calendar-day.ts'
import { applicationDay, chargeDay, type DayMovement, planInstalments, splitEvenly } from './ledger.ts'

const start = '2026-01-01'
const anyDay = fc.integer({ min: 0, max: 20 }).map((n) => addDays(start, n))

test('an application leaves the balance below zero on no day, and no earlier day would do', () => {
  // A history as the ledger keeps it: never below zero at the end of a day.
  const anyHistory = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.bigInt({ min: -50n, max: 60n })), { minLength: 1, maxLength: 12 })
    .map((steps) => {
      const history: DayMovement[] = []
      let at = 0
      let balance = 0n
      for (const [gap, wanted] of steps) {
        at += gap
        const amountMinor = balance + wanted < 0n ? -balance : wanted
        balance += amountMinor
        history.push({ on: addDays(start, at), amountMinor })
      }
      return history
    })
  const lowestFrom = (history: readonly DayMovement[], from: string) => {
    const days = [from, ...history.map((each) => each.on).filter((on) => on > from)]
    return days
      .map((on) => history.filter((each) => each.on <= on).reduce((sum, each) => sum + each.amountMinor, 0n))
      .reduce((least, sum) => (sum < least ? sum : least))
  }
  fc.assert(
    fc.property(anyHistory, anyDay, fc.bigInt({ min: 1n, max: 80n }), (history, from, amount) => {
      const day = applicationDay(history, from, amount)
      const balance = history.reduce((sum, each) => sum + each.amountMinor, 0n)
      if (day === null) {
        expect(balance).toBeLessThan(amount)
        return
      }
      expect(day >= from).toBe(true)
      expect(lowestFrom(history, day)).toBeGreaterThanOrEqual(amount)
      if (day > from) expect(lowestFrom(history, addDays(day, -1))).toBeLessThan(amount)
    }),
    { numRuns: 500 },
  )
})

test('a charge stands on its issue day, but neither in the future nor after what paid it', () => {
  expect(chargeDay('2026-02-01', '2026-03-01')).toBe('2026-02-01')
  expect(chargeDay('2062-02-01', '2026-03-01')).toBe('2026-03-01')
  expect(chargeDay('2026-02-20', '2026-03-01', '2026-02-10')).toBe('2026-02-10')
})

test('parts add up to the total exactly, whatever does not divide', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 15n }), fc.integer({ min: 1, max: 60 }), (total, count) => {
      const parts = splitEvenly(total, count)
      expect(parts).toHaveLength(count)
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(total)
    }),
  )
  expect(planInstalments(10_000n, '2026-01-01', { count: 3, firstAfterDays: 30, everyDays: 30 })).toEqual([
    { dueOn: '2026-01-31', amountMinor: 3333n },
    { dueOn: '2026-03-02', amountMinor: 3333n },
    { dueOn: '2026-04-01', amountMinor: 3334n },
  ])
})
