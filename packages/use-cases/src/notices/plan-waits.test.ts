import { randomUUID } from 'node:crypto'
import { contactAttempts, type customers, mailAddressFlags } from '@cartera/db/schema/customers'
import { noticeAmounts, noticeItems, noticeMessages, noticeReceivableSettings, noticeRules } from '@cartera/db/schema/notices'
import { company } from '@cartera/db/schema/organisation'
import { balanceSources, receivables } from '@cartera/db/schema/receivables'
import { aCompany, aCustomer, aMailAccount, aPayment, aReceivable, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { addDays } from '@cartera/domain/calendar-day'
import type { ContactPolicy } from '@cartera/domain/notices/contact-policy'
import { eq, sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { recordContactAttempt } from '../contact-attempts/contact-attempts.ts'
import { speakForBalances } from '../receivables/balance-sources.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { testMailServer } from '../testing/test-mail-server.ts'

import { releaseNotices } from './decide-notices.ts'
import { explainNotices } from './explain-notices.ts'
import { findNotice } from './find-notice.ts'
import { loadNoticeWorld } from './notice-facts.ts'
import { type AtGate, Gate } from './pass-gate.ts'
import { pauseCustomer, pauseReceivable } from './pauses.ts'
import { planDay } from './plan-day.ts'
import { findPlanPage, previewPlan, simulateNotices } from './plan-notices.ts'
import { findMessageFacts } from './recheck-notice.ts'
import { dispatchNotice } from './send-notices.ts'
import { findSettingsStamps } from './settings-stamp.ts'
import { sweepNotices } from './sweep-notices.ts'

const database = testDatabase()
const ctx = testContext(database)
const smtp = testMailServer()
const db = () => database.db

/** Wednesday 11 March 2026. */
const day = '2026-03-11'
let agentId = ''
let viewer: Viewer

beforeEach(async () => {
  await db().execute(sql`truncate company, holidays, notice_rules, notice_rule_versions, notice_settings, notice_messages, notice_items,
    notice_recipients, notice_events, payments, receivables, documents, contacts, customers, mail_accounts,
    contact_attempts, mail_address_flags, notice_amounts, balance_sources cascade`)
  at(day)
  await aCompany(db(), { noticeActive: true })
  agentId = (await aUser(db())).id
  await aMailAccount(db(), { userId: agentId, port: smtp.port, address: 'cobranza@andina.test' })
  const found = await findViewerByUser(ctx, agentId)
  if (!found) throw new Error('no viewer')
  viewer = found
})

/** Ten in the morning in Bogotá, unless told. */
const at = (on: string, hour = '10:00') => ctx.at(new Date(`${on}T${hour}:00-05:00`).toISOString())
const anIndebtedCustomer = (over: Partial<typeof customers.$inferInsert> = {}) =>
  aCustomer(db(), { collectionsAgentId: agentId, ...over })
const dueSoon = (customerId: string, over: Partial<typeof receivables.$inferInsert> = {}) =>
  aReceivable(db(), { customerId, dueOn: '2026-03-18', ...over })
const longDue = (customerId: string, over: Partial<typeof receivables.$inferInsert> = {}) =>
  aReceivable(db(), { customerId, dueOn: '2026-03-04', ...over })
const configure = (over: Partial<typeof company.$inferInsert>) => db().update(company).set(over)
const change = (id: string, over: Partial<typeof receivables.$inferInsert>) =>
  db().update(receivables).set(over).where(eq(receivables.id, id))
const states = async () =>
  (
    await db()
      .select({ kind: noticeMessages.kind, state: noticeMessages.state, reason: noticeMessages.reason })
      .from(noticeMessages)
      .orderBy(noticeMessages.id)
  ).map(({ kind, state, reason }) => [kind, state, reason])
const params = async () =>
  (await db().select({ params: noticeMessages.reasonParams }).from(noticeMessages).orderBy(noticeMessages.id)).map(
    (row) => row.params,
  )
const itemCount = async () => (await db().select().from(noticeItems)).length

/** A day in the life of the worker: plans, and sends what is due; the clock of the database decides over "due", so it is told to be now. */
async function live(on: string, hour?: string): Promise<number> {
  at(on, hour)
  const before = smtp.received.length
  await planDay(ctx, on)
  await db().execute(
    sql`update notice_messages set next_attempt_at = statement_timestamp() where state in ('planned', 'deferred')`,
  )
  const { rows } = await db().execute<{ id: string }>(
    sql`select id from notice_messages where state in ('planned', 'deferred') order by id`,
  )
  for (const { id } of rows) await dispatchNotice(ctx, id)
  return smtp.received.length - before
}
const liveThrough = async (from: string, days: number) => {
  const sent: string[] = []
  for (let n = 0; n < days; n += 1) {
    const on = addDays(from, n)
    const count = await live(on)
    for (let each = 0; each < count; each += 1) sent.push(on)
  }
  return sent
}

describe('what waits for a day', () => {
  test('a promise: held with its day, resumed by itself when it is over, however long that took', async () => {
    const customer = await anIndebtedCustomer()
    await longDue(customer.id, { promisedUntil: '2026-04-01' })
    expect(await live(day)).toBe(0)
    expect(await states()).toEqual([['overdue', 'held', 'promised']])
    expect(await params()).toEqual([{ until: '2026-04-01' }])
    expect(await liveThrough('2026-03-30', 5)).toEqual(['2026-04-02'])
    expect(await states()).toEqual([['overdue', 'sent', null]])
  })

  test('a kept promise: nothing leaves; a broken one that is taken off early resumes at once', async () => {
    const customer = await anIndebtedCustomer()
    const kept = await longDue(customer.id, { promisedUntil: '2026-04-01' })
    const broken = await longDue((await anIndebtedCustomer()).id, { promisedUntil: '2026-04-01' })
    await live(day)
    await change(kept.id, { balanceMinor: 0n, promisedUntil: null })
    await change(broken.id, { promisedUntil: null })
    expect(await live('2026-03-20')).toBe(1)
    expect(await states()).toEqual([
      ['overdue', 'cancelled', 'paid'],
      ['overdue', 'sent', null],
    ])
  })

  test('only the promised receivable pauses; made while the message waits to leave, it is set aside', async () => {
    const customer = await anIndebtedCustomer()
    const promised = await longDue(customer.id, { externalId: 'A' })
    await longDue(customer.id, { externalId: 'B' })
    await planDay(ctx, day)
    await change(promised.id, { promisedUntil: '2026-03-13' })
    expect(await live(day)).toBe(1)
    expect(String(smtp.received[0]?.raw)).not.toContain('>A<')
    expect(await states()).toEqual([
      ['overdue', 'sent', null],
      ['overdue', 'held', 'promised'],
    ])
    expect(await liveThrough('2026-03-12', 6)).toEqual(['2026-03-16'])
    expect(await itemCount()).toBe(2)
  })

  test('a pause of a month ends in one message, not in thirty', async () => {
    const customer = await anIndebtedCustomer({ noticesPausedUntil: '2026-04-10' })
    for (let n = 0; n < 25; n += 1) await aReceivable(db(), { customerId: customer.id, dueOn: addDays('2026-03-03', n) })
    const sent = [...(await liveThrough('2026-03-10', 27)), ...(await liveThrough('2026-04-09', 6))]
    expect(sent).toEqual(['2026-04-13'])
    expect(smtp.received).toHaveLength(1)
    // Reminders whose date had passed did not leave; every overdue notice did, once.
    const { rows } = await db().execute<{ state: string; kind: string; count: number }>(sql`
      select m.state, m.kind, count(*)::int as count from notice_items i join notice_messages m on m.id = i.message_id
      where i.dropped_reason is null group by 1, 2 order by 1, 2`)
    expect(rows.filter((row) => row.state === 'sent')).toEqual([{ state: 'sent', kind: 'overdue', count: 25 }])
  })

  test('a server that was away while a pause ended catches up', async () => {
    const customer = await anIndebtedCustomer({ noticesPausedUntil: '2026-03-17' })
    await longDue(customer.id)
    await live(day)
    expect(await live('2026-04-14')).toBe(1)
  })

  test('balances of a silent source: held with its hours, and released by themselves when it speaks', async () => {
    await configure({ noticeFreshnessHours: 24 })
    await db()
      .insert(balanceSources)
      .values({ name: 'erp', asOf: new Date('2026-03-09T10:00:00-05:00') })
    const customer = await anIndebtedCustomer()
    await longDue(customer.id, { sourceName: 'erp' })
    await longDue((await anIndebtedCustomer()).id)
    expect(await live(day)).toBe(1)
    const held = (await params()).find((each) => each !== null)
    expect(held).toEqual({ hours: 48, limit: 24, since: '2026-03-09T15:00:00.000Z', source: 'erp' })
    // A week of silence does not make it too old.
    expect(await liveThrough('2026-03-12', 7)).toEqual([])
    at('2026-03-19')
    await expect(speakForBalances(ctx, viewer, 'erp', { asOf: '2026-03-20T00:00:00Z' })).rejects.toMatchObject({
      code: 'as-of-in-future',
    })
    await speakForBalances(ctx, viewer, 'erp', { asOf: '2026-03-19T14:00:00Z' })
    // What arrives late changes nothing.
    expect(await speakForBalances(ctx, viewer, 'erp', { asOf: '2026-03-10T14:00:00Z' })).toMatchObject({
      asOf: '2026-03-19T14:00:00.000Z',
      silent: false,
    })
    expect(await live('2026-03-19')).toBe(1)
  })
})

describe('how often and when', () => {
  test('the least interval gathers what matures meanwhile into one message when it is over', async () => {
    await configure({ noticeIntervalDays: 7 })
    const customer = await anIndebtedCustomer()
    for (let n = 0; n < 12; n += 1) await aReceivable(db(), { customerId: customer.id, dueOn: addDays('2026-03-02', n) })
    expect(await liveThrough('2026-03-09', 14)).toEqual(['2026-03-09', '2026-03-16'])
    expect(await liveThrough('2026-03-23', 7)).toEqual(['2026-03-23'])
    const { rows } = await db().execute<{ count: number }>(sql`
      select count(*)::int as count from notice_items i join notice_messages m on m.id = i.message_id
      join notice_rules n on n.id = i.rule_id where m.state = 'sent' and i.dropped_reason is null and n.kind = 'overdue'`)
    expect(rows[0]?.count).toBe(12)
  })

  test('a reminder and an overdue notice on one day: the overdue one leaves, the reminder when the interval is over', async () => {
    await configure({ noticeIntervalDays: 2 })
    const customer = await anIndebtedCustomer()
    await dueSoon(customer.id)
    await longDue(customer.id)
    expect(await live(day)).toBe(1)
    expect(await states()).toEqual([
      ['preventive', 'held', 'too-soon'],
      ['overdue', 'sent', null],
    ])
    expect(await liveThrough('2026-03-12', 5)).toEqual(['2026-03-13'])
  })

  test('two messages that are ready at once: exactly one gives way, whoever looks first', async () => {
    const customer = await anIndebtedCustomer()
    await dueSoon(customer.id)
    await longDue(customer.id)
    await planDay(ctx, day)
    await configure({ noticeIntervalDays: 2 })
    const ids = (await db().select({ id: noticeMessages.id }).from(noticeMessages)).map((row) => row.id)
    await Promise.all(ids.map((id) => dispatchNotice(ctx, id)))
    expect(await states()).toEqual([
      ['preventive', 'held', 'too-soon'],
      ['overdue', 'sent', null],
    ])
  })

  const policy = (over: Partial<ContactPolicy>): Record<string, unknown> => ({
    hours: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '08:00', until: '18:00' })),
    holidays: false,
    mostPerDay: null,
    mostPerWeek: null,
    leastHoursBetween: null,
    channels: ['email', 'call'],
    oneChannelPerWeek: false,
    ...over,
  })

  test('a call that an agent noted counts: the weekly limit moves the notice to Monday', async () => {
    await configure({ contactPolicy: policy({ mostPerWeek: 1 }) })
    const customer = await anIndebtedCustomer()
    await db()
      .insert(contactAttempts)
      .values({ customerId: customer.id, channel: 'call', at: new Date('2026-03-09T15:00:00-05:00'), recordedBy: agentId })
    await longDue(customer.id)
    expect(await live(day)).toBe(0)
    expect(await params()).toEqual([{ until: '2026-03-16', limit: 1, per: 'week' }])
    expect(await liveThrough('2026-03-12', 6)).toEqual(['2026-03-16'])
  })

  test('days without hours of the policy are no days for notices; reminders leave before them', async () => {
    await configure({
      contactPolicy: policy({ hours: [2, 3, 4].map((weekday) => ({ weekday, from: '08:00', until: '18:00' })) }),
    })
    const customer = await anIndebtedCustomer()
    // Seven days before Friday the 20th is Friday the 13th, on which nobody is written to: Thursday the 12th.
    await dueSoon(customer.id, { dueOn: '2026-03-20' })
    expect(await liveThrough('2026-03-10', 6)).toEqual(['2026-03-12'])
  })

  test('outside the hours it waits until they open, over a weekend too, and is not too old then', async () => {
    await configure({ noticeSendFrom: '08:00', noticeSendUntil: '18:00' })
    const customer = await anIndebtedCustomer()
    // Matured on Tuesday the 10th; planned on Friday the 13th in the evening, the last of its catch-up days.
    await aReceivable(db(), { customerId: customer.id, dueOn: '2026-03-03' })
    expect(await live('2026-03-13', '19:30')).toBe(0)
    const [row] = await db().select({ state: noticeMessages.state, freedOn: noticeMessages.freedOn }).from(noticeMessages)
    expect(row).toEqual({ state: 'planned', freedOn: '2026-03-16' })
    expect(await live('2026-03-14', '10:00')).toBe(0)
    expect(await live('2026-03-16', '07:00')).toBe(0)
    expect(await live('2026-03-16', '08:00')).toBe(1)
  })

  test('what is planned waits for the opening by itself: the sweep does not ring before', async () => {
    await configure({ noticeSendFrom: '08:00', noticeSendUntil: '18:00' })
    await longDue((await anIndebtedCustomer()).id)
    at(day, '06:00')
    await planDay(ctx, day)
    expect(await sweepNotices(ctx)).toEqual([])
    const { rows } = await db().execute<{ hours: number }>(sql`
      select round(extract(epoch from next_attempt_at - statement_timestamp()) / 3600)::int as hours from notice_messages`)
    expect(rows).toEqual([{ hours: 2 }])
  })
})

