import { followUpActivities, followUpObservations, followUpProgress } from '@cartera/db/schema/follow-ups'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { notifyLive } from '../live/notify-live.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { lockVisibleFollowUp, requireVisibleFollowUp } from './visible-follow-ups.ts'
import { dueInstant } from './write-follow-up.ts'

/** When something was, on the company's clock; now unless told. */
interface Moment {
  on?: CalendarDay | undefined
  time?: string | undefined
}

/** Refuses `time-in-future` at the field that was given, `due-time-does-not-exist`. */
async function momentOf(ctx: AppContext, { on, time }: Moment): Promise<Date> {
  const now = ctx.now()
  if (on === undefined && time === undefined) return now
  const { timeZone } = await findCompany(ctx.db)
  const today = dayOfInstant(now, timeZone)
  // A day alone is its noon, or now where that has not come yet.
  if (time === undefined && (on ?? today) === today) return now
  const instant = dueInstant(on ?? today, time ?? '12:00', timeZone, 'time')
  // Said where it is wrong: the day, or the hour of today.
  if (instant > now) throw new Refusal('time-in-future', { field: (on ?? today) > today ? 'on' : 'time' })
  return instant
}

/** Writes down what was observed, whatever state the follow-up is in. Refuses `not-found`, `time-in-future`, `due-time-does-not-exist`. */
export async function recordObservation(ctx: AppContext, viewer: Viewer, followUpId: string, input: Moment & { body: string }) {
  await requireVisibleFollowUp(ctx.db, viewer, followUpId)
  const observedAt = await momentOf(ctx, input)
  const row = { id: v7(), followUpId, body: input.body, observedAt, authorId: viewer.userId, createdAt: ctx.now() }
  await ctx.db.transaction(async (tx) => {
    await lockVisibleFollowUp(tx, viewer, followUpId)
    await tx.insert(followUpObservations).values(row)
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'follow-up-observation',
      entityId: row.id,
      changes: { followUpId, body: input.body, observedAt: observedAt.toISOString() },
    })
    await notifyLive(tx, { entity: 'follow-up', id: followUpId, action: 'observe' })
  })
  return observationOf({ row, author: { id: viewer.userId, name: viewer.name } })
}

const observationOf = ({
  row,
  author,
}: {
  row: Omit<typeof followUpObservations.$inferSelect, 'followUpId'>
  author: { id: string; name: string }
}) => ({
  id: row.id,
  body: row.body,
  observedAt: row.observedAt.toISOString(),
  author,
  createdAt: row.createdAt.toISOString(),
})

/** What was observed in a follow-up, newest first unless told. Refuses `not-found`. */
export async function listObservations(ctx: AppContext, viewer: Viewer, followUpId: string, input: PageInput) {
  await requireVisibleFollowUp(ctx.db, viewer, followUpId)
  const sort = input.sort ?? '-observedAt'
  const descending = sort.startsWith('-')
  const keys = [
    { column: followUpObservations.observedAt, type: 'timestamptz' },
    { column: followUpObservations.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select({ row: followUpObservations, author: { id: users.id, name: users.name } })
    .from(followUpObservations)
    .innerJoin(users, eq(users.id, followUpObservations.authorId))
    .where(and(eq(followUpObservations.followUpId, followUpId), keysetAfter(input.cursor, sort, keys, descending)))
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(rows, limit, observationOf, ({ row }) => encodeCursor(sort, [row.observedAt.toISOString(), row.id]))
}

/**
 * Notes an activity that was done, whatever state the follow-up is in. Refuses `not-found`, `reference-unknown` for an activity that is switched off,
 * `time-in-future`, `due-time-does-not-exist`.
 */
export async function recordProgress(
  ctx: AppContext,
  viewer: Viewer,
  followUpId: string,
  input: Moment & { activityId: string; comment?: string | null | undefined },
) {
  await requireVisibleFollowUp(ctx.db, viewer, followUpId)
  const doneAt = await momentOf(ctx, input)
  const comment = input.comment ?? null
  const row = { id: v7(), followUpId, activityId: input.activityId, comment, doneAt, doneBy: viewer.userId }
  const activity = await ctx.db.transaction(async (tx) => {
    await lockVisibleFollowUp(tx, viewer, followUpId)
    const [found] = await tx
      .select()
      .from(followUpActivities)
      .where(and(eq(followUpActivities.id, input.activityId), eq(followUpActivities.active, true)))
      .for('key share')
    if (!found) throw new Refusal('reference-unknown', { field: 'activityId' })
    await tx.insert(followUpProgress).values(row)
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'follow-up-progress',
      entityId: row.id,
      changes: { followUpId, activity: found.name, comment, doneAt: doneAt.toISOString() },
    })
    await notifyLive(tx, { entity: 'follow-up', id: followUpId, action: 'progress' })
    return found
  })
  return progressOf({ row, activity, doneBy: { id: viewer.userId, name: viewer.name } })
}

const progressOf = ({
  row,
  activity,
  doneBy,
}: {
  row: Pick<typeof followUpProgress.$inferSelect, 'id' | 'comment' | 'doneAt'>
  activity: Pick<typeof followUpActivities.$inferSelect, 'id' | 'name' | 'direction'>
  doneBy: { id: string; name: string }
}) => ({
  id: row.id,
  activity: { id: activity.id, name: activity.name, direction: activity.direction },
  comment: row.comment,
  doneAt: row.doneAt.toISOString(),
  doneBy,
})

/** What was done in a follow-up, newest first unless told. Refuses `not-found`. */
export async function listProgress(ctx: AppContext, viewer: Viewer, followUpId: string, input: PageInput) {
  await requireVisibleFollowUp(ctx.db, viewer, followUpId)
  const sort = input.sort ?? '-doneAt'
  const descending = sort.startsWith('-')
  const keys = [
    { column: followUpProgress.doneAt, type: 'timestamptz' },
    { column: followUpProgress.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select({ row: followUpProgress, activity: followUpActivities, doneBy: { id: users.id, name: users.name } })
    .from(followUpProgress)
    .innerJoin(followUpActivities, eq(followUpActivities.id, followUpProgress.activityId))
    .innerJoin(users, eq(users.id, followUpProgress.doneBy))
    .where(and(eq(followUpProgress.followUpId, followUpId), keysetAfter(input.cursor, sort, keys, descending)))
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(rows, limit, progressOf, ({ row }) => encodeCursor(sort, [row.doneAt.toISOString(), row.id]))
}
