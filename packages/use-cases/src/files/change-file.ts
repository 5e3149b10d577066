import type { EndpointCall } from '@cartera/contract/endpoint'
import type { fileEndpoints } from '@cartera/contract/files'
import { customers } from '@cartera/db/schema/customers'
import { customerFiles } from '@cartera/db/schema/files'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { renamedFile } from '@cartera/domain/files/file-kind'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, isNotNull } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { lockVisibleFile, reachedFile, selectFiles, toFile } from './visible-file.ts'

/**
 * Changes name, description and category of a file; what is left out stays, and so does the ending of the name. Refuses `not-found`, `changed-meanwhile`,
 * `file-name-empty`.
 */
export async function changeFile(
  ctx: AppContext,
  viewer: Viewer,
  fileId: string,
  input: EndpointCall<typeof fileEndpoints.change>['body'],
) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockVisibleFile(tx, viewer, fileId)
    if (before.version !== input.version) throw new Refusal('changed-meanwhile')
    const name = input.name === undefined ? before.name : renamedFile(before.name, input.name)
    if (name === null) throw new Refusal('file-name-empty', { field: 'name' })
    const changes = changesBetween(before, { name, description: input.description, category: input.category })
    if (Object.keys(changes).length > 0) {
      await tx
        .update(customerFiles)
        .set({
          name,
          ...(input.description === undefined ? {} : { description: input.description }),
          ...(input.category === undefined ? {} : { category: input.category }),
          version: before.version + 1,
        })
        .where(eq(customerFiles.id, fileId))
      await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'file', entityId: fileId, changes })
    }
    const [row] = await selectFiles(tx).where(eq(customerFiles.id, fileId))
    if (!row) throw new Error('the locked file vanished')
    return toFile(row)
  })
}

/** Deletes a file, softly: its bytes stay, so that it can come back. Refuses `not-found` to who does not see it, `not-allowed` to who does and may not. */
export async function removeFile(ctx: AppContext, viewer: Viewer, fileId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const before = await lockVisibleFile(tx, viewer, fileId)
    const refusal = permissionRefusal(viewer, 'manage-customers')
    if (refusal) throw new Refusal(refusal)
    await tx
      .update(customerFiles)
      .set({ deletedAt: ctx.now(), deletedBy: viewer.userId, version: before.version + 1 })
      .where(eq(customerFiles.id, fileId))
    const { customerId, name, size, sha256 } = before
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'file',
      entityId: fileId,
      changes: { customerId, name, size, sha256 },
    })
  })
}

/** Brings a deleted file back. Refuses `not-allowed` below level 1, `not-found` where there is none. */
export async function restoreFile(ctx: AppContext, viewer: Viewer, fileId: string) {
  return ctx.db.transaction(async (tx) => {
    if (viewer.level !== 1) throw new Refusal('not-allowed')
    const [found] = await tx
      .select({ file: customerFiles })
      .from(customerFiles)
      .innerJoin(customers, eq(customers.id, customerFiles.customerId))
      .where(and(eq(customerFiles.id, fileId), isNotNull(customerFiles.deletedAt), reachedFile(viewer)))
      .for('update', { of: customerFiles })
    if (!found) throw new Refusal('not-found')
    await tx
      .update(customerFiles)
      .set({ deletedAt: null, deletedBy: null, version: found.file.version + 1 })
      .where(eq(customerFiles.id, fileId))
    await recordAudit(tx, ctx, viewer, {
      action: 'restore',
      entity: 'file',
      entityId: fileId,
      changes: { customerId: found.file.customerId, name: found.file.name },
    })
    const [row] = await selectFiles(tx).where(eq(customerFiles.id, fileId))
    if (!row) throw new Error('the locked file vanished')
    return toFile(row)
  })
}
