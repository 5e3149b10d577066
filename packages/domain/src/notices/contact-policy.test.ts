import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Contact,
  type ContactPolicy,
  type ContactRules,
  contactPolicyFaults,
  contactRefusal,
  nextAllowedAt,
  openWeekdays,
  parseContactPolicy,
  readyContactPolicies,
  startOfLocalDay,
} from './contact-policy.ts'

const always: ContactPolicy = {
  hours: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', until: '24:00' })),
  holidays: true,
  mostPerDay: null,
  mostPerWeek: null,
  leastHoursBetween: null,
  channels: ['email', 'call'],
  oneChannelPerWeek: false,
}
const rules = (over: Partial<ContactRules> = {}): ContactRules => ({
  timeZone: 'America/Bogota',
  policy: null,
  isOpenDay: () => true,
  isHoliday: () => false,
  sendFrom: '00:00',
  sendUntil: '24:00',
  intervalDays: 0,
  ...over,
})
/** Bogotá is five hours behind UTC, all year. */
const at = (local: string) => new Date(`${local}:00-05:00`)
const mail = (local: string, over: Partial<Contact> = {}): Contact => ({
  at: at(local),
  channel: 'email',
  notice: true,
  ...over,
})
const next = (from: string, over: Partial<ContactRules> = {}, contacts: Contact[] = []) =>
  nextAllowedAt({ from: at(from), channel: 'email', notice: true, contacts, rules: rules(over) })

describe('hours', () => {
  test('nothing limits: at once', () => {
    expect(next('2026-03-11T03:00')).toEqual({ at: at('2026-03-11T03:00'), refusal: null })
  })

  test('before the window it waits until it opens, after it until the next open day', () => {
    const window = { sendFrom: '08:00', sendUntil: '18:00' }
    expect(next('2026-03-11T07:59', window)).toEqual({
      at: at('2026-03-11T08:00'),
      refusal: { reason: 'outside-hours' },
    })
    expect(next('2026-03-11T17:59', window).at).toEqual(at('2026-03-11T17:59'))
    expect(next('2026-03-11T18:00', window).at).toEqual(at('2026-03-12T08:00'))
    const weekdaysOnly = { ...window, isOpenDay: (day: string) => day !== '2026-03-14' && day !== '2026-03-15' }
    expect(next('2026-03-13T18:00', weekdaysOnly).at).toEqual(at('2026-03-16T08:00'))
  })

  test('policy and window hold together; a weekday without hours is closed, a holiday unless the policy says otherwise', () => {
    const policy: ContactPolicy = {
      ...always,
      holidays: false,
      hours: [
        { weekday: 3, from: '07:00', until: '12:00' },
        { weekday: 3, from: '14:00', until: '19:00' },
        { weekday: 5, from: '09:00', until: '10:00' },
      ],
    }
    const both = { policy, sendFrom: '08:00', sendUntil: '18:00' }
    expect(next('2026-03-11T06:00', both).at).toEqual(at('2026-03-11T08:00'))
    expect(next('2026-03-11T12:30', both).at).toEqual(at('2026-03-11T14:00'))
    expect(next('2026-03-11T18:00', both).at).toEqual(at('2026-03-13T09:00'))
    const holiday = { ...both, isHoliday: (day: string) => day === '2026-03-13' }
    expect(next('2026-03-11T18:00', holiday).at).toEqual(at('2026-03-18T08:00'))
    expect(next('2026-03-11T18:00', { ...holiday, policy: { ...policy, holidays: true } }).at).toEqual(at('2026-03-13T09:00'))
    expect(openWeekdays([1, 2, 3, 4, 5], both)).toEqual([3, 5])
    expect(openWeekdays([1, 2, 3, 4, 5], { ...both, sendFrom: '10:00' })).toEqual([3])
  })

  test('what never opens has no next time, and says so in a bounded time', () => {
    expect(next('2026-03-11T06:00', { isOpenDay: () => false })).toEqual({
      at: null,
      refusal: { reason: 'outside-hours' },
    })
  })

  test('a midnight that does not exist, and one that comes twice, are passed once', () => {
    // Clocks of Asunción went from 00:00 to 01:00 on 6 October 2024, those of Havana back from 01:00 to 00:00 on 3 November 2024.
    expect(startOfLocalDay('2024-10-06', 'America/Asuncion').toISOString()).toBe('2024-10-06T04:00:00.000Z')
    expect(startOfLocalDay('2024-11-03', 'America/Havana').toISOString()).toBe('2024-11-03T04:00:00.000Z')
    const night = { sendFrom: '00:00', sendUntil: '01:30', timeZone: 'America/Asuncion' }
    expect(
      nextAllowedAt({
        from: new Date('2024-10-06T00:00:00Z'),
        channel: 'email',
        notice: true,
        contacts: [],
        rules: rules(night),
      }).at?.toISOString(),
    ).toBe('2024-10-06T04:00:00.000Z')
  })
})

