import { type BusinessCalendar, businessDayOnOrAfter, isBusinessDay } from '../business-calendar.ts'
import { addDays, type CalendarDay, instantOfLocal, localTimeOf, minutesOfTime } from '../calendar-day.ts'
import type { RefusalCode } from '../refusal.ts'
import type { FollowUpState } from './follow-up-state.ts'

/** When the company works; `opensAt` and `closesAt` are `HH:MM` on the clock of `timeZone`, on every business day. */
export interface BusinessHours {
  calendar: BusinessCalendar
  timeZone: string
  opensAt: string
  closesAt: string
}

/** One year. */
export const mostPostponementHours = 8760

const msPerHour = 3_600_000
const msPerMinute = 60_000

/** Why a follow-up is not postponed by so many hours, or null: whole hours, 1 to 8760, of an active one (product.md section 6). */
export function postponementRefusal(asked: {
  state: FollowUpState
  hours: number
}): Extract<RefusalCode, 'hours-not-positive' | 'hours-not-whole' | 'hours-too-many' | 'follow-up-not-active'> | null {
  if (asked.state !== 'active') return 'follow-up-not-active'
  if (asked.hours > mostPostponementHours) return 'hours-too-many'
  if (asked.hours <= 0) return 'hours-not-positive'
  return Number.isInteger(asked.hours) ? null : 'hours-not-whole'
}

/**
 * The due time after postponing by `hours`, counted from now or from the present due time, whichever is later, so that
 * postponing never lands in the past (product.md section 6). With business hours only open time on business days counts,
 * by the clock on the wall, and the result lies within it, closing time included; outside of it the count starts at the
 * next opening. Business hours that never open (no business day within 400 days, closing not after opening) are ignored.
 */
export function postponedDueAt(asked: { now: Date; dueAt: Date; hours: number; businessHours: BusinessHours | null }): Date {
  const base = new Date(Math.max(asked.dueAt.getTime(), asked.now.getTime()))
  const plain = new Date(base.getTime() + asked.hours * msPerHour)
  if (asked.businessHours === null) return plain
  const opening = openingOf(asked.businessHours)
  if (opening === null) return plain
  const { calendar, timeZone } = asked.businessHours

  const { day: baseDay, minutes } = localTimeOf(base, timeZone)
  const baseMs = minutes * msPerMinute + (((base.getTime() % msPerMinute) + msPerMinute) % msPerMinute)
  let day = baseMs < opening.closesMs ? baseDay : addDays(baseDay, 1)
  let at = opening.opensMs
  if (day === baseDay && baseMs > at && isBusinessDay(day, calendar)) at = baseMs
  let left = asked.hours * msPerHour
  for (;;) {
    day = businessDayOnOrAfter(day, calendar)
    if (!isBusinessDay(day, calendar)) return plain
    if (at + left <= opening.closesMs) break
    left -= opening.closesMs - at
    at = opening.opensMs
    day = addDays(day, 1)
  }
  at += left
  const result = instantOf(day, at, timeZone)
  // The second of two like hours (clocks go back) can leave the wall clock behind the base: then the hours themselves count.
  const due = result === null || result <= base ? plain : result
  // Where a change of clocks swallows the end of the opening hours, the next opening is the time.
  return isOpen(due, calendar, timeZone, opening)
    ? due
    : postponedDueAt({ now: due, dueAt: due, hours: 0, businessHours: asked.businessHours })
}

interface Opening {
  opensMs: number
  closesMs: number
}

function openingOf(hours: BusinessHours): Opening | null {
  const opens = minutesOfTime(hours.opensAt)
  const closes = minutesOfTime(hours.closesAt)
  if (opens === null || closes === null || closes <= opens) return null
  return { opensMs: opens * msPerMinute, closesMs: closes * msPerMinute }
}

/** Wall-clock milliseconds since midnight of the day as an instant; seconds below the minute are carried over. */
function instantOf(day: CalendarDay, wallMs: number, timeZone: string): Date | null {
  const minutes = Math.floor(wallMs / msPerMinute)
  const time = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
  const instant = instantOfLocal(day, time, timeZone)
  return instant === null ? null : new Date(instant.getTime() + (wallMs % msPerMinute))
}

function isOpen(instant: Date, calendar: BusinessCalendar, timeZone: string, opening: Opening): boolean {
  const { day, minutes } = localTimeOf(instant, timeZone)
  const atMs = minutes * msPerMinute
  return isBusinessDay(day, calendar) && atMs >= opening.opensMs && atMs <= opening.closesMs
}
