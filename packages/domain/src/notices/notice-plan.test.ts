import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BusinessCalendar, isBusinessDay } from '../business-calendar.ts'
import { addDays, type CalendarDay, weekdayOf } from '../calendar-day.ts'
import {
  explainOccurrence,
  groupMessages,
  maturesOn,
  maturingDueDays,
  type NoticeCustomer,
  type NoticeReceivable,
  type NoticeRule,
  occurrenceKey,
  planNotices,
} from './notice-plan.ts'
import { effectiveNoticeSettings, inheritedNoticeSettings, type NoticeSettings } from './notice-settings.ts'

const reminder: NoticeRule = {
  id: 'r7',
  code: '7 antes',
  kind: 'preventive',
  days: 7,
  level: 1,
  repeatEveryDays: null,
  repeatTimes: null,
}
const overdue: NoticeRule = {
  id: 'o7',
  code: '7 después',
  kind: 'overdue',
  days: 7,
  level: 1,
  repeatEveryDays: null,
  repeatTimes: null,
}
const rules = [reminder, overdue]
const defaults: NoticeSettings = {
  subject: 'Vencimientos',
  active: true,
  sendToContacts: true,
  reminderOn: true,
  reminderRuleIds: ['r7'],
  overdueOn: true,
  overdueRuleIds: ['o7'],
  reminderBody: '',
  overdueBody: '',
  tone: 'formal',
  attachStatement: false,
}
const calendar: BusinessCalendar = { businessWeekdays: [1, 2, 3, 4, 5], holidays: new Set(['2026-04-03']) }

function aCustomer(settings: Partial<NoticeSettings> = {}, more: Partial<NoticeCustomer> = {}): NoticeCustomer {
  return {
    status: 'active',
    settings: effectiveNoticeSettings({ ...defaults, ...settings }, null, inheritedNoticeSettings),
    hasRecipient: true,
    hasSender: true,
    pausedUntil: null,
    contacts: [],
    ...more,
  }
}

function aReceivable(given: Partial<NoticeReceivable> = {}): NoticeReceivable {
  return {
    id: 'cxc-1',
    externalId: 'F-1',
    customerId: 'c1',
    issuedOn: '2026-01-01',
    dueOn: '2026-03-18',
    balanceMinor: 10_000n,
    currency: 'USD',
    disputed: false,
    extensions: 0,
    promisedUntil: null,
    pausedUntil: null,
    sourceName: null,
    own: null,
    ...given,
  }
}

type Plan = Parameters<typeof planNotices>[0]
/** Wednesday 11 March 2026: the reminder of what is due on the 18th matures. */
function aPlan(given: Partial<Plan> & { customer?: NoticeCustomer; receivable?: NoticeReceivable } = {}): Plan {
  const { customer = aCustomer(), receivable = aReceivable(), ...more } = given
  return {
    today: '2026-03-11',
    calendar,
    rules,
    customers: new Map([['c1', customer]]),
    reviewOverdue: false,
    receivables: [receivable],
    noticed: new Set(),
    ...more,
  }
}
/** Wednesday 25 March 2026: the overdue notice of what was due on the 18th matures. */
const onOverdueDay = { today: '2026-03-25' }
const decisions = (plan: Plan): (string | null)[][] =>
  planNotices(plan).map(({ ruleId, state, reason }) => [ruleId, state, reason])

describe('maturity', () => {
  test.each([
    ['a reminder matures its days before', reminder, '2026-03-18', '2026-03-11'],
    ['on a Sunday it matures on the Friday before', reminder, '2026-03-15', '2026-03-06'],
    ['on a holiday it matures on the business day before', reminder, '2026-04-10', '2026-04-02'],
    ['an overdue notice matures its days after', overdue, '2026-03-18', '2026-03-25'],
    ['on a Saturday it matures on the Monday after', overdue, '2026-03-21', '2026-03-30'],
    ['on a holiday before a weekend it matures on the Monday after', overdue, '2026-03-27', '2026-04-06'],
    ['zero days before is the due date', { kind: 'preventive', days: 0 }, '2026-03-18', '2026-03-18'],
    ['zero days before a Sunday is the Friday', { kind: 'preventive', days: 0 }, '2026-03-15', '2026-03-13'],
    ['zero days after a Sunday is the Monday', { kind: 'overdue', days: 0 }, '2026-03-15', '2026-03-16'],
  ] as const)('%s', (_, rule, dueOn, day) => {
    expect(maturesOn(rule, dueOn, calendar)).toBe(day)
  })
})

