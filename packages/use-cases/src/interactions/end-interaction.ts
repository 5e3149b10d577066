import { customers } from '@cartera/db/schema/customers'
import { interactions, interactionTopics } from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import {
  closeInteractionRefusal,
  deleteInteractionRefusal,
  type InteractionState,
  reopenInteractionRefusal,
  restoreInteractionRefusal,
} from '@cartera/domain/interactions/interaction-rules'
import { Refusal, type RefusalCode } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { unreadSince } from './portal-conversation.ts'
import { readInteraction } from './read-interaction.ts'
import { lockVisibleInteraction, reachedInteraction } from './visible-interaction.ts'

async function moveTo(
  ctx: AppContext,
  viewer: Viewer,
  interactionId: string,
  deed: { action: 'close' | 'reopen'; state: InteractionState; refusal: (state: InteractionState) => RefusalCode | null },
  seenEntryId?: string | undefined,
) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockVisibleInteraction(tx, viewer, interactionId)
    const refusal = deed.refusal(before.state)
    if (refusal) throw new Refusal(refusal)
    if ((await unreadSince(tx, interactionId, seenEntryId)) !== null) throw new Refusal('message-unread')
    await tx
      .update(interactions)
      .set({
        state: deed.state,
        // Whoever closes it has decided that nothing is left to answer.
        ...(deed.state === 'closed' ? { unansweredSince: null } : {}),
        version: before.version + 1,
      })
      .where(eq(interactions.id, interactionId))
    await recordAudit(tx, ctx, viewer, {
      action: deed.action,
      entity: 'interaction',
      entityId: interactionId,
      changes: { state: [before.state, deed.state] },
    })
    return readInteraction(tx, viewer, interactionId)
  })
}

/**
 * Closes an interaction; what waited for an answer waits no longer. Refuses `not-found`, `interaction-closed`, `reference-unknown`, and `message-unread`
 * where the customer wrote after `seenEntryId`.
 */
export function closeInteraction(ctx: AppContext, viewer: Viewer, interactionId: string, seenEntryId?: string | undefined) {
  return moveTo(ctx, viewer, interactionId, { action: 'close', state: 'closed', refusal: closeInteractionRefusal }, seenEntryId)
}

/** Makes a closed interaction open again. Refuses `not-found`, `changed-meanwhile`. */
export function reopenInteraction(ctx: AppContext, viewer: Viewer, interactionId: string) {
  return moveTo(ctx, viewer, interactionId, { action: 'reopen', state: 'open', refusal: reopenInteractionRefusal })
}

/** Deletes an interaction in any state, softly. Refuses `not-found` to who does not see it, `not-allowed` to who does and may not. */
export async function removeInteraction(ctx: AppContext, viewer: Viewer, interactionId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const before = await lockVisibleInteraction(tx, viewer, interactionId)
    const refusal = deleteInteractionRefusal(viewer)
    if (refusal) throw new Refusal(refusal)
    await tx
      .update(interactions)
      .set({ deletedAt: ctx.now(), deletedBy: viewer.userId, version: before.version + 1 })
      .where(eq(interactions.id, interactionId))
    const { number, customerId, topicId, ownerId, state } = before
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'interaction',
      entityId: interactionId,
      changes: { number, customerId, topicId, ownerId, state },
    })
  })
}

const deleters = alias(users, 'deleted_by')

/** The deleted interactions in the viewer's reach, the last deleted first. Refuses `not-allowed` below level 1. */
export async function listDeletedInteractions(ctx: AppContext, viewer: Viewer, input: PageInput) {
  const refusal = restoreInteractionRefusal(viewer)
  if (refusal) throw new Refusal(refusal)
  const sort = '-deletedAt'
  const keys = [
    { column: interactions.deletedAt, type: 'timestamptz' },
    { column: interactions.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select({
      id: interactions.id,
      number: interactions.number,
      customer: { id: customers.id, name: customers.name, code: customers.code },
      topic: { id: interactionTopics.id, name: interactionTopics.name },
      owner: { id: users.id, name: users.name },
      deletedAt: interactions.deletedAt,
      deleterId: deleters.id,
      deleterName: deleters.name,
    })
    .from(interactions)
    .innerJoin(customers, eq(customers.id, interactions.customerId))
    .innerJoin(interactionTopics, eq(interactionTopics.id, interactions.topicId))
    .innerJoin(users, eq(users.id, interactions.ownerId))
    .leftJoin(deleters, eq(deleters.id, interactions.deletedBy))
    .where(
      and(
        isNotNull(interactions.deletedAt),
        reachedInteraction(viewer),
        input.q ? sql`strpos(${customers.searchText}, ${searchKey(input.q)}) > 0` : undefined,
        keysetAfter(input.cursor, sort, keys, true),
      ),
    )
    .orderBy(...orderOf(keys, true))
    .limit(limit + 1)
  const at = (row: { deletedAt: Date | null }) => row.deletedAt?.toISOString() ?? ''
  return pageOf(
    rows,
    limit,
    ({ deleterId, deleterName, ...row }) => ({
      ...row,
      deletedAt: at(row),
      deletedBy: deleterId === null || deleterName === null ? null : { id: deleterId, name: deleterName },
    }),
    (row) => encodeCursor(sort, [at(row), row.id]),
  )
}

/** Brings a deleted interaction back. Refuses `not-found` where there is none, `not-allowed` below level 1. */
export async function restoreInteraction(ctx: AppContext, viewer: Viewer, interactionId: string) {
  return ctx.db.transaction(async (tx) => {
    const refusal = restoreInteractionRefusal(viewer)
    if (refusal) throw new Refusal(refusal)
    const [row] = await tx
      .select({ interaction: interactions })
      .from(interactions)
      .innerJoin(customers, eq(customers.id, interactions.customerId))
      .where(and(eq(interactions.id, interactionId), isNotNull(interactions.deletedAt), reachedInteraction(viewer)))
      .for('update', { of: interactions })
    if (!row) throw new Refusal('not-found')
    await tx
      .update(interactions)
      .set({ deletedAt: null, deletedBy: null, version: row.interaction.version + 1 })
      .where(eq(interactions.id, interactionId))
    await recordAudit(tx, ctx, viewer, {
      action: 'restore',
      entity: 'interaction',
      entityId: interactionId,
      changes: { number: row.interaction.number, customerId: row.interaction.customerId },
    })
    return readInteraction(tx, viewer, interactionId)
  })
}
