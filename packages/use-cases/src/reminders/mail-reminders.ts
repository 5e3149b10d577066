import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { followUps, reminders } from '@cartera/db/schema/follow-ups'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { and, asc, eq, gt, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { visibleFollowUp } from '../follow-ups/visible-follow-ups.ts'
import { type MailBlock, type MailContent, renderMailBlocks } from '../outbox/compose-single-mail.ts'
import { queueStaffMails } from '../staff-mails/queue-staff-mails.ts'

/** What was told longer ago than this is told in the interface alone: a mail account that comes back must not flood anyone. */
const freshMs = 3_600_000
const batchSize = 200

const words = {
  es: {
    subject: 'Seguimiento {number}: {subject} ({customer})',
    title: 'Venció un seguimiento',
    number: 'Número',
    about: 'Asunto',
    customer: 'Cliente',
    due: 'Vencimiento',
    open: 'Abrir el seguimiento',
  },
  en: {
    subject: 'Follow-up {number}: {subject} ({customer})',
    title: 'A follow-up has fallen due',
    number: 'Number',
    about: 'Subject',
    customer: 'Customer',
    due: 'Due',
    open: 'Open the follow-up',
  },
}

/** Unread, of a follow-up that is still active, still due at that time, and still the person's: a condition over both tables. */
const stillDue = (): SQL | undefined =>
  and(
    isNull(reminders.readAt),
    eq(followUps.dueAt, reminders.dueAt),
    eq(followUps.ownerId, reminders.userId),
    sql`${followUps.state} = 'active'`,
  )

/**
 * Puts the fresh reminders of owners who want that among the mails to our own people, each once. From there they leave as those do:
 * claimed, with a gate before the final dot, and never again by themselves after it. Answers how many are new.
 */
export async function queueReminderMails(ctx: AppContext): Promise<number> {
  return ctx.db.transaction(async (tx) => {
    const waiting = await tx
      .select({ id: reminders.id, userId: reminders.userId })
      .from(reminders)
      .innerJoin(users, eq(users.id, reminders.userId))
      .where(
        and(
          isNull(reminders.mailedAt),
          isNull(reminders.readAt),
          gt(reminders.remindedAt, new Date(ctx.now().getTime() - freshMs)),
          eq(users.remindByMail, true),
          eq(users.active, true),
        ),
      )
      .orderBy(asc(reminders.remindedAt), asc(reminders.id))
      .limit(batchSize)
      .for('update', { of: reminders, skipLocked: true })
    if (waiting.length === 0) return 0
    let queued = 0
    for (const { id, userId } of waiting)
      queued += await queueStaffMails(tx, ctx, { kind: 'reminder', about: id, userIds: [userId] })
    await tx
      .update(reminders)
      .set({ mailedAt: ctx.now() })
      .where(
        inArray(
          reminders.id,
          waiting.map((each) => each.id),
        ),
      )
    return queued
  })
}

/** What the mail of a reminder says as things stand now; null where it was read, postponed, closed, handed over, or is old. */
export async function reminderMail(
  ctx: AppContext,
  reminderId: string,
  viewer: Viewer,
  language: 'es' | 'en',
): Promise<MailContent | null> {
  const [row] = await ctx.db
    .select({ followUp: followUps, customer: customers.name })
    .from(reminders)
    .innerJoin(followUps, eq(followUps.id, reminders.followUpId))
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(
      and(
        eq(reminders.id, reminderId),
        eq(reminders.userId, viewer.userId),
        gt(reminders.remindedAt, new Date(ctx.now().getTime() - freshMs)),
        stillDue(),
        visibleFollowUp(viewer),
      ),
    )
  if (!row) return null
  const { followUp, customer } = row
  const company = await findCompany(ctx.db)
  const due = new Intl.DateTimeFormat(language, { timeZone: company.timeZone, dateStyle: 'long', timeStyle: 'short' })
  const say = words[language]
  const { publicUrl } = ctx.settings
  const blocks: MailBlock[] = [
    { kind: 'title', text: say.title },
    {
      kind: 'facts',
      rows: [
        [say.number, String(followUp.number)],
        [say.about, followUp.subject],
        [say.customer, customer],
        [say.due, due.format(followUp.dueAt)],
      ],
    },
    ...(publicUrl === null
      ? []
      : [{ kind: 'link', text: say.open, url: new URL(`/follow-ups/${followUp.id}`, publicUrl).toString() } as const]),
  ]
  const subject = say.subject
    .replace('{number}', () => String(followUp.number))
    .replace('{subject}', () => followUp.subject)
    .replace('{customer}', () => customer)
  return { subject, ...renderMailBlocks(blocks, company.name) }
}

/**
 * The last look, while the mail server waits for the final dot: whether the reminder still tells the truth. The follow-up stays locked
 * until the transaction ends, so that whoever postpones it at this moment does so before or after, never between.
 */
export async function reminderStillTrue(tx: Transaction, reminderId: string): Promise<boolean> {
  const [row] = await tx
    .select({ id: reminders.id })
    .from(reminders)
    .innerJoin(followUps, eq(followUps.id, reminders.followUpId))
    .where(and(eq(reminders.id, reminderId), stillDue()))
    .for('share', { of: followUps })
  return row !== undefined
}
