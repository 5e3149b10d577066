import type { Querier } from '@cartera/db/connect'
import { sql } from 'drizzle-orm'

/** A column by which rows of a table are a customer's. */
export interface CustomerReference {
  table: string
  column: string
  /** The table has at most one row for each customer, under the customer's id. */
  single: boolean
  columns: readonly string[]
}

/** What a merge writes about itself: its history stays with the customers that it is about. */
const keptTables = ['customer_merges', 'customer_distinctions']

/** Unique indexes with a customer in them, whose collisions `giveWay` settles before rows move. A test holds them against the database. */
export const settledIndexes = [
  'contacts_main_unique',
  'documents_number_unique',
  'interests_once',
  'notice_pauses_customer_standing',
] as const

/**
 * Everything that refers to a customer, as the database itself knows it: so that a merge moves the rows of tables that were not thought of when it was
 * written, and of `customers` those that were merged into the one that is merged now.
 */
export async function findCustomerReferences(db: Querier): Promise<CustomerReference[]> {
  const { rows } = await db.execute<{ table: string; column: string; single: boolean; columns: string[] }>(sql`
    select t.relname as table, a.attname as column,
      exists (select 1 from pg_constraint p where p.conrelid = t.oid and p.contype = 'p' and p.conkey = k.conkey) as single,
      array(select c.attname::text from pg_attribute c where c.attrelid = t.oid and c.attnum > 0 and not c.attisdropped) as columns
    from pg_constraint k
    join pg_class t on t.oid = k.conrelid
    join pg_attribute a on a.attrelid = t.oid and a.attnum = k.conkey[1]
    where k.contype = 'f' and k.confrelid = 'customers'::regclass and t.relname <> all(${sql.param(keptTables)}::text[])
    order by t.relname, a.attname`)
  return rows
}

/** A name of the database's own as it stands in a statement. */
export const named = (name: string) => sql.identifier(name)
