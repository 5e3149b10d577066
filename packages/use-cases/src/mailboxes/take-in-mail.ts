import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { mailboxMessages, noticeMessages, noticeRecipients } from '@cartera/db/schema/notices'
import { classifyMail } from '@cartera/domain/mailboxes/classify-mail'
import { type DeliveryFailure, oneLine } from '@cartera/domain/mailboxes/delivery-status'
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { bringBackWaiting } from '../follow-ups/bring-back-waiting.ts'
import { openFollowUp } from '../follow-ups/open-follow-up.ts'
import { flaggedAs } from '../mail-addresses/flag-address.ts'
import { reportUndeliverable } from '../mail-addresses/report-undeliverable.ts'
import { recordEvents } from '../notices/notice-events.ts'
import { type EvidenceSource, settleOne } from '../notices/settle-uncertain.ts'
import type { ParsedMail } from './read-mails.ts'

type Notice = typeof noticeMessages.$inferSelect

/** A mail as it lies in the mailbox of an account. */
interface ArrivedMail {
  /** Whose mailbox. */
  userId: string
  /** The account's own address: what comes from it is no answer of a customer. */
  ownAddress: string
  receivedAt: Date
  /** Where it lies, for mails without a Message-ID. */
  place: string
  mail: ParsedMail
}

/** After so many notices in a row that bounced, an address is flagged although no server called it wrong. */
const bouncesInARow = 3
const longestBody = 20_000

/**
 * Takes in one mail of an agent's mailbox: a bounce or an answer of a notice that left from this very account, to a recipient whom it was
 * really written to. Everything else, also what only claims to be one, is left alone. Once per mail, however often it is read, and by
 * however many at once. Says what became of it.
 */
export async function takeInMail(
  ctx: AppContext,
  arrived: ArrivedMail,
): Promise<'bounce' | 'reply' | 'auto-reply' | 'known' | 'not-ours'> {
  const kind = classifyMail(arrived.mail)
  if (kind.kind === 'auto-reply') return 'auto-reply'
  if (kind.kind === 'other') return 'not-ours'
  return ctx.db.transaction(async (tx) => {
    const notices = await noticesOf(tx, arrived.userId, kind.originals)
    if (notices.length === 0) return 'not-ours'
    if (kind.kind === 'reply') return takeInReply(tx, ctx, arrived, notices)
    return takeInBounce(tx, ctx, arrived, notices, kind.failures)
  })
}

/** The notices that left from the account under these Message-IDs, locked: what else anybody claims to have got from us is forged. */
async function noticesOf(tx: Transaction, userId: string, originals: readonly string[]): Promise<Notice[]> {
  if (originals.length === 0) return []
  return tx
    .select()
    .from(noticeMessages)
    .where(
      and(
        inArray(noticeMessages.messageId, [...originals]),
        eq(noticeMessages.senderId, userId),
        inArray(noticeMessages.state, ['dispatching', 'sent', 'uncertain']),
      ),
    )
    .orderBy(asc(noticeMessages.id))
    .limit(20)
    .for('update')
}

const common = (ctx: AppContext, arrived: ArrivedMail, notice: Notice) => ({
  userId: arrived.userId,
  noticeMessageId: notice.id,
  customerId: notice.customerId,
  messageId: arrived.mail.messageId === '' ? arrived.place : arrived.mail.messageId,
  fromAddress: arrived.mail.from ?? '',
  subject: oneLine(arrived.mail.subject, 300),
  body: arrived.mail.text.slice(0, longestBody),
  // A wrong clock of the server must not put it into the future.
  receivedAt: arrived.receivedAt > ctx.now() ? ctx.now() : arrived.receivedAt,
  createdAt: ctx.now(),
})

async function takeInBounce(
  tx: Transaction,
  ctx: AppContext,
  arrived: ArrivedMail,
  notices: readonly Notice[],
  failures: readonly DeliveryFailure[],
): Promise<'bounce' | 'known' | 'not-ours'> {
  let ours = false
  let taken = false
  for (const notice of notices) {
    let touched = false
    const recipients = await tx
      .select()
      .from(noticeRecipients)
      .where(eq(noticeRecipients.messageId, notice.id))
      .orderBy(asc(noticeRecipients.id))
    for (const recipient of recipients) {
      const address = flaggedAs(recipient.address)
      const failure = failures.find((each) => each.addresses.includes(address))
      if (!failure) continue
      ours = true
      const [stored] = await tx
        .insert(mailboxMessages)
        .values({
          ...common(ctx, arrived, notice),
          kind: 'bounce',
          failedAddress: address,
          permanent: failure.permanent,
          diagnostic: failure.diagnostic,
        })
        .onConflictDoNothing()
        .returning({ id: mailboxMessages.id })
      if (!stored) continue
      taken = true
      touched = true
      await recordFailure(tx, ctx, notice, recipient, failure)
    }
    if (touched) await touch(tx, ctx, notice, { source: 'bounce-evidence', detail: oneLine(arrived.mail.subject) })
  }
  return taken ? 'bounce' : ours ? 'known' : 'not-ours'
}

