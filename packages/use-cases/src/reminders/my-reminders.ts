import { customers } from '@cartera/db/schema/customers'
import { followUps, reminders } from '@cartera/db/schema/follow-ups'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, count, eq, inArray, isNotNull, isNull, type SQL } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { visibleFollowUp } from '../follow-ups/visible-follow-ups.ts'
import { notifyLive } from '../live/notify-live.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'

/** The viewer's own reminders whose follow-up they still see; a condition over reminders, follow_ups and customers. */
const mine = (viewer: Viewer): SQL | undefined => and(eq(reminders.userId, viewer.userId), visibleFollowUp(viewer))

/** What the viewer was told of, newest first, and how many of it they have not read. */
export async function listReminders(ctx: AppContext, viewer: Viewer, input: PageInput & { unread?: boolean | undefined }) {
  const sort = '-remindedAt'
  const keys = [
    { column: reminders.remindedAt, type: 'timestamptz' },
    { column: reminders.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select({
      id: reminders.id,
      dueAt: reminders.dueAt,
      remindedAt: reminders.remindedAt,
      readAt: reminders.readAt,
      followUp: { id: followUps.id, number: followUps.number, subject: followUps.subject, state: followUps.state },
      customer: { id: customers.id, name: customers.name },
    })
    .from(reminders)
    .innerJoin(followUps, eq(followUps.id, reminders.followUpId))
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(
      and(
        mine(viewer),
        input.unread === undefined ? undefined : input.unread ? isNull(reminders.readAt) : isNotNull(reminders.readAt),
        keysetAfter(input.cursor, sort, keys, true),
      ),
    )
    .orderBy(...orderOf(keys, true))
    .limit(limit + 1)
  const [unread] = await ctx.db
    .select({ count: count() })
    .from(reminders)
    .innerJoin(followUps, eq(followUps.id, reminders.followUpId))
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(and(mine(viewer), isNull(reminders.readAt)))
  const page = pageOf(
    rows,
    limit,
    (row) => ({
      ...row,
      dueAt: row.dueAt.toISOString(),
      remindedAt: row.remindedAt.toISOString(),
      readAt: row.readAt?.toISOString() ?? null,
    }),
    (row) => encodeCursor(sort, [row.remindedAt.toISOString(), row.id]),
  )
  return { ...page, unreadCount: unread?.count ?? 0 }
}

/** Marks one of the viewer's reminders as read; again changes nothing. Refuses `not-found`, also for another person's. */
export async function readReminder(ctx: AppContext, viewer: Viewer, reminderId: string): Promise<void> {
  const [row] = await ctx.db
    .select({ id: reminders.id })
    .from(reminders)
    .innerJoin(followUps, eq(followUps.id, reminders.followUpId))
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(and(eq(reminders.id, reminderId), mine(viewer)))
  if (!row) throw new Refusal('not-found')
  await ctx.db
    .update(reminders)
    .set({ readAt: ctx.now() })
    .where(and(eq(reminders.id, reminderId), isNull(reminders.readAt)))
  // The bell in the person's other windows.
  await notifyLive(ctx.db, { entity: 'reminder', id: reminderId, action: 'change' })
}

/** Marks all reminders that the viewer sees as read; what is out of their sight meanwhile still waits for them. */
export async function readAllReminders(ctx: AppContext, viewer: Viewer): Promise<void> {
  const seen = ctx.db
    .select({ id: reminders.id })
    .from(reminders)
    .innerJoin(followUps, eq(followUps.id, reminders.followUpId))
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(and(mine(viewer), isNull(reminders.readAt)))
  await ctx.db
    .update(reminders)
    .set({ readAt: ctx.now() })
    .where(and(inArray(reminders.id, seen), isNull(reminders.readAt)))
}
