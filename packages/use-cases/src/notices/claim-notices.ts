import type { Querier, Transaction } from '@cartera/db/connect'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import type { NoticeReasonCode, NoticeState } from '@cartera/domain/notices/notice-states'
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { namedStatements } from '../named-statement.ts'
import { makeClaimToken } from './living-process.ts'
import { recordEvents } from './notice-events.ts'
import type { Sending } from './sending.ts'

/** A message that is ours until its lease ends. */
export interface Claim {
  id: string
  token: string
}

/** A sender with messages that are due, and what bounds it. Null: messages planned without a sender. */
export interface DueSender {
  senderId: string | null
  due: number
  /** Attempts in a row that did not reach its server: until one does, only one message at a time tries. */
  connectFailures: number
  dailyCap: number | null
}

export interface DueScope {
  /** Only these messages. */
  ids?: readonly string[]
  /** Only messages planned for this day or an earlier one. */
  upTo?: CalendarDay
}

const scoped = (scope: DueScope) => sql`
  m.state in ('planned', 'deferred') and (m.next_attempt_at is null or m.next_attempt_at <= statement_timestamp())
  ${scope.ids === undefined ? sql`` : sql`and m.id = any(${sql.param([...scope.ids])}::uuid[])`}
  ${scope.upTo === undefined ? sql`` : sql`and m.plan_on <= ${scope.upTo}`}`
const isSender = (senderId: string | null) =>
  senderId === null ? sql`m.sender_id is null` : sql`m.sender_id = ${senderId}::uuid`

/** The senders that have something due and whose server is not being left alone. */
export async function findDueSenders(db: Querier, scope: DueScope = {}): Promise<DueSender[]> {
  const { rows } = await db.execute<{
    sender_id: string | null
    due: number
    connect_failures: number | null
    daily_cap: number | null
  }>(sql`
    select d.sender_id, d.due, a.connect_failures, a.daily_cap
    from (select m.sender_id, count(*)::integer as due from notice_messages m where ${scoped(scope)} group by m.sender_id) d
    left join mail_accounts a on a.user_id = d.sender_id
    where a.unreachable_until is null or a.unreachable_until <= statement_timestamp()
    order by d.sender_id`)
  return rows.map((row) => ({
    senderId: row.sender_id,
    due: row.due,
    connectFailures: row.connect_failures ?? 0,
    dailyCap: row.daily_cap,
  }))
}

/** The sender of one due message, as `findDueSenders` gives it, but also while its server is being left alone: somebody asked for it. */
export async function findSenderOf(db: Querier, messageId: string): Promise<DueSender | null> {
  const { rows } = await db.execute<{ sender_id: string | null; daily_cap: number | null }>(sql`
    select m.sender_id, a.daily_cap from notice_messages m left join mail_accounts a on a.user_id = m.sender_id
    where ${scoped({})} and m.id = ${messageId}`)
  const [row] = rows
  return row ? { senderId: row.sender_id, due: 1, connectFailures: 0, dailyCap: row.daily_cap } : null
}

/**
 * Claims up to `limit` due messages of a sender: one token, a lease, an attempt each. What would exceed the account's cap of the day or a
 * mail domain's cap of the hour is deferred instead, without an attempt, until there is room; who counts holds a lock, so that any number
 * of workers together stay below.
 */
export async function claimNotices(
  ctx: AppContext,
  sending: Sending,
  sender: DueSender,
  limit: number,
  scope: DueScope = {},
): Promise<Claim[]> {
  const caps = await findCaps(ctx)
  if (sender.dailyCap === null && caps.domainHourly === null)
    return claimBatch(ctx, namedStatements(ctx), sending, sender, limit, scope)
  return ctx.db.transaction(async (tx) => {
    // A process that freezes here must not keep the others from claiming for long.
    await tx.execute(sql`select set_config('idle_in_transaction_session_timeout', '3s', true)`)
    if (caps.domainHourly !== null) await tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera notice domains'))`)
    let room = limit
    if (sender.senderId !== null && sender.dailyCap !== null) {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera notice account'), hashtext(${sender.senderId}))`)
      room = Math.min(limit, sender.dailyCap - (await countOfAccount(tx, caps, sender.senderId)))
      if (room <= 0) {
        await deferAll(tx, ctx, sender, scope, 'account-cap', caps.secondsToNextDay)
        return []
      }
    }
    let left: readonly string[] | null = null
    if (caps.domainHourly !== null) {
      left = await belowDomainCap(tx, ctx, sender, room, scope, caps.domainHourly)
      if (left.length === 0) return []
    }
    const within = left === null ? scope : { ...scope, ids: left }
    return claimBatch(ctx, tx, sending, sender, room, within)
  })
}

