import { mailAddressFlags } from '@cartera/db/schema/customers'
import { followUpReceivables, followUps } from '@cartera/db/schema/follow-ups'
import { mailboxMessages, noticeEvents, noticeItems, noticeMessages, noticeRecipients } from '@cartera/db/schema/notices'
import { mailAccounts } from '@cartera/db/schema/organisation'
import { aCompany, aContact, aCustomer, aFollowUpType, aMailAccount, aReceivable, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { asc, eq } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type About,
  autoReply,
  exchangeBounce,
  gmailBounce,
  postfixBounce,
  privateMail,
  reply,
} from '../testing/arriving-mails.ts'
import { testContext } from '../testing/test-context.ts'
import { testMailbox } from '../testing/test-mailbox.ts'
import { findByMessageId } from './find-by-message-id.ts'
import { readMailbox, readMailboxesJob, readMailboxJob } from './read-mailboxes.ts'

const database = testDatabase()
const ctx = testContext(database)
const mailbox = testMailbox()
const db = () => database.db

beforeAll(async () => {
  await aCompany(db())
  await aFollowUpType(db(), { name: 'Cobranza' })
})
beforeEach(() => ctx.at('2026-03-02T15:00:00Z'))

let count = 0
/** An agent whose mailbox is read, and a notice that left from their account. */
async function world(
  over: {
    state?: 'sent' | 'uncertain' | 'planned'
    recipients?: string[]
    account?: Partial<typeof mailAccounts.$inferInsert>
  } = {},
) {
  count += 1
  const agent = await aUser(db())
  const account = await aMailAccount(db(), {
    userId: agent.id,
    address: `agente${count}@agency.example`,
    username: 'agente',
    passwordEncrypted: ctx.secrets.encrypt('clave'),
    imapHost: '127.0.0.1',
    imapPort: mailbox.port,
    imapSecurity: 'none',
    ...over.account,
  })
  const customer = await aCustomer(db(), { collectionsAgentId: agent.id, email: `pagos${count}@shop.example` })
  const sent = await notice(agent.id, customer.id, over.recipients ?? [customer.email ?? ''], over.state)
  const about: About = {
    agent: account.address,
    customer: over.recipients?.[0] ?? customer.email ?? '',
    notice: sent.messageId,
    own: String(count),
  }
  return { agent, account, customer, sent, about }
}

async function notice(
  senderId: string,
  customerId: string,
  recipients: string[],
  state: 'sent' | 'uncertain' | 'planned' = 'sent',
) {
  count += 1
  const receivable = await aReceivable(db(), { customerId })
  const [message] = await db()
    .insert(noticeMessages)
    .values({
      customerId,
      senderId,
      kind: 'overdue',
      planOn: '2026-03-02',
      writtenOn: '2026-03-02',
      state,
      messageId: `<aviso.${count}@agency.example>`,
      sentAt: state === 'sent' ? new Date(Date.UTC(2026, 2, 1, 0, count)) : null,
      ...(state === 'uncertain' ? { reason: 'reply-lost' } : {}),
    })
    .returning()
  if (!message) throw new Error('no message')
  await db()
    .insert(noticeRecipients)
    .values(
      recipients.map((address) => ({
        messageId: message.id,
        address,
        outcome: state === 'sent' ? ('accepted' as const) : ('pending' as const),
      })),
    )
  const { rows } = await database.pool.query<{ id: string }>("select id from notice_rules where kind = 'overdue' limit 1")
  await db()
    .insert(noticeItems)
    .values({
      messageId: message.id,
      receivableId: receivable.id,
      ruleId: rows[0]?.id ?? '',
      ruleVersion: 1,
      dueOn: '2026-02-20',
      maturesOn: '2026-02-27',
      balanceMinor: 100n,
      currency: 'USD',
    })
  return { ...message, receivableId: receivable.id }
}

const flags = async () => (await db().select().from(mailAddressFlags)).map((row) => row.address)
const outcomes = async (messageId: string) =>
  Object.fromEntries(
    (await db().select().from(noticeRecipients).where(eq(noticeRecipients.messageId, messageId))).map((row) => [
      row.address,
      row.outcome,
    ]),
  )
