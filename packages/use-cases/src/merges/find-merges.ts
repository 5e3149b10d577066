import type { Querier } from '@cartera/db/connect'
import { customerMerges, customers } from '@cartera/db/schema/customers'
import { users } from '@cartera/db/schema/organisation'
import { visibleCustomerTo, visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, customerScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { compareForMerge, fieldsOf, type MergeSide, sameValue } from '@cartera/domain/customers/merge'
import { formatAmount } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, inArray, isNull, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { findCustomFields } from '../custom-fields/custom-field-definitions.ts'
import { findCustomerFacts } from '../customers/customer-facts.ts'
import { listedColumns } from '../customers/customer-row.ts'
import { type Customer, findVisibleCustomer } from '../customers/visible-customer.ts'
import { visibleNotice } from '../notices/visible-notice.ts'
import { defaultPageSize, encodeCursor, keysetAfter, type PageInput, pageOf } from '../paging.ts'
import { type CustomerReference, findCustomerReferences, named } from './customer-references.ts'
import { flatFields, requireMayMerge, singleParts } from './merge-customers.ts'

const mergedOnes = alias(customers, 'merged_one')
const undoers = alias(users, 'undoer')

/** The merges of customers that the viewer sees, the merged ones as if they were still there; the newest first. */
export async function listMerges(ctx: AppContext, viewer: Viewer, input: PageInput & { customerId?: string | undefined }) {
  const limit = input.limit ?? defaultPageSize
  const rows = await selectMerges(
    ctx.db,
    viewer,
    and(
      input.customerId === undefined
        ? undefined
        : or(eq(customerMerges.survivorId, input.customerId), eq(customerMerges.mergedId, input.customerId)),
      keysetAfter(input.cursor, '-id', [{ column: customerMerges.id, type: 'uuid' }], true),
    ),
    limit + 1,
  )
  return pageOf(rows, limit, toMerge, (row) => encodeCursor('-id', [row.merge.id]))
}

/** One merge as lists show it; `not-found` out of sight. */
export async function readMerge(ctx: AppContext, viewer: Viewer, mergeId: string) {
  const [row] = await selectMerges(ctx.db, viewer, eq(customerMerges.id, mergeId), 1)
  if (!row) throw new Refusal('not-found')
  return toMerge(row)
}

function selectMerges(db: Querier, viewer: Viewer, where: SQL | undefined, limit: number) {
  const scope = customerScopeOf(viewer)
  return db
    .select({
      merge: customerMerges,
      survivor: { id: customers.id, code: customers.code, name: customers.name },
      merged: { id: mergedOnes.id, code: mergedOnes.code, name: mergedOnes.name },
      byName: users.name,
      undoerName: undoers.name,
      followed: sql<boolean>`(${customers.mergedIntoId} is not null or exists (select 1 from customer_merges l
        where l.survivor_id = ${customerMerges.survivorId} and l.undone_at is null and l.id > ${customerMerges.id}))`,
    })
    .from(customerMerges)
    .innerJoin(customers, eq(customers.id, customerMerges.survivorId))
    .innerJoin(mergedOnes, eq(mergedOnes.id, customerMerges.mergedId))
    .innerJoin(users, eq(users.id, customerMerges.mergedBy))
    .leftJoin(undoers, eq(undoers.id, customerMerges.undoneBy))
    .where(and(visibleCustomerTo(scope, customers), visibleCustomerTo(scope, mergedOnes), where))
    .orderBy(sql`${customerMerges.id} desc`)
    .limit(limit)
}

const toMerge = (row: Awaited<ReturnType<typeof selectMerges>>[number]) => ({
  id: row.merge.id,
  survivor: row.survivor,
  merged: row.merged,
  mergedBy: { id: row.merge.mergedBy, name: row.byName },
  mergedAt: row.merge.mergedAt.toISOString(),
  undoneBy: row.merge.undoneBy === null ? null : { id: row.merge.undoneBy, name: row.undoerName ?? '' },
  undoneAt: row.merge.undoneAt?.toISOString() ?? null,
  followed: row.followed,
})

/** What tells customers apart when they are looked at side by side; in the order of the ids. */
export async function findCandidates(ctx: AppContext, ids: readonly string[]) {
  if (ids.length === 0) return []
  const { today } = await findCustomerFacts(ctx, ctx.db)
  const { customer, balances } = listedColumns(today)
  const rows = await ctx.db
    .select({ customer, balances })
    .from(customers)
    .where(inArray(customers.id, [...ids]))
  const byId = new Map(rows.map((row) => [row.customer.id, row]))
  return ids.flatMap((id) => {
    const row = byId.get(id)
    if (!row) return []
    const { code, name, taxId, email, phone, mobile, city, status, createdAt } = row.customer
    return [
      {
        id,
        code,
        name,
        taxId,
        email,
        phone: phone ?? mobile,
        city,
        status,
        createdAt: createdAt.toISOString(),
        balances: row.balances.map((each) => ({
          currency: each.currency,
          balance: formatAmount(BigInt(each.balance), each.currency),
        })),
      },
    ]
  })
}

/** Whose the rows of a table are beside the customer's, in the words of the scope; null where seeing the customer is enough. */
function ownerOf({ table, columns }: CustomerReference): string | null {
  if (table === 'contact_attempts') return 'recorded_by'
  return ['owner_id', 'author_id'].find((column) => columns.includes(column)) ?? null
}

/**
 * Two customers before one is merged into the other: in what they differ and whose value would stay, and how many records of each kind would pass, of those
 * that the viewer sees; the others pass as well. Refuses `not-found`, `not-allowed`, `merge-same-customer`.
 */
export async function previewMerge(ctx: AppContext, viewer: Viewer, survivorId: string, mergedId: string) {
  const survivor = await findVisibleCustomer(ctx.db, viewer, survivorId)
  requireMayMerge(viewer)
  const merged = await findVisibleCustomer(ctx.db, viewer, mergedId)
  if (survivorId === mergedId) throw new Refusal('merge-same-customer', { field: 'mergedId' })
  const company = await findCompany(ctx.db)
  const customFields = await findCustomFields(ctx.db)
  const references = await findCustomerReferences(ctx.db)
  const names = await namesOf(ctx.db, [survivorId, mergedId])
  const sides = [flatFields(survivor), flatFields(merged)] as const
  const shown = (customer: Customer, part: string): string | null => {
    const flat = flatFields(customer)
    const reference = names.get(customer.id)?.[part]
    if (reference !== undefined) return reference
    if (part === 'creditLimit')
      return customer.creditLimitMinor === null
        ? null
        : `${formatAmount(customer.creditLimitMinor, customer.creditCurrency ?? company.currency)} ${customer.creditCurrency ?? company.currency}`
    if (part === 'creditHold') return customer.creditHoldReason
    const value = flat[fieldsOf(part).at(-1) ?? '']
    if (value === null || value === undefined || value === '') return null
    const field = customFields.find((each) => `custom.${each.key}` === part)
    return field?.choices.find((choice) => choice.key === value)?.label ?? String(value).slice(0, 1000)
  }
  const parts = compareForMerge(
    ...sides,
    customFields.map((field) => field.key),
  ).map(({ part, side }) => ({
    part,
    name: customFields.find((field) => `custom.${field.key}` === part)?.name ?? null,
    survivor: shown(survivor, part),
    merged: shown(merged, part),
    side,
  }))
  for (const [part, table] of Object.entries(singleParts)) {
    const { rows } = await ctx.db.execute<{ customer_id: string }>(
      sql`select customer_id from ${named(table)} where customer_id in (${survivorId}, ${mergedId})`,
    )
    if (rows.length === 2) parts.push({ part, name: null, survivor: 'own', merged: 'own', side: 'survivor' as MergeSide })
  }
  const { rows: twice } = await ctx.db.execute<{ count: number }>(sql`
    select count(*)::int as count from documents d where d.customer_id = ${mergedId}
      and exists (select 1 from documents o where o.customer_id = ${survivorId} and o.type = d.type and o.number = d.number)`)
  const [first, second] = await findCandidates(ctx, [survivorId, mergedId])
  if (!first || !second) throw new Refusal('not-found')
  return {
    survivor: { ...first, version: survivor.version },
    merged: { ...second, version: merged.version },
    parts: parts.filter(({ part, survivor: one, merged: other }) => part in singleParts || !sameValue(one, other)),
    moves: await countMoves(ctx, viewer, references, mergedId),
    renumbered: twice[0]?.count ?? 0,
  }
}

/** The names behind ids of what a customer belongs to, by part. */
async function namesOf(db: Querier, ids: readonly string[]): Promise<Map<string, Record<string, string | null>>> {
  const { rows } = await db.execute<Record<string, string | null>>(sql`
    select c.id, b.name as branch, g.name as "group", p.name as "preferredAgent", k.name as "collectionsAgent"
    from customers c left join branches b on b.id = c.branch_id left join customer_groups g on g.id = c.group_id
      left join users p on p.id = c.preferred_agent_id left join users k on k.id = c.collections_agent_id
    where c.id = any(${sql.param([...ids])}::uuid[])`)
  return new Map(rows.map(({ id, ...names }) => [id ?? '', names]))
}

/** Records that stand behind others, and would only confuse beside them. */
const uncounted = ['customers', 'receivable_movements', 'customer_mails']
const ofNotices = ['notice_messages', 'mailbox_messages']

async function countMoves(ctx: AppContext, viewer: Viewer, references: readonly CustomerReference[], customerId: string) {
  const counted = references.filter((each) => !each.single && !uncounted.includes(each.table))
  const scope = accessScopeOf(viewer)
  const statements = counted.map((each) => {
    const owner = ownerOf(each)
    const conditions = [
      sql`t.${named(each.column)} = ${customerId}`,
      ...(each.columns.includes('deleted_at') ? [sql`t.deleted_at is null`] : []),
      ...(owner === null ? [] : [visibleTo(scope, sql`t.${named(owner)}`) ?? sql`true`]),
      ...(ofNotices.includes(each.table)
        ? [
            sql`exists (select 1 from ${customers} where ${and(eq(customers.id, customerId), isNull(customers.deletedAt), visibleNotice(viewer))})`,
          ]
        : []),
    ]
    return sql`select ${each.table}::text as table, count(*)::int as count from ${named(each.table)} t where ${sql.join(conditions, sql` and `)}`
  })
  const { rows } = await ctx.db.execute<{ table: string; count: number }>(
    sql`${sql.join(statements, sql` union all `)} order by 1`,
  )
  return rows.filter((row) => row.count > 0)
}
