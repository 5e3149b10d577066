import { customers } from '@cartera/db/schema/customers'
import { users } from '@cartera/db/schema/organisation'
import { type SQL, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { orderOf, type SortKey } from './paging.ts'

/**
 * Among the first `limit` records of all owners together (`owners`: a condition over `users`), found owner by owner on the index over an owner's
 * records in this order. Of some owners among many the planner knows neither how many records they have nor how far on the first of them lie: it
 * read all that a branch ever wrote, or walked all that the company has (`bench:activity`: 77 ms for a page of 200,000 notes, now 11 whatever their
 * number). `where` is over the records joined with `customers`; `keys` are columns of the record.
 */
export function firstOfEachOwner(
  table: PgTable & Record<'id' | 'customerId', PgColumn>,
  owner: PgColumn,
  owners: SQL,
  where: SQL | undefined,
  keys: readonly SortKey[],
  descending: boolean,
  limit: number,
): SQL {
  const direction = descending ? sql` desc` : sql``
  const names = keys.map((_, index) => sql.raw(`key_${index}`))
  const joined = (parts: readonly SQL[]) => sql.join([...parts], sql`, `)
  return sql`${table.id} = any(array(
    select first_of_owner.id from ${users} cross join lateral (
      select ${table.id} as id, ${joined(keys.map(({ column }, index) => sql`${column} as ${names[index]}`))}
      from ${table} inner join ${customers} on ${customers.id} = ${table.customerId}
      where ${owner} = ${users.id} and ${where ?? sql`true`} order by ${joined(orderOf(keys, descending))} limit ${limit}
    ) first_of_owner where ${owners}
    order by ${joined(names.map((name) => sql`first_of_owner.${name}${direction}`))} limit ${limit}))`
}
