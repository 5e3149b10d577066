import type { Querier } from '@cartera/db/connect'
import type { BankAccount } from '@cartera/db/schema/finance'
import { noticeTemplates } from '@cartera/db/schema/notices'
import { companyLogo } from '@cartera/db/schema/organisation'
import type { Money } from '@cartera/domain/money'
import type { NoticeTone, OwnNoticeSettings } from '@cartera/domain/notices/notice-settings'
import {
  type ChosenNoticeText,
  chooseNoticeText,
  type NoticeText,
  type NoticeTextPlace,
} from '@cartera/domain/notices/notice-text'
import { readyText } from '@cartera/domain/notices/ready-texts'
import { sql } from 'drizzle-orm'
import { sayBankAccount } from '../bank-details/say-bank-account.ts'
import type { Company } from '../company/company-settings.ts'
import { type CustomerCredit, creditsOfCustomers, noCredit } from '../payments/credits-of-customers.ts'
import type { PaymentData } from './notice-content.ts'
import type { Language } from './notice-words.ts'

/** A text of the catalogue as mails need it. */
export type CatalogueText = NoticeTextPlace & NoticeText & { id: string }

export interface MailLogo {
  content: Buffer
  /** Its name within a mail, by which the HTML points to it. */
  cid: string
  /** How wide it stands; its pixels may be twice as many. */
  width: number
}

/** What mails to a customer need besides the message itself: the catalogue, the logo, the customer's credit. */
export interface MailMaterial {
  texts: readonly CatalogueText[]
  logo: MailLogo | null
  credit: CustomerCredit
  payment: PaymentData
}

// Texts and logo change seldom and every mail needs them: they are read again when their fingerprint says so, which every batch asks.
let textsKept: { key: string; texts: readonly CatalogueText[] } | undefined
let logoKept: { key: string; logo: MailLogo } | undefined

/** The material of mails to many customers, in two questions to the database unless texts or logo have changed. */
export async function findMailMaterials(
  db: Querier,
  customerIds: readonly string[],
): Promise<(customerId: string) => MailMaterial> {
  const { rows } = await db.execute<{
    texts_key: string | null
    logo_key: string | null
    payment: { accounts: BankAccount[]; url: string | null } | null
  }>(sql`
    select
      (select json_build_object('accounts', accounts, 'url', payment_url) from bank_details where state = 'confirmed') as payment,
      (select md5(string_agg(id::text || '.' || version, ',' order by id)) from notice_templates) as texts_key,
      (select hash from company_logo) as logo_key`)
  const [row] = rows
  const ofAll = {
    texts: await textsOf(db, row?.texts_key ?? ''),
    logo: await logoOf(db, row?.logo_key ?? null),
    payment: { url: row?.payment?.url ?? null, accounts: (row?.payment?.accounts ?? []).map(sayBankAccount) },
  }
  const credits = await creditsOfCustomers(db, customerIds)
  return (customerId) => ({ ...ofAll, credit: credits.get(customerId) ?? noCredit })
}

/** The material of mails to one customer, or to nobody, whose credit is none. */
export async function findMailMaterial(db: Querier, customerId: string | null): Promise<MailMaterial> {
  return (await findMailMaterials(db, customerId === null ? [] : [customerId]))(customerId ?? '')
}

async function textsOf(db: Querier, key: string): Promise<readonly CatalogueText[]> {
  if (textsKept?.key === key) return textsKept.texts
  const rows = await db.select().from(noticeTemplates)
  const texts = rows.map(({ id, kind, level, language, tone, subject, body }) => ({
    id,
    kind,
    level,
    language: language === 'en' ? ('en' as const) : ('es' as const),
    tone,
    subject,
    body,
  }))
  textsKept = { key, texts }
  return texts
}

async function logoOf(db: Querier, key: string | null): Promise<MailLogo | null> {
  if (key === null) return null
  if (logoKept?.key === key) return logoKept.logo
  const [row] = await db.select().from(companyLogo)
  if (!row) return null
  // A small picture stands as it is; a larger one at half its size, so that it is sharp on fine screens.
  const scale = Math.min(1, 200 / row.width, 64 / row.height)
  const width = Math.max(1, Math.round(row.width * scale))
  const logo = { content: row.content, cid: `logo.${row.hash.slice(0, 16)}@cartera.invalid`, width }
  logoKept = { key: row.hash, logo }
  return logo
}

/** The language in which the company writes where a text is missing in the customer's. */
export const companyLanguage = (company: Pick<Company, 'locale'>): Language => (company.locale.startsWith('en') ? 'en' : 'es')

type OwnTexts = Pick<OwnNoticeSettings, 'subject' | 'reminderBody' | 'overdueBody'>
interface CustomerTexts {
  own: OwnTexts
  groupOwn: OwnTexts | null
  settings: { tone: NoticeTone }
  language: Language
}

/**
 * Subject and body for a customer: own, else the group's, else the catalogue's nearest, else the ready text. `over` is what a preview
 * asks for instead of what holds.
 */
export function textForCustomer(
  texts: readonly CatalogueText[],
  company: Pick<Company, 'locale'>,
  customer: CustomerTexts,
  of: {
    kind: NoticeTextPlace['kind']
    level: number
    language?: Language | undefined
    tone?: NoticeTextPlace['tone'] | undefined
  },
): ChosenNoticeText<CatalogueText> {
  const place = {
    kind: of.kind,
    level: of.level,
    language: of.language ?? customer.language,
    tone: of.tone ?? customer.settings.tone,
  }
  const bodyField = of.kind === 'preventive' ? 'reminderBody' : 'overdueBody'
  const own = {
    customer: { subject: customer.own.subject, body: customer.own[bodyField] },
    group: customer.groupOwn === null ? null : { subject: customer.groupOwn.subject, body: customer.groupOwn[bodyField] },
  }
  const chosen = chooseNoticeText(texts, place, companyLanguage(company), own)
  if (chosen !== null) return chosen
  const ready = readyText(place)
  return {
    subject: own.customer.subject ?? own.group?.subject ?? ready.subject,
    body: own.customer.body ?? own.group?.body ?? ready.body,
    subjectFrom: 'catalogue',
    bodyFrom: 'catalogue',
    entry: null,
  }
}

/** All that customers owe per currency, less their credit (a credit larger than the debt leaves nothing). */
export async function findOwed(
  db: Querier,
  customers: readonly { id: string; credit: CustomerCredit }[],
): Promise<Map<string, Money[]>> {
  const { rows } = await db.execute<{ customer_id: string; currency: string; amount: string }>(sql`
    select customer_id, currency, sum(balance_minor)::text as amount from receivables
    where customer_id = any(${sql.param(customers.map(({ id }) => id))}::uuid[]) and balance_minor > 0
    group by customer_id, currency order by currency`)
  return new Map(
    customers.map(({ id, credit: { credits } }) => [
      id,
      rows
        .filter((row) => row.customer_id === id)
        .map(({ currency, amount }) => {
          const credit = credits.find((one) => one.currency === currency)?.amountMinor ?? 0n
          const left = BigInt(amount) - credit
          return { currency, amountMinor: left > 0n ? left : 0n }
        }),
    ]),
  )
}
