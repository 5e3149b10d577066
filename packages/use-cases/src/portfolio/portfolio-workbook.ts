import type { Readable } from 'node:stream'
import { customers } from '@cartera/db/schema/customers'
import { branches, users } from '@cartera/db/schema/organisation'
import { documents, receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { daysBetween } from '@cartera/domain/calendar-day'
import { formatAmount } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { type WorkbookCell, type WorkbookColumn, workbookStream } from '../exports/write-workbook.ts'
import { portfolioDay, portfolioTotals } from './find-portfolio.ts'
import { type PortfolioDay, type PortfolioFilters, portfolioConditions } from './portfolio-filters.ts'

const batchSize = 1000

const words = {
  es: {
    file: 'cartera',
    totals: 'Totales',
    receivables: 'Cuentas por cobrar',
    currency: 'Moneda',
    customers: 'Clientes',
    count: 'Cuentas',
    balance: 'Saldo',
    notDue: 'Por vencer',
    days1To30: '1 a 30 días',
    days31To60: '31 a 60 días',
    days61To90: '61 a 90 días',
    over90: 'Más de 90 días',
    disputed: 'En disputa',
    promised: 'Con promesa',
    code: 'Código',
    customer: 'Cliente',
    agent: 'Agente de cobranza',
    branch: 'Sucursal',
    number: 'Comprobante',
    instalment: 'Cuota',
    issuedOn: 'Emisión',
    dueOn: 'Vencimiento',
    daysOverdue: 'Días vencidos',
    amount: 'Importe',
    dispute: 'Motivo de disputa',
    promisedUntil: 'Promesa hasta',
  },
  en: {
    file: 'portfolio',
    totals: 'Totals',
    receivables: 'Receivables',
    currency: 'Currency',
    customers: 'Customers',
    count: 'Receivables',
    balance: 'Balance',
    notDue: 'Not due',
    days1To30: '1 to 30 days',
    days31To60: '31 to 60 days',
    days61To90: '61 to 90 days',
    over90: 'Over 90 days',
    disputed: 'Disputed',
    promised: 'Promised',
    code: 'Code',
    customer: 'Customer',
    agent: 'Collections agent',
    branch: 'Branch',
    number: 'Document',
    instalment: 'Instalment',
    issuedOn: 'Issued',
    dueOn: 'Due',
    daysOverdue: 'Days overdue',
    amount: 'Amount',
    dispute: 'Reason of dispute',
    promisedUntil: 'Promised until',
  },
} as const

/** The language in which a person reads. */
export async function languageOf(ctx: AppContext, viewer: Viewer): Promise<'es' | 'en'> {
  const [row] = await ctx.db.select({ language: users.language }).from(users).where(eq(users.id, viewer.userId))
  return row?.language === 'en' ? 'en' : 'es'
}

/**
 * The portfolio under the filters as Excel: the totals, and every open receivable by due date. Streamed: memory stays flat however many there are.
 * Audited. Refuses `not-allowed` without the permission to export.
 */
export async function portfolioWorkbook(
  ctx: AppContext,
  viewer: Viewer,
  input: PortfolioFilters,
): Promise<{ fileName: string; stream: Readable }> {
  const refusal = permissionRefusal(viewer, 'export')
  if (refusal) throw new Refusal(refusal)
  const day = await portfolioDay(ctx)
  const say = words[await languageOf(ctx, viewer)]
  const { totals } = await portfolioTotals(ctx, viewer, input)
  await ctx.db.transaction((tx) =>
    recordAudit(tx, ctx, viewer, { action: 'export', entity: 'portfolio', entityId: day.today, changes: { filter: input } }),
  )
  const money = (header: string): WorkbookColumn => ({ header, type: 'money' })
  const text = (header: string, width?: number): WorkbookColumn => ({ header, type: 'text', ...(width ? { width } : {}) })
  const stream = workbookStream(
    [
      {
        name: say.totals,
        columns: [
          text(say.currency, 8),
          { header: say.customers, type: 'integer' },
          { header: say.count, type: 'integer' },
          ...[say.balance, say.notDue, say.days1To30, say.days31To60, say.days61To90, say.over90, say.disputed, say.promised].map(
            money,
          ),
        ],
        rows: totals.map((row) => [
          row.currency,
          row.customers,
          row.count,
          ...[row.balance, row.notDue, row.days1To30, row.days31To60, row.days61To90, row.over90, row.disputed, row.promised].map(
            (amount) => ({ amount, currency: row.currency }),
          ),
        ]),
      },
      {
        name: say.receivables,
        columns: [
          text(say.code, 12),
          text(say.customer, 36),
          text(say.agent),
          text(say.branch, 18),
          text(say.number, 18),
          { header: say.instalment, type: 'integer' },
          { header: say.issuedOn, type: 'day' },
          { header: say.dueOn, type: 'day' },
          { header: say.daysOverdue, type: 'integer' },
          text(say.currency, 8),
          money(say.amount),
          money(say.balance),
          { header: say.promisedUntil, type: 'day' },
          text(say.dispute),
        ],
        rows: receivableRows(ctx, viewer, input, day),
      },
    ],
    { timeZone: day.timeZone },
  )
  return { fileName: `${say.file}-${day.today}.xlsx`, stream }
}

async function* receivableRows(
  ctx: AppContext,
  viewer: Viewer,
  input: PortfolioFilters,
  day: PortfolioDay,
): AsyncGenerator<WorkbookCell[]> {
  for (let after: { dueOn: string; id: string } | null = null; ; ) {
    const rows: Awaited<ReturnType<typeof readBatch>> = await readBatch(ctx, viewer, input, day, after)
    for (const row of rows)
      yield [
        row.code,
        row.name,
        row.agent,
        row.branch,
        row.number,
        row.instalment,
        row.issuedOn,
        row.dueOn,
        Math.max(0, daysBetween(row.dueOn, day.today)),
        row.currency,
        { amount: formatAmount(row.amountMinor, row.currency), currency: row.currency },
        { amount: formatAmount(row.balanceMinor, row.currency), currency: row.currency },
        row.promisedUntil !== null && row.promisedUntil >= day.today ? row.promisedUntil : null,
        row.disputeReason,
      ]
    const last = rows.at(-1)
    if (last === undefined || rows.length < batchSize) return
    after = { dueOn: last.dueOn, id: last.id }
  }
}

function readBatch(
  ctx: AppContext,
  viewer: Viewer,
  input: PortfolioFilters,
  day: PortfolioDay,
  after: { dueOn: string; id: string } | null,
) {
  return ctx.db
    .select({
      id: receivables.id,
      code: customers.code,
      name: customers.name,
      agent: users.name,
      branch: branches.name,
      number: documents.number,
      instalment: receivables.instalment,
      issuedOn: receivables.issuedOn,
      dueOn: receivables.dueOn,
      currency: receivables.currency,
      amountMinor: receivables.amountMinor,
      balanceMinor: receivables.balanceMinor,
      promisedUntil: receivables.promisedUntil,
      disputeReason: receivables.disputeReason,
    })
    .from(receivables)
    .innerJoin(customers, eq(customers.id, receivables.customerId))
    .innerJoin(documents, eq(documents.id, receivables.documentId))
    .leftJoin(users, eq(users.id, customers.collectionsAgentId))
    .leftJoin(branches, eq(branches.id, customers.branchId))
    .where(
      and(
        portfolioConditions(viewer, input, day),
        after === null ? undefined : sql`(${receivables.dueOn}, ${receivables.id}) > (${after.dueOn}::date, ${after.id}::uuid)`,
      ),
    )
    .orderBy(asc(receivables.dueOn), asc(receivables.id))
    .limit(batchSize)
}