async function claimBatch(
  ctx: AppContext,
  db: Querier,
  sending: Sending,
  sender: DueSender,
  limit: number,
  scope: DueScope,
): Promise<Claim[]> {
  const token = makeClaimToken(ctx)
  const now = ctx.now().toISOString()
  const { rows } = await db.execute<{ id: string }>(sql`
    with due as (
      select m.id, m.state from notice_messages m
      where ${isSender(sender.senderId)} and ${scoped(scope)}
      order by m.next_attempt_at nulls first, m.id limit ${limit} for update skip locked
    ), claimed as (
      update notice_messages m
      set state = 'claimed', claim_token = ${token}, attempt = m.attempt + 1, version = m.version + 1,
        lease_until = statement_timestamp() + ${sending.leaseSeconds} * interval '1 second', updated_at = ${now}::timestamptz
      from due
      where m.id = due.id and exists (select 1 from installation_epoch e where e.epoch = ${sending.epoch})
      returning m.id, due.state as from_state
    ), numbered as (
      select id, from_state, row_number() over () as n from claimed
    ), written as (
      insert into notice_events (id, message_id, at, from_state, to_state)
      select (${sql.param(Array.from({ length: limit }, () => v7()))}::uuid[])[n], id, ${now}::timestamptz, from_state, 'claimed' from numbered
    )
    select id from claimed`)
  return rows.map(({ id }) => ({ id, token }))
}

interface Caps {
  domainHourly: number | null
  dayStart: string
  secondsToNextDay: number
}

async function findCaps(ctx: AppContext): Promise<Caps> {
  const now = ctx.now()
  // The database knows every zone's midnights, also those that do not exist.
  const { rows } = await namedStatements(ctx).execute<{ cap: number | null; start: string; seconds: number }>(
    sql`
      select c.notice_domain_hourly_cap as cap,
        to_char((l.day at time zone c.time_zone) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as start,
        extract(epoch from ((l.day + interval '1 day') at time zone c.time_zone) - ${now.toISOString()}::timestamptz)::integer as seconds
      from company c cross join lateral (select date_trunc('day', ${now.toISOString()}::timestamptz at time zone c.time_zone) as day) l`,
  )
  const [row] = rows
  return {
    domainHourly: row?.cap ?? null,
    dayStart: row?.start ?? now.toISOString(),
    secondsToNextDay: Math.max(1, row?.seconds ?? 86_400),
  }
}

/** What has left or may be leaving from the account today; one that is uncertain counts as sent. */
async function countOfAccount(tx: Transaction, caps: Caps, senderId: string): Promise<number> {
  const { rows } = await tx.execute<{ used: number }>(sql`
    select (select count(*) from notice_messages where sender_id = ${senderId} and sent_at >= ${caps.dayStart}::timestamptz)::integer
      + (select count(*) from notice_messages where sender_id = ${senderId} and sent_at is null
          and (state in ('claimed', 'dispatching') or state = 'uncertain' and updated_at >= ${caps.dayStart}::timestamptz))::integer as used`)
  return rows[0]?.used ?? 0
}

const domainOf = (address: ReturnType<typeof sql>) => sql`lower(substring(${address} from '@([^@]*)$'))`

