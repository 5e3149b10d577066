import { type BusinessCalendar, businessDayOnOrAfter, isBusinessDay } from '../business-calendar.ts'
import { addDays, type CalendarDay, dayOfInstant, instantOfLocal, localTimeOf, minutesOfTime } from '../calendar-day.ts'
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

/** A time that is named instead of a number of hours; `answer` waits for the customer, until a time at the latest. */
export type PostponeUntil = 'tomorrow' | 'after-holiday' | 'answer'

/** When a morning begins where the company opens earlier. */
const morning = '09:00'

/**
 * The named time as an instant. `tomorrow` is the day after today at 9:00, or at opening where that is later; where business hours are respected it is the
 * next business day. `after-holiday` is the next business day after today at opening, whether or not business hours are respected otherwise.
 */
export function namedDueAt(asked: {
  until: Exclude<PostponeUntil, 'answer'>
  now: Date
  hours: BusinessHours
  /** Whether the company respects business hours when it postpones. */
  respected: boolean
}): Date {
  const { hours, now, until } = asked
  const { calendar, timeZone, opensAt, closesAt } = hours
  const tomorrow = addDays(dayOfInstant(now, timeZone), 1)
  const day = until === 'after-holiday' || asked.respected ? businessDayOnOrAfter(tomorrow, calendar) : tomorrow
  const opens = openingOf(hours) === null ? morning : opensAt
  const time = until === 'after-holiday' || opens > morning || morning >= closesAt ? opens : morning
  const instant = instantOfLocal(day, time, timeZone)
  // A day that a time zone leaves out (Samoa, 2011) is the day after it.
  return instant ?? new Date(now.getTime() + 24 * msPerHour)
}

/**
 * Why a follow-up is not postponed to a time, or null: later than now, and not more than a year ahead; a named time is also later than the due time, or
 * postponing would bring it forward.
 */
export function postponementToRefusal(asked: {
  state: FollowUpState
  until: PostponeUntil
  now: Date
  dueAt: Date
  toDueAt: Date
}): Extract<RefusalCode, 'follow-up-not-active' | 'postponement-not-later' | 'due-in-past' | 'postponement-too-far'> | null {
  const { state, until, now, dueAt, toDueAt } = asked
  if (state !== 'active') return 'follow-up-not-active'
  if (toDueAt <= now) return 'due-in-past'
  if (until !== 'answer' && toDueAt <= dueAt) return 'postponement-not-later'
  return toDueAt.getTime() - now.getTime() > mostPostponementHours * msPerHour ? 'postponement-too-far' : null
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
