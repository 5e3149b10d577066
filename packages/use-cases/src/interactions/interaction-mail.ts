import { customers } from '@cartera/db/schema/customers'
import { type customerMails, interactionEntries, interactions, interactionTopics } from '@cartera/db/schema/interactions'
import { and, eq, isNull, ne } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { type MailContent, renderMailBlocks } from '../outbox/compose-single-mail.ts'

const words = {
  es: {
    incoming: 'Hemos registrado lo siguiente de su comunicación con nosotros:',
    outgoing: 'Le respondemos sobre su comunicación con nosotros:',
    topic: 'Tema',
    number: 'Número',
    reference: 'Referencia',
  },
  en: {
    incoming: 'We have recorded the following from your communication with us:',
    outgoing: 'This is our answer to your communication with us:',
    topic: 'Topic',
    number: 'Number',
    reference: 'Reference',
  },
}

/**
 * The mail about an entry of an interaction, in the customer's language: what was recorded of what they said, or what we answered. Null for an
 * internal entry, whatever asked for it, and for what was deleted meanwhile.
 */
export async function interactionMail(
  ctx: AppContext,
  mail: Pick<typeof customerMails.$inferSelect, 'aboutId' | 'customerId'>,
): Promise<MailContent | null> {
  if (mail.aboutId === null) return null
  const [row] = await ctx.db
    .select({
      number: interactions.number,
      reference: interactions.reference,
      topic: interactionTopics.name,
      kind: interactionEntries.kind,
      body: interactionEntries.body,
      entryName: interactionEntries.entryName,
      language: customers.language,
    })
    .from(interactionEntries)
    .innerJoin(interactions, eq(interactions.id, interactionEntries.interactionId))
    .innerJoin(interactionTopics, eq(interactionTopics.id, interactions.topicId))
    .innerJoin(customers, eq(customers.id, interactions.customerId))
    .where(
      and(
        eq(interactionEntries.id, mail.aboutId),
        eq(interactions.customerId, mail.customerId),
        ne(interactionEntries.kind, 'internal'),
        isNull(interactions.deletedAt),
        isNull(customers.deletedAt),
      ),
    )
  if (!row || row.kind === 'internal') return null
  const company = await findCompany(ctx.db)
  const w = words[row.language === 'en' ? 'en' : 'es']
  return {
    subject: `${company.name}: ${row.topic} (${row.number})`,
    ...renderMailBlocks(
      [
        { kind: 'text', text: w[row.kind] },
        ...row.body
          .split(/\n{2,}/)
          .filter((part) => part.trim() !== '')
          .map((text) => ({ kind: 'text' as const, text })),
        {
          kind: 'facts',
          rows: [
            [w.topic, row.topic],
            [w.number, String(row.number)],
            ...(row.reference === null ? [] : [[w.reference, row.reference] as const]),
          ],
        },
      ],
      `${row.entryName} · ${company.name}`,
    ),
  }
}
