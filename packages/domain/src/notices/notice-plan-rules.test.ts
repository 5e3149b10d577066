import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BusinessCalendar } from '../business-calendar.ts'
import { addDays, type CalendarDay } from '../calendar-day.ts'
import type { ContactPolicy, ContactRules } from './contact-policy.ts'
import {
  explainOccurrence,
  groupMessages,
  maturesOn,
  maturingDueDays,
  type NoticeCustomer,
  type NoticePolicy,
  type NoticeReceivable,
  type NoticeRule,
  noNoticePolicy,
  occurrenceNumber,
  type PlannedContact,
  planDays,
  planNotices,
  repetitionsOf,
  type StandingOccurrence,
} from './notice-plan.ts'
import { effectiveNoticeSettings, inheritedSwitches, type NoticeSettings } from './notice-settings.ts'

const calendar: BusinessCalendar = { businessWeekdays: [1, 2, 3, 4, 5], holidays: new Set(['2026-04-03']) }
const aRule = (given: Partial<NoticeRule> & Pick<NoticeRule, 'id' | 'kind'>): NoticeRule => ({
  code: given.id,
  days: 7,
  level: 1,
  repeatEveryDays: null,
  repeatTimes: null,
  ...given,
})
const reminder = aRule({ id: 'r7', kind: 'preventive' })
const overdue = aRule({ id: 'o7', kind: 'overdue' })
const firm = aRule({ id: 'o8', kind: 'overdue', days: 8, level: 3 })
const again = aRule({ id: 'again', kind: 'overdue', days: 1, level: 2, repeatEveryDays: 10, repeatTimes: 3 })

const defaults: NoticeSettings = {
  subject: '',
  active: true,
  sendToContacts: false,
  reminderOn: true,
  reminderRuleIds: ['r7'],
  overdueOn: true,
  overdueRuleIds: ['o7', 'o8', 'again'],
  reminderBody: '',
  overdueBody: '',
  tone: 'formal',
  attachStatement: false,
}
const aCustomer = (over: Partial<NoticeCustomer> = {}, settings: Partial<NoticeSettings> = {}): NoticeCustomer => ({
  status: 'active',
  settings: effectiveNoticeSettings({ ...defaults, ...settings }, null, null),
  hasRecipient: true,
  hasSender: true,
  pausedUntil: null,
  contacts: [],
  ...over,
})
const aReceivable = (given: Partial<NoticeReceivable> = {}): NoticeReceivable => ({
  id: 'a',
  externalId: null,
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
})
const contactRules = (over: Partial<ContactRules> = {}): ContactRules => ({
  timeZone: 'America/Bogota',
  policy: null,
  isOpenDay: () => true,
  isHoliday: () => false,
  sendFrom: '00:00',
  sendUntil: '24:00',
  intervalDays: 0,
  ...over,
})
type Plan = Parameters<typeof planNotices>[0]
/** Wednesday 11 March 2026, when the reminder of what is due on the 18th matures. */
function aPlan(given: Partial<Plan> & { customer?: NoticeCustomer; receivable?: NoticeReceivable } = {}): Plan {
  const { customer = aCustomer(), receivable = aReceivable(), ...more } = given
  return {
    today: '2026-03-11',
    calendar,
    rules: [reminder, overdue, firm, again],
    customers: new Map([['c1', customer]]),
    reviewOverdue: false,
    receivables: [receivable],
    noticed: new Set(),
    ...more,
  }
}
const policy = (over: Partial<NoticePolicy>): NoticePolicy => ({ ...noNoticePolicy, ...over })
const says = (plan: Plan) =>
  planNotices(plan).map(({ ruleId, occurrence, state, reason, params }) => [ruleId, occurrence, state, reason, params])

