/**
 * A day without time or zone, `YYYY-MM-DD`. Strings of this form compare (`<`, `===`) as the days do. Due dates are
 * calendar days; "today" is `dayOfInstant(now, company time zone)` (product.md section 8).
 */
export type CalendarDay = string

const dayPattern = /^\d{4}-\d{2}-\d{2}$/
const timePattern = /^([01]\d|2[0-3]):([0-5]\d)$/
const msPerDay = 86_400_000
const msPerMinute = 60_000
/** Day numbers of 0001-01-01 and 9999-12-31, counted from 1970-01-01. */
const firstDayNumber = -719_162
const lastDayNumber = 2_932_896

/**
 * Whether the text is a real day of the years 1900 to 9998, written `YYYY-MM-DD`. Refuses 2026-02-29, blanks around it,
 * year 10000. The year 9999 is left free so that a rule may still look 365 days ahead of any accepted day.
 */
export function isCalendarDay(text: string): boolean {
  return isDayUntil(text, 9998)
}

/** The day `n` days later (earlier when negative; `n` whole). Clamped to 0001-01-01 and 9999-12-31, never five digits of year. */
export function addDays(day: CalendarDay, n: number): CalendarDay {
  return dayOfNumber(numberOfDay(day) + n)
}

/** Whole days from one day to the other; negative when `to` is earlier. */
export function daysBetween(from: CalendarDay, to: CalendarDay): number {
  return numberOfDay(to) - numberOfDay(from)
}

/** ISO weekday, 1 Monday to 7 Sunday. */
export function weekdayOf(day: CalendarDay): number {
  const sinceMonday = (numberOfDay(day) + 3) % 7
  return (sinceMonday < 0 ? sinceMonday + 7 : sinceMonday) + 1
}

/**
 * Whether the runtime knows the IANA time zone. Offsets such as `+05:00` are refused: PostgreSQL reads their sign the
 * other way round.
 */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(name)) return false
  try {
    zoneOf(name)
    return true
  } catch {
    return false
  }
}

/** The day that the wall calendar of the zone shows at the instant. Throws RangeError for an unknown zone or an invalid date. */
export function dayOfInstant(instant: Date, timeZone: string): CalendarDay {
  return dayOfNumber(Math.floor(wallClockMs(instant.getTime(), timeZone) / msPerDay))
}

/** Day and minutes since midnight (0 to 1439) that calendar and clock of the zone show at the instant; seconds are dropped. */
export function localTimeOf(instant: Date, timeZone: string): { day: CalendarDay; minutes: number } {
  const wallMs = wallClockMs(instant.getTime(), timeZone)
  const dayNumber = Math.floor(wallMs / msPerDay)
  return { day: dayOfNumber(dayNumber), minutes: Math.floor((wallMs - dayNumber * msPerDay) / msPerMinute) }
}

/**
 * The instant at which the zone's clock shows `time` (`HH:MM`, 00:00 to 23:59) on the day. A time that comes twice (clocks
 * go back) is the first of the two. A time that does not exist (clocks go forward) moves forward by the length of the gap
 * (02:30 becomes 03:30), or is null with `gap: 'refuse'` (refusal `due-time-does-not-exist`). Null also for a day or time
 * that is not well formed. Throws RangeError for an unknown zone.
 */
export function instantOfLocal(
  day: CalendarDay,
  time: string,
  timeZone: string,
  options: { gap?: 'later' | 'refuse' } = {},
): Date | null {
  const minutes = minutesOfTime(time)
  // Also the year that is left free: a period that ends with the last accepted day ends when the next one begins.
  if (minutes === null || !isDayUntil(day, 9999)) return null
  const wallMs = numberOfDay(day) * msPerDay + minutes * msPerMinute
  // No zone is further than 16 h from UTC, so the offsets before and after any change near this time are among these.
  const before = offsetMs(wallMs - 16 * 60 * msPerMinute, timeZone)
  const candidates = [before, offsetMs(wallMs, timeZone), offsetMs(wallMs + 16 * 60 * msPerMinute, timeZone)]
    .map((offset) => wallMs - offset)
    .filter((ms) => wallClockMs(ms, timeZone) === wallMs)
  if (candidates.length > 0) return new Date(Math.min(...candidates))
  return options.gap === 'refuse' ? null : new Date(wallMs - before)
}

/** Minutes since midnight of `HH:MM` (00:00 to 23:59), or null. */
export function minutesOfTime(time: string): number | null {
  const match = timePattern.exec(time)
  return match ? Number(match[1]) * 60 + Number(match[2]) : null
}

function isDayUntil(text: string, lastYear: number): boolean {
  if (!dayPattern.test(text)) return false
  const year = Number(text.slice(0, 4))
  return year >= 1900 && year <= lastYear && isDayOfYear(year, Number(text.slice(5, 7)), Number(text.slice(8, 10)))
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

function isDayOfYear(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false
  const length = month === 2 ? (isLeapYear(year) ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return day <= length
}

/** Days since 1970-01-01. Throws RangeError when the text is not a day. */
function numberOfDay(day: CalendarDay): number {
  const year = Number(day.slice(0, 4))
  const month = Number(day.slice(5, 7))
  const dayOfMonth = Number(day.slice(8))
  if (!dayPattern.test(day) || !isDayOfYear(year, month, dayOfMonth)) throw new RangeError(`not a calendar day: ${day}`)
  // Years that start in March put the leap day last, so that months have a closed formula.
  const marchYear = month > 2 ? year : year - 1
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + dayOfMonth - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

function dayOfNumber(number: number): CalendarDay {
  if (!Number.isInteger(number)) throw new RangeError(`not a whole number of days: ${number}`)
  const shifted = Math.min(Math.max(number, firstDayNumber), lastDayNumber) + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${month < 10 ? '0' : ''}${month}-${day < 10 ? '0' : ''}${day}`
}

interface Zone {
  formatter: Intl.DateTimeFormat
  /** How far its clock was from UTC, in milliseconds, by minute since 1970: rules ask for the same few instants over and over. */
  offsets: Map<number, number>
}

const zones = new Map<string, Zone>()
const mostOffsets = 2000
/** Before 1973 clocks stood apart by seconds too; since then they change at whole minutes (not at whole hours: St. John's did at 00:01). */
const wholeMinutesSince = Date.UTC(1973, 0, 1)

/** Building a formatter costs a hundred times what formatting does. The map is bounded by the zones that exist. */
function zoneOf(timeZone: string): Zone {
  let zone = zones.get(timeZone)
  if (zone === undefined) {
    const formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    zone = { formatter, offsets: new Map() }
    zones.set(timeZone, zone)
  }
  return zone
}

/** What calendar and clock of the zone show, as if that were UTC, to the second. */
function wallClockMs(instantMs: number, timeZone: string): number {
  return Math.floor(instantMs / 1000) * 1000 + offsetMs(instantMs, timeZone)
}

function offsetMs(instantMs: number, timeZone: string): number {
  const { formatter, offsets } = zoneOf(timeZone)
  const minute = instantMs >= wholeMinutesSince ? Math.floor(instantMs / msPerMinute) : null
  const known = minute === null ? undefined : offsets.get(minute)
  if (known !== undefined) return known
  const fields: Record<string, number> = {}
  for (const { type, value } of formatter.formatToParts(instantMs)) fields[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute: minutes = 0, second = 0 } = fields
  const offset = Date.UTC(year, month - 1, day, hour, minutes, second) - Math.floor(instantMs / 1000) * 1000
  if (minute !== null) {
    if (offsets.size >= mostOffsets) offsets.clear()
    offsets.set(minute, offset)
  }
  return offset
}
