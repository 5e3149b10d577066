import { noticeEvents, noticeMessages, noticeRecipients } from '@cartera/db/schema/notices'
import { businessDayOnOrBefore } from '@cartera/domain/business-calendar'
import { addDays, type CalendarDay, instantOfLocal } from '@cartera/domain/calendar-day'
import { and, asc, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { companyCalendar, companyToday, findCompany } from '../company/company-settings.ts'
import { reportUndeliverable } from '../mail-addresses/report-undeliverable.ts'
import { readMails } from '../mailboxes/read-mails.ts'
import { takeInMail } from '../mailboxes/take-in-mail.ts'
import { cancelNotices, releaseNotices } from '../notices/decide-notices.ts'
import { recordEvents } from '../notices/notice-events.ts'
import { planDay } from '../notices/plan-day.ts'
import { runDay } from '../notices/run-day.ts'
import { findViewerByUser } from '../session/find-viewer.ts'

const historyDays = 5

/**
 * What happened on the last business days, so that queue, review inbox and timelines have something to say on every day of the week. Each
 * day is run the way the worker runs it, mails and all; afterwards come the answers, and what went wrong: a refused address, an answer
 * that was lost, a text that a server did not like.
 */
export async function fillNoticeHistory(ctx: AppContext, reviewerId: string): Promise<void> {
  const reviewer = await findViewerByUser(ctx, reviewerId)
  if (!reviewer) return
  const { timeZone } = await findCompany(ctx.db)
  const calendar = await companyCalendar(ctx.db)
  const days: CalendarDay[] = []
  const today = await companyToday(ctx)
  while (days.length < historyDays) days.unshift(businessDayOnOrBefore(addDays(days[0] ?? today, -1), calendar))

  for (const [at, day] of days.entries()) {
    const morning = instantOfLocal(day, '09:20', timeZone) ?? ctx.now()
    const then = { ...ctx, now: () => morning }
    await planDay(then, day, { asOf: day })
    const inReview = await idsOf(ctx, day, 'held', 'review')
    // Of the last two days nobody has looked at anything yet, and of each day before something waits to be asked about.
    if (at < days.length - 2) {
      const [waits, cancelled, ...released] = inReview
      if (waits && cancelled)
        await cancelNotices(then, reviewer, { ids: [cancelled], reason: 'Pagó en caja; falta registrar el recibo' })
      if (released.length > 0) await releaseNotices(then, reviewer, { ids: released })
    }
    if (at === days.length - 1) await refuseSome(then, await idsOf(ctx, day, 'planned', null))
    await runDay(then, day)
    if (at === days.length - 1) await loseAnswer(then, await idsOf(ctx, day, 'sent', null))
  }
  const before = await Promise.all(days.slice(0, -1).map((day) => idsOf(ctx, day, 'sent', null)))
  await answer(ctx, before.flat().slice(-answers.length - 1))
}

async function idsOf(
  ctx: AppContext,
  day: CalendarDay,
  state: (typeof noticeMessages.$inferSelect)['state'],
  reason: string | null,
): Promise<string[]> {
  const rows = await ctx.db
    .select({ id: noticeMessages.id })
    .from(noticeMessages)
    .where(
      and(
        eq(noticeMessages.planOn, day),
        eq(noticeMessages.state, state),
        sql`${noticeMessages.reason} is not distinct from ${reason}`,
      ),
    )
    .orderBy(asc(noticeMessages.id))
  return rows.map((row) => row.id)
}

/** Two that did not leave: an address that does not exist any more, and a server that does not take the mail. */
async function refuseSome(ctx: AppContext, ids: readonly string[]): Promise<void> {
  const [unknown, unwanted] = ids
  for (const [id, reason, response] of [
    [unknown, 'recipients-refused', '550 5.1.1 User unknown'],
    [unwanted, 'refused', '554 5.7.1 Message rejected: content policy'],
  ] as const) {
    if (id === undefined) continue
    await ctx.db.transaction(async (tx) => {
      const [message] = await tx
        .update(noticeMessages)
        .set({ state: 'failed', reason, smtpResponse: response, attempt: 1, nextAttemptAt: null, updatedAt: ctx.now() })
        .where(eq(noticeMessages.id, id))
        .returning({ customerId: noticeMessages.customerId })
      await recordEvents(tx, ctx, [
        { messageId: id, fromState: 'planned', toState: 'claimed', reason: null },
        { messageId: id, fromState: 'claimed', toState: 'failed', reason, detail: response },
      ])
      if (reason !== 'recipients-refused' || !message) return
      const refused = await tx
        .update(noticeRecipients)
        .set({ outcome: 'refused', response })
        .where(eq(noticeRecipients.messageId, id))
        .returning({ address: noticeRecipients.address })
      for (const { address } of refused)
        await reportUndeliverable(tx, ctx, {
          customerId: message.customerId,
          address,
          reason: 'refused',
          detail: response,
          noticeMessageId: id,
        })
    })
  }
}

/** One of which nobody knows whether it left: the connection ended before the answer came. */
async function loseAnswer(ctx: AppContext, ids: readonly string[]): Promise<void> {
  const id = ids.at(-1)
  if (id === undefined) return
  const response = 'Connection closed before the answer'
  await ctx.db.transaction(async (tx) => {
    await tx
      .update(noticeMessages)
      .set({ state: 'uncertain', reason: 'reply-lost', smtpResponse: response, sentAt: null })
      .where(eq(noticeMessages.id, id))
    await tx.update(noticeRecipients).set({ outcome: 'pending', response: null }).where(eq(noticeRecipients.messageId, id))
    await tx.delete(noticeEvents).where(and(eq(noticeEvents.messageId, id), eq(noticeEvents.toState, 'sent')))
    await tx.execute(sql`delete from contact_attempts where notice_message_id = ${id}`)
    await recordEvents(tx, ctx, [
      { messageId: id, fromState: 'dispatching', toState: 'uncertain', reason: 'reply-lost', detail: response },
    ])
  })
}

const answers = [
  'Buenos días:\n\nRecibimos el aviso. El pago sale este viernes por transferencia.\n\nSaludos.',
  'Hola. ¿Nos pueden enviar otra vez la factura? No la encontramos en el sistema.',
]

/** Two customers answer, and one mail comes back. */
async function answer(ctx: AppContext, ids: readonly string[]): Promise<void> {
  const mails = (await Promise.all(ids.map((id) => answerTo(ctx, id)))).filter((mail) => mail !== null)
  const parsed = await readMails(mails.map((mail, at) => Buffer.from(mail.raw(answers[at] ?? null), 'utf8')))
  for (const [at, mail] of parsed.entries()) {
    const of = mails[at]
    if (!mail || !of) continue
    const { userId, ownAddress, receivedAt } = of
    await takeInMail({ ...ctx, now: () => receivedAt }, { userId, ownAddress, receivedAt, place: `demo/${at}`, mail })
  }
}

async function answerTo(ctx: AppContext, id: string) {
  const [row] = await ctx.db
    .select({
      messageId: noticeMessages.messageId,
      subject: noticeMessages.subject,
      userId: noticeMessages.senderId,
      ownAddress: noticeMessages.senderAddress,
      sentAt: noticeMessages.sentAt,
      address: noticeRecipients.address,
    })
    .from(noticeMessages)
    .innerJoin(noticeRecipients, eq(noticeRecipients.messageId, noticeMessages.id))
    .where(eq(noticeMessages.id, id))
    .orderBy(asc(noticeRecipients.id))
    .limit(1)
  const { userId, ownAddress, sentAt } = row ?? {}
  if (!row || !userId || !ownAddress || !sentAt) return null
  const receivedAt = new Date(sentAt.getTime() + 3 * 3_600_000)
  return {
    userId,
    ownAddress,
    receivedAt,
    /** A reply, or without a text the report of a server that could not deliver. */
    raw: (text: string | null) =>
      text === null
        ? bounceOf(row.messageId, row.address, ownAddress, receivedAt)
        : [
            `From: ${row.address}`,
            `To: ${ownAddress}`,
            `Subject: Re: ${encoded(row.subject ?? '')}`,
            `Date: ${receivedAt.toUTCString()}`,
            `Message-ID: <answer-${id}@${row.address.split('@')[1]}>`,
            `In-Reply-To: ${row.messageId}`,
            'Content-Type: text/plain; charset=utf-8',
            '',
            text,
          ].join('\r\n'),
  }
}

const encoded = (text: string) => `=?utf-8?B?${Buffer.from(text, 'utf8').toString('base64')}?=`

const bounceOf = (messageId: string, address: string, to: string, at: Date) =>
  [
    `From: MAILER-DAEMON@${address.split('@')[1]}`,
    `To: ${to}`,
    'Subject: Undelivered Mail Returned to Sender',
    `Date: ${at.toUTCString()}`,
    `Message-ID: <bounce-${messageId.slice(1)}`,
    'Content-Type: multipart/report; report-type=delivery-status; boundary="part"',
    '',
    '--part',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'This message could not be delivered.',
    '--part',
    'Content-Type: message/delivery-status',
    '',
    `Reporting-MTA: dns; mx.${address.split('@')[1]}`,
    '',
    `Final-Recipient: rfc822; ${address}`,
    'Action: failed',
    'Status: 5.2.2',
    'Diagnostic-Code: smtp; 552 5.2.2 Mailbox full',
    '',
    '--part',
    'Content-Type: text/rfc822-headers',
    '',
    `Message-ID: ${messageId}`,
    `To: ${address}`,
    '',
    '--part--',
    '',
  ].join('\r\n')
