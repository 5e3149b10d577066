import { buffer } from 'node:stream/consumers'
import { contactAttempts } from '@cartera/db/schema/customers'
import { mailboxMessages, noticeItems, noticeMessages } from '@cartera/db/schema/notices'
import { company, mailAccounts } from '@cartera/db/schema/organisation'
import { payments } from '@cartera/db/schema/receivables'
import { aCompany, aCustomer, aFollowUp, aReceivable, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { noticeReasons } from '@cartera/domain/notices/notice-states'
import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { read, utils } from 'xlsx'
import { openExport, startExport } from '../exports/make-export.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { listNotices, summariseNotices } from './list-notices.ts'
import { findNoticeAnswers } from './notice-answers.ts'
import { findNoticeContext } from './notice-context.ts'
import { sayReason } from './queue-words.ts'
import { selectNoticeIds } from './select-notices.ts'
import { findStandIn } from './stand-in.ts'

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db
const day = '2026-03-11'

beforeEach(async () => {
  await db().execute(
    sql`truncate company, notice_rules, notice_messages, receivables, documents, payments, customers, users, access_profiles, audit_log cascade`,
  )
  ctx.at(`${day}T15:00:00Z`)
  await aCompany(db(), { noticeActive: true })
})

const viewerOf = async (id: string) => {
  const viewer = await findViewerByUser(ctx, id)
  if (!viewer) throw new Error('no viewer')
  return viewer
}

async function aNotice(customerId: string, over: Partial<typeof noticeMessages.$inferInsert> = {}) {
  const [message] = await db()
    .insert(noticeMessages)
    .values({
      customerId,
      kind: 'overdue',
      planOn: day,
      writtenOn: day,
      state: 'held',
      reason: 'review',
      messageId: `<${crypto.randomUUID()}@a.test>`,
      ...over,
    })
    .returning()
  if (!message) throw new Error('no message')
  return message
}

async function exported(viewer: Viewer, filters: object) {
  const made = await startExport(ctx, viewer, { list: 'notices', format: 'xlsx', filters: { ...filters }, language: 'es' })
  return (await openExport(ctx, viewer, made.id)).stream
}

test('filters by level, agent and stand-in account agree in list, counts, selection and workbook', async () => {
  const [chief, agent, other] = [await aUser(db()), await aUser(db()), await aUser(db())]
  const viewer = await viewerOf(chief.id)
  const ofAgent = await aCustomer(db(), { collectionsAgentId: agent.id })
  const ofOther = await aCustomer(db(), { collectionsAgentId: other.id })
  const mine = await aNotice(ofAgent.id, { level: 3 })
  const sentByAgent = await aNotice(ofOther.id, { state: 'sent', reason: null, senderId: agent.id })
  const fallback = await aNotice(ofOther.id, { senderId: chief.id, senderIsFallback: true })
  const cases: [object, string[]][] = [
    [{}, [mine.id, sentByAgent.id, fallback.id]],
    [{ level: 3 }, [mine.id]],
    [{ agentId: agent.id }, [mine.id, sentByAgent.id]],
    [{ fallback: true }, [fallback.id]],
    [{ group: 'held', reason: 'review' }, [mine.id, fallback.id]],
  ]
  for (const [filters, ids] of cases) {
    const expected = [...ids].sort()
    expect((await listNotices(ctx, viewer, filters)).items.map((one) => one.id).sort()).toEqual(expected)
    const chosen = await selectNoticeIds(ctx, viewer, filters)
    expect([chosen.total, chosen.items.map((one) => one.id).sort()]).toEqual([ids.length, expected])
    const stream = await exported(viewer, filters)
    const rows = utils.sheet_to_json(read(await buffer(stream)).Sheets.Avisos ?? {})
    expect(rows).toHaveLength(ids.length)
  }
  const counted = await summariseNotices(ctx, viewer, { agentId: agent.id })
  expect([counted.groups.held, counted.groups.sent]).toEqual([1, 1])
})

test('a workbook reads more rows than it fetches at once, each once, and is audited', async () => {
  const chief = await aUser(db())
  const customer = await aCustomer(db(), { name: '=cmd()' })
  await db()
    .insert(noticeMessages)
    .values(
      Array.from({ length: 1100 }, (_, n) => ({
        customerId: customer.id,
        kind: 'overdue' as const,
        planOn: `2026-03-${String(1 + (n % 9)).padStart(2, '0')}`,
        writtenOn: `2026-03-${String(1 + (n % 9)).padStart(2, '0')}`,
        state: 'sent' as const,
        sentAt: ctx.now(),
        messageId: `<${n}@a.test>`,
      })),
    )
  const stream = await exported(await viewerOf(chief.id), {})
  const sheet = read(await buffer(stream)).Sheets.Avisos ?? {}
  const rows = utils.sheet_to_json<Record<string, unknown>>(sheet)
  expect(new Set(rows.map((row) => row['Message-ID'])).size).toBe(1100)
  expect(rows).toHaveLength(1100)
  expect(sheet.C2).toMatchObject({ t: 's', v: '=cmd()' })
  const audit = await database.pool.query("select 1 from audit_log where action = 'export' and entity = 'notices'")
  expect(audit.rowCount).toBe(1)
  const silent = await aUser(db(), { permissions: ['see-notices'] })
  await expect(exported(await viewerOf(silent.id), {})).rejects.toMatchObject({ code: 'not-allowed' })
})

test("the customer of a notice is shown with balances that add up, contacts, payments, and the viewer's own reach of follow-ups", async () => {
  const [chief, agent] = [await aUser(db(), { name: 'Jefa' }), await aUser(db(), { level: 4, name: 'Agente' })]
  const customer = await aCustomer(db(), { collectionsAgentId: agent.id, noticesPausedUntil: '2026-03-20', phone: '555' })
  const overdue = await aReceivable(db(), {
    customerId: customer.id,
    issuedOn: '2026-01-05',
    dueOn: '2026-01-20',
    amountMinor: 10_000n,
    balanceMinor: 2_500n,
  })
  await aReceivable(db(), {
    customerId: customer.id,
    dueOn: '2026-03-18',
    amountMinor: 10_000n,
    balanceMinor: 10_000n,
    disputedAt: ctx.now(),
  })
  await db().insert(payments).values({
    customerId: customer.id,
    paidOn: '2026-03-02',
    currency: 'USD',
    amountMinor: 7_500n,
    unappliedMinor: 0n,
  })
  await db()
    .insert(contactAttempts)
    .values({ customerId: customer.id, channel: 'call', at: ctx.now(), outcome: 'No contesta', recordedBy: agent.id })
  await aFollowUp(db(), { customerId: customer.id, ownerId: chief.id, subject: 'De la jefa' })
  await aFollowUp(db(), { customerId: customer.id, ownerId: agent.id, subject: 'Del agente' })
  const notice = await aNotice(customer.id)
  await aNotice(customer.id, { state: 'sent', reason: null, sentAt: new Date('2026-03-01T00:00:00Z') })
  const { rows } = await database.pool.query<{ id: string }>("select id from notice_rules where kind = 'overdue'")
  await db()
    .insert(noticeItems)
    .values({
      messageId: notice.id,
      receivableId: overdue.id,
      ruleId: rows[0]?.id ?? '',
      ruleVersion: 1,
      dueOn: '2026-01-20',
      maturesOn: day,
      balanceMinor: 2_500n,
      currency: 'USD',
    })
  const context = await findNoticeContext(ctx, await viewerOf(chief.id), notice.id)
  expect(context).toMatchObject({
    customer: { phone: '555', collectionsAgent: { name: 'Agente' }, pausedUntil: '2026-03-20', creditHold: false },
    aging: [{ currency: 'USD', balance: '125.00', notDue: '100.00', days31To60: '25.00', over90: '0.00' }],
    disputes: 1,
    contacts: [{ channel: 'call', outcome: 'No contesta', by: { name: 'Agente' } }],
    lastPayment: { paidOn: '2026-03-02', amount: '75.00' },
    sentLately: 1,
  })
  expect(context.followUps.map((task) => task.subject).sort()).toEqual(['De la jefa', 'Del agente'])
  const narrow = await findNoticeContext(ctx, await viewerOf(agent.id), notice.id)
  expect(narrow.followUps.map((task) => task.subject)).toEqual(['Del agente'])
  const stranger = await aUser(db(), { level: 4 })
  await expect(findNoticeContext(ctx, await viewerOf(stranger.id), notice.id)).rejects.toMatchObject({ code: 'not-found' })
})

test('what came back about a notice is read beside it, and by nobody who does not see the notice', async () => {
  const [agent, stranger] = [await aUser(db()), await aUser(db(), { level: 4 })]
  const customer = await aCustomer(db(), { collectionsAgentId: agent.id })
  const [notice, another] = [await aNotice(customer.id, { state: 'sent' }), await aNotice(customer.id, { state: 'sent' })]
  const came = { userId: agent.id, customerId: customer.id, fromAddress: 'caja@cliente.test', subject: 'Re: su cuenta' }
  await db()
    .insert(mailboxMessages)
    .values([
      { ...came, kind: 'reply', noticeMessageId: notice.id, messageId: '<1@x>', body: 'Pago el lunes', receivedAt: ctx.now() },
      {
        ...came,
        kind: 'bounce',
        noticeMessageId: notice.id,
        messageId: '<2@x>',
        body: 'long report',
        diagnostic: '550 no such user',
        failedAddress: 'viejo@cliente.test',
        permanent: true,
        receivedAt: new Date(ctx.now().getTime() + 1000),
      },
      { ...came, kind: 'reply', noticeMessageId: another.id, messageId: '<3@x>', body: 'Otra cosa', receivedAt: ctx.now() },
    ])
  const { items } = await findNoticeAnswers(ctx, await viewerOf(agent.id), notice.id)
  expect(items.map((one) => [one.kind, one.address, one.text, one.permanent])).toEqual([
    ['bounce', 'viejo@cliente.test', '550 no such user', true],
    ['reply', 'caja@cliente.test', 'Pago el lunes', null],
  ])
  await expect(findNoticeAnswers(ctx, await viewerOf(stranger.id), notice.id)).rejects.toMatchObject({ code: 'not-found' })
})

test("who stands in for a missing collections agent is said before anything leaves, as far as the viewer's reach goes", async () => {
  const [chief, agent] = [await aUser(db()), await aUser(db(), { level: 4 })]
  const asked = async (id: string) => findStandIn(ctx, await viewerOf(id))
  await aCustomer(db(), { collectionsAgentId: agent.id })
  expect(await asked(chief.id)).toEqual({ customers: 0, sender: null })
  await aCustomer(db(), { collectionsAgentId: null })
  expect(await asked(chief.id)).toMatchObject({
    customers: 1,
    sender: { usable: false, reason: 'administrator-missing', user: null },
  })

  await db().update(company).set({ administratorId: chief.id })
  expect((await asked(chief.id)).sender).toMatchObject({ usable: false, reason: 'account-missing', user: { id: chief.id } })
  await db().insert(mailAccounts).values({
    userId: chief.id,
    address: 'cobros@casa.test',
    displayName: 'Cobros',
    host: 'smtp.casa.test',
    port: 587,
    security: 'starttls',
    state: 'verified',
  })
  expect((await asked(chief.id)).sender).toMatchObject({ usable: true, reason: null, address: 'cobros@casa.test' })
  expect(await asked(agent.id)).toEqual({ customers: 0, sender: null })
})

test('every reason has words in both languages', () => {
  for (const reason of noticeReasons)
    for (const language of ['es', 'en'] as const)
      expect([reason, language, sayReason(reason, language) === reason]).toEqual([reason, language, false])
})
