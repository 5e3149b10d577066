import type { Transaction } from '@cartera/db/connect'
import { noticePauses } from '@cartera/db/schema/notices'
import { receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import { and, eq, gte, isNull, lt, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'

/**
 * Pauses the notices of a locked receivable for a fact that calls for it (a dispute that was right, a payment that is claimed), and answers the pause. A
 * longer one that stands is left as it is: null.
 */
export async function beginPause(
  tx: Transaction,
  ctx: AppContext,
  by: Pick<Viewer, 'userId'> | null,
  receivable: Pick<typeof receivables.$inferSelect, 'id' | 'customerId' | 'noticesPausedUntil'>,
  pause: { untilOn: CalendarDay; reason: string; today: CalendarDay },
): Promise<string | null> {
  const standing = receivable.noticesPausedUntil
  if (standing !== null && standing >= pause.untilOn) return null
  await tx
    .update(noticePauses)
    .set({ endedAt: ctx.now(), endedBy: standing !== null && standing >= pause.today ? (by?.userId ?? null) : null })
    .where(and(eq(noticePauses.receivableId, receivable.id), isNull(noticePauses.endedAt)))
  const [made] = await tx
    .insert(noticePauses)
    .values({
      customerId: receivable.customerId,
      receivableId: receivable.id,
      untilOn: pause.untilOn,
      reason: pause.reason,
      pausedBy: by?.userId ?? null,
      createdAt: ctx.now(),
    })
    .returning({ id: noticePauses.id })
  if (!made) throw new Error('the pause was not written')
  await tx.update(receivables).set({ noticesPausedUntil: pause.untilOn }).where(eq(receivables.id, receivable.id))
  return made.id
}

/** Ends a pause that such a fact began, where it still stands, on a locked receivable: a shorter one that it had replaced holds again. */
export async function liftPause(
  tx: Transaction,
  ctx: AppContext,
  by: Pick<Viewer, 'userId'>,
  pauseId: string,
  today: CalendarDay,
): Promise<void> {
  const [lifted] = await tx
    .update(noticePauses)
    .set({ endedAt: ctx.now(), endedBy: by.userId })
    .where(and(eq(noticePauses.id, pauseId), isNull(noticePauses.endedAt)))
    .returning()
  if (!lifted || lifted.receivableId === null) return
  // What it replaced ended at the very instant at which it began.
  const [former] = await tx
    .update(noticePauses)
    .set({ endedAt: null, endedBy: null })
    .where(
      and(
        eq(noticePauses.receivableId, lifted.receivableId),
        eq(noticePauses.endedAt, lifted.createdAt),
        gte(noticePauses.untilOn, today),
        lt(noticePauses.createdAt, lifted.createdAt),
      ),
    )
    .returning()
  await tx
    .update(receivables)
    .set({ noticesPausedUntil: former?.untilOn ?? null, version: sql`${receivables.version} + 1` })
    .where(eq(receivables.id, lifted.receivableId))
}
