import { expect, it } from 'vitest'
import { hoursShown, periodOf, stepFrom } from './calendar-periods.ts'

it('a week begins on Monday, a month shows whole weeks, never more than six', () => {
  expect(periodOf('week', '2026-03-04', '')).toEqual({ from: '2026-03-02', to: '2026-03-08' })
  expect(periodOf('week', '2026-03-08', '')).toEqual({ from: '2026-03-02', to: '2026-03-08' })
  expect(periodOf('month', '2026-03-31', '')).toEqual({ from: '2026-02-23', to: '2026-04-05' })
  expect(periodOf('month', '2026-02-10', '')).toEqual({ from: '2026-01-26', to: '2026-03-01' })
  expect(periodOf('month', '2021-02-10', '')).toEqual({ from: '2021-02-01', to: '2021-02-28' })
  expect(periodOf('month', '2026-08-10', '')).toEqual({ from: '2026-07-27', to: '2026-09-06' })
})

it('the list goes from day to day, at most six weeks, and a week where its end is missing or before its beginning', () => {
  expect(periodOf('list', '2026-03-04', '2026-03-20')).toEqual({ from: '2026-03-04', to: '2026-03-20' })
  expect(periodOf('list', '2026-03-04', '2026-03-01')).toEqual({ from: '2026-03-04', to: '2026-03-10' })
  expect(periodOf('list', '2026-03-04', '2027-03-01')).toEqual({ from: '2026-03-04', to: '2026-04-14' })
})

it('goes on by what is shown, across years too', () => {
  expect(stepFrom('day', '2026-12-31', '', 1)).toEqual({ on: '2027-01-01', to: '' })
  expect(stepFrom('week', '2026-03-04', '', -1)).toEqual({ on: '2026-02-25', to: '' })
  expect(stepFrom('month', '2026-01-31', '', 1)).toEqual({ on: '2026-02-01', to: '' })
  expect(stepFrom('month', '2026-01-31', '', -1)).toEqual({ on: '2025-12-01', to: '' })
  expect(stepFrom('list', '2026-03-04', '2026-03-05', 1)).toEqual({ on: '2026-03-06', to: '2026-03-07' })
})

it('shows the hours of the company and those at which something stands', () => {
  expect(hoursShown('08:00', '17:00', [])).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16])
  expect(hoursShown('08:00', '17:30', [6])).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17])
  expect(hoursShown('08:00', '10:00', [23]).at(-1)).toBe(23)
})
