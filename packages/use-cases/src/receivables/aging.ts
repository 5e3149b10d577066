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
 * What each receivable owed at the end of a day, as rows (receivable_id, customer_id, currency, due_on, balance_minor): the balance of now less what has
 * moved since, which is added up once. `customers` is a condition on a column `customer_id`. An extension granted after that day had not been granted
 * yet, so the due date before it holds; a corrected date was always meant (docs/decisions/0015).
 */
export function standingAt(day: CalendarDay, timeZone: string, customersCondition: SQL): SQL {
  return sql`
    with moved as materialized (
      select receivable_id, currency, sum(amount_minor) as minor from receivable_movements
      where on_day > ${day}::date and ${customersCondition} group by receivable_id, currency
    )
    select b.receivable_id, b.customer_id, b.currency, coalesce(e.from_due_on, b.due_on) as due_on, b.balance_minor
    from (
      select r.id as receivable_id, r.customer_id, r.currency, r.due_on, r.balance_minor - coalesce(m.minor, 0) as balance_minor
      from (select id, customer_id, currency, due_on, balance_minor from receivables where balance_minor > 0 and ${customersCondition}) r
      left join moved m on m.receivable_id = r.id and m.currency = r.currency
      union all
      select r.id, r.customer_id, m.currency, r.due_on, -m.minor
      from moved m join receivables r on r.id = m.receivable_id
      where not (r.balance_minor > 0 and r.currency = m.currency)
    ) b
    left join (
      select distinct on (receivable_id) receivable_id, from_due_on from receivable_extensions
      where created_at >= ((${day}::date + 1)::timestamp at time zone ${timeZone}) order by receivable_id, number
    ) e on e.receivable_id = b.receivable_id
    where b.balance_minor <> 0`
}

/**
 * What customers had paid or been credited by the end of a day without its being applied, as rows (customer_id, currency, minor). `day` null: now.
 * `customers` is a condition on a column `customer_id`.
 */
function unappliedAt(day: CalendarDay | null, customersCondition: SQL): SQL {
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
  const { rows } = await db.execute<AgingSums>(sql`
    select s.currency, ${agingSums(sql`s.due_on`, sql`s.balance_minor`, asOf)}
    from (${standingAt(asOf, past.timeZone, ofCustomers(viewer, input))}) s join ${customers} on ${customers.id} = s.customer_id
    where ${and(customerConditions(viewer, input), input.currency === undefined ? undefined : sql`s.currency = ${input.currency}`)}
    group by s.currency`)
  return rows
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
    group by 1, u.currency`)
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