const anyCalendar: fc.Arbitrary<BusinessCalendar> = fc
  .record({
    businessWeekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 })),
    single: fc.array(fc.integer({ min: -450, max: 450 }), { maxLength: 40 }),
    runs: fc.array(fc.tuple(fc.integer({ min: -450, max: 450 }), fc.integer({ min: 1, max: 430 })), { maxLength: 2 }),
  })
  .map(({ businessWeekdays, single, runs }) => ({
    businessWeekdays,
    holidays: new Set([
      ...single.map((n) => addDays('2026-06-15', n)),
      ...runs.flatMap(([from, length]) => Array.from({ length }, (_, n) => addDays('2026-06-15', from + n))),
    ]),
  }))
const anyRule: fc.Arbitrary<NoticeRule> = fc.record({
  id: fc.uuid(),
  code: fc.string(),
  kind: fc.constantFrom('preventive' as const, 'overdue' as const),
  days: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 365 })),
  level: fc.integer({ min: 1, max: 4 }),
  repeatEveryDays: fc.constant(null),
  repeatTimes: fc.constant(null),
})

const inPlay = (today: CalendarDay, someRules: NoticeRule[], cal: BusinessCalendar, catchUpDays: number): string[] =>
  maturingDueDays({ today, rules: someRules, calendar: cal, catchUpDays })
    .map((m) => `${m.ruleId} ${m.dueOn} ${m.maturesOn}`)
    .sort()

/** Asks `maturesOn` of every due date whose target is within 460 days: more than any closed run that is looked across. */
function inPlayByBruteForce(today: CalendarDay, someRules: NoticeRule[], cal: BusinessCalendar, catchUpDays: number): string[] {
  if (!isBusinessDay(today, cal)) return []
  const found: string[] = []
  for (const rule of someRules) {
    for (let n = -460; n <= 460; n += 1) {
      const dueOn = addDays(today, n + (rule.kind === 'preventive' ? rule.days : -rule.days))
      const matures = maturesOn(rule, dueOn, cal)
      const inWindow = matures <= today && matures >= addDays(today, -catchUpDays)
      if (inWindow && !(rule.kind === 'preventive' && today > dueOn)) found.push(`${rule.id} ${dueOn} ${matures}`)
    }
  }
  return found.sort()
}

describe('the due dates in play on a day', () => {
  test.each([31, 400, 401])(
    'a closed run of %d days beside today',
    (length) => {
      const today = '2026-06-15'
      for (const direction of [1, -1]) {
        const cal = {
          businessWeekdays: [1, 2, 3, 4, 5, 6, 7],
          holidays: new Set(Array.from({ length }, (_, n) => addDays(today, direction * (n + 1)))),
        }
        expect(inPlay(today, rules, cal, 3)).toEqual(inPlayByBruteForce(today, rules, cal, 3))
      }
    },
    60_000,
  )

  test('are exactly those whose maturity lies in the window, also across long closed runs', () => {
    fc.assert(
      fc.property(
        anyCalendar,
        fc.array(anyRule, { maxLength: 3 }),
        fc.integer({ min: -20, max: 20 }),
        fc.integer({ min: 0, max: 40 }),
        (cal, someRules, offset, catchUpDays) => {
          const today = addDays('2026-06-15', offset)
          expect(inPlay(today, someRules, cal, catchUpDays)).toEqual(inPlayByBruteForce(today, someRules, cal, catchUpDays))
        },
      ),
      { numRuns: 60 },
    )
  })

  test('every due date has its day: planning each business day misses none and the window never sees it too early', () => {
    fc.assert(
      fc.property(anyRule, fc.integer({ min: 0, max: 20 }), (rule, offset) => {
        const dueOn = addDays('2026-03-25', offset)
        const days: CalendarDay[] = []
        for (let n = -380; n <= 380; n += 1) {
          const today = addDays(dueOn, n)
          const due = maturingDueDays({ today, rules: [rule], calendar, catchUpDays: 0 })
          if (due.some((m) => m.dueOn === dueOn)) days.push(today)
        }
        expect(days).toEqual([maturesOn(rule, dueOn, calendar)])
      }),
      { numRuns: 40 },
    )
  })

  test('nothing on a closed day', () => {
    for (const today of ['2026-03-14', '2026-03-15', '2026-04-03']) {
      expect(maturingDueDays({ today, rules, calendar, catchUpDays: 3 })).toEqual([])
    }
  })

  test('a reminder never comes after the due date', () => {
    // Due on Sunday 15 March, one day before is Saturday, so it matures on Friday 13; on Monday 16 the date is past.
    const dayBefore: NoticeRule = { ...reminder, days: 1 }
    const on = (today: CalendarDay) =>
      maturingDueDays({ today, rules: [dayBefore], calendar, catchUpDays: 3 }).map((m) => m.dueOn)
    expect(on('2026-03-13')).toContain('2026-03-15')
    expect(on('2026-03-16')).not.toContain('2026-03-15')
  })
})

