import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BusinessCalendar,
  businessDayOnOrAfter,
  businessDayOnOrBefore,
  defaultBusinessWeekdays,
  isBusinessDay,
} from './business-calendar.ts'
import { addDays } from './calendar-day.ts'

const weekdays: BusinessCalendar = { businessWeekdays: defaultBusinessWeekdays, holidays: new Set(['2026-04-03']) }

describe('the business calendar', () => {
  test('Monday to Friday without holidays', () => {
    expect(isBusinessDay('2026-04-02', weekdays)).toBe(true)
    expect(isBusinessDay('2026-04-03', weekdays)).toBe(false)
    expect(isBusinessDay('2026-04-04', weekdays)).toBe(false)
    expect(isBusinessDay('2026-04-05', weekdays)).toBe(false)
    expect(isBusinessDay('2026-04-06', weekdays)).toBe(true)
  })

  test('a company that works on Saturdays has them', () => {
    expect(isBusinessDay('2026-04-04', { businessWeekdays: [1, 2, 3, 4, 5, 6], holidays: new Set() })).toBe(true)
  })

  test('a holiday and the weekend after it are crossed in both directions', () => {
    expect(businessDayOnOrBefore('2026-04-05', weekdays)).toBe('2026-04-02')
    expect(businessDayOnOrAfter('2026-04-03', weekdays)).toBe('2026-04-06')
    expect(businessDayOnOrBefore('2026-04-02', weekdays)).toBe('2026-04-02')
    expect(businessDayOnOrAfter('2026-04-06', weekdays)).toBe('2026-04-06')
  })

  test('without any business day within 400 days it is the day itself', () => {
    const never: BusinessCalendar = { businessWeekdays: [], holidays: new Set() }
    expect(businessDayOnOrAfter('2026-04-03', never)).toBe('2026-04-03')
    expect(businessDayOnOrBefore('2026-04-03', never)).toBe('2026-04-03')
    const closed = (days: number): BusinessCalendar => ({
      businessWeekdays: [1, 2, 3, 4, 5, 6, 7],
      holidays: new Set(Array.from({ length: days }, (_, n) => addDays('2026-01-01', n))),
    })
    expect(businessDayOnOrAfter('2026-01-01', closed(400))).toBe(addDays('2026-01-01', 400))
    expect(businessDayOnOrAfter('2026-01-01', closed(401))).toBe('2026-01-01')
    expect(businessDayOnOrBefore(addDays('2026-01-01', 399), closed(400))).toBe('2025-12-31')
    expect(businessDayOnOrBefore(addDays('2026-01-01', 400), closed(401))).toBe(addDays('2026-01-01', 400))
  })

  test('the nearest business day has no business day between it and the day', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 365 }).map((n) => addDays('2026-01-01', n)),
        fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        fc.array(
          fc.integer({ min: 0, max: 365 }).map((n) => addDays('2026-01-01', n)),
          { maxLength: 60 },
        ),
        (day, businessWeekdays, holidays) => {
          const calendar = { businessWeekdays, holidays: new Set(holidays) }
          const after = businessDayOnOrAfter(day, calendar)
          const before = businessDayOnOrBefore(day, calendar)
          expect(isBusinessDay(after, calendar) && isBusinessDay(before, calendar)).toBe(true)
          expect(before <= day && day <= after).toBe(true)
          for (let d = addDays(before, 1); d < after; d = addDays(d, 1)) {
            if (d !== day) expect(isBusinessDay(d, calendar)).toBe(false)
          }
        },
      ),
    )
  })
})
