import type { Transaction } from '@cartera/db/connect'
import { sql } from 'drizzle-orm'

/**
 * A document that got another number when customers were merged keeps it, although its source goes on to state the old one; any other number that is stated
 * is meant.
 */
export async function keepMergedNumbers<Stated extends { externalId: string; number: string }>(
  tx: Transaction,
  stated: readonly Stated[],
  standing: ReadonlyMap<string, { documentId: string; number: string }>,
): Promise<Stated[]> {
  const renamed = stated.flatMap((one) => {
    const before = standing.get(one.externalId)
    return before !== undefined && before.number !== one.number ? [before.documentId] : []
  })
  if (renamed.length === 0) return [...stated]
  const { rows } = await tx.execute<{ row_id: string; number: string }>(sql`
    select r.row_id, r.before->>'number' as number from customer_merge_rows r join customer_merges m on m.id = r.merge_id
    where r.table_name = 'documents' and r.before is not null and m.undone_at is null and r.row_id = any(${sql.param(renamed)}::uuid[])`)
  const oldNumbers = new Set(rows.map((row) => `${row.row_id} ${row.number}`))
  return stated.map((one) => {
    const before = standing.get(one.externalId)
    return before !== undefined && oldNumbers.has(`${before.documentId} ${one.number}`) ? { ...one, number: before.number } : one
  })
}
