import { customerDistinctions, customers } from '@cartera/db/schema/customers'
import { users } from '@cartera/db/schema/organisation'
import { visibleCustomerTo } from '@cartera/db/visible-to'
import { customerScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { defaultPageSize, encodeCursor, keysetAfter, type PageInput, pageOf } from '../paging.ts'
import { lockBoth, requireMayMerge } from './merge-customers.ts'

/** Says that two customers are not the same; again changes nothing. Refuses `not-found`, `not-allowed`, `merge-same-customer`. */
export async function tellApart(ctx: AppContext, viewer: Viewer, input: { customerIds: readonly string[] }) {
  const [firstId = '', secondId = ''] = [...input.customerIds].sort()
  if (firstId === secondId) throw new Refusal('merge-same-customer', { field: 'customerIds' })
  return ctx.db.transaction(async (tx) => {
    const { survivor: first, merged: second } = await lockBoth(tx, viewer, firstId, secondId)
    requireMayMerge(viewer)
    const [standing] = await tx
      .select({ id: customerDistinctions.id })
      .from(customerDistinctions)
      .where(and(eq(customerDistinctions.firstId, firstId), eq(customerDistinctions.secondId, secondId)))
    if (standing) return standing
    const id = v7()
    await tx.insert(customerDistinctions).values({ id, firstId, secondId, madeBy: viewer.userId, madeAt: ctx.now() })
    for (const [one, other] of [
      [first, second],
      [second, first],
    ] as const)
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'customer',
        entityId: one.id,
        changes: { notTheSameAs: [null, `${other.code} ${other.name}`] },
      })
    return { id }
  })
}

const seconds = alias(customers, 'second_one')

/** Both customers of a pair exist for the viewer. */
const visiblePair = (viewer: Viewer) =>
  and(visibleCustomer(viewer), isNull(seconds.deletedAt), visibleCustomerTo(customerScopeOf(viewer), seconds))

/** Pairs that somebody told apart, of customers that the viewer sees; the newest first. Refuses `not-allowed`. */
export async function listDistinctions(ctx: AppContext, viewer: Viewer, input: PageInput) {
  requireMayMerge(viewer)
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select({
      distinction: customerDistinctions,
      first: { id: customers.id, code: customers.code, name: customers.name },
      second: { id: seconds.id, code: seconds.code, name: seconds.name },
      byName: users.name,
    })
    .from(customerDistinctions)
    .innerJoin(customers, eq(customers.id, customerDistinctions.firstId))
    .innerJoin(seconds, eq(seconds.id, customerDistinctions.secondId))
    .innerJoin(users, eq(users.id, customerDistinctions.madeBy))
    .where(and(visiblePair(viewer), keysetAfter(input.cursor, '-id', [{ column: customerDistinctions.id, type: 'uuid' }], true)))
    .orderBy(sql`${customerDistinctions.id} desc`)
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    ({ distinction, first, second, byName }) => ({
      id: distinction.id,
      first,
      second,
      madeBy: { id: distinction.madeBy, name: byName },
      madeAt: distinction.madeAt.toISOString(),
    }),
    (row) => encodeCursor('-id', [row.distinction.id]),
  )
}

/** Takes back that two customers are not the same: they may be proposed again. Refuses `not-found`, `not-allowed`. */
export async function takeDistinctionBack(ctx: AppContext, viewer: Viewer, id: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const [found] = await tx
      .select({ distinction: customerDistinctions, first: customers, second: seconds })
      .from(customerDistinctions)
      .innerJoin(customers, eq(customers.id, customerDistinctions.firstId))
      .innerJoin(seconds, eq(seconds.id, customerDistinctions.secondId))
      .where(and(eq(customerDistinctions.id, id), visiblePair(viewer)))
      .for('update', { of: customerDistinctions })
    if (!found) throw new Refusal('not-found')
    requireMayMerge(viewer)
    await tx.delete(customerDistinctions).where(eq(customerDistinctions.id, id))
    for (const [one, other] of [
      [found.first, found.second],
      [found.second, found.first],
    ] as const)
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'customer',
        entityId: one.id,
        changes: { notTheSameAs: [`${other.code} ${other.name}`, null] },
      })
  })
}