/** The due messages, at most `limit`, that still fit below the hourly cap of each of their domains; the others are deferred. */
async function belowDomainCap(
  tx: Transaction,
  ctx: AppContext,
  sender: DueSender,
  limit: number,
  scope: DueScope,
  cap: number,
): Promise<string[]> {
  const now = ctx.now()
  const hourAgo = new Date(now.getTime() - 3_600_000).toISOString()
  const counted = await tx.execute<{ domain: string; used: number; seconds: number }>(sql`
    select ${domainOf(sql`r.address`)} as domain, count(distinct m.id)::integer as used,
      greatest(1, coalesce(3600 - extract(epoch from ${now.toISOString()}::timestamptz - min(m.sent_at)), 60))::integer as seconds
    from notice_messages m join notice_recipients r on r.message_id = m.id
    where m.sent_at > ${hourAgo}::timestamptz or m.state in ('claimed', 'dispatching')
      or m.state = 'uncertain' and m.updated_at > ${hourAgo}::timestamptz
    group by 1`)
  const used = new Map(counted.rows.map((row) => [row.domain, row]))
  // All that is due for a domain that is full steps aside at once, so that it does not stand in the way of the rest.
  for (const { domain, used: already, seconds } of counted.rows)
    if (already >= cap) await deferAll(tx, ctx, sender, scope, 'domain-cap', seconds, domain)
  const { rows } = await tx.execute<{ id: string; domains: string[] }>(sql`
    select m.id, coalesce((select array_agg(distinct ${domainOf(sql`r.address`)}) from notice_recipients r where r.message_id = m.id), '{}') as domains
    from notice_messages m where ${isSender(sender.senderId)} and ${scoped(scope)}
    order by m.next_attempt_at nulls first, m.id limit ${limit * 4} for update skip locked`)
  const fitting: string[] = []
  const taken = new Map<string, number>()
  for (const { id, domains } of rows) {
    if (fitting.length >= limit) break
    const fits = domains.every((domain) => (used.get(domain)?.used ?? 0) + (taken.get(domain) ?? 0) < cap)
    if (!fits) continue
    for (const domain of domains) taken.set(domain, (taken.get(domain) ?? 0) + 1)
    fitting.push(id)
  }
  return fitting
}

/** Puts off what is due of a sender, without an attempt; an event only where the reason is new. */
async function deferAll(
  tx: Transaction,
  ctx: AppContext,
  sender: DueSender,
  scope: DueScope,
  reason: NoticeReasonCode,
  seconds: number,
  domain?: string,
): Promise<void> {
  const { rows } = await tx.execute<{ id: string; from_state: NoticeState; from_reason: string | null }>(sql`
    with due as (
      select m.id, m.state, m.reason from notice_messages m
      where ${isSender(sender.senderId)} and ${scoped(scope)}
        ${domain === undefined ? sql`` : sql`and exists (select 1 from notice_recipients r where r.message_id = m.id and ${domainOf(sql`r.address`)} = ${domain})`}
      for update skip locked
    )
    update notice_messages m
    set state = 'deferred', reason = ${reason}, next_attempt_at = statement_timestamp() + ${seconds} * interval '1 second',
      version = m.version + 1, updated_at = ${ctx.now().toISOString()}::timestamptz
    from due where m.id = due.id returning m.id, due.state as from_state, due.reason as from_reason`)
  await recordEvents(
    tx,
    ctx,
    rows
      .filter((row) => row.from_reason !== reason)
      .map((row) => ({ messageId: row.id, fromState: row.from_state, toState: 'deferred', reason })),
  )
}

/**
 * Gives claims back untouched: nothing was tried, so no attempt is burnt. `retryInSeconds` leaves them alone for a while.
 */
export async function giveBack(
  ctx: AppContext,
  claims: readonly Claim[],
  reason: NoticeReasonCode = 'given-back',
  retryInSeconds = 0,
): Promise<void> {
  if (claims.length === 0) return
  await ctx.db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ id: string }>(sql`
      update notice_messages m
      set state = 'planned', reason = null, claim_token = null, lease_until = null, attempt = greatest(m.attempt - 1, 0),
        next_attempt_at = statement_timestamp() + ${retryInSeconds} * interval '1 second', version = m.version + 1,
        updated_at = ${ctx.now().toISOString()}::timestamptz
      from unnest(${sql.param(claims.map((each) => each.id))}::uuid[], ${sql.param(claims.map((each) => each.token))}::uuid[]) as c(id, token)
      where m.id = c.id and m.claim_token = c.token and m.state = 'claimed' returning m.id`)
    await recordEvents(
      tx,
      ctx,
      rows.map(({ id }) => ({ messageId: id, fromState: 'claimed', toState: 'planned', reason })),
    )
  })
}