describe('repetitions', () => {
  test('an overdue rule comes again every so many days, so many times; a reminder never does', () => {
    expect(repetitionsOf(again)).toBe(4)
    expect([1, 2, 3, 4].map((n) => maturesOn(again, '2026-03-02', calendar, n))).toEqual([
      '2026-03-03',
      '2026-03-13',
      '2026-03-23',
      // 2 April; the 3rd would be a holiday.
      '2026-04-02',
    ])
    expect(repetitionsOf({ ...again, kind: 'preventive' })).toBe(1)
    const on = (today: CalendarDay) => says(aPlan({ today, receivable: aReceivable({ dueOn: '2026-03-02' }) }))
    expect(on('2026-03-13').filter(([rule]) => rule === 'again')).toEqual([['again', 2, 'planned', null, {}]])
    expect(on('2026-03-23')).toEqual([['again', 3, 'planned', null, {}]])
    expect(on('2026-04-06')).toEqual([])
  })

  test('absurd repetitions neither hang nor overflow', () => {
    for (const [repeatEveryDays, repeatTimes] of [
      [1, 1e9],
      [1e300, 99],
      [Number.MAX_SAFE_INTEGER, 99],
      [0, 5],
      [-3, 5],
      [Number.NaN, Number.NaN],
      [0.5, 4],
      [7, -1],
    ] as const) {
      const rule = { ...again, repeatEveryDays, repeatTimes }
      expect(repetitionsOf(rule)).toBeLessThanOrEqual(99)
      const maturing = maturingDueDays({ today: '2026-03-11', rules: [rule], calendar, catchUpDays: 3 })
      expect(maturing.length).toBeLessThanOrEqual(99 * 6)
      for (const dueOn of ['1900-01-01', '2026-03-01', '9998-12-31'])
        expect(() => planNotices(aPlan({ rules: [rule], receivable: aReceivable({ dueOn }) }))).not.toThrow()
    }
  })

  test('a corrected due date re-arms nothing; an extension starts the next series', () => {
    const noticed = new Set(['a:again:1', 'a:again:2'])
    const corrected = aReceivable({ dueOn: '2026-03-10' })
    expect(says(aPlan({ receivable: corrected, noticed }))).toEqual([])
    const extended = aReceivable({ dueOn: '2026-03-10', extensions: 1 })
    expect(says(aPlan({ receivable: extended, noticed }))).toEqual([['again', 101, 'planned', null, {}]])
    expect(occurrenceNumber(2, 3)).toBe(203)
  })
})

