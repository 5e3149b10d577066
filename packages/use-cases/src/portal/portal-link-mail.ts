import { contacts, customers } from '@cartera/db/schema/customers'
import type { customerMails } from '@cartera/db/schema/interactions'
import { portalLinks } from '@cartera/db/schema/portal'
import { portalLinkExpiry, portalLinkHours } from '@cartera/domain/portal/portal-session'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { type MailContent, renderMailBlocks } from '../outbox/compose-single-mail.ts'
import { mayEnterPortal } from './may-enter.ts'
import { hashOfToken, newToken } from './portal-token.ts'

const words = {
  es: {
    subject: (company: string) => `Su acceso al portal de ${company}`,
    hello: (name: string) => `Hola, ${name}:`,
    invited: (company: string, customer: string) =>
      `En el portal de ${company} puede consultar la cuenta de ${customer}, descargar el estado de cuenta, escribirnos, prometer un pago o informar que ya pagó.`,
    link: 'Entrar al portal',
    once: (hours: number) =>
      `El enlace sirve una sola vez y vence en ${hours} horas. Después puede pedir otro en el portal con este mismo correo.`,
    notYou: 'Si no lo esperaba, ignore este correo: nadie entra sin el enlace. No lo reenvíe.',
    footer: (company: string) => `Enviado por ${company}.`,
  },
  en: {
    subject: (company: string) => `Your access to the portal of ${company}`,
    hello: (name: string) => `Hello, ${name}:`,
    invited: (company: string, customer: string) =>
      `On the portal of ${company} you can see the account of ${customer}, download the statement, write to us, promise a payment or report that you have paid.`,
    link: 'Enter the portal',
    once: (hours: number) =>
      `The link works once and expires in ${hours} hours. Afterwards you can ask for another one on the portal with this same address.`,
    notYou: 'If you did not expect it, ignore this mail: nobody enters without the link. Do not forward it.',
    footer: (company: string) => `Sent by ${company}.`,
  },
}

/**
 * The mail with a link, in the contact's language, else the customer's. The token is made here and lives in the mail alone; its hash is the link of this mail, so a mail that
 * is composed again has one link that works. The token stands behind the `#`, where no server and no log sees it. Null where the contact may no longer
 * enter or the mail's address is not theirs any more, and where the installation has no public address.
 */
export async function portalLinkMail(
  ctx: AppContext,
  mail: Pick<typeof customerMails.$inferSelect, 'id' | 'contactId' | 'customerId' | 'toAddress' | 'createdBy'>,
): Promise<MailContent | null> {
  const { publicUrl } = ctx.settings
  if (mail.contactId === null || publicUrl === null) return null
  const [row] = await ctx.db
    .select({
      contact: contacts.name,
      email: contacts.email,
      customer: customers.name,
      language: sql<string>`coalesce(${contacts.language}, ${customers.language})`,
    })
    .from(contacts)
    .innerJoin(customers, eq(customers.id, contacts.customerId))
    .where(and(eq(contacts.id, mail.contactId), eq(customers.id, mail.customerId), mayEnterPortal()))
  if (!row || row.email?.toLowerCase() !== mail.toAddress.toLowerCase()) return null
  const token = newToken()
  const now = ctx.now()
  const fresh = { tokenHash: hashOfToken(token), expiresAt: portalLinkExpiry(now) }
  const [link] = await ctx.db
    .insert(portalLinks)
    .values({ ...fresh, id: mail.id, contactId: mail.contactId, createdBy: mail.createdBy, createdAt: now })
    .onConflictDoUpdate({
      target: portalLinks.id,
      set: fresh,
      setWhere: and(isNull(portalLinks.usedAt), isNull(portalLinks.revokedAt)),
    })
    .returning({ id: portalLinks.id })
  if (!link) return null
  const company = await findCompany(ctx.db)
  const w = words[row.language === 'en' ? 'en' : 'es']
  const url = new URL('/portal/enter', publicUrl)
  url.hash = token
  return {
    subject: w.subject(company.name),
    ...renderMailBlocks(
      [
        { kind: 'title', text: w.subject(company.name) },
        { kind: 'text', text: w.hello(row.contact) },
        { kind: 'text', text: w.invited(company.name, row.customer) },
        { kind: 'link', text: w.link, url: url.toString() },
        { kind: 'text', text: w.once(portalLinkHours) },
        { kind: 'text', text: w.notYou },
      ],
      w.footer(company.name),
    ),
  }
}
