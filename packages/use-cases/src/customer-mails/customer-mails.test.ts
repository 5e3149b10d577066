import { type AddressInfo, createServer } from 'node:net'
import { auditLog } from '@cartera/db/schema/audit'
import { customerMails, interactionEntries, interactions, interactionTopics } from '@cartera/db/schema/interactions'
import { mailAccounts, users } from '@cartera/db/schema/organisation'
import { aCompany, aCustomer, aMailAccount, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { eq, sql } from 'drizzle-orm'
import PostalMime from 'postal-mime'
import { beforeEach, describe, expect, test } from 'vitest'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { testMailServer } from '../testing/test-mail-server.ts'
import {
  mailsAbout,
  queueCustomerMail,
  sendCustomerMailAgain,
  sendCustomerMails,
  sendCustomerMailsJob,
} from './customer-mails.ts'

const database = testDatabase()
const ctx = testContext(database)
const smtp = testMailServer()
const db = () => database.db

let agentId = ''
let customerId = ''
let entryId = ''

beforeEach(async () => {
  await db().execute(sql`truncate company, notice_rules, customer_mails, interactions, interaction_topics, customers, users, mail_accounts, access_profiles,
    audit_log cascade`)
  ctx.at('2026-03-11T15:00:00Z')
  agentId = (await aUser(db(), { name: 'Ana Agente' })).id
  await aCompany(db(), { name: 'Andina', administratorId: agentId })
  await aMailAccount(db(), { userId: agentId, port: smtp.port, address: 'ana@andina.test', displayName: 'Ana Agente' })
  customerId = (await aCustomer(db(), { language: 'es' })).id
  entryId = await anEntry('incoming', 'Pagará el <b>viernes</b>.\nPide copia de la factura.')
})

async function anEntry(kind: 'internal' | 'incoming' | 'outgoing', body: string): Promise<string> {
  const [topic] = await db()
    .insert(interactionTopics)
    .values({ name: `Tema ${body}` })
    .returning()
  const [interaction] = await db()
    .insert(interactions)
    .values({
      customerId,
      topicId: topic?.id ?? '',
      ownerId: agentId,
      happenedAt: ctx.now(),
      lastEntryAt: ctx.now(),
      lastEntryName: 'Ana',
    })
    .returning()
  const [entry] = await db()
    .insert(interactionEntries)
    .values({ interactionId: interaction?.id ?? '', kind, body, entryName: 'Ana', writtenAt: ctx.now(), authorId: agentId })
    .returning()
  return entry?.id ?? ''
}

const queue = (over: Partial<Parameters<typeof queueCustomerMail>[2]> = {}) =>
  db().transaction((tx) =>
    queueCustomerMail(tx, ctx, {
      kind: 'interaction',
      customerId,
      senderId: agentId,
      aboutId: entryId,
      toAddress: 'compras@cliente.test',
      toName: 'Compras',
      ...over,
    }),
  )
const shown = async () => (await mailsAbout(db(), [entryId])).get(entryId)
const viewer = async () => {
  const found = await findViewerByUser(ctx, agentId)
  if (!found) throw new Error('no viewer')
  return found
}

describe('a mail to a customer', () => {
  test('leaves once from the account of who wrote it, however many send, with markup as text', async () => {
    await queue()
    await Promise.all([sendCustomerMails(ctx), sendCustomerMails(ctx), sendCustomerMails(ctx)])
    await sendCustomerMailsJob.perform(ctx, {})
    await sendCustomerMailsJob.perform(ctx, {})
    expect(smtp.received).toHaveLength(1)
    expect(smtp.received[0]?.to).toEqual(['compras@cliente.test'])
    const mail = await PostalMime.parse(smtp.received[0]?.raw ?? Buffer.alloc(0))
    expect(mail.from).toEqual({ address: 'ana@andina.test', name: 'Ana Agente' })
    expect(mail.text).toContain('Pagará el <b>viernes</b>.')
    expect(mail.html).toContain('Pagará el &lt;b&gt;viernes&lt;/b&gt;.<br>Pide copia')
    expect(mail.headers.some((header) => header.key === 'auto-submitted')).toBe(false)
    expect(await shown()).toMatchObject([{ state: 'sent', toAddress: 'compras@cliente.test' }])
  })

  test('of an internal entry never leaves, whatever asked for it', async () => {
    await queue({ aboutId: await anEntry('internal', 'No le fíe más') })
    await sendCustomerMails(ctx)
    expect(smtp.received).toEqual([])
    expect((await db().select().from(customerMails)).map((mail) => mail.state)).toEqual(['skipped'])
  })

  test('that the server refuses says so with its reason, and a person sends it again', async () => {
    smtp.faults.rcpt = () => ({ code: 550, message: 'no such mailbox' })
    const id = await queue()
    await sendCustomerMails(ctx)
    expect(await shown()).toMatchObject([{ state: 'failed', response: expect.stringContaining('no such mailbox') }])
    delete smtp.faults.rcpt
    await sendCustomerMails(ctx)
    expect(smtp.received).toEqual([])
    await db().transaction(async (tx) => sendCustomerMailAgain(tx, ctx, await viewer(), id))
    expect(await sendCustomerMails(ctx)).toBe(1)
    expect(await shown()).toMatchObject([{ state: 'sent' }])
    expect(await db().select().from(auditLog).where(eq(auditLog.entityId, id))).toMatchObject([{ action: 'retry' }])
    await expect(db().transaction(async (tx) => sendCustomerMailAgain(tx, ctx, await viewer(), id))).rejects.toMatchObject({
      code: 'mail-not-failed',
    })
  })

  test('that a colleague sends again leaves in the colleague’s name, or not at all', async () => {
    smtp.faults.rcpt = () => ({ code: 550, message: 'no such mailbox' })
    const id = await queue()
    await sendCustomerMails(ctx)
    delete smtp.faults.rcpt
    const luis = await aUser(db(), { name: 'Luis' })
    const asLuis = await findViewerByUser(ctx, luis.id)
    if (!asLuis) throw new Error('no viewer')
    const again = () => db().transaction((tx) => sendCustomerMailAgain(tx, ctx, asLuis, id))
    await expect(again()).rejects.toMatchObject({ code: 'mail-account-missing' })
    await aMailAccount(db(), { userId: luis.id, port: smtp.port, address: 'luis@andina.test', displayName: 'Luis' })
    await again()
    expect(await sendCustomerMails(ctx)).toBe(1)
    expect(smtp.received.map((mail) => mail.from)).toEqual(['luis@andina.test'])
  })

  test('of somebody who was disabled meanwhile does not leave in their name', async () => {
    await queue()
    await db().update(users).set({ active: false }).where(eq(users.id, agentId))
    expect(await sendCustomerMails(ctx)).toBe(0)
    expect(smtp.connections).toBe(0)
    expect(await shown()).toMatchObject([{ state: 'waiting', response: 'no-account' }])
  })

  test('is refused without a usable account of the sender, and for what is no address', async () => {
    await expect(queue({ toAddress: 'a@b.test, c@d.test' })).rejects.toMatchObject({ code: 'mail-address-invalid' })
    await db().update(mailAccounts).set({ state: 'unverified' })
    await expect(queue()).rejects.toMatchObject({ code: 'mail-account-unverified' })
    await db().delete(mailAccounts)
    await expect(queue()).rejects.toMatchObject({ code: 'mail-account-missing' })
    expect(await db().select().from(customerMails)).toEqual([])
  })

  test('waits for an account that is paused meanwhile, and is not sent when it has become old', async () => {
    await queue()
    await db().update(mailAccounts).set({ state: 'paused' })
    await sendCustomerMails(ctx)
    expect(await shown()).toMatchObject([{ state: 'waiting', response: 'no-account' }])
    await db().update(mailAccounts).set({ state: 'verified' })
    await db().update(customerMails).set({ nextAttemptAt: sql`statement_timestamp()` })
    ctx.at('2026-03-12T15:00:01Z')
    await sendCustomerMails(ctx)
    expect(smtp.received).toEqual([])
    expect(await shown()).toMatchObject([{ state: 'skipped', response: 'too-old' }])
  })

  test('a server that answers nobody holds up the mails of that account alone, and is asked once', async () => {
    const silent = await testSilentServer()
    const awayId = (await aUser(db())).id
    await aMailAccount(db(), { userId: awayId, port: silent.port, address: 'luis@andina.test' })
    for (let n = 0; n < 3; n++) await queue({ senderId: awayId })
    await queue()
    await db().execute(
      sql`update customer_mails set next_attempt_at = statement_timestamp() - interval '1 minute' where sender_id = ${awayId}`,
    )
    expect(await sendCustomerMails(ctx)).toBe(1)
    expect(silent.connections()).toBe(1)
    expect(smtp.received).toHaveLength(1)
    const waiting = await db().select().from(customerMails).where(eq(customerMails.senderId, awayId))
    expect(waiting.map((mail) => [mail.state, mail.attempt]).sort()).toEqual([
      ['waiting', 0],
      ['waiting', 0],
      ['waiting', 1],
    ])
    await silent.close()
  })

  test('a server that does not take the password is asked once: the account is paused, and no attempt is lost', async () => {
    smtp.faults.auth = { code: 535, message: 'bad credentials' }
    await db()
      .update(mailAccounts)
      .set({ username: 'ana', passwordEncrypted: ctx.secrets.encrypt('old') })
    await queue()
    await queue()
    await sendCustomerMails(ctx)
    expect(smtp.connections).toBe(1)
    expect(await db().select().from(mailAccounts)).toMatchObject([
      { state: 'paused', lastError: expect.stringContaining('bad credentials') },
    ])
    const mails = await db().select().from(customerMails)
    expect(mails.map((mail) => [mail.state, mail.attempt])).toEqual([
      ['waiting', 0],
      ['waiting', 0],
    ])
  })
})

/** Takes connections and ends them without a word. */
async function testSilentServer() {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