describe('the plan', () => {
  test('what matures today leaves today', () => {
    expect(planNotices(aPlan())).toEqual([
      {
        receivable: aReceivable(),
        ruleId: 'r7',
        ruleCode: '7 antes',
        kind: 'preventive',
        level: 1,
        maturesOn: '2026-03-11',
        movedFrom: null,
        occurrence: 1,
        state: 'planned',
        reason: null,
        params: {},
        carried: false,
      },
    ])
    expect(decisions(aPlan(onOverdueDay))).toEqual([['o7', 'planned', null]])
  })

  test('what matured within the catch-up days leaves still, older never, and nothing before its day', () => {
    const on = (today: CalendarDay, catchUpDays?: number) =>
      decisions(aPlan({ today, ...(catchUpDays === undefined ? {} : { catchUpDays }) }))
    expect(on('2026-03-10')).toEqual([])
    expect(on('2026-03-13')).toEqual([['r7', 'planned', null]])
    // Saturday 14 would still be within, but nothing leaves; Monday 16 is five days on.
    expect(on('2026-03-14')).toEqual([])
    expect(on('2026-03-16')).toEqual([])
    expect(on('2026-03-16', 5)).toEqual([['r7', 'planned', null]])
    expect(on('2026-03-12', 0)).toEqual([])
  })

  test('a server that was down from Friday to Monday loses nothing', () => {
    // Matured on Friday 13.
    expect(decisions(aPlan({ today: '2026-03-16', receivable: aReceivable({ dueOn: '2026-03-20' }) }))).toEqual([
      ['r7', 'planned', null],
    ])
  })

  test('what has its notice is left out, under this rule only', () => {
    expect(occurrenceKey('cxc-1', 'r7', 1)).toBe('cxc-1:r7:1')
    expect(decisions(aPlan({ noticed: new Set(['cxc-1:r7:1']) }))).toEqual([])
    expect(decisions(aPlan({ noticed: new Set(['cxc-1:o7:1', 'cxc-2:r7:1', 'cxc-1:r7:2']) }))).toHaveLength(1)
  })

  test('only rules of the customer’s selection for the kind', () => {
    expect(decisions(aPlan({ customer: aCustomer({ reminderRuleIds: [] }) }))).toEqual([])
    expect(decisions(aPlan({ customer: aCustomer({ reminderRuleIds: ['o7'], overdueRuleIds: ['r7'] }) }))).toEqual([])
  })

  test.each([
    ['inactive', 'skipped', 'customer-inactive'],
    ['suspended', 'skipped', 'customer-inactive'],
    ['restricted', 'planned', null],
    ['active', 'planned', null],
  ] as const)('a customer who is %s: %s %s', (status, state, reason) => {
    expect(decisions(aPlan({ customer: aCustomer({}, { status }) }))).toEqual([['r7', state, reason]])
  })

  test('switches: all, reminder, overdue', () => {
    expect(decisions(aPlan({ customer: aCustomer({ active: false }) }))).toEqual([['r7', 'skipped', 'notices-off']])
    expect(decisions(aPlan({ customer: aCustomer({ reminderOn: false }) }))).toEqual([['r7', 'skipped', 'reminder-off']])
    expect(decisions(aPlan({ customer: aCustomer({ overdueOn: false }) }))).toEqual([['r7', 'planned', null]])
    expect(decisions(aPlan({ ...onOverdueDay, customer: aCustomer({ overdueOn: false }) }))).toEqual([
      ['o7', 'skipped', 'overdue-off'],
    ])
    expect(decisions(aPlan({ ...onOverdueDay, customer: aCustomer({ reminderOn: false }) }))).toEqual([['o7', 'planned', null]])
  })

  test('the receivable: not issued, paid, disputed', () => {
    const decide = (given: Partial<NoticeReceivable>) => decisions(aPlan({ receivable: aReceivable(given) }))
    expect(decide({ issuedOn: '2026-03-12' })).toEqual([['r7', 'skipped', 'not-issued']])
    expect(decide({ issuedOn: '2026-03-11' })).toEqual([['r7', 'planned', null]])
    expect(decide({ balanceMinor: 0n })).toEqual([['r7', 'skipped', 'paid']])
    expect(decide({ balanceMinor: -1n })).toEqual([['r7', 'skipped', 'paid']])
    expect(decide({ balanceMinor: 1n })).toEqual([['r7', 'planned', null]])
    expect(decide({ disputed: true })).toEqual([['r7', 'held', 'disputed']])
  })

  test('addresses: no recipient, no sender', () => {
    expect(decisions(aPlan({ customer: aCustomer({}, { hasRecipient: false }) }))).toEqual([['r7', 'held', 'no-recipient']])
    expect(decisions(aPlan({ customer: aCustomer({}, { hasSender: false }) }))).toEqual([['r7', 'held', 'no-sender']])
  })

  test('review holds overdue notices only', () => {
    expect(decisions(aPlan({ ...onOverdueDay, reviewOverdue: true }))).toEqual([['o7', 'held', 'review']])
    expect(decisions(aPlan({ reviewOverdue: true }))).toEqual([['r7', 'planned', null]])
  })

  test('the first reason is given, in the order of the promise', () => {
    let customer = aCustomer({ active: false, overdueOn: false }, { status: 'inactive', hasRecipient: false, hasSender: false })
    let receivable = aReceivable({ issuedOn: '2026-12-01', balanceMinor: 0n, disputed: true })
    const reason = () => planNotices(aPlan({ ...onOverdueDay, reviewOverdue: true, customer, receivable }))[0]?.reason
    expect(reason()).toBe('customer-inactive')
    customer = { ...customer, status: 'active' }
    expect(reason()).toBe('notices-off')
    customer = { ...customer, settings: { ...customer.settings, active: true } }
    expect(reason()).toBe('overdue-off')
    customer = { ...customer, settings: { ...customer.settings, overdueOn: true } }
    expect(reason()).toBe('not-issued')
    receivable = { ...receivable, issuedOn: '2026-01-01' }
    expect(reason()).toBe('paid')
    receivable = { ...receivable, balanceMinor: 1n }
    expect(reason()).toBe('disputed')
    receivable = { ...receivable, disputed: false }
    expect(reason()).toBe('no-recipient')
    customer = { ...customer, hasRecipient: true }
    expect(reason()).toBe('no-sender')
    customer = { ...customer, hasSender: true }
    expect(reason()).toBe('review')
  })

  test('a receivable without its customer is an error, not a silence', () => {
    expect(() => planNotices(aPlan({ customers: new Map() }))).toThrow('cxc-1')
  })

  test('a million receivables are planned in a moment', () => {
    const receivables = Array.from({ length: 1_000_000 }, (_, n) =>
      aReceivable({ id: `cxc-${n}`, customerId: `c${n % 1000}`, dueOn: addDays('2025-06-01', n % 600) }),
    )
    const customers = new Map(Array.from({ length: 1000 }, (_, n) => [`c${n}`, aCustomer()]))
    const started = performance.now()
    const occurrences = planNotices(aPlan({ customers, receivables }))
    const elapsedMs = performance.now() - started
    expect(occurrences.length).toBeGreaterThan(3000)
    // About 0.1 s alone; the limit is for a busy machine.
    expect(elapsedMs).toBeLessThan(5000)
  })
})

