import { describe, expect, test } from 'vitest'
import { addDays, type CalendarDay, dayOfInstant } from '../calendar-day.ts'
import { type NoticeCustomer, type NoticeReceivable, type NoticeRule, occurrenceKey, planNotices } from './notice-plan.ts'
import { effectiveNoticeSettings } from './notice-settings.ts'

// F6 of the fault test, pure: planners that wake at any instant of a year, clocks that step, days that are missed, in zones whose
// midnight may not exist or come twice. Each occurrence gets its key once, and none is missed that a wake could have planned.

const zones = [
  'America/Santiago',
  'America/Asuncion',
  'America/Havana',
  'Africa/Cairo',
  'Asia/Beirut',
  'Australia/Lord_Howe',
  'America/Bogota',
  'Europe/Madrid',
]
const year = 2024
const hour = 3_600_000
const rules: NoticeRule[] = [
  { id: 'before', code: 'before', kind: 'preventive', days: 3, level: 1, repeatEveryDays: null, repeatTimes: null },
  { id: 'after', code: 'after', kind: 'overdue', days: 1, level: 1, repeatEveryDays: 20, repeatTimes: 2 },
]
const customer: NoticeCustomer = {
  status: 'active',
  settings: effectiveNoticeSettings(
    {
      subject: '',
      active: true,
      sendToContacts: false,
      reminderOn: true,
      reminderRuleIds: ['before'],
      overdueOn: true,
      overdueRuleIds: ['after'],
      reminderBody: '',
      overdueBody: '',
      tone: 'formal',
      attachStatement: false,
    },
    null,
    null,
  ),
  hasRecipient: true,
  hasSender: true,
  pausedUntil: null,
  contacts: [],
}
/** One due on every day of the year and some weeks around it. */
const receivables: NoticeReceivable[] = Array.from({ length: 430 }, (_, n) => ({
  id: `r${n}`,
  externalId: null,
  customerId: 'c',
  issuedOn: '2023-01-01',
  dueOn: addDays(`${year}-01-01`, n - 40),
  balanceMinor: 1n,
  currency: 'USD',
  disputed: false,
  extensions: 0,
  promisedUntil: null,
  pausedUntil: null,
  sourceName: null,
  own: null,
}))
const calendar = { businessWeekdays: [1, 2, 3, 4, 5], holidays: new Set([`${year}-05-01`, `${year}-12-25`]) }

/** A generator of the same numbers each time (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The instants at which planners wake in a year: every few hours, with clocks that step back and forth and servers that are down for days. */
function wakesOfYear(random: () => number): Date[] {
  const wakes: Date[] = []
  let at = Date.UTC(year, 0, 1)
  while (at < Date.UTC(year + 1, 0, 1)) {
    wakes.push(new Date(at))
    // A second planner, or the same one again at once.
    if (random() < 0.3) wakes.push(new Date(at + Math.floor(random() * 1000)))
    const what = random()
    if (what < 0.05) wakes.push(new Date(at + (random() - 0.5) * 48 * hour))
    at += what > 0.985 ? random() * 6 * 24 * hour : random() * 5 * hour
  }
  return wakes
}

describe.each(zones)('a year in %s', (zone) => {
  // The oracle reads the day off the runtime's calendar, not with the product's arithmetic.
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const plus = (day: string, n: number) => new Date(Date.parse(`${day}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10)
  const isOpen = (day: string) => {
    const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
    return weekday !== 0 && weekday !== 6 && !calendar.holidays.has(day)
  }

  test('one key each, none missed, nothing twice', () => {
    const wakes = wakesOfYear(numbers(zone.length * 7919 + zone.charCodeAt(8)))
    const noticed = new Set<string>()
    const plannedOn = new Map<string, CalendarDay>()
    for (const at of wakes) {
      const today = dayOfInstant(at, zone)
      expect(today).toBe(format.format(at))
      const planned = planNotices({
        today,
        calendar,
        rules,
        customers: new Map([['c', customer]]),
        reviewOverdue: false,
        receivables,
        noticed,
      })
      for (const { receivable, ruleId, occurrence, state } of planned) {
        const key = occurrenceKey(receivable.id, ruleId, occurrence)
        expect(plannedOn.has(key)).toBe(false)
        expect(state).toBe('planned')
        plannedOn.set(key, today)
        noticed.add(key)
      }
    }
    const days = new Set(wakes.map((at) => format.format(at)).filter(isOpen))
    const expected: string[] = []
    for (const { id, dueOn } of receivables)
      for (const [rule, offset, occurrence] of [
        ['before', -3, 1],
        ['after', 1, 1],
        ['after', 21, 2],
        ['after', 41, 3],
      ] as const) {
        let matures = plus(dueOn, offset)
        while (!isOpen(matures)) matures = plus(matures, offset < 0 ? -1 : 1)
        const couldLeave = [0, 1, 2, 3].some((n) => {
          const day = plus(matures, n)
          return days.has(day) && (offset > 0 || day <= dueOn)
        })
        if (couldLeave) expected.push(`${id}:${rule}:${occurrence}`)
      }
    expect([...plannedOn.keys()].sort()).toEqual(expected.sort())
    expect(expected.length).toBeGreaterThan(900)
  })
})
