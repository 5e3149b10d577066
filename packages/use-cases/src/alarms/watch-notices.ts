import { noticeAlarms } from '@cartera/db/schema/finance'
import { and, eq, gt, isNull, ne, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { findDigestReaders } from '../finance/finance-settings.ts'
import { defineJob } from '../jobs/job.ts'
import { setUpNeeded } from '../set-up/set-up-installation.ts'
import { queueStaffMails } from '../staff-mails/queue-staff-mails.ts'
import { findAlarms } from './find-alarms.ts'

/** One that comes back so soon after it closed is not mailed again. */
const calmMs = 3_600_000

/**
 * Opens an alarm for what is wrong and has none, keeps the figures of those that stand, closes those that are over. Each opening is
 * mailed once to each reader. Any number of watchers may run. Answers how many were opened and closed.
 */
export async function watchNotices(ctx: AppContext): Promise<{ opened: number; closed: number }> {
  return ctx.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera notice alarms'))`)
    const found = await findAlarms(tx, ctx)
    const open = await tx.select().from(noticeAlarms).where(isNull(noticeAlarms.closedAt))
    let opened = 0
    let closed = 0
    for (const alarm of open) {
      const still = found.find((each) => each.kind === alarm.kind && each.subject === alarm.subject)
      if (still) await tx.update(noticeAlarms).set({ facts: still.facts }).where(eq(noticeAlarms.id, alarm.id))
      else {
        await tx.update(noticeAlarms).set({ closedAt: ctx.now() }).where(eq(noticeAlarms.id, alarm.id))
        closed += 1
      }
    }
    const fresh = found.filter((each) => !open.some((alarm) => alarm.kind === each.kind && alarm.subject === each.subject))
    const readers = fresh.length === 0 ? [] : await findDigestReaders(tx)
    for (const { kind, subject, facts } of fresh) {
      const [alarm] = await tx
        .insert(noticeAlarms)
        .values({ kind, subject, facts, openedAt: ctx.now() })
        .returning({ id: noticeAlarms.id })
      if (!alarm) continue
      opened += 1
      const [lately] = await tx
        .select({ id: noticeAlarms.id })
        .from(noticeAlarms)
        .where(
          and(
            eq(noticeAlarms.kind, kind),
            eq(noticeAlarms.subject, subject),
            ne(noticeAlarms.id, alarm.id),
            gt(noticeAlarms.closedAt, new Date(ctx.now().getTime() - calmMs)),
          ),
        )
        .limit(1)
      if (lately) continue
      await queueStaffMails(tx, ctx, { kind: 'alarm', about: alarm.id, userIds: readers })
    }
    return { opened, closed }
  })
}

/** Rung for every minute. */
export const watchNoticesJob = defineJob({
  name: 'watch-notices',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    if (!(await setUpNeeded(ctx))) await watchNotices(ctx)
  },
})
