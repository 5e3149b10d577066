import { type BusinessCalendar, businessDayOnOrAfter, isBusinessDay } from '../business-calendar.ts'
import { addDays, type CalendarDay, daysBetween } from '../calendar-day.ts'
import type { RefusalCode } from '../refusal.ts'

export const promiseStates = ['open', 'kept', 'partly-kept', 'broken', 'withdrawn'] as const
export type PromiseState = (typeof promiseStates)[number]

/** How far ahead a customer may promise: what is further away is a payment plan, not a promise. */
export const mostPromiseDays = 180

/** Why nobody can promise to pay on this day, or null: from today on, at most 180 days ahead. */
export function promiseDayRefusal(
  dueOn: CalendarDay,
  today: CalendarDay,
): Extract<RefusalCode, 'promise-day-past' | 'promise-day-too-far'> | null {
  if (dueOn < today) return 'promise-day-past'
  return daysBetween(today, dueOn) > mostPromiseDays ? 'promise-day-too-far' : null
}

/**
 * The last day on which a promise can still be kept: so many business days after the promised day (the promised day itself for none). Where
 * there is no business day within 400 days the days of grace are calendar days.
 */
export function graceUntilOf(dueOn: CalendarDay, graceDays: number, calendar: BusinessCalendar): CalendarDay {
  let day = dueOn
  for (let left = graceDays; left > 0; left -= 1) {
    const next = businessDayOnOrAfter(addDays(day, 1), calendar)
    day = isBusinessDay(next, calendar) ? next : addDays(day, 1)
  }
  return day
}

/** One receivable of a promise, in minor units. */
export interface PromisedPart {
  promisedMinor: bigint
  /** What was applied to it since the promise, by payments made in time. */
  paidMinor: bigint
  /** What is still to be collected of it now. */
  balanceMinor: bigint
}

/**
 * What the payments say of a promise. The sum decides: money that came counts for the promise, whichever of its receivables it was applied to.
 * What can no longer be paid (credited, or paid otherwise) is not asked for. `settled` is a promise of which nothing was left to keep although
 * nothing was paid on it.
 */
export function judgePromise(asked: {
  parts: readonly PromisedPart[]
  today: CalendarDay
  graceUntil: CalendarDay
}): 'open' | 'kept' | 'partly-kept' | 'broken' | 'settled' {
  let paid = 0n
  let wanted = 0n
  for (const part of asked.parts) {
    const possible = part.paidMinor + part.balanceMinor
    paid += part.paidMinor
    wanted += part.promisedMinor < possible ? part.promisedMinor : possible
  }
  if (wanted <= 0n) return 'settled'
  if (paid >= wanted) return 'kept'
  if (asked.today <= asked.graceUntil) return 'open'
  return paid > 0n ? 'partly-kept' : 'broken'
}

/** Kept promises among those that were decided, in whole percent (partly kept ones count for half); null where none was decided. */
export function keptRate(counts: { kept: number; partlyKept: number; broken: number }): number | null {
  const decided = counts.kept + counts.partlyKept + counts.broken
  return decided === 0 ? null : Math.round((100 * (counts.kept + counts.partlyKept / 2)) / decided)
}
