import { addDays, type CalendarDay } from '../calendar-day.ts'
import type { RefusalCode } from '../refusal.ts'

/** The days on which a follow-up may be due when somebody chooses one: further away it is a slip of the hand, not a plan. */
export function dueRange(today: CalendarDay): { min: CalendarDay; max: CalendarDay } {
  return { min: addDays(today, -366), max: addDays(today, 5 * 366) }
}

/** Why a day is not chosen as due, or null (product.md section 6). */
export function dueDayRefusal(dueOn: CalendarDay, today: CalendarDay): Extract<RefusalCode, 'due-out-of-range'> | null {
  const { min, max } = dueRange(today)
  return dueOn < min || dueOn > max ? 'due-out-of-range' : null
}
