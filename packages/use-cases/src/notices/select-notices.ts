import { customers } from '@cartera/db/schema/customers'
import { noticeMessages } from '@cartera/db/schema/notices'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { NoticeReasonCode } from '@cartera/domain/notices/notice-states'
import { and, desc, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { conditionOf, type NoticeRow, type QueueFilters, requireSeeNotices, selectNotices } from './list-notices.ts'

/** As many as can be decided on at once. */
const mostSelected = 10_000
const rowsAtOnce = 500

/** Everything under a filter, newest day first, to preview and decide on at once. Refuses `not-allowed`. */
export async function selectNoticeIds(ctx: AppContext, viewer: Viewer, filters: QueueFilters) {
  requireSeeNotices(viewer)
  const rows = await ctx.db
    .select({
      id: noticeMessages.id,
      state: noticeMessages.state,
      reason: noticeMessages.reason,
      customer: customers.name,
      total: sql<number>`count(*) over ()`.mapWith(Number),
    })
    .from(noticeMessages)
    .innerJoin(customers, eq(customers.id, noticeMessages.customerId))
    .where(conditionOf(viewer, filters))
    .orderBy(desc(noticeMessages.planOn), desc(noticeMessages.id))
    .limit(mostSelected)
  return {
    total: rows[0]?.total ?? 0,
    items: rows.map(({ id, state, reason, customer }) => ({ id, state, reason: reason as NoticeReasonCode | null, customer })),
  }
}

/** Everything under a filter, newest day first, in batches; `viewerNow` is asked before each. Refuses `not-allowed`. */
export async function* everyNotice(
  ctx: AppContext,
  viewerNow: () => Promise<Viewer>,
  filters: QueueFilters,
): AsyncGenerator<NoticeRow> {
  let last: NoticeRow | undefined
  do {
    const after: NoticeRow | undefined = last
    const viewer = await viewerNow()
    requireSeeNotices(viewer)
    const rows: NoticeRow[] = await selectNotices(ctx.db)
      .where(
        and(
          conditionOf(viewer, filters),
          after === undefined
            ? undefined
            : sql`(${noticeMessages.planOn}, ${noticeMessages.id}) < (${after.planOn}::date, ${after.id}::uuid)`,
        ),
      )
      .orderBy(desc(noticeMessages.planOn), desc(noticeMessages.id))
      .limit(rowsAtOnce)
    yield* rows
    last = rows.length < rowsAtOnce ? undefined : rows.at(-1)
  } while (last !== undefined)
}
