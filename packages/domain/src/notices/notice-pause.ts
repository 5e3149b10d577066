import { addDays, type CalendarDay } from '../calendar-day.ts'
import type { RefusalCode } from '../refusal.ts'

/** The most calendar days for which notices may be paused at once. */
export const mostPauseDays = 366

/** The last day until which notices may be paused today. */
export const lastPauseDay = (today: CalendarDay): CalendarDay => addDays(today, mostPauseDays)

/** Why notices may not be paused until the day, or null: it is past, or further off than a pause may last. */
export function pauseRefusal(
  untilOn: CalendarDay,
  today: CalendarDay,
): Extract<RefusalCode, 'day-in-past' | 'day-too-far'> | null {
  if (untilOn < today) return 'day-in-past'
  return untilOn > lastPauseDay(today) ? 'day-too-far' : null
}

/** Whether a pause holds notices back today: its last day is not over. */
export const isPaused = (untilOn: CalendarDay | null, today: CalendarDay): boolean => untilOn !== null && untilOn >= today
