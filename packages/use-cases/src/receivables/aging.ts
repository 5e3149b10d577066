import type { Querier } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
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

/**
 * What has moved or was extended since a day, as rows (id, customer_id, currency, due_on, minor, then_due_on, then_minor): what each of those owes now and
 * what it owed at the end of the day. `customers` is a condition on a column `customer_id`. An extension granted after that day had not been granted yet,
 * so the due date before it holds; a corrected date was always meant (docs/decisions/0015).
 */
function changedSince(day: CalendarDay, timeZone: string, customersCondition: SQL): SQL {
  const extended = sql`select distinct on (receivable_id) receivable_id, from_due_on from receivable_extensions
    where created_at >= ((${day}::date + 1)::timestamp at time zone ${timeZone}) order by receivable_id, number`
  // Added up once: parallel workers would each do it again.
  const moved = sql`from receivable_movements m where m.on_day > ${day}::date and ${customersCondition}`
  return sql`
    with c as materialized (
      select m.receivable_id, m.currency, sum(m.amount_minor)::bigint as moved ${moved} group by m.receivable_id, m.currency
      union all
      select r.id, r.currency, 0 from (${extended}) e join receivables r on r.id = e.receivable_id
      where ${customersCondition} and not exists (select ${moved} and m.receivable_id = r.id and m.currency = r.currency)
    )
    select r.id, r.customer_id, c.currency, r.due_on, n.minor, coalesce(e.from_due_on, r.due_on) as then_due_on, n.minor - c.moved as then_minor
    from c join receivables r on r.id = c.receivable_id
    left join (${extended}) e on e.receivable_id = r.id
    cross join lateral (select case when r.currency = c.currency then r.balance_minor else 0 end as minor) n`
}

/**
 * What each receivable owed at the end of a day, as rows (receivable_id, customer_id, currency, due_on, balance_minor): what is open now, but for what has
 * changed since, which is told as it was. `customers` as in `changedSince`.
 */
export function standingAt(day: CalendarDay, timeZone: string, customersCondition: SQL): SQL {
  return sql`
    with changed as materialized (${changedSince(day, timeZone, customersCondition)})
    select id as receivable_id, customer_id, currency, due_on, balance_minor from receivables
    where balance_minor > 0 and ${customersCondition}
      and not exists (select from changed where changed.id = receivables.id and changed.currency = receivables.currency)
    union all
    select id, customer_id, currency, then_due_on, then_minor from changed where then_minor <> 0`
}

/**
 * What customers had paid or been credited by the end of a day without its being applied, as rows (customer_id, currency, minor) to be added up: what is
 * unapplied now, less what has come and been applied since. `day` null: now. `customers` is a condition on a column `customer_id`.
 */
function unappliedAt(day: CalendarDay | null, customersCondition: SQL): SQL {
  const now = sql`
    select customer_id, currency, unapplied_minor as minor from payments where unapplied_minor > 0 and ${customersCondition}
    union all
    select customer_id, currency, unapplied_minor from documents where unapplied_minor > 0 and ${customersCondition}`
  if (day === null) return now
  return sql`${now}
    union all
    select customer_id, currency, -amount_minor from payments where paid_on > ${day}::date and reversed_on is null and ${customersCondition}
    union all
    select customer_id, currency, amount_minor from payments where reversed_on > ${day}::date and paid_on <= ${day}::date and ${customersCondition}
    union all
    select customer_id, currency, -total_minor from documents
    where type = 'credit-note' and issued_on > ${day}::date and voided_on is null and ${customersCondition}
    union all
    select customer_id, currency, total_minor from documents
    where type = 'credit-note' and voided_on > ${day}::date and issued_on <= ${day}::date and ${customersCondition}
    union all
    select customer_id, currency, -amount_minor from receivable_movements
    where (payment_id is not null or credit_note_id is not null) and on_day > ${day}::date and ${customersCondition}`
}