describe('limits at the gate', () => {
  const policy = {
    hours: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '08:00', until: '18:00' })),
    holidays: false,
    leastHoursBetween: null,
    channels: ['email', 'call'],
  }

  /** A message that is claimed and was looked at, as its server would hold it before the final dot. */
  async function atGate(id: string): Promise<AtGate> {
    const token = randomUUID()
    await db().execute(
      sql`insert into installation_epoch (id, epoch, confirmed_at) values (1, 'test', now()) on conflict do nothing`,
    )
    await db().execute(sql`
      update notice_messages set state = 'claimed', claim_token = ${token}, lease_until = statement_timestamp() + interval '5 minutes'
      where id = ${id}`)
    const world = await loadNoticeWorld(db())
    const stamp = (await findSettingsStamps(db(), [id])).get(id) ?? ''
    const [facts] = await findMessageFacts(db(), ctx, world, [id], null)
    if (!facts) throw new Error('no facts')
    const { customer, day: on, limits, check } = facts
    const spoken = facts.items.map((item) => item.receivable)
    return {
      id,
      token,
      stamp,
      customerId: customer.id,
      kind: check.kind,
      day: on,
      limits,
      subject: 'x',
      source: Buffer.from('x'),
      receivables: spoken,
    }
  }
  async function twoMessages() {
    const customer = await anIndebtedCustomer()
    await longDue(customer.id)
    await dueSoon(customer.id)
    await planDay(ctx, day)
    const { rows } = await db().execute<{ id: string }>(sql`select id from notice_messages order by id`)
    return { customer, ids: rows.map((row) => row.id) }
  }
  const aGate = () => {
    if (!ctx.sending) throw new Error('no sending')
    return new Gate(ctx, ctx.sending)
  }

  test.each([
    ['the least interval', () => configure({ noticeIntervalDays: 1 })],
    ['one contact a day', () => configure({ contactPolicy: { ...policy, mostPerDay: 1, mostPerWeek: null } })],
  ])('of two messages of a customer in two processes exactly one passes: %s', async (_name, limit) => {
    // Planned before the limit, so that both are ready at once.
    const { ids } = await twoMessages()
    expect(ids).toHaveLength(2)
    await limit()
    const asked = await Promise.all(ids.map(atGate))
    const passed = await Promise.all(asked.map((each) => aGate().pass(each)))
    expect(passed.filter(Boolean)).toHaveLength(1)
    const together = await twoMessages()
    const gate = aGate()
    const both = await Promise.all((await Promise.all(together.ids.slice(-2).map(atGate))).map((each) => gate.pass(each)))
    expect(both.filter(Boolean)).toHaveLength(1)
  })

  test('a call that is noted while the server waits for the dot stops the mail at a limit; without one nothing does', async () => {
    const { customer, ids } = await twoMessages()
    const [first, second] = ids
    if (!first || !second) throw new Error('two messages')
    await configure({ contactPolicy: { ...policy, mostPerDay: 1, mostPerWeek: null } })
    const limited = await atGate(first)
    await db().insert(contactAttempts).values({ customerId: customer.id, channel: 'call', at: ctx.now(), outcome: 'Habló' })
    expect(await aGate().pass(limited)).toBe(false)
    await configure({ contactPolicy: null })
    expect(await aGate().pass(await atGate(second))).toBe(true)
  })

  test('a call that is being noted at that very moment is waited for and counted', async () => {
    const { customer, ids } = await twoMessages()
    await configure({ contactPolicy: { ...policy, mostPerDay: 1, mostPerWeek: null } })
    const limited = await atGate(ids[0] ?? '')
    const waiting = async (kind: string) =>
      (await database.pool.query('select 1 from pg_locks where not granted and locktype = $1', [kind])).rowCount
    const holder = await database.pool.connect()
    try {
      // Whoever notes it is being changed: the note waits for that, written and not committed.
      await holder.query('begin')
      await holder.query('select 1 from users where id = $1 for update', [viewer.userId])
      const noted = recordContactAttempt(ctx, viewer, customer.id, {
        channel: 'call',
        at: ctx.now().toISOString(),
        outcome: 'Habló',
      })
      await expect.poll(() => waiting('transactionid'), { timeout: 30_000 }).toBe(1)
      const passed = aGate().pass(limited)
      await expect.poll(() => waiting('advisory'), { timeout: 30_000 }).toBe(1)
      await holder.query('rollback')
      await noted
      expect(await passed).toBe(false)
    } finally {
      holder.release()
    }
  })

  test('a call that is noted while the gate waits for a payment stops the mail too', async () => {
    const { customer, ids } = await twoMessages()
    await configure({ contactPolicy: { ...policy, mostPerDay: 1, mostPerWeek: null } })
    const limited = await atGate(ids[0] ?? '')
    const payment = await database.pool.connect()
    try {
      await payment.query('begin')
      await payment.query('select 1 from receivables for update')
      const passed = aGate().pass(limited)
      const waiting = 'select 1 from pg_locks where not granted'
      await expect.poll(async () => (await database.pool.query(waiting)).rowCount, { timeout: 30_000 }).toBeGreaterThan(0)
      await db().insert(contactAttempts).values({ customerId: customer.id, channel: 'call', at: ctx.now(), outcome: 'Habló' })
      await payment.query('rollback')
      expect(await passed).toBe(false)
    } finally {
      payment.release()
    }
  })

  test('the hours that close while the server waits stop the mail', async () => {
    const { ids } = await twoMessages()
    await configure({ contactPolicy: { ...policy, mostPerDay: 5, mostPerWeek: null } })
    at(day, '17:59')
    const asked = await atGate(ids[0] ?? '')
    at(day, '18:00')
    expect(await aGate().pass(asked)).toBe(false)
  })
})

