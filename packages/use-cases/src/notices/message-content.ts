import { noticeMessages } from '@cartera/db/schema/notices'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import type { ChosenNoticeText } from '@cartera/domain/notices/notice-text'
import { Refusal } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import type { MailAccount } from '../mail-accounts/open-transport.ts'
import { findStatement } from '../statements/find-statement.ts'
import { makeStatementPdf } from '../statements/statement-pdf.ts'
import { composeMail, type MailFile } from './compose-mail.ts'
import type { NoticeContent } from './notice-content.ts'
import type { NoticeWorld } from './notice-facts.ts'
import { type CatalogueText, findMailMaterial, findOwed, type MailMaterial, textForCustomer } from './notice-material.ts'
import type { Language } from './notice-words.ts'
import type { MessageFacts } from './recheck-notice.ts'
import { type RenderedNotice, renderNotice, variablesUsed } from './render-notice.ts'

export interface NoticeMail {
  subject: string
  /** The bytes for the mail server. */
  source: Buffer
  /** Addresses of the envelope. */
  to: string[]
}

/** The mail of a message that may leave, from `account`, as everything stands now. Throws `TemplateProblem`. */
export async function makeNoticeMail(
  ctx: AppContext,
  world: NoticeWorld,
  facts: MessageFacts,
  account: MailAccount,
): Promise<NoticeMail> {
  const material = await findMailMaterial(ctx.db, facts.customer.id)
  const { customer, day } = facts
  const statement = customer.settings.attachStatement
    ? await statementFile(ctx, world, customer.id, day, customer.language)
    : null
  const notice = await renderMessage(ctx, world, facts, account, material, 'mail', statement !== null)
  const to = facts.customer.recipients.filter((recipient) => recipient.usable)
  // Looked up late: a recheck may have given a message without a sender its Message-ID.
  const [row] = await ctx.db
    .select({ messageId: noticeMessages.messageId })
    .from(noticeMessages)
    .where(eq(noticeMessages.id, facts.message.id))
  const messageId = row?.messageId ?? facts.message.messageId
  const source = await composeMail(
    {
      fromName: account.displayName,
      fromAddress: account.address,
      to,
      messageId,
      date: ctx.now(),
      language: facts.customer.language,
    },
    notice,
    { logo: material.logo, files: statement === null ? [] : [statement] },
  )
  return { subject: notice.subject, source, to: to.map((recipient) => recipient.address) }
}

/**
 * A customer's statement of account at the end of a day, as a file of a mail; null where even its last day has more lines than a statement
 * holds. An account with many movements gets a shorter period rather than none.
 */
export async function statementFile(
  ctx: AppContext,
  world: NoticeWorld,
  customerId: string,
  day: CalendarDay,
  language: Language,
): Promise<MailFile | null> {
  const { timeZone } = world.company
  for (const days of statementDays)
    try {
      const statement = await findStatement(ctx.db, customerId, { from: addDays(day, -days), to: day, timeZone })
      const { fileName, pdf } = await makeStatementPdf(ctx.db, statement, ctx.now(), language)
      return { name: fileName, mediaType: 'application/pdf', content: pdf }
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'statement-too-long') throw error
    }
  return null
}
const statementDays = [90, 30, 7, 0]

/** What a message says now: for the mail itself, or to be shown on a screen, where images stand in the page. */
export async function renderMessage(
  ctx: AppContext,
  world: NoticeWorld,
  facts: MessageFacts,
  sender: { displayName: string; address: string },
  material: MailMaterial,
  medium: 'mail' | 'screen',
  statementAttached = facts.customer.settings.attachStatement,
): Promise<RenderedNotice> {
  const text = textOfMessage(world, facts, material.texts)
  const owed = await owedFor(ctx, facts.customer.id, material, text)
  const content = contentOf(world, facts, sender, facts.day)
  return renderNotice({ ...content, ...withMaterial(material, medium), owed, statementAttached }, text)
}

/** Subject and body that hold for a message now. */
export function textOfMessage(
  world: NoticeWorld,
  facts: MessageFacts,
  texts: readonly CatalogueText[],
): ChosenNoticeText<CatalogueText> {
  const { kind, level } = facts.message
  return textForCustomer(texts, world.company, facts.customer, { kind, level })
}

/** All that the customer owes, asked only where a text speaks of it. Throws `TemplateProblem`. */
export async function owedFor(
  ctx: AppContext,
  customerId: string,
  material: MailMaterial,
  text: { subject: string; body: string },
): Promise<NoticeContent['owed']> {
  const uses = [...variablesUsed(text.subject), ...variablesUsed(text.body)]
  return uses.includes('statementTotal') ? findOwed(ctx.db, customerId, material.credits) : null
}

/** The parts of a content that come from the material. */
export function withMaterial(
  material: MailMaterial,
  medium: 'mail' | 'screen',
): Pick<NoticeContent, 'credits' | 'logo' | 'bank'> {
  const { credits, logo, bank } = material
  if (logo === null) return { credits, bank, logo: null }
  const source = medium === 'mail' ? `cid:${logo.cid}` : `data:image/png;base64,${logo.content.toString('base64')}`
  return { credits, bank, logo: { source, width: logo.width } }
}

/** The items of which the mail speaks: those that stand and are not set aside. */
export function itemsThatStand(facts: MessageFacts) {
  const { stands, setAside } = facts.check
  return facts.items.filter((item) => stands.some((stand) => stand.id === item.id) && !setAside.includes(item.id))
}

/** What a message says: each receivable once, however many rules it matches. */
export function contentOf(
  world: NoticeWorld,
  facts: MessageFacts,
  sender: { displayName: string; address: string },
  day: CalendarDay,
): NoticeContent {
  const { customer, message } = facts
  const receivables = new Map<string, NoticeContent['receivables'][number]>()
  for (const { receivable, rule } of itemsThatStand(facts))
    if (receivables.get(receivable.id)?.kind !== 'overdue') receivables.set(receivable.id, { ...receivable, kind: rule.kind })
  return {
    kind: message.kind,
    level: message.level,
    day,
    language: customer.language,
    customer: { name: customer.name, contactPerson: customer.contactPerson, code: customer.code },
    agent: { name: customer.sender.user?.name ?? sender.displayName, email: sender.address },
    company: {
      name: world.company.name,
      taxId: world.company.taxId,
      locale: world.company.locale,
      paymentUrl: world.company.paymentUrl,
    },
    receivables: [...receivables.values()],
    credits: [],
    owed: null,
    statementAttached: customer.settings.attachStatement,
    logo: null,
  }
}