describe('what holds an occurrence back', () => {
  test('a pause of the customer or of the receivable, through its last day', () => {
    const until = (customer: CalendarDay | null, receivable: CalendarDay | null) =>
      says(aPlan({ customer: aCustomer({ pausedUntil: customer }), receivable: aReceivable({ pausedUntil: receivable }) }))
    expect(until('2026-03-11', null)).toEqual([['r7', 1, 'held', 'paused', { until: '2026-03-11' }]])
    expect(until('2026-03-12', '2026-03-20')).toEqual([['r7', 1, 'held', 'paused', { until: '2026-03-20' }]])
    expect(until('2026-03-10', null)).toEqual([['r7', 1, 'planned', null, {}]])
  })

  test('a promise, for its own receivables alone', () => {
    const plan = aPlan({
      receivables: [aReceivable({ promisedUntil: '2026-03-17' }), aReceivable({ id: 'b', promisedUntil: '2026-03-10' })],
    })
    expect(says(plan)).toEqual([
      ['r7', 1, 'held', 'promised', { until: '2026-03-17' }],
      ['r7', 1, 'planned', null, {}],
    ])
  })

  test('balances of a source that is silent; those kept by hand are always fresh', () => {
    const silentSources = new Map([['erp', { hours: 52, limit: 24, since: '2026-03-09T08:00:00.000Z' }]])
    const plan = aPlan({
      policy: policy({ silentSources }),
      receivables: [aReceivable({ sourceName: 'erp' }), aReceivable({ id: 'b' }), aReceivable({ id: 'c', sourceName: 'otra' })],
    })
    expect(says(plan)[0]).toEqual([
      'r7',
      1,
      'held',
      'stale-data',
      { hours: 52, limit: 24, since: '2026-03-09T08:00:00.000Z', source: 'erp' },
    ])
    expect(says(plan).slice(1)).toEqual([
      ['r7', 1, 'planned', null, {}],
      ['r7', 1, 'planned', null, {}],
    ])
  })

  test('what is within the tolerance of its currency counts as paid', () => {
    const amounts = new Map([['USD', { toleranceMinor: 500n, leastMinor: 0n }]])
    const of = (balanceMinor: bigint, currency = 'USD') =>
      says(aPlan({ policy: policy({ amounts }), receivable: aReceivable({ balanceMinor, currency }) }))
    expect(of(500n)).toEqual([['r7', 1, 'skipped', 'within-tolerance', { amount: '5.00', currency: 'USD' }]])
    expect(of(501n)).toEqual([['r7', 1, 'planned', null, {}]])
    expect(of(1n, 'EUR')).toEqual([['r7', 1, 'planned', null, {}]])
  })

  test('a message below the least amount in all its currencies does not leave; together they may', () => {
    const amounts = new Map([['USD', { toleranceMinor: 0n, leastMinor: 1000n }]])
    const of = (...receivables: NoticeReceivable[]) =>
      says(aPlan({ policy: policy({ amounts }), receivables })).map(([, , state, reason]) => [state, reason])
    const small = aReceivable({ balanceMinor: 600n })
    expect(of(small)).toEqual([['skipped', 'below-least']])
    expect(of(small, aReceivable({ id: 'b', balanceMinor: 400n }))).toEqual([
      ['planned', null],
      ['planned', null],
    ])
    expect(of(small, aReceivable({ id: 'b', balanceMinor: 1n, currency: 'EUR' }))).toEqual([
      ['planned', null],
      ['planned', null],
    ])
    // What is disputed does not leave, so it does not count.
    expect(of(small, aReceivable({ id: 'b', balanceMinor: 900n, disputed: true }))).toEqual([
      ['skipped', 'below-least'],
      ['held', 'disputed'],
    ])
  })

  test('a small balance counts with what still stands in the message that it joins, and with nothing else', () => {
    const amounts = new Map([['USD', { toleranceMinor: 100n, leastMinor: 1000n }]])
    const small = aReceivable({ balanceMinor: 600n })
    const beside = (over: Partial<StandingOccurrence> = {}, receivable: Partial<NoticeReceivable> = {}) => {
      const standing: StandingOccurrence = {
        kind: 'preventive',
        state: 'planned',
        reason: null,
        receivable: aReceivable({ id: 'b', balanceMinor: 900n, ...receivable }),
        ...over,
      }
      return says(
        aPlan({ policy: policy({ amounts }), customer: aCustomer({ standing: [standing] }), receivable: small }),
      )[0]?.[2]
    }
    expect(beside()).toBe('planned')
    expect(beside({ kind: 'overdue' })).toBe('skipped')
    expect(beside({ state: 'held', reason: 'review' })).toBe('skipped')
    expect(beside({ reason: 'review' })).toBe('skipped')
    expect(beside({}, { disputed: true })).toBe('skipped')
    expect(beside({}, { balanceMinor: 0n })).toBe('skipped')
    // Within the tolerance it counts as paid, however small what joins it.
    const tight = policy({ amounts: new Map([['USD', { toleranceMinor: 900n, leastMinor: 1800n }]]) })
    const standing: StandingOccurrence[] = [
      { kind: 'preventive', state: 'planned', reason: null, receivable: aReceivable({ id: 'b', balanceMinor: 900n }) },
    ]
    const joining = aReceivable({ balanceMinor: 901n })
    expect(says(aPlan({ policy: tight, customer: aCustomer({ standing }), receivable: joining }))[0]?.[3]).toBe('below-least')
  })

  test('what waits to be applied covers a message: nothing is asked for; what it leaves is what counts', () => {
    const amounts = new Map([['USD', { toleranceMinor: 0n, leastMinor: 1000n }]])
    const of = (covered: [string, bigint][], rules: Partial<NoticePolicy> = {}, receivables = [aReceivable()]) =>
      says(aPlan({ customer: aCustomer({ covered: new Map(covered) }), policy: policy(rules), receivables })).map(
        ([, , state, reason, params]) => [state, reason, params],
      )
    expect(of([['a', 10_000n]])).toEqual([['skipped', 'covered-by-credit', { amount: '100.00', currency: 'USD' }]])
    expect(of([['a', 9_999n]])).toEqual([['planned', null, {}]])
    expect(of([['another', 10_000n]])).toEqual([['planned', null, {}]])
    expect(of([['a', 9_001n]], { amounts })).toEqual([['skipped', 'below-least', { amount: '10.00', currency: 'USD' }]])
    // One that is covered leaves with one that is not.
    expect(of([['a', 10_000n]], {}, [aReceivable(), aReceivable({ id: 'b' })]).map(([state]) => state)).toEqual([
      'planned',
      'planned',
    ])
  })

  test('on a closed day nothing is said, not even of what has been waiting', () => {
    const carried = [{ receivable: aReceivable(), ruleId: 'r7', occurrence: occurrenceNumber(0, 1) }]
    expect(says(aPlan({ today: '2026-03-13', receivables: [], carried }))).toHaveLength(1)
    expect(says(aPlan({ today: '2026-03-14', receivables: [], carried }))).toEqual([])
  })

  test('switches of the receivable itself come before its customer’s', () => {
    const own = (over: object) => says(aPlan({ receivable: aReceivable({ own: { ...inheritedSwitches, ...over } }) }))
    expect(own({})).toEqual([['r7', 1, 'planned', null, {}]])
    expect(own({ active: false })).toEqual([['r7', 1, 'skipped', 'notices-off', {}]])
    expect(own({ reminderOn: false })).toEqual([['r7', 1, 'skipped', 'reminder-off', {}]])
    expect(own({ reminderRuleIds: [] })).toEqual([])
    const off = aCustomer({}, { active: false })
    expect(says(aPlan({ customer: off, receivable: aReceivable({ own: { ...inheritedSwitches, active: true } }) }))).toEqual([
      ['r7', 1, 'planned', null, {}],
    ])
  })
})