const arrived = (messageId: string) => db().select().from(mailboxMessages).where(eq(mailboxMessages.noticeMessageId, messageId))
const tasks = (customerId: string) => db().select().from(followUps).where(eq(followUps.customerId, customerId))
const eventsOf = async (messageId: string) =>
  (await db().select().from(noticeEvents).where(eq(noticeEvents.messageId, messageId)).orderBy(asc(noticeEvents.id))).map(
    ({ fromState, toState, reason }) => [fromState, toState, reason],
  )
const stored = async (userId: string) => {
  const [row] = await db().select().from(mailAccounts).where(eq(mailAccounts.userId, userId))
  if (!row) throw new Error('no account')
  return row
}
/** The mailbox may be looked into again at once. */
const due = (userId: string) => db().update(mailAccounts).set({ imapLeaseUntil: null }).where(eq(mailAccounts.userId, userId))

describe('a bounce that arrives', () => {
  test('is written on the notice, flags the address and opens the task with another contact to write to', async () => {
    const { agent, customer, sent, about } = await world()
    await aContact(db(), { customerId: customer.id, name: 'Marta Ruiz', email: 'marta@shop.example', receivesNotices: true })
    mailbox.deliver(postfixBounce(about))
    expect(await readMailbox(ctx, agent.id)).toEqual({ looked: 1, bounces: 1, replies: 0, more: false })
    expect(await outcomes(sent.id)).toEqual({ [about.customer]: 'bounced' })
    expect(await flags()).toContain(about.customer)
    expect(await arrived(sent.id)).toMatchObject([
      {
        kind: 'bounce',
        customerId: customer.id,
        failedAddress: about.customer,
        permanent: true,
        diagnostic: expect.stringContaining('User unknown'),
      },
    ])
    expect(await eventsOf(sent.id)).toEqual([['sent', 'sent', 'bounced']])
    const [task] = await tasks(customer.id)
    expect(task).toMatchObject({
      subject: `Corregir la dirección de correo ${about.customer}`,
      ownerId: agent.id,
      state: 'active',
    })
    expect(task?.description).toContain('Marta Ruiz: marta@shop.example')
    expect(task?.description).toContain('User unknown')
    const linked = await db()
      .select()
      .from(followUpReceivables)
      .where(eq(followUpReceivables.followUpId, task?.id ?? ''))
    expect(linked.map((row) => row.receivableId)).toEqual([sent.receivableId])
    const [now] = await db().select().from(noticeMessages).where(eq(noticeMessages.id, sent.id))
    // It left, and it reached nobody.
    expect(now).toMatchObject({ state: 'sent', reason: 'bounced' })
  })

  test.each([
    ['Exchange', exchangeBounce],
    ['Gmail', gmailBounce],
  ])('is found by what it answers where %s sends no copy or hides it', async (_, bounce) => {
    const { agent, sent, about } = await world()
    mailbox.deliver(bounce(about))
    await readMailbox(ctx, agent.id)
    expect(await outcomes(sent.id)).toEqual({ [about.customer]: 'bounced' })
  })

  test('of one recipient leaves the others as they are', async () => {
    const { agent, sent, about } = await world({ recipients: ['malo@shop.example', 'bueno@shop.example'] })
    mailbox.deliver(postfixBounce(about))
    await readMailbox(ctx, agent.id)
    expect(await outcomes(sent.id)).toEqual({ 'malo@shop.example': 'bounced', 'bueno@shop.example': 'accepted' })
    const [now] = await db().select().from(noticeMessages).where(eq(noticeMessages.id, sent.id))
    expect(now?.reason).toBeNull()
  })

  test('is taken in once, read twice, counted anew by the server, or read by two at once', async () => {
    const { agent, customer, sent, about } = await world()
    mailbox.deliver(postfixBounce(about))
    // Two readers that both believe the mailbox to be theirs.
    const both = await Promise.all([readMailbox(ctx, agent.id), due(agent.id).then(() => readMailbox(ctx, agent.id))])
    expect(both.map((reading) => reading?.bounces ?? 0).reduce((a, b) => a + b)).toBe(1)
    await due(agent.id)
    expect(await readMailbox(ctx, agent.id)).toMatchObject({ looked: 0 })
    mailbox.recount()
    await due(agent.id)
    expect(await readMailbox(ctx, agent.id)).toMatchObject({ looked: 1, bounces: 0 })
    expect(await arrived(sent.id)).toHaveLength(1)
    expect(await tasks(customer.id)).toHaveLength(1)
    expect(await eventsOf(sent.id)).toHaveLength(1)
  })

  test('one reader at a time: who comes second leaves the mailbox alone', async () => {
    const { agent, about } = await world()
    mailbox.deliver(postfixBounce(about))
    const readings = await Promise.all([readMailbox(ctx, agent.id), readMailbox(ctx, agent.id), readMailbox(ctx, agent.id)])
    expect(readings.filter((reading) => reading !== null)).toHaveLength(1)
    expect(mailbox.commands.filter((command) => command.startsWith('EXAMINE'))).toHaveLength(1)
  })

  test('of an uncertain notice proves that it left', async () => {
    const { agent, sent, about } = await world({ state: 'uncertain', recipients: ['x@shop.example', 'y@shop.example'] })
    mailbox.deliver(postfixBounce(about))
    await readMailbox(ctx, agent.id)
    const [now] = await db().select().from(noticeMessages).where(eq(noticeMessages.id, sent.id))
    expect(now).toMatchObject({ state: 'sent', claimToken: null })
    expect(now?.sentAt).not.toBeNull()
    expect(await outcomes(sent.id)).toEqual({ 'x@shop.example': 'bounced', 'y@shop.example': 'accepted' })
    expect(await eventsOf(sent.id)).toEqual([
      ['uncertain', 'uncertain', 'bounced'],
      ['uncertain', 'sent', 'bounce-evidence'],
    ])
  })

  test('that is passing is written down, and flags the address after three notices in a row', async () => {
    const { agent, customer, about } = await world()
    const full = { status: '5.2.2', diagnostic: '552 5.2.2 mailbox full' }
    mailbox.deliver(postfixBounce(about, full))
    await readMailbox(ctx, agent.id)
    expect(await flags()).not.toContain(about.customer)
    for (const _ of [2, 3]) {
      const next = await notice(agent.id, customer.id, [about.customer])
      mailbox.deliver(postfixBounce({ ...about, notice: next.messageId, own: next.id }, full))
    }
    await due(agent.id)
    await readMailbox(ctx, agent.id)
    expect(await flags()).toContain(about.customer)
    expect(await tasks(customer.id)).toHaveLength(1)
  })

  test('that says it goes on trying changes no outcome', async () => {
    const { agent, sent, about } = await world()
    mailbox.deliver(postfixBounce(about, { action: 'delayed', status: '4.4.1' }))
    await readMailbox(ctx, agent.id)
    expect(await outcomes(sent.id)).toEqual({ [about.customer]: 'accepted' })
    expect(await eventsOf(sent.id)).toEqual([['sent', 'sent', 'delivery-delayed']])
  })
})

