import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { branches, users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { count, eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'

function requireCatalogues(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-catalogues')
  if (refusal) throw new Refusal(refusal)
}

const taken = {
  branches_code_unique: { code: 'code-taken', field: 'code' },
  branches_name_unique: { code: 'name-taken', field: 'name' },
} as const

const usersOf = async (tx: Transaction, branchId: string) => {
  const [row] = await tx.select({ users: count() }).from(users).where(eq(users.branchId, branchId))
  return row?.users ?? 0
}

/** Adds a branch. Refuses `not-allowed`, `code-taken`, `name-taken`. */
export async function createBranch(ctx: AppContext, viewer: Viewer, input: { code: string; name: string }) {
  requireCatalogues(viewer)
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      const [branch] = await tx.insert(branches).values({ code: input.code, name: input.name, createdAt: ctx.now() }).returning()
      if (!branch) throw new Error('the branch was not written')
      await recordAudit(tx, ctx, viewer, { action: 'create', entity: 'branch', entityId: branch.id, changes: { ...input } })
      return { id: branch.id, code: branch.code, name: branch.name, active: branch.active, version: branch.version, userCount: 0 }
    }),
  )
}

/** Renames a branch or switches it off and on. Refuses `not-allowed`, `not-found`, `changed-meanwhile`, `code-taken`, `name-taken`. */
export async function changeBranch(
  ctx: AppContext,
  viewer: Viewer,
  branchId: string,
  input: { code?: string | undefined; name?: string | undefined; active?: boolean | undefined; version: number },
) {
  requireCatalogues(viewer)
  const { version, ...fields } = input
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      const [before] = await tx.select().from(branches).where(eq(branches.id, branchId)).for('update')
      if (!before) throw new Refusal('not-found')
      if (before.version !== version) throw new Refusal('changed-meanwhile')
      const [after] = await tx
        .update(branches)
        .set({ ...fields, version: version + 1 })
        .where(eq(branches.id, branchId))
        .returning()
      if (!after) throw new Error('the locked branch vanished')
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'branch',
        entityId: branchId,
        changes: changesBetween(before, fields),
      })
      return {
        id: after.id,
        code: after.code,
        name: after.name,
        active: after.active,
        version: after.version,
        userCount: await usersOf(tx, branchId),
      }
    }),
  )
}

/** Deletes a branch that nobody and nothing refers to. Refuses `not-allowed`, `not-found`, `in-use`. */
export async function removeBranch(ctx: AppContext, viewer: Viewer, branchId: string): Promise<void> {
  requireCatalogues(viewer)
  await ctx.db.transaction(async (tx) => {
    const [before] = await tx.select().from(branches).where(eq(branches.id, branchId)).for('update')
    if (!before) throw new Refusal('not-found')
    const [ofCustomers] = await tx.select({ customers: count() }).from(customers).where(eq(customers.branchId, branchId))
    if ((await usersOf(tx, branchId)) > 0 || ofCustomers?.customers !== 0) throw new Refusal('in-use')
    await tx.delete(branches).where(eq(branches.id, branchId))
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'branch',
      entityId: branchId,
      changes: { code: before.code, name: before.name },
    })
  })
}
