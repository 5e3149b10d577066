import { noticeMessages } from '@cartera/db/schema/notices'
import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { defineJob } from '../jobs/job.ts'
import { dispatchNoticeJob } from './dispatch-notice.ts'
import { recordEvents } from './notice-events.ts'

/** How many doorbells one sweep rings: the next one rings for the rest. */
const mostRings = 2000

/**
 * Ends leases that ran out (a worker that died or froze): claimed messages, of which nothing was accepted, are planned again;
 * dispatching ones, of which nobody knows, become uncertain and are never sent again by themselves. Answers the ids that are due now.
 */
export async function sweepNotices(ctx: AppContext): Promise<string[]> {
  for (const [from, to, reason] of [
    ['claimed', 'planned', 'interrupted'],
    ['dispatching', 'uncertain', 'lease-expired'],
  ] as const)
    await ctx.db.transaction(async (tx) => {
      const expired = await tx
        .update(noticeMessages)
        .set({
          state: to,
          reason: to === 'uncertain' ? reason : null,
          ...(to === 'planned' ? { claimToken: null } : {}),
          leaseUntil: null,
          nextAttemptAt: to === 'planned' ? sql`statement_timestamp()` : null,
          version: sql`${noticeMessages.version} + 1`,
          updatedAt: ctx.now(),
        })
        .where(and(eq(noticeMessages.state, from), sql`${noticeMessages.leaseUntil} < statement_timestamp()`))
        .returning({ id: noticeMessages.id })
      await recordEvents(
        tx,
        ctx,
        expired.map(({ id }) => ({ messageId: id, fromState: from, toState: to, reason })),
      )
    })
  const { rows } = await ctx.db.execute<{ id: string }>(sql`
    select id from notice_messages
    where state in ('planned', 'deferred') and (next_attempt_at is null or next_attempt_at <= statement_timestamp())
    order by next_attempt_at nulls first, id limit ${mostRings}`)
  return rows.map((row) => row.id)
}

/** Rings for everything that is due: Redis holds no truth, so what it loses is rung for again. */
export const sweepNoticesJob = defineJob({
  name: 'sweep-notices',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    for (const id of await sweepNotices(ctx)) await ctx.queue.add(dispatchNoticeJob, { id }, { key: id })
  },
})
