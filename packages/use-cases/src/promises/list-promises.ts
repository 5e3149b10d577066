import type { Querier } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import { users } from '@cartera/db/schema/organisation'
import { promises } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { can } from '@cartera/domain/access/permissions'
import { formatAmount } from '@cartera/domain/money'
import { keptRate, type PromiseState } from '@cartera/domain/promises/promise'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { paidInTime } from './settle-promises.ts'

export interface PromiseFilters {
  q?: string | undefined
  customerId?: string | undefined
  receivableId?: string | undefined
  /** Who recorded it; for what came by portal or reply the customer's collections agent. */
  agentId?: string | undefined
  state?: PromiseState | undefined
  dueFrom?: string | undefined
  dueTo?: string | undefined
  currency?: string | undefined
}

const agent = sql`coalesce(${promises.recordedBy}, ${customers.collectionsAgentId})`

function conditions(viewer: Viewer, input: PromiseFilters): SQL | undefined {
  const key = input.q === undefined ? '' : searchKey(input.q)
  const like = `%${key.replace(/[\\%_]/g, '\\$&')}%`
  return and(
    visibleCustomer(viewer),
    input.customerId === undefined ? undefined : eq(promises.customerId, input.customerId),
    input.receivableId === undefined
      ? undefined
      : sql`${promises.id} in (select promise_id from promise_items where receivable_id = ${input.receivableId})`,
    input.agentId === undefined ? undefined : sql`${agent} = ${input.agentId}`,
    input.state === undefined ? undefined : eq(promises.state, input.state),
    input.dueFrom === undefined ? undefined : sql`${promises.dueOn} >= ${input.dueFrom}::date`,
    input.dueTo === undefined ? undefined : sql`${promises.dueOn} <= ${input.dueTo}::date`,
    input.currency === undefined ? undefined : eq(promises.currency, input.currency),
    key === '' ? undefined : sql`${customers.searchText} like ${like}`,
  )
}

/** What payments made in time have brought since, over the promise's receivables. */
const received = sql<string>`(
  select coalesce(sum(${paidInTime(sql`i.receivable_id`, sql`${promises.createdAt}`, sql`${promises.graceUntil}`)}), 0)
  from promise_items i where i.promise_id = ${promises.id})::text`

function selectPromises(db: Querier) {
  return db
    .select({
      promise: promises,
      customerId: customers.id,
      customerCode: customers.code,
      customerName: customers.name,
      contactId: contacts.id,
      contactName: contacts.name,
      recorderId: users.id,
      recorderName: users.name,
      received,
    })
    .from(promises)
    .innerJoin(customers, eq(customers.id, promises.customerId))
    .leftJoin(contacts, eq(contacts.id, promises.contactId))
    .leftJoin(users, eq(users.id, promises.recordedBy))
    .$dynamic()
}

type PromiseRow = Awaited<ReturnType<typeof selectPromises>>[number]

interface ItemRow {
  receivableId: string
  number: string
  instalment: number
  dueOn: string
  amount: string
  balance: string
}

function promiseItem(row: PromiseRow, items: readonly ItemRow[], viewer: Viewer) {
  const { promise } = row
  return {
    id: promise.id,
    customer: { id: row.customerId, code: row.customerCode, name: row.customerName },
    promisedOn: promise.promisedOn,
    dueOn: promise.dueOn,
    graceUntil: promise.graceUntil,
    currency: promise.currency,
    amount: formatAmount(promise.amountMinor, promise.currency),
    received: formatAmount(BigInt(row.received) > 0n ? BigInt(row.received) : 0n, promise.currency),
    source: promise.source,
    state: promise.state,
    contact: row.contactId === null ? null : { id: row.contactId, name: row.contactName ?? '' },
    comment: promise.comment,
    recordedBy: row.recorderId === null ? null : { id: row.recorderId, name: row.recorderName ?? '' },
    endReason: promise.endReason,
    endedAt: promise.endedAt?.toISOString() ?? null,
    /** Nothing was left to keep: the receivables were credited or cancelled. */
    settled: promise.state === 'withdrawn' && promise.endedBy === null,
    mayWithdraw: promise.state === 'open' && (promise.recordedBy === viewer.userId || can(viewer, 'manage-receivables')),
    items: [...items],
    version: promise.version,
    createdAt: promise.createdAt.toISOString(),
  }
}