describe('a forged bounce', () => {
  test('of a notice that left from another account, that never left, or that does not exist, is left alone', async () => {
    const mine = await world()
    const others = await world()
    const planned = await world({ state: 'planned' })
    mailbox.deliver(postfixBounce({ ...others.about, agent: mine.account.address }))
    mailbox.deliver(postfixBounce({ ...mine.about, notice: '<made.up@agency.example>', own: 'a' }))
    mailbox.deliver(postfixBounce({ ...planned.about, own: 'b' }))
    expect(await readMailbox(ctx, mine.agent.id)).toMatchObject({ looked: 3, bounces: 0 })
    expect(await readMailbox(ctx, planned.agent.id)).toMatchObject({ bounces: 0 })
    expect(await flags()).not.toContain(others.about.customer)
    expect(await outcomes(others.sent.id)).toEqual({ [others.about.customer]: 'accepted' })
    expect(await tasks(others.customer.id)).toEqual([])
  })

  test('of an address that the notice was not written to flags nothing', async () => {
    const { agent, sent, about } = await world()
    mailbox.deliver(postfixBounce({ ...about, customer: 'gerente@shop.example' }))
    expect(await readMailbox(ctx, agent.id)).toMatchObject({ bounces: 0 })
    expect(await flags()).not.toContain('gerente@shop.example')
    expect(await outcomes(sent.id)).toEqual({ [about.customer]: 'accepted' })
  })
})

