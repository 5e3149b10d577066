import type { Querier } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { users } from '@cartera/db/schema/organisation'
import { documents, payments, receivableMovements, receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { formatAmount } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'

export interface PaymentFilters {
  customerId?: string | undefined
  paidFrom?: string | undefined
  paidTo?: string | undefined
  currency?: string | undefined
  unapplied?: boolean | undefined
}

const shown = {
  id: payments.id,
  externalId: payments.externalId,
  customerId: customers.id,
  customerCode: customers.code,
  customerName: customers.name,
  paidOn: payments.paidOn,
  currency: payments.currency,
  amountMinor: payments.amountMinor,
  unappliedMinor: payments.unappliedMinor,
  reference: payments.reference,
  reversedOn: payments.reversedOn,
  reversalReason: payments.reversalReason,
  recordedAt: payments.createdAt,
  recordedBy: users.name,
}

/** What a payment or credit note pays: its movements that stand, by id of the payment or credit note. */
export async function applicationsOf(db: Querier, source: 'paymentId' | 'creditNoteId', ids: readonly string[]) {
  const column = receivableMovements[source]
  const applied = await db
    .select({
      sourceId: column,
      movementId: receivableMovements.id,
      receivableId: receivables.id,
      number: documents.number,
      instalment: receivables.instalment,
      dueOn: receivables.dueOn,
      on: receivableMovements.onDay,
      currency: receivableMovements.currency,
      amountMinor: receivableMovements.amountMinor,
    })
    .from(receivableMovements)
    .innerJoin(receivables, eq(receivables.id, receivableMovements.receivableId))
    .innerJoin(documents, eq(documents.id, receivables.documentId))
    .where(
      and(
        inArray(column, [...ids]),
        inArray(receivableMovements.kind, ['payment', 'credit']),
        sql`not exists (select from receivable_movements undone where undone.reverses_id = ${receivableMovements.id})`,
      ),
    )
    .orderBy(receivables.dueOn, receivables.id)
  const bySource = new Map<string, ReturnType<typeof saidOf>[]>()
  const saidOf = ({ sourceId: _, currency, amountMinor, ...part }: (typeof applied)[number]) => ({
    ...part,
    amount: formatAmount(-amountMinor, currency),
  })
  for (const part of applied) {
    const parts = bySource.get(part.sourceId ?? '')
    if (parts) parts.push(saidOf(part))
    else bySource.set(part.sourceId ?? '', [saidOf(part)])
  }
  return bySource
}

async function selectPayments(ctx: AppContext, condition: SQL | undefined, order: SQL[], limit: number) {
  const rows = await ctx.db
    .select(shown)
    .from(payments)
    .innerJoin(customers, eq(customers.id, payments.customerId))
    .leftJoin(users, eq(users.id, payments.createdBy))
    .where(condition)
    .orderBy(...order)
    .limit(limit)
  const applied = await applicationsOf(
    ctx.db,
    'paymentId',
    rows.map((row) => row.id),
  )
  return rows.map((row) => ({
    id: row.id,
    externalId: row.externalId,
    customer: { id: row.customerId, code: row.customerCode, name: row.customerName },
    paidOn: row.paidOn,
    currency: row.currency,
    amount: formatAmount(row.amountMinor, row.currency),
    unapplied: formatAmount(row.unappliedMinor, row.currency),
    reference: row.reference,
    reversedOn: row.reversedOn,
    reversalReason: row.reversalReason,
    recordedAt: row.recordedAt.toISOString(),
    recordedBy: row.recordedBy,
    applications: applied.get(row.id) ?? [],
  }))
}

/** Payments of the customers that the viewer sees, newest first unless told. */
export async function listPayments(ctx: AppContext, viewer: Viewer, input: PageInput & PaymentFilters) {
  const sort = input.sort ?? '-paidOn'
  const descending = sort.startsWith('-')
  const keys = [
    { column: payments.paidOn, type: 'date' },
    { column: payments.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const key = input.q === undefined ? '' : searchKey(input.q)
  const like = `%${key.replace(/[\\%_]/g, '\\$&')}%`
  const rows = await selectPayments(
    ctx,
    and(
      visibleCustomer(viewer),
      input.customerId === undefined ? undefined : eq(payments.customerId, input.customerId),
      input.currency === undefined ? undefined : eq(payments.currency, input.currency),
      input.paidFrom === undefined ? undefined : sql`${payments.paidOn} >= ${input.paidFrom}::date`,
      input.paidTo === undefined ? undefined : sql`${payments.paidOn} <= ${input.paidTo}::date`,
      input.unapplied === true ? sql`${payments.unappliedMinor} > 0` : undefined,
      key === ''
        ? undefined
        : sql`(${payments.reference} ilike ${like} or ${payments.externalId} ilike ${like} or ${customers.searchText} like ${like})`,
      keysetAfter(input.cursor, sort, keys, descending),
    ),
    orderOf(keys, descending),
    limit + 1,
  )
  return pageOf(
    rows,
    limit,
    (row) => row,
    (row) => encodeCursor(sort, [row.paidOn, row.id]),
  )
}

/** One payment that the viewer sees; refuses `not-found`. */
export async function readPayment(ctx: AppContext, viewer: Viewer, paymentId: string) {
  const [row] = await selectPayments(ctx, and(eq(payments.id, paymentId), visibleCustomer(viewer)), [], 1)
  if (!row) throw new Refusal('not-found')
  return row
}
