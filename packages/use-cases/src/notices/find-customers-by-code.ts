import { customers } from '@cartera/db/schema/customers'
import { and, inArray, isNull, or } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'

/** The customers that a command line names, by code or external id, and the names that fit none. */
export async function findCustomersByCode(
  ctx: AppContext,
  names: readonly string[],
): Promise<{ ids: string[]; unknown: string[] }> {
  const found = await ctx.db
    .select({ id: customers.id, code: customers.code, externalId: customers.externalId })
    .from(customers)
    .where(and(isNull(customers.deletedAt), or(inArray(customers.code, [...names]), inArray(customers.externalId, [...names]))))
  const known = new Set(found.flatMap((row) => [row.code, row.externalId]))
  return { ids: found.map((row) => row.id), unknown: names.filter((name) => !known.has(name)) }
}