describe('the explanation of one occurrence', () => {
  const explain = (today: CalendarDay, given: Partial<Parameters<typeof explainOccurrence>[0]> = {}) =>
    explainOccurrence({
      today,
      calendar,
      rule: reminder,
      customer: aCustomer(),
      reviewOverdue: false,
      receivable: aReceivable(),
      noticed: new Set(),
      ...given,
    })

  test('before, on, within and after its window', () => {
    const matures = { maturesOn: '2026-03-11', occurrence: 1, repetition: 1, params: {} }
    expect(explain('2026-03-10')).toEqual({ state: 'waiting', reason: null, leavesOn: '2026-03-11', ...matures })
    expect(explain('2026-03-11')).toEqual({ state: 'planned', reason: null, leavesOn: '2026-03-11', ...matures })
    expect(explain('2026-03-13')).toEqual({ state: 'planned', reason: null, leavesOn: '2026-03-13', ...matures })
    expect(explain('2026-03-16')).toEqual({
      state: 'skipped',
      reason: 'too-old',
      leavesOn: null,
      ...matures,
      params: { limit: 3 },
    })
    expect(explain('2026-03-19')).toEqual({ state: 'skipped', reason: 'past-due', leavesOn: null, ...matures })
  })

  test('on a closed day it waits for the next open one, if it can leave then', () => {
    const receivable = aReceivable({ dueOn: '2026-03-20' })
    expect(explain('2026-03-14', { receivable })).toMatchObject({
      state: 'waiting',
      reason: 'not-business-day',
      maturesOn: '2026-03-13',
      leavesOn: '2026-03-16',
    })
    expect(explain('2026-03-14')).toMatchObject({ state: 'skipped', reason: 'too-old' })
    const sunday = aReceivable({ dueOn: '2026-03-15' })
    expect(explain('2026-03-14', { receivable: sunday, rule: { ...reminder, days: 1 } })).toMatchObject({
      state: 'skipped',
      reason: 'past-due',
    })
  })

  test('a calendar that never opens has no day to leave', () => {
    const never = { businessWeekdays: [], holidays: new Set<string>() }
    expect(explain('2026-03-11', { calendar: never })).toMatchObject({
      state: 'waiting',
      reason: 'not-business-day',
      leavesOn: null,
    })
  })

  test('what has its notice, and what is not chosen', () => {
    expect(explain('2026-03-11', { noticed: new Set(['cxc-1:r7:1']) })).toMatchObject({
      state: 'noticed',
      reason: null,
      leavesOn: null,
    })
    expect(explain('2026-03-11', { customer: aCustomer({ reminderRuleIds: [] }) })).toMatchObject({ state: 'not-chosen' })
  })

  test('says planned, held or skipped exactly as the plan does, on any day', () => {
    const anyCustomer = fc
      .tuple(
        fc.record({
          active: fc.boolean(),
          reminderOn: fc.boolean(),
          overdueOn: fc.boolean(),
          reminderRuleIds: fc.constantFrom([], ['rule']),
          overdueRuleIds: fc.constantFrom([], ['rule']),
        }),
        fc.record({
          status: fc.constantFrom('active' as const, 'inactive' as const, 'restricted' as const, 'suspended' as const),
          hasRecipient: fc.boolean(),
          hasSender: fc.boolean(),
        }),
      )
      .map(([settings, more]) => aCustomer(settings, more))
    fc.assert(
      fc.property(
        anyCalendar,
        anyRule,
        anyCustomer,
        fc.integer({ min: -15, max: 15 }),
        fc.integer({ min: 0, max: 5 }),
        fc.record({
          balanceMinor: fc.bigInt({ min: -1n, max: 3n }),
          disputed: fc.boolean(),
          issuedOn: fc.constantFrom('2026-01-01', '2026-06-20'),
        }),
        fc.boolean(),
        fc.boolean(),
        (cal, someRule, customer, offset, catchUpDays, given, reviewOverdue, isNoticed) => {
          const rule = { ...someRule, id: 'rule' }
          const today = addDays('2026-06-15', offset)
          const receivable = aReceivable({
            ...given,
            dueOn: addDays('2026-06-15', rule.kind === 'preventive' ? rule.days : -rule.days),
          })
          const noticed = new Set(isNoticed ? ['cxc-1:rule:1'] : [])
          const asked = { today, calendar: cal, catchUpDays, reviewOverdue, noticed }
          const [occurrence] = planNotices({
            ...asked,
            rules: [rule],
            customers: new Map([['c1', customer]]),
            receivables: [receivable],
          })
          const explained = explainOccurrence({ ...asked, rule, customer, receivable })
          expect(explained.maturesOn).toBe(maturesOn(rule, receivable.dueOn, cal))
          if (occurrence) {
            expect(explained).toMatchObject({
              state: occurrence.state,
              reason: occurrence.reason,
              maturesOn: occurrence.maturesOn,
            })
          } else {
            expect(['waiting', 'noticed', 'not-chosen', 'skipped']).toContain(explained.state)
            if (explained.state === 'skipped') expect(['too-old', 'past-due']).toContain(explained.reason)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('messages', () => {
  const twice = aPlan({
    rules: [reminder, { ...reminder, id: 'r6', code: '6 antes', days: 6 }],
    customers: new Map([
      ['c1', aCustomer({ reminderRuleIds: ['r7', 'r6'] })],
      ['c2', aCustomer({ reminderRuleIds: ['r7', 'r6'] })],
    ]),
    today: '2026-03-12',
    receivables: [
      aReceivable({ id: 'b', externalId: 'F-2', dueOn: '2026-03-19', balanceMinor: 5n }),
      aReceivable({ id: 'a', externalId: 'F-3', dueOn: '2026-03-18', balanceMinor: 7n }),
      aReceivable({ id: 'd', externalId: null, dueOn: '2026-03-19', balanceMinor: 100n, currency: 'CLP' }),
      aReceivable({ id: 'e', dueOn: '2026-03-19', disputed: true }),
      aReceivable({ id: 'c', customerId: 'c2', dueOn: '2026-03-19' }),
      aReceivable({ id: 'f', customerId: 'c2', dueOn: '2026-03-19', balanceMinor: 0n }),
      aReceivable({ id: 'g', customerId: 'c2', dueOn: '2026-03-19', issuedOn: '2026-03-13' }),
    ],
  })

  test('one message per customer, kind, state and reason, with its totals', () => {
    const messages = groupMessages(planNotices(twice))
    expect(messages.map(({ customerId, state, reason }) => [customerId, state, reason])).toEqual([
      ['c1', 'planned', null],
      ['c1', 'held', 'disputed'],
      ['c2', 'planned', null],
      ['c2', 'skipped', 'not-issued'],
      ['c2', 'skipped', 'paid'],
    ])
    const [first] = messages
    // Under both rules: due on the 18th, 7 days before is the 11th (in the window) and 6 before the 12th.
    expect(first?.items.map(({ receivable, ruleId }) => `${receivable.id} ${ruleId}`)).toEqual(['a r6', 'a r7', 'd r7', 'b r7'])
    expect(first?.totals).toEqual([
      { currency: 'CLP', amountMinor: 100n },
      { currency: 'USD', amountMinor: 12n },
    ])
  })

  test('reminders and overdue notices of a customer are two messages, reminders first', () => {
    const both = aPlan({ receivables: [aReceivable({ id: 'x', dueOn: '2026-03-04' }), aReceivable()] })
    expect(groupMessages(planNotices(both)).map(({ kind }) => kind)).toEqual(['preventive', 'overdue'])
  })

  test('the order of the occurrences does not matter, and none is lost or doubled', () => {
    const occurrences = planNotices(twice)
    const expected = groupMessages(occurrences)
    fc.assert(
      fc.property(fc.shuffledSubarray(occurrences, { minLength: occurrences.length }), (shuffled) => {
        expect(groupMessages(shuffled)).toEqual(expected)
      }),
    )
    expect(expected.flatMap(({ items }) => items)).toHaveLength(occurrences.length)
    expect(groupMessages([])).toEqual([])
  })
})

test('the days of these tests are the weekdays that they say', () => {
  expect(['2026-03-11', '2026-03-13', '2026-03-15', '2026-03-16', '2026-03-25'].map(weekdayOf)).toEqual([3, 5, 7, 1, 3])
})
