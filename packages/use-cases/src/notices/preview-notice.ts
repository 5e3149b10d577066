import type { Querier } from '@cartera/db/connect'
import { mailAccounts } from '@cartera/db/schema/organisation'
import { documents, receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { addDays, type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import type { NoticeKind, NoticeTone } from '@cartera/domain/notices/notice-settings'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, gte, lt, lte, or, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { mailRefusalOf, smtpOptionsOf } from '../mail-accounts/open-transport.ts'
import type { MailFile } from '../mime/write-mail.ts'
import { composeMail } from './compose-mail.ts'
import { owedFor, statementFile, withMaterial } from './message-content.ts'
import type { NoticeContent, NoticeReceivableLine } from './notice-content.ts'
import { type CustomerFacts, findCustomerFacts, loadNoticeWorld, type NoticeWorld } from './notice-facts.ts'
import { companyLanguage, findMailMaterial, type MailMaterial, textForCustomer } from './notice-material.ts'
import { languageOfUser } from './notice-settings.ts'
import type { Language } from './notice-words.ts'
import { type RenderedNotice, renderNotice, requireTemplate, sampleReceivables } from './render-notice.ts'
import { SmtpSession } from './smtp-session.ts'

export interface PreviewInput {
  kind: NoticeKind
  /** What is left out is what would hold. */
  level?: number | undefined
  language?: Language | undefined
  tone?: NoticeTone | undefined
  subject?: string | undefined
  body?: string | undefined
}

/** As many receivables as a preview shows at most. */
const mostReceivables = 50

/** The open receivables that a notice of the kind would speak of: overdue ones, or those not due; both in a combined one. */
async function openReceivables(
  db: Querier,
  world: NoticeWorld,
  customer: CustomerFacts,
  kind: NoticeKind,
  day: CalendarDay,
): Promise<NoticeReceivableLine[]> {
  const reminders = world.rules.filter((rule) => customer.settings.reminderRuleIds.includes(rule.id)).map((rule) => rule.days)
  const soon = and(gte(receivables.dueOn, day), lte(receivables.dueOn, addDays(day, Math.max(0, ...reminders))))
  const overdue = lt(receivables.dueOn, day)
  const wanted = kind === 'preventive' ? gte(receivables.dueOn, day) : world.company.noticeCombined ? or(overdue, soon) : overdue
  const rows = await db
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
        eq(receivables.customerId, customer.id),
        sql`${receivables.balanceMinor} > 0`,
        sql`${receivables.disputedAt} is null`,
        wanted,
      ),
    )
    .orderBy(receivables.dueOn, receivables.id)
    .limit(mostReceivables)
  return rows.map((row) => ({ ...row, kind: row.dueOn < day ? 'overdue' : 'preventive' }))
}

interface Preview extends RenderedNotice {
  sample: boolean
  language: Language
  /** Where subject and body come from; `given` is what the request brought. */
  subjectFrom: TextSource
  bodyFrom: TextSource
  /** The place of the catalogue's text that was nearest; null where the catalogue has none of the kind. */
  place: { kind: NoticeKind; level: number; language: Language; tone: NoticeTone } | null
}
type TextSource = 'given' | 'customer' | 'group' | 'catalogue'

interface PreviewCase {
  material: MailMaterial
  content: Omit<NoticeContent, 'covered' | 'logo' | 'owed' | 'payment'>
  text: ReturnType<typeof textForCustomer>
  sample: boolean
  customerId: string | null
}

async function render(
  ctx: AppContext,
  viewer: Viewer,
  input: PreviewInput,
  made: PreviewCase,
  medium: 'mail' | 'screen',
): Promise<Preview> {
  const { material, content, text, sample, customerId } = made
  const own = await languageOfUser(ctx.db, viewer.userId)
  const templates = { subject: input.subject ?? text.subject, body: input.body ?? text.body }
  requireTemplate(templates.subject, 'subject', own)
  requireTemplate(templates.body, 'body', own)
  const owed = customerId === null ? null : await owedFor(ctx, customerId, material, templates)
  const { entry } = text
  return {
    ...renderNotice({ ...content, ...withMaterial(material, medium), owed }, templates),
    sample,
    language: content.language,
    subjectFrom: input.subject === undefined ? text.subjectFrom : 'given',
    bodyFrom: input.body === undefined ? text.bodyFrom : 'given',
    place: entry === null ? null : { kind: entry.kind, level: entry.level, language: entry.language, tone: entry.tone },
  }
}