describe('how often a customer is written to', () => {
  const sent = (local: string, over: Partial<PlannedContact> = {}): PlannedContact => ({
    at: new Date(`${local}:00-05:00`),
    channel: 'email',
    notice: true,
    ...over,
  })
  const limits = (over: Partial<ContactPolicy>): ContactPolicy => ({
    hours: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '08:00', until: '18:00' })),
    holidays: false,
    mostPerDay: null,
    mostPerWeek: null,
    leastHoursBetween: null,
    channels: ['email', 'call'],
    ...over,
  })

  test('the least interval: too soon until its day', () => {
    const plan = aPlan({
      policy: policy({ contact: contactRules({ intervalDays: 3 }) }),
      customer: aCustomer({ contacts: [sent('2026-03-10T09:00')] }),
    })
    expect(says(plan)).toEqual([['r7', 1, 'held', 'too-soon', { until: '2026-03-13', limit: 3 }]])
  })

  test('the weekly limit counts calls that agents note', () => {
    const plan = aPlan({
      policy: policy({ contact: contactRules({ policy: limits({ mostPerWeek: 1 }) }) }),
      customer: aCustomer({ contacts: [sent('2026-03-09T09:00', { channel: 'call', notice: false })] }),
    })
    expect(says(plan)).toEqual([['r7', 1, 'held', 'contact-limit', { until: '2026-03-16', limit: 1, per: 'week' }]])
  })

  test('a limit that ends within the day does not hold: it waits for its hour', () => {
    const plan = aPlan({
      policy: policy({ contact: contactRules({ policy: limits({ leastHoursBetween: 20 }) }) }),
      customer: aCustomer({ contacts: [sent('2026-03-10T17:00')] }),
    })
    expect(says(plan)).toEqual([['r7', 1, 'planned', null, {}]])
  })

  const both = [aReceivable(), aReceivable({ id: 'b', dueOn: '2026-03-04' })]

  test('where only one may leave it is the overdue one; the reminder waits', () => {
    const plan = aPlan({ policy: policy({ contact: contactRules({ intervalDays: 2 }) }), receivables: both })
    expect(says(plan)).toEqual([
      ['r7', 1, 'held', 'too-soon', { until: '2026-03-13', limit: 2 }],
      ['o7', 1, 'planned', null, {}],
    ])
  })

  test('what is planned and has not left stands in the way of the other kind, not of its own', () => {
    const pending = (pendingKind: 'preventive' | 'overdue') =>
      says(
        aPlan({
          policy: policy({ contact: contactRules({ intervalDays: 2 }) }),
          customer: aCustomer({ contacts: [sent('2026-03-11T00:00', { pendingKind })] }),
        }),
      ).map(([, , state]) => state)
    expect(pending('preventive')).toEqual(['planned'])
    expect(pending('overdue')).toEqual(['held'])
  })

  test('combined: one message with both, overdue in kind, in the tone of the highest level', () => {
    const combined = policy({ combined: true, contact: contactRules({ intervalDays: 2 }) })
    const receivables = [...both, aReceivable({ id: 'c', dueOn: '2026-03-03' })]
    const messages = groupMessages(planNotices(aPlan({ policy: combined, receivables })), combined)
    expect(messages.map(({ kind, level, state, items }) => [kind, level, state, items.length])).toEqual([
      ['overdue', 3, 'planned', 4],
    ])
    const reminders = groupMessages(planNotices(aPlan({ policy: combined })), combined)
    expect(reminders.map(({ kind, level }) => [kind, level])).toEqual([['preventive', 1]])
    const inReview = groupMessages(planNotices(aPlan({ policy: combined, receivables, reviewOverdue: true })), combined)
    expect(inReview.map(({ kind, reason }) => [kind, reason])).toEqual([['overdue', 'review']])
  })
})