/** Buckets, balance and count over rows with a due date and a balance, as of a day. */
export function agingSums(dueOn: SQL, balance: SQL, asOf: CalendarDay): SQL {
  const within = agingBuckets.map(
    (bucket) =>
      sql`coalesce(sum(${balance}) filter (where ${dueWithin(bucket, asOf, dueOn)}), 0)::text as ${sql.identifier(bucket)}`,
  )
  return sql`sum(${balance})::text as balance, count(*)::int as count, ${sql.join(within, sql`, `)}`
}

export interface AgingSums extends Record<AgingBucket, string> {
  [key: string]: unknown
  currency: string
  count: number
  balance: string
}

/** Which customers, by what is true of a customer. */
interface CustomerFilters {
  customerId?: string | undefined
  agentId?: string | undefined
  branchId?: string | undefined
  groupId?: string | undefined
  without?: 'agent' | 'branch' | undefined
}

/** The customers that the viewer sees, under what the filters say of customers. */
export function customerConditions(viewer: Viewer, input: CustomerFilters): SQL | undefined {
  return and(
    visibleCustomer(viewer),
    input.customerId === undefined ? undefined : eq(customers.id, input.customerId),
    input.agentId === undefined ? undefined : eq(customers.collectionsAgentId, input.agentId),
    input.branchId === undefined ? undefined : eq(customers.branchId, input.branchId),
    input.groupId === undefined ? undefined : eq(customers.groupId, input.groupId),
    input.without === 'agent' ? sql`${customers.collectionsAgentId} is null` : undefined,
    input.without === 'branch' ? sql`${customers.branchId} is null` : undefined,
  )
}

/**
 * The same as a condition on a column `customer_id`, as narrow as it is worth: what joins customers afterwards asks for all of it again. Without it a
 * report on few customers would read the money of all.
 */
export const ofCustomers = (viewer: Viewer, input: CustomerFilters): SQL => {
  if (input.customerId !== undefined) return sql`customer_id = ${input.customerId}`
  const asked = [input.agentId, input.branchId, input.groupId, input.without]
  if (asked.every((filter) => filter === undefined) && viewer.customerLevel === 1) return sql`true`
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
  asOf: CalendarDay,
  past: { timeZone: string } | null,
): Promise<AgingSums[]> {
  if (past === null) {
    const { rows } = await db.execute<AgingSums>(sql`
      select ${receivables.currency} as currency, ${agingSums(sql`${receivables.dueOn}`, sql`${receivables.balanceMinor}`, asOf)}
      from ${receivables} join ${customers} on ${customers.id} = ${receivables.customerId}
      where ${and(open, receivableConditions(viewer, input, asOf))}
      group by ${receivables.currency}`)
    return rows
  }
  // What is open now, by its age on that day, and beside it what has changed since: taken out as it is and put in as it was. So the cost is that of
  // today's report and of what has moved.
  const condition = ofCustomers(viewer, input)
  const ofThese = and(
    customerConditions(viewer, input),
    input.currency === undefined ? undefined : sql`s.currency = ${input.currency}`,
  )
  const sumsOf = (sums: SQL, rows: SQL) => sql`
    select s.currency, ${sums} from (${rows}) s join ${customers} on ${customers.id} = s.customer_id
    ${ofThese === undefined ? sql`` : sql`where ${ofThese}`} group by s.currency`
  const now = sumsOf(
    agingSums(sql`s.due_on`, sql`s.minor`, asOf),
    sql`select customer_id, currency, due_on, balance_minor as minor from receivables where balance_minor > 0 and ${condition}`,
  )
  const within = agingBuckets.map((bucket) => {
    const was = sql`sum(s.then_minor) filter (where ${dueWithin(bucket, asOf, sql`s.then_due_on`)})`
    return sql`(coalesce(${was}, 0) - coalesce(sum(s.minor) filter (where ${dueWithin(bucket, asOf, sql`s.due_on`)}), 0))::text`
  })
  const since = sumsOf(
    sql`sum(s.then_minor - s.minor)::text, (count(*) filter (where s.then_minor <> 0) - count(*) filter (where s.minor <> 0))::int,
      ${sql.join(within, sql`, `)}`,
    changedSince(asOf, past.timeZone, condition),
  )
  const { rows } = await db.execute<AgingSums>(sql`${now} union all ${since}`)
  return addSums(rows)
}

