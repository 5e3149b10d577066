import type { EndpointCall } from '@cartera/contract/endpoint'
import type { savedViewEndpoints } from '@cartera/contract/saved-views'
import type { Querier, Transaction } from '@cartera/db/connect'
import { defaultViews, savedViews } from '@cartera/db/schema/customers'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { can } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, or, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'

type List = EndpointCall<typeof savedViewEndpoints.list>['query']['list']
type NewView = EndpointCall<typeof savedViewEndpoints.create>['body']
type ViewChange = EndpointCall<typeof savedViewEndpoints.change>['body']
type Row = typeof savedViews.$inferSelect

/** More of them nobody finds anything in. */
const mostViews = 100
const taken = { saved_views_name_unique: { code: 'name-taken', field: 'name' } } as const
/** Level 1 keeps the catalogues, and what everybody is offered is one. */
const keepsShared = (viewer: Viewer) => viewer.level === 1 && can(viewer, 'manage-catalogues')
/** One's own and those that are shared; what another keeps to themselves is not there. */
const offered = (viewer: Viewer) => or(eq(savedViews.ownerId, viewer.userId), savedViews.shared)

function toItem(viewer: Viewer, view: Row, ownerName: string) {
  const { id, name, ownerId, shared, forEverybody, query, columns, density, version } = view
  return {
    id,
    name,
    owner: { id: ownerId, name: ownerName },
    mine: ownerId === viewer.userId,
    shared,
    forEverybody,
    query,
    columns: columns === null ? null : [...columns],
    density,
    version,
  }
}

const selectViews = (db: Querier, where: SQL | undefined) =>
  db
    .select({ view: savedViews, ownerName: users.name })
    .from(savedViews)
    .innerJoin(users, eq(users.id, savedViews.ownerId))
    .where(where)
    .orderBy(sql`lower(${savedViews.name})`, asc(savedViews.id))

/** The views of a list that the viewer is offered, and the one with which it opens: their own choice, else the one for everybody. */
export async function listSavedViews(ctx: AppContext, viewer: Viewer, input: { list: List }) {
  const rows = await selectViews(ctx.db, and(eq(savedViews.list, input.list), offered(viewer))).limit(500)
  const [chosen] = await ctx.db
    .select({ viewId: defaultViews.viewId })
    .from(defaultViews)
    .where(and(eq(defaultViews.userId, viewer.userId), eq(defaultViews.list, input.list)))
  const opens = chosen ? chosen.viewId : (rows.find(({ view }) => view.forEverybody)?.view.id ?? null)
  return {
    items: rows.map(({ view, ownerName }) => toItem(viewer, view, ownerName)),
    // One that is not shared any more opens for nobody else.
    defaultViewId: rows.some(({ view }) => view.id === opens) ? opens : null,
  }
}

async function readView(tx: Transaction, viewer: Viewer, id: string) {
  const [row] = await selectViews(tx, eq(savedViews.id, id))
  if (!row) throw new Refusal('not-found')
  return toItem(viewer, row.view, row.ownerName)
}

/** Saves a view. Refuses `name-taken`, `too-many-views`. */
export async function createSavedView(ctx: AppContext, viewer: Viewer, input: NewView) {
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      const own = await tx.$count(savedViews, and(eq(savedViews.ownerId, viewer.userId), eq(savedViews.list, input.list)))
      if (own >= mostViews) throw new Refusal('too-many-views', { params: { max: mostViews } })
      const [made] = await tx
        .insert(savedViews)
        .values({ ...input, shared: input.shared ?? false, ownerId: viewer.userId, createdAt: ctx.now() })
        .returning({ id: savedViews.id })
      if (!made) throw new Error('the view was not written')
      await recordAudit(tx, ctx, viewer, {
        action: 'create',
        entity: 'saved-view',
        entityId: made.id,
        changes: changesBetween({}, input),
      })
      return readView(tx, viewer, made.id)
    }),
  )
}

async function lockView(tx: Transaction, viewer: Viewer, id: string): Promise<Row> {
  const [row] = await tx
    .select()
    .from(savedViews)
    .where(and(eq(savedViews.id, id), offered(viewer)))
    .for('update')
  if (!row) throw new Refusal('not-found')
  return row
}

/**
 * Changes a view of one's own; which one opens for everybody, level 1 says of any that is shared. Refuses `not-found`, `not-allowed`,
 * `changed-meanwhile`, `name-taken`.
 */
export async function changeSavedView(ctx: AppContext, viewer: Viewer, id: string, input: ViewChange) {
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      const before = await lockView(tx, viewer, id)
      const { version, ...wanted } = input
      const { forEverybody, ...own } = wanted
      const touchesOwn = Object.values(own).some((value) => value !== undefined)
      if (touchesOwn && before.ownerId !== viewer.userId) throw new Refusal('not-allowed')
      if (forEverybody !== undefined && !keepsShared(viewer)) throw new Refusal('not-allowed')
      if (before.version !== version) throw new Refusal('changed-meanwhile')
      // What everybody opens with is shared, and what is kept to oneself opens for nobody else.
      const after = {
        ...own,
        ...(forEverybody === true ? { shared: true, forEverybody } : {}),
        ...(forEverybody === false || own.shared === false ? { forEverybody: false } : {}),
      }
      const changes = changesBetween(before, after)
      if (Object.keys(changes).length === 0) return readView(tx, viewer, id)
      if (after.forEverybody === true)
        await tx
          .update(savedViews)
          .set({ forEverybody: false })
          .where(and(eq(savedViews.list, before.list), savedViews.forEverybody))
      await tx
        .update(savedViews)
        .set({ ...after, version: version + 1 })
        .where(eq(savedViews.id, id))
      await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'saved-view', entityId: id, changes })
      return readView(tx, viewer, id)
    }),
  )
}

/** Deletes a view of one's own, or as level 1 any that is shared; whoever opened the list with it opens it as it is. Refuses `not-found`, `not-allowed`. */
export async function removeSavedView(ctx: AppContext, viewer: Viewer, id: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const before = await lockView(tx, viewer, id)
    if (before.ownerId !== viewer.userId && !keepsShared(viewer)) throw new Refusal('not-allowed')
    await tx.delete(savedViews).where(eq(savedViews.id, id))
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'saved-view',
      entityId: id,
      changes: { list: before.list, name: before.name, query: before.query },
    })
  })
}

/** Says with which view a list opens for the viewer; null: as it is. Refuses `not-found`. */
export async function openWithView(ctx: AppContext, viewer: Viewer, input: { list: List; viewId: string | null }): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    if (input.viewId !== null) {
      const view = await lockView(tx, viewer, input.viewId)
      if (view.list !== input.list) throw new Refusal('not-found')
    }
    await tx
      .insert(defaultViews)
      .values({ userId: viewer.userId, list: input.list, viewId: input.viewId })
      .onConflictDoUpdate({ target: [defaultViews.userId, defaultViews.list], set: { viewId: input.viewId } })
  })
}