describe('days ahead', () => {
  const fortnight = Array.from({ length: 14 }, (_, n) => addDays('2026-03-09', n))
  const leaves = (given: Partial<Plan> & { customer?: NoticeCustomer }) => {
    const { today: _, ...plan } = aPlan(given)
    return [...planDays({ ...plan, days: fortnight })].flatMap(([day, occurrences]) =>
      groupMessages(occurrences, plan.policy)
        .filter(({ state }) => state === 'planned')
        .map(({ kind, items }) => [day, kind, items.map(({ receivable }) => receivable.id).join()]),
    )
  }

  test('what a promise or a pause holds leaves on the business day after, in one message, and nothing twice', () => {
    const receivables = [
      aReceivable({ dueOn: '2026-03-03', promisedUntil: '2026-03-13' }),
      aReceivable({ id: 'b', dueOn: '2026-03-04', pausedUntil: '2026-03-14' }),
      aReceivable({ id: 'c', dueOn: '2026-03-09' }),
    ]
    expect(leaves({ rules: [overdue], receivables })).toEqual([['2026-03-16', 'overdue', 'a,b,c']])
  })

  test('under a least interval messages gather and leave as one when it is over', () => {
    const receivables = Array.from({ length: 9 }, (_, n) => aReceivable({ id: `${n}`, dueOn: addDays('2026-03-02', n) }))
    const contact = contactRules({ intervalDays: 5 })
    expect(leaves({ rules: [overdue], receivables, policy: policy({ contact }) })).toEqual([
      ['2026-03-09', 'overdue', '0'],
      ['2026-03-16', 'overdue', '1,2,3,4,5,6,7'],
      // The 21st is a Saturday: what matured on the 17th leaves with the next week, after these days.
    ])
  })

  test('a wait that ends on a closed day is over on the next open one', () => {
    const receivables = [aReceivable({ dueOn: '2026-03-26', promisedUntil: '2026-04-02' })]
    const days = Array.from({ length: 10 }, (_, n) => addDays('2026-03-30', n))
    const { today: _, ...plan } = aPlan({ rules: [overdue], receivables })
    const found = [...planDays({ ...plan, days })].filter(([, each]) => each.some(({ state }) => state === 'planned'))
    // Promised through Thursday; Friday is a holiday; Monday the 6th.
    expect(found.map(([day]) => day)).toEqual(['2026-04-06'])
  })
})

