import type { Querier } from '@cartera/db/connect'
import { customerGroups, customers } from '@cartera/db/schema/customers'
import { branches } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, desc, eq, not, type SQL, sql } from 'drizzle-orm'
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
  const rows = await selectListed(ctx.db, today)
    .where(and(scope, matchingCustomer(input.q), keysetAfter(input.cursor, sort, keys, descending)))
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
  const scope = and(visibleCustomer(viewer), filteredCustomers(input, facts), matchingCustomer(input.q))
  const place = encodeCursor(sort, of(here))
  const nearest = async (backwards: boolean) => {
    const [row] = await ctx.db
      .select({ id: customers.id, name: customers.name })
      .from(customers)
      .where(and(scope, keysetAfter(place, sort, keys, backwards)))
      .orderBy(...orderOf(keys, backwards))
      .limit(1)
    return row ?? null
  }
  return { previous: await nearest(!descending), next: await nearest(descending) }
}
