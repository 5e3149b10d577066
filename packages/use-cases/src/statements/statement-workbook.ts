import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { agingBuckets } from '@cartera/domain/credit/aging'
import { Refusal } from '@cartera/domain/refusal'
import type { AppContext } from '../app-context.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { type WorkbookSheet, writeWorkbook } from '../exports/write-workbook.ts'
import { findStatement, type Statement, type StatementPeriod, statementPeriod } from './find-statement.ts'
import { describeLine } from './statement-pdf.ts'
import { statementWords } from './statement-words.ts'

/** What a person still opens in a spreadsheet of one customer; memory follows it. */
const mostRows = 20_000

/** The sheets of a statement: the sums, the movements, the open items, what is not applied. */
export function statementSheets(statement: Statement, language: 'es' | 'en'): WorkbookSheet[] {
  const words = statementWords[language]
  const { accounts } = statement
  return [
    {
      name: words.summary,
      columns: [
        { header: words.concept, type: 'text', width: 34 },
        { header: words.currency, type: 'text', width: 10 },
        { header: words.amount, type: 'money' },
      ],
      rows: accounts.flatMap((account) => {
        const row = (label: string, amount: string) => [label, account.currency, { amount, currency: account.currency }]
        return [
          row(words.opening, account.opening),
          row(words.charged, account.charged),
          row(words.credited, account.credited),
          row(words.closing, account.closing),
          ...agingBuckets.map((bucket) => row(words.buckets[bucket], account.aging[bucket])),
          row(words.total, account.aging.balance),
          row(words.unapplied, account.aging.unapplied),
          row(words.net, account.aging.net),
        ]
      }),
    },
    {
      name: words.movements,
      columns: [
        { header: words.date, type: 'day' },
        { header: words.description, type: 'text', width: 44 },
        { header: words.due, type: 'day' },
        { header: words.currency, type: 'text', width: 10 },
        { header: words.amount, type: 'money' },
        { header: words.balance, type: 'money' },
      ],
      rows: accounts.flatMap(({ currency, lines }) =>
        lines.map((line) => [
          line.on,
          describeLine(line, language),
          line.dueOn,
          currency,
          { amount: line.amount, currency },
          { amount: line.balance, currency },
        ]),
      ),
    },
    {
      name: words.openItems,
      columns: [
        { header: words.document, type: 'text', width: 30 },
        { header: words.issued, type: 'day' },
        { header: words.due, type: 'day' },
        { header: words.daysOverdue, type: 'integer' },
        { header: words.age, type: 'text', width: 16 },
        { header: words.currency, type: 'text', width: 10 },
        { header: words.amount, type: 'money' },
        { header: words.balance, type: 'money' },
      ],
      rows: accounts.flatMap(({ currency, items }) =>
        items.map((item) => [
          `${words.kinds[item.documentType]} ${item.number}${item.instalment > 1 ? ` / ${item.instalment}` : ''}`,
          item.issuedOn,
          item.dueOn,
          item.daysOverdue,
          words.buckets[item.bucket],
          currency,
          { amount: item.amount, currency },
          { amount: item.balance, currency },
        ]),
      ),
    },
    {
      name: words.unapplied.slice(0, 31),
      columns: [
        { header: words.description, type: 'text', width: 34 },
        { header: words.date, type: 'day' },
        { header: words.currency, type: 'text', width: 10 },
        { header: words.amount, type: 'money' },
        { header: words.balance, type: 'money' },
      ],
      rows: accounts.flatMap(({ currency, unapplied }) =>
        unapplied.map((row) => [
          [words.kinds[row.kind], row.number ?? ''].join(' ').trim(),
          row.on,
          currency,
          { amount: row.amount, currency },
          { amount: row.unapplied, currency },
        ]),
      ),
    },
  ]
}

/** The statement of a customer that the viewer sees, as Excel. Refuses `not-allowed` without the permission to export, and what `readStatement` refuses. */
export async function downloadStatementWorkbook(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  input: StatementPeriod & { language?: 'es' | 'en' | undefined },
): Promise<{ fileName: string; workbook: Buffer }> {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const refusal = permissionRefusal(viewer, 'export')
  if (refusal) throw new Refusal(refusal)
  const period = await statementPeriod(ctx, input)
  const statement = await findStatement(ctx.db, customerId, { ...period, most: mostRows })
  const language = input.language ?? statement.customer.language
  return {
    fileName: `${statementWords[language].fileName}-${statement.customer.code}-${statement.to}.xlsx`,
    workbook: await writeWorkbook(statementSheets(statement, language), { timeZone: period.timeZone }),
  }
}
