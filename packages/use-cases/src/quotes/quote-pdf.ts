import type { Querier } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import { companyLogo, users } from '@cartera/db/schema/organisation'
import type { quoteLines, quotes } from '@cartera/db/schema/quotes'
import { type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import { quoteLabel } from '@cartera/domain/quotes/quote-state'
import { quoteTotals } from '@cartera/domain/quotes/quote-totals'
import { Refusal } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import { findCompany } from '../company/company-settings.ts'
import { renderPdf } from '../exports/render-pdf.ts'
import { sayDay, sayMoney } from '../notices/notice-words.ts'
import { fill } from '../statements/statement-words.ts'
import { moneyOfLine } from './quote-lines.ts'
import { quoteWords } from './quote-words.ts'

type Quote = typeof quotes.$inferSelect
type Line = typeof quoteLines.$inferSelect

/** The document of a quote in its language, with the company's data; without `issuedOn` it says that it is a draft. Refuses `sum-too-large`. */
export async function makeQuotePdf(
  db: Querier,
  quote: Quote,
  lines: readonly Line[],
  { now, issuedOn }: { now: Date; issuedOn: CalendarDay | null },
): Promise<Buffer> {
  const company = await findCompany(db)
  const [logo] = await db.select().from(companyLogo)
  const [customer] = await db.select().from(customers).where(eq(customers.id, quote.customerId))
  const [owner] = await db.select({ name: users.name, email: users.email }).from(users).where(eq(users.id, quote.ownerId))
  const [contact] =
    quote.contactId === null
      ? []
      : await db.select({ name: contacts.name }).from(contacts).where(eq(contacts.id, quote.contactId))
  const totals = quoteTotals(lines.map(moneyOfLine), quote.taxIncluded)
  if (!totals) throw new Refusal('sum-too-large')
  const { language } = quote
  const words = quoteWords[language]
  const money = (minor: bigint) => sayMoney(minor, quote.currency, language, company.locale)
  // The decimal sign of the company where it writes in this language, as `sayMoney` does.
  const locale = company.locale.split('-')[0] === language ? company.locale : language === 'es' ? 'es' : 'en-US'
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 4 })
  const decimal = (value: string) => number.format(value as `${number}`)
  const withDiscount = totals.discount > 0n
  const withTaxes = totals.taxes.length > 0
  const sum = (label: string, value: bigint) => [label, money(value)] as const
  const sums = [
    ...(withDiscount ? [sum(words.subtotal, totals.subtotal), sum(words.discountSum, -totals.discount)] : []),
    ...(withTaxes ? [sum(words.net, totals.net)] : []),
    ...totals.taxes.map(({ percent, base, tax }) =>
      sum(fill(words.taxOf, { percent: decimal(percent), base: money(base) }), tax),
    ),
    sum(words.total, totals.total),
  ]
  return renderPdf({
    title: fill(words.title, { label: quoteLabel(quote.number, quote.revision) }),
    subtitle: quote.subject,
    language,
    company: { name: company.name, taxId: company.taxId },
    logo: logo?.content ?? null,
    foot: `${customer?.name ?? ''} · ${issuedOn === null ? words.draft : fill(words.made, { day: sayDay(issuedOn, language) })}`,
    madeAt: now,
    blocks: [
      ...(issuedOn === null ? [{ kind: 'text' as const, text: words.draft, tone: 'strong' as const }] : []),
      {
        kind: 'facts',
        rows: [
          [words.customer, customer?.name ?? ''],
          [words.taxId, customer?.taxId ?? '-'],
          [words.address, [customer?.address, customer?.city].filter(Boolean).join(', ') || '-'],
          ...(contact ? [[words.attention, contact.name] as const] : []),
          [words.date, sayDay(issuedOn ?? dayOfInstant(now, company.timeZone), language)],
          [words.validUntil, sayDay(quote.validUntil, language)],
          [words.agent, [owner?.name, owner?.email].filter(Boolean).join(' · ')],
          [words.currency, quote.currency],
        ],
      },
      {
        kind: 'table',
        columns: [
          { title: words.line, width: 'rest' },
          { title: words.quantity, align: 'right' },
          { title: words.unit },
          { title: words.price, align: 'right' },
          ...(withDiscount ? [{ title: words.discount, align: 'right' as const }] : []),
          ...(withTaxes ? [{ title: words.tax, align: 'right' as const }] : []),
          { title: words.amount, align: 'right' },
        ],
        rows: lines.map((line, at) => {
          const { discountPercent, taxPercent, quantity } = moneyOfLine(line)
          return [
            line.description,
            decimal(quantity),
            line.unit ?? '',
            money(line.unitPriceMinor),
            ...(withDiscount ? [discountPercent === '0' ? '' : `${decimal(discountPercent)} %`] : []),
            ...(withTaxes ? [taxPercent === null ? '' : `${decimal(taxPercent)} %`] : []),
            money(totals.lines[at] ?? 0n),
          ]
        }),
      },
      {
        kind: 'table',
        columns: [
          { title: '', width: 'rest', align: 'right' },
          { title: '', align: 'right' },
        ],
        rows: sums.slice(0, -1),
        totals: sums.slice(-1),
      },
      ...(quote.taxIncluded && withTaxes ? [{ kind: 'text' as const, text: words.taxIncluded, tone: 'muted' as const }] : []),
      ...(quote.terms === null
        ? []
        : [
            { kind: 'heading' as const, text: words.terms },
            { kind: 'text' as const, text: quote.terms },
          ]),
    ],
  })
}
