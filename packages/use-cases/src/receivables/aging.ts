import type { Querier } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { branches, users } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import { type AgingBucket, agingBuckets } from '@cartera/domain/credit/aging'
import { formatAmount } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { companyToday, findCompany } from '../company/company-settings.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { dueWithin, open, type ReceivableFilters, receivableConditions } from './list-receivables.ts'

/** By what an aging is added up: the whole, or each agent, branch or customer. */
export type AgingGroup = 'all' | 'agent' | 'branch' | 'customer'

/**
 * What each receivable owed at the end of a day, as rows (receivable_id, customer_id, currency, due_on, balance_minor): the balance of now less what has
 * moved since, so its cost follows what has moved since. `customers` is a condition on a column `customer_id`. An extension granted after that day had not
 * been granted yet, so the due date before it holds; a corrected date was always meant (docs/decisions/0015).
 */
export function standingAt(day: CalendarDay, timeZone: string, customersCondition: SQL): SQL {
  return sql`
    select r.id as receivable_id, r.customer_id, b.currency, coalesce(e.from_due_on, r.due_on) as due_on, b.balance_minor
    from (
      select parts.receivable_id, parts.currency, sum(parts.minor) as balance_minor
      from (
        select id as receivable_id, currency, balance_minor as minor from receivables where balance_minor > 0 and ${customersCondition}
        union all
        select receivable_id, currency, -amount_minor from receivable_movements where on_day > ${day}::date and ${customersCondition}
      ) parts
      group by parts.receivable_id, parts.currency having sum(parts.minor) <> 0
    ) b
    join receivables r on r.id = b.receivable_id
    left join (
      select distinct on (receivable_id) receivable_id, from_due_on from receivable_extensions
      where created_at >= ((${day}::date + 1)::timestamp at time zone ${timeZone}) order by receivable_id, number
    ) e on e.receivable_id = r.id`
}

/**
 * What customers had paid or been credited by the end of a day without its being applied, as rows (customer_id, currency, minor). `day` null: now.
 * `customers` is a condition on a column `customer_id`.
 */
export function unappliedAt(day: CalendarDay | null, customersCondition: SQL): SQL {
  if (day === null)
    return sql`
      select customer_id, currency, unapplied_minor as minor from payments where unapplied_minor > 0 and ${customersCondition}
      union all
      select customer_id, currency, unapplied_minor from documents where unapplied_minor > 0 and ${customersCondition}`
  return sql`
    select customer_id, currency, sum(minor) as minor from (
      select customer_id, currency, amount_minor as minor from payments
      where paid_on <= ${day}::date and (reversed_on is null or reversed_on > ${day}::date) and ${customersCondition}
      union all
      select customer_id, currency, total_minor from documents
      where type = 'credit-note' and issued_on <= ${day}::date and (voided_on is null or voided_on > ${day}::date) and ${customersCondition}
      union all
      select customer_id, currency, amount_minor from receivable_movements
      where (payment_id is not null or credit_note_id is not null) and on_day <= ${day}::date and ${customersCondition}
    ) parts group by customer_id, currency having sum(minor) <> 0`
}

/** Buckets, balance and count over rows with the columns due_on and balance_minor, as of a day. */
function sums(dueOn: SQL, balance: SQL, asOf: CalendarDay): SQL {
  const within = agingBuckets.map(
    (bucket) =>
      sql`coalesce(sum(${balance}) filter (where ${dueWithin(bucket, asOf, dueOn)}), 0)::text as ${sql.identifier(bucket)}`,
  )
  return sql`sum(${balance})::text as balance, count(*)::int as count, ${sql.join(within, sql`, `)}`
}

interface SumRow extends Record<AgingBucket, string> {
  [key: string]: unknown
  key: string | null
  currency: string
  count: number
  balance: string
}

const keyOf = (by: AgingGroup): SQL =>
  by === 'agent'
    ? sql`${customers.collectionsAgentId}`
    : by === 'branch'
      ? sql`${customers.branchId}`
      : by === 'customer'
        ? sql`${customers.id}`
        : sql`null::uuid`

