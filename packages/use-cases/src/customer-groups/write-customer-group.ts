import type { Transaction } from '@cartera/db/connect'
import { customerGroups, customers } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'
import { selectGroups } from './list-customer-groups.ts'

function requireCatalogues(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-catalogues')
  if (refusal) throw new Refusal(refusal)
}

const taken = { customer_groups_name_unique: { code: 'name-taken', field: 'name' } } as const

async function readGroup(tx: Transaction, viewer: Viewer, groupId: string) {
  const [row] = await selectGroups(tx, viewer).where(eq(customerGroups.id, groupId))
  if (!row) throw new Refusal('not-found')
  return row
}

async function lockGroup(tx: Transaction, groupId: string) {
  const [row] = await tx.select().from(customerGroups).where(eq(customerGroups.id, groupId)).for('update')
  if (!row) throw new Refusal('not-found')
  return row
}

/** Adds a customer group. Refuses `not-allowed`, `name-taken`. */
export async function createCustomerGroup(ctx: AppContext, viewer: Viewer, input: { name: string }) {
  requireCatalogues(viewer)
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      const [made] = await tx.insert(customerGroups).values({ name: input.name, createdAt: ctx.now() }).returning()
      if (!made) throw new Error('the group was not written')
      await recordAudit(tx, ctx, viewer, {
        action: 'create',
        entity: 'customer-group',
        entityId: made.id,
        changes: { name: input.name },
      })
      return readGroup(tx, viewer, made.id)
    }),
  )
}

/**
 * Renames a group, or switches it off and on. One that is off keeps its customers and its settings, and is not offered any more.
 * Refuses `not-allowed`, `not-found`, `changed-meanwhile`, `name-taken`.
 */
export async function changeCustomerGroup(
  ctx: AppContext,
  viewer: Viewer,
  groupId: string,
  input: { name?: string | undefined; active?: boolean | undefined; version: number },
) {
  requireCatalogues(viewer)
  const { version, ...fields } = input
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      const before = await lockGroup(tx, groupId)
      if (before.version !== version) throw new Refusal('changed-meanwhile')
      const changes = changesBetween(before, fields)
      if (Object.keys(changes).length > 0) {
        await tx
          .update(customerGroups)
          .set({ ...fields, version: version + 1 })
          .where(eq(customerGroups.id, groupId))
        await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'customer-group', entityId: groupId, changes })
      }
      return readGroup(tx, viewer, groupId)
    }),
  )
}

/** Deletes a group that no customer belongs to, deleted ones included. Refuses `not-allowed`, `not-found`, `in-use`. */
export async function removeCustomerGroup(ctx: AppContext, viewer: Viewer, groupId: string): Promise<void> {
  requireCatalogues(viewer)
  await ctx.db.transaction(async (tx) => {
    const before = await lockGroup(tx, groupId)
    const [member] = await tx.select({ id: customers.id }).from(customers).where(eq(customers.groupId, groupId)).limit(1)
    if (member) throw new Refusal('in-use')
    await tx.delete(customerGroups).where(eq(customerGroups.id, groupId))
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'customer-group',
      entityId: groupId,
      changes: { name: before.name },
    })
  })
}