const companyOf = (world: NoticeWorld): NoticeContent['company'] => ({
  name: world.company.name,
  taxId: world.company.taxId,
  locale: world.company.locale,
})

async function previewFor(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  input: PreviewInput,
  medium: 'mail' | 'screen',
): Promise<{ preview: Preview; material: MailMaterial; statement: MailFile | null }> {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const world = await loadNoticeWorld(ctx.db)
  const customer = (await findCustomerFacts(ctx.db, world, [customerId])).get(customerId)
  if (!customer) throw new Refusal('not-found')
  const material = await findMailMaterial(ctx.db, customerId)
  const day = dayOfInstant(ctx.now(), world.company.timeZone)
  const open = await openReceivables(ctx.db, world, customer, input.kind, day)
  const sample = open.length === 0
  const level = input.level ?? 1
  const language = input.language ?? customer.language
  // A preview says what would go along; only a mail needs it made.
  const statement =
    medium === 'mail' && customer.settings.attachStatement ? await statementFile(ctx, world, customerId, day, language) : null
  const statementAttached = medium === 'mail' ? statement !== null : customer.settings.attachStatement
  const content = {
    kind: input.kind,
    level,
    day,
    language,
    customer: { name: customer.name, contactPerson: customer.contactPerson, code: customer.code },
    agent: { name: customer.sender.user?.name ?? viewer.name, email: customer.sender.address ?? viewer.email },
    company: companyOf(world),
    receivables: sample ? sampleReceivables(input.kind, day, world.company.currency) : open,
    statementAttached,
  }
  const text = textForCustomer(material.texts, world.company, customer, { ...input, level })
  const preview = await render(ctx, viewer, input, { material, content, text, sample, customerId }, medium)
  return { preview, material, statement }
}

/** A notice as the customer would get it today, on its open receivables. Refuses `not-found`, `template-invalid`. */
export async function previewNotice(ctx: AppContext, viewer: Viewer, customerId: string, input: PreviewInput): Promise<Preview> {
  return (await previewFor(ctx, viewer, customerId, input, 'screen')).preview
}

/** A notice as a made-up customer would get it, for editing the catalogue. Refuses `template-invalid`. */
export async function previewSampleNotice(ctx: AppContext, viewer: Viewer, input: PreviewInput): Promise<Preview> {
  const world = await loadNoticeWorld(ctx.db)
  const { company, defaults } = world
  const own = await languageOfUser(ctx.db, viewer.userId)
  const language = input.language ?? own ?? companyLanguage(company)
  const day = dayOfInstant(ctx.now(), company.timeZone)
  const level = input.level ?? 1
  const material = await findMailMaterial(ctx.db, null)
  const nobody = { subject: null, reminderBody: null, overdueBody: null }
  const text = textForCustomer(
    material.texts,
    company,
    { own: nobody, groupOwn: null, settings: defaults, language },
    { ...input, level },
  )
  const content = {
    kind: input.kind,
    level,
    day,
    language,
    customer: { name: 'Comercial Los Andes', contactPerson: 'Ana Pérez', code: 'C-000001' },
    agent: { name: viewer.name, email: viewer.email },
    company: companyOf(world),
    receivables: sampleReceivables(input.kind, day, company.currency),
    statementAttached: defaults.attachStatement,
  }
  return render(ctx, viewer, input, { material, content, text, sample: true, customerId: null }, 'screen')
}

/**
 * Sends such a notice to the viewer, from their own verified account; the customer gets nothing. Refuses `not-found`,
 * `template-invalid`, `mail-account-missing`, `mail-account-unverified`, and what the mail server says.
 */
export async function sendTestNotice(ctx: AppContext, viewer: Viewer, customerId: string, input: PreviewInput) {
  const { preview, material, statement } = await previewFor(ctx, viewer, customerId, input, 'mail')
  const [account] = await ctx.db.select().from(mailAccounts).where(eq(mailAccounts.userId, viewer.userId))
  if (!account) throw new Refusal('mail-account-missing')
  if (account.state !== 'verified') throw new Refusal('mail-account-unverified')
  const source = composeMail(
    {
      fromName: account.displayName,
      fromAddress: account.address,
      to: [{ address: viewer.email, name: viewer.name }],
      messageId: `<${v7()}@${account.address.slice(account.address.lastIndexOf('@') + 1)}>`,
      date: ctx.now(),
      language: preview.language,
    },
    { ...preview, subject: `[${preview.language === 'es' ? 'Prueba' : 'Test'}] ${preview.subject}` },
    {
      logo: material.logo,
      files: statement === null ? [] : [statement],
    },
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