/** What the filters say of customers alone. */
function customerConditions(viewer: Viewer, input: ReceivableFilters): SQL | undefined {
  return and(
    visibleCustomer(viewer),
    input.customerId === undefined ? undefined : eq(customers.id, input.customerId),
    input.agentId === undefined ? undefined : eq(customers.collectionsAgentId, input.agentId),
    input.branchId === undefined ? undefined : eq(customers.branchId, input.branchId),
  )
}

/**
 * The same as a condition on a column `customer_id`, as narrow as it is worth: what joins customers afterwards asks for all of it again. Without it a
 * report on few customers would read the money of all.
 */
const ofCustomers = (viewer: Viewer, input: ReceivableFilters): SQL => {
  if (input.customerId !== undefined) return sql`customer_id = ${input.customerId}`
  if (input.agentId === undefined && input.branchId === undefined && viewer.customerLevel === 1) return sql`true`
  return sql`customer_id in (select ${customers.id} from ${customers} where ${customerConditions(viewer, input) ?? sql`true`})`
}

/** Filters that ask for some of a customer's receivables: then the customer's unapplied money belongs to none of them. */
const isNarrowed = (input: ReceivableFilters) =>
  [input.q, input.state === 'open' ? undefined : input.state, input.bucket, input.dueFrom, input.dueTo].some(
    (filter) => filter !== undefined && filter !== '',
  )

async function sumReceivables(
  db: Querier,
  viewer: Viewer,
  input: ReceivableFilters,
  by: AgingGroup,
  asOf: CalendarDay,
  past: { timeZone: string } | null,
  limit: number | null,
): Promise<SumRow[]> {
  const key = keyOf(by)
  const group = by === 'all' ? sql`` : sql`${key}, `
  const largest = (balance: SQL) => (limit === null ? sql`` : sql`order by sum(${balance}) desc limit ${limit}`)
  if (past === null) {
    const { rows } = await db.execute<SumRow>(sql`
      select ${key} as key, ${receivables.currency} as currency, ${sums(sql`${receivables.dueOn}`, sql`${receivables.balanceMinor}`, asOf)}
      from ${receivables} join ${customers} on ${customers.id} = ${receivables.customerId}
      where ${and(open, receivableConditions(viewer, input, asOf))}
      group by ${group}${receivables.currency} ${largest(sql`${receivables.balanceMinor}`)}`)
    return rows
  }
  const { rows } = await db.execute<SumRow>(sql`
    select ${key} as key, s.currency, ${sums(sql`s.due_on`, sql`s.balance_minor`, asOf)}
    from (${standingAt(asOf, past.timeZone, ofCustomers(viewer, input))}) s join ${customers} on ${customers.id} = s.customer_id
    where ${and(customerConditions(viewer, input), input.currency === undefined ? undefined : sql`s.currency = ${input.currency}`)}
    group by ${group}s.currency ${largest(sql`s.balance_minor`)}`)
  return rows
}

async function sumUnapplied(
  db: Querier,
  viewer: Viewer,
  input: ReceivableFilters,
  by: AgingGroup,
  day: CalendarDay | null,
  customerIds: readonly string[] | null,
): Promise<{ key: string | null; currency: string; unapplied: string }[]> {
  const key = keyOf(by)
  const { rows } = await db.execute<{ key: string | null; currency: string; unapplied: string }>(sql`
    select ${key} as key, u.currency, sum(u.minor)::text as unapplied
    from (${unappliedAt(day, customerIds === null ? ofCustomers(viewer, input) : sql`customer_id = any(${sql.param(customerIds)}::uuid[])`)}) u
    join ${customers} on ${customers.id} = u.customer_id
    where ${and(customerConditions(viewer, input), input.currency === undefined ? undefined : sql`u.currency = ${input.currency}`)}
    group by ${by === 'all' ? sql`` : sql`${key}, `}u.currency`)
  return rows
}

export type AgingInput = ReceivableFilters & { asOf?: CalendarDay | undefined }

