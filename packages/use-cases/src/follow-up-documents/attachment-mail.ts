import { customers } from '@cartera/db/schema/customers'
import { followUpAttachments, followUpDocuments, followUps } from '@cartera/db/schema/follow-ups'
import type { customerMails } from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import { and, eq, isNull } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { type MailContent, renderMailBlocks } from '../outbox/compose-single-mail.ts'

const words = {
  es: { message: 'Le enviamos adjunto el siguiente documento:', foot: '{agent} · {company}' },
  en: { message: 'Please find the following document attached:', foot: '{agent} · {company}' },
} as const

/** The mail that brings a document: what its sender wrote, and the PDF as it was made. Null once the document is gone. */
export async function attachmentMail(
  ctx: AppContext,
  mail: Pick<typeof customerMails.$inferSelect, 'aboutId' | 'customerId' | 'message' | 'senderId'>,
): Promise<MailContent | null> {
  if (mail.aboutId === null) return null
  const [row] = await ctx.db
    .select({ name: followUpAttachments.name, content: followUpAttachments.content, language: followUpDocuments.language })
    .from(followUpAttachments)
    .innerJoin(followUps, eq(followUps.id, followUpAttachments.followUpId))
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .innerJoin(followUpDocuments, eq(followUpDocuments.id, followUpAttachments.documentId))
    .where(and(eq(followUpAttachments.id, mail.aboutId), eq(followUps.customerId, mail.customerId), isNull(customers.deletedAt)))
  if (!row) return null
  const company = await findCompany(ctx.db)
  const [sender] =
    mail.senderId === null ? [] : await ctx.db.select({ name: users.name }).from(users).where(eq(users.id, mail.senderId))
  const say = words[row.language === 'en' ? 'en' : 'es']
  const title = row.name.replace(/\.pdf$/, '')
  const message = mail.message ?? `${say.message} ${title}`
  return {
    subject: `${company.name}: ${title}`,
    ...renderMailBlocks(
      message
        .split(/\n{2,}/)
        .filter((part) => part.trim() !== '')
        .map((text) => ({ kind: 'text' as const, text })),
      say.foot.replace('{agent}', () => sender?.name ?? company.name).replace('{company}', () => company.name),
    ),
    attachment: { name: row.name, type: 'application/pdf', content: row.content },
  }
}