test('a release that something stands against says what, and until when', async () => {
  await configure({ noticeIntervalDays: 2 })
  const paused = await anIndebtedCustomer({ noticesPausedUntil: '2026-03-20' })
  await longDue(paused.id)
  const promising = await longDue((await anIndebtedCustomer()).id, { promisedUntil: '2026-03-16' })
  const disputed = await longDue((await anIndebtedCustomer()).id, { disputedAt: ctx.now() })
  const recent = await anIndebtedCustomer()
  await longDue(recent.id)
  await dueSoon(recent.id)
  await planDay(ctx, day)
  const held = await db()
    .select({ id: noticeMessages.id, reason: noticeMessages.reason })
    .from(noticeMessages)
    .where(eq(noticeMessages.state, 'held'))
    .orderBy(noticeMessages.reason)
  expect(held.map(({ reason }) => reason)).toEqual(['disputed', 'paused', 'promised', 'too-soon'])
  const ids = held.map(({ id }) => id)
  const { results } = await releaseNotices(ctx, viewer, { ids })
  expect(results.map(({ code, reason, params, state }) => [code, reason, params, state])).toEqual([
    ['receivable-disputed', 'disputed', {}, 'held'],
    ['notice-not-releasable', 'paused', { until: '2026-03-20' }, 'held'],
    ['notice-not-releasable', 'promised', { until: '2026-03-16' }, 'held'],
    ['notice-not-releasable', 'too-soon', { until: '2026-03-13', limit: 2 }, 'held'],
  ])
  // What has been paid says so; what nothing stands against any more is released.
  await change(disputed.id, { disputedAt: null, balanceMinor: 0n })
  await change(promising.id, { promisedUntil: null })
  const again = await releaseNotices(ctx, viewer, { ids })
  expect(again.results.map(({ code, reason }) => [code, reason])).toEqual([
    ['notice-not-releasable', 'paid'],
    ['notice-not-releasable', 'paused'],
    [null, null],
    ['notice-not-releasable', 'too-soon'],
  ])
})

