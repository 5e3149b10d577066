import { randomUUID } from 'node:crypto'
import { appendFile, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LiveChange } from '@cartera/contract/live'
import { auditLog } from '@cartera/db/schema/audit'
import { contactAttempts, customers, mailAddressFlags } from '@cartera/db/schema/customers'
import { followUps } from '@cartera/db/schema/follow-ups'
import { installationEpoch, noticeEvents, noticeMessages } from '@cartera/db/schema/notices'
import { company, mailAccounts } from '@cartera/db/schema/organisation'
import { aCompany, aCustomer, aMailAccount, aReceivable, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { eq, sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AppContext } from '../app-context.ts'
import { listenForChanges } from '../live/listen-for-changes.ts'
import { testContext } from '../testing/test-context.ts'
import { testMailServer } from '../testing/test-mail-server.ts'
import { claimNotices, findDueSenders, giveBack } from './claim-notices.ts'
import { confirmEpoch, findEpoch, keepBeating } from './installation-epoch.ts'
import { Departed, makeClaimToken, startLiving } from './living-process.ts'
import { makeNoticeMails } from './message-content.ts'
import { type JournalLine, NoticeJournal } from './notice-journal.ts'
import { epochOfMachine } from './open-sending.ts'
import { planDay } from './plan-day.ts'
import { startSending } from './run-sending.ts'
import { seekEvidence, seekEvidenceJob } from './seek-evidence.ts'
import { dispatchNotice, sendDueNotices, sendingProblem } from './send-notices.ts'
import type { Sending } from './sending.ts'
import { settleByEvidence } from './settle-uncertain.ts'
import { sweepNotices, takeBack } from './sweep-notices.ts'

const database = testDatabase()
const ctx = testContext(database)
const smtp = testMailServer()
const db = () => database.db

/** A busy machine takes its time; what never comes fails all the same. */
const patience = { timeout: 30_000 }

/** Wednesday 11 March 2026: reminders of what is due on the 18th mature. */
const day = '2026-03-11'
let agentId = ''

beforeEach(async () => {
  await db().execute(sql`truncate company, holidays, notice_rules, notice_rule_versions, notice_settings, notice_messages, notice_items,
    notice_recipients, notice_events, receivables, documents, contacts, customers, mail_accounts, installation_epoch, mail_address_flags,
    contact_attempts, follow_ups, notice_workers cascade`)
  ctx.at(`${day}T15:00:00Z`)
  const administrator = await aUser(db())
  await aCompany(db(), { noticeActive: true, administratorId: administrator.id })
  agentId = (await aUser(db())).id
  await aMailAccount(db(), { userId: agentId, port: smtp.port, address: 'cobranza@andina.test' })
})

const indebted = async (count = 1, over: Partial<typeof customers.$inferInsert> = {}) => {
  for (let n = 0; n < count; n += 1) {
    const customer = await aCustomer(db(), { collectionsAgentId: agentId, ...over })
    await aReceivable(db(), { customerId: customer.id, dueOn: '2026-03-18' })
  }
}
const messages = () =>
  db()
    .select({
      id: noticeMessages.id,
      state: noticeMessages.state,
      reason: noticeMessages.reason,
      attempt: noticeMessages.attempt,
      token: noticeMessages.claimToken,
      messageId: noticeMessages.messageId,
      nextAttemptAt: noticeMessages.nextAttemptAt,
    })
    .from(noticeMessages)
    .orderBy(noticeMessages.id)
const only = async () => {
  const [message] = await messages()
  if (!message) throw new Error('there should be a message')
  return message
}
const countsOfStates = async () => {
  const counts: Record<string, number> = {}
  for (const { state, reason } of await messages()) {
    const key = reason === null ? state : `${state} ${reason}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}
const eventsOf = async (id: string) =>
  (await db().select().from(noticeEvents).where(eq(noticeEvents.messageId, id)).orderBy(noticeEvents.at, noticeEvents.id)).map(
    ({ toState, reason }) => (reason === null ? toState : `${toState} ${reason}`),
  )
const folder = () => mkdtemp(join(tmpdir(), 'cartera-journal-'))
const journals: NoticeJournal[] = []
const journalIn = (dir: string) => {
  const journal = new NoticeJournal(dir)
  journals.push(journal)
  return journal
}
afterAll(() => Promise.all(journals.map((journal) => journal.close())))
/** Another process: a context of its own over the same database. */
const another = async (over: Partial<Sending> = {}) => {
  const journal = over.journal ?? journalIn(await folder())
  const sending: Sending = { epoch: 'test', lanes: 4, leaseSeconds: 300, host: 'test', ...over, journal }
  const context = testContext(database, { sending })
  context.at(`${day}T15:00:00Z`)
  return context
}
const lineFor = (message: { id: string; token: string | null }): JournalLine => ({
  messageId: message.id,
  token: message.token ?? '',
  attempt: 1,
  accepted: ['ana@cliente.test'],
  refused: [],
  response: '250 from the journal',
  at: `${day}T15:00:01.000Z`,
})
/** A message whose worker died after the server had taken it. */
const inDoubt = async () => {
  await indebted()
  await planDay(ctx, day)
  smtp.faults.dropAfterDot = 'written'
  const { id } = await only()
  await dispatchNotice(ctx, id)
  expect((await only()).state).toBe('uncertain')
  return only()
}

describe('the journal', () => {
  test('what it says of an uncertain message settles it, with the evidence in its history and once as a contact', async () => {
    const message = await inDoubt()
    const dir = await folder()
    const former = journalIn(dir)
    await former.append(lineFor(message))
    // The process ends here; its next life finds the line.
    const next = await another({ journal: journalIn(dir) })
    await sweepNotices(next)
    await sweepNotices(next)
    expect(await only()).toMatchObject({ state: 'sent', reason: null })
    expect((await eventsOf(message.id)).at(-1)).toBe('sent journal-evidence')
    expect(await db().select().from(contactAttempts)).toHaveLength(1)
  })

  test('a torn last line and foreign lines are passed over; the lines before them count', async () => {
    const message = await inDoubt()
    const dir = await folder()
    const former = journalIn(dir)
    await former.append(lineFor(message))
    const [file = ''] = await readdir(dir)
    await appendFile(join(dir, file), `{"nonsense":1}\n${JSON.stringify(lineFor(message)).slice(0, 40)}`)
    await sweepNotices(await another({ journal: journalIn(dir) }))
    expect((await only()).state).toBe('sent')
  })

  test.each([
    ['is planned again', { state: 'planned' as const, claimToken: null }],
    ['is in doubt again, under another claim', { state: 'uncertain' as const, claimToken: randomUUID() }],
  ])('a line of an earlier claim settles nothing once somebody has decided and it %s', async (_, now) => {
    const message = await inDoubt()
    const dir = await folder()
    await journalIn(dir).append(lineFor(message))
    await db().update(noticeMessages).set(now).where(eq(noticeMessages.id, message.id))
    await sweepNotices(await another({ journal: journalIn(dir) }))
    expect((await only()).state).toBe(now.state)
  })

  test('an acceptance is written down before the database is told, and is gone once it was', async () => {
    await indebted()
    await planDay(ctx, day)
    const dir = await folder()
    const worker = await another({ journal: journalIn(dir) })
    // The database takes no outcome: what the server said stands in the journal alone.
    await db().execute(sql`alter table contact_attempts add constraint refuse_all check (false) not valid`)
    const sending = sendDueNotices(worker)
    await expect.poll(async () => (await readJournal(dir)).length, patience).toBe(1)
    expect((await only()).state).toBe('dispatching')
    await db().execute(sql`alter table contact_attempts drop constraint refuse_all`)
    // A moment without the database does not lose it.
    expect(await sending).toEqual({ sent: 1, problem: null })
    await sweepNotices(worker)
    expect((await only()).state).toBe('sent')
    await worker.sending?.journal.close()
    expect(await readJournal(dir)).toEqual([])
    expect(smtp.received).toHaveLength(1)
  })

  test('without a journal that can be written nothing is sent, and the worker says why', async () => {
    await indebted()
    await planDay(ctx, day)
    const file = join(await folder(), 'a file')
    await writeFile(file, '')
    const worker = await another({ journal: journalIn(join(file, 'below')) })
    expect(await sendDueNotices(worker)).toMatchObject({ sent: 0, problem: { reason: 'journal-unwritable' } })
    const { id } = await only()
    expect(await dispatchNotice(worker, id)).toBeNull()
    expect(smtp.received).toEqual([])
    expect((await only()).state).toBe('planned')
  })
})

const readJournal = async (dir: string) => {
  const texts = await Promise.all(
    (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).map((name) => readFile(join(dir, name), 'utf8')),
  )
  return texts
    .join('')
    .split('\n')
    .filter((line) => line !== '')
}

describe('the machine that sends', () => {
  test('the first one is written down; another one sends nothing until it is confirmed, and then the first one does not', async () => {
    await indebted(2)
    await planDay(ctx, day)
    expect(await sendingProblem(ctx)).toBeNull()
    expect(await findEpoch(db())).toMatchObject({ epoch: 'test' })
    const clone = await another({ epoch: 'clone' })
    expect(await sendDueNotices(clone)).toMatchObject({ sent: 0, problem: { reason: 'epoch-mismatch' } })
    expect(smtp.received).toEqual([])
    // Nor does it claim anything, should it have been stopped between the two.
    const [due] = await findDueSenders(db())
    if (!due || !clone.sending) throw new Error('something should be due')
    expect(await claimNotices(clone, clone.sending, due, 2)).toEqual([])
    // Planning goes on.
    await indebted()
    expect((await planDay(clone, day)).written).toHaveLength(1)
    await confirmEpoch(clone, { userId: agentId }, 'clone')
    expect(await sendDueNotices(ctx)).toMatchObject({ sent: 0, problem: { reason: 'epoch-mismatch' } })
    expect(await sendDueNotices(clone)).toEqual({ sent: 3, problem: null })
    const audit = await db().select().from(auditLog).where(eq(auditLog.entity, 'installation-epoch'))
    expect(audit).toMatchObject([{ actorId: agentId, changes: { epoch: ['test', 'clone'] } }])
  })

  test('a machine that is replaced while it sends is stopped at the gate', async () => {
    await indebted()
    await planDay(ctx, day)
    const receivable = await database.pool.connect()
    await receivable.query('begin')
    await receivable.query('select 1 from receivables for update')
    const sending = sendDueNotices(ctx)
    await expect.poll(async () => (await only()).state, patience).toBe('claimed')
    await db().update(installationEpoch).set({ epoch: 'clone' })
    await receivable.query('rollback')
    receivable.release()
    await sending
    expect(smtp.received).toEqual([])
    expect((await only()).state).toBe('planned')
  })

  test('a database that knows less than the machine was restored from a backup: nothing leaves until somebody confirms', async () => {
    await indebted()
    await planDay(ctx, day)
    const worker = await another()
    const { sending } = worker
    if (!sending) throw new Error('no sending')
    expect(await sendingProblem(worker)).toBeNull()
    await keepBeating(worker, sending)
    const backup = await db().select().from(installationEpoch)
    await keepBeating(worker, sending)
    expect(await sendingProblem(worker)).toBeNull()
    // Restored: the row is as it was.
    await db()
      .update(installationEpoch)
      .set(backup[0] ?? {})
    expect(await sendingProblem(worker)).toMatchObject({ reason: 'database-restored' })
    expect(await sendDueNotices(worker)).toMatchObject({ sent: 0 })
    await confirmEpoch(worker, null, 'test')
    expect(await sendDueNotices(worker)).toEqual({ sent: 1, problem: null })
    // A backup from before the check, of a database that has sent.
    await keepBeating(worker, sending)
    await db().delete(installationEpoch)
    expect(await sendingProblem(worker)).toMatchObject({ reason: 'epoch-missing' })
  })

  test('a machine keeps its name with its journal; a copy on another machine gets a name of its own', async () => {
    const dir = await folder()
    const name = epochOfMachine(dir, 'machine one')
    expect(epochOfMachine(dir, 'machine one')).toBe(name)
    expect(epochOfMachine(dir, null)).toBe(name)
    const copy = epochOfMachine(dir, 'machine two')
    expect(copy).not.toBe(name)
    expect(epochOfMachine(dir, 'machine two')).toBe(copy)
  })
})

test('what is planned and what is sent is told to those who look on, once it is committed', async () => {
  const heard: LiveChange[] = []
  let ready = () => {}
  const listening = new Promise<void>((resolve) => {
    ready = resolve
  })
  const listener = listenForChanges(ctx, {
    changes: (changes) => heard.push(...(changes === 'many' ? [] : changes)),
    connected: () => ready(),
  })
  await listening
  await indebted(3)
  await planDay(ctx, day)
  const ids = (await messages()).map(({ id }) => id).sort()
  const told = (action: string) => [...new Set(heard.flatMap((each) => (each.action === action ? [each.id] : [])))].sort()
  await expect.poll(() => told('change'), patience).toEqual(ids)
  expect(told('send')).toEqual([])
  expect(await sendDueNotices(ctx)).toMatchObject({ sent: 3 })
  await expect.poll(() => told('send'), patience).toEqual(ids)
  expect(heard.every((each) => each.entity === 'notice')).toBe(true)
  await listener.close()
})

describe('caps', () => {
  test('an account sends no more than its cap a day, by any number of workers; the rest waits for tomorrow without an attempt', async () => {
    await db().update(mailAccounts).set({ dailyCap: 5 })
    await indebted(12)
    await planDay(ctx, day)
    const workers = [ctx, await another(), await another()]
    await Promise.all(workers.map((worker) => sendDueNotices(worker)))
    expect(smtp.received).toHaveLength(5)
    expect(await countsOfStates()).toEqual({ sent: 5, 'deferred account-cap': 7 })
    expect((await messages()).filter((each) => each.state === 'deferred').every((each) => each.attempt === 0)).toBe(true)
    // Until midnight in Bogotá: fourteen hours from now.
    const { rows } = await db().execute<{ hours: number }>(
      sql`select distinct round(extract(epoch from next_attempt_at - now()) / 3600)::integer as hours from notice_messages where state = 'deferred'`,
    )
    expect(rows).toEqual([{ hours: 14 }])
    ctx.at('2026-03-12T15:00:00Z')
    await db()
      .update(noticeMessages)
      .set({ nextAttemptAt: sql`statement_timestamp()` })
      .where(eq(noticeMessages.state, 'deferred'))
    await sendDueNotices(ctx)
    expect(smtp.received).toHaveLength(10)
  })

  test('a notice whose agent changes after it was planned counts for the new agent’s account', async () => {
    const other = await aUser(db())
    await aMailAccount(db(), { userId: other.id, port: smtp.port, dailyCap: 1 })
    await indebted(2)
    await planDay(ctx, day)
    await db().update(customers).set({ collectionsAgentId: other.id })
    await sendDueNotices(ctx)
    expect(await countsOfStates()).toEqual({ sent: 1, 'deferred account-cap': 1 })
  })

  test.each([
    ['the account', 'account-cap', () => db().update(mailAccounts).set({ dailyCap: 1 })],
    ['the domain', 'domain-cap', () => db().update(company).set({ noticeDomainHourlyCap: 1 })],
  ] as const)('what nobody knows whether it left counts as sent: %s', async (_, reason, cap) => {
    await indebted(1, { email: 'uno@mismo.test' })
    await planDay(ctx, day)
    smtp.faults.dropAfterDot = 'lost'
    await sendDueNotices(ctx)
    delete smtp.faults.dropAfterDot
    await cap()
    await indebted(1, { email: 'dos@mismo.test' })
    await planDay(ctx, day)
    await sendDueNotices(ctx)
    expect(smtp.received).toEqual([])
    expect(await countsOfStates()).toEqual({ 'uncertain reply-lost': 1, [`deferred ${reason}`]: 1 })
  })

  test.each([
    [
      'an account',
      () => `hashtext('cartera notice account'), hashtext('${agentId}')`,
      () => db().update(mailAccounts).set({ dailyCap: 5 }),
    ],
    ['the domains', () => `hashtext('cartera notice domains')`, () => db().update(company).set({ noticeDomainHourlyCap: 5 })],
  ])('whoever counts what may still leave to %s waits for who is counting', async (_, lock, cap) => {
    await cap()
    await indebted()
    await planDay(ctx, day)
    expect(await sendingProblem(ctx)).toBeNull()
    const [due] = await findDueSenders(db())
    if (!due || !ctx.sending) throw new Error('something should be due')
    const counting = await database.pool.connect()
    try {
      await counting.query('begin')
      await counting.query(`select pg_advisory_xact_lock(${lock()})`)
      let claimed = false
      const claiming = claimNotices(ctx, ctx.sending, due, 1).then((claims) => {
        claimed = true
        return claims
      })
      const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted`
      await expect.poll(async () => claimed || (await database.pool.query(waiting)).rowCount === 1, patience).toBe(true)
      expect(claimed).toBe(false)
      await counting.query('rollback')
      expect(await claiming).toHaveLength(1)
    } finally {
      counting.release()
    }
  })

  test('a full account or domain does not keep the others waiting', async () => {
    await db().update(company).set({ noticeDomainHourlyCap: 3 })
    const customerOf = (domain: string) => (n: number) => ({ email: `pago${n}@${domain}` })
    for (let n = 0; n < 6; n += 1) await indebted(1, customerOf('grande.test')(n))
    for (let n = 0; n < 2; n += 1) await indebted(1, customerOf('chico.test')(n))
    await planDay(ctx, day)
    await Promise.all([sendDueNotices(ctx), sendDueNotices(await another())])
    const to = smtp.received.flatMap((each) => each.to.map((address) => address.split('@')[1]))
    expect(to.filter((domain) => domain === 'grande.test')).toHaveLength(3)
    expect(to.filter((domain) => domain === 'chico.test')).toHaveLength(2)
    expect(await countsOfStates()).toEqual({ sent: 5, 'deferred domain-cap': 3 })
    expect((await messages()).filter((each) => each.state === 'deferred').every((each) => each.attempt === 0)).toBe(true)
    ctx.at(`${day}T16:00:30Z`)
    await db()
      .update(noticeMessages)
      .set({ nextAttemptAt: sql`statement_timestamp()` })
      .where(eq(noticeMessages.state, 'deferred'))
    await sendDueNotices(ctx)
    expect(await countsOfStates()).toEqual({ sent: 8 })
  })
})

