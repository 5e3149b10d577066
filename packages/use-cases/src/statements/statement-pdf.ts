import type { Querier } from '@cartera/db/connect'
import { companyLogo } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { dayOfInstant } from '@cartera/domain/calendar-day'
import { agingBuckets } from '@cartera/domain/credit/aging'
import { parseAmount } from '@cartera/domain/money'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { type PdfBlock, renderPdf } from '../exports/render-pdf.ts'
import { sayDay, sayMoney } from '../notices/notice-words.ts'
import { findStatement, type Statement, type StatementPeriod, statementPeriod } from './find-statement.ts'
import { fill, statementWords } from './statement-words.ts'

type Language = 'es' | 'en'

/** An amount in the reader's way of writing, without its currency: the heading says it. */
function sayer(currency: string, language: Language, locale: string) {
  return (amount: string) => {
    const read = parseAmount(amount, currency)
    return sayMoney('amountMinor' in read ? read.amountMinor : 0n, currency, language, locale).slice(currency.length + 1)
  }
}

const unsigned = (amount: string) => (amount.startsWith('-') ? amount.slice(1) : amount)

/** A currency of a statement on paper: ages, open items, what is unapplied, and every movement. */
export function accountBlocks(
  account: Statement['accounts'][number],
  statement: Statement,
  language: Language,
  locale: string,
): PdfBlock[] {
  const words = statementWords[language]
  const money = sayer(account.currency, language, locale)
  const { aging } = account
  return [
    { kind: 'heading', text: fill(words.account, { currency: account.currency }) },
    {
      kind: 'table',
      columns: [...agingBuckets.map((bucket) => words.buckets[bucket]), words.total, words.unapplied, words.net].map((title) => ({
        title,
        align: 'right' as const,
        width: 'rest' as const,
      })),
      rows: [
        [...agingBuckets.map((bucket) => money(aging[bucket])), money(aging.balance), money(aging.unapplied), money(aging.net)],
      ],
    },
    { kind: 'text', text: words.openItems, tone: 'strong' },
    {
      kind: 'table',
      columns: [
        { title: words.document, width: 'rest' },
        { title: words.issued },
        { title: words.due },
        { title: words.daysOverdue, align: 'right' },
        { title: words.amount, align: 'right' },
        { title: words.balance, align: 'right' },
      ],
      rows: account.items.map((item) => [
        `${words.kinds[item.documentType === 'credit-note' ? 'credit-note' : item.documentType]} ${item.number}${
          item.instalment > 1 ? ` / ${item.instalment}` : ''
        }${item.disputed ? ` (${words.disputed})` : ''}`,
        sayDay(item.issuedOn, language),
        sayDay(item.dueOn, language),
        item.daysOverdue > 0 ? String(item.daysOverdue) : '',
        money(item.amount),
        money(item.balance),
      ]),
      totals: [[words.total, '', '', '', '', money(aging.balance)]],
      empty: words.noItems,
    },
    ...(account.unapplied.length === 0
      ? []
      : [
          { kind: 'text' as const, text: words.unapplied, tone: 'strong' as const },
          {
            kind: 'table' as const,
            columns: [
              { title: words.description, width: 'rest' as const },
              { title: words.date },
              { title: words.amount, align: 'right' as const },
              { title: words.balance, align: 'right' as const },
            ],
            rows: account.unapplied.map((row) => [
              [words.kinds[row.kind], row.number ?? ''].join(' ').trim(),
              sayDay(row.on, language),
              money(row.amount),
              money(row.unapplied),
            ]),
            totals: [[words.total, '', '', money(aging.unapplied)]],
          },
        ]),
    {
      kind: 'text',
      text: `${words.movements}: ${fill(words.period, { from: sayDay(statement.from, language), to: sayDay(statement.to, language) })}`,
      tone: 'strong',
    },
    {
      kind: 'table',
      columns: [
        { title: words.date },
        { title: words.description, width: 'rest' },
        { title: words.due },
        { title: words.charge, align: 'right' },
        { title: words.credit, align: 'right' },
        { title: words.balance, align: 'right' },
      ],
      rows: [
        [sayDay(statement.from, language), words.opening, '', '', '', money(account.opening)],
        ...account.lines.map((line) => [
          sayDay(line.on, language),
          describeLine(line, language),
          line.dueOn === null ? '' : sayDay(line.dueOn, language),
          line.amount.startsWith('-') ? '' : money(line.amount),
          line.amount.startsWith('-') ? money(unsigned(line.amount)) : '',
          money(line.balance),
        ]),
      ],
      totals: [
        [
          sayDay(statement.to, language),
          words.closing,
          '',
          money(account.charged),
          money(account.credited),
          money(account.closing),
        ],
      ],
    },
  ]
}

/** What a line of the account was, in words. */
export function describeLine(line: Statement['accounts'][number]['lines'][number], language: Language): string {
  const words = statementWords[language]
  const instalment =
    line.instalment !== null && line.instalments !== null && line.instalments > 1
      ? `, ${fill(words.instalment, { number: line.instalment, count: line.instalments })}`
      : ''
  const reason = line.reason === null ? '' : `: ${line.reason}`
  return `${[words.kinds[line.kind], line.number ?? ''].join(' ').trim()}${instalment}${reason}`
}

/** A statement as PDF with the company's data, for whoever has decided that the customer may have it (a notice, a download). */
export async function makeStatementPdf(
  db: Querier,
  statement: Statement,
  now: Date,
  language: Language = statement.customer.language,
): Promise<{ fileName: string; pdf: Buffer }> {
  const company = await findCompany(db)
  const [logo] = await db.select().from(companyLogo)
  const words = statementWords[language]
  const { customer } = statement
  const pdf = await renderPdf({
    title: words.title,
    subtitle: fill(words.asOf, { to: sayDay(statement.to, language) }),
    language,
    company: { name: company.name, taxId: company.taxId },
    logo: logo?.content ?? null,
    foot: `${customer.code} ${customer.name} · ${fill(words.made, { day: sayDay(dayOfInstant(now, company.timeZone), language) })}`,
    madeAt: now,
    blocks: [
      {
        kind: 'facts',
        rows: [
          [words.customer, customer.name],
          [words.code, customer.code],
          [words.taxId, customer.taxId ?? '-'],
          [words.address, [customer.address, customer.city].filter(Boolean).join(', ') || '-'],
        ],
      },
      ...(statement.accounts.length === 0 ? [{ kind: 'text' as const, text: words.nothing }] : []),
      ...statement.accounts.flatMap((account) => accountBlocks(account, statement, language, company.locale)),
    ],
  })
  return { fileName: `${words.fileName}-${customer.code}-${statement.to}.pdf`, pdf }
}

/**
 * The statement of a customer that the viewer sees, as PDF: in the customer's language unless told. It is what the customer gets, so whoever sees the
 * customer may have it. Refuses what `readStatement` refuses.
 */
export async function downloadStatementPdf(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  input: StatementPeriod & { language?: Language | undefined },
) {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const statement = await findStatement(ctx.db, customerId, await statementPeriod(ctx, input))
  return makeStatementPdf(ctx.db, statement, ctx.now(), input.language)
}