test('what is paused, promised or disputed while it waits for review leaves the review with its reason, and cannot be released unawares', async () => {
  await configure({ reviewOverdue: true })
  const paused = await anIndebtedCustomer()
  await longDue(paused.id)
  const apart = await longDue((await anIndebtedCustomer()).id)
  const promising = await longDue((await anIndebtedCustomer()).id)
  const late = await longDue((await anIndebtedCustomer()).id)
  await planDay(ctx, day)
  expect(await states()).toEqual(Array.from({ length: 4 }, () => ['overdue', 'held', 'review']))
  const ids = (await db().select({ id: noticeMessages.id }).from(noticeMessages)).map(({ id }) => id)
  await pauseCustomer(ctx, viewer, paused.id, { untilOn: '2026-03-20', reason: 'Acuerdo' })
  await pauseReceivable(ctx, viewer, apart.id, { untilOn: '2026-03-20', reason: 'Acuerdo' })
  // At once, for whoever pauses out of the review itself.
  expect((await states()).map(([, , reason]) => reason)).toEqual(['paused', 'paused', 'review', 'review'])
  await change(promising.id, { promisedUntil: '2026-03-20' })
  await change(late.id, { disputedAt: ctx.now() })
  const { results } = await releaseNotices(ctx, viewer, { ids })
  const kept = ['disputed', 'paused', 'paused', 'promised']
  expect(results.map(({ reason }) => reason).sort()).toEqual(kept)
  await planDay(ctx, day)
  expect((await states()).map(([, state, reason]) => `${state} ${reason}`).sort()).toEqual(kept.map((reason) => `held ${reason}`))
  // When it is over, what was on hold is reviewed after all; a dispute grows old.
  expect(await live('2026-03-23')).toBe(0)
  expect((await states()).map(([, , reason]) => reason).sort()).toEqual(['review', 'review', 'review', 'too-old'])
})

