import type { Querier } from '@cartera/db/connect'
import { type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import { clockStoppingReasons, type StandingOccurrence } from '@cartera/domain/notices/notice-plan'
import type { NoticeKind } from '@cartera/domain/notices/notice-settings'
import { dayOfMessage } from '@cartera/domain/notices/recheck-message'
import { type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { plainArray } from './array-parameters.ts'
import type { CustomerFacts, NoticeWorld } from './notice-facts.ts'
import { factsOf, type ReceivableFactsRow, receivableFacts } from './notice-receivables.ts'

/** Messages `m` that have not been handed over and that nobody has decided over: those that what matures on the day may join. */
export const mayBeJoinedOn = (day: CalendarDay): SQL => sql`m.state in ('planned', 'held') and m.reviewed_at is null
  and (m.plan_on = ${day} or m.state = 'planned' or m.reason = any(${plainArray(clockStoppingReasons)}::text[]))`

/** Whether such a message is looked at as of the day. */
export const isJoinedOn = (day: CalendarDay, message: { planOn: CalendarDay; writtenOn: CalendarDay }, today: CalendarDay) =>
  message.planOn === day || dayOfMessage(message, today) === day

/** Gives the customers what stands written of them, where a least amount or money to be applied asks what a message would carry. */
export async function addStanding(
  db: Querier,
  ctx: AppContext,
  world: NoticeWorld,
  customers: ReadonlyMap<string, CustomerFacts>,
  day: CalendarDay,
): Promise<void> {
  const leastSet = [...world.amounts.values()].some(({ leastMinor }) => leastMinor > 0n)
  const asked = leastSet
    ? [...customers.keys()]
    : [...customers.values()].filter((each) => each.covered.size > 0).map((each) => each.id)
  if (asked.length === 0) return
  const today = dayOfInstant(ctx.now(), world.company.timeZone)
  const { rows } = await db.execute<
    ReceivableFactsRow & {
      kind: NoticeKind
      state: 'planned' | 'held'
      reason: string | null
      plan_on: string
      written_on: string
    }
  >(sql`
    select ${receivableFacts}, m.kind, m.state, m.reason, m.plan_on, m.written_on
    from notice_messages m
    join notice_items i on i.message_id = m.id and i.dropped_reason is null
    join receivables r on r.id = i.receivable_id
    left join notice_receivable_settings rs on rs.receivable_id = r.id
    where m.customer_id = any(${plainArray(asked)}::uuid[]) and ${mayBeJoinedOn(day)}`)
  const standing = new Map<string, StandingOccurrence[]>()
  for (const row of rows) {
    if (!isJoinedOn(day, { planOn: row.plan_on, writtenOn: row.written_on }, today)) continue
    const { kind, state, reason } = row
    const each = { kind, state, reason, receivable: factsOf(row) }
    const group = standing.get(row.customer_id)
    if (group) group.push(each)
    else standing.set(row.customer_id, [each])
  }
  for (const [id, each] of standing) {
    const customer = customers.get(id)
    if (customer) customer.standing = each
  }
}
