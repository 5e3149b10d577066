import { customers } from '@cartera/db/schema/customers'
import { noticeMessages } from '@cartera/db/schema/notices'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { dayOfInstant } from '@cartera/domain/calendar-day'
import type { NoticeReasonCode } from '@cartera/domain/notices/notice-states'
import { Refusal } from '@cartera/domain/refusal'
import { and, desc, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { workbookStream } from '../exports/write-workbook.ts'
import { languageOf } from '../portfolio/portfolio-workbook.ts'
import { conditionOf, type NoticeRow, type QueueFilters, requireSeeNotices, selectNotices } from './list-notices.ts'
import { noticeSheet } from './notice-workbook.ts'

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

async function* rowsOf(ctx: AppContext, viewer: Viewer, filters: QueueFilters): AsyncGenerator<NoticeRow> {
  let last: NoticeRow | undefined
  do {
    const after: NoticeRow | undefined = last
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

/** The queue under a filter as a workbook, newest day first, read as fast as it is downloaded. Audited. Refuses `not-allowed`. */
export async function noticesWorkbook(ctx: AppContext, viewer: Viewer, filters: QueueFilters) {
  requireSeeNotices(viewer)
  const refusal = permissionRefusal(viewer, 'export')
  if (refusal) throw new Refusal(refusal)
  const language = await languageOf(ctx, viewer)
  const { timeZone } = await findCompany(ctx.db)
  const name = language === 'es' ? 'Avisos' : 'Notices'
  const today = dayOfInstant(ctx.now(), timeZone)
  await ctx.db.transaction((tx) =>
    recordAudit(tx, ctx, viewer, { action: 'export', entity: 'notice', entityId: today, changes: { filter: filters } }),
  )
  return {
    fileName: `${name.toLowerCase()}-${today}.xlsx`,
    stream: workbookStream([noticeSheet(name, rowsOf(ctx, viewer, filters), language)], { timeZone }),
  }
}
