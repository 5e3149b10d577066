import type { Querier } from '@cartera/db/connect'
import { sql } from 'drizzle-orm'
import type { Customer } from './visible-customer.ts'

/** Those of the customers that were merged, by their ids, with who stands for them now. */
export async function findSurvivors(
  db: Querier,
  found: readonly Pick<Customer, 'id' | 'mergedIntoId'>[],
): Promise<Map<string, { id: string; code: string }>> {
  const merged = found.filter((one) => one.mergedIntoId !== null)
  if (merged.length === 0) return new Map()
  const { rows } = await db.execute<{ merged_id: string; id: string; code: string }>(sql`
    select l.id as merged_id, c.id, c.code from customers l join customers c on c.id = l.merged_into_id
    where l.id = any(${sql.param(merged.map((one) => one.id))}::uuid[])`)
  return new Map(rows.map((row) => [row.merged_id, { id: row.id, code: row.code }]))
}
