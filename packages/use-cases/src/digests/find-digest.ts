import { noticeMessages } from '@cartera/db/schema/notices'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { isBusinessDay } from '@cartera/domain/business-calendar'
import { addDays, type CalendarDay, instantOfLocal } from '@cartera/domain/calendar-day'
import { and, asc, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { companyCalendar, findCompany } from '../company/company-settings.ts'
import { readFinanceSettings } from '../finance/finance-settings.ts'
import { type NoticeRow, selectNotices } from '../notices/list-notices.ts'
import { visibleNotice } from '../notices/visible-notice.ts'

/** More than that is counted but not listed. */
export const mostRowsOfDigest = 20_000

export interface DigestBounce {
  customer: string
  code: string
  address: string
  response: string | null
  planOn: CalendarDay
}

export interface Digest {
  day: CalendarDay
  from: Date
  until: Date
  businessDay: boolean
  sent: NoticeRow[]
  held: NoticeRow[]
  failed: NoticeRow[]
  uncertain: NoticeRow[]
  today: NoticeRow[]
  bounced: DigestBounce[]
}

/**
 * What a reader is told on a day: what left since the hour of the digest of the day before, what failed or came back since then, what
 * stands held or uncertain, and what is to leave today. Only notices in the reader's reach.
 */
export async function findDigest(ctx: AppContext, viewer: Viewer, day: CalendarDay): Promise<Digest> {
  const { timeZone } = await findCompany(ctx.db)
  const { digestAt } = await readFinanceSettings(ctx.db)
  const from = instantOfLocal(addDays(day, -1), digestAt, timeZone) ?? new Date(ctx.now().getTime() - 86_400_000)
  const until = instantOfLocal(day, digestAt, timeZone) ?? ctx.now()
  const within = visibleNotice(viewer)
  const list = (condition: SQL) =>
    selectNotices(ctx.db)
      .where(and(within, condition))
      .orderBy(asc(noticeMessages.planOn), asc(noticeMessages.id))
      .limit(mostRowsOfDigest)
  const during = (column: SQL) =>
    sql`${column} > ${from.toISOString()}::timestamptz and ${column} <= ${until.toISOString()}::timestamptz`
  const { rows: bounced } = await ctx.db.execute<{
    customer: string
    code: string
    address: string
    response: string | null
    plan_on: string
  }>(sql`
    select customers.name as customer, customers.code, b.failed_address as address, b.diagnostic as response, m.plan_on
    from mailbox_messages b
    join notice_messages m on m.id = b.notice_message_id
    join customers on customers.id = m.customer_id
    where b.kind = 'bounce' and ${during(sql`b.received_at`)} and ${within ?? sql`true`}
    order by b.received_at, b.id limit ${mostRowsOfDigest}`)
  return {
    day,
    from,
    until,
    businessDay: isBusinessDay(day, await companyCalendar(ctx.db)),
    sent: await list(during(sql`${noticeMessages.sentAt}`)),
    held: await list(sql`${noticeMessages.state} = 'held'`),
    failed: await list(sql`${noticeMessages.state} = 'failed' and ${during(sql`${noticeMessages.updatedAt}`)}`),
    uncertain: await list(sql`${noticeMessages.state} = 'uncertain'`),
    today: await list(
      sql`${noticeMessages.state} in ('planned', 'deferred', 'claimed', 'dispatching') and ${noticeMessages.planOn} <= ${day}`,
    ),
    bounced: bounced.map(({ customer, code, address, response, plan_on }) => ({
      customer,
      code,
      address,
      response,
      planOn: plan_on,
    })),
  }
}
