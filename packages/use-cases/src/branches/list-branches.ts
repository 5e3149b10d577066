import { branches } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { searchKey } from '@cartera/domain/text'
import { and, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'

/** The company's branches; a catalogue that everyone who signs in may read. */
export async function listBranches(
  ctx: AppContext,
  _viewer: Viewer,
  input: PageInput & { active?: 'true' | 'false' | undefined },
) {
  const sort = input.sort ?? 'name'
  const descending = sort.startsWith('-')
  const column = sort.endsWith('code') ? branches.code : branches.name
  const keys = [
    { column, type: 'text' },
    { column: branches.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select({
      id: branches.id,
      code: branches.code,
      name: branches.name,
      active: branches.active,
      version: branches.version,
      // Written out: in a select from one table Drizzle leaves the table's name away, and `id` would be the user's own.
      userCount: sql<number>`(select count(*) from users where users.branch_id = branches.id)`.mapWith(Number),
    })
    .from(branches)
    .where(
      and(
        input.active === undefined ? undefined : eq(branches.active, input.active === 'true'),
        input.q
          ? sql`strpos(translate(lower(${branches.code} || ' ' || ${branches.name}), 'áéíóúüñ', 'aeiouun'), ${searchKey(input.q)}) > 0`
          : undefined,
        keysetAfter(input.cursor, sort, keys, descending),
      ),
    )
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => row,
    (row) => encodeCursor(sort, [sort.endsWith('code') ? row.code : row.name, row.id]),
  )
}
