import type { Querier } from '@cartera/db/connect'
import { followUpReceivables } from '@cartera/db/schema/follow-ups'
import { companyLogo, users } from '@cartera/db/schema/organisation'
import { documents, receivables } from '@cartera/db/schema/receivables'
import { dayOfInstant } from '@cartera/domain/calendar-day'
import type { DocumentLists } from '@cartera/domain/follow-ups/document-variables'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findPaymentData } from '../bank-details/bank-details.ts'
import { sayBankAccount } from '../bank-details/say-bank-account.ts'
import { findCompany } from '../company/company-settings.ts'
import type { Customer } from '../customers/visible-customer.ts'
import { mostPdfRows, type PdfBlock, renderPdf } from '../exports/render-pdf.ts'
import { type Language, sayLongDay } from '../notices/notice-words.ts'
import type { DocumentContent, DocumentText } from './document-text.ts'

/** For which follow-up: the preview of a template has none. */
interface DocumentOccasion {
  followUp: { id: string; number: number; subject: string } | null
  contact: { name: string; position: string | null } | null
  /** Who signs. */
  agentId: string
}

/**
 * What a document says about a customer whom the caller has shown to be visible: the receivables that it lists as they are owed now. Refuses
 * `document-too-long` for more than a PDF holds.
 */
export async function findDocumentContent(
  db: Querier,
  ctx: AppContext,
  customer: Customer,
  template: { language: Language; lists: DocumentLists },
  occasion: DocumentOccasion,
): Promise<DocumentContent> {
  const company = await findCompany(db)
  const day = dayOfInstant(ctx.now(), company.timeZone)
  const [agent] = await db.select({ name: users.name, email: users.email }).from(users).where(eq(users.id, occasion.agentId))
  const { accounts, paymentUrl } = await findPaymentData(db)
  return {
    language: template.language,
    day,
    customer: {
      name: customer.name,
      code: customer.code,
      taxId: customer.taxId,
      contactPerson: customer.contactPerson,
      address: [customer.address, customer.city].filter(Boolean).join(', ') || null,
    },
    contact: occasion.contact,
    agent: agent ?? { name: '', email: '' },
    company: { name: company.name, taxId: company.taxId, locale: company.locale },
    payment: { url: paymentUrl, accounts: accounts.map(sayBankAccount) },
    followUp: occasion.followUp,
    receivables: await findLines(db, customer.id, listed(db, template.lists, day, occasion.followUp?.id ?? null)),
  }
}

/** Which receivables of the customer are listed; null for none. A preview of linked ones, without a follow-up, shows the open ones. */
function listed(db: Querier, lists: DocumentLists, day: string, followUpId: string | null): SQL | undefined | null {
  if (lists === 'none') return null
  if (lists === 'overdue') return lt(receivables.dueOn, day)
  if (lists === 'open' || followUpId === null) return undefined
  const linked = db
    .select({ id: followUpReceivables.receivableId })
    .from(followUpReceivables)
    .where(eq(followUpReceivables.followUpId, followUpId))
  return inArray(receivables.id, linked)
}

async function findLines(db: Querier, customerId: string, which: SQL | undefined | null) {
  if (which === null) return []
  const rows = await db
    .select({
      number: documents.number,
      instalment: receivables.instalment,
      issuedOn: receivables.issuedOn,
      dueOn: receivables.dueOn,
      balanceMinor: receivables.balanceMinor,
      currency: receivables.currency,
    })
    .from(receivables)
    .innerJoin(documents, eq(documents.id, receivables.documentId))
    .where(and(eq(receivables.customerId, customerId), sql`${receivables.balanceMinor} > 0`, which))
    .orderBy(asc(receivables.dueOn), asc(documents.number), asc(receivables.instalment), asc(receivables.id))
    .limit(mostPdfRows + 1)
  if (rows.length > mostPdfRows) throw new Refusal('document-too-long', { params: { max: mostPdfRows } })
  return rows
}

const addressee = {
  es: {
    to: 'Para',
    attention: 'Atención',
    taxId: 'Identificación',
    code: 'Código',
    address: 'Dirección',
    none: 'No hay cuentas por cobrar que listar.',
  },
  en: {
    to: 'To',
    attention: 'Attention',
    taxId: 'Tax id',
    code: 'Code',
    address: 'Address',
    none: 'There are no receivables to list.',
  },
} as const

/** The document on the company's letterhead. What is in it is text: markup in a name stays what was typed. */
export async function makeDocumentPdf(db: Querier, now: Date, content: DocumentContent, text: DocumentText): Promise<Buffer> {
  const [logo] = await db.select().from(companyLogo)
  const { language, customer, company, contact } = content
  const words = addressee[language]
  const attention = contact ? [contact.name, contact.position].filter(Boolean).join(', ') : customer.contactPerson
  const blocks: PdfBlock[] = [
    {
      kind: 'facts',
      columns: 1,
      rows: [
        [words.to, customer.name],
        ...(attention ? [[words.attention, attention] as const] : []),
        ...(customer.taxId ? [[words.taxId, customer.taxId] as const] : []),
        [words.code, customer.code],
        ...(customer.address ? [[words.address, customer.address] as const] : []),
      ],
    },
    ...text.paragraphs.map(
      (paragraph): PdfBlock =>
        paragraph === null
          ? {
              kind: 'table',
              columns: text.table.columns.map((title, index) => ({
                title,
                width: index === 0 ? ('rest' as const) : ('fit' as const),
                align: index >= 3 ? ('right' as const) : ('left' as const),
              })),
              rows: text.table.rows,
              totals: text.table.totals,
              empty: words.none,
            }
          : { kind: 'text', text: paragraph, tone: 'letter' },
    ),
  ]
  // A table may stand more than once in a text, and then counts each time.
  const rows = blocks.reduce((sum, block) => sum + (block.kind === 'table' ? block.rows.length : 0), 0)
  if (rows > mostPdfRows) throw new Refusal('document-too-long', { params: { max: mostPdfRows } })
  return renderPdf({
    title: text.title,
    subtitle: sayLongDay(content.day, language),
    language,
    company: { name: company.name, taxId: company.taxId },
    logo: logo?.content ?? null,
    foot: `${customer.code} ${customer.name}`,
    madeAt: now,
    blocks,
  })
}