async function recordFailure(
  tx: Transaction,
  ctx: AppContext,
  notice: Notice,
  recipient: typeof noticeRecipients.$inferSelect,
  failure: DeliveryFailure,
): Promise<void> {
  const failed = failure.action === 'failed'
  await recordEvents(tx, ctx, [
    {
      messageId: notice.id,
      fromState: notice.state,
      toState: notice.state,
      reason: failed ? 'bounced' : 'delivery-delayed',
      detail: `${recipient.address}: ${failure.diagnostic}`,
    },
  ])
  if (!failed) return
  await tx
    .update(noticeRecipients)
    .set({ outcome: 'bounced', response: failure.diagnostic })
    .where(eq(noticeRecipients.id, recipient.id))
  if (failure.permanent || (await bouncedInARow(tx, recipient.address)))
    await reportUndeliverable(tx, ctx, {
      customerId: notice.customerId,
      address: recipient.address,
      reason: 'bounced',
      detail: failure.diagnostic,
      noticeMessageId: notice.id,
    })
}

/** Whether the last notices to the address came back, all of them. */
async function bouncedInARow(tx: Transaction, address: string): Promise<boolean> {
  const { rows } = await tx.execute<{ outcome: string }>(sql`
    select r.outcome from notice_recipients r join notice_messages m on m.id = r.message_id
    where lower(r.address) = ${flaggedAs(address)} and r.outcome in ('accepted', 'bounced') and m.state in ('dispatching', 'sent', 'uncertain')
    order by coalesce(m.sent_at, m.updated_at) desc, m.id desc
    limit ${bouncesInARow}`)
  return rows.length === bouncesInARow && rows.every(({ outcome }) => outcome === 'bounced')
}

/** What came back proves that the mail left: an uncertain notice is uncertain no longer. And one that reached nobody says so. */
async function touch(
  tx: Transaction,
  ctx: AppContext,
  notice: Notice,
  evidence: { source: EvidenceSource; detail: string },
): Promise<void> {
  await settleOne(tx, ctx, evidence.source, { messageId: notice.messageId, outcome: 'accepted', detail: evidence.detail })
  const [reached] = await tx
    .select({ id: noticeRecipients.id })
    .from(noticeRecipients)
    .where(and(eq(noticeRecipients.messageId, notice.id), inArray(noticeRecipients.outcome, ['pending', 'accepted'])))
    .limit(1)
  await tx
    .update(noticeMessages)
    .set({
      // Its own answer is still to come where it is on its way.
      ...(reached || notice.state === 'dispatching' ? {} : { reason: 'bounced' }),
      version: sql`${noticeMessages.version} + 1`,
      updatedAt: ctx.now(),
    })
    .where(eq(noticeMessages.id, notice.id))
}

async function takeInReply(
  tx: Transaction,
  ctx: AppContext,
  arrived: ArrivedMail,
  notices: readonly Notice[],
): Promise<'reply' | 'known' | 'not-ours'> {
  const { mail } = arrived
  // In folders that hold everything the agent's own answers lie beside the customers'.
  if (mail.from === null || mail.from === flaggedAs(arrived.ownAddress)) return 'not-ours'
  const notice = notices.at(-1)
  if (!notice) return 'not-ours'
  const [stored] = await tx
    .insert(mailboxMessages)
    .values({ ...common(ctx, arrived, notice), kind: 'reply' })
    .onConflictDoNothing()
    .returning({ id: mailboxMessages.id })
  if (!stored) return 'known'
  await recordEvents(tx, ctx, [
    {
      messageId: notice.id,
      fromState: notice.state,
      toState: notice.state,
      reason: 'replied',
      detail: `${mail.from}: ${mail.subject}`,
    },
  ])
  if (notice.state === 'uncertain')
    await touch(tx, ctx, notice, { source: 'mailbox-evidence', detail: oneLine(`${mail.from}: ${mail.subject}`) })
  await bringBackWaiting(tx, ctx, notice.customerId)
  await openReplyFollowUp(tx, ctx, notice, mail)
  return 'reply'
}

/** Somebody has to read it: once per notice, whatever goes back and forth afterwards. */
async function openReplyFollowUp(tx: Transaction, ctx: AppContext, notice: Notice, mail: ParsedMail): Promise<void> {
  const company = await findCompany(tx)
  const [customer] = await tx.select({ name: customers.name }).from(customers).where(eq(customers.id, notice.customerId))
  const english = company.locale.startsWith('en')
  const who = oneLine(mail.fromName === '' ? (mail.from ?? '') : mail.fromName, 80)
  await openFollowUp(tx, ctx, {
    originKey: `reply:${notice.id}`,
    customerId: notice.customerId,
    subject: english ? `Answer of ${who} to the notice` : `Respuesta de ${who} al aviso`,
    description: `${customer?.name ?? ''} · ${mail.from ?? ''}\n${mail.subject}\n\n${mail.text.slice(0, 1500)}`.trim(),
  })
}
