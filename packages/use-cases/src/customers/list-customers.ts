import type { Querier } from '@cartera/db/connect'
import { customerGroups, customers } from '@cartera/db/schema/customers'
import { branches, users } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import { visibleTo } from '@cartera/db/visible-to'
import { customerScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { type AnyColumn, and, desc, eq, not, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import type { Company } from '../company/company-settings.ts'
import { filteredByCustom } from '../custom-fields/filter-custom.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf, type SortKey } from '../paging.ts'
import { type CustomerFacts, findCustomerFacts } from './customer-facts.ts'
import { collectionsAgents, listedColumns, preferredAgents, toListedCustomer } from './customer-row.ts'
import { matchingCustomer, sameText, similarCustomer, similarityThreshold } from './search-customers.ts'
import { type Customer, visibleCustomer } from './visible-customer.ts'

export interface CustomerFilters {
  status?: Customer['status'] | undefined
  kind?: Customer['kind'] | undefined
  branchId?: string | undefined
  groupId?: string | undefined
  preferredAgentId?: string | undefined
  collectionsAgentId?: string | undefined
  city?: string | undefined
  customerType?: string | undefined
  onHold?: boolean | undefined
  /** See `filteredByCustom`. */
  custom?: string | undefined
}

/** The domain's `creditHoldOf` as a condition, for filters over many; a test compares the two. */
function onHold(company: Company, today: CalendarDay): SQL {
  const limitPassed = sql`${customers.creditLimitMinor} < (select sum(${receivables.balanceMinor}) from ${receivables}
    where ${receivables.customerId} = ${customers.id} and ${receivables.balanceMinor} > 0
      and ${receivables.currency} = coalesce(${customers.creditCurrency}, ${company.currency}))`
  const overdue =
    company.creditToleranceDays === null
      ? sql`false`
      : sql`exists (select 1 from ${receivables} where ${receivables.customerId} = ${customers.id}
          and ${receivables.balanceMinor} > 0 and ${receivables.dueOn} < ${addDays(today, -company.creditToleranceDays)}::date)`
  return sql`(coalesce(btrim(${customers.creditHoldReason}), '') <> '' or coalesce(${limitPassed}, false) or ${overdue})`
}

const given = <T>(value: T | undefined, condition: (value: T) => SQL): SQL | undefined =>
  value === undefined || value === '' ? undefined : condition(value)

/** The filters of the customer list as a condition over `customers`. */
export function filteredCustomers(filters: CustomerFilters, { company, today, customFields }: CustomerFacts): SQL | undefined {
  return and(
    given(filters.status, (value) => eq(customers.status, value)),
    given(filters.kind, (value) => eq(customers.kind, value)),
    given(filters.branchId, (value) => eq(customers.branchId, value)),
    given(filters.groupId, (value) => eq(customers.groupId, value)),
    given(filters.preferredAgentId, (value) => eq(customers.preferredAgentId, value)),
    given(filters.collectionsAgentId, (value) => eq(customers.collectionsAgentId, value)),
    given(filters.city, (value) => sameText('city', value)),
    given(filters.customerType, (value) => sameText('customer_type', value)),
    filters.custom ? filteredByCustom(filters.custom, customFields) : undefined,
    given(filters.onHold, (value) => (value ? onHold(company, today) : not(onHold(company, today)))),
  )
}

const selectListed = (db: Querier, today: CalendarDay) =>
  db
    .select(listedColumns(today))
    .from(customers)
    .leftJoin(branches, eq(branches.id, customers.branchId))
    .leftJoin(customerGroups, eq(customerGroups.id, customers.groupId))
    .leftJoin(preferredAgents, eq(preferredAgents.id, customers.preferredAgentId))
    .leftJoin(collectionsAgents, eq(collectionsAgents.id, customers.collectionsAgentId))

function sortKeysOf(sort: string): { keys: readonly SortKey[]; of: (customer: Customer) => string[] } {
  if (sort.endsWith('code')) return { keys: [{ column: customers.code, type: 'text' }], of: (row) => [row.code] }
  // Ids are ordered by the time at which they were made.
  if (sort.endsWith('createdAt')) return { keys: [{ column: customers.id, type: 'uuid' }], of: (row) => [row.id] }
  return {
    keys: [
      { column: customers.nameKey, type: 'text' },
      { column: customers.id, type: 'uuid' },
    ],
    of: (row) => [row.nameKey, row.id],
  }
}

/**
 * Among the first `limit` customers of all agents of a scope together, found agent by agent on the index over an agent's customers by name. Of the few
 * that a department sees among many the planner does not know how far on the first of them lie: it walked the company's customers by name
 * (`bench:lists`: 261 ms for a page at 60 % of 200,000, now 4). Nothing for a company or a branch, which see enough that walking by name soon fills a page.
 */
function firstOfEachAgent(
  viewer: Viewer,
  where: SQL | undefined,
  keys: readonly SortKey[],
  descending: boolean,
  limit: number,
): SQL | undefined {
  const scope = customerScopeOf(viewer)
  const agents = scope.kind === 'branch' ? undefined : visibleTo(scope, users.id)
  if (!agents) return undefined
  const joined = (parts: readonly SQL[]) => sql.join([...parts], sql`, `)
  const names = keys.map((_, index) => sql.raw(`key_${index}`))
  const order = joined(orderOf(keys, descending))
  const of = (agent: AnyColumn) => sql`(
    select ${customers.id} as id, ${joined(keys.map(({ column }, index) => sql`${column} as ${names[index]}`))}
    from ${customers} where ${agent} = ${users.id} and ${where ?? sql`true`} order by ${order} limit ${limit})`
  // A customer whose two agents stand in the scope is met twice, hence twice as many.
  return sql`${customers.id} = any(array(
    select first_of_agent.id from ${users} cross join lateral (
      ${of(customers.preferredAgentId)} union all ${of(customers.collectionsAgentId)}
    ) first_of_agent where ${agents}
    order by ${joined(names.map((name) => sql`first_of_agent.${name}${descending ? sql` desc` : sql``}`))} limit ${2 * limit}))`
}

/** Guessing what was meant may not cost more than it is worth: a text that is a little like everything finds nothing. */
export async function nearestOnly<Row>(search: () => Promise<Row[]>): Promise<Row[]> {
  try {
    return await search()
  } catch (error) {
    for (let each = error as { code?: unknown; cause?: unknown } | undefined; each; each = each.cause as typeof each)
      if (each.code === '57014') return []
    throw error
  }
}

/**
 * The customers that the viewer sees, under filters. A search that finds nothing is asked again with tolerance for typing
 * errors; those answers come nearest first, on one page.
 */
export async function listCustomers(ctx: AppContext, viewer: Viewer, input: PageInput & CustomerFilters) {
  const facts = await findCustomerFacts(ctx, ctx.db)
  const { company, today } = facts
  const sort = input.sort ?? 'name'
  const descending = sort.startsWith('-')
  const { keys, of } = sortKeysOf(sort)
  const limit = input.limit ?? defaultPageSize
  const scope = and(visibleCustomer(viewer), filteredCustomers(input, facts))
  const searched = matchingCustomer(input.q)
  const where = and(scope, searched, keysetAfter(input.cursor, sort, keys, descending))
  const rows = await selectListed(ctx.db, today)
    .where(and(where, searched ? undefined : firstOfEachAgent(viewer, where, keys, descending, limit + 1)))
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  const toItem = (row: (typeof rows)[number]) => toListedCustomer(row, company, today)
  const q = searchKey(input.q ?? '')
  if (rows.length === 0 && input.cursor === undefined && q.length >= 3) {
    const similar = similarCustomer(q)
    const nearest = await nearestOnly(() =>
      ctx.db.transaction(async (tx) => {
        await tx.execute(similarityThreshold)
        await tx.execute(sql`set local statement_timeout = 1500`)
        return selectListed(tx, today)
          .where(and(scope, similar.where))
          .orderBy(desc(similar.likeness), customers.nameKey, customers.id)
          .limit(limit)
      }),
    )
    return { items: nearest.map(toItem), nextCursor: null }
  }
  return pageOf(rows, limit, toItem, (row) => encodeCursor(sort, of(row.customer)))
}

/**
 * Who stands before and after a customer in the list under the same filters and sort; null at its ends, and both null under a search that finds only what is
 * near. One that the filters do not hold any more has its place by its sort keys. Refuses `not-found`.
 */
export async function findNeighbours(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  input: Pick<PageInput, 'q' | 'sort'> & CustomerFilters,
) {
  const [here] = await ctx.db
    .select()
    .from(customers)
    .where(and(eq(customers.id, customerId), visibleCustomer(viewer)))
  if (!here) throw new Refusal('not-found')
  const facts = await findCustomerFacts(ctx, ctx.db)
  const sort = input.sort ?? 'name'
  const descending = sort.startsWith('-')
  const { keys, of } = sortKeysOf(sort)
  const searched = matchingCustomer(input.q)
  const scope = and(visibleCustomer(viewer), filteredCustomers(input, facts), searched)
  const place = encodeCursor(sort, of(here))
  const nearest = async (backwards: boolean) => {
    const where = and(scope, keysetAfter(place, sort, keys, backwards))
    const [row] = await ctx.db
      .select({ id: customers.id, name: customers.name })
      .from(customers)
      .where(and(where, searched ? undefined : firstOfEachAgent(viewer, where, keys, backwards, 1)))
      .orderBy(...orderOf(keys, backwards))
      .limit(1)
    return row ?? null
  }
  return { previous: await nearest(!descending), next: await nearest(descending) }
}
