import type { Transaction } from '@cartera/db/connect'
import { sql } from 'drizzle-orm'

/**
 * Those of the records of a table that anything refers to. Which tables can is asked of the database, so that no new one is forgotten; `except` are
 * those that the caller looks after itself.
 */
export async function hangingOn(
  tx: Transaction,
  table: 'customers' | 'documents' | 'payments' | 'receivables',
  ids: readonly string[],
  except: readonly string[] = [],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const { rows: references } = await tx.execute<{ table: string; column: string }>(sql`
    select quote_ident(t.relname) as "table", quote_ident(a.attname) as "column"
    from pg_constraint c join pg_class t on t.oid = c.conrelid
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'f' and c.confrelid = ${table}::regclass and t.relname <> all(${sql.param([...except])}::text[])`)
  if (references.length === 0) return new Set()
  const each = references.map(
    ({ table: from, column }) => sql`exists (select 1 from ${sql.raw(from)} h where h.${sql.raw(column)} = r.id)`,
  )
  const { rows } = await tx.execute<{ id: string }>(
    sql`select r.id from unnest(${sql.param([...ids])}::uuid[]) as r(id) where ${sql.join(each, sql` or `)}`,
  )
  return new Set(rows.map((row) => row.id))
}