describe('the explanation', () => {
  const explain = (
    today: CalendarDay,
    receivable: Partial<NoticeReceivable>,
    more: Partial<Parameters<typeof explainOccurrence>[0]> = {},
  ) =>
    explainOccurrence({
      today,
      calendar,
      rule: overdue,
      customer: aCustomer(),
      reviewOverdue: false,
      receivable: aReceivable(receivable),
      noticed: new Set(),
      ...more,
    })

  test('says until when a promise holds it and when it leaves then, also ahead of its day', () => {
    const promised = { dueOn: '2026-03-04', promisedUntil: '2026-03-13' }
    expect(explain('2026-03-11', promised)).toMatchObject({
      state: 'held',
      reason: 'promised',
      params: { until: '2026-03-13' },
      leavesOn: '2026-03-16',
    })
    expect(explain('2026-03-09', promised)).toMatchObject({
      state: 'waiting',
      reason: 'promised',
      params: { until: '2026-03-13' },
      maturesOn: '2026-03-11',
      leavesOn: '2026-03-16',
    })
  })

  test('says from which day a holiday or weekend has moved it', () => {
    // Seven days after 27 March is Good Friday.
    expect(explain('2026-04-06', { dueOn: '2026-03-27' })).toMatchObject({
      state: 'planned',
      maturesOn: '2026-04-06',
      params: { movedFrom: '2026-04-03' },
    })
  })

  test('says of each repetition what becomes of it', () => {
    const of = (repetition: number) =>
      explain('2026-03-13', { dueOn: '2026-03-02' }, { rule: again, repetition, noticed: new Set(['a:again:1']) })
    expect([1, 2, 3, 4].map((n) => [of(n).occurrence, of(n).state])).toEqual([
      [1, 'noticed'],
      [2, 'planned'],
      [3, 'waiting'],
      [4, 'waiting'],
    ])
  })
})