describe('what is worth a message', () => {
  test('tolerance and least amount, when planned and at the last moment', async () => {
    await db().insert(noticeAmounts).values({ currency: 'USD', toleranceMinor: 100n, leastMinor: 1000n })
    const within = await anIndebtedCustomer()
    await longDue(within.id, { balanceMinor: 100n })
    const little = await anIndebtedCustomer()
    await longDue(little.id, { balanceMinor: 900n })
    const enough = await anIndebtedCustomer()
    const first = await longDue(enough.id, { balanceMinor: 900n })
    await longDue(enough.id, { balanceMinor: 900n })
    expect((await previewPlan(ctx, day)).messages.map(({ state, reason }) => [state, reason]).sort()).toEqual([
      ['planned', null],
      ['skipped', 'below-least'],
      ['skipped', 'within-tolerance'],
    ])
    await planDay(ctx, day)
    await change(first.id, { balanceMinor: 50n })
    expect(await live(day)).toBe(0)
    expect(await states()).toEqual([['overdue', 'cancelled', 'below-least']])
  })

  test('a small balance joins what its customer is sent that day anyway: planned, shown and explained alike', async () => {
    await db().insert(noticeAmounts).values({ currency: 'USD', toleranceMinor: 0n, leastMinor: 1000n })
    const customer = await anIndebtedCustomer()
    const large = await longDue(customer.id, { balanceMinor: 5000n })
    await planDay(ctx, day)
    const small = await longDue(customer.id, { balanceMinor: 100n })
    // Another customer's, and another kind's, carries nothing for it.
    await longDue((await anIndebtedCustomer()).id, { balanceMinor: 100n })
    await dueSoon(customer.id, { balanceMinor: 100n })
    const overdueOf = async () =>
      (await explainNotices(ctx, viewer, small.id, {})).rules.find(({ rule }) => rule.kind === 'overdue')?.state
    const previewed = async () =>
      (await previewPlan(ctx, day)).messages.map(({ kind, state, reason }) => [kind, state, reason]).sort()
    const others = [
      ['overdue', 'skipped', 'below-least'],
      ['preventive', 'skipped', 'below-least'],
    ]
    expect([await overdueOf(), await previewed()]).toEqual(['planned', [['overdue', 'planned', null], ...others]])
    // Nothing to carry it while the large one is disputed.
    await change(large.id, { disputedAt: ctx.now() })
    expect([await overdueOf(), await previewed()]).toEqual(['skipped', [['overdue', 'skipped', 'below-least'], ...others]])
    await change(large.id, { disputedAt: null })
    expect(await live(day)).toBe(1)
    expect([await states(), await itemCount()]).toEqual([[['overdue', 'sent', null]], 2])
  })

  test('nobody is asked for what money that waits to be applied covers: planned, explained and at the last moment', async () => {
    const paid = await anIndebtedCustomer()
    const covered = await longDue(paid.id, { balanceMinor: 5000n })
    await aPayment(db(), { customerId: paid.id, amountMinor: 5000n })
    const inPart = await anIndebtedCustomer()
    await longDue(inPart.id, { balanceMinor: 5000n })
    await aPayment(db(), { customerId: inPart.id, amountMinor: 4999n })
    // Money in another currency covers nothing.
    const elsewhere = await anIndebtedCustomer()
    await longDue(elsewhere.id, { balanceMinor: 5000n })
    await aPayment(db(), { customerId: elsewhere.id, amountMinor: 9000n, currency: 'EUR' })
    const later = await anIndebtedCustomer()
    await longDue(later.id, { balanceMinor: 5000n })
    const overdue = (await explainNotices(ctx, viewer, covered.id, {})).rules.find(({ rule }) => rule.kind === 'overdue')
    expect(overdue).toMatchObject({ state: 'skipped', reason: 'covered-by-credit', params: { amount: '50.00', currency: 'USD' } })
    await planDay(ctx, day)
    expect(await states()).toEqual(Array.from({ length: 3 }, () => ['overdue', 'planned', null]))
    await aPayment(db(), { customerId: later.id, amountMinor: 6000n })
    expect(await live(day)).toBe(2)
    expect((await states()).sort()).toEqual([
      ['overdue', 'cancelled', 'covered-by-credit'],
      ['overdue', 'sent', null],
      ['overdue', 'sent', null],
    ])
    // What comes later joins nothing, and is covered only with what it joins.
    const joining = await anIndebtedCustomer()
    await longDue(joining.id, { balanceMinor: 5000n })
    await planDay(ctx, day)
    await aPayment(db(), { customerId: joining.id, amountMinor: 3000n })
    const small = await longDue(joining.id, { balanceMinor: 2000n })
    expect((await explainNotices(ctx, viewer, small.id, {})).rules.find(({ rule }) => rule.kind === 'overdue')?.state).toBe(
      'planned',
    )
  })

  test('unapplied money covers each receivable once, oldest due first: what it does not reach is asked for, in all its messages', async () => {
    const customer = await anIndebtedCustomer()
    const old = await longDue(customer.id, { balanceMinor: 5000n })
    const soon = await dueSoon(customer.id, { balanceMinor: 5000n })
    const explained = async (id: string, kind: 'preventive' | 'overdue') =>
      (await explainNotices(ctx, viewer, id, {})).rules.find(({ rule }) => rule.kind === kind)
    await aPayment(db(), { customerId: customer.id, amountMinor: 5000n })
    expect(await explained(old.id, 'overdue')).toMatchObject({ state: 'skipped', reason: 'covered-by-credit' })
    expect(await explained(soon.id, 'preventive')).toMatchObject({ state: 'planned' })
    await planDay(ctx, day)
    expect(await states()).toEqual([['preventive', 'planned', null]])
    // Now it reaches all of the reminder but one cent; then that too.
    await aPayment(db(), { customerId: customer.id, amountMinor: 4999n })
    const [reminder] = await db().select({ id: noticeMessages.id }).from(noticeMessages)
    const { content } = await findNotice(ctx, viewer, reminder?.id ?? '')
    expect(content?.text).toContain('-49,99')
    await aPayment(db(), { customerId: customer.id, amountMinor: 1n })
    expect(await live(day)).toBe(0)
    expect(await states()).toEqual([['preventive', 'cancelled', 'covered-by-credit']])
  })

  test('an address that mail does not reach is no recipient, until somebody clears it', async () => {
    const customer = await anIndebtedCustomer({ email: 'Perdida@cliente.test' })
    await longDue(customer.id)
    await db().insert(mailAddressFlags).values({ address: 'perdida@cliente.test', reason: 'bounced', flaggedAt: ctx.now() })
    expect(await live(day)).toBe(0)
    expect(await states()).toEqual([['overdue', 'held', 'no-recipient']])
    await db().delete(mailAddressFlags)
    expect(await live('2026-03-12')).toBe(1)
  })

  test('a receivable’s own switches, when planned and at the last moment', async () => {
    const customer = await anIndebtedCustomer()
    const off = await longDue(customer.id)
    await longDue(customer.id)
    await planDay(ctx, day)
    await db().insert(noticeReceivableSettings).values({ receivableId: off.id, overdueOn: false })
    expect(await live(day)).toBe(1)
    const dropped = await db().select({ reason: noticeItems.droppedReason, of: noticeItems.receivableId }).from(noticeItems)
    expect(dropped.filter((each) => each.reason !== null)).toEqual([{ reason: 'overdue-off', of: off.id }])
  })
})