describe('a server that is away', () => {
  test('is tried by what was ready at most, and then left alone until its time comes', async () => {
    await db().update(mailAccounts).set({ port: 1 })
    await indebted(6)
    await planDay(ctx, day)
    const worker = await another()
    await sendDueNotices(worker, { lanes: 1 })
    const counts = await countsOfStates()
    // A single lane makes two ready.
    expect(counts['deferred connection-failed']).toBeLessThanOrEqual(2)
    await sendDueNotices(worker, { lanes: 1 })
    expect(await countsOfStates()).toEqual(counts)
  })

  test('one that was away when it was last tried is tried by a single message, however many lanes there are', async () => {
    await db().update(mailAccounts).set({ port: 1, connectFailures: 2 })
    await indebted(8)
    await planDay(ctx, day)
    await sendDueNotices(await another(), { lanes: 4 })
    expect(await countsOfStates()).toEqual({ 'deferred connection-failed': 1, planned: 7 })
  })

  test('one message tries, the others wait untouched, and other senders go on', async () => {
    await db().update(mailAccounts).set({ port: 1 })
    await indebted(5)
    const dead = agentId
    agentId = (await aUser(db())).id
    await aMailAccount(db(), { userId: agentId, port: smtp.port })
    await indebted(3)
    await planDay(ctx, day)
    await sendDueNotices(ctx)
    expect(smtp.received).toHaveLength(3)
    const counts = await countsOfStates()
    expect(counts.sent).toBe(3)
    expect((counts.planned ?? 0) + (counts['deferred connection-failed'] ?? 0)).toBe(5)
    expect((await messages()).filter((each) => each.state !== 'sent').every((each) => each.attempt === 0)).toBe(true)
    const [account] = await db().select().from(mailAccounts).where(eq(mailAccounts.userId, dead))
    expect(account?.connectFailures).toBeGreaterThan(0)
    // It is back: the failures are forgotten with the first mail.
    await db().update(mailAccounts).set({ port: smtp.port, unreachableUntil: null }).where(eq(mailAccounts.userId, dead))
    await db()
      .update(noticeMessages)
      .set({ nextAttemptAt: sql`statement_timestamp()` })
      .where(eq(noticeMessages.state, 'deferred'))
    await sendDueNotices(ctx)
    expect(smtp.received).toHaveLength(8)
    const [again] = await db().select().from(mailAccounts).where(eq(mailAccounts.userId, dead))
    expect(again).toMatchObject({ connectFailures: 0, unreachableUntil: null })
  })

  test('a refused password leaves the rest of its messages without an attempt, on the audit log', async () => {
    await db()
      .update(mailAccounts)
      .set({ username: 'x', passwordEncrypted: ctx.secrets.encrypt('mala') })
    smtp.faults.auth = { code: 535, message: 'bad credentials' }
    await indebted(8)
    await planDay(ctx, day)
    const worker = await another()
    for (let run = 0; run < 2; run += 1) await sendDueNotices(worker, { lanes: 4 })
    expect(await countsOfStates()).toEqual({ 'held no-sender': 8 })
    // A server that counts wrong passwords hears this one once from each lane, and not again for those that were ready.
    expect(smtp.connections).toBeLessThanOrEqual(4)
    expect((await messages()).every((each) => each.attempt === 0)).toBe(true)
    const audit = await db().select().from(auditLog).where(eq(auditLog.entityId, agentId))
    expect(audit).toMatchObject([{ actorId: null, entity: 'mail-account', changes: { state: ['verified', 'paused'] } }])
  })
})

