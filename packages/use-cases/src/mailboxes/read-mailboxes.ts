import { mailAccounts } from '@cartera/db/schema/organisation'
import { answeredBy, headerOf, mayBeBounce } from '@cartera/domain/mailboxes/classify-mail'
import type { Refusal } from '@cartera/domain/refusal'
import { and, eq, sql } from 'drizzle-orm'
import type { ImapFlow } from 'imapflow'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { defineJob } from '../jobs/job.ts'
import { confirmByArrival } from '../mail-accounts/handshake.ts'
import type { MailAccount } from '../mail-accounts/open-transport.ts'
import { closeMailbox, mailboxRefusalOf, openFolder, openMailbox } from './open-mailbox.ts'
import { largestMailBytes, readMails } from './read-mails.ts'
import { takeInMail } from './take-in-mail.ts'

/** How often a mailbox is looked into. */
const intervalSeconds = 50
/** Who reads holds the mailbox for so long; whoever died with it holds nobody up for longer. */
const leaseSeconds = 240
/** A reading ends itself before its lease does. */
const deadlineMs = 180_000
/** When reading begins (or the server counts anew), what came in the days before is looked at too: bounces do not wait for it. */
const daysBefore = 7
const mostMails = 500
const headersAtOnce = 50
const bodiesAtOnce = 10
const headerBytes = 65_536
/** Minutes until the next try after so many failures in a row. */
const backOff = [1, 2, 5, 15, 30, 60]

interface Reading {
  /** Mails whose header was looked at. */
  looked: number
  bounces: number
  replies: number
  /** Whether more is there than one reading takes. */
  more: boolean
}

/**
 * Reads what came into a person's mailbox since the last time: the headers of all, the text only of what may be a bounce or answers a
 * notice. Nothing in the mailbox is marked, moved or deleted. One reader at a time; what it read is taken in once even if it dies in the
 * middle or the server counts anew. Answers null when there is nothing to do or somebody else is at it; an error is written on the account.
 */
export async function readMailbox(ctx: AppContext, userId: string): Promise<Reading | null> {
  const account = await claim(ctx, userId)
  if (!account) return null
  let client: ImapFlow | null = null
  const timer = setTimeout(() => client?.close(), deadlineMs)
  try {
    client = await openMailbox(ctx, account)
    const reading = await readFolder(ctx, client, account)
    await release(ctx, account, reading.more ? 0 : intervalSeconds, { imapReadAt: ctx.now(), imapError: null, imapFailures: 0 })
    return reading
  } catch (error) {
    await recordError(ctx, account, mailboxRefusalOf(error))
    return null
  } finally {
    clearTimeout(timer)
    if (client) await closeMailbox(client)
  }
}

/** The lease is taken and given back by the clock of the database. */
async function claim(ctx: AppContext, userId: string): Promise<MailAccount | null> {
  const [account] = await ctx.db
    .update(mailAccounts)
    .set({ imapLeaseUntil: sql`statement_timestamp() + ${leaseSeconds} * interval '1 second'` })
    .where(
      and(
        eq(mailAccounts.userId, userId),
        sql`${mailAccounts.imapHost} is not null and ${mailAccounts.imapStoppedAt} is null`,
        sql`(${mailAccounts.imapLeaseUntil} is null or ${mailAccounts.imapLeaseUntil} <= statement_timestamp())`,
      ),
    )
    .returning()
  return account ?? null
}

/** Only while the account is what was read: somebody may have changed it meanwhile, and then it is read anew at once. */
async function release(
  ctx: AppContext,
  account: MailAccount,
  waitSeconds: number,
  set: Partial<typeof mailAccounts.$inferInsert>,
): Promise<boolean> {
  const written = await ctx.db
    .update(mailAccounts)
    .set({ ...set, imapLeaseUntil: sql`statement_timestamp() + ${waitSeconds} * interval '1 second'` })
    .where(sameAccount(account))
    .returning({ userId: mailAccounts.userId })
  return written.length > 0
}

const sameAccount = (account: MailAccount) =>
  and(
    eq(mailAccounts.userId, account.userId),
    sql`(${mailAccounts.imapHost}, ${mailAccounts.imapPort}, ${mailAccounts.imapFolder}, ${mailAccounts.username})
      is not distinct from (${account.imapHost}::text, ${account.imapPort}::integer, ${account.imapFolder}::text, ${account.username}::text)`,
  )