describe('an answer that arrives', () => {
  test('stands with the notice and opens one follow-up, whatever goes back and forth', async () => {
    const { agent, customer, sent, about } = await world()
    mailbox.deliver(reply(about, { text: 'Pagamos el viernes.\u202e <script>' }))
    mailbox.deliver(reply({ ...about, own: `${about.own}b` }, { text: 'Perdón, el lunes.' }))
    expect(await readMailbox(ctx, agent.id)).toMatchObject({ looked: 2, replies: 2 })
    expect((await arrived(sent.id)).map(({ kind, fromAddress, body }) => [kind, fromAddress, body])).toEqual([
      ['reply', about.customer, 'Pagamos el viernes. <script>'],
      ['reply', about.customer, 'Perdón, el lunes.'],
    ])
    const all = await tasks(customer.id)
    expect(all).toMatchObject([{ subject: 'Respuesta de Lucía Pérez al aviso', ownerId: agent.id }])
    expect(all[0]?.description).toContain('Pagamos el viernes.')
  })

  test.each(['auto-submitted', 'subject-es', 'subject-en', 'precedence', 'x-autoreply'] as const)(
    'by a machine (%s) does not count',
    async (by) => {
      const { agent, customer, sent, about } = await world()
      mailbox.deliver(autoReply(about, by))
      expect(await readMailbox(ctx, agent.id)).toMatchObject({ looked: 1, replies: 0 })
      expect(await arrived(sent.id)).toEqual([])
      expect(await tasks(customer.id)).toEqual([])
    },
  )

  test('of the agent themselves is none, and of an uncertain notice it proves that it left', async () => {
    const { agent, account, sent, about } = await world({ state: 'uncertain' })
    mailbox.deliver(reply({ ...about, customer: account.address, own: `${about.own}self` }))
    await readMailbox(ctx, agent.id)
    expect(await arrived(sent.id)).toEqual([])
    mailbox.deliver(reply(about))
    await due(agent.id)
    await readMailbox(ctx, agent.id)
    const [now] = await db().select().from(noticeMessages).where(eq(noticeMessages.id, sent.id))
    expect(now?.state).toBe('sent')
  })
})

