import { customers } from '@cartera/db/schema/customers'
import { and, inArray, isNull, or, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'

const named = alias(customers, 'named')

/** The customers that a command line names, by code or external id (of one that was merged: who survived), and the names that fit none. */
export async function findCustomersByCode(
  ctx: AppContext,
  names: readonly string[],
): Promise<{ ids: string[]; unknown: string[] }> {
  const found = await ctx.db
    .select({ id: customers.id, code: named.code, externalId: named.externalId })
    .from(named)
    .innerJoin(customers, sql`${customers.id} = coalesce(${named.mergedIntoId}, ${named.id})`)
    .where(and(isNull(customers.deletedAt), or(inArray(named.code, [...names]), inArray(named.externalId, [...names]))))
  const known = new Set(found.flatMap((row) => [row.code, row.externalId]))
  return { ids: [...new Set(found.map((row) => row.id))], unknown: names.filter((name) => !known.has(name)) }
}
