import { noticeMessages } from '@cartera/db/schema/notices'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import type { ChosenNoticeText, NoticeText } from '@cartera/domain/notices/notice-text'
import { Refusal } from '@cartera/domain/refusal'
import { inArray } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import type { MailAccount } from '../mail-accounts/open-transport.ts'
import type { MailFile } from '../mime/write-mail.ts'
import type { CustomerCredit } from '../payments/credits-of-customers.ts'
import { findStatement } from '../statements/find-statement.ts'
import { makeStatementPdf } from '../statements/statement-pdf.ts'
import { composeMail } from './compose-mail.ts'
import { TemplateProblem } from './liquid-text.ts'
import type { NoticeContent } from './notice-content.ts'
import type { NoticeWorld } from './notice-facts.ts'
import {
  type CatalogueText,
  findMailMaterial,
  findMailMaterials,
  findOwed,
  type MailMaterial,
  textForCustomer,
} from './notice-material.ts'
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

/**
 * The mails of messages that may leave, each from its account, as everything stands now, by the message's id: what they need is loaded for
 * all of them together. A message whose text cannot be rendered gets its problem instead.
 */
export async function makeNoticeMails(
  ctx: AppContext,
  world: NoticeWorld,
  messages: readonly { facts: MessageFacts; account: MailAccount }[],
): Promise<Map<string, NoticeMail | TemplateProblem>> {
  const made = new Map<string, NoticeMail | TemplateProblem>()
  if (messages.length === 0) return made
  const materialOf = await findMailMaterials(
    ctx.db,
    messages.map(({ facts }) => facts.customer.id),
  )
  const spoken: { facts: MessageFacts; account: MailAccount; text: NoticeText; material: MailMaterial }[] = []
  const asked = new Map<string, { id: string; credit: CustomerCredit }>()
  for (const { facts, account } of messages) {
    const material = materialOf(facts.customer.id)
    const text = textOfMessage(world, facts, material.texts)
    try {
      if (asksForOwed(text)) asked.set(facts.customer.id, { id: facts.customer.id, credit: material.credit })
      spoken.push({ facts, account, text, material })
    } catch (error) {
      made.set(facts.message.id, problemIn(error))
    }
  }
  const owed = asked.size === 0 ? null : await findOwed(ctx.db, [...asked.values()])
  const messageIds = await findMessageIds(
    ctx,
    spoken.map(({ facts }) => facts),
  )
  for (const { facts, account, text, material } of spoken) {
    const { customer, day, message } = facts
    const statement = customer.settings.attachStatement
      ? await statementFile(ctx, world, customer.id, day, customer.language)
      : null
    try {
      const notice = renderNotice(
        {
          ...contentOf(world, facts, account, day),
          ...withMaterial(material, 'mail'),
          owed: owed?.get(customer.id) ?? null,
          statementAttached: statement !== null,
        },
        text,
      )
      const to = customer.recipients.filter((recipient) => recipient.usable)
      const source = composeMail(
        {
          fromName: account.displayName,
          fromAddress: account.address,
          to,
          messageId: messageIds.get(message.id) ?? message.messageId,
          date: ctx.now(),
          language: customer.language,
        },
        notice,
        { logo: material.logo, files: statement === null ? [] : [statement] },
      )
      made.set(message.id, { subject: notice.subject, source, to: to.map((recipient) => recipient.address) })
    } catch (error) {
      made.set(message.id, problemIn(error))
    }
  }
  return made
}

function problemIn(error: unknown): TemplateProblem {
  if (error instanceof TemplateProblem) return error
  throw error
}

/** Of messages that were planned without a sender: a recheck has given them their Message-ID since their facts were read. */
async function findMessageIds(ctx: AppContext, facts: readonly MessageFacts[]): Promise<Map<string, string>> {
  const without = facts.map(({ message }) => message).filter(({ messageId }) => messageId.endsWith('@cartera.invalid>'))
  if (without.length === 0) return new Map()
  const rows = await ctx.db
    .select({ id: noticeMessages.id, messageId: noticeMessages.messageId })
    .from(noticeMessages)
    .where(
      inArray(
        noticeMessages.id,
        without.map(({ id }) => id),
      ),
    )
  return new Map(rows.map((row) => [row.id, row.messageId]))
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

/** What a message says now, to be shown on a screen, where images stand in the page. Throws `TemplateProblem`. */
export async function renderMessage(
  ctx: AppContext,
  world: NoticeWorld,
  facts: MessageFacts,
  sender: { displayName: string; address: string },
): Promise<RenderedNotice> {
  const material = await findMailMaterial(ctx.db, facts.customer.id)
  const text = textOfMessage(world, facts, material.texts)
  const owed = await owedFor(ctx, facts.customer.id, material, text)
  return renderNotice({ ...contentOf(world, facts, sender, facts.day), ...withMaterial(material, 'screen'), owed }, text)
}

/** Subject and body that hold for a message now. */
function textOfMessage(
  world: NoticeWorld,
  facts: MessageFacts,
  texts: readonly CatalogueText[],
): ChosenNoticeText<CatalogueText> {
  // Of what leaves now: where what was overdue has been paid since, the rest is a reminder.
  const { kind, level } = facts.check
  return textForCustomer(texts, world.company, facts.customer, { kind, level })
}

/** Whether a text speaks of all that the customer owes. Throws `TemplateProblem`. */
const asksForOwed = (text: NoticeText) =>
  [text.subject, text.body].some((source) => variablesUsed(source).includes('statementTotal'))

/** All that the customer owes, asked only where a text speaks of it. Throws `TemplateProblem`. */
export async function owedFor(
  ctx: AppContext,
  customerId: string,
  material: MailMaterial,
  text: NoticeText,
): Promise<NoticeContent['owed']> {
  if (!asksForOwed(text)) return null
  return (await findOwed(ctx.db, [{ id: customerId, credit: material.credit }])).get(customerId) ?? null
}

/** The parts of a content that come from the material. */
export function withMaterial(
  material: MailMaterial,
  medium: 'mail' | 'screen',
): Pick<NoticeContent, 'covered' | 'logo' | 'payment'> {
  const { logo, payment } = material
  const { covered } = material.credit
  if (logo === null) return { covered, payment, logo: null }
  const source = medium === 'mail' ? `cid:${logo.cid}` : `data:image/png;base64,${logo.content.toString('base64')}`
  return { covered, payment, logo: { source, width: logo.width } }
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
): Omit<NoticeContent, 'covered' | 'owed' | 'payment' | 'logo'> {
  const { customer, check } = facts
  const receivables = new Map<string, NoticeContent['receivables'][number]>()
  for (const { receivable, rule } of itemsThatStand(facts))
    if (receivables.get(receivable.id)?.kind !== 'overdue') receivables.set(receivable.id, { ...receivable, kind: rule.kind })
  return {
    kind: check.kind,
    level: check.level,
    day,
    language: customer.language,
    customer: { name: customer.name, contactPerson: customer.contactPerson, code: customer.code },
    agent: { name: customer.sender.user?.name ?? sender.displayName, email: sender.address },
    company: {
      name: world.company.name,
      taxId: world.company.taxId,
      locale: world.company.locale,
    },
    receivables: [...receivables.values()],
    statementAttached: customer.settings.attachStatement,
  }
}