describe('one message, whole truth', () => {
  test('what falls due and what is overdue leave together, in the tone of the highest level', async () => {
    await configure({ noticeCombined: true })
    await db().update(noticeRules).set({ level: 3 }).where(eq(noticeRules.kind, 'overdue'))
    const customer = await anIndebtedCustomer()
    await dueSoon(customer.id, { externalId: 'POR-VENCER' })
    await planDay(ctx, day)
    await longDue(customer.id, { externalId: 'VENCIDA' })
    expect(await live(day)).toBe(1)
    const text = String(smtp.received[0]?.raw)
    expect(text).toContain('POR-VENCER')
    expect(text).toContain('VENCIDA')
    const [message] = await db().select({ kind: noticeMessages.kind, level: noticeMessages.level }).from(noticeMessages)
    expect(message).toEqual({ kind: 'overdue', level: 3 })
    expect(await states()).toHaveLength(1)
  })
})

describe('series of occurrences', () => {
  test('a repeating rule comes again until it is paid; a corrected due date re-arms nothing, an extension does', async () => {
    await db().update(noticeRules).set({ repeatEveryDays: 7, repeatTimes: 3 }).where(eq(noticeRules.kind, 'overdue'))
    const customer = await anIndebtedCustomer()
    const receivable = await longDue(customer.id)
    expect(await liveThrough('2026-03-09', 14)).toEqual(['2026-03-11', '2026-03-18'])
    // Corrected to a week later: the first two have been sent, whatever their days would now be.
    await change(receivable.id, { dueOn: '2026-03-11' })
    expect(await liveThrough('2026-03-23', 10)).toEqual(['2026-04-01'])
    // Extended: the next series begins.
    await change(receivable.id, { dueOn: '2026-04-01', extensions: 1 })
    expect(await liveThrough('2026-04-02', 8)).toEqual(['2026-04-08'])
    await change(receivable.id, { balanceMinor: 0n })
    expect(await liveThrough('2026-04-10', 30)).toEqual([])
    const { rows } = await db().execute<{ occurrence: number }>(sql`select occurrence from notice_items order by occurrence`)
    expect(rows.map((row) => row.occurrence)).toEqual([1, 2, 3, 101])
  })
})

