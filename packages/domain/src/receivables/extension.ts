import { addDays, type CalendarDay } from '../calendar-day.ts'
import type { RefusalCode } from '../refusal.ts'

/** How far from today a due date can be moved on: what is further away is a new agreement. */
export const mostExtensionDays = 365

/** Why a due date is not moved on to this day, or null: later than it stands, not in the past, at most a year ahead, and something is owed. */
export function extensionRefusal(asked: {
  dueOn: CalendarDay
  newDueOn: CalendarDay
  today: CalendarDay
  balanceMinor: bigint
}): Extract<RefusalCode, 'receivable-settled' | 'extension-not-later' | 'extension-past' | 'extension-too-far'> | null {
  if (asked.balanceMinor <= 0n) return 'receivable-settled'
  if (asked.newDueOn <= asked.dueOn) return 'extension-not-later'
  if (asked.newDueOn < asked.today) return 'extension-past'
  return asked.newDueOn > addDays(asked.today, mostExtensionDays) ? 'extension-too-far' : null
}

/**
 * The due date that a source's word leads to: a source that repeats a day from which an extension was granted here does not know of the extension, and
 * takes nothing back. Any other day is its correction.
 */
export function dueOnAfterExtensions(
  stated: CalendarDay,
  standing: CalendarDay,
  extendedFrom: readonly CalendarDay[],
): CalendarDay {
  return extendedFrom.includes(stated) ? standing : stated
}
