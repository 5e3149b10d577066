import { unaccented } from '@cartera/db/schema/columns'
import { followUps, followUpTypes } from '@cartera/db/schema/follow-ups'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, count, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'

function requireCatalogues(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-catalogues')
  if (refusal) throw new Refusal(refusal)
}

const taken = { follow_up_types_name_unique: { code: 'name-taken', field: 'name' } } as const

/** The types of follow-ups; a catalogue that everyone who signs in may read. */
export async function listFollowUpTypes(
  ctx: AppContext,
  _viewer: Viewer,
  input: PageInput & { active?: 'true' | 'false' | undefined },
) {
  const sort = input.sort ?? 'name'
  const descending = sort.startsWith('-')
  const keys = [
    { column: followUpTypes.name, type: 'text' },
    { column: followUpTypes.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select({
      id: followUpTypes.id,
      name: followUpTypes.name,
      active: followUpTypes.active,
      followUpCount: count(followUps.id),
      version: followUpTypes.version,
    })
    .from(followUpTypes)
    .leftJoin(followUps, eq(followUps.typeId, followUpTypes.id))
    .where(
      and(
        input.active === undefined ? undefined : eq(followUpTypes.active, input.active === 'true'),
        input.q ? sql`strpos(${unaccented('"follow_up_types"."name"')}, ${searchKey(input.q)}) > 0` : undefined,
        keysetAfter(input.cursor, sort, keys, descending),
      ),
    )
    .groupBy(followUpTypes.id)
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => row,
    (row) => encodeCursor(sort, [row.name, row.id]),
  )
}

/** Adds a type of follow-up. Refuses `not-allowed`, `name-taken`. */
export async function createFollowUpType(ctx: AppContext, viewer: Viewer, input: { name: string }) {
  requireCatalogues(viewer)
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      const [made] = await tx.insert(followUpTypes).values({ name: input.name, createdAt: ctx.now() }).returning()
      if (!made) throw new Error('the type was not written')
      await recordAudit(tx, ctx, viewer, { action: 'create', entity: 'follow-up-type', entityId: made.id, changes: { ...input } })
      return { id: made.id, name: made.name, active: made.active, followUpCount: 0, version: made.version }
    }),
  )
}

/** Renames a type or switches it off and on. Refuses `not-allowed`, `not-found`, `changed-meanwhile`, `name-taken`. */
export async function changeFollowUpType(
  ctx: AppContext,
  viewer: Viewer,
  typeId: string,
  input: { name?: string | undefined; active?: boolean | undefined; version: number },
) {
  requireCatalogues(viewer)
  const { version, ...fields } = input
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      const [before] = await tx.select().from(followUpTypes).where(eq(followUpTypes.id, typeId)).for('update')
      if (!before) throw new Refusal('not-found')
      if (before.version !== version) throw new Refusal('changed-meanwhile')
      const [after] = await tx
        .update(followUpTypes)
        .set({ ...fields, version: version + 1 })
        .where(eq(followUpTypes.id, typeId))
        .returning()
      if (!after) throw new Error('the locked type vanished')
      const [used] = await tx.select({ count: count() }).from(followUps).where(eq(followUps.typeId, typeId))
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'follow-up-type',
        entityId: typeId,
        changes: changesBetween(before, fields),
      })
      return { id: after.id, name: after.name, active: after.active, followUpCount: used?.count ?? 0, version: after.version }
    }),
  )
}

/** Deletes a type that no follow-up has. Refuses `not-allowed`, `not-found`, `in-use`. */
export async function removeFollowUpType(ctx: AppContext, viewer: Viewer, typeId: string): Promise<void> {
  requireCatalogues(viewer)
  await ctx.db.transaction(async (tx) => {
    const [before] = await tx.select().from(followUpTypes).where(eq(followUpTypes.id, typeId)).for('update')
    if (!before) throw new Refusal('not-found')
    const [used] = await tx.select({ count: count() }).from(followUps).where(eq(followUps.typeId, typeId))
    if (used?.count !== 0) throw new Refusal('in-use')
    await tx.delete(followUpTypes).where(eq(followUpTypes.id, typeId))
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'follow-up-type',
      entityId: typeId,
      changes: { name: before.name },
    })
  })
}
