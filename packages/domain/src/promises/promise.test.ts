import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isBusinessDay } from '../business-calendar.ts'
import { addDays, daysBetween } from '../calendar-day.ts'
import { graceUntilOf, judgePromise, keptRate, type PromisedPart, promiseDayRefusal } from './promise.ts'

const calendar = { businessWeekdays: [1, 2, 3, 4, 5], holidays: new Set(['2026-03-10']) }

test('a promise is for today or later, at most 180 days ahead', () => {
  expect(promiseDayRefusal('2026-03-01', '2026-03-02')).toBe('promise-day-past')
  expect(promiseDayRefusal('2026-03-02', '2026-03-02')).toBeNull()
  expect(promiseDayRefusal(addDays('2026-03-02', 180), '2026-03-02')).toBeNull()
  expect(promiseDayRefusal(addDays('2026-03-02', 181), '2026-03-02')).toBe('promise-day-too-far')
})

describe('days of grace', () => {
  test('are business days: weekends and holidays do not count', () => {
    expect(graceUntilOf('2026-03-06', 0, calendar)).toBe('2026-03-06')
    expect(graceUntilOf('2026-03-06', 1, calendar)).toBe('2026-03-09')
    expect(graceUntilOf('2026-03-07', 1, calendar)).toBe('2026-03-09')
    expect(graceUntilOf('2026-03-06', 2, calendar)).toBe('2026-03-11')
  })
  test('end on a business day after the promised one, and a company without business days still comes to an end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 30 }), (n, grace) => {
        const dueOn = addDays('2024-01-01', n)
        const until = graceUntilOf(dueOn, grace, calendar)
        expect(isBusinessDay(until, calendar)).toBe(true)
        expect(daysBetween(dueOn, until)).toBeGreaterThanOrEqual(grace)
        expect(daysBetween(dueOn, graceUntilOf(dueOn, grace, { businessWeekdays: [], holidays: new Set() }))).toBe(grace)
      }),
    )
  })
})

const part = (promised: number, paid: number, balance: number): PromisedPart => ({
  promisedMinor: BigInt(promised),
  paidMinor: BigInt(paid),
  balanceMinor: BigInt(balance),
})
const judge = (parts: PromisedPart[], today = '2026-03-05') => judgePromise({ parts, today, graceUntil: '2026-03-09' })

describe('payments decide a promise', () => {
  test('kept as soon as the sum came, whichever of its receivables it was applied to', () => {
    expect(judge([part(300, 300, 100), part(200, 0, 200)])).toBe('open')
    expect(judge([part(300, 400, 0), part(200, 100, 100)])).toBe('kept')
  })
  test('open until the last day of grace, that day included; then broken, or partly kept where some money came', () => {
    expect(judge([part(300, 0, 300)], '2026-03-09')).toBe('open')
    expect(judge([part(300, 0, 300)], '2026-03-10')).toBe('broken')
    expect(judge([part(300, 1, 299)], '2026-03-10')).toBe('partly-kept')
  })
  test('what was credited is not asked for; where nothing was left to pay it is settled', () => {
    expect(judge([part(300, 200, 0)], '2026-03-10')).toBe('kept')
    expect(judge([part(300, 0, 0)], '2026-03-10')).toBe('settled')
  })
  test('more money never makes the verdict worse, and after the grace no promise stays open', () => {
    const rank = { broken: 0, 'partly-kept': 1, open: 1, settled: 2, kept: 2 }
    const anyPart = fc.record({
      promised: fc.integer({ min: 1, max: 100 }),
      paid: fc.integer({ min: 0, max: 100 }),
      balance: fc.integer({ min: 0, max: 100 }),
    })
    fc.assert(
      fc.property(fc.array(anyPart, { minLength: 1, maxLength: 5 }), fc.integer({ min: 0, max: 50 }), (parts, more) => {
        const before = judge(
          parts.map((one) => part(one.promised, one.paid, one.balance)),
          '2026-03-10',
        )
        const after = judge(
          parts.map((one) => {
            const moved = Math.min(more, one.balance)
            return part(one.promised, one.paid + moved, one.balance - moved)
          }),
          '2026-03-10',
        )
        expect(before).not.toBe('open')
        expect(rank[after]).toBeGreaterThanOrEqual(rank[before])
      }),
    )
  })
})

test('the kept rate is of what was decided, a promise kept in part counts for half', () => {
  expect(keptRate({ kept: 0, partlyKept: 0, broken: 0 })).toBeNull()
  expect(keptRate({ kept: 1, partlyKept: 0, broken: 1 })).toBe(50)
  expect(keptRate({ kept: 1, partlyKept: 1, broken: 1 })).toBe(50)
  expect(keptRate({ kept: 3, partlyKept: 0, broken: 0 })).toBe(100)
})
