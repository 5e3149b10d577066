import { unaccented } from '@cartera/db/schema/columns'
import { customers } from '@cartera/db/schema/customers'
import { branches, departments, users } from '@cartera/db/schema/organisation'
import { priceLists } from '@cartera/db/schema/prices'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { searchKey } from '@cartera/domain/text'
import { and, asc, count, desc, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { likeEscaped } from './search-customers.ts'
import { visibleCustomer } from './visible-customer.ts'

const columns = {
  city: { column: customers.city, name: 'city' },
  state: { column: customers.state, name: 'state' },
  customerType: { column: customers.customerType, name: 'customer_type' },
  economicActivity: { column: customers.economicActivity, name: 'economic_activity' },
  priceList: { column: customers.priceList, name: 'price_list' },
} as const

/**
 * The values that a free field has among the customers that the viewer sees, the most frequent first, and of price lists also those that
 * nobody has: what filters and forms suggest.
 */
export async function listCustomerValues(
  ctx: AppContext,
  viewer: Viewer,
  input: { field: keyof typeof columns; q?: string | undefined },
) {
  const { column, name } = columns[input.field]
  const q = searchKey(input.q ?? '')
  const rows = await ctx.db
    .select({ value: sql<string>`${column}`, customers: count() })
    .from(customers)
    .where(
      and(
        visibleCustomer(viewer),
        sql`${column} is not null`,
        q === '' ? undefined : sql`${unaccented(name)} like ${`%${likeEscaped(q)}%`}`,
      ),
    )
    .groupBy(column)
    .orderBy(desc(count()), asc(column))
    .limit(50)
  if (input.field !== 'priceList') return { items: rows }
  // A list that no customer has yet can be chosen all the same.
  const known = new Set(rows.map(({ value }) => value.toLowerCase()))
  const lists = await ctx.db
    .select({ value: priceLists.name })
    .from(priceLists)
    .where(and(eq(priceLists.active, true), sql`${unaccented('price_lists.name')} like ${`%${likeEscaped(q)}%`}`))
    .orderBy(asc(priceLists.name))
    .limit(50)
  const unused = lists.filter(({ value }) => !known.has(value.toLowerCase())).map(({ value }) => ({ value, customers: 0 }))
  return { items: [...rows, ...unused].slice(0, 50) }
}

/** The active users, any of whom can be a customer's agent; names and places are no secret within the company. */
export async function listAgents(ctx: AppContext, _viewer: Viewer, input: { q?: string | undefined }) {
  const q = searchKey(input.q ?? '')
  const rows = await ctx.db
    .select({
      id: users.id,
      name: users.name,
      branch: { id: branches.id, name: branches.name },
      departmentId: departments.id,
      departmentName: departments.name,
    })
    .from(users)
    .innerJoin(branches, eq(branches.id, users.branchId))
    .leftJoin(departments, eq(departments.id, users.departmentId))
    .where(and(eq(users.active, true), q === '' ? undefined : sql`${unaccented('users.name')} like ${`%${likeEscaped(q)}%`}`))
    .orderBy(asc(users.name), asc(users.id))
    .limit(50)
  return {
    items: rows.map(({ departmentId, departmentName, ...user }) => ({
      ...user,
      department: departmentId === null || departmentName === null ? null : { id: departmentId, name: departmentName },
    })),
  }
}