async function itemsOf(db: Querier, ids: readonly string[]): Promise<Map<string, ItemRow[]>> {
  if (ids.length === 0) return new Map()
  const { rows } = await db.execute<Record<string, string | number>>(sql`
    select i.promise_id, i.receivable_id, d.number, r.instalment, r.due_on::text, r.currency, i.amount_minor::text as amount,
           r.balance_minor::text as balance
    from promise_items i join receivables r on r.id = i.receivable_id join documents d on d.id = r.document_id
    where i.promise_id = any(${sql.param([...ids])}::uuid[]) order by r.due_on, d.number, r.instalment, r.id`)
  const found = new Map<string, ItemRow[]>()
  for (const row of rows) {
    const item = {
      receivableId: String(row.receivable_id),
      number: String(row.number),
      instalment: Number(row.instalment),
      dueOn: String(row.due_on),
      amount: formatAmount(BigInt(String(row.amount)), String(row.currency)),
      balance: formatAmount(BigInt(String(row.balance)), String(row.currency)),
    }
    const group = found.get(String(row.promise_id))
    if (group) group.push(item)
    else found.set(String(row.promise_id), [item])
  }
  return found
}

/** Promises of the customers that the viewer sees, by the promised day. */
export async function listPromises(ctx: AppContext, viewer: Viewer, input: PageInput & PromiseFilters) {
  const sort = input.sort ?? '-dueOn'
  const descending = sort.startsWith('-')
  const keys = [
    { column: promises.dueOn, type: 'date' },
    { column: promises.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await selectPromises(ctx.db)
    .where(and(conditions(viewer, input), keysetAfter(input.cursor, sort, keys, descending)))
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  const items = await itemsOf(
    ctx.db,
    rows.map((row) => row.promise.id),
  )
  return pageOf(
    rows,
    limit,
    (row) => promiseItem(row, items.get(row.promise.id) ?? [], viewer),
    (row) => encodeCursor(sort, [row.promise.dueOn, row.promise.id]),
  )
}

/** One promise; refuses `not-found`. */
export async function readPromise(ctx: AppContext, viewer: Viewer, promiseId: string) {
  const [row] = await selectPromises(ctx.db).where(and(eq(promises.id, promiseId), visibleCustomer(viewer)))
  if (!row) throw new Refusal('not-found')
  return promiseItem(row, (await itemsOf(ctx.db, [promiseId])).get(promiseId) ?? [], viewer)
}

const sumOf = (state?: PromiseState) =>
  sql<string>`coalesce(sum(${promises.amountMinor})${state === undefined ? sql`` : sql` filter (where ${promises.state} = ${state})`}, 0)::text`

/** What was promised per currency under the filters, and what became of it. What was withdrawn is no promise any more. */
export async function promiseTotals(ctx: AppContext, viewer: Viewer, input: PromiseFilters) {
  const rows = await ctx.db
    .select({
      currency: promises.currency,
      count: sql<number>`count(*)`.mapWith(Number),
      amount: sumOf(),
      open: sumOf('open'),
      kept: sumOf('kept'),
      partlyKept: sumOf('partly-kept'),
      broken: sumOf('broken'),
    })
    .from(promises)
    .innerJoin(customers, eq(customers.id, promises.customerId))
    .where(and(conditions(viewer, input), sql`${promises.state} <> 'withdrawn'`))
    .groupBy(promises.currency)
    .orderBy(promises.currency)
    .limit(200)
  return {
    totals: rows.map(({ currency, count, ...sums }) => {
      const say = (minor: string) => formatAmount(BigInt(minor), currency)
      return {
        currency,
        count,
        amount: say(sums.amount),
        open: say(sums.open),
        kept: say(sums.kept),
        partlyKept: say(sums.partlyKept),
        broken: say(sums.broken),
      }
    }),
  }
}

const countOf = (state: PromiseState) => sql<number>`count(*) filter (where ${promises.state} = ${state})`.mapWith(Number)

/** The record of those who promised (`customer`) or who took the promises (`agent`) in a period of promised days; the busiest first, 200 at most. */
export async function promiseRecord(
  ctx: AppContext,
  viewer: Viewer,
  input: Omit<PromiseFilters, 'state' | 'receivableId'> & { by: 'customer' | 'agent' },
) {
  const subject = input.by === 'customer' ? sql<string>`${customers.id}` : sql<string | null>`${agent}`
  const rows = await ctx.db
    .select({
      subject,
      kept: countOf('kept'),
      partlyKept: countOf('partly-kept'),
      broken: countOf('broken'),
      open: countOf('open'),
      withdrawn: countOf('withdrawn'),
      all: sql<number>`count(*)`.mapWith(Number),
    })
    .from(promises)
    .innerJoin(customers, eq(customers.id, promises.customerId))
    .where(conditions(viewer, input))
    .groupBy(subject)
    .orderBy(desc(sql`count(*)`), subject)
    .limit(200)
  const ids = rows.map((row) => row.subject).filter((id) => id !== null)
  const names = new Map<string, string>()
  if (ids.length > 0) {
    const table = input.by === 'customer' ? customers : users
    for (const row of await ctx.db.select({ id: table.id, name: table.name }).from(table).where(inArray(table.id, ids)))
      names.set(row.id, row.name)
  }
  return {
    items: rows.map(({ subject: id, all: _, ...counts }) => ({
      subject: id === null ? null : { id, name: names.get(id) ?? '' },
      ...counts,
      keptRate: keptRate(counts),
    })),
  }
}
