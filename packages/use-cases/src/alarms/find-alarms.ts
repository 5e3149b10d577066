import type { Querier } from '@cartera/db/connect'
import { noticeAlarms } from '@cartera/db/schema/finance'
import { users } from '@cartera/db/schema/organisation'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { localTimeOf, minutesOfTime } from '@cartera/domain/calendar-day'
import { openSince } from '@cartera/domain/notices/contact-policy'
import { type AlarmFacts, type AlarmFinding, type AlarmKind, alarmsOf } from '@cartera/domain/notices/notice-alarms'
import { and, inArray, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { readFinanceSettings } from '../finance/finance-settings.ts'
import { requireSeeNotices } from '../notices/list-notices.ts'
import { loadNoticeWorld } from '../notices/notice-facts.ts'

/** Messages that wait for a rule, not for a worker: a cap is no failure, and no more is an hour that is still to come. */
const waitsByRule = sql`(m.reason is not null and m.reason in ('account-cap', 'domain-cap', 'outside-hours', 'contact-limit', 'too-soon'))`

async function findFacts(db: Querier, ctx: AppContext, workerMinutes: number): Promise<AlarmFacts> {
  const { company, contact } = await loadNoticeWorld(db)
  const local = localTimeOf(ctx.now(), company.timeZone)
  const now = ctx.now().toISOString()
  // Where notices may leave at night, nobody is woken for it: the company's own hours count too.
  const openedAt = openSince(ctx.now(), contact)
  const sinceOpening =
    openedAt === null
      ? -1
      : Math.min((ctx.now().getTime() - openedAt.getTime()) / 60_000, local.minutes - (minutesOfTime(company.opensAt) ?? 0))
  // `greatest` ignores null, and "never" must not become "just now".
  const minutesSince = (instant: ReturnType<typeof sql>) =>
    sql`(case when ${instant} is not null then greatest(0, floor(extract(epoch from (${now}::timestamptz - ${instant})) / 60)) end)::integer`
  const { rows } = await db.execute<{
    wanted: boolean
    due: number
    due_minutes: number | null
    last_sent: number | null
    behind: number
    behind_since: string | null
    failed: number
    uncertain: number
    uncertain_minutes: number | null
    worker_minutes: number | null
    sending: number
    blocked: { reason: string; count: number }[] | null
    paused: { userId: string; held: number; customers: number }[] | null
  }>(sql`
    with waiting as (
      select m.id, m.plan_on,
        coalesce((select max(e.at) from notice_events e where e.message_id = m.id and e.to_state = 'planned'), m.created_at) as since
      from notice_messages m
      where m.state in ('planned', 'deferred', 'claimed') and m.plan_on <= ${local.day} and not ${waitsByRule}
        and not (m.state = 'planned' and coalesce(m.next_attempt_at > statement_timestamp(), false))
    ), uncertain as (
      select count(*)::integer as count, ${minutesSince(sql`min(updated_at)`)} as minutes from notice_messages where state = 'uncertain'
    )
    select
      (${company.noticeActive} or exists (select from notice_settings where active) or exists (select from notice_group_settings where active)) as wanted,
      (select count(*)::integer from waiting) as due,
      (select ${minutesSince(sql`min(since)`)} from waiting) as due_minutes,
      (select ${minutesSince(sql`max(sent_at)`)} from notice_messages where sent_at is not null) as last_sent,
      (select count(*)::integer from waiting where plan_on < ${local.day}) as behind,
      (select min(plan_on)::text from waiting where plan_on < ${local.day}) as behind_since,
      (select count(*)::integer from notice_messages where state = 'failed' and updated_at > ${now}::timestamptz - interval '1 day') as failed,
      (select count from uncertain) as uncertain, (select minutes from uncertain) as uncertain_minutes,
      (select ${minutesSince(sql`max(seen_at)`)} from notice_workers) as worker_minutes,
      (select count(*)::integer from notice_workers where state = 'sending'
        and seen_at > ${now}::timestamptz - ${workerMinutes} * interval '1 minute') as sending,
      (select json_agg(json_build_object('reason', b.reason, 'count', b.count)) from (
        select coalesce(reason, 'blocked') as reason, count(*)::integer as count from notice_workers
        where state = 'blocked' and seen_at > ${now}::timestamptz - ${workerMinutes} * interval '1 minute'
        group by 1 order by 1) b) as blocked,
      (select json_agg(json_build_object('userId', a.user_id, 'held', a.held, 'customers', a.customers)) from (
        select p.user_id,
          (select count(*)::integer from notice_messages m where m.state = 'held' and m.reason = 'no-sender' and m.sender_id = p.user_id) as held,
          (select count(*)::integer from customers c where c.deleted_at is null and c.collections_agent_id = p.user_id) as customers
        from mail_accounts p where p.state = 'paused' and p.paused_by is null order by p.user_id) a) as paused`)
  const [row] = rows
  if (!row) throw new Error('no facts')
  return {
    noticesWanted: row.wanted,
    workerSilentMinutes: row.worker_minutes,
    blockedWorkers: row.blocked ?? [],
    sendingWorkers: row.sending,
    due: { count: row.due, oldestMinutes: row.due_minutes ?? 0 },
    lastSentMinutes: row.last_sent,
    openForMinutes: sinceOpening < 0 ? null : Math.floor(sinceOpening),
    leftBehind: { count: row.behind, since: row.behind_since },
    pausedAccounts: row.paused ?? [],
    failedLately: row.failed,
    uncertain: { count: row.uncertain, oldestMinutes: row.uncertain_minutes ?? 0 },
  }
}

/** What is wrong with the sending now. Computed from the database alone, so that a dead worker is seen too. */
export async function findAlarms(db: Querier, ctx: AppContext): Promise<AlarmFinding[]> {
  const settings = await readFinanceSettings(db)
  return alarmsOf(await findFacts(db, ctx, settings.workerMinutes), settings)
}

/**
 * The alarms that ring now. Whoever does not see the whole company is told that something is wrong, not how much of it, and of a
 * paused account only where its user is within their reach. Refuses `not-allowed`.
 */
export async function listNoticeAlarms(ctx: AppContext, viewer: Viewer) {
  requireSeeNotices(viewer)
  const found = await findAlarms(ctx.db, ctx)
  const open = await ctx.db.select().from(noticeAlarms).where(isNull(noticeAlarms.closedAt))
  const accounts = found.filter((alarm) => alarm.kind === 'account-paused').map((alarm) => alarm.subject)
  const people = new Map(
    accounts.length === 0
      ? []
      : (
          await ctx.db
            .select({ id: users.id, name: users.name })
            .from(users)
            .where(and(inArray(users.id, accounts), visibleTo(accessScopeOf(viewer), users.id)))
        ).map((user) => [user.id, user] as const),
  )
  const whole = viewer.level === 1 && viewer.customerLevel === 1
  return {
    items: found
      .filter((alarm) => alarm.kind !== 'account-paused' || people.has(alarm.subject))
      .map((alarm) => {
        const since = open.find((row) => row.kind === alarm.kind && row.subject === alarm.subject)?.openedAt ?? ctx.now()
        const number = (name: string) => {
          const value = alarm.facts[name]
          return whole && typeof value === 'number' ? value : null
        }
        return {
          kind: alarm.kind satisfies AlarmKind,
          user: alarm.kind === 'account-paused' ? (people.get(alarm.subject) ?? null) : null,
          reason: alarm.kind === 'worker-blocked' ? alarm.subject : null,
          openedAt: since.toISOString(),
          minutes: number('minutes'),
          waiting: number('waiting'),
          held: number('held'),
          failed: number('failed'),
          uncertain: number('uncertain'),
          since: whole && typeof alarm.facts.since === 'string' ? alarm.facts.since : null,
        }
      }),
  }
}