async function recordError(ctx: AppContext, account: MailAccount, refusal: Refusal): Promise<void> {
  const said = `${refusal.code}: ${String(refusal.params.response ?? '')}`.slice(0, 500)
  // A password that was revoked: asking again and again would only lock the account.
  const stops = refusal.code === 'mail-account-refused' || refusal.code === 'mail-password-unreadable'
  const failures = account.imapFailures + 1
  const minutes = backOff[Math.min(failures, backOff.length) - 1] ?? 60
  await release(ctx, account, minutes * 60, {
    imapError: said,
    imapFailures: failures,
    ...(stops ? { imapStoppedAt: ctx.now() } : {}),
  })
  ctx.log.warn({ userId: account.userId, code: refusal.code, stops }, 'a mailbox could not be read')
}

async function readFolder(ctx: AppContext, client: ImapFlow, account: MailAccount): Promise<Reading> {
  const { uidValidity, uidNext } = await openFolder(client, account)
  const counted = account.imapUidValidity === uidValidity ? account.imapLastUid : null
  const since = new Date(ctx.now().getTime() - daysBefore * 86_400_000)
  const found = await client.search(counted === null ? { since } : { uid: `${counted + 1}:*` }, { uid: true })
  // `n:*` always has the last mail, even where n is beyond it.
  const uids = (found || []).filter((uid) => counted === null || uid > counted).sort((a, b) => a - b)
  const reading: Reading = { looked: 0, bounces: 0, replies: 0, more: uids.length > mostMails }
  const taken = uids.slice(0, mostMails)
  for (let from = 0; from < taken.length; from += headersAtOnce) {
    const batch = taken.slice(from, from + headersAtOnce)
    await readBatch(ctx, client, account, uidValidity, batch, reading)
    await remember(ctx, account, uidValidity, batch.at(-1) ?? 0)
  }
  // Where nothing is new the place is remembered too: the next mail is read however old its date is, and none before it.
  if (taken.length === 0 && counted === null) await remember(ctx, account, uidValidity, Math.max(uidNext - 1, 0))
  return reading
}

async function remember(ctx: AppContext, account: MailAccount, uidValidity: string, lastUid: number): Promise<void> {
  await ctx.db.update(mailAccounts).set({ imapUidValidity: uidValidity, imapLastUid: lastUid }).where(sameAccount(account))
}

interface Candidate {
  uid: number
  receivedAt: Date
}

