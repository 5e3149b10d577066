import { expect, test } from 'vitest'
import type { NoticeCustomer, NoticeRule } from './notice-plan.ts'
import { effectiveNoticeSettings, type NoticeSettings } from './notice-settings.ts'
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
  expect(dayOfMessage({ planOn: '2026-03-11', plannedOnDay: '2026-03-11' }, '2026-03-13')).toBe('2026-03-13')
  expect(dayOfMessage({ planOn: '2013-05-10', plannedOnDay: '2026-03-11' }, '2026-03-11')).toBe('2013-05-10')
  expect(dayOfMessage({ planOn: '2013-05-10', plannedOnDay: '2026-03-11' }, '2026-03-14')).toBe('2013-05-13')
})
