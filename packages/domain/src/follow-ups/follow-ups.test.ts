import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isBusinessDay } from '../business-calendar.ts'
import { addDays, localTimeOf } from '../calendar-day.ts'
import { closeRefusal, discardRefusal, reopenRefusal } from './follow-up-state.ts'
import { type BusinessHours, namedDueAt, postponedDueAt, postponementRefusal, postponementToRefusal } from './postponement.ts'

const at = (text: string): Date => new Date(text)
const quito: BusinessHours = {
  calendar: { businessWeekdays: [1, 2, 3, 4, 5], holidays: new Set(['2026-04-03']) },
  timeZone: 'America/Guayaquil',
  opensAt: '08:00',
  closesAt: '18:00',
}
/** Friday 27 March 2026 in Quito, five hours behind UTC. */
const friday = (time: string): Date => at(`2026-03-27T${time}:00-05:00`)

describe('the state of a follow-up', () => {
  test('only an active one is closed or discarded, only a done one is reopened', () => {
    expect([closeRefusal('active'), closeRefusal('closed'), closeRefusal('discarded')]).toEqual([
      null,
      'follow-up-not-active',
      'follow-up-not-active',
    ])
    expect([discardRefusal('active'), discardRefusal('closed'), discardRefusal('discarded')]).toEqual([
      null,
      'follow-up-not-active',
      'follow-up-not-active',
    ])
    expect([reopenRefusal('active'), reopenRefusal('closed'), reopenRefusal('discarded')]).toEqual([
      'changed-meanwhile',
      null,
      null,
    ])
  })
})

