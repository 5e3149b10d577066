import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anchorOf, monthsLater, nextAfterPurchase, openingDay } from './renewal.ts'

describe('months later', () => {
  test('the end of a month stays its end: 31 Jan, 28 or 29 Feb, and 31 again in March', () => {
    expect(monthsLater('2026-01-31', 1, 31)).toBe('2026-02-28')
    expect(monthsLater('2028-01-31', 1, 31)).toBe('2028-02-29')
    expect(monthsLater('2026-02-28', 1, 31)).toBe('2026-03-31')
    expect(monthsLater('2026-11-30', 3, 30)).toBe('2027-02-28')
    expect(monthsLater('2028-02-29', 12, 29)).toBe('2029-02-28')
    expect(monthsLater('2029-02-28', 36, 29)).toBe('2032-02-29')
  })
  test('each step lands in the month asked for, on the anchor or the month’s last day', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2000, max: 2080 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 31 }),
        fc.integer({ min: 1, max: 120 }),
        (year, month, anchor, months) => {
          const pad = (value: number) => String(value).padStart(2, '0')
          const then = monthsLater(`${year}-${pad(month)}-01`, months, anchor)
          const index = Number(then.slice(0, 4)) * 12 + Number(then.slice(5, 7))
          expect(index).toBe(year * 12 + month + months)
          const day = anchorOf(then)
          expect(
            day === anchor ||
              (day < anchor &&
                new Date(`${then}T00:00:00Z`).getUTCMonth() !==
                  new Date(Date.parse(`${then}T00:00:00Z`) + 86_400_000).getUTCMonth()),
          ).toBe(true)
        },
      ),
    )
  })
})

test('renewing keeps the rhythm, early or late, and never comes due on or before the purchase', () => {
  const renewal = { nextOn: '2026-03-31', everyMonths: 1, anchorDay: 31 }
  expect(nextAfterPurchase(renewal, '2026-03-20')).toBe('2026-04-30')
  expect(nextAfterPurchase(renewal, '2026-04-10')).toBe('2026-04-30')
  expect(nextAfterPurchase(renewal, '2026-04-30')).toBe('2026-05-31')
  expect(nextAfterPurchase({ ...renewal, everyMonths: 12 }, '2029-06-01')).toBe('2030-03-31')
})

test('its follow-up is opened so many days ahead', () => {
  expect(openingDay('2026-03-31', 30)).toBe('2026-03-01')
  expect(openingDay('2026-03-31', 0)).toBe('2026-03-31')
})