describe('the screens', () => {
  test('what the simulation shows is what leaves, day by day, with everything at once', async () => {
    await configure({ noticeIntervalDays: 3, noticeCombined: false })
    await db().update(noticeRules).set({ repeatEveryDays: 4, repeatTimes: 2 }).where(eq(noticeRules.kind, 'overdue'))
    for (let each = 0; each < 4; each += 1) {
      const customer = await anIndebtedCustomer(each === 3 ? { noticesPausedUntil: '2026-03-17' } : {})
      for (let n = 0; n < 6; n += 1)
        await aReceivable(db(), {
          customerId: customer.id,
          dueOn: addDays('2026-02-25', 5 * n + each),
          ...(n === 1 ? { promisedUntil: '2026-03-19' } : {}),
          ...(n === 4 && each === 0 ? { disputedAt: ctx.now() } : {}),
        })
    }
    // Some stands written before the first day that is looked at.
    await live(day)
    at('2026-03-12')
    const simulated = await simulateNotices(ctx, viewer, { from: '2026-03-12', days: 14 })
    const told = simulated.days.flatMap(({ day: on, messages }) => Array.from({ length: messages }, () => on))
    expect(told.length).toBeGreaterThan(5)
    expect(await liveThrough('2026-03-12', 14)).toEqual(told)
  })

  describe('the bar of today is the page of today', () => {
    const strip = async () => {
      const [today] = (await simulateNotices(ctx, viewer, { from: day, days: 1 })).days
      return today
    }
    const told = (breakdown: { kind: string; state: string; reason: string | null; messages: number }[]) =>
      breakdown.map(({ kind, state, reason, messages }) => `${kind} ${state} ${reason} ${messages}`).sort()
    const sameAsPage = async () => {
      const bar = told((await strip())?.breakdown ?? [])
      expect(bar).toEqual(told((await findPlanPage(ctx, viewer, { on: day })).breakdown))
      return bar
    }

    test('before it is planned, while it waits to leave and once it has left', async () => {
      await longDue((await anIndebtedCustomer()).id)
      await dueSoon((await anIndebtedCustomer()).id)
      await longDue((await anIndebtedCustomer()).id, { promisedUntil: '2026-03-20' })
      await longDue((await anIndebtedCustomer()).id, { disputedAt: ctx.now() })
      await longDue((await anIndebtedCustomer({ email: null })).id)
      await longDue((await anIndebtedCustomer({ status: 'suspended' })).id)
      const before = await sameAsPage()
      expect(before).toEqual([
        'overdue held disputed 1',
        'overdue held no-recipient 1',
        'overdue held promised 1',
        'overdue planned null 1',
        'overdue skipped customer-inactive 1',
        'preventive planned null 1',
      ])
      await planDay(ctx, day)
      expect(await sameAsPage()).toEqual(before)
      expect(await live(day)).toBe(2)
      expect(await sameAsPage()).toEqual(before)
      expect(await strip()).toMatchObject({ messages: 2, items: 2 })
      // On the next day none of it is told again.
      at('2026-03-12')
      const [next] = (await simulateNotices(ctx, viewer, { from: '2026-03-12', days: 1 })).days
      expect(told(next?.breakdown ?? [])).toEqual(['overdue skipped customer-inactive 1'])
    })

    test('what waits in review counts for the least amount of what joins it, and what was released leaves', async () => {
      await configure({ reviewOverdue: true })
      await db().insert(noticeAmounts).values({ currency: 'USD', toleranceMinor: 0n, leastMinor: 1000n })
      const customer = await anIndebtedCustomer()
      await longDue(customer.id, { balanceMinor: 5000n })
      await planDay(ctx, day)
      await longDue(customer.id, { balanceMinor: 100n })
      await longDue((await anIndebtedCustomer()).id, { balanceMinor: 100n })
      expect(await sameAsPage()).toEqual(['overdue held review 2', 'overdue skipped below-least 1'])
      await planDay(ctx, day)
      expect([await states(), await itemCount()]).toEqual([[['overdue', 'held', 'review']], 2])
      expect(await sameAsPage()).toEqual(['overdue held review 1', 'overdue skipped below-least 1'])
      const { rows } = await db().execute<{ id: string }>(sql`select id from notice_messages`)
      await releaseNotices(ctx, viewer, { ids: rows.map(({ id }) => id) })
      expect(await sameAsPage()).toEqual(['overdue planned null 1', 'overdue skipped below-least 1'])
      // What matures later waits for a review of its own and is too little for that.
      await longDue(customer.id, { balanceMinor: 100n })
      expect(await sameAsPage()).toEqual(['overdue planned null 1', 'overdue skipped below-least 2'])
      expect(await live(day)).toBe(1)
      expect(await sameAsPage()).toEqual(['overdue planned null 1', 'overdue skipped below-least 2'])
    })
  })

  test('a day that is past answers what became of it, and why nothing did', async () => {
    const sent = await anIndebtedCustomer({ name: 'A' })
    await longDue(sent.id)
    const promised = await anIndebtedCustomer({ name: 'B' })
    const waiting = await longDue(promised.id, { promisedUntil: '2026-03-20' })
    const off = await anIndebtedCustomer({ name: 'C', status: 'suspended' })
    await longDue(off.id)
    await live(day)
    at('2026-03-12')
    const page = await findPlanPage(ctx, viewer, { on: day })
    expect(
      page.items.map(({ customer, state, reason, params: facts, notice }) => [
        customer.name,
        state,
        reason,
        facts,
        notice?.state,
      ]),
    ).toEqual([
      ['A', 'planned', null, {}, 'sent'],
      ['B', 'held', 'promised', { until: '2026-03-20' }, 'held'],
      ['C', 'skipped', 'customer-inactive', {}, undefined],
    ])
    const explained = await explainNotices(ctx, viewer, waiting.id, {})
    expect(explained.rules.find(({ rule }) => rule.kind === 'overdue')).toMatchObject({
      occurrence: 1,
      state: 'noticed',
      message: { state: 'held', reason: 'promised', params: { until: '2026-03-20' } },
    })
  })

  test('the explanation knows the whole customer: a small balance leaves when others do', async () => {
    await db().insert(noticeAmounts).values({ currency: 'USD', toleranceMinor: 0n, leastMinor: 1000n })
    const customer = await anIndebtedCustomer()
    const small = await longDue(customer.id, { balanceMinor: 600n })
    const overdueOf = async () =>
      (await explainNotices(ctx, viewer, small.id, {})).rules.find(({ rule }) => rule.kind === 'overdue')
    expect(await overdueOf()).toMatchObject({
      state: 'skipped',
      reason: 'below-least',
      params: { amount: '10.00', currency: 'USD' },
    })
    await longDue(customer.id, { balanceMinor: 500n })
    expect(await overdueOf()).toMatchObject({ state: 'planned', reason: null })
  })
})
