import { customers } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { and, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findDuplicates } from '../customers/find-duplicates.ts'
import { findVisibleCustomer, visibleCustomer } from '../customers/visible-customer.ts'
import { encodeCursor, keysetAfter } from '../paging.ts'
import { findCandidates } from './find-merges.ts'
import { requireMayMerge } from './merge-customers.ts'

export type DuplicateReason = 'taxId' | 'email' | 'name' | 'nearName'

const pageSize = 20
const shownMembers = 10
/** Names that one request compares with the next one in the alphabet, at most. */
const mostNames = 20_000

/** What customers are grouped by, as the indexes have it; short numbers and names say nothing. */
const keys: Readonly<Record<Exclude<DuplicateReason, 'nearName'>, { key: SQL; least: number }>> = {
  taxId: { key: sql`regexp_replace(upper(tax_id), '[^0-9A-ZÑ&]', '', 'g')`, least: 5 },
  email: { key: sql`lower(email)`, least: 5 },
  name: { key: sql`regexp_replace(name_key, '[^a-z0-9]', '', 'g')`, least: 4 },
}

/** How many pairs of these ids somebody told apart. */
const toldApart = (ids: SQL) =>
  sql`(select count(*) from customer_distinctions d where d.first_id = any(${ids}) and d.second_id = any(${ids}))`

/**
 * Customers that may be the same, of those that the viewer sees, page by page in the order of what they have alike: same tax id, e-mail or name whatever
 * the writing, or names that stand next to each other in the alphabet and are nearly the same. Groups of which every pair was told apart are left out.
 * One request reads an index up to a full page, or so many names, and never compares all with all. Refuses `not-allowed`, `cursor-invalid`.
 */
export async function listDuplicateGroups(
  ctx: AppContext,
  viewer: Viewer,
  input: { reason: DuplicateReason; cursor?: string | undefined },
) {
  requireMayMerge(viewer)
  const { groups, nextCursor } =
    input.reason === 'nearName'
      ? await nearNames(ctx, viewer, input.cursor)
      : await sameKeys(ctx, viewer, input.reason, input.cursor)
  const candidates = new Map(
    (
      await findCandidates(
        ctx,
        groups.flatMap((group) => group.ids.slice(0, shownMembers)),
      )
    ).map((each) => [each.id, each]),
  )
  return {
    items: groups.map(({ key, ids }) => ({
      key: key.slice(0, 400),
      size: ids.length,
      customers: ids.slice(0, shownMembers).flatMap((id) => candidates.get(id) ?? []),
    })),
    nextCursor,
  }
}

interface Group {
  key: string
  ids: string[]
}

async function sameKeys(
  ctx: AppContext,
  viewer: Viewer,
  reason: Exclude<DuplicateReason, 'nearName'>,
  cursor: string | undefined,
): Promise<{ groups: Group[]; nextCursor: string | null }> {
  const { key, least } = keys[reason]
  const after = keysetAfter(cursor, reason, [{ column: key, type: 'text' }], false)
  const { rows } = await ctx.db.execute<Group & Record<string, unknown>>(sql`
    select g.key, g.ids from (
      select ${key} as key, array_agg(id order by id) as ids from ${customers}
      where ${and(visibleCustomer(viewer), after)} and ${key} is not null
      group by ${key} having count(*) > 1
    ) g
    where length(g.key) >= ${least} and cardinality(g.ids)::bigint * (cardinality(g.ids) - 1) / 2 > ${toldApart(sql`g.ids`)}
    order by g.key limit ${pageSize + 1}`)
  const groups = rows.slice(0, pageSize)
  const last = groups.at(-1)
  return { groups, nextCursor: rows.length > pageSize && last ? encodeCursor(reason, [last.key]) : null }
}

async function nearNames(ctx: AppContext, viewer: Viewer, cursor: string | undefined) {
  const order = [
    { column: sql`${customers.nameKey}`, type: 'text' as const },
    { column: sql`${customers.id}`, type: 'uuid' as const },
  ]
  const { rows } = await ctx.db.execute<{
    name_key: string
    id: string
    next_id: string | null
    near: boolean
  }>(sql`
    with window_of as materialized (
      select ${customers.id} as id, ${customers.nameKey} as name_key from ${customers}
      where ${and(visibleCustomer(viewer), keysetAfter(cursor, 'nearName', order, false))}
      order by ${customers.nameKey}, ${customers.id} limit ${mostNames + 1}
    ), beside as (
      select id, name_key, lead(id) over w as next_id, lead(name_key) over w as next_key, row_number() over w as place
      from window_of window w as (order by name_key, id)
    ), judged as (
      select *, coalesce(similarity(name_key, next_key) >= 0.7
        and regexp_replace(name_key, '[^a-z0-9]', '', 'g') <> regexp_replace(next_key, '[^a-z0-9]', '', 'g')
        and not exists (select 1 from customer_distinctions d where d.first_id = least(id, next_id) and d.second_id = greatest(id, next_id)), false) as near
      from beside
    )
    (select name_key, id, next_id, near from judged where near order by place limit ${pageSize + 1})
    union all
    -- Where the next request goes on when this one has seen its share.
    (select name_key, id, next_id, false from judged where place = ${mostNames})`)
  const near = rows.filter((row) => row.near)
  const groups = near.slice(0, pageSize).map((row) => ({ key: row.name_key, ids: [row.id, row.next_id ?? ''] }))
  const last = near.length > pageSize ? near[pageSize - 1] : rows.find((row) => !row.near)
  return { groups, nextCursor: last ? encodeCursor('nearName', [last.name_key, last.id]) : null }
}

/** Who may be the same as this customer, by tax id, e-mail or nearly the same name, without those who were told apart from it. Refuses `not-found`. */
export async function findPossibleDuplicates(ctx: AppContext, viewer: Viewer, customerId: string) {
  const customer = await findVisibleCustomer(ctx.db, viewer, customerId)
  requireMayMerge(viewer)
  const { items } = await findDuplicates(ctx, viewer, {
    taxId: customer.taxId ?? undefined,
    email: customer.email ?? undefined,
    name: customer.name,
  })
  const { rows } = await ctx.db.execute<{ id: string }>(sql`
    select case when first_id = ${customerId} then second_id else first_id end as id from customer_distinctions
    where first_id = ${customerId} or second_id = ${customerId}`)
  const apart = new Set([customerId, ...rows.map((row) => row.id)])
  const alike = new Map(items.map((each) => [each.id, each.alike]))
  const candidates = await findCandidates(
    ctx,
    items.flatMap((each) => (apart.has(each.id) ? [] : [each.id])),
  )
  return { items: candidates.map((each) => ({ ...each, alike: alike.get(each.id) ?? [] })) }
}