describe('reading', () => {
  test('looks into private mails no further than their header, and changes nothing in the mailbox', async () => {
    const { agent, about } = await world()
    const secret = mailbox.deliver(privateMail(about))
    const bounce = mailbox.deliver(postfixBounce(about))
    await readMailbox(ctx, agent.id)
    const whole = mailbox.commands.filter((command) => /BODY\.PEEK\[\]/.test(command))
    expect(whole.map((command) => command.split(' ')[2])).toEqual([String(bounce)])
    expect(secret).toBe(1)
    const known =
      /^(?:CAPABILITY|ID|NAMESPACE|LIST|LSUB|LOGIN|AUTHENTICATE|EXAMINE|UID SEARCH|UID FETCH|NOOP|CLOSE|UNSELECT|LOGOUT)\b/
    expect(mailbox.commands.filter((command) => !known.test(command))).toEqual([])
    expect(mailbox.commands.filter((command) => /BODY\[/.test(command))).toEqual([])
  })

  test('goes on where it ended, and takes a long mailbox in pieces', async () => {
    const { agent, about } = await world()
    for (let index = 0; index < 620; index += 1) mailbox.deliver(privateMail({ ...about, own: String(index) }))
    mailbox.deliver(postfixBounce(about))
    expect(await readMailbox(ctx, agent.id)).toMatchObject({ looked: 500, bounces: 0, more: true })
    expect(await readMailbox(ctx, agent.id)).toMatchObject({ looked: 121, bounces: 1, more: false })
  })

  test('begins a week back', async () => {
    const { agent, sent, about } = await world()
    mailbox.deliver(reply({ ...about, own: 'old' }), { receivedAt: new Date('2026-02-01T00:00:00Z') })
    mailbox.deliver(reply(about), { receivedAt: new Date('2026-02-27T00:00:00Z') })
    expect(await readMailbox(ctx, agent.id)).toMatchObject({ looked: 1, replies: 1 })
    expect(await arrived(sent.id)).toHaveLength(1)
  })

  test('of a mailbox with nothing new leaves its history alone, and takes the next mail however old its date is', async () => {
    const { agent, about } = await world()
    for (let index = 0; index < 5; index += 1)
      mailbox.deliver(privateMail({ ...about, own: String(index) }), { receivedAt: new Date('2025-06-01T00:00:00Z') })
    expect(await readMailbox(ctx, agent.id)).toMatchObject({ looked: 0 })
    mailbox.deliver(reply(about), { receivedAt: new Date('2025-06-01T00:00:00Z') })
    await due(agent.id)
    expect(await readMailbox(ctx, agent.id)).toMatchObject({ looked: 1, replies: 1 })
  })

  test('stops at a refused password until the account is saved, and says so', async () => {
    const { agent } = await world()
    mailbox.state.refusal = 'password revoked'
    expect(await readMailbox(ctx, agent.id)).toBeNull()
    const now = await stored(agent.id)
    expect(now.imapError).toMatch(/^mail-account-refused: .*password revoked/)
    expect(now.imapError).not.toContain('clave')
    expect(now.imapStoppedAt).not.toBeNull()
    await due(agent.id)
    const before = mailbox.connections
    await readMailbox(ctx, agent.id)
    expect(mailbox.connections).toBe(before)
  })

  test('waits longer after each failure of the server, and forgets them when it is back', async () => {
    const { agent } = await world()
    mailbox.state.fault = (command) => (command === 'EXAMINE' ? 'drop' : null)
    await readMailbox(ctx, agent.id)
    expect(await stored(agent.id)).toMatchObject({
      imapFailures: 1,
      imapStoppedAt: null,
      imapError: expect.stringMatching(/^mail-server-unreachable/),
    })
    expect(await readMailbox(ctx, agent.id)).toBeNull()
    await due(agent.id)
    mailbox.state.fault = null
    expect(await readMailbox(ctx, agent.id)).not.toBeNull()
    expect(await stored(agent.id)).toMatchObject({ imapFailures: 0, imapError: null, imapReadAt: ctx.now() })
  })

  test('of a folder that is not there says which', async () => {
    const { agent } = await world({ account: { imapFolder: 'Otra' } })
    await readMailbox(ctx, agent.id)
    expect((await stored(agent.id)).imapError).toBe('mail-folder-missing: Otra')
  })

  test('a header of megabytes and a mail that no parser takes hold nobody up', async () => {
    const { agent, about } = await world()
    const huge = Buffer.concat([Buffer.from('Subject: '), Buffer.alloc(3_000_000, 'x'), Buffer.from('\r\n\r\nhi')])
    const deep = Array.from({ length: 3000 }, (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`)
    mailbox.deliver(huge)
    mailbox.deliver(Buffer.from(`From: MAILER-DAEMON@x.example\r\n${deep.join('')}`))
    mailbox.deliver(postfixBounce(about))
    expect(await readMailbox(ctx, agent.id)).toMatchObject({ looked: 3, bounces: 1 })
  })

  test('read-mailboxes rings for each mailbox whose time has come, and read-mailbox may run twice', async () => {
    const { agent, sent, about } = await world()
    const { agent: off } = await world({ account: { imapHost: null } })
    mailbox.deliver(postfixBounce(about))
    ctx.rung.length = 0
    await readMailboxesJob.perform(ctx, {})
    const rung = ctx.rung.map(({ payload }) => (payload as { id: string }).id)
    expect(rung).toContain(agent.id)
    expect(rung).not.toContain(off.id)
    await readMailboxJob.perform(ctx, { id: agent.id })
    await readMailboxJob.perform(ctx, { id: agent.id })
    expect(await arrived(sent.id)).toHaveLength(1)
    ctx.rung.length = 0
    await readMailboxesJob.perform(ctx, {})
    expect(ctx.rung.map(({ payload }) => (payload as { id: string }).id)).not.toContain(agent.id)
  })
})

describe('looking up by Message-ID', () => {
  test('finds what lies in the sent folder; what is not there proves nothing, and a mailbox that is not read neither', async () => {
    const { agent, about } = await world()
    mailbox.deliver(Buffer.from(`Message-ID: ${about.notice}\r\n\r\nhola`), { folder: 'Enviados' })
    const found = await findByMessageId(ctx, agent.id, [about.notice, '<other@agency.example>'])
    expect([...(found ?? [])]).toEqual([about.notice])
    const { agent: off } = await world({ account: { imapHost: null } })
    expect(await findByMessageId(ctx, off.id, [about.notice])).toBeNull()
    mailbox.state.refusal = 'no'
    expect(await findByMessageId(ctx, agent.id, [about.notice])).toBeNull()
  })
})
