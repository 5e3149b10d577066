import { describe, expect, test } from 'vitest'
import { isBusinessDay } from '../business-calendar.ts'
import type { ContactRules } from './contact-policy.ts'
import { type NoticeCustomer, type NoticeRule, noNoticePolicy } from './notice-plan.ts'
import { effectiveNoticeSettings, inheritedSwitches, type NoticeSettings } from './notice-settings.ts'
import { dayOfMessage, recheckMessage, type StandingItem } from './recheck-message.ts'

const settings: NoticeSettings = {
  subject: '',
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
const aCustomer = (over: Partial<NoticeCustomer> = {}, own: Partial<NoticeSettings> = {}): NoticeCustomer => ({
  status: 'active',
  settings: effectiveNoticeSettings({ ...settings, ...own }, null, null),
  hasRecipient: true,
  hasSender: true,
  pausedUntil: null,
  contacts: [],
  ...over,
})
/** Due on Wednesday 18 March 2026: its reminder matures on Wednesday the 11th. */
const reminder: NoticeRule = {
  id: 'r7',
  code: 'preventive-7',
  kind: 'preventive',
  days: 7,
  level: 1,
  repeatEveryDays: null,
  repeatTimes: null,
}
const anItem = (id: string, over: Partial<StandingItem['receivable']> = {}, planned = '2026-03-18'): StandingItem => ({
  id,
  receivable: {
    id: `cxc-${id}`,
    externalId: id,
    customerId: 'c1',
    issuedOn: '2026-01-01',
    dueOn: '2026-03-18',
    balanceMinor: 100n,
    currency: 'USD',
    disputed: false,
    extensions: 0,
    promisedUntil: null,
    pausedUntil: null,
    sourceName: null,
    own: null,
    ...over,
  },
  rule: { ...reminder, retired: false },
  occurrence: 1,
  plannedDueOn: planned,
})
/** Due on Wednesday 18 March 2026: its overdue notice matures on Wednesday the 25th. */
const anOverdue = (id: string, over: Partial<StandingItem['receivable']> = {}): StandingItem => ({
  ...anItem(id, over),
  rule: { ...reminder, id: 'o7', code: 'overdue-7', kind: 'overdue', retired: false },
})
const check = (over: Partial<Parameters<typeof recheckMessage>[0]> = {}) =>
  recheckMessage({
    day: '2026-03-11',
    calendar: { businessWeekdays: [1, 2, 3, 4, 5], holidays: new Set() },
    catchUpDays: 3,
    kind: 'preventive',
    customer: aCustomer(),
    reviewOverdue: false,
    approvedOn: null,
    items: [anItem('a'), anItem('b')],
    ...over,
  })

test('nothing changed: it leaves', () => {
  expect(check().verdict).toEqual({ kind: 'send' })
  expect(check().stands).toHaveLength(2)
})

test('paid items drop out, and a message of paid items alone is cancelled', () => {
  expect(check({ items: [anItem('a', { balanceMinor: 0n }), anItem('b')] })).toMatchObject({
    verdict: { kind: 'send' },
    drops: [{ id: 'a', reason: 'paid' }],
  })
  expect(check({ items: [anItem('a', { balanceMinor: 0n })] }).verdict).toEqual({ kind: 'cancel', reason: 'paid' })
})

test('disputed items wait on their own; a message of disputed items alone is held', () => {
  expect(check({ items: [anItem('a', { disputed: true }), anItem('b')] })).toMatchObject({
    verdict: { kind: 'send' },
    setAside: ['a'],
  })
  expect(check({ items: [anItem('a', { disputed: true })] }).verdict).toMatchObject({ kind: 'hold', reason: 'disputed' })
})

test.each([
  [aCustomer({ status: 'inactive' }), 'customer-inactive'],
  [aCustomer({ status: 'suspended' }), 'customer-inactive'],
  [aCustomer({}, { active: false }), 'notices-off'],
  [aCustomer({}, { reminderOn: false }), 'reminder-off'],
  [aCustomer({}, { reminderRuleIds: [] }), 'rule-off'],
])('switched off meanwhile: cancelled %#', (customer, reason) => {
  expect(check({ customer }).verdict).toEqual({ kind: 'cancel', reason })
})

test('no recipient, no sender and review hold; an approval answers the review', () => {
  expect(check({ customer: aCustomer({ hasRecipient: false }) }).verdict).toMatchObject({ kind: 'hold', reason: 'no-recipient' })
  expect(check({ customer: aCustomer({ hasSender: false }) }).verdict).toMatchObject({ kind: 'hold', reason: 'no-sender' })
  const overdue = {
    kind: 'overdue' as const,
    reviewOverdue: true,
    day: '2026-03-25',
    items: [{ ...anItem('a'), rule: { ...reminder, id: 'o7', code: 'overdue-7', kind: 'overdue' as const, retired: false } }],
  }
  expect(check(overdue).verdict).toMatchObject({ kind: 'hold', reason: 'review' })
  expect(check({ ...overdue, approvedOn: '2026-03-25' }).verdict).toEqual({ kind: 'send' })
  // Six days on it is too old, unless somebody approved it since.
  expect(check({ ...overdue, day: '2026-03-31' }).verdict).toEqual({ kind: 'cancel', reason: 'too-old' })
  expect(check({ ...overdue, day: '2026-03-31', approvedOn: '2026-03-30' }).verdict).toEqual({ kind: 'send' })
})

test('a reminder never leaves after the due date, whoever approved it', () => {
  expect(check({ day: '2026-03-18', approvedOn: '2026-03-18' }).verdict).toEqual({ kind: 'send' })
  expect(check({ day: '2026-03-19', approvedOn: '2026-03-19' }).verdict).toEqual({ kind: 'cancel', reason: 'past-due' })
})

test('on a closed day it waits', () => {
  expect(check({ day: '2026-03-14' }).verdict).toEqual({ kind: 'wait', until: null })
})

test('a due date that moved on takes its item out, to be planned anew', () => {
  expect(check({ items: [anItem('a', { dueOn: '2026-04-30' })] })).toMatchObject({
    verdict: { kind: 'cancel', reason: 'due-moved' },
    drops: [{ id: 'a', reason: 'due-moved' }],
  })
})

test('a message is looked at as of its own day, which moves on with the real days', () => {
  expect(dayOfMessage({ planOn: '2026-03-11', writtenOn: '2026-03-11' }, '2026-03-13')).toBe('2026-03-13')
  expect(dayOfMessage({ planOn: '2013-05-10', writtenOn: '2026-03-11' }, '2026-03-11')).toBe('2013-05-10')
  expect(dayOfMessage({ planOn: '2013-05-10', writtenOn: '2026-03-11' }, '2026-03-14')).toBe('2013-05-13')
})

describe('pauses, promises, tolerance and series', () => {
  const until = '2026-03-17'

  test('a promised or paused item waits on its own, a message of such items alone is held with its day', () => {
    expect(check({ items: [anItem('a', { promisedUntil: until }), anItem('b')] })).toMatchObject({
      verdict: { kind: 'send' },
      setAside: ['a'],
      waits: [{ id: 'a', reason: 'promised', params: { until } }],
    })
    expect(check({ items: [anItem('a', { promisedUntil: until })] })).toMatchObject({
      verdict: { kind: 'hold', reason: 'promised', params: { until } },
      setAside: [],
    })
    expect(check({ customer: aCustomer({ pausedUntil: until }) }).verdict).toEqual({
      kind: 'hold',
      reason: 'paused',
      params: { until },
    })
    // Nothing is free, and they wait for different things: one message each.
    expect(check({ items: [anItem('a', { promisedUntil: until }), anItem('b', { disputed: true })] })).toMatchObject({
      verdict: { kind: 'hold', reason: 'disputed' },
      setAside: ['a'],
    })
  })

  test('what waited for its day is not too old when it is free, however long it took; a reminder past its date is', () => {
    const late = { day: '2026-05-20', kind: 'overdue' as const, items: [anOverdue('a')] }
    expect(check(late).verdict).toEqual({ kind: 'cancel', reason: 'too-old' })
    expect(check({ ...late, waited: true })).toMatchObject({ verdict: { kind: 'send' }, freedOn: '2026-05-20' })
    expect(check({ ...late, freedOn: '2026-05-18' }).verdict).toEqual({ kind: 'send' })
    expect(check({ ...late, freedOn: '2026-05-11' }).verdict).toEqual({ kind: 'cancel', reason: 'too-old' })
    expect(check({ day: '2026-05-20', waited: true }).verdict).toEqual({ kind: 'cancel', reason: 'past-due' })
    // Freed from its promise into another wait that does not stop the clock: the clock starts then.
    expect(check({ ...late, waited: true, customer: aCustomer({ hasRecipient: false }) })).toMatchObject({
      verdict: { kind: 'hold', reason: 'no-recipient' },
      freedOn: '2026-05-20',
    })
  })

  test('while it waits for its day it does not grow old', () => {
    const waiting = {
      day: '2026-05-20',
      waited: true,
      kind: 'overdue' as const,
      items: [anOverdue('a', { promisedUntil: '2026-05-29' })],
    }
    expect(check(waiting)).toMatchObject({ verdict: { kind: 'hold', reason: 'promised' }, drops: [], freedOn: null })
    // Freed once, and promised anew before it could leave.
    expect(check({ ...waiting, waited: false, freedOn: '2026-05-04' })).toMatchObject({
      verdict: { kind: 'hold', reason: 'promised' },
      drops: [],
    })
  })

  test('a dispute does grow old, whoever released the message before it', () => {
    const late = { day: '2026-04-08', kind: 'overdue', approvedOn: '2026-03-25' } as const
    expect(check({ ...late, items: [anOverdue('a', { disputed: true })] }).verdict).toEqual({ kind: 'cancel', reason: 'too-old' })
    expect(check({ ...late, items: [anOverdue('a', { pausedUntil: '2026-04-10' })] }).verdict).toMatchObject({ kind: 'hold' })
  })

  test('what waits for a review does not grow old item by item, unless reviews were switched off', () => {
    const waiting = { day: '2026-05-20', inReview: true, reviewOverdue: true, kind: 'overdue' as const, items: [anOverdue('a')] }
    expect(check(waiting)).toMatchObject({ verdict: { kind: 'hold', reason: 'review' }, drops: [] })
    expect(check({ ...waiting, reviewOverdue: false }).verdict).toEqual({ kind: 'cancel', reason: 'too-old' })
  })

  test('within the tolerance it drops out; what is left below the least amount is cancelled', () => {
    const policy = { ...noNoticePolicy, amounts: new Map([['USD', { toleranceMinor: 10n, leastMinor: 150n }]]) }
    expect(check({ policy, items: [anItem('a', { balanceMinor: 10n }), anItem('b'), anItem('c')] })).toMatchObject({
      verdict: { kind: 'send' },
      drops: [{ id: 'a', reason: 'within-tolerance' }],
    })
    expect(check({ policy, items: [anItem('a', { balanceMinor: 0n }), anItem('b')] }).verdict).toEqual({
      kind: 'cancel',
      reason: 'below-least',
    })
  })

  test('what is covered by money that waits to be applied is cancelled; what has just become free is asked when it leaves', () => {
    const customer = aCustomer({ covered: new Map([['cxc-a', 100n]]) })
    expect(check({ customer, items: [anItem('a')] }).verdict).toEqual({ kind: 'cancel', reason: 'covered-by-credit' })
    expect(check({ customer, items: [anItem('a')], waited: true }).verdict).toEqual({ kind: 'send' })
    expect(check({ customer }).verdict).toEqual({ kind: 'send' })
  })

  test('an extension ends the series that was planned; a repetition that the rule no longer has is off', () => {
    expect(check({ items: [anItem('a', { extensions: 1 })] })).toMatchObject({
      verdict: { kind: 'cancel', reason: 'due-moved' },
      drops: [{ id: 'a', reason: 'due-moved' }],
    })
    const second = { ...anOverdue('a'), occurrence: 2 }
    expect(check({ day: '2026-04-08', kind: 'overdue', items: [second] }).verdict).toEqual({ kind: 'cancel', reason: 'rule-off' })
    const repeating = { ...second, rule: { ...second.rule, repeatEveryDays: 14, repeatTimes: 1 } }
    expect(check({ day: '2026-04-08', kind: 'overdue', items: [repeating] }).verdict).toEqual({ kind: 'send' })
  })

  test('switches of the receivable itself, at the last moment too', () => {
    const off = { ...inheritedSwitches, reminderOn: false }
    expect(check({ items: [anItem('a', { own: off }), anItem('b')] })).toMatchObject({
      verdict: { kind: 'send' },
      drops: [{ id: 'a', reason: 'reminder-off' }],
    })
    expect(check({ items: [anItem('a', { own: off })] })).toMatchObject({
      verdict: { kind: 'cancel', reason: 'reminder-off' },
      drops: [],
    })
  })

  test('silent balances hold it', () => {
    const silentSources = new Map([['erp', { hours: 52, limit: 24, since: '2026-03-09T00:00:00.000Z' }]])
    expect(
      check({ policy: { ...noNoticePolicy, silentSources }, items: [anItem('a', { sourceName: 'erp' })] }).verdict,
    ).toMatchObject({
      kind: 'hold',
      reason: 'stale-data',
      params: { hours: 52, source: 'erp' },
    })
  })

  test('outside the hours it waits until they open, and its catch-up days count from there; a limit holds it', () => {
    const contact: ContactRules = {
      timeZone: 'America/Bogota',
      policy: null,
      isOpenDay: (day) => isBusinessDay(day, { businessWeekdays: [1, 2, 3, 4, 5], holidays: new Set() }),
      isHoliday: () => false,
      sendFrom: '08:00',
      sendUntil: '18:00',
      intervalDays: 2,
    }
    const policy = { ...noNoticePolicy, contact }
    const at = (local: string) => new Date(`${local}:00-05:00`)
    expect(check({ policy, at: at('2026-03-11T09:00') }).verdict).toEqual({ kind: 'send' })
    expect(check({ policy, at: at('2026-03-11T07:00') })).toMatchObject({
      verdict: { kind: 'wait', until: at('2026-03-11T08:00') },
      freedOn: null,
    })
    expect(check({ policy, day: '2026-03-13', at: at('2026-03-13T18:30') })).toMatchObject({
      verdict: { kind: 'wait', until: at('2026-03-16T08:00') },
      freedOn: '2026-03-16',
    })
    // Hours that never open: it stays, and is looked at again.
    const never = { ...policy, contact: { ...contact, isOpenDay: () => false } }
    expect(check({ policy: never, at: at('2026-03-11T09:00') }).verdict).toEqual({ kind: 'wait', until: null })
    const customer = aCustomer({ contacts: [{ at: at('2026-03-10T09:00'), channel: 'email', notice: true }] })
    expect(check({ policy, customer, at: at('2026-03-11T09:00') }).verdict).toEqual({
      kind: 'hold',
      reason: 'too-soon',
      params: { until: '2026-03-12', limit: 2 },
    })
  })

  test('kind and level are those of what would leave', () => {
    const firm = { ...anOverdue('b'), rule: { ...anOverdue('b').rule, level: 3 } }
    expect(check({ day: '2026-03-25', kind: 'overdue', items: [anOverdue('a'), firm] })).toMatchObject({
      kind: 'overdue',
      level: 3,
    })
    const paid = { ...firm, receivable: { ...firm.receivable, balanceMinor: 0n } }
    expect(check({ day: '2026-03-25', kind: 'overdue', items: [anOverdue('a'), paid] })).toMatchObject({
      kind: 'overdue',
      level: 1,
    })
  })
})