async function agingRows(ctx: AppContext, viewer: Viewer, input: AgingInput, by: AgingGroup, limit: number | null) {
  const today = await companyToday(ctx)
  const asOf = input.asOf ?? today
  if (asOf > today) throw new Refusal('day-in-future', { field: 'asOf' })
  const past = asOf < today ? { timeZone: (await findCompany(ctx.db)).timeZone } : null
  const filters: ReceivableFilters =
    past === null
      ? input
      : { customerId: input.customerId, agentId: input.agentId, branchId: input.branchId, currency: input.currency }
  const summed = await sumReceivables(ctx.db, viewer, filters, by, asOf, past, limit)
  const narrowed = isNarrowed(filters)
  // A full list of the largest customers needs nobody else's money.
  const only = by === 'customer' && summed.length === limit ? summed.flatMap((row) => row.key ?? []) : null
  const unapplied = narrowed ? [] : await sumUnapplied(ctx.db, viewer, filters, by, past === null ? null : asOf, only)
  const rows = new Map(summed.map((row) => [`${row.key} ${row.currency}`, { ...row, unapplied: 0n }]))
  for (const row of unapplied) {
    const place = `${row.key} ${row.currency}`
    const found = rows.get(place)
    if (found) found.unapplied = BigInt(row.unapplied)
    else
      rows.set(place, {
        key: row.key,
        currency: row.currency,
        count: 0,
        balance: '0',
        notDue: '0',
        days1To30: '0',
        days31To60: '0',
        days61To90: '0',
        over90: '0',
        unapplied: BigInt(row.unapplied),
      })
  }
  return {
    asOf,
    rows: [...rows.values()].map((row) => {
      const say = (minor: string | bigint) => formatAmount(BigInt(minor), row.currency)
      return {
        key: row.key,
        balanceMinor: BigInt(row.balance),
        said: {
          currency: row.currency,
          count: row.count,
          balance: say(row.balance),
          notDue: say(row.notDue),
          days1To30: say(row.days1To30),
          days31To60: say(row.days31To60),
          days61To90: say(row.days61To90),
          over90: say(row.over90),
          unapplied: narrowed ? null : say(row.unapplied),
          net: narrowed ? null : say(BigInt(row.balance) - row.unapplied),
        },
      }
    }),
  }
}

/**
 * What is to be collected by currency and age, under the same filters as the list and for the same eyes; the ages add up to the balance. With `asOf` it is
 * exact at the end of that day, for the customers that the filters choose. Refuses `day-in-future`.
 */
export async function agingOfReceivables(ctx: AppContext, viewer: Viewer, input: AgingInput) {
  const { asOf, rows } = await agingRows(ctx, viewer, input, 'all', null)
  return {
    asOf,
    totals: rows.map((row) => row.said).sort((a, b) => (a.currency < b.currency ? -1 : 1)),
  }
}

/** The same for each agent, branch or customer, the largest balances first, at most `limit` rows. Null stands for customers without an agent or branch. */
export async function agingByGroup(
  ctx: AppContext,
  viewer: Viewer,
  input: AgingInput & { by: Exclude<AgingGroup, 'all'>; limit?: number | undefined },
) {
  const limit = input.limit ?? 200
  const { asOf, rows } = await agingRows(ctx, viewer, input, input.by, limit)
  const largest = rows
    .sort((a, b) => (a.balanceMinor === b.balanceMinor ? 0 : a.balanceMinor > b.balanceMinor ? -1 : 1))
    .slice(0, limit)
  const names = await namesOf(ctx.db, input.by, [...new Set(largest.flatMap((row) => row.key ?? []))])
  return {
    asOf,
    items: largest.map((row) => ({
      group: row.key === null ? null : { id: row.key, name: names.get(row.key) ?? '' },
      ...row.said,
    })),
  }
}

async function namesOf(db: Querier, by: Exclude<AgingGroup, 'all'>, ids: readonly string[]): Promise<Map<string, string>> {
  const table = by === 'agent' ? users : by === 'branch' ? branches : customers
  const rows = await db
    .select({ id: table.id, name: table.name })
    .from(table)
    .where(sql`${table.id} = any(${sql.param(ids)}::uuid[])`)
  return new Map(rows.map((row) => [row.id, row.name]))
}
