import { noticeMessages } from '@cartera/db/schema/notices'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import { eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import type { MailAccount } from '../mail-accounts/open-transport.ts'
import { composeMail } from './compose-mail.ts'
import type { NoticeWorld } from './notice-facts.ts'
import type { MessageFacts } from './recheck-notice.ts'
import { type NoticeContent, renderNotice } from './render-notice.ts'

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
  const notice = renderNotice(contentOf(world, facts, account, facts.day), templatesOf(facts))
  const to = facts.customer.recipients.filter((recipient) => recipient.usable)
  // Looked up late: a recheck may have given a message without a sender its Message-ID.
  const [row] = await ctx.db
    .select({ messageId: noticeMessages.messageId })
    .from(noticeMessages)
    .where(eq(noticeMessages.id, facts.message.id))
  const messageId = row?.messageId ?? facts.message.messageId
  const source = await composeMail(
    { fromName: account.displayName, fromAddress: account.address, to, messageId, date: ctx.now() },
    notice,
  )
  return { subject: notice.subject, source, to: to.map((recipient) => recipient.address) }
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
  const receivables = new Map(itemsThatStand(facts).map(({ receivable }) => [receivable.id, receivable]))
  return {
    kind: message.kind,
    day,
    language: customer.language,
    customer: { name: customer.name, contactPerson: customer.contactPerson, code: customer.code },
    agent: { name: customer.sender.user?.name ?? sender.displayName, email: sender.address },
    company: { name: world.company.name, taxId: world.company.taxId, locale: world.company.locale },
    receivables: [...receivables.values()],
  }
}

/** The templates that hold for the message's customer and kind. */
export function templatesOf(facts: MessageFacts): { subject: string; body: string } {
  const { settings } = facts.customer
  return { subject: settings.subject, body: facts.message.kind === 'preventive' ? settings.reminderBody : settings.overdueBody }
}
