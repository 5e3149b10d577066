import { noticeMessages } from '@cartera/db/schema/notices'
import { isBusinessDay } from '@cartera/domain/business-calendar'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import { sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { companyCalendar } from '../company/company-settings.ts'
import { planDay } from './plan-day.ts'
import { type SendingProblem, sendDueNotices } from './send-notices.ts'
import { sweepNotices } from './sweep-notices.ts'

export interface RanDay {
  day: CalendarDay
  businessDay: boolean
  /** Messages written now. */
  planned: number
  /** What this run did, and how the messages that it planned, changed or sent stand now. */
  sent: number
  /** Why this machine sends nothing; what was planned waits. */
  problem: SendingProblem | null
  counts: { state: string; reason: string | null; count: number }[]
}

/**
 * Plans a day and sends what it planned at once, for the command line. The day is the one given, the clock only stamps. Claims make it
 * safe beside a worker and beside itself; a second run sends nothing more. On a day that is no business day nothing leaves.
 */
export async function runDay(ctx: AppContext, day: CalendarDay): Promise<RanDay> {
  const { written, changed } = await planDay(ctx, day, { asOf: day })
  const touched = new Set([...written, ...changed].map((message) => message.id))
  const businessDay = isBusinessDay(day, await companyCalendar(ctx.db))
  let sent = 0
  let problem: SendingProblem | null = null
  if (businessDay) {
    await sweepNotices(ctx)
    const { rows } = await ctx.db.execute<{ id: string }>(sql`
      select id from notice_messages
      where state in ('planned', 'deferred') and plan_on <= ${day}
        and (next_attempt_at is null or next_attempt_at <= statement_timestamp())`)
    for (const { id } of rows) touched.add(id)
    ;({ sent, problem } = await sendDueNotices(ctx, { upTo: day, day }))
  }
  return { day, businessDay, planned: written.length, sent, problem, counts: await countStates(ctx, [...touched]) }
}

/** How the messages stand; those that a worker is sending at this moment are waited for, for a while. */
async function countStates(ctx: AppContext, ids: readonly string[]): Promise<RanDay['counts']> {
  if (ids.length === 0) return []
  for (let tries = 0; ; tries += 1) {
    const { rows } = await ctx.db.execute<{ state: string; reason: string | null; count: number }>(sql`
      select state, reason, count(*)::integer as count from ${noticeMessages}
      where id = any(${sql.param([...ids])}::uuid[]) group by state, reason order by state, reason`)
    const inFlight = rows.some((row) => row.state === 'claimed' || row.state === 'dispatching')
    if (!inFlight || tries >= 150) return rows.map(({ state, reason, count }) => ({ state, reason, count }))
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
