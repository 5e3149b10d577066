import type { Transaction } from '@cartera/db/connect'
import { departments, users } from '@cartera/db/schema/organisation'
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
  departments_code_unique: { code: 'code-taken', field: 'code' },
  departments_name_unique: { code: 'name-taken', field: 'name' },
} as const

const usersOf = async (tx: Transaction, departmentId: string) => {
  const [row] = await tx.select({ users: count() }).from(users).where(eq(users.departmentId, departmentId))
  return row?.users ?? 0
}

/** Adds a department. Refuses `not-allowed`, `code-taken`, `name-taken`. */
export async function createDepartment(ctx: AppContext, viewer: Viewer, input: { code: string; name: string }) {
  requireCatalogues(viewer)
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      const [made] = await tx.insert(departments).values({ code: input.code, name: input.name, createdAt: ctx.now() }).returning()
      if (!made) throw new Error('the department was not written')
      await recordAudit(tx, ctx, viewer, { action: 'create', entity: 'department', entityId: made.id, changes: { ...input } })
      return { id: made.id, code: made.code, name: made.name, active: made.active, version: made.version, userCount: 0 }
    }),
  )
}

/**
 * Renames a department or switches it off and on; its people stay in it. Refuses `not-allowed`, `not-found`, `changed-meanwhile`,
 * `code-taken`, `name-taken`.
 */
export async function changeDepartment(
  ctx: AppContext,
  viewer: Viewer,
  departmentId: string,
  input: { code?: string | undefined; name?: string | undefined; active?: boolean | undefined; version: number },
) {
  requireCatalogues(viewer)
  const { version, ...fields } = input
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      const [before] = await tx.select().from(departments).where(eq(departments.id, departmentId)).for('update')
      if (!before) throw new Refusal('not-found')
      if (before.version !== version) throw new Refusal('changed-meanwhile')
      const [after] = await tx
        .update(departments)
        .set({ ...fields, version: version + 1 })
        .where(eq(departments.id, departmentId))
        .returning()
      if (!after) throw new Error('the locked department vanished')
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'department',
        entityId: departmentId,
        changes: changesBetween(before, fields),
      })
      return {
        id: after.id,
        code: after.code,
        name: after.name,
        active: after.active,
        version: after.version,
        userCount: await usersOf(tx, departmentId),
      }
    }),
  )
}

/** Deletes a department that nobody is in. Refuses `not-allowed`, `not-found`, `in-use`. */
export async function removeDepartment(ctx: AppContext, viewer: Viewer, departmentId: string): Promise<void> {
  requireCatalogues(viewer)
  await ctx.db.transaction(async (tx) => {
    const [before] = await tx.select().from(departments).where(eq(departments.id, departmentId)).for('update')
    if (!before) throw new Refusal('not-found')
    if ((await usersOf(tx, departmentId)) > 0) throw new Refusal('in-use')
    await tx.delete(departments).where(eq(departments.id, departmentId))
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'department',
      entityId: departmentId,
      changes: { code: before.code, name: before.name },
    })
  })
}
