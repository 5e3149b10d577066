import type { Querier } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { documents, receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { addDays, type CalendarDay, daysBetween } from '@cartera/domain/calendar-day'
import { type AgingBucket, agingBucketOf } from '@cartera/domain/credit/aging'
import { formatAmount } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { companyToday } from '../company/company-settings.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'

export interface ReceivableFilters {
  q?: string | undefined
  customerId?: string | undefined
  agentId?: string | undefined
  branchId?: string | undefined
  state?: 'open' | 'paid' | 'disputed' | 'overdue' | undefined
  bucket?: AgingBucket | undefined
  dueFrom?: CalendarDay | undefined
  dueTo?: CalendarDay | undefined
  currency?: string | undefined
}

const shown = {
  id: receivables.id,
  externalId: receivables.externalId,
  customerId: customers.id,
  customerCode: customers.code,
  customerName: customers.name,
  documentType: documents.type,
  number: documents.number,
  instalment: receivables.instalment,
  issuedOn: receivables.issuedOn,
  dueOn: receivables.dueOn,
  currency: receivables.currency,
  amountMinor: receivables.amountMinor,
  balanceMinor: receivables.balanceMinor,
  disputedAt: receivables.disputedAt,
  disputeReason: receivables.disputeReason,
}

type ShownRow = {
  [K in keyof typeof shown]: (typeof shown)[K]['_']['data'] | ((typeof shown)[K]['_']['notNull'] extends true ? never : null)
}

function itemOf(row: ShownRow, today: CalendarDay) {
  return {
    id: row.id,
    externalId: row.externalId,
    customer: { id: row.customerId, code: row.customerCode, name: row.customerName },
    documentType: row.documentType,
    number: row.number,
    instalment: row.instalment,
    issuedOn: row.issuedOn,
    dueOn: row.dueOn,
    daysOverdue: daysBetween(row.dueOn, today),
    currency: row.currency,
    amount: formatAmount(row.amountMinor, row.currency),
    balance: formatAmount(row.balanceMinor, row.currency),
    disputed: row.disputedAt !== null,
    disputeReason: row.disputedAt === null ? null : row.disputeReason,
    bucket: row.balanceMinor > 0n ? agingBucketOf(row.dueOn, today) : null,
  }
}

/** What is still to be collected. */
export const open = sql`${receivables.balanceMinor} > 0`

/** The due days of a bucket as a condition on the due date, so that it rides on the index of open receivables. */
export function dueWithin(bucket: AgingBucket, today: CalendarDay, dueOn: SQL = sql`${receivables.dueOn}`): SQL {
  const overdue = (from: number, to: number) =>
    sql`${dueOn} between ${addDays(today, -to)}::date and ${addDays(today, -from)}::date`
  switch (bucket) {
    case 'notDue':
      return sql`${dueOn} >= ${today}::date`
    case 'days1To30':
      return overdue(1, 30)
    case 'days31To60':
      return overdue(31, 60)
    case 'days61To90':
      return overdue(61, 90)
    case 'over90':
      return sql`${dueOn} < ${addDays(today, -90)}::date`
  }
}

/** The filters as a condition over receivables and customers, with what the viewer sees. */
export function receivableConditions(viewer: Viewer, input: ReceivableFilters, today: CalendarDay): SQL | undefined {
  const key = input.q === undefined ? '' : searchKey(input.q)
  const like = `%${key.replace(/[\\%_]/g, '\\$&')}%`
  return and(
    visibleCustomer(viewer),
    input.customerId === undefined ? undefined : eq(receivables.customerId, input.customerId),
    input.agentId === undefined ? undefined : eq(customers.collectionsAgentId, input.agentId),
    input.branchId === undefined ? undefined : eq(customers.branchId, input.branchId),
    input.currency === undefined ? undefined : eq(receivables.currency, input.currency),
    input.dueFrom === undefined ? undefined : sql`${receivables.dueOn} >= ${input.dueFrom}::date`,
    input.dueTo === undefined ? undefined : sql`${receivables.dueOn} <= ${input.dueTo}::date`,
    input.state === 'open' ? open : undefined,
    input.state === 'paid' ? sql`${receivables.balanceMinor} = 0` : undefined,
    input.state === 'disputed' ? and(open, sql`${receivables.disputedAt} is not null`) : undefined,
    input.state === 'overdue' ? and(open, sql`${receivables.dueOn} < ${today}::date`) : undefined,
    input.bucket === undefined ? undefined : and(open, dueWithin(input.bucket, today)),
    key === ''
      ? undefined
      : sql`(${receivables.documentId} in (select id from ${documents} where number ilike ${like})
             or ${receivables.externalId} ilike ${like}
             or ${receivables.customerId} in (select id from ${customers} where search_text like ${like}))`,
  )
}

/** Receivables of the customers that the viewer sees, by due date. */
export async function listReceivables(ctx: AppContext, viewer: Viewer, input: PageInput & ReceivableFilters) {
  const today = await companyToday(ctx)
  const sort = input.sort ?? 'dueOn'
  const descending = sort.startsWith('-')
  const keys = [
    { column: receivables.dueOn, type: 'date' },
    { column: receivables.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select(shown)
    .from(receivables)
    .innerJoin(customers, eq(customers.id, receivables.customerId))
    .innerJoin(documents, eq(documents.id, receivables.documentId))
    .where(and(receivableConditions(viewer, input, today), keysetAfter(input.cursor, sort, keys, descending)))
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => itemOf(row, today),
    (row) => encodeCursor(sort, [row.dueOn, row.id]),
  )
}

/** A receivable as lists show it; refuses `not-found` alike for a missing one and one of a customer out of sight. */
export async function findReceivable(db: Querier, viewer: Viewer, receivableId: string, today: CalendarDay) {
  const [row] = await db
    .select(shown)
    .from(receivables)
    .innerJoin(customers, eq(customers.id, receivables.customerId))
    .innerJoin(documents, eq(documents.id, receivables.documentId))
    .where(and(eq(receivables.id, receivableId), visibleCustomer(viewer)))
  if (!row) throw new Refusal('not-found')
  return { ...itemOf(row, today), paid: formatAmount(row.amountMinor - row.balanceMinor, row.currency) }
}