/** Lines of the same currency as one; a currency of which nothing is left has none. */
function addSums(parts: readonly AgingSums[]): AgingSums[] {
  const sums = new Map<string, AgingSums>()
  for (const part of parts) {
    const sum = sums.get(part.currency)
    if (sum === undefined) sums.set(part.currency, { ...part })
    else {
      sum.count += part.count
      for (const each of ['balance', ...agingBuckets] as const) sum[each] = (BigInt(sum[each]) + BigInt(part[each])).toString()
    }
  }
  return [...sums.values()].filter(({ count }) => count !== 0)
}

/** What of the customers' money is not applied, by a key of the customer and currency. `day` null: now. */
export async function sumUnapplied(
  db: Querier,
  viewer: Viewer,
  input: CustomerFilters & { currency?: string | undefined },
  key: SQL,
  day: CalendarDay | null,
): Promise<{ key: string | null; currency: string; minor: bigint }[]> {
  const { rows } = await db.execute<{ key: string | null; currency: string; minor: string }>(sql`
    select ${key} as key, u.currency, sum(u.minor)::text as minor
    from (${unappliedAt(day, ofCustomers(viewer, input))}) u join ${customers} on ${customers.id} = u.customer_id
    where ${and(customerConditions(viewer, input), input.currency === undefined ? undefined : sql`u.currency = ${input.currency}`)}
    group by 1, u.currency having sum(u.minor) <> 0`)
  return rows.map((row) => ({ ...row, minor: BigInt(row.minor) }))
}

/** A day of aging: today unless told, with what reading a past day takes; null of today. Refuses `day-in-future`. */
export async function agingDay(ctx: AppContext, asOf: CalendarDay | undefined) {
  const today = await companyToday(ctx)
  const day = asOf ?? today
  if (day > today) throw new Refusal('day-in-future', { field: 'asOf' })
  return { asOf: day, past: day < today ? { timeZone: (await findCompany(ctx.db)).timeZone } : null }
}

/**
 * What is to be collected by currency and age, under the same filters as the list and for the same eyes; the ages add up to the balance. With `asOf` it is
 * exact at the end of that day, for the customers that the filters choose. Refuses `day-in-future`.
 */
export async function agingOfReceivables(
  ctx: AppContext,
  viewer: Viewer,
  input: ReceivableFilters & { asOf?: CalendarDay | undefined },
) {
  const { asOf, past } = await agingDay(ctx, input.asOf)
  const narrowed = past === null && isNarrowed(input)
  const sums = await sumReceivables(ctx.db, viewer, input, asOf, past)
  const unapplied = new Map<string, bigint>()
  if (!narrowed)
    for (const row of await sumUnapplied(ctx.db, viewer, input, sql`null::uuid`, past === null ? null : asOf))
      unapplied.set(row.currency, row.minor)
  const none = { count: 0, balance: '0', notDue: '0', days1To30: '0', days31To60: '0', days61To90: '0', over90: '0' }
  const loose = [...unapplied.keys()].filter((currency) => sums.every((row) => row.currency !== currency))
  return {
    asOf,
    totals: [...sums, ...loose.map((currency) => ({ ...none, currency }))]
      .map((row) => {
        const say = (minor: string | bigint) => formatAmount(BigInt(minor), row.currency)
        const left = unapplied.get(row.currency) ?? 0n
        return {
          currency: row.currency,
          count: row.count,
          balance: say(row.balance),
          notDue: say(row.notDue),
          days1To30: say(row.days1To30),
          days31To60: say(row.days31To60),
          days61To90: say(row.days61To90),
          over90: say(row.over90),
          unapplied: narrowed ? null : say(left),
          net: narrowed ? null : say(BigInt(row.balance) - left),
        }
      })
      .sort((a, b) => (a.currency < b.currency ? -1 : 1)),
  }
}