describe('postponing', () => {
  test.each([
    [1, null],
    [24, null],
    [8760, null],
    [8761, 'hours-too-many'],
    [Number.POSITIVE_INFINITY, 'hours-too-many'],
    [0, 'hours-not-positive'],
    [-0, 'hours-not-positive'],
    [-1, 'hours-not-positive'],
    [Number.NEGATIVE_INFINITY, 'hours-not-positive'],
    [0.5, 'hours-not-whole'],
    [Number.NaN, 'hours-not-whole'],
  ])('by %d hours: %s', (hours, refusal) => {
    expect(postponementRefusal({ state: 'active', hours })).toBe(refusal)
  })

  test('what is done is not postponed', () => {
    expect(postponementRefusal({ state: 'closed', hours: 1 })).toBe('follow-up-not-active')
    expect(postponementRefusal({ state: 'discarded', hours: -1 })).toBe('follow-up-not-active')
  })

  test('counts from the due time, or from now when that is later', () => {
    const hours = { hours: 2, businessHours: null }
    expect(postponedDueAt({ now: friday('09:00'), dueAt: friday('10:00'), ...hours })).toEqual(friday('12:00'))
    expect(postponedDueAt({ now: friday('11:00'), dueAt: friday('10:00'), ...hours })).toEqual(friday('13:00'))
  })

  test.each([
    ['within the day', '2026-03-27T09:15:00-05:00', 2, '2026-03-27T11:15:00-05:00'],
    ['up to closing', '2026-03-27T16:00:00-05:00', 2, '2026-03-27T18:00:00-05:00'],
    ['over the weekend', '2026-03-27T17:30:00-05:00', 1, '2026-03-30T08:30:00-05:00'],
    ['over a holiday and the weekend', '2026-04-02T17:00:00-05:00', 3, '2026-04-06T10:00:00-05:00'],
    ['from before opening', '2026-03-27T05:00:00-05:00', 1, '2026-03-27T09:00:00-05:00'],
    ['from after closing', '2026-03-26T22:00:00-05:00', 1, '2026-03-27T09:00:00-05:00'],
    ['from closing itself', '2026-03-26T18:00:00-05:00', 1, '2026-03-27T09:00:00-05:00'],
    ['from a Sunday', '2026-03-29T12:00:00-05:00', 10, '2026-03-30T18:00:00-05:00'],
    ['with seconds', '2026-03-27T17:59:59.500-05:00', 1, '2026-03-30T08:59:59.500-05:00'],
    ['a week of open hours', '2026-03-20T12:00:00-05:00', 50, '2026-03-27T12:00:00-05:00'],
  ])('by business hours, %s', (_, base, hours, due) => {
    expect(postponedDueAt({ now: at(base), dueAt: at('2020-01-01T00:00:00Z'), hours, businessHours: quito })).toEqual(at(due))
  })

  test('business hours that never open are ignored', () => {
    const asked = { now: friday('09:00'), dueAt: friday('09:00'), hours: 5 }
    for (const businessHours of [
      { ...quito, calendar: { businessWeekdays: [], holidays: new Set<string>() } },
      { ...quito, opensAt: '18:00', closesAt: '08:00' },
      { ...quito, opensAt: '08:00', closesAt: '08:00' },
    ]) {
      expect(postponedDueAt({ ...asked, businessHours })).toEqual(friday('14:00'))
    }
  })

  test('in an hour that the clocks repeat it still moves forward', () => {
    // Troll, 25 October 2026: 03:00 becomes 01:00. This is the second 01:10, and 02:10 has already been once.
    const always = { businessWeekdays: [1, 2, 3, 4, 5, 6, 7], holidays: new Set<string>() }
    const businessHours = { calendar: always, timeZone: 'Antarctica/Troll', opensAt: '00:00', closesAt: '23:59' }
    const base = at('2026-10-25T01:10:00Z')
    expect(postponedDueAt({ now: base, dueAt: base, hours: 1, businessHours })).toEqual(at('2026-10-25T02:10:00Z'))
  })

  test('a year of business hours is found in a moment', () => {
    const started = performance.now()
    for (let n = 0; n < 100; n += 1)
      postponedDueAt({ now: friday('09:00'), dueAt: friday('09:00'), hours: 8760, businessHours: quito })
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test('the result is later, inside opening hours of a business day, and more hours never come earlier', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2025, 0, 1) / 60_000, max: Date.UTC(2027, 0, 1) / 60_000 }).map((n) => new Date(n * 60_000)),
        fc.integer({ min: 1, max: 200 }),
        fc.constantFrom('America/Guayaquil', 'America/Santiago', 'America/Havana', 'Europe/Madrid', 'Antarctica/Troll'),
        fc.constantFrom(['08:00', '18:00'], ['00:00', '23:59'], ['00:00', '02:30'], ['01:00', '03:00'], ['00:00', '00:45']),
        fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        fc.array(
          fc.integer({ min: 0, max: 800 }).map((n) => addDays('2025-01-01', n)),
          { maxLength: 30 },
        ),
        (now, hours, timeZone, [opensAt = '', closesAt = ''], businessWeekdays, holidays) => {
          const calendar = { businessWeekdays, holidays: new Set(holidays) }
          const businessHours = { calendar, timeZone, opensAt, closesAt }
          const due = postponedDueAt({ now, dueAt: now, hours, businessHours })
          expect(due.getTime()).toBeGreaterThan(now.getTime())
          const { day, minutes } = localTimeOf(due, timeZone)
          const time = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
          expect(isBusinessDay(day, calendar)).toBe(true)
          expect(opensAt <= time && time <= closesAt).toBe(true)
          // Opening hours that a change of clocks swallows whole are the one exception.
          if (closesAt < '10:00') return
          const more = postponedDueAt({ now, dueAt: now, hours: hours + 1, businessHours })
          expect(more.getTime()).toBeGreaterThanOrEqual(due.getTime())
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('postponing to a named time', () => {
  const aim = (until: 'tomorrow' | 'after-holiday', now: Date, more: Partial<BusinessHours> = {}, respected = true) =>
    namedDueAt({ until, now, hours: { ...quito, ...more }, respected })

  test('tomorrow is the day after at 9:00, or at opening where the company opens later or is closed by then', () => {
    const thursday = at('2026-03-26T16:40:00-05:00')
    expect(aim('tomorrow', thursday)).toEqual(friday('09:00'))
    expect(aim('tomorrow', thursday, { opensAt: '10:30' })).toEqual(friday('10:30'))
    expect(aim('tomorrow', thursday, { opensAt: '04:00', closesAt: '08:00' })).toEqual(friday('04:00'))
    expect(aim('tomorrow', thursday, { opensAt: '18:00', closesAt: '08:00' })).toEqual(friday('09:00'))
  })

  test('from a Friday it is Monday where business hours are respected, and Saturday where not', () => {
    expect(aim('tomorrow', friday('12:00'))).toEqual(at('2026-03-30T09:00:00-05:00'))
    expect(aim('tomorrow', friday('12:00'), {}, false)).toEqual(at('2026-03-28T09:00:00-05:00'))
  })

  test('after the holiday is the next business day at opening, over the holiday and the weekend, whatever is respected', () => {
    // 3 April is Good Friday in this calendar.
    for (const respected of [true, false])
      expect(aim('after-holiday', at('2026-04-02T10:00:00-05:00'), {}, respected)).toEqual(at('2026-04-06T08:00:00-05:00'))
  })

  test('the day is that of the company: late in the evening it is not yet tomorrow', () => {
    expect(aim('tomorrow', at('2026-03-27T03:30:00Z'))).toEqual(friday('09:00'))
  })

  const zones = ['America/Guayaquil', 'America/Santiago', 'America/Asuncion', 'Europe/Madrid', 'Antarctica/Troll', 'Asia/Beirut']
  test('in any zone, on any day, with any holidays: later than now, on the right day, at the right time where it exists', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2025, 0, 1) / 60_000, max: Date.UTC(2028, 0, 1) / 60_000 }).map((n) => new Date(n * 60_000)),
        fc.constantFrom(...zones),
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }),
        fc.integer({ min: 0, max: 14 }),
        fc.boolean(),
        fc.constantFrom('tomorrow' as const, 'after-holiday' as const),
        (now, timeZone, ahead, opens, respected, until) => {
          const today = localTimeOf(now, timeZone).day
          const opensAt = `${String(opens).padStart(2, '0')}:30`
          const holidays = new Set(ahead.map((days) => addDays(today, days)))
          const calendar = { businessWeekdays: [1, 2, 3, 4, 5], holidays }
          const due = namedDueAt({ until, now, hours: { calendar, timeZone, opensAt, closesAt: '18:00' }, respected })
          expect(due.getTime()).toBeGreaterThan(now.getTime())
          const { day, minutes } = localTimeOf(due, timeZone)
          expect(day > today).toBe(true)
          if (until === 'after-holiday' || respected) expect(isBusinessDay(day, calendar)).toBe(true)
          else expect(day).toBe(addDays(today, 1))
          // No business day is passed over.
          for (let between = addDays(today, 1); between < day; between = addDays(between, 1))
            expect(isBusinessDay(between, calendar)).toBe(false)
          const wanted = until === 'after-holiday' ? opens * 60 + 30 : Math.max(9 * 60, opens * 60 + 30)
          // Where the clocks skip the time it is the first one that there is, an hour or two later.
          expect(minutes).toBeGreaterThanOrEqual(wanted)
          expect(minutes).toBeLessThanOrEqual(wanted + 120)
        },
      ),
    )
  })

  test.each([
    ['tomorrow', '12:00', '13:00', '14:00', null],
    ['tomorrow', '12:00', '15:00', '14:00', 'postponement-not-later'],
    ['tomorrow', '12:00', '14:00', '14:00', 'postponement-not-later'],
    ['answer', '12:00', '15:00', '14:00', null],
    ['answer', '12:00', '11:00', '11:59', 'due-in-past'],
    ['answer', '12:00', '11:00', '12:00', 'due-in-past'],
  ] as const)('until %s at %s, due %s, to %s: %s', (until, now, dueAt, toDueAt, refusal) => {
    const times = { now: friday(now), dueAt: friday(dueAt), toDueAt: friday(toDueAt) }
    expect(postponementToRefusal({ state: 'active', until, ...times })).toBe(refusal)
    expect(postponementToRefusal({ state: 'closed', until, ...times })).toBe('follow-up-not-active')
  })

  test('more than a year ahead is refused', () => {
    const times = { now: friday('12:00'), dueAt: friday('12:00') }
    const ask = (toDueAt: Date) => postponementToRefusal({ state: 'active', until: 'answer', ...times, toDueAt })
    expect(ask(new Date(times.now.getTime() + 8760 * 3_600_000))).toBe(null)
    expect(ask(new Date(times.now.getTime() + 8760 * 3_600_000 + 1))).toBe('postponement-too-far')
  })
})
