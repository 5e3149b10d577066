import { customers } from '@cartera/db/schema/customers'
import type { customerMails } from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import { quotes } from '@cartera/db/schema/quotes'
import { quoteLabel } from '@cartera/domain/quotes/quote-state'
import { and, eq, isNull } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { sayDay } from '../notices/notice-words.ts'
import { type MailContent, renderMailBlocks } from '../outbox/compose-single-mail.ts'
import { fill } from '../statements/statement-words.ts'
import { quoteWords } from './quote-words.ts'

/** The mail that brings a quote: what its sender wrote, and the PDF as it was issued. Null once the quote was deleted, taken back or replaced. */
export async function quoteMail(
  ctx: AppContext,
  mail: Pick<typeof customerMails.$inferSelect, 'aboutId' | 'customerId' | 'message' | 'senderId'>,
): Promise<MailContent | null> {
  if (mail.aboutId === null) return null
  const [quote] = await ctx.db
    .select({
      number: quotes.number,
      revision: quotes.revision,
      subject: quotes.subject,
      language: quotes.language,
      validUntil: quotes.validUntil,
      pdf: quotes.pdf,
    })
    .from(quotes)
    .innerJoin(customers, eq(customers.id, quotes.customerId))
    .where(
      and(
        eq(quotes.id, mail.aboutId),
        eq(quotes.customerId, mail.customerId),
        eq(quotes.state, 'issued'),
        isNull(quotes.deletedAt),
        isNull(customers.deletedAt),
      ),
    )
  if (!quote?.pdf) return null
  const company = await findCompany(ctx.db)
  const [sender] =
    mail.senderId === null ? [] : await ctx.db.select({ name: users.name }).from(users).where(eq(users.id, mail.senderId))
  const words = quoteWords[quote.language]
  const label = quoteLabel(quote.number, quote.revision)
  const title = fill(words.title, { label })
  const message =
    mail.message ?? fill(words.message, { label, subject: quote.subject, day: sayDay(quote.validUntil, quote.language) })
  return {
    subject: `${company.name}: ${title}`,
    ...renderMailBlocks(
      message
        .split(/\n{2,}/)
        .filter((part) => part.trim() !== '')
        .map((text) => ({ kind: 'text' as const, text })),
      fill(words.foot, { agent: sender?.name ?? company.name, company: company.name }),
    ),
    attachment: { name: `${title}.pdf`, type: 'application/pdf', content: quote.pdf },
  }
}
