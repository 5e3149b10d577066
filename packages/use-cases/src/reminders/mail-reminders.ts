import { customers } from '@cartera/db/schema/customers'
import { followUps, reminders } from '@cartera/db/schema/follow-ups'
import { mailAccounts, users } from '@cartera/db/schema/organisation'
import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { visibleFollowUp } from '../follow-ups/visible-follow-ups.ts'
import { openMailTransport, serverAnswerOf } from '../mail-accounts/open-transport.ts'
import { findViewerByUser } from '../session/find-viewer.ts'

/** What fell due longer ago than this is told in the interface alone: a mail account that comes back must not flood anyone. */
const freshMs = 3_600_000
const batchSize = 200

const texts = {
  es: {
    subject: 'Seguimiento {number}: {subject} ({customer})',
    body: 'Hola, {name}:\n\nVenció el seguimiento {number}, "{subject}".\n\nCliente: {customer}\nVencimiento: {due}\n{link}\n{company}\n',
  },
  en: {
    subject: 'Follow-up {number}: {subject} ({customer})',
    body: 'Hello {name},\n\nFollow-up {number}, "{subject}", has fallen due.\n\nCustomer: {customer}\nDue: {due}\n{link}\n{company}\n',
  },
}

const fill = (template: string, values: Record<string, string>) =>
  template.replace(/\{(\w+)\}/g, (_, key: string) => values[key] ?? '')

/**
 * Mails the fresh reminders of owners who want that, from the administrator's verified account; without a usable one they stay in the
 * interface alone. Each is claimed (`mailed_at`) before it is handed to the server, so it is never mailed twice; a server that refuses
 * is logged and not asked again. Answers how many were handed over.
 */
export async function mailReminders(ctx: AppContext): Promise<number> {
  const company = await findCompany(ctx.db)
  if (company.administratorId === null) return 0
  const [account] = await ctx.db
    .select()
    .from(mailAccounts)
    .where(and(eq(mailAccounts.userId, company.administratorId), eq(mailAccounts.state, 'verified')))
  if (!account) return 0
  const waiting = () =>
    and(
      isNull(reminders.mailedAt),
      isNull(reminders.readAt),
      gt(reminders.remindedAt, new Date(ctx.now().getTime() - freshMs)),
      eq(users.remindByMail, true),
      eq(users.active, true),
    )
  const found = await ctx.db
    .select({ id: reminders.id })
    .from(reminders)
    .innerJoin(users, eq(users.id, reminders.userId))
    .where(waiting())
    .orderBy(asc(reminders.remindedAt), asc(reminders.id))
    .limit(batchSize)
  if (found.length === 0) return 0

  let transport: Awaited<ReturnType<typeof openMailTransport>>
  try {
    transport = await openMailTransport(ctx, account)
  } catch (error) {
    ctx.log.warn({ reason: serverAnswerOf(error) }, 'reminders are not mailed')
    return 0
  }
  let mailed = 0
  try {
    for (const { id } of found) {
      // The claim and the last look are one statement: read, postponed or closed meanwhile, or claimed by another worker, is no mail.
      const [claimed] = await ctx.db
        .update(reminders)
        .set({ mailedAt: ctx.now() })
        .from(followUps)
        .where(
          and(
            eq(reminders.id, id),
            isNull(reminders.mailedAt),
            isNull(reminders.readAt),
            eq(followUps.id, reminders.followUpId),
            eq(followUps.dueAt, reminders.dueAt),
            eq(followUps.ownerId, reminders.userId),
            sql`${followUps.state} = 'active'`,
          ),
        )
        .returning({ userId: reminders.userId, followUpId: reminders.followUpId })
      if (!claimed) continue
      const viewer = await findViewerByUser(ctx, claimed.userId)
      if (!viewer) continue
      const [row] = await ctx.db
        .select({ followUp: followUps, customer: customers.name, language: users.language })
        .from(followUps)
        .innerJoin(customers, eq(customers.id, followUps.customerId))
        .innerJoin(users, eq(users.id, followUps.ownerId))
        .where(and(eq(followUps.id, claimed.followUpId), visibleFollowUp(viewer)))
      if (!row) continue
      const { publicUrl } = ctx.settings
      const language = row.language === 'en' ? 'en' : 'es'
      const due = new Intl.DateTimeFormat(language, { timeZone: company.timeZone, dateStyle: 'long', timeStyle: 'short' })
      const values = {
        name: viewer.name,
        number: String(row.followUp.number),
        subject: row.followUp.subject,
        customer: row.customer,
        due: due.format(row.followUp.dueAt),
        link: publicUrl === null ? '' : `\n${new URL(`/follow-ups/${row.followUp.id}`, publicUrl)}\n`,
        company: company.name,
      }
      try {
        await transport.sendMail({
          from: { name: account.displayName, address: account.address },
          to: { name: viewer.name, address: viewer.email },
          subject: fill(texts[language].subject, values).replace(/\s+/g, ' '),
          text: fill(texts[language].body, values),
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
        mailed += 1
      } catch (error) {
        ctx.log.warn({ reminder: id, reason: serverAnswerOf(error) }, 'a reminder was not mailed')
      }
    }
  } finally {
    transport.close()
  }
  return mailed
}
