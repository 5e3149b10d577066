import { customers } from '@cartera/db/schema/customers'
import { branches, users } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { addDays, type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import { type AgingBucket, agingBuckets } from '@cartera/domain/credit/aging'
import { formatAmount } from '@cartera/domain/money'
import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import {
  type AgingSums,
  agingDay,
  agingSums,
  customerConditions,
  ofCustomers,
  standingAt,
  sumUnapplied,
} from '../receivables/aging.ts'
import { dueWithin } from '../receivables/list-receivables.ts'
import {
  isDisputed,
  isPromised,
  type PortfolioDay,
  type PortfolioFilters,
  portfolioConditions,
  startOf,
  touches,
} from './portfolio-filters.ts'

/** The company's present day. */
export async function portfolioDay(ctx: AppContext): Promise<PortfolioDay> {
  const { timeZone } = await findCompany(ctx.db)
  return { today: dayOfInstant(ctx.now(), timeZone), timeZone }
}

const balance = sql`sum(${receivables.balanceMinor})`
const sumWhere = (condition: SQL) => sql<string>`coalesce(${balance} filter (where ${condition}), 0)::text`
const overdueWhere = (today: CalendarDay) => sql`${receivables.dueOn} < ${today}::date`

/** The sums of a line of the portfolio; the ages add up to the balance. */
const sumColumns = (today: CalendarDay) => ({
  currency: receivables.currency,
  count: sql<number>`count(*)`.mapWith(Number),
  balance: sql<string>`${balance}::text`,
  overdue: sumWhere(overdueWhere(today)),
  notDue: sumWhere(dueWithin('notDue', today)),
  days1To30: sumWhere(dueWithin('days1To30', today)),
  days31To60: sumWhere(dueWithin('days31To60', today)),
  days61To90: sumWhere(dueWithin('days61To90', today)),
  over90: sumWhere(dueWithin('over90', today)),
  disputed: sumWhere(isDisputed),
  promised: sumWhere(isPromised(today)),
  oldestDueOn: sql<string>`min(${receivables.dueOn})::text`,
})

type Sums = {
  currency: string
  count: number
  oldestDueOn: string
} & Record<AgingBucket | 'balance' | 'overdue' | 'disputed' | 'promised', string>

function sumsOnWire(row: Sums) {
  const say = (minor: string) => formatAmount(BigInt(minor), row.currency)
  return {
    currency: row.currency,
    count: row.count,
    balance: say(row.balance),
    overdue: say(row.overdue),
    notDue: say(row.notDue),
    days1To30: say(row.days1To30),
    days31To60: say(row.days31To60),
    days61To90: say(row.days61To90),
    over90: say(row.over90),
    disputed: say(row.disputed),
    promised: say(row.promised),
    oldestDueOn: row.oldestDueOn,
  }
}

/** What is to be collected per currency under the filters, with how many customers owe it. */
export async function portfolioTotals(ctx: AppContext, viewer: Viewer, input: PortfolioFilters) {
  const day = await portfolioDay(ctx)
  const rows = await ctx.db
    .select({
      ...sumColumns(day.today),
      customers: sql<number>`count(distinct ${receivables.customerId})`.mapWith(Number),
    })
    .from(receivables)
    .innerJoin(customers, eq(customers.id, receivables.customerId))
    .where(portfolioConditions(viewer, input, day))
    .groupBy(receivables.currency)
    .orderBy(receivables.currency)
  return { asOf: day.today, totals: rows.map((row) => ({ ...sumsOnWire(row), customers: row.customers })) }
}

/**
 * The day on which somebody last dealt with each of some customers, and how many active follow-ups there are within the viewer's scope. A few index
 * look-ups per customer.
 */
async function lastTouches(
  ctx: AppContext,
  viewer: Viewer,
  timeZone: string,
  customerIds: readonly string[],
): Promise<Map<string, { on: string | null; activeFollowUps: number }>> {
  if (customerIds.length === 0) return new Map()
  const mine = visibleTo(accessScopeOf(viewer), sql`owner_id`) ?? sql`true`
  const { rows } = await ctx.db.execute<{ id: string; at: Date | string | null; active: string }>(sql`
    select c.id, greatest(
        (select max(created_at) from notes where customer_id = c.id and deleted_at is null),
        (select max(at) from contact_attempts where customer_id = c.id and notice_message_id is null),
        (select max(greatest(case when created_by is not null then created_at end, ended_at)) from follow_ups where customer_id = c.id),
        (select max(p.postponed_at) from follow_ups f join postponements p on p.follow_up_id = f.id where f.customer_id = c.id),
        (select max(created_at) from promises where customer_id = c.id)) as at,
      (select count(*) from follow_ups where customer_id = c.id and state = 'active' and ${mine})::text as active
    from unnest(${sql.param([...customerIds])}::uuid[]) as c(id)`)
  return new Map(
    rows.map((row) => [
      row.id,
      { on: row.at === null ? null : dayOfInstant(new Date(row.at), timeZone), activeFollowUps: Number(row.active) },
    ]),
  )
}

export type CustomerSort = '-overdue' | '-balance' | '-over90' | '-count'

/**
 * The portfolio by customer and currency, the largest sums first. The day on which it was last dealt with is a fact of the customer, as the balance is: by whom
 * and what about stays within the scope of the records.
 */
export async function portfolioByCustomer(
  ctx: AppContext,
  viewer: Viewer,
  input: Omit<PageInput, 'sort'> & PortfolioFilters & { sort?: CustomerSort | undefined },
) {
  const day = await portfolioDay(ctx)
  const sort = input.sort ?? '-overdue'
  const size = {
    '-overdue': sql`coalesce(${balance} filter (where ${overdueWhere(day.today)}), 0)`,
    '-balance': balance,
    '-over90': sql`coalesce(${balance} filter (where ${dueWithin('over90', day.today)}), 0)`,
    '-count': sql`count(*)`,
  }[sort]
  const keys = [
    { column: size, type: 'numeric' },
    { column: receivables.customerId, type: 'uuid' },
    { column: receivables.currency, type: 'text' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select({ ...sumColumns(day.today), customerId: receivables.customerId, size: sql<string>`${size}::text` })
    .from(receivables)
    .innerJoin(customers, eq(customers.id, receivables.customerId))
    .where(portfolioConditions(viewer, input, day))
    .groupBy(receivables.customerId, receivables.currency)
    .having(keysetAfter(input.cursor, sort, keys, true))
    .orderBy(...orderOf(keys, true))
    .limit(limit + 1)
  const ids = [...new Set(rows.map((row) => row.customerId))]
  const [people, touched] = [await findDebtors(ctx, ids), await lastTouches(ctx, viewer, day.timeZone, ids)]
  return pageOf(
    rows,
    limit,
    (row) => {
      const debtor = people.get(row.customerId)
      const touch = touched.get(row.customerId)
      return {
        id: `${row.customerId}:${row.currency}`,
        customer: { id: row.customerId, code: debtor?.code ?? '', name: debtor?.name ?? '' },
        agent: debtor?.agent ?? null,
        branch: debtor?.branch ?? null,
        lastTouchOn: touch?.on ?? null,
        activeFollowUps: touch?.activeFollowUps ?? 0,
        ...sumsOnWire(row),
      }
    },
    (row) => encodeCursor(sort, [row.size, row.customerId, row.currency]),
  )
}

/** Code, name, agent and branch of customers by id. */
export async function findDebtors(ctx: AppContext, ids: readonly string[]) {
  if (ids.length === 0) return new Map<string, never>()
  const rows = await ctx.db
    .select({
      id: customers.id,
      code: customers.code,
      name: customers.name,
      agentId: users.id,
      agentName: users.name,
      branchId: branches.id,
      branchName: branches.name,
    })
    .from(customers)
    .leftJoin(users, eq(users.id, customers.collectionsAgentId))
    .leftJoin(branches, eq(branches.id, customers.branchId))
    .where(inArray(customers.id, [...ids]))
  return new Map(
    rows.map((row) => [
      row.id,
      {
        code: row.code,
        name: row.name,
        agent: row.agentId === null ? null : { id: row.agentId, name: row.agentName ?? '' },
        branch: row.branchId === null ? null : { id: row.branchId, name: row.branchName ?? '' },
      },
    ]),
  )
}

export type PortfolioGrouping = 'agent' | 'branch' | 'bucket'

/** What a line of a breakdown stands for, in SQL: its id, or the age. */
function groupColumn(by: PortfolioGrouping, today: CalendarDay, dueOn?: SQL): SQL<string | null> {
  if (by === 'agent') return sql<string | null>`${customers.collectionsAgentId}`
  if (by === 'branch') return sql<string | null>`${customers.branchId}`
  const cases = agingBuckets.map((bucket) => sql`when ${dueWithin(bucket, today, dueOn)} then ${sql.raw(`'${bucket}'`)}`)
  return sql<string>`case ${sql.join(cases, sql` `)} end`
}

async function groupNames(
  ctx: AppContext,
  by: PortfolioGrouping,
  keys: readonly (string | null)[],
): Promise<Map<string, string>> {
  const ids = [...new Set(keys.filter((key) => key !== null))]
  if (by === 'bucket' || ids.length === 0) return new Map()
  const table = by === 'agent' ? users : branches
  const rows = await ctx.db.select({ id: table.id, name: table.name }).from(table).where(inArray(table.id, ids))
  return new Map(rows.map((row) => [row.id, row.name]))
}

const groupOnWire = (by: PortfolioGrouping, key: string | null, names: ReadonlyMap<string, string>) => ({
  subject: by === 'bucket' || key === null ? null : { id: key, name: names.get(key) ?? '' },
  bucket: by === 'bucket' ? (key as AgingBucket) : null,
})

interface BreakdownRow extends AgingSums {
  key: string | null
  customers: number
  overdue: string
  disputed: string | null
  promised: string | null
  oldest: string | null
}

const mostLines = 500

const nothingOwed = (now: boolean) => ({
  count: 0,
  customers: 0,
  balance: '0',
  overdue: '0',
  notDue: '0',
  days1To30: '0',
  days31To60: '0',
  days61To90: '0',
  over90: '0',
  disputed: now ? '0' : null,
  promised: now ? '0' : null,
  oldest: null,
})

/** What is open on a past day, as lines of a breakdown: nobody keeps what was disputed or promised then. */
async function breakdownAt(
  ctx: AppContext,
  viewer: Viewer,
  input: BreakdownInput,
  asOf: CalendarDay,
  timeZone: string,
): Promise<BreakdownRow[]> {
  const { rows } = await ctx.db.execute<BreakdownRow>(sql`
    select ${groupColumn(input.by, asOf, sql`s.due_on`)} as key, s.currency, ${agingSums(sql`s.due_on`, sql`s.balance_minor`, asOf)},
           count(distinct s.customer_id)::int as customers, coalesce(sum(s.balance_minor) filter (where s.due_on < ${asOf}::date), 0)::text as overdue,
           null as disputed, null as promised, min(s.due_on)::text as oldest
    from (${standingAt(asOf, timeZone, ofCustomers(viewer, input))}) s join ${customers} on ${customers.id} = s.customer_id
    where ${and(customerConditions(viewer, input), input.currency === undefined ? undefined : sql`s.currency = ${input.currency}`)}
    group by 1, 2 order by 2, sum(s.balance_minor) desc limit ${mostLines}`)
  return rows
}

async function breakdownNow(ctx: AppContext, viewer: Viewer, input: BreakdownInput, day: PortfolioDay): Promise<BreakdownRow[]> {
  const { dueOn, balanceMinor } = receivables
  const { rows } = await ctx.db.execute<BreakdownRow>(sql`
    select ${groupColumn(input.by, day.today)} as key, ${receivables.currency} as currency, ${agingSums(sql`${dueOn}`, sql`${balanceMinor}`, day.today)},
           count(distinct ${receivables.customerId})::int as customers, ${sumWhere(overdueWhere(day.today))} as overdue,
           ${sumWhere(isDisputed)} as disputed, ${sumWhere(isPromised(day.today))} as promised, min(${dueOn})::text as oldest
    from ${receivables} join ${customers} on ${customers.id} = ${receivables.customerId}
    where ${portfolioConditions(viewer, input, day)}
    group by 1, 2 order by 2, ${balance} desc limit ${mostLines}`)
  return rows
}

/** Filters that ask for some of a customer's receivables: the customer's unapplied money belongs to none of them. */
const asksForSome = (input: PortfolioFilters) =>
  [
    input.q || undefined,
    input.bucket,
    input.overdue,
    input.neverFollowedUp,
    input.untouchedSince,
    input.disputed,
    input.promised,
  ].some((filter) => filter !== undefined)

type BreakdownInput = PortfolioFilters & { by: PortfolioGrouping; asOf?: CalendarDay | undefined }

/**
 * The portfolio by agent, branch or age, and currency; the largest first. Who has only unapplied money has a line too, so that the lines add up to
 * the totals. With `asOf` it is exact at the end of that day, for the customers and the
 * currency that the filters choose. Refuses `day-in-future`.
 */
export async function portfolioBreakdown(ctx: AppContext, viewer: Viewer, input: BreakdownInput) {
  const { asOf, past } = await agingDay(ctx, input.asOf)
  const owed =
    past === null
      ? await breakdownNow(ctx, viewer, input, await portfolioDay(ctx))
      : await breakdownAt(ctx, viewer, input, asOf, past.timeZone)
  const unapplied = new Map<string, bigint>()
  const loose: BreakdownRow[] = []
  const told = input.by !== 'bucket' && (past !== null || !asksForSome(input))
  if (told)
    for (const one of await sumUnapplied(ctx.db, viewer, input, groupColumn(input.by, asOf), past === null ? null : asOf)) {
      unapplied.set(`${one.key}:${one.currency}`, one.minor)
      if (owed.every((row) => row.key !== one.key || row.currency !== one.currency))
        loose.push({ ...nothingOwed(past === null), key: one.key, currency: one.currency })
    }
  const rows = [...owed, ...loose]
    .sort((a, b) => (a.currency < b.currency ? -1 : a.currency > b.currency ? 1 : 0))
    .slice(0, mostLines)
  const names = await groupNames(
    ctx,
    input.by,
    rows.map((row) => row.key),
  )
  return {
    asOf,
    items: rows.map((row) => {
      const id = `${row.key}:${row.currency}`
      const left = told ? (unapplied.get(id) ?? 0n) : null
      const { disputed, promised, ...sums } = sumsOnWire({
        ...row,
        oldestDueOn: row.oldest ?? '',
        disputed: row.disputed ?? '0',
        promised: row.promised ?? '0',
      })
      return {
        id,
        ...groupOnWire(input.by, row.key, names),
        customers: row.customers,
        ...sums,
        oldestDueOn: row.oldest,
        disputed: row.disputed === null ? null : disputed,
        promised: row.promised === null ? null : promised,
        unapplied: left === null ? null : formatAmount(left, row.currency),
        net: left === null ? null : formatAmount(BigInt(row.balance) - left, row.currency),
      }
    }),
  }
}

/**
 * How much overdue money nobody has dealt with for so many days, by agent, branch or age. Notices that the system sent are no dealing: how much of it
 * got one in that time is told beside it.
 */
export async function portfolioCoverage(
  ctx: AppContext,
  viewer: Viewer,
  input: Omit<PortfolioFilters, 'untouchedSince' | 'overdue'> & { by: PortfolioGrouping; days?: number | undefined },
) {
  const day = await portfolioDay(ctx)
  const days = input.days ?? 14
  const since = addDays(day.today, -days)
  const from = startOf(since, day.timeZone)
  const key = groupColumn(input.by, day.today)
  const touched = sql.join(touches(from), sql` union `)
  const { rows } = await ctx.db.execute<{
    key: string | null
    whole: boolean
    currency: string
    overdue: string
    untouched: string
    noticed: string
    count: string
    customers: string
  }>(sql`
    with touched as materialized (${touched}),
    noticed as materialized (select distinct customer_id from notice_messages where sent_at is not null and sent_at >= ${from}),
    owed as (
      select ${key} as key, ${receivables.currency} as currency, ${receivables.customerId} as customer_id, ${receivables.balanceMinor} as balance,
        t.customer_id is null and not ${isPromised(day.today)} as untouched, n.customer_id is not null as noticed
      from ${receivables} join ${customers} on ${customers.id} = ${receivables.customerId}
      left join touched t on t.customer_id = ${receivables.customerId}
      left join noticed n on n.customer_id = ${receivables.customerId}
      where ${and(portfolioConditions(viewer, { ...input, overdue: true }, day))})
    select key, grouping(key) = 1 as whole, currency, sum(balance)::text as overdue,
      coalesce(sum(balance) filter (where untouched), 0)::text as untouched,
      coalesce(sum(balance) filter (where untouched and noticed), 0)::text as noticed,
      (count(*) filter (where untouched))::text as count,
      (count(distinct customer_id) filter (where untouched))::text as customers
    from owed group by grouping sets ((key, currency), (currency))
    order by whole desc, currency, coalesce(sum(balance) filter (where untouched), 0) desc, key limit 700`)
  const onWire = (row: (typeof rows)[number]) => {
    const say = (minor: string) => formatAmount(BigInt(minor), row.currency)
    return {
      currency: row.currency,
      overdue: say(row.overdue),
      untouched: say(row.untouched),
      noticed: say(row.noticed),
      count: Number(row.count),
      customers: Number(row.customers),
    }
  }
  const lines = rows.filter((row) => !row.whole).slice(0, 500)
  const names = await groupNames(
    ctx,
    input.by,
    lines.map((row) => row.key),
  )
  return {
    asOf: day.today,
    since,
    totals: rows.filter((row) => row.whole).map(onWire),
    items: lines.map((row) => ({ id: `${row.key}:${row.currency}`, ...groupOnWire(input.by, row.key, names), ...onWire(row) })),
  }
}
