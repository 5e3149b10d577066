import { customers } from '@cartera/db/schema/customers'
import { documents, paymentApplications, payments, receivables } from '@cartera/db/schema/receivables'
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
  reference: payments.reference,
}

async function selectPayments(ctx: AppContext, condition: SQL | undefined, order: SQL[], limit: number) {
  const rows = await ctx.db
    .select(shown)
    .from(payments)
    .innerJoin(customers, eq(customers.id, payments.customerId))
    .where(condition)
    .orderBy(...order)
    .limit(limit)
  const applied = await ctx.db
    .select({
      paymentId: paymentApplications.paymentId,
      receivableId: paymentApplications.receivableId,
      number: documents.number,
      amountMinor: paymentApplications.amountMinor,
    })
    .from(paymentApplications)
    .innerJoin(receivables, eq(receivables.id, paymentApplications.receivableId))
    .innerJoin(documents, eq(documents.id, receivables.documentId))
    .where(
      inArray(
        paymentApplications.paymentId,
        rows.map((row) => row.id),
      ),
    )
    .orderBy(receivables.dueOn, receivables.id)
  const byPayment = new Map<string, typeof applied>()
  for (const part of applied) byPayment.set(part.paymentId, [...(byPayment.get(part.paymentId) ?? []), part])
  return rows.map((row) => {
    const parts = byPayment.get(row.id) ?? []
    const appliedMinor = parts.reduce((sum, part) => sum + part.amountMinor, 0n)
    return {
      id: row.id,
      externalId: row.externalId,
      customer: { id: row.customerId, code: row.customerCode, name: row.customerName },
      paidOn: row.paidOn,
      currency: row.currency,
      amount: formatAmount(row.amountMinor, row.currency),
      unapplied: formatAmount(row.amountMinor - appliedMinor, row.currency),
      reference: row.reference,
      applications: parts.map((part) => ({
        receivableId: part.receivableId,
        number: part.number,
        amount: formatAmount(part.amountMinor, row.currency),
      })),
    }
  })
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
