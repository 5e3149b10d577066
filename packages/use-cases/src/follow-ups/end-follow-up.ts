import { followUps } from '@cartera/db/schema/follow-ups'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { closeRefusal, discardRefusal, type FollowUpState, reopenRefusal } from '@cartera/domain/follow-ups/follow-up-state'
import { Refusal, type RefusalCode } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { type AuditEntry, recordAudit } from '../audit.ts'
import { readFollowUp } from './read-follow-up.ts'
import { lockVisibleFollowUp } from './visible-follow-ups.ts'
import { settleReminders } from './write-follow-up.ts'

async function moveTo(
  ctx: AppContext,
  viewer: Viewer,
  followUpId: string,
  deed: {
    action: AuditEntry['action']
    state: FollowUpState
    reason: string | null
    refusal: (state: FollowUpState) => RefusalCode | null
  },
) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockVisibleFollowUp(tx, viewer, followUpId)
    const refusal = deed.refusal(before.state)
    if (refusal) throw new Refusal(refusal)
    const ends = deed.state !== 'active'
    await tx
      .update(followUps)
      .set({
        state: deed.state,
        endReason: deed.reason,
        endedAt: ends ? ctx.now() : null,
        endedBy: ends ? viewer.userId : null,
        waitsForAnswer: false,
        version: before.version + 1,
      })
      .where(eq(followUps.id, followUpId))
    if (ends) await settleReminders(tx, ctx, followUpId)
    await recordAudit(tx, ctx, viewer, {
      action: deed.action,
      entity: 'follow-up',
      entityId: followUpId,
      changes: { state: [before.state, deed.state], reason: deed.reason },
    })
    return readFollowUp(ctx, viewer, followUpId, tx)
  })
}

/** Closes a follow-up that reached its aim, with what came of it. Refuses `not-found`, `follow-up-not-active`. */
export async function closeFollowUp(
  ctx: AppContext,
  viewer: Viewer,
  followUpId: string,
  input: { result?: string | null | undefined },
) {
  const deed = { action: 'close', state: 'closed', reason: input.result ?? null, refusal: closeRefusal } as const
  return moveTo(ctx, viewer, followUpId, deed)
}

/** Ends a follow-up that does not go on; the reason stays in the history. Refuses `not-found`, `follow-up-not-active`. */
export async function discardFollowUp(ctx: AppContext, viewer: Viewer, followUpId: string, input: { reason: string }) {
  const deed = { action: 'discard', state: 'discarded', reason: input.reason, refusal: discardRefusal } as const
  return moveTo(ctx, viewer, followUpId, deed)
}

/** Makes a closed or discarded follow-up active again, at the due time that it had. Refuses `not-found`, `changed-meanwhile`. */
export async function reopenFollowUp(ctx: AppContext, viewer: Viewer, followUpId: string) {
  return moveTo(ctx, viewer, followUpId, { action: 'reopen', state: 'active', reason: null, refusal: reopenRefusal })
}
