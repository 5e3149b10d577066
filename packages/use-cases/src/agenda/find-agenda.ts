import { customers } from '@cartera/db/schema/customers'
import { followUps } from '@cartera/db/schema/follow-ups'
import { holidays } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { isBusinessDay } from '@cartera/domain/business-calendar'
import { addDays, type CalendarDay, dayOfInstant, daysBetween } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, count, eq, gte, inArray, lt, lte, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { type FollowUpFilters, listedFollowUps, startOf } from '../follow-ups/list-follow-ups.ts'
import { followUpItem, selectFollowUps } from '../follow-ups/visible-follow-ups.ts'

/** Six weeks: what a month's sheet shows. */
export const mostAgendaDays = 42
/** The most rows of one answer, whatever is asked: what is left out is counted. */
const mostPerDay = 100
const mostRows = 1500
const mostOverdue = 50

type AgendaFilters = Omit<FollowUpFilters, 'dueOn' | 'dueFrom' | 'dueTo' | 'overdue' | 'cursor' | 'limit' | 'sort'>

/**
 * The follow-ups of a period by day, each day with how many there are and the first of them, and all that is overdue under the same
 * filters. Refuses `period-reversed`, `period-too-long` (42 days).
 */
export async function findAgenda(
  ctx: AppContext,
  viewer: Viewer,
  { from, to, ...filters }: AgendaFilters & { from: CalendarDay; to: CalendarDay },
) {
  if (to < from) throw new Refusal('period-reversed', { field: 'to' })
  const length = daysBetween(from, to) + 1
  if (length > mostAgendaDays) throw new Refusal('period-too-long', { field: 'to', params: { max: mostAgendaDays } })
  const perDay = Math.min(mostPerDay, Math.floor(mostRows / length))
  const company = await findCompany(ctx.db)
  const { timeZone } = company
  const now = ctx.now()
  const conditions = listedFollowUps(viewer, filters, now, timeZone)

  const local = sql`(${followUps.dueAt} at time zone ${timeZone})`
  const ranked = ctx.db
    .select({
      id: followUps.id,
      day: sql<string>`to_char(${local}, 'YYYY-MM-DD')`.as('day'),
      place: sql<number>`row_number() over (partition by ${local}::date order by ${followUps.dueAt}, ${followUps.id})`
        .mapWith(Number)
        .as('place'),
      all: sql<number>`count(*) over (partition by ${local}::date)`.mapWith(Number).as('all_of_day'),
    })
    .from(followUps)
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(and(conditions, gte(followUps.dueAt, startOf(from, timeZone)), lt(followUps.dueAt, startOf(addDays(to, 1), timeZone))))
    .as('ranked')
  const chosen = await ctx.db
    .select({ id: ranked.id, day: ranked.day, all: ranked.all })
    .from(ranked)
    .where(lte(ranked.place, perDay))
  const rows =
    chosen.length === 0
      ? []
      : await selectFollowUps(ctx.db)
          .where(
            inArray(
              followUps.id,
              chosen.map((each) => each.id),
            ),
          )
          .orderBy(asc(followUps.dueAt), asc(followUps.id))
  const itemOf = new Map(rows.map((row) => [row.id, followUpItem(row, now)]))

  // Closed and discarded ones are overdue no more: where only those are asked for there are none.
  const late = and(conditions, sql`${followUps.state} = 'active'`, lte(followUps.dueAt, now))
  const overdue = await selectFollowUps(ctx.db).where(late).orderBy(asc(followUps.dueAt), asc(followUps.id)).limit(mostOverdue)
  const [lateCount] = await ctx.db
    .select({ count: count() })
    .from(followUps)
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(late)

  const closed = await ctx.db
    .select()
    .from(holidays)
    .where(and(gte(holidays.day, from), lte(holidays.day, to)))
  const holidayOf = new Map(closed.map((each) => [each.day, each.name]))
  const calendar = { businessWeekdays: company.businessWeekdays, holidays: new Set(holidayOf.keys()) }
  return {
    now: now.toISOString(),
    today: dayOfInstant(now, timeZone),
    opensAt: company.opensAt,
    closesAt: company.closesAt,
    days: Array.from({ length }, (_, n) => {
      const day = addDays(from, n)
      const ofDay = chosen.filter((each) => each.day === day)
      const ids = new Set(ofDay.map((each) => each.id))
      return {
        day,
        business: isBusinessDay(day, calendar),
        holiday: holidayOf.get(day) ?? null,
        count: ofDay[0]?.all ?? 0,
        items: [...itemOf.values()].filter((item) => ids.has(item.id)),
      }
    }),
    overdue: { count: lateCount?.count ?? 0, items: overdue.map((row) => followUpItem(row, now)) },
  }
}
