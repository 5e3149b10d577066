import type { Transaction } from '@cartera/db/connect'
import { noticeMessages } from '@cartera/db/schema/notices'
import type { NoticeReasonCode, NoticeState } from '@cartera/domain/notices/notice-states'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import type { Claim } from './claim-notices.ts'
import { recordEvents } from './notice-events.ts'

/** What became of a claimed message. */
export interface Outcome {
  state: NoticeState
  reason: NoticeReasonCode | null
  detail?: string | null
  /** The event's reason where it says more than the message's. */
  because?: NoticeReasonCode
  set?: Partial<typeof noticeMessages.$inferInsert>
  retryInSeconds?: number
  burnsAttempt?: boolean
}

/** Runs `work` if the message is still ours; says whether it was. */
export async function whileClaimed(
  ctx: AppContext,
  claim: Claim,
  states: readonly NoticeState[],
  work: (tx: Transaction, state: NoticeState) => Promise<void>,
): Promise<boolean> {
  return ctx.db.transaction(async (tx) => {
    // A process that freezes here must not keep the message from the sweep of others for long.
    await tx.execute(sql`select set_config('idle_in_transaction_session_timeout', '5s', true)`)
    const [row] = await tx
      .select({ state: noticeMessages.state })
      .from(noticeMessages)
      .where(
        and(
          eq(noticeMessages.id, claim.id),
          eq(noticeMessages.claimToken, claim.token),
          inArray(noticeMessages.state, [...states]),
        ),
      )
      .for('update')
    if (!row) return false
    await work(tx, row.state)
    return true
  })
}

/** Writes an outcome with its event; the caller holds the message's row. */
export async function writeOutcome(
  tx: Transaction,
  ctx: AppContext,
  messageId: string,
  from: NoticeState,
  outcome: Outcome,
): Promise<void> {
  const waits = outcome.state === 'planned' || outcome.state === 'deferred'
  await tx
    .update(noticeMessages)
    .set({
      state: outcome.state,
      reason: outcome.reason,
      // The token stays on what the journal could still settle.
      ...(outcome.state === 'uncertain' ? {} : { claimToken: null }),
      leaseUntil: null,
      nextAttemptAt: waits ? sql`statement_timestamp() + ${outcome.retryInSeconds ?? 0} * interval '1 second'` : null,
      ...(outcome.burnsAttempt === false ? { attempt: sql`greatest(${noticeMessages.attempt} - 1, 0)` } : {}),
      version: sql`${noticeMessages.version} + 1`,
      updatedAt: ctx.now(),
      ...outcome.set,
    })
    .where(eq(noticeMessages.id, messageId))
  await recordEvents(tx, ctx, [
    {
      messageId,
      fromState: from,
      toState: outcome.state,
      reason: outcome.because ?? outcome.reason,
      detail: outcome.detail ?? null,
    },
  ])
}
