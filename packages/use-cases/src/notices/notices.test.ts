import { contacts, customers } from '@cartera/db/schema/customers'
import {
  noticeEvents,
  noticeItems,
  noticeMessages,
  noticeRecipients,
  noticeRules,
  noticeSettings,
} from '@cartera/db/schema/notices'
import { company, holidays, mailAccounts } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import { aCompany, aContact, aCustomer, aMailAccount, aReceivable, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { eq, sql } from 'drizzle-orm'
import PostalMime from 'postal-mime'
import { beforeEach, describe, expect, test } from 'vitest'
import { testContext } from '../testing/test-context.ts'
import { testMailServer } from '../testing/test-mail-server.ts'
import { dispatchNoticeJob } from './dispatch-notice.ts'
import { enableNoticesForCustomers } from './enable-notices.ts'
import { planDay, planDayJob } from './plan-day.ts'
import { previewPlan } from './plan-notices.ts'
import { runDay } from './run-day.ts'
import { dispatchNotice } from './send-notices.ts'
import { sweepNotices, sweepNoticesJob } from './sweep-notices.ts'

const database = testDatabase()
const ctx = testContext(database)
const smtp = testMailServer()
const db = () => database.db

/** Wednesday 11 March 2026: reminders of what is due on the 18th mature, overdue notices of what was due on the 4th. */
const day = '2026-03-11'
let agentId = ''

beforeEach(async () => {
  await db().execute(sql`truncate company, holidays, notice_rules, notice_rule_versions, notice_settings, notice_messages, notice_items,
    notice_recipients, notice_events, receivable_movements, payments, receivables, documents, contacts, customers, mail_accounts cascade`)
  ctx.at(`${day}T15:00:00Z`)
  ctx.rung.length = 0
  await aCompany(db(), { noticeActive: true })
  agentId = (await aUser(db())).id
  await aMailAccount(db(), { userId: agentId, port: smtp.port, address: 'cobranza@andina.test', displayName: 'Cobranza Andina' })
})

const anIndebtedCustomer = (over: Partial<typeof customers.$inferInsert> = {}) =>
  aCustomer(db(), { collectionsAgentId: agentId, ...over })
const dueSoon = (customerId: string, over: Partial<typeof receivables.$inferInsert> = {}) =>
  aReceivable(db(), { customerId, dueOn: '2026-03-18', ...over })
const longDue = (customerId: string, over: Partial<typeof receivables.$inferInsert> = {}) =>
  aReceivable(db(), { customerId, dueOn: '2026-03-04', ...over })
const messages = () =>
  db()
    .select({
      id: noticeMessages.id,
      customerId: noticeMessages.customerId,
      kind: noticeMessages.kind,
      state: noticeMessages.state,
      reason: noticeMessages.reason,
      attempt: noticeMessages.attempt,
      source: noticeMessages.source,
      messageId: noticeMessages.messageId,
      smtpResponse: noticeMessages.smtpResponse,
    })
    .from(noticeMessages)
    .orderBy(noticeMessages.id)
const states = async () => (await messages()).map(({ kind, state, reason }) => [kind, state, reason])
const pay = (id: string) => db().update(receivables).set({ balanceMinor: 0n }).where(eq(receivables.id, id))
const only = async () => {
  const [message, ...more] = await messages()
  if (!message || more.length > 0) throw new Error('there should be one message')
  return message
}

describe('planning', () => {
  test('the preview changes nothing and says what the deed does', async () => {
    const customer = await anIndebtedCustomer({ externalId: '0379-NEVHP' })
    await dueSoon(customer.id, { externalId: '0001', amountMinor: 5594n, balanceMinor: 5594n })
    const plan = await previewPlan(ctx, day)
    expect(plan).toEqual({
      day,
      messages: [
        {
          customer: { externalId: '0379-NEVHP', name: customer.name },
          kind: 'preventive',
          state: 'planned',
          reason: null,
          totals: [{ currency: 'USD', amount: '55.94' }],
          items: [{ externalId: '0001', rule: 'preventive-7', dueOn: '2026-03-18', balance: '55.94', currency: 'USD' }],
        },
      ],
    })
    expect(await messages()).toEqual([])
    await planDay(ctx, day)
    expect(await states()).toEqual([['preventive', 'planned', null]])
    expect((await previewPlan(ctx, day)).messages).toEqual([])
  })

  test('one message per customer, kind and day lists all that matches', async () => {
    const customer = await anIndebtedCustomer()
    for (let n = 0; n < 3; n += 1) await dueSoon(customer.id)
    await longDue(customer.id)
    await planDay(ctx, day)
    expect(await states()).toEqual([
      ['preventive', 'planned', null],
      ['overdue', 'planned', null],
    ])
    expect(await db().select().from(noticeItems)).toHaveLength(4)
    expect(await db().select().from(noticeEvents)).toHaveLength(2)
    expect(await db().select().from(noticeRecipients)).toHaveLength(2)
  })

  test('planning twice, and by planners side by side, writes each receivable once', async () => {
    for (let n = 0; n < 5; n += 1) await dueSoon((await anIndebtedCustomer()).id)
    await Promise.all([planDay(ctx, day), planDay(ctx, day), planDay(ctx, day)])
    expect((await planDay(ctx, day)).written).toEqual([])
    expect(await db().select().from(noticeItems)).toHaveLength(5)
    expect(await messages()).toHaveLength(5)
  })

  test('what comes later on the same day joins the message that has not left', async () => {
    const customer = await anIndebtedCustomer()
    await dueSoon(customer.id)
    await planDay(ctx, day)
    await dueSoon(customer.id)
    await planDay(ctx, day)
    expect(await messages()).toHaveLength(1)
    expect(await db().select().from(noticeItems)).toHaveLength(2)
  })

  test('an edited rule does not notice again what it has noticed', async () => {
    const customer = await anIndebtedCustomer()
    await dueSoon(customer.id)
    await runDay(ctx, day)
    await db().update(noticeRules).set({ days: 6, version: 2 }).where(eq(noticeRules.code, 'preventive-7'))
    await runDay(ctx, '2026-03-12')
    expect(smtp.received).toHaveLength(1)
  })

  test.each([
    ['disputed', 'disputed'],
    ['without address', 'no-recipient'],
    ['with an address that is none', 'no-recipient'],
    ['whose agent has no account', 'no-sender'],
    ['whose agent’s account is paused', 'no-sender'],
    ['whose agent left', 'no-sender'],
  ])('a customer %s is held: %s', async (what, reason) => {
    const administrator = await aUser(db())
    await aMailAccount(db(), { userId: administrator.id, port: smtp.port })
    await db().update(company).set({ administratorId: administrator.id })
    const other = await aUser(db(), { active: what !== 'whose agent left' })
    if (what.includes('paused') || what.includes('left'))
      await aMailAccount(db(), { userId: other.id, state: what.includes('paused') ? 'paused' : 'verified' })
    const customer = await anIndebtedCustomer({
      ...(what === 'without address' ? { email: null } : {}),
      ...(what.includes('that is none') ? { email: 'ana@example.com\nBcc: eva@example.com' } : {}),
      ...(reason === 'no-sender' ? { collectionsAgentId: other.id } : {}),
    })
    await dueSoon(customer.id, what === 'disputed' ? { disputedAt: new Date() } : {})
    await runDay(ctx, day)
    expect(await states()).toEqual([['preventive', 'held', reason]])
    expect(smtp.received).toEqual([])
  })

  test('without a collections agent the administrator’s account sends, and the record says so', async () => {
    const administrator = await aUser(db())
    await aMailAccount(db(), { userId: administrator.id, port: smtp.port, address: 'admin@andina.test' })
    await db().update(company).set({ administratorId: administrator.id })
    await dueSoon((await aCustomer(db())).id)
    await runDay(ctx, day)
    expect(smtp.received[0]?.from).toBe('admin@andina.test')
    const [row] = await db().select({ fallback: noticeMessages.senderIsFallback }).from(noticeMessages)
    expect(row).toEqual({ fallback: true })
  })

  test('settings are inherited field by field', async () => {
    const off = await anIndebtedCustomer()
    const own = await anIndebtedCustomer()
    await db().insert(noticeSettings).values({ customerId: off.id, active: false })
    await db().insert(noticeSettings).values({ customerId: own.id, subject: 'Asunto propio' })
    await dueSoon(off.id)
    await dueSoon(own.id)
    await runDay(ctx, day)
    expect(smtp.received).toHaveLength(1)
    expect(String(smtp.received[0]?.raw)).toContain('Subject: Asunto propio')
    // Switched on for all, once; a second time changes nothing.
    expect(await enableNoticesForCustomers(ctx, null)).toHaveLength(2)
    expect(await enableNoticesForCustomers(ctx, null)).toEqual([])
    await runDay(ctx, day)
    expect(smtp.received).toHaveLength(2)
  })

  test('nothing leaves on a weekend or a holiday; the business day before or after it does', async () => {
    const customer = await anIndebtedCustomer()
    // Seven days before Sunday the 22nd is Sunday the 15th: it matures on Friday the 13th.
    await aReceivable(db(), { customerId: customer.id, dueOn: '2026-03-22' })
    for (const closed of ['2026-03-14', '2026-03-15']) expect((await runDay(ctx, closed)).planned).toBe(0)
    expect((await runDay(ctx, '2026-03-12')).planned).toBe(0)
    await db().insert(holidays).values({ day: '2026-03-13', name: 'Feriado' })
    expect((await runDay(ctx, '2026-03-13')).planned).toBe(0)
    // With the 13th a holiday it has matured on the 12th.
    expect(await runDay(ctx, '2026-03-12')).toMatchObject({ planned: 1, sent: 1 })
  })

  test('three skipped days are caught up, ten do not flood', async () => {
    const customer = await anIndebtedCustomer()
    for (const dueOn of ['2026-03-18', '2026-03-19', '2026-03-20']) await aReceivable(db(), { customerId: customer.id, dueOn })
    await runDay(ctx, '2026-03-13')
    expect(await db().select().from(noticeItems)).toHaveLength(3)
    expect(smtp.received).toHaveLength(1)
    const late = await anIndebtedCustomer()
    for (let n = 1; n <= 9; n += 1) await aReceivable(db(), { customerId: late.id, dueOn: `2026-03-0${n}` })
    // Overdue notices of the 1st to the 9th mature from the 9th to the 16th; on the 23rd all are too old.
    await runDay(ctx, '2026-03-23')
    expect(smtp.received).toHaveLength(1)
  })
})

describe('sending', () => {
  test('the mail is exactly what is stored, with the right head, to customer and contacts, once', async () => {
    await db().update(company).set({ noticeSendToContacts: true })
    const customer = await anIndebtedCustomer({ email: 'pagos@cliente.test', name: 'Ñandú & <b>Hijos</b>\r\nBcc: x@y.test' })
    await aContact(db(), { customerId: customer.id, email: 'ana@cliente.test', receivesNotices: true })
    await aContact(db(), { customerId: customer.id, email: 'no@cliente.test', receivesNotices: false })
    const other = await anIndebtedCustomer({ name: 'Otra empresa' })
    await dueSoon(customer.id, { externalId: 'F-1', amountMinor: 123_456n, balanceMinor: 123_456n })
    await dueSoon(other.id, { externalId: 'F-2' })
    expect(await runDay(ctx, day)).toMatchObject({ planned: 2, sent: 2, counts: [{ state: 'sent', reason: null, count: 2 }] })
    const mail = smtp.received.find((each) => each.to.includes('pagos@cliente.test'))
    expect(mail?.to).toEqual(['pagos@cliente.test', 'ana@cliente.test'])
    const row = (await messages()).find((each) => each.customerId === customer.id)
    expect(row?.source?.equals(mail?.raw ?? Buffer.alloc(0))).toBe(true)
    const read = await PostalMime.parse(mail?.raw ?? '')
    expect(read.from).toEqual({ name: 'Cobranza Andina', address: 'cobranza@andina.test' })
    expect(read.messageId).toBe(row?.messageId)
    expect(row?.messageId).toMatch(/^<[0-9a-f-]{36}@andina\.test>$/)
    expect(read.headers.find((header) => header.key === 'auto-submitted')?.value).toBe('auto-generated')
    expect(read.headers.some((header) => header.key === 'bcc')).toBe(false)
    expect(read.html).toContain('Ñandú &amp; &lt;b&gt;Hijos&lt;/b&gt; Bcc: x@y.test')
    expect(read.html).toContain('F-1')
    expect(read.text).toContain('USD 1.234,56')
    // Nothing of anybody else.
    expect(`${read.html}${read.text}`).not.toMatch(/F-2|Otra empresa/)
    expect(await runDay(ctx, day)).toMatchObject({ planned: 0, sent: 0 })
    expect(smtp.received).toHaveLength(2)
    const recipients = await db().select().from(noticeRecipients)
    expect(recipients.map((each) => each.outcome)).toEqual(['accepted', 'accepted', 'accepted'])
  })

  test('two senders at once, or a doorbell rung twice, send once', async () => {
    await dueSoon((await anIndebtedCustomer()).id)
    await planDay(ctx, day)
    const { id } = await only()
    await Promise.all([dispatchNotice(ctx, id), dispatchNotice(ctx, id), dispatchNoticeJob.perform(ctx, { id })])
    await dispatchNoticeJob.perform(ctx, { id })
    expect(smtp.received).toHaveLength(1)
  })

  test('paid between plan and send: it drops out, and a message left empty is cancelled', async () => {
    const customer = await anIndebtedCustomer()
    const first = await dueSoon(customer.id, { externalId: 'PAGADA' })
    const second = await dueSoon(customer.id, { externalId: 'ABIERTA' })
    const alone = await dueSoon((await anIndebtedCustomer()).id)
    await planDay(ctx, day)
    await pay(first.id)
    await pay(alone.id)
    await runDay(ctx, day)
    expect((await states()).sort()).toEqual([
      ['preventive', 'cancelled', 'paid'],
      ['preventive', 'sent', null],
    ])
    expect(smtp.received).toHaveLength(1)
    expect(String(smtp.received[0]?.raw)).not.toContain('PAGADA')
    expect(String(smtp.received[0]?.raw)).toContain('ABIERTA')
    const items = await db().select().from(noticeItems)
    expect(items.find((item) => item.receivableId === first.id)?.droppedReason).toBe('paid')
    expect(items.find((item) => item.receivableId === second.id)?.droppedReason).toBeNull()
  })

  test('a payment that is committed while the server waits for the dot stops the mail', async () => {
    const receivable = await dueSoon((await anIndebtedCustomer()).id)
    await planDay(ctx, day)
    const { id } = await only()
    const before = await database.pool.connect()
    await before.query('begin')
    await before.query('select 1 from receivables where id = $1 for update', [receivable.id])
    // The payment holds the row: the gate waits for it, and then sees it.
    const sending = dispatchNotice(ctx, id)
    const waiting = `select count(*)::int as locks from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    await expect.poll(async () => (await database.pool.query(waiting)).rows[0].locks).toBe(1)
    expect((await only()).state).toBe('claimed')
    await before.query('update receivables set balance_minor = 0 where id = $1', [receivable.id])
    await before.query('commit')
    before.release()
    expect(await sending).toBe('cancelled')
    expect(smtp.received).toEqual([])
    expect(await states()).toEqual([['preventive', 'cancelled', 'paid']])
  })

  test('disputed between plan and send: the rest leaves, the disputed item waits and goes on when the dispute ends', async () => {
    const customer = await anIndebtedCustomer()
    const disputed = await dueSoon(customer.id, { externalId: 'DISPUTADA' })
    await dueSoon(customer.id, { externalId: 'ABIERTA' })
    await planDay(ctx, day)
    await db().update(receivables).set({ disputedAt: new Date() }).where(eq(receivables.id, disputed.id))
    await runDay(ctx, day)
    expect((await states()).sort()).toEqual([
      ['preventive', 'held', 'disputed'],
      ['preventive', 'sent', null],
    ])
    expect(String(smtp.received[0]?.raw)).not.toContain('DISPUTADA')
    await db().update(receivables).set({ disputedAt: null }).where(eq(receivables.id, disputed.id))
    await runDay(ctx, '2026-03-12')
    expect(smtp.received).toHaveLength(2)
    expect(String(smtp.received[1]?.raw)).toContain('DISPUTADA')
  })

  test('held for a reason that is gone in time leaves; too late it is cancelled', async () => {
    await db().update(mailAccounts).set({ state: 'unverified' })
    await dueSoon((await anIndebtedCustomer()).id)
    await runDay(ctx, day)
    expect(await states()).toEqual([['preventive', 'held', 'no-sender']])
    await db().update(mailAccounts).set({ state: 'verified' })
    await runDay(ctx, '2026-03-13')
    expect(await states()).toEqual([['preventive', 'sent', null]])
    await db().update(mailAccounts).set({ state: 'unverified' })
    await longDue((await anIndebtedCustomer()).id)
    await runDay(ctx, day)
    await db().update(mailAccounts).set({ state: 'verified' })
    await runDay(ctx, '2026-03-16')
    expect((await states()).at(-1)).toEqual(['overdue', 'cancelled', 'too-old'])
    expect(smtp.received).toHaveLength(1)
  })

  test('what was planned and not sent for too long is cancelled, and a reminder never leaves after the due date', async () => {
    await db().update(company).set({ catchUpDays: 30 })
    await dueSoon((await anIndebtedCustomer()).id)
    await planDay(ctx, day)
    ctx.at('2026-03-19T15:00:00Z')
    const { id } = await only()
    await dispatchNotice(ctx, id)
    expect(await states()).toEqual([['preventive', 'cancelled', 'past-due']])
    expect(smtp.received).toEqual([])
  })

  test('a day that was run by hand for another year is not taken for old by the worker', async () => {
    await aReceivable(db(), { customerId: (await anIndebtedCustomer()).id, issuedOn: '2013-01-01', dueOn: '2013-05-10' })
    await planDay(ctx, '2013-05-03')
    await planDayJob.perform(ctx, {})
    expect(await states()).toEqual([['preventive', 'planned', null]])
    const { id } = await only()
    await dispatchNoticeJob.perform(ctx, { id })
    expect(await states()).toEqual([['preventive', 'sent', null]])
  })

  test.each([
    ['deactivated', { status: 'inactive' as const }, 'customer-inactive'],
    ['deleted', { deletedAt: new Date() }, 'customer-inactive'],
  ])('a customer %s meanwhile gets nothing', async (_, change, reason) => {
    const customer = await anIndebtedCustomer()
    await dueSoon(customer.id)
    await planDay(ctx, day)
    await db().update(customers).set(change).where(eq(customers.id, customer.id))
    await runDay(ctx, day)
    expect(await states()).toEqual([['preventive', 'cancelled', reason]])
    expect(smtp.received).toEqual([])
  })

  test('overdue notices wait for review where the company wants it; reminders do not', async () => {
    await db().update(company).set({ reviewOverdue: true })
    const customer = await anIndebtedCustomer()
    await longDue(customer.id)
    await dueSoon(customer.id)
    await runDay(ctx, day)
    expect((await states()).sort()).toEqual([
      ['overdue', 'held', 'review'],
      ['preventive', 'sent', null],
    ])
  })

  test('a template that cannot be rendered fails where finance sees it', async () => {
    const customer = await anIndebtedCustomer()
    await db().insert(noticeSettings).values({ customerId: customer.id, reminderBody: '{{ customer.nombre }}' })
    await dueSoon(customer.id)
    await runDay(ctx, day)
    expect(await states()).toEqual([['preventive', 'failed', 'template-invalid']])
  })
})

describe('what the mail server answers', () => {
  const planOne = async () => {
    await dueSoon((await anIndebtedCustomer()).id)
    await planDay(ctx, day)
    return (await only()).id
  }
  const soon = (id: string) =>
    db().update(noticeMessages).set({ nextAttemptAt: sql`statement_timestamp()` }).where(eq(noticeMessages.id, id))

  test('4xx: deferred with back-off, sent later, under the same Message-ID', async () => {
    const id = await planOne()
    const { messageId } = await only()
    smtp.faults.data = { code: 451, message: 'try later' }
    expect(await dispatchNotice(ctx, id)).toBe('deferred')
    expect(await dispatchNotice(ctx, id)).toBeNull()
    expect(await only()).toMatchObject({ reason: 'refused-temporarily', attempt: 1 })
    Reflect.deleteProperty(smtp.faults, 'data')
    await soon(id)
    expect(await dispatchNotice(ctx, id)).toBe('sent')
    expect(String(smtp.received[0]?.raw)).toContain(`Message-ID: ${messageId}`)
  })

  test('after six attempts it has failed', async () => {
    const id = await planOne()
    smtp.faults.data = { code: 451, message: 'try later' }
    const seen: unknown[] = []
    for (let n = 0; n < 7; n += 1) {
      seen.push(await dispatchNotice(ctx, id))
      await soon(id)
    }
    expect(seen).toEqual(['deferred', 'deferred', 'deferred', 'deferred', 'deferred', 'failed', null])
  })

  test('one that was tried six times is not tried again, whatever has made it due', async () => {
    const id = await planOne()
    await db().update(noticeMessages).set({ attempt: 6 }).where(eq(noticeMessages.id, id))
    expect(await dispatchNotice(ctx, id)).toBe('failed')
    expect(await only()).toMatchObject({ reason: 'too-many-attempts' })
    expect(smtp.received).toEqual([])
  })

  test('5xx: failed at once, with what the server said', async () => {
    const id = await planOne()
    smtp.faults.data = { code: 554, message: 'no thanks' }
    expect(await dispatchNotice(ctx, id)).toBe('failed')
    expect(await only()).toMatchObject({ reason: 'refused', smtpResponse: '554 no thanks' })
  })

  test('refused recipients: failed when all are, recorded one by one when some are', async () => {
    await db().update(company).set({ noticeSendToContacts: true })
    const customer = await anIndebtedCustomer({ email: 'mala@cliente.test' })
    await dueSoon(customer.id)
    await planDay(ctx, day)
    const { id } = await only()
    smtp.faults.rcpt = (address) => (address.startsWith('mala') ? { code: 550, message: 'no such mailbox' } : null)
    expect(await dispatchNotice(ctx, id)).toBe('failed')
    expect(await only()).toMatchObject({ reason: 'recipients-refused' })
    await db()
      .insert(contacts)
      .values({ customerId: customer.id, name: 'Ana', email: 'buena@cliente.test', receivesNotices: true })
    await db().update(noticeMessages).set({ state: 'planned' }).where(eq(noticeMessages.id, id))
    await soon(id)
    expect(await dispatchNotice(ctx, id)).toBe('sent')
    const outcomes = await db().select().from(noticeRecipients).orderBy(noticeRecipients.address)
    expect(outcomes.map(({ address, outcome }) => [address, outcome])).toEqual([
      ['buena@cliente.test', 'accepted'],
      ['mala@cliente.test', 'refused'],
    ])
    expect(outcomes[1]?.response).toContain('no such mailbox')
  })

  test('a refused password pauses the account and holds the notices without burning an attempt', async () => {
    await db()
      .update(mailAccounts)
      .set({ username: 'cobranza', passwordEncrypted: ctx.secrets.encrypt('mala') })
    const id = await planOne()
    smtp.faults.auth = { code: 535, message: 'bad credentials' }
    expect(await dispatchNotice(ctx, id)).toBe('held')
    expect(await only()).toMatchObject({ reason: 'no-sender', attempt: 0 })
    const [account] = await db().select().from(mailAccounts).where(eq(mailAccounts.userId, agentId))
    expect(account).toMatchObject({ state: 'paused' })
    expect(account?.lastError).toContain('bad credentials')
    Reflect.deleteProperty(smtp.faults, 'auth')
    await db().update(mailAccounts).set({ state: 'verified' })
    await runDay(ctx, day)
    expect(smtp.received).toHaveLength(1)
  })

  test.each(['written', 'lost'] as const)(
    'an answer that never comes (%s) leaves it uncertain, never sent again by itself',
    async (what) => {
      const id = await planOne()
      smtp.faults.dropAfterDot = what
      expect(await dispatchNotice(ctx, id)).toBe('uncertain')
      expect(await only()).toMatchObject({ state: 'uncertain', reason: 'reply-lost' })
      Reflect.deleteProperty(smtp.faults, 'dropAfterDot')
      await runDay(ctx, day)
      await sweepNoticesJob.perform(ctx, {})
      expect(await dispatchNotice(ctx, id)).toBeNull()
      expect(smtp.received).toHaveLength(what === 'written' ? 1 : 0)
      expect((await only()).source).not.toBeNull()
    },
  )

  test('a server that is away defers', async () => {
    const id = await planOne()
    await db().update(mailAccounts).set({ port: 1 })
    expect(await dispatchNotice(ctx, id)).toBe('deferred')
    expect(await only()).toMatchObject({ reason: 'connection-failed' })
  })

  test('a worker that lost its lease before the gate sends nothing', async () => {
    const id = await planOne()
    const client = await database.pool.connect()
    await client.query('begin')
    await client.query('select 1 from receivables for update')
    const sending = dispatchNotice(ctx, id)
    await expect.poll(async () => (await only()).state).toBe('claimed')
    await db()
      .update(noticeMessages)
      .set({ leaseUntil: new Date(0) })
      .where(eq(noticeMessages.id, id))
    await sweepNotices(ctx)
    await client.query('rollback')
    client.release()
    expect(await sending).toBeNull()
    expect(smtp.received).toEqual([])
    expect((await only()).state).toBe('planned')
    expect(await dispatchNotice(ctx, id)).toBe('sent')
  })
})

describe('the sweep', () => {
  test('ends leases: claimed goes back, dispatching becomes uncertain; rings for what is due; twice changes nothing', async () => {
    await dueSoon((await anIndebtedCustomer()).id)
    await dueSoon((await anIndebtedCustomer()).id)
    await planDay(ctx, day)
    const [first, second] = await messages()
    await db()
      .update(noticeMessages)
      .set({ state: 'claimed', leaseUntil: new Date(0) })
      .where(eq(noticeMessages.id, first?.id ?? ''))
    await db()
      .update(noticeMessages)
      .set({ state: 'dispatching', leaseUntil: new Date(0) })
      .where(eq(noticeMessages.id, second?.id ?? ''))
    await sweepNoticesJob.perform(ctx, {})
    await sweepNoticesJob.perform(ctx, {})
    expect(await states()).toEqual([
      ['preventive', 'planned', null],
      ['preventive', 'uncertain', 'lease-expired'],
    ])
    expect(ctx.rung.map((ring) => ring.payload)).toEqual([{ id: first?.id }, { id: first?.id }])
  })

  test('one whose workers always end while they have it is not planned again for ever: it may be what ends them', async () => {
    await dueSoon((await anIndebtedCustomer()).id)
    await planDay(ctx, day)
    const { id } = await only()
    const interrupted = (times: number) =>
      db().execute(sql`
        insert into notice_events (id, message_id, at, from_state, to_state, reason)
        select gen_random_uuid(), ${id}, now(), 'claimed', 'planned', 'interrupted' from generate_series(1, ${times})`)
    const end = () =>
      db()
        .update(noticeMessages)
        .set({ state: 'claimed', leaseUntil: new Date(0) })
    await interrupted(48)
    await end()
    await sweepNotices(ctx)
    expect(await states()).toEqual([['preventive', 'planned', null]])
    await interrupted(1)
    await end()
    await sweepNotices(ctx)
    expect(await states()).toEqual([['preventive', 'failed', 'too-many-attempts']])
  })

  test('the planner’s job plans today and rings; before set-up it does nothing', async () => {
    await dueSoon((await anIndebtedCustomer()).id)
    await planDayJob.perform(ctx, {})
    await planDayJob.perform(ctx, {})
    expect(await messages()).toHaveLength(1)
    expect(ctx.rung).toHaveLength(1)
  })
})
