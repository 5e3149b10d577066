import type { Querier } from '@cartera/db/connect'
import { mailAccounts } from '@cartera/db/schema/organisation'
import { documents, receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { dayOfInstant } from '@cartera/domain/calendar-day'
import type { NoticeKind } from '@cartera/domain/notices/notice-settings'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, gte, lt, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { mailRefusalOf, smtpOptionsOf } from '../mail-accounts/open-transport.ts'
import { composeMail } from './compose-mail.ts'
import { type CustomerFacts, findCustomerFacts, loadNoticeWorld, type NoticeWorld } from './notice-facts.ts'
import { languageOfUser } from './notice-settings.ts'
import type { Language } from './notice-words.ts'
import { type NoticeContent, type RenderedNotice, renderNotice, requireTemplate, sampleReceivables } from './render-notice.ts'
import { SmtpSession } from './smtp-session.ts'

export interface PreviewInput {
  kind: NoticeKind
  subject?: string | undefined
  body?: string | undefined
}

/** As many receivables as a preview shows at most. */
const mostReceivables = 50

async function openReceivables(db: Querier, customerId: string, kind: NoticeKind, day: string) {
  return db
    .select({
      id: receivables.id,
      number: documents.number,
      issuedOn: receivables.issuedOn,
      dueOn: receivables.dueOn,
      balanceMinor: receivables.balanceMinor,
      currency: receivables.currency,
    })
    .from(receivables)
    .innerJoin(documents, eq(documents.id, receivables.documentId))
    .where(
      and(
        eq(receivables.customerId, customerId),
        sql`${receivables.balanceMinor} > 0`,
        sql`${receivables.disputedAt} is null`,
        kind === 'preventive' ? gte(receivables.dueOn, day) : lt(receivables.dueOn, day),
      ),
    )
    .orderBy(receivables.dueOn, receivables.id)
    .limit(mostReceivables)
}

interface Preview extends RenderedNotice {
  sample: boolean
  language: Language
}

async function renderFor(
  ctx: AppContext,
  viewer: Viewer,
  world: NoticeWorld,
  customer: CustomerFacts,
  input: PreviewInput,
): Promise<Preview> {
  const language = await languageOfUser(ctx.db, viewer.userId)
  requireTemplate(input.subject, 'subject', language)
  requireTemplate(input.body, 'body', language)
  const day = dayOfInstant(ctx.now(), world.company.timeZone)
  const open = await openReceivables(ctx.db, customer.id, input.kind, day)
  const sample = open.length === 0
  const { settings } = customer
  const content: NoticeContent = {
    kind: input.kind,
    day,
    language: customer.language,
    customer: { name: customer.name, contactPerson: customer.contactPerson, code: customer.code },
    agent: { name: customer.sender.user?.name ?? viewer.name, email: customer.sender.address ?? viewer.email },
    company: { name: world.company.name, taxId: world.company.taxId, locale: world.company.locale },
    receivables: sample ? sampleReceivables(input.kind, day, world.company.currency) : open,
  }
  const templates = {
    subject: input.subject ?? settings.subject,
    body: input.body ?? (input.kind === 'preventive' ? settings.reminderBody : settings.overdueBody),
  }
  requireTemplate(templates.subject, 'subject', language)
  requireTemplate(templates.body, 'body', language)
  return { ...renderNotice(content, templates), sample, language: customer.language }
}

/** A notice as the customer would get it today, on its open receivables. Refuses `not-found`, `template-invalid`. */
export async function previewNotice(ctx: AppContext, viewer: Viewer, customerId: string, input: PreviewInput): Promise<Preview> {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const world = await loadNoticeWorld(ctx.db)
  const customer = (await findCustomerFacts(ctx.db, world, [customerId])).get(customerId)
  if (!customer) throw new Refusal('not-found')
  return renderFor(ctx, viewer, world, customer, input)
}

/** A notice as a made-up customer would get it, for editing the company's defaults. Refuses `template-invalid`. */
export async function previewSampleNotice(
  ctx: AppContext,
  viewer: Viewer,
  input: PreviewInput & { language?: Language | undefined },
): Promise<Preview> {
  const { company, defaults } = await loadNoticeWorld(ctx.db)
  const own = await languageOfUser(ctx.db, viewer.userId)
  const language = input.language ?? own
  const day = dayOfInstant(ctx.now(), company.timeZone)
  const templates = {
    subject: input.subject ?? defaults.subject,
    body: input.body ?? (input.kind === 'preventive' ? defaults.reminderBody : defaults.overdueBody),
  }
  requireTemplate(templates.subject, 'subject', own)
  requireTemplate(templates.body, 'body', own)
  const content: NoticeContent = {
    kind: input.kind,
    day,
    language,
    customer: { name: 'Comercial Los Andes', contactPerson: 'Ana Pérez', code: 'C-000001' },
    agent: { name: viewer.name, email: viewer.email },
    company: { name: company.name, taxId: company.taxId, locale: company.locale },
    receivables: sampleReceivables(input.kind, day, company.currency),
  }
  return { ...renderNotice(content, templates), sample: true, language }
}

/**
 * Sends such a notice to the viewer, from their own verified account; the customer gets nothing. Refuses `not-found`,
 * `template-invalid`, `mail-account-missing`, `mail-account-unverified`, and what the mail server says.
 */
export async function sendTestNotice(ctx: AppContext, viewer: Viewer, customerId: string, input: PreviewInput) {
  const preview = await previewNotice(ctx, viewer, customerId, input)
  const [account] = await ctx.db.select().from(mailAccounts).where(eq(mailAccounts.userId, viewer.userId))
  if (!account) throw new Refusal('mail-account-missing')
  if (account.state !== 'verified') throw new Refusal('mail-account-unverified')
  const source = await composeMail(
    {
      fromName: account.displayName,
      fromAddress: account.address,
      to: [{ address: viewer.email, name: viewer.name }],
      messageId: `<${v7()}@${account.address.slice(account.address.lastIndexOf('@') + 1)}>`,
      date: ctx.now(),
    },
    { ...preview, subject: `[${preview.language === 'es' ? 'Prueba' : 'Test'}] ${preview.subject}` },
  )
  const session = new SmtpSession(await smtpOptionsOf(ctx, account))
  const delivery = await session.deliver({ from: account.address, to: [viewer.email] }, source, async () => true)
  session.quit()
  if (delivery.kind === 'gate-closed') throw new Error('the gate of a test is always open')
  if (delivery.kind === 'account-refused') throw mailRefusalOf({ code: 'EAUTH', message: delivery.response })
  if (delivery.kind === 'refused') throw mailRefusalOf({ code: 'EMESSAGE', message: delivery.response })
  if (delivery.kind !== 'accepted') throw mailRefusalOf({ message: delivery.response })
  await recordAudit(ctx.db, ctx, viewer, {
    action: 'send',
    entity: 'notice-test',
    entityId: customerId,
    changes: { kind: input.kind },
  })
  return { to: viewer.email, sample: preview.sample, response: delivery.response }
}