describe('limits', () => {
  test('the least interval counts notices alone, in calendar days', () => {
    const interval = { intervalDays: 3 }
    expect(next('2026-03-11T10:00', interval, [mail('2026-03-10T16:00')])).toEqual({
      at: at('2026-03-13T00:00'),
      refusal: { reason: 'too-soon', limit: 3 },
    })
    expect(next('2026-03-13T00:00', interval, [mail('2026-03-10T16:00')]).refusal).toBeNull()
    expect(next('2026-03-11T10:00', interval, [mail('2026-03-10T16:00', { notice: false })]).refusal).toBeNull()
  })

  test.each([
    ['a day', { mostPerDay: 1 }, '2026-03-12T00:00', { limit: 1, per: 'day' }],
    ['a week, from Monday to Sunday', { mostPerWeek: 2 }, '2026-03-16T00:00', { limit: 2, per: 'week' }],
    ['hours between two', { leastHoursBetween: 5 }, '2026-03-11T13:00', { limit: 5, per: 'hours' }],
  ])('at most so many %s, calls and mails together', (_, limit, free, facts) => {
    const contacts = [mail('2026-03-10T09:00'), mail('2026-03-11T08:00', { channel: 'call', notice: false })]
    expect(next('2026-03-11T10:00', { policy: { ...always, ...limit } }, contacts)).toEqual({
      at: at(free),
      refusal: { reason: 'contact-limit', ...facts },
    })
  })

  test('channels that are not counted do not count, and are not limited', () => {
    const policy = { ...always, mostPerDay: 1, channels: ['call'] as const }
    const call = mail('2026-03-11T08:00', { channel: 'call', notice: false })
    expect(next('2026-03-11T10:00', { policy }, [call]).refusal).toBeNull()
    expect(
      contactRefusal({
        at: at('2026-03-11T10:00'),
        channel: 'call',
        notice: false,
        contacts: [call],
        rules: rules({ policy }),
      }),
    ).toMatchObject({ reason: 'contact-limit', until: at('2026-03-12T00:00') })
  })

  test('one channel a week: whoever was called is not written to until Monday', () => {
    const policy = { ...always, oneChannelPerWeek: true }
    const called = [mail('2026-03-10T08:00', { channel: 'call', notice: false })]
    expect(next('2026-03-11T10:00', { policy }, called)).toEqual({
      at: at('2026-03-16T00:00'),
      refusal: { reason: 'contact-limit', limit: 1, per: 'channel' },
    })
    expect(next('2026-03-11T10:00', { policy }, [mail('2026-03-10T08:00')]).refusal).toBeNull()
  })

  test('of several the one that lasts longest is said, and the hours come on top', () => {
    const policy = { ...always, mostPerDay: 1, mostPerWeek: 1 }
    const window = { policy, sendFrom: '08:00', sendUntil: '18:00' }
    expect(next('2026-03-11T10:00', window, [mail('2026-03-11T09:00')])).toEqual({
      at: at('2026-03-16T08:00'),
      refusal: { reason: 'contact-limit', limit: 1, per: 'week' },
    })
  })

  test('the next allowed time is the first one that an independent look, quarter of an hour by quarter, finds', () => {
    const quarter = 15 * 60_000
    const start = at('2026-03-09T00:00').getTime()
    const quarterOfDay = fc.integer({ min: 0, max: 95 })
    const clock = (n: number) => `${String(Math.floor(n / 4)).padStart(2, '0')}:${String((n % 4) * 15).padStart(2, '0')}`
    const hours = fc
      .tuple(fc.integer({ min: 1, max: 7 }), quarterOfDay, fc.integer({ min: 1, max: 40 }))
      .map(([weekday, from, length]) => ({ weekday, from: clock(from), until: clock(Math.min(from + length, 96)) }))
    const limit = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: null })
    const anyContact = fc.record({
      at: fc.integer({ min: 0, max: 4 * 24 * 10 }).map((n) => new Date(start + n * quarter)),
      channel: fc.constantFrom('email' as const, 'call' as const, 'visit' as const),
      notice: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(hours, { minLength: 1, maxLength: 6 }),
        fc.record({
          mostPerDay: limit(3),
          mostPerWeek: limit(4),
          leastHoursBetween: limit(60),
          oneChannelPerWeek: fc.boolean(),
        }),
        fc.integer({ min: 0, max: 5 }),
        fc.array(anyContact, { maxLength: 6 }),
        fc.integer({ min: 0, max: 4 * 24 * 8 }),
        (open, limits, intervalDays, contacts, offset) => {
          const policy: ContactPolicy = { ...always, ...limits, hours: open }
          const local = (instant: number) => new Date(instant - 5 * 3_600_000).toISOString()
          const weekdayOf = (day: string) => new Date(`${day}T00:00:00Z`).getUTCDay() || 7
          const dayNumber = (day: string) => Date.parse(`${day}T00:00:00Z`) / 86_400_000
          const weekOf = (day: string) => dayNumber(day) - weekdayOf(day)
          const isAllowed = (instant: number): boolean => {
            const day = local(instant).slice(0, 10)
            const time = local(instant).slice(11, 16)
            if (!open.some((each) => each.weekday === weekdayOf(day) && each.from <= time && time < each.until)) return false
            const before = contacts.filter((each) => each.at.getTime() <= instant)
            const dayOf = (each: Contact) => local(each.at.getTime()).slice(0, 10)
            if (before.some((each) => each.notice && dayNumber(dayOf(each)) + intervalDays > dayNumber(day))) return false
            const counted = before.filter((each) => each.channel !== 'visit')
            const { mostPerDay, mostPerWeek, leastHoursBetween, oneChannelPerWeek } = limits
            const week = counted.filter((each) => weekOf(dayOf(each)) === weekOf(day))
            if (mostPerDay !== null && counted.filter((each) => dayOf(each) === day).length >= mostPerDay) return false
            if (mostPerWeek !== null && week.length >= mostPerWeek) return false
            if (oneChannelPerWeek && week.some((each) => each.channel !== 'email')) return false
            return (
              leastHoursBetween === null || counted.every((each) => instant - each.at.getTime() >= leastHoursBetween * 3_600_000)
            )
          }
          const from = start + offset * quarter
          let expected = from
          while (!isAllowed(expected)) expected += quarter
          const found = nextAllowedAt({
            from: new Date(from),
            channel: 'email',
            notice: true,
            contacts,
            rules: rules({ policy, intervalDays }),
          })
          expect(found.at?.toISOString()).toBe(new Date(expected).toISOString())
          expect(found.refusal === null).toBe(expected === from)
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('a policy', () => {
  test.each(Object.entries(readyContactPolicies))('the ready rule set %s is sound and survives storing', (_, policy) => {
    expect(contactPolicyFaults(policy)).toEqual([])
    expect(parseContactPolicy(JSON.parse(JSON.stringify(policy)))).toEqual(policy)
  })

  test.each([
    [{ hours: [] }, 'hours', 'contact-hours-missing'],
    [{ hours: [{ weekday: 1, from: '10:00', until: '10:00' }] }, 'hours.0', 'contact-hours-invalid'],
    [{ hours: [{ weekday: 8, from: '10:00', until: '11:00' }] }, 'hours.0', 'contact-hours-invalid'],
    [{ hours: [{ weekday: 1, from: '7:00', until: '11:00' }] }, 'hours.0', 'contact-hours-invalid'],
    [{ hours: [{ weekday: 1, from: '24:00', until: '24:00' }] }, 'hours.0', 'contact-hours-invalid'],
    [
      {
        hours: [
          { weekday: 1, from: '10:00', until: '12:00' },
          { weekday: 1, from: '11:00', until: '13:00' },
        ],
      },
      'hours.1',
      'contact-hours-overlap',
    ],
    [{ mostPerDay: 0 }, 'mostPerDay', 'contact-limit-out-of-range'],
    [{ mostPerWeek: 1.5 }, 'mostPerWeek', 'contact-limit-out-of-range'],
    [{ leastHoursBetween: Number.NaN }, 'leastHoursBetween', 'contact-limit-out-of-range'],
  ])('%j is refused at %s: %s', (over, field, code) => {
    expect(contactPolicyFaults({ ...always, ...over })).toEqual([{ field, code }])
  })

  test('what is stored and is not exactly a policy is an error, never a guess', () => {
    const stored = JSON.parse(JSON.stringify(always))
    for (const broken of [
      null,
      [],
      'siempre',
      { ...stored, hours: undefined },
      { ...stored, hours: [null] },
      { ...stored, hours: [] },
      { ...stored, holidays: 'no' },
      { ...stored, mostPerDay: '1' },
      { ...stored, mostPerDay: undefined },
      { ...stored, channels: ['email', 'fax'] },
      { ...stored, oneChannelPerWeek: 1 },
    ])
      expect(() => parseContactPolicy(broken)).toThrow('contact policy')
    const { oneChannelPerWeek: _, ...older } = stored
    expect(parseContactPolicy(older)).toEqual(always)
  })
})
