import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { defineJob } from '../jobs/job.ts'
import { dispatchNoticeJob } from './dispatch-notice.ts'
import { recordEvents } from './notice-events.ts'
import { replayJournals } from './settle-sent.ts'

/** A message whose claims always end with their worker may be what ends it: a person looks at it. */
const mostInterruptions = 50

/**
 * Ends leases that ran out (a worker that died or froze): claimed messages, of which nothing was accepted, are planned again;
 * dispatching ones, of which nobody knows, become uncertain and are never sent again by themselves. What the journals of this machine
 * know is settled first. Answers one due message of each sender.
 */
export async function sweepNotices(ctx: AppContext): Promise<string[]> {
  if (ctx.sending !== null) await replayJournals(ctx, ctx.sending)
  await takeBack(ctx, [])
  await ctx.db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ id: string }>(sql`
      with expired as (
        select id from notice_messages where state = 'dispatching' and lease_until < statement_timestamp() for update skip locked
      )
      update notice_messages m
      set state = 'uncertain', reason = 'lease-expired', lease_until = null, next_attempt_at = null, version = m.version + 1,
        updated_at = ${ctx.now().toISOString()}::timestamptz
      from expired where m.id = expired.id returning m.id`)
    await recordEvents(
      tx,
      ctx,
      rows.map(({ id }) => ({ messageId: id, fromState: 'dispatching', toState: 'uncertain', reason: 'lease-expired' })),
    )
  })
  const { rows } = await ctx.db.execute<{ id: string }>(sql`
    select distinct on (sender_id) id from notice_messages
    where state in ('planned', 'deferred') and (next_attempt_at is null or next_attempt_at <= statement_timestamp())
    order by sender_id, next_attempt_at nulls first, id`)
  return rows.map((row) => row.id)
}

/**
 * Plans claimed messages again whose lease has run out, or whose process is gone (`marks`, see `Departed`): they had not been offered for
 * acceptance, and the gate knows their tokens no more. Answers how many.
 */
export async function takeBack(ctx: AppContext, marks: readonly number[]): Promise<number> {
  return ctx.db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ id: string; failed: boolean }>(sql`
      with ended as (
        select m.id, (select count(*) from notice_events e where e.message_id = m.id and e.reason = 'interrupted') >= ${mostInterruptions} as failed
        from notice_messages m
        where m.state = 'claimed' and (m.lease_until < statement_timestamp()
          or substr(m.claim_token::text, 15, 1) = '8'
            and ('x' || left(m.claim_token::text, 8))::bit(32)::bigint = any(${sql.param([...marks])}::bigint[]))
        for update skip locked
      )
      update notice_messages m
      set state = case when ended.failed then 'failed' else 'planned' end,
        reason = case when ended.failed then 'too-many-attempts' end,
        claim_token = null, lease_until = null, attempt = greatest(m.attempt - 1, 0),
        next_attempt_at = case when not ended.failed then statement_timestamp() end,
        version = m.version + 1, updated_at = ${ctx.now().toISOString()}::timestamptz
      from ended where m.id = ended.id returning m.id, ended.failed`)
    await recordEvents(
      tx,
      ctx,
      rows.map(({ id, failed }) => ({
        messageId: id,
        fromState: 'claimed',
        toState: failed ? 'failed' : 'planned',
        reason: failed ? 'too-many-attempts' : 'interrupted',
      })),
    )
    return rows.length
  })
}

/** Rings for what is due: Redis holds no truth, so what it loses is rung for again. A ring wakes the sending of all that is due. */
export const sweepNoticesJob = defineJob({
  name: 'sweep-notices',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    for (const id of await sweepNotices(ctx)) await ctx.queue.add(dispatchNoticeJob, { id }, { key: id })
  },
})
