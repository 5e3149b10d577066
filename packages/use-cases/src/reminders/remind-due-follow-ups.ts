import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { defineJob } from '../jobs/job.ts'
import { liveChannel } from '../live/notify-live.ts'
import { sendStaffMails } from '../staff-mails/send-staff-mails.ts'
import { queueReminderMails } from './mail-reminders.ts'

const batchSize = 500

/**
 * Tells the owners of active follow-ups that have fallen due, once per due time and owner, also of what fell due while no worker ran.
 * One statement per batch looks, locks, looks again (PostgreSQL re-checks a locked row in its newest version) and writes: a follow-up
 * that is being postponed at this moment is either skipped or seen with its new due time. Answers how many were told.
 */
export async function remindDueFollowUps(ctx: AppContext): Promise<number> {
  let told = 0
  for (;;) {
    const { rowCount } = await ctx.pool.query({
      text: `with due as (
               select f.id, f.owner_id, f.due_at from follow_ups f
               where f.state = 'active' and f.due_at <= $1
                 and not exists (select from reminders r where r.follow_up_id = f.id and r.due_at = f.due_at and r.user_id = f.owner_id)
               order by f.due_at, f.id limit $2
               for update of f skip locked
             ), made as (
               insert into reminders (id, user_id, follow_up_id, due_at, reminded_at)
               select gen_random_uuid(), owner_id, id, due_at, $1 from due
               on conflict (follow_up_id, due_at, user_id) do nothing
               returning id
             )
             select pg_notify($3, json_build_object('entity', 'reminder', 'id', id, 'action', 'create')::text) from made`,
      values: [ctx.now(), batchSize, liveChannel],
    })
    told += rowCount ?? 0
    if ((rowCount ?? 0) < batchSize) return told
  }
}

/** Rung for every 15 seconds: tells what has fallen due, in the interface and to whom wants it by e-mail. */
export const remindDueFollowUpsJob = defineJob({
  name: 'remind-due-follow-ups',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    await remindDueFollowUps(ctx)
    if ((await queueReminderMails(ctx)) > 0) await sendStaffMails(ctx)
  },
})