async function readBatch(
  ctx: AppContext,
  client: ImapFlow,
  account: MailAccount,
  uidValidity: string,
  uids: readonly number[],
  reading: Reading,
): Promise<void> {
  const seen: (Candidate & { headers: ReturnType<typeof headersOf> })[] = []
  // The header by its first bytes: a stranger's header of megabytes must not stop the reading.
  const query = { uid: true, internalDate: true, bodyParts: [{ key: 'HEADER', start: 0, maxLength: headerBytes }] }
  for await (const message of client.fetch(uids.join(','), query, { uid: true })) {
    const bytes = message.headers ?? Buffer.alloc(0)
    const receivedAt = message.internalDate === undefined ? ctx.now() : new Date(message.internalDate)
    seen.push({
      uid: message.uid,
      receivedAt: Number.isNaN(receivedAt.getTime()) ? ctx.now() : receivedAt,
      headers: headersOf(bytes.subarray(0, headerBytes)),
    })
  }
  reading.looked += seen.length
  const candidates: Candidate[] = []
  const answers = new Map(seen.map((mail) => [mail.uid, answeredBy({ headers: mail.headers })]))
  const ours = await noticesAmong(ctx, account.userId, [...answers.values()].flat())
  for (const mail of seen) {
    if (account.handshakeMessageId !== null && headerOf(mail, 'message-id').includes(account.handshakeMessageId)) {
      await confirmByArrival(ctx, account)
      continue
    }
    const words = headerOf(mail, 'from')
      .toLowerCase()
      .split(/[\s<>,;"]/)
    const from = words.find((word) => word.includes('@', 1)) ?? null
    const answersNotice = (answers.get(mail.uid) ?? []).some((id) => ours.has(id))
    if (answersNotice || mayBeBounce({ headers: mail.headers, from })) candidates.push(mail)
  }
  for (let from = 0; from < candidates.length; from += bodiesAtOnce)
    await readBodies(ctx, client, account, uidValidity, candidates.slice(from, from + bodiesAtOnce), reading)
}

/** Which of the ids are of notices that left from the account. */
async function noticesAmong(ctx: AppContext, userId: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const { rows } = await ctx.db.execute<{ message_id: string }>(sql`
    select message_id from notice_messages
    where sender_id = ${userId} and message_id = any(${sql.param([...new Set(ids)])}::text[])`)
  return new Set(rows.map((row) => row.message_id))
}

async function readBodies(
  ctx: AppContext,
  client: ImapFlow,
  account: MailAccount,
  uidValidity: string,
  candidates: readonly Candidate[],
  reading: Reading,
): Promise<void> {
  const sources = new Map<number, Buffer>()
  const query = { uid: true, source: { start: 0, maxLength: largestMailBytes } }
  for await (const message of client.fetch(candidates.map(({ uid }) => uid).join(','), query, { uid: true }))
    if (message.source) sources.set(message.uid, message.source)
  const fetched = candidates.filter(({ uid }) => sources.has(uid))
  const mails = await readMails(fetched.map(({ uid }) => sources.get(uid) ?? Buffer.alloc(0)))
  for (const [index, { uid, receivedAt }] of fetched.entries()) {
    const mail = mails[index]
    if (!mail) {
      ctx.log.warn({ userId: account.userId, uid }, 'a mail could not be read and was left out')
      continue
    }
    const place = `${account.imapFolder ?? 'INBOX'}/${uidValidity}/${uid}`
    const arrived = { userId: account.userId, ownAddress: account.address, receivedAt, place, mail }
    const became = await takeInMail(ctx, arrived).catch((error: unknown) => {
      // What no database can store must not stand in the way of the mails behind it; what is passing is tried again.
      if (!isUnstorable(error)) throw error
      ctx.log.error({ err: error, userId: account.userId, uid }, 'a mail could not be stored and was left out')
      return 'not-ours' as const
    })
    if (became === 'bounce') reading.bounces += 1
    if (became === 'reply') reading.replies += 1
  }
}

/** Data exceptions of PostgreSQL: class 22. */
function isUnstorable(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } }
  return [code, cause?.code].some((each) => typeof each === 'string' && /^22[0-9A-Z]{3}$/.test(each))
}

/** Names and values of a header, unfolded. */
function headersOf(bytes: Buffer): { name: string; value: string }[] {
  const headers: { name: string; value: string }[] = []
  for (const line of bytes.toString('utf8').split(/\r?\n/)) {
    if (line === '') break
    const last = headers.at(-1)
    if (/^[ \t]/.test(line)) {
      if (last && last.value.length < 16_384) last.value += ` ${line.trim()}`
      continue
    }
    const colon = line.indexOf(':')
    if (colon > 0) headers.push({ name: line.slice(0, colon).trim().toLowerCase(), value: line.slice(colon + 1).trim() })
    if (headers.length >= 500) break
  }
  return headers
}

/** Rings for every mailbox whose time has come. */
export const readMailboxesJob = defineJob({
  name: 'read-mailboxes',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    const due = await ctx.db
      .select({ userId: mailAccounts.userId })
      .from(mailAccounts)
      .where(
        sql`${mailAccounts.imapHost} is not null and ${mailAccounts.imapStoppedAt} is null
          and (${mailAccounts.imapLeaseUntil} is null or ${mailAccounts.imapLeaseUntil} <= statement_timestamp())`,
      )
      .limit(1000)
    for (const { userId } of due) await ctx.queue.add(readMailboxJob, { id: userId }, { key: userId })
  },
})

/** One mailbox; running it twice reads nothing twice. */
export const readMailboxJob = defineJob({
  name: 'read-mailbox',
  payload: z.strictObject({ id: z.uuid() }),
  attempts: 1,
  async run(ctx, { id }) {
    const reading = await readMailbox(ctx, id)
    if (reading?.more) await ctx.queue.add(readMailboxJob, { id }, {})
  },
})