test('a password that somebody corrects while the old one is refused: the account stays as they left it', async () => {
  await db()
    .update(mailAccounts)
    .set({ username: 'x', passwordEncrypted: ctx.secrets.encrypt('mala') })
  smtp.faults.auth = { code: 535, message: 'bad credentials' }
  await indebted()
  await planDay(ctx, day)
  const worker = await another({
    makeMails: async (...asked) => {
      await db().update(mailAccounts).set({ version: sql`version + 1` })
      return makeNoticeMails(...asked)
    },
  })
  await dispatchNotice(worker, (await only()).id)
  expect(await db().select().from(mailAccounts)).toMatchObject([{ state: 'verified', lastError: null }])
  expect(await db().select().from(auditLog).where(eq(auditLog.entityId, agentId))).toEqual([])
})

describe('an answer that comes after the lease has ended', () => {
  const answering = async (fault: { code: number; message: string } | null) => {
    await indebted()
    await planDay(ctx, day)
    smtp.faults.data = async () => {
      await db()
        .update(noticeMessages)
        .set({ leaseUntil: new Date(0) })
      await sweepNotices(ctx)
      expect(await countsOfStates()).toEqual({ 'uncertain lease-expired': 1 })
      return fault
    }
    await dispatchNotice(await another(), (await only()).id)
    return countsOfStates()
  }

  test('and accepts the message settles it', async () => {
    expect(await answering(null)).toEqual({ sent: 1 })
  })

  test('and refuses it leaves it to whoever looks: somebody may be deciding', async () => {
    expect(await answering({ code: 554, message: 'no thanks' })).toEqual({ 'uncertain lease-expired': 1 })
  })
})