/** The plan worked out anew from the words of the specification, item by item and day by day, sharing no code with the product. */
function naivePlan(asked: Plan & { policy: NoticePolicy; catchUpDays: number }): string[] {
  const plus = (day: string, n: number) => new Date(Date.parse(`${day}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10)
  const isOpen = (day: string) =>
    asked.calendar.businessWeekdays.includes(new Date(`${day}T00:00:00Z`).getUTCDay() || 7) && !asked.calendar.holidays.has(day)
  const { today } = asked
  if (!isOpen(today)) return []
  interface Found {
    key: string
    kind: string
    customer: string
    verdict: string
    receivable: NoticeReceivable
  }
  const found: Found[] = []
  for (const receivable of asked.receivables)
    for (const rule of asked.rules) {
      const customer = asked.customers.get(receivable.customerId)
      if (!customer) throw new Error('no customer')
      const times = rule.kind === 'overdue' && rule.repeatEveryDays !== null ? 1 + (rule.repeatTimes ?? 0) : 1
      for (let n = 1; n <= times; n += 1) {
        let day =
          rule.kind === 'preventive'
            ? plus(receivable.dueOn, -rule.days)
            : plus(receivable.dueOn, rule.days + (n - 1) * (rule.repeatEveryDays ?? 0))
        while (!isOpen(day)) day = plus(day, rule.kind === 'preventive' ? -1 : 1)
        if (day > today || day < plus(today, -asked.catchUpDays)) continue
        if (rule.kind === 'preventive' && today > receivable.dueOn) continue
        const own = receivable.own
        const chosen =
          rule.kind === 'preventive'
            ? (own?.reminderRuleIds ?? customer.settings.reminderRuleIds)
            : (own?.overdueRuleIds ?? customer.settings.overdueRuleIds)
        if (!chosen.includes(rule.id)) continue
        const number = receivable.extensions * 100 + n
        if (asked.noticed.has(`${receivable.id}:${rule.id}:${number}`)) continue
        const on =
          rule.kind === 'preventive'
            ? (own?.reminderOn ?? customer.settings.reminderOn)
            : (own?.overdueOn ?? customer.settings.overdueOn)
        const amounts = asked.policy.amounts.get(receivable.currency)
        const until = [customer.pausedUntil, receivable.pausedUntil].filter((each) => each !== null && each >= today)
        const verdict = ['inactive', 'suspended'].includes(customer.status)
          ? 'skipped customer-inactive'
          : !(own?.active ?? customer.settings.active)
            ? 'skipped notices-off'
            : !on
              ? `skipped ${rule.kind === 'preventive' ? 'reminder' : 'overdue'}-off`
              : receivable.issuedOn > today
                ? 'skipped not-issued'
                : receivable.balanceMinor <= 0n
                  ? 'skipped paid'
                  : receivable.balanceMinor <= (amounts?.toleranceMinor ?? 0n)
                    ? 'skipped within-tolerance'
                    : receivable.disputed
                      ? 'held disputed'
                      : until.length > 0
                        ? 'held paused'
                        : receivable.promisedUntil !== null && receivable.promisedUntil >= today
                          ? 'held promised'
                          : receivable.sourceName !== null && asked.policy.silentSources.has(receivable.sourceName)
                            ? 'held stale-data'
                            : 'open'
        found.push({
          key: `${receivable.id}:${rule.id}:${number}`,
          kind: rule.kind,
          customer: receivable.customerId,
          verdict,
          receivable,
        })
      }
    }
  const open = found.filter(({ verdict }) => verdict === 'open')
  for (const customerId of new Set(open.map(({ customer }) => customer)))
    for (const kinds of asked.policy.combined ? [['preventive', 'overdue']] : [['preventive'], ['overdue']]) {
      const message = open.filter(({ customer, kind }) => customer === customerId && kinds.includes(kind))
      if (message.length === 0) continue
      const totals = new Map<string, bigint>()
      for (const receivable of new Set(message.map((each) => each.receivable)))
        totals.set(receivable.currency, (totals.get(receivable.currency) ?? 0n) + receivable.balanceMinor)
      const enough = [...totals].some(([code, total]) => total >= (asked.policy.amounts.get(code)?.leastMinor ?? 0n))
      const customer = asked.customers.get(customerId)
      const review = asked.reviewOverdue && message.some(({ kind }) => kind === 'overdue')
      const verdict = !enough
        ? 'skipped below-least'
        : !customer?.hasRecipient
          ? 'held no-recipient'
          : !customer.hasSender
            ? 'held no-sender'
            : review
              ? 'held review'
              : 'planned null'
      for (const each of message) each.verdict = verdict
    }
  return found.map(({ key, verdict }) => `${key} ${verdict}`).sort()
}

test('the plan says what the specification says, read anew, whatever the company, its customers and the day', () => {
  const near = fc.integer({ min: -45, max: 45 }).map((n) => addDays('2026-06-15', n))
  const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })
  const switches = fc.record({
    active: orNull(fc.boolean()),
    reminderOn: orNull(fc.boolean()),
    reminderRuleIds: orNull(fc.constantFrom([], ['0'], ['0', '1', '2'])),
    overdueOn: orNull(fc.boolean()),
    overdueRuleIds: orNull(fc.constantFrom([], ['1'], ['0', '1', '2'])),
  })
  const anyRule = fc.record({
    kind: fc.constantFrom('preventive' as const, 'overdue' as const),
    days: fc.integer({ min: 0, max: 12 }),
    level: fc.integer({ min: 1, max: 4 }),
    repeat: orNull(fc.record({ every: fc.integer({ min: 1, max: 9 }), times: fc.integer({ min: 1, max: 12 }) })),
  })
  const anyCustomer = fc
    .record({
      settings: switches,
      status: fc.constantFrom('active' as const, 'active' as const, 'restricted' as const, 'suspended' as const),
      hasRecipient: fc.constantFrom(true, true, false),
      hasSender: fc.constantFrom(true, true, false),
      pausedUntil: orNull(near),
    })
    .map(({ settings, ...more }) => ({
      ...aCustomer(more),
      settings: effectiveNoticeSettings(
        { ...defaults, reminderRuleIds: ['0', '1', '2'], overdueRuleIds: ['0', '1', '2'] },
        null,
        {
          ...inheritedSwitches,
          ...settings,
          subject: null,
          sendToContacts: null,
          reminderBody: null,
          overdueBody: null,
          tone: null,
          attachStatement: null,
        },
      ),
    }))
  const anyReceivable = fc.record({
    customerId: fc.constantFrom('c0', 'c1'),
    dueOn: near,
    issuedOn: fc.constantFrom('2026-01-01', '2026-01-01', '2026-06-20'),
    balanceMinor: fc.bigInt({ min: 0n, max: 20n }),
    currency: fc.constantFrom('USD', 'EUR'),
    disputed: fc.constantFrom(false, false, true),
    extensions: fc.integer({ min: 0, max: 2 }),
    promisedUntil: orNull(near),
    pausedUntil: orNull(near),
    sourceName: fc.constantFrom(null, 'erp', 'hoja'),
    own: orNull(switches),
  })
  const anyAmounts = fc.record({ toleranceMinor: fc.bigInt({ min: 0n, max: 5n }), leastMinor: fc.bigInt({ min: 0n, max: 25n }) })
  fc.assert(
    fc.property(
      fc.record({
        today: near,
        weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        holidays: fc.array(near, { maxLength: 8 }),
        rules: fc.array(anyRule, { minLength: 1, maxLength: 3 }),
        customers: fc.tuple(anyCustomer, anyCustomer),
        receivables: fc.array(anyReceivable, { maxLength: 8 }),
        noticed: fc.array(fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 2 }), fc.constantFrom(1, 2, 101))),
        amounts: fc.tuple(orNull(anyAmounts), orNull(anyAmounts)),
        combined: fc.boolean(),
        silent: fc.boolean(),
        reviewOverdue: fc.boolean(),
        catchUpDays: fc.integer({ min: 0, max: 12 }),
      }),
      (given) => {
        const amounts: [string, { toleranceMinor: bigint; leastMinor: bigint }][] = []
        if (given.amounts[0]) amounts.push(['USD', given.amounts[0]])
        if (given.amounts[1]) amounts.push(['EUR', given.amounts[1]])
        const asked = {
          today: given.today,
          calendar: { businessWeekdays: given.weekdays, holidays: new Set(given.holidays) },
          catchUpDays: given.catchUpDays,
          rules: given.rules.map(({ repeat, ...rule }, index) => ({
            ...rule,
            id: `${index}`,
            code: `${index}`,
            repeatEveryDays: repeat?.every ?? null,
            repeatTimes: repeat?.times ?? null,
          })),
          customers: new Map(given.customers.map((customer, index) => [`c${index}`, customer])),
          receivables: given.receivables.map((receivable, index) => ({ ...receivable, id: `${index}`, externalId: null })),
          noticed: new Set(given.noticed.map(([receivable, rule, n]) => `${receivable}:${rule}:${n}`)),
          reviewOverdue: given.reviewOverdue,
          policy: policy({
            combined: given.combined,
            amounts: new Map(amounts),
            silentSources: new Map(given.silent ? [['erp', { hours: 9, limit: 8, since: '2026-06-01T00:00:00.000Z' }]] : []),
          }),
        }
        const planned = planNotices(asked)
        expect(
          planned.map((each) => `${each.receivable.id}:${each.ruleId}:${each.occurrence} ${each.state} ${each.reason}`).sort(),
        ).toEqual(naivePlan(asked))
        // The explanation of every occurrence says the same, given the plan of the customer.
        for (const receivable of asked.receivables)
          for (const rule of asked.rules)
            for (let repetition = 1; repetition <= repetitionsOf(rule); repetition += 1) {
              const customer = asked.customers.get(receivable.customerId)
              if (!customer) throw new Error('no customer')
              const explained = explainOccurrence({ ...asked, rule, repetition, customer, receivable, plan: planned })
              const found = planned.find(
                (each) => each.receivable === receivable && each.ruleId === rule.id && each.occurrence === explained.occurrence,
              )
              if (found) expect([explained.state, explained.reason]).toEqual([found.state, found.reason])
              else if (['planned', 'held'].includes(explained.state)) expect.fail(`${explained.state} without a plan`)
            }
      },
    ),
    { numRuns: 1500 },
  )
}, 120_000)
