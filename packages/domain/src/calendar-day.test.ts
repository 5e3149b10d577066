import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDays,
  dayOfInstant,
  daysBetween,
  instantOfLocal,
  isCalendarDay,
  isTimeZone,
  localTimeOf,
  minutesOfTime,
  weekdayOf,
} from './calendar-day.ts'

const msPerDay = 86_400_000
/** The oracle: JavaScript's own calendar in UTC. */
const dayByDate = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const anyDayMs = fc
  .integer({ min: Date.UTC(1900, 0, 1) / msPerDay, max: Date.UTC(9998, 11, 31) / msPerDay })
  .map((n) => n * msPerDay)
const zones = [
  'UTC',
  'America/Guayaquil',
  'America/Santiago',
  'America/Asuncion',
  'America/Havana',
  'America/Sao_Paulo',
  'Europe/Madrid',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Asia/Kathmandu',
  'Pacific/Apia',
]
const anyZone = fc.constantFrom(...zones)
const anyMinute = fc
  .integer({ min: Date.UTC(1975, 0, 1) / 60_000, max: Date.UTC(2060, 0, 1) / 60_000 })
  .map((n) => new Date(n * 60_000))
const timeOf = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

describe('calendar days', () => {
  test.each(['2026-01-01', '2024-02-29', '2000-02-29', '1900-01-01', '9998-12-31'])('%s is a day', (text) => {
    expect(isCalendarDay(text)).toBe(true)
  })

  test.each([
    '2026-02-29',
    '1900-02-29',
    '2100-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '1899-12-31',
    '9999-01-01',
    '10000-01-01',
    '2026-1-1',
    ' 2026-01-01',
    '2026-01-01\n',
    '2026-01-01T00:00:00Z',
    '٢٠٢٦-01-01',
    '',
  ])('%j is no day', (text) => {
    expect(isCalendarDay(text)).toBe(false)
  })

  test('every day of the calendar is a day, and day arithmetic agrees with the calendar of JavaScript', () => {
    fc.assert(
      fc.property(anyDayMs, fc.integer({ min: -3000, max: 3000 }), (ms, n) => {
        const day = dayByDate(ms)
        expect(isCalendarDay(day)).toBe(true)
        expect(weekdayOf(day)).toBe(new Date(ms).getUTCDay() || 7)
        fc.pre(ms + n * msPerDay < Date.UTC(10_000, 0, 1))
        expect(addDays(day, n)).toBe(dayByDate(ms + n * msPerDay))
        expect(daysBetween(day, addDays(day, n))).toBe(n)
      }),
      { numRuns: 2000 },
    )
  })

  test('days compare as texts', () => {
    fc.assert(
      fc.property(anyDayMs, anyDayMs, (a, b) => {
        expect(dayByDate(a) < dayByDate(b)).toBe(daysBetween(dayByDate(a), dayByDate(b)) > 0)
      }),
    )
  })

  test('adding never leaves the years of four digits', () => {
    expect(addDays('9998-12-31', 365)).toBe('9999-12-31')
    expect(addDays('9998-12-31', 400_000)).toBe('9999-12-31')
    expect(addDays('1900-01-01', -4_000_000)).toBe('0001-01-01')
  })

  test('what is no day or no whole number is thrown, not guessed', () => {
    expect(() => addDays('2026-02-30', 1)).toThrow(RangeError)
    expect(() => addDays('today', 1)).toThrow(RangeError)
    expect(() => addDays('2026-02-01', 0.5)).toThrow(RangeError)
    expect(() => addDays('2026-02-01', Number.NaN)).toThrow(RangeError)
  })
})