describe('the gate', () => {
  test.each([
    ['promised', "update receivables set promised_until = '2026-03-20'"],
    ['paused', "update receivables set notices_paused_until = '2026-03-20'"],
    ['disputed', 'update receivables set disputed_at = now()'],
    ['smaller', 'update receivables set balance_minor = 5'],
    ['due on another day', "update receivables set due_on = '2026-03-19'"],
    ['one of a paused customer', "update customers set notices_paused_until = '2026-03-20'"],
    ['one of a customer who left', "update customers set status = 'inactive'"],
    ['one of a deleted customer', 'update customers set deleted_at = now()'],
    ['one whose lease has ended', "update notice_messages set lease_until = now() - interval '1 second'"],
    ['one of a company that switched notices off', 'update company set notice_active = false, version = version + 1'],
    ['nobody’s machine', "update installation_epoch set epoch = 'clone'"],
  ] as const)('what has become %s while the server waits for the dot does not leave as it is', async (_what, change) => {
    await indebted()
    await planDay(ctx, day)
    const { id } = await only()
    const client = await database.pool.connect()
    await client.query('begin')
    await client.query('select 1 from receivables for update')
    const sending = dispatchNotice(ctx, id)
    const waiting = `select count(*)::int as locks from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    await expect.poll(async () => (await database.pool.query(waiting)).rows[0].locks, patience).toBe(1)
    await client.query(change)
    await client.query('commit')
    client.release()
    await sending
    expect((await eventsOf(id)).slice(0, 3)).toEqual(['planned', 'claimed', 'planned changed-at-gate'])
  })
})

describe('outcomes', () => {
  test('an address refused for good is flagged, with one task for the agent', async () => {
    smtp.faults.rcpt = () => ({ code: 550, message: 'no such mailbox' })
    await indebted(1, { email: 'Mala@cliente.test' })
    await planDay(ctx, day)
    await sendDueNotices(ctx)
    await db().update(noticeMessages).set({ state: 'planned', nextAttemptAt: null })
    await sendDueNotices(ctx)
    expect(await db().select().from(mailAddressFlags)).toMatchObject([{ address: 'mala@cliente.test', reason: 'refused' }])
    expect(await db().select().from(followUps)).toMatchObject([
      { ownerId: agentId, subject: 'Corregir la dirección de correo mala@cliente.test' },
    ])
  })

  test('a refusal for now flags nobody', async () => {
    smtp.faults.rcpt = () => ({ code: 450, message: 'greylisted' })
    await indebted()
    await planDay(ctx, day)
    await sendDueNotices(ctx)
    expect(await db().select().from(mailAddressFlags)).toEqual([])
    expect(await countsOfStates()).toEqual({ 'deferred refused-temporarily': 1 })
  })

  test('evidence settles uncertain messages alone, and says where it came from', async () => {
    const message = await inDoubt()
    const evidence = { messageId: message.messageId, detail: 'postfix: sent', outcome: 'accepted' as const }
    expect(await settleByEvidence(ctx, 'relay-evidence', [evidence, { ...evidence, messageId: '<unknown@x>' }])).toEqual({
      sent: 1,
      failed: 0,
      untouched: 1,
    })
    expect(await settleByEvidence(ctx, 'relay-evidence', [{ ...evidence, outcome: 'refused' }])).toMatchObject({ untouched: 1 })
    expect((await eventsOf(message.id)).at(-1)).toBe('sent relay-evidence')
    expect(await db().select().from(contactAttempts)).toHaveLength(1)
  })
})

describe('the mailbox as evidence', () => {
  test('found in the sent folder: sent; not found proves nothing and is said once; a mailbox that cannot be read is asked again', async () => {
    const message = await inDoubt()
    await seekEvidence(ctx, async () => null)
    expect((await eventsOf(message.id)).at(-1)).toBe('uncertain reply-lost')
    await seekEvidence(ctx, async () => new Set())
    await seekEvidence(ctx, async () => new Set())
    expect((await eventsOf(message.id)).slice(-2)).toEqual(['uncertain reply-lost', 'uncertain not-in-mailbox'])
    const asked: string[] = []
    await seekEvidence(ctx, async (_ctx, userId, ids) => {
      asked.push(userId, ...ids)
      return new Set(ids)
    })
    expect(asked).toEqual([agentId, message.messageId])
    expect((await only()).state).toBe('sent')
    expect((await eventsOf(message.id)).at(-1)).toBe('sent mailbox-evidence')
    // The job itself, twice: nothing is uncertain any more.
    await seekEvidenceJob.perform(ctx, {})
    await seekEvidenceJob.perform(ctx, {})
  })
})

describe('sending in the background', () => {
  test('what is due leaves without any doorbell, and the end gives back what was not begun', async () => {
    await indebted(5)
    await planDay(ctx, day)
    const worker = await another()
    const background = startSending(worker)
    await expect.poll(async () => (await countsOfStates()).sent, patience).toBe(5)
    await background.stop()
    await indebted(1)
    await planDay(ctx, day)
    expect(await countsOfStates()).toEqual({ planned: 1, sent: 5 })
  })

  test('a message that waits without a sender’s account does not stop the rest', async () => {
    await indebted(2)
    await planDay(ctx, day)
    await db().delete(mailAccounts)
    await sendDueNotices(ctx)
    expect(await countsOfStates()).toEqual({ 'held no-sender': 2 })
  })
})

describe('while a message is in hand', () => {
  /** The first message waits at the gate until `end`: somebody has its receivable. */
  const heldUp = async (ids: readonly string[]) => {
    const client = await database.pool.connect()
    await client.query('begin')
    await client.query(
      'select 1 from receivables where id in (select receivable_id from notice_items where message_id = any($1)) for update',
      [ids],
    )
    return {
      async end() {
        await client.query('rollback')
        client.release()
      },
    }
  }
  /** Seconds that are left of the lease of a claimed message. */
  const leftOfLease = async (messageId = '') => {
    const { rows } = await db().execute<{ seconds: number }>(
      sql`select extract(epoch from lease_until - clock_timestamp())::float8 as seconds from notice_messages
        where id = ${messageId} and state = 'claimed'`,
    )
    return rows[0]?.seconds ?? Number.POSITIVE_INFINITY
  }
  const pay = (messageId: string) =>
    db().execute(
      sql`update receivables set balance_minor = 0 where id in (select receivable_id from notice_items where message_id = ${messageId})`,
    )

  test('the next ones are made ready; one of them that is paid before its turn does not leave', async () => {
    await indebted(3)
    await planDay(ctx, day)
    const [first, second, third] = await messages()
    if (!first || !second || !third) throw new Error('there should be three')
    const holding = await heldUp([first.id])
    const sending = sendDueNotices(await another(), { lanes: 1 })
    await expect.poll(countsOfStates, patience).toEqual({ claimed: 3 })
    await pay(second.id)
    await holding.end()
    expect(await sending).toEqual({ sent: 2, problem: null })
    expect(smtp.received).toHaveLength(2)
    expect(await countsOfStates()).toEqual({ sent: 2, 'cancelled paid': 1 })
    expect(await eventsOf(second.id)).toEqual(['planned', 'claimed', 'planned changed-at-gate', 'claimed', 'cancelled paid'])
  })

  test('one that is ready for so long that its lease might not last is given back rather than begun', async () => {
    await indebted(2)
    await planDay(ctx, day)
    const [first, second] = await messages()
    const holding = await heldUp([first?.id ?? ''])
    const sending = sendDueNotices(await another({ leaseSeconds: 5 }), { lanes: 1 })
    await expect.poll(countsOfStates, patience).toEqual({ claimed: 2 })
    await expect.poll(() => leftOfLease(second?.id), patience).toBeLessThan(2.9)
    await holding.end()
    expect(await sending).toEqual({ sent: 2, problem: null })
    expect(smtp.received).toHaveLength(2)
    expect((await eventsOf(second?.id ?? '')).slice(0, 3)).toEqual(['planned', 'claimed', 'planned given-back'])
  })

  test('a process that was frozen while its gate opened does not send: somebody may have decided meanwhile', async () => {
    await indebted()
    await planDay(ctx, day)
    const { id } = await only()
    const holding = await heldUp([id])
    const sending = dispatchNotice(await another({ leaseSeconds: 4 }), id)
    const waiting = 'select 1 from pg_locks where not granted'
    await expect.poll(async () => (await database.pool.query(waiting)).rowCount, patience).toBeGreaterThan(0)
    const { at } = (await database.pool.query('select clock_timestamp() as at')).rows[0]
    // Nobody has taken the claim back all the while.
    await db().update(noticeMessages).set({ leaseUntil: sql`now() + interval '1 hour'` })
    const frozen = `select clock_timestamp() > $1::timestamptz + interval '2.1 seconds' as frozen`
    await expect.poll(async () => (await database.pool.query(frozen, [at])).rows[0].frozen, patience).toBe(true)
    await holding.end()
    expect(await sending).toBe('sent')
    expect(smtp.received).toHaveLength(1)
    expect(await eventsOf(id)).toEqual([
      'planned',
      'claimed',
      'dispatching',
      'planned changed-at-gate',
      'claimed',
      'dispatching',
      'sent',
    ])
  })

  test('a stop gives back what is ready at once, without an attempt, and finishes what is in hand', async () => {
    await indebted(3)
    await planDay(ctx, day)
    const [first, ...others] = await messages()
    const holding = await heldUp([first?.id ?? ''])
    const stop = new AbortController()
    const sending = sendDueNotices(await another(), { lanes: 1, signal: stop.signal })
    await expect.poll(countsOfStates, patience).toEqual({ claimed: 3 })
    stop.abort()
    await expect.poll(countsOfStates, patience).toEqual({ claimed: 1, planned: 2 })
    for (const { id } of others) expect(await eventsOf(id)).toEqual(['planned', 'claimed', 'planned given-back'])
    expect((await messages()).filter((each) => each.state === 'planned').every((each) => each.attempt === 0)).toBe(true)
    await holding.end()
    expect(await sending).toEqual({ sent: 1, problem: null })
    expect(await countsOfStates()).toEqual({ sent: 1, planned: 2 })
  })

  test('a sender all of whose messages are held up leaves lanes to the others', async () => {
    await indebted(6)
    agentId = (await aUser(db())).id
    await aMailAccount(db(), { userId: agentId, port: smtp.port })
    await planDay(ctx, day)
    const held = (await messages()).map((each) => each.id)
    await indebted(3)
    await planDay(ctx, day)
    const holding = await heldUp(held)
    const sending = sendDueNotices(await another(), { lanes: 4 })
    await expect.poll(async () => (await countsOfStates()).sent, patience).toBe(3)
    await holding.end()
    expect(await sending).toEqual({ sent: 9, problem: null })
  })

  test('no gate opens for a lane before its last answer is written down', async () => {
    class SlowDisk extends NoticeJournal {
      turn: () => void = () => undefined
      override async append(line: JournalLine) {
        await new Promise<void>((resolve) => {
          this.turn = resolve
        })
        return super.append(line)
      }
    }
    const journal = new SlowDisk(await folder())
    journals.push(journal)
    const begun: string[] = []
    smtp.faults.rcpt = (address) => {
      begun.push(address)
      return null
    }
    await indebted(2)
    await planDay(ctx, day)
    const sending = sendDueNotices(await another({ journal }), { lanes: 1 })
    // The second one is on its way to its gate.
    await expect.poll(() => begun.length, patience).toBe(2)
    for (let n = 0; n < 25; n += 1) expect(await countsOfStates()).toEqual({ dispatching: 1, claimed: 1 })
    journal.turn()
    await expect.poll(() => smtp.received.length, patience).toBe(2)
    journal.turn()
    expect(await sending).toEqual({ sent: 2, problem: null })
  })

  test('an answer that cannot be written down stops the sending: the message is sent, the others wait untouched', async () => {
    class FullDisk extends NoticeJournal {
      full = false
      override get broken() {
        return this.full
      }
      override problem() {
        return this.full ? Promise.resolve('the disk is full') : super.problem()
      }
      override append() {
        this.full = true
        return Promise.reject(new Error('ENOSPC'))
      }
    }
    const journal = new FullDisk(await folder())
    journals.push(journal)
    await indebted(8)
    await planDay(ctx, day)
    const worker = await another({ journal })
    expect(await sendDueNotices(worker, { lanes: 1 })).toEqual({ sent: 1, problem: null })
    expect(smtp.received).toHaveLength(1)
    expect(await countsOfStates()).toEqual({ sent: 1, planned: 7 })
    expect((await messages()).filter((each) => each.state === 'planned').every((each) => each.attempt === 0)).toBe(true)
    expect(await sendDueNotices(worker)).toMatchObject({ sent: 0, problem: { reason: 'journal-unwritable' } })
  })

  test('an answer that cannot be written down closes the gates of the other lanes too', async () => {
    let failed = () => undefined as unknown
    const failing = new Promise((resolve) => {
      failed = () => resolve(undefined)
    })
    class FullDisk extends NoticeJournal {
      full = false
      override get broken() {
        return this.full
      }
      override append() {
        this.full = true
        failed()
        return Promise.reject(new Error('ENOSPC'))
      }
    }
    const journal = new FullDisk(await folder())
    journals.push(journal)
    await indebted(2)
    await planDay(ctx, day)
    let begun = 0
    let second = () => undefined as unknown
    const both = new Promise((resolve) => {
      second = () => resolve(undefined)
    })
    // The one that comes second reaches its gate once the answer to the first could not be written.
    smtp.faults.rcpt = async () => {
      begun += 1
      if (begun === 2) second()
      await (begun === 2 ? failing : both)
      return null
    }
    expect(await sendDueNotices(await another({ journal }), { lanes: 2 })).toEqual({ sent: 1, problem: null })
    expect(smtp.received).toHaveLength(1)
    const waiting = (await messages()).find((each) => each.state === 'planned')
    expect(await eventsOf(waiting?.id ?? '')).toEqual(['planned', 'claimed', 'planned given-back'])
  })

  test('a mail that cannot be made steps aside; the others leave', async () => {
    await indebted(5)
    await planDay(ctx, day)
    const [first] = await messages()
    const worker = await another({
      makeMails: (ctx_, world, asked) => {
        if (asked.some(({ facts }) => facts.message.id === first?.id)) throw new Error('its statement cannot be drawn')
        return makeNoticeMails(ctx_, world, asked)
      },
    })
    expect(await sendDueNotices(worker)).toEqual({ sent: 4, problem: null })
    expect(await countsOfStates()).toEqual({ sent: 4, planned: 1 })
    expect(await eventsOf(first?.id ?? '')).toEqual(['planned', 'claimed', 'planned given-back'])
  })
})

describe('a process that ends', () => {
  const livings: { stop(): Promise<void> }[] = []
  afterEach(async () => {
    await Promise.all(livings.splice(0).map((living) => living.stop()))
  })
  const marksOf = async () => {
    const { rows } = await db().execute<{ mark: string }>(
      sql`select distinct left(claim_token::text, 8) as mark from notice_messages where state = 'claimed' order by 1`,
    )
    return rows.map((row) => Number.parseInt(row.mark, 16))
  }
  const claimOne = async (context: AppContext) => {
    expect(await sendingProblem(context)).toBeNull()
    const [due] = await findDueSenders(db())
    if (!due || !context.sending) throw new Error('nothing can be claimed')
    expect(await claimNotices(context, context.sending, due, 1)).toHaveLength(1)
  }
  const live = async (context: AppContext) => {
    const living = startLiving(context)
    livings.push(living)
    await expect.poll(() => makeClaimToken(context)[14], patience).toBe('8')
    return living
  }
  /** A process that holds its lock and has claimed a message. */
  const claiming = async () => {
    const context = await another()
    const living = await live(context)
    await claimOne(context)
    return living
  }

  test('leaves its claims to the others at once; those of one that lives, or whose session came back, stay until their lease ends', async () => {
    await indebted(4)
    await planDay(ctx, day)
    await claiming()
    const [markOfLiving] = await marksOf()
    const ended = await claiming()
    const [markOfEnded = 0] = (await marksOf()).filter((mark) => mark !== markOfLiving)
    // A command holds no lock: only its lease ends its claim, whatever its token begins with.
    await claimOne(ctx)
    await db().execute(sql`
      update notice_messages set claim_token = (${markOfEnded.toString(16).padStart(8, '0')} || substr(claim_token::text, 9))::uuid
      where state = 'claimed' and substr(claim_token::text, 15, 1) <> '8'`)
    const judge = await another()
    await live(judge)
    const departed = new Departed(judge)
    expect(await departed.look()).toEqual([])
    await ended.stop()
    // PostgreSQL ends the session of the living one, who comes back.
    await db().execute(
      sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid::bigint = ${markOfLiving}`,
    )
    await expect.poll(() => departed.look(), patience).toHaveLength(1)
    const gone = await departed.look()
    expect(gone).not.toContain(markOfLiving)
    expect(await takeBack(judge, gone)).toBe(1)
    expect(await countsOfStates()).toEqual({ claimed: 2, planned: 2 })
    const events = await Promise.all((await messages()).map(async (each) => (await eventsOf(each.id)).at(-1)))
    expect(events.sort()).toEqual(['claimed', 'claimed', 'planned', 'planned interrupted'])
    expect((await messages()).filter((each) => each.state === 'planned').every((each) => each.attempt === 0)).toBe(true)
  })

  test('what it gives back late is another’s by now, who keeps it', async () => {
    await indebted(1)
    await planDay(ctx, day)
    expect(await sendingProblem(ctx)).toBeNull()
    const [due] = await findDueSenders(db())
    if (!due || !ctx.sending) throw new Error('something should be due')
    const late = await claimNotices(ctx, ctx.sending, due, 1)
    await db()
      .update(noticeMessages)
      .set({ leaseUntil: new Date(0) })
    expect(await takeBack(ctx, [])).toBe(1)
    await claimOne(ctx)
    const { token } = await only()
    await giveBack(ctx, late)
    expect(await only()).toMatchObject({ state: 'claimed', token })
  })

  test('one that does not see its own lock judges nobody', async () => {
    await indebted(1)
    await planDay(ctx, day)
    const ended = await claiming()
    await ended.stop()
    const departed = new Departed(await another())
    expect(await departed.look()).toEqual([])
    expect(await departed.look()).toEqual([])
    expect(await countsOfStates()).toEqual({ claimed: 1 })
  })

  test('its gate does not open once its claim was taken back', async () => {
    await indebted(1)
    await planDay(ctx, day)
    const worker = await another()
    await live(worker)
    const client = await database.pool.connect()
    await client.query('begin')
    await client.query('select 1 from receivables for update')
    const sending = sendDueNotices(worker)
    await expect.poll(countsOfStates, patience).toEqual({ claimed: 1 })
    expect(await takeBack(ctx, await marksOf())).toBe(1)
    // Somebody else's by now.
    await claimOne(ctx)
    await client.query('rollback')
    client.release()
    expect(await sending).toEqual({ sent: 0, problem: null })
    expect(smtp.received).toEqual([])
    expect(await countsOfStates()).toEqual({ claimed: 1 })
  })
})
