import { addDays, type CalendarDay, weekdayOf } from './calendar-day.ts'

/** The days on which notices leave: product.md section 8, company settings of section 1. */
export interface BusinessCalendar {
  /** ISO weekdays, 1 Monday to 7 Sunday. */
  businessWeekdays: readonly number[]
  holidays: ReadonlySet<CalendarDay>
}

/** Monday to Friday, what a company has unless it configures something else (product.md section 8). */
export const defaultBusinessWeekdays: readonly number[] = [1, 2, 3, 4, 5]

/** The longest run of closed days that is looked across, in days. */
export const longestClosedRunDays = 400

/** A weekday of the company's list that is no holiday (product.md section 8). */
export function isBusinessDay(day: CalendarDay, calendar: BusinessCalendar): boolean {
  return calendar.businessWeekdays.includes(weekdayOf(day)) && !calendar.holidays.has(day)
}

/**
 * The last business day up to and with `day`. Where there is none within 400 days (a calendar without business weekdays,
 * say) it is the day itself, which then is no business day: ask `isBusinessDay` where that matters.
 */
export function businessDayOnOrBefore(day: CalendarDay, calendar: BusinessCalendar): CalendarDay {
  return nearestBusinessDay(day, calendar, -1)
}

/** The first business day from `day` on; the day itself where there is none within 400 days. */
export function businessDayOnOrAfter(day: CalendarDay, calendar: BusinessCalendar): CalendarDay {
  return nearestBusinessDay(day, calendar, 1)
}

function nearestBusinessDay(day: CalendarDay, calendar: BusinessCalendar, step: 1 | -1): CalendarDay {
  let candidate = day
  for (let distance = 0; distance <= longestClosedRunDays; distance += 1) {
    if (isBusinessDay(candidate, calendar)) return candidate
    candidate = addDays(candidate, step)
  }
  return day
}