describe('time zones', () => {
  test.each([...zones, 'Etc/GMT+5', 'America/Argentina/Buenos_Aires', 'America/Port-au-Prince'])('%s is a time zone', (name) => {
    expect(isTimeZone(name)).toBe(true)
  })

  test.each(['', '+05:00', '-03', 'Mars/Olympus', 'local', 'America/Guayaquil ', 'UTC; drop table'])('%j is none', (name) => {
    expect(isTimeZone(name)).toBe(false)
  })

  test('the same instant is another day on each side of the date line', () => {
    const instant = new Date('2026-03-01T03:30:00Z')
    expect(dayOfInstant(instant, 'America/Guayaquil')).toBe('2026-02-28')
    expect(dayOfInstant(instant, 'UTC')).toBe('2026-03-01')
    expect(dayOfInstant(new Date('2026-02-28T23:59:59.999Z'), 'Europe/Madrid')).toBe('2026-03-01')
    expect(localTimeOf(instant, 'America/Guayaquil')).toEqual({ day: '2026-02-28', minutes: 22 * 60 + 30 })
    expect(localTimeOf(new Date('2026-02-28T23:59:59.999Z'), 'UTC')).toEqual({ day: '2026-02-28', minutes: 1439 })
  })

  test('every half minute around a change of clocks shows what the calendar of JavaScript shows, asked in any order', () => {
    const changes: [string, string][] = [
      ['America/St_Johns', '2006-10-29T02:31:00Z'],
      ['America/St_Johns', '2007-03-11T03:31:00Z'],
      ['America/Santiago', '2026-04-05T03:00:00Z'],
      ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
      ['Asia/Kathmandu', '1985-12-31T18:30:00Z'],
      ['Africa/Monrovia', '1972-01-07T00:44:30Z'],
      ['Pacific/Apia', '2011-12-30T10:00:00Z'],
    ]
    for (const [timeZone, change] of changes) {
      const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
      const instants = Array.from({ length: 40 }, (_, n) => new Date(Date.parse(change) + (n - 20) * 30_000))
      for (const instant of [...instants, ...instants.reverse()]) {
        const { day, minutes } = localTimeOf(instant, timeZone)
        const shown = `${day} ${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
        expect(shown, `${timeZone} ${instant.toISOString()}`).toBe(clock.format(instant).slice(0, 16))
      }
    }
  })

  test('an invalid date and an unknown zone are thrown', () => {
    expect(() => dayOfInstant(new Date(Number.NaN), 'UTC')).toThrow(RangeError)
    expect(() => dayOfInstant(new Date(0), 'Mars/Olympus')).toThrow(RangeError)
  })
})

describe('the instant of a local time', () => {
  test('plain times', () => {
    // The last day that is accepted ends when the next one begins.
    expect(instantOfLocal(addDays('9998-12-31', 1), '00:00', 'UTC')).toEqual(new Date('9999-01-01T00:00:00Z'))
    expect(instantOfLocal('2026-03-02', '09:00', 'America/Guayaquil')).toEqual(new Date('2026-03-02T14:00:00Z'))
    expect(instantOfLocal('2026-07-01', '00:00', 'Europe/Madrid')).toEqual(new Date('2026-06-30T22:00:00Z'))
  })

  test('in the gap it moves forward by the gap, or is refused', () => {
    // Madrid, 29 March 2026: 02:00 becomes 03:00.
    expect(instantOfLocal('2026-03-29', '02:30', 'Europe/Madrid')).toEqual(new Date('2026-03-29T01:30:00Z'))
    expect(instantOfLocal('2026-03-29', '02:30', 'Europe/Madrid', { gap: 'refuse' })).toBeNull()
    expect(instantOfLocal('2026-03-29', '03:00', 'Europe/Madrid', { gap: 'refuse' })).toEqual(new Date('2026-03-29T01:00:00Z'))
    // Santiago, 6 September 2026: midnight itself does not exist.
    expect(instantOfLocal('2026-09-06', '00:00', 'America/Santiago', { gap: 'refuse' })).toBeNull()
    expect(instantOfLocal('2026-09-06', '00:00', 'America/Santiago')).toEqual(new Date('2026-09-06T04:00:00Z'))
    // Apia left out 30 December 2011.
    expect(instantOfLocal('2011-12-30', '12:00', 'Pacific/Apia', { gap: 'refuse' })).toBeNull()
  })

  test('in the overlap it is the first of the two', () => {
    // Madrid, 25 October 2026: 03:00 becomes 02:00.
    expect(instantOfLocal('2026-10-25', '02:30', 'Europe/Madrid')).toEqual(new Date('2026-10-25T00:30:00Z'))
    expect(instantOfLocal('2026-04-05', '01:45', 'Australia/Lord_Howe')).toEqual(new Date('2026-04-04T14:45:00Z'))
  })

  test.each(['24:00', '9:00', '12:60', '', '12:00:00', 'noon'])('%j is no time', (time) => {
    expect(instantOfLocal('2026-03-02', time, 'UTC')).toBeNull()
    expect(minutesOfTime(time)).toBeNull()
  })

  test('no day, no instant', () => {
    expect(instantOfLocal('2026-02-29', '10:00', 'UTC')).toBeNull()
    expect(instantOfLocal('1899-12-31', '10:00', 'UTC')).toBeNull()
  })

  test('every instant comes back from its local time, or its earlier twin does', () => {
    fc.assert(
      fc.property(anyMinute, anyZone, (instant, zone) => {
        const local = localTimeOf(instant, zone)
        expect(local.day).toBe(dayOfInstant(instant, zone))
        const back = instantOfLocal(local.day, timeOf(local.minutes), zone, { gap: 'refuse' })
        expect(back).not.toBeNull()
        if (back === null) return
        expect(localTimeOf(back, zone)).toEqual(local)
        expect(back.getTime()).toBeLessThanOrEqual(instant.getTime())
      }),
      { numRuns: 1000 },
    )
  })

  test('on the nights when clocks change every local time has an instant, and a refused one is shown by no clock', () => {
    for (const zone of zones) {
      for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += msPerDay) {
        const day = dayByDate(ms)
        const next = instantOfLocal(addDays(day, 1), '12:00', zone)
        const noon = instantOfLocal(day, '12:00', zone)
        if (next !== null && noon !== null && next.getTime() - noon.getTime() === msPerDay) continue
        for (const night of [day, addDays(day, 1)]) {
          for (let minutes = 0; minutes < 1440; minutes += 30) {
            const kept = instantOfLocal(night, timeOf(minutes), zone)
            const refused = instantOfLocal(night, timeOf(minutes), zone, { gap: 'refuse' })
            const shown = kept && localTimeOf(kept, zone)
            if (refused === null) expect(shown && shown.minutes > minutes && shown.day === night).toBe(true)
            else expect(shown).toEqual({ day: night, minutes })
          }
        }
      }
    }
  })
})
