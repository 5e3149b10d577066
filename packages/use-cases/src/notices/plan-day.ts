import { randomBytes, randomInt } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Transaction } from '@cartera/db/connect'
import { noticeItems, noticeMessages } from '@cartera/db/schema/notices'
import { isBusinessDay } from '@cartera/domain/business-calendar'
import { type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import { limitsContacts } from '@cartera/domain/notices/contact-policy'
import { clockStoppingReasons, nextNoticeAt, type PlannedMessage } from '@cartera/domain/notices/notice-plan'
import type { NoticeKind } from '@cartera/domain/notices/notice-settings'
import type { NoticeReasonCode, NoticeState } from '@cartera/domain/notices/notice-states'
import { dayOfMessage } from '@cartera/domain/notices/recheck-message'
import { and, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { companyToday } from '../company/company-settings.ts'
import { defineJob } from '../jobs/job.ts'
import { notifyLiveMany } from '../live/notify-live.ts'
import { setUpNeeded } from '../set-up/set-up-installation.ts'
import { plainArray, textArray } from './array-parameters.ts'
import { dispatchNoticeJob } from './dispatch-notice.ts'
import { recordEvents } from './notice-events.ts'
import { type CustomerFacts, isUnwanted, loadNoticeWorld, type NoticeWorld } from './notice-facts.ts'
import { type DayPlan, planOfDay } from './plan-notices.ts'
import {
  applyRecheck,
  domainWithoutSender,
  findMessageFacts,
  type MessageFacts,
  secondsUntilOpen,
  stateOfVerdict,
} from './recheck-notice.ts'
import { isJoinedOn, mayBeJoinedOn } from './standing-messages.ts'

export interface PlannedDay {
  /** Messages that were written now, by state and reason. */
  written: { id: string; state: NoticeState; reason: NoticeReasonCode | null }[]
  /** Messages of earlier runs that changed: a reason that is gone, or that grew too old. */
  changed: { id: string; state: NoticeState; reason: NoticeReasonCode | null }[]
}

/**
 * Plans a day for real: what the preview shows as planned or held is written, once for each receivable and rule, however often and by
 * however many planners this runs. Messages of earlier runs that wait for a fact are looked at again: `asOf` the same day where a day
 * is run by hand, else each as of its own (see `dayOfMessage`). Nothing is sent here.
 */
export async function planDay(ctx: AppContext, day: CalendarDay, options: { asOf?: CalendarDay } = {}): Promise<PlannedDay> {
  return ctx.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera notice plan'))`)
    const world = await loadNoticeWorld(tx)
    const changed = await reconsider(tx, ctx, world, options.asOf ?? null)
    const plan = await planOfDay(tx, ctx, day, { world })
    const written = await writePlan(
      tx,
      ctx,
      plan,
      plan.messages.filter((message) => message.state !== 'skipped'),
    )
    return { written, changed }
  })
}

interface StandingRow extends Record<string, unknown> {
  id: string
  customer_id: string
  kind: NoticeKind
  level: number
  state: NoticeState
  reason: string | null
  plan_on: CalendarDay
  written_on: CalendarDay
}

/**
 * Appends to what stands for the same customer, kind, state and reason, is looked at as of this day, and has not been claimed; else makes
 * a message. What waits for a day so gathers in one message, however many days it matures on.
 */
async function writePlan(
  tx: Transaction,
  ctx: AppContext,
  plan: DayPlan,
  messages: readonly PlannedMessage[],
): Promise<PlannedDay['written']> {
  if (messages.length === 0) return []
  const now = ctx.now()
  const today = dayOfInstant(now, plan.world.company.timeZone)
  const { combined } = plan.policy
  const keyOf = (message: { customerId: string; kind: string; state: string; reason: string | null }) =>
    `${message.customerId} ${combined ? '' : message.kind} ${message.state} ${message.reason}`
  const { rows: standing } = await tx.execute<StandingRow>(sql`
    select m.id, m.customer_id, m.kind, m.level, m.state, m.reason, m.plan_on, m.written_on
    from notice_messages m
    where m.customer_id = any(${plainArray(new Set(messages.map((each) => each.customerId)))}::uuid[]) and ${mayBeJoinedOn(plan.day)}
    order by m.id desc for update skip locked`)
  const joinable = standing
    .map(({ customer_id, ...row }) => ({ ...row, customerId: customer_id }))
    .filter((row) => isJoinedOn(plan.day, { planOn: row.plan_on, writtenOn: row.written_on }, today))
  // The oldest wins.
  const standingOf = new Map(joinable.map((message) => [keyOf(message), message]))

  const written: PlannedDay['written'] = []
  const joined: { id: string; message: PlannedMessage }[] = []
  const ids = manyIds(messages.length)
  const rows = messages.map((message, index): PlanRow => {
    const state = message.state === 'held' ? ('held' as const) : ('planned' as const)
    const known = standingOf.get(keyOf(message))
    const id = known?.id ?? ids[index] ?? v7()
    if (known === undefined) written.push({ id, state, reason: message.reason })
    else if (known.level < message.level || known.kind !== message.kind) joined.push({ id, message })
    return { id, isNew: known === undefined, message, state, customer: plan.customers.get(message.customerId) }
  })
  for (const { id, message } of joined)
    await tx
      .update(noticeMessages)
      .set({
        level: sql`greatest(${noticeMessages.level}, ${message.level})`,
        ...(message.kind === 'overdue' ? { kind: 'overdue' as const } : {}),
      })
      .where(eq(noticeMessages.id, id))
  const opening = plan.day === today ? nextOpening(plan, now) : null
  // The next statement is made while the database is busy with the last.
  let writing: Promise<unknown> = Promise.resolve()
  for (let from = 0; from < rows.length; from += writtenAtOnce) {
    const statement = insertStatement(plan, rows.slice(from, from + writtenAtOnce), { now, today, opening })
    await writing
    writing = tx.execute(statement).then(() => undefined)
    writing.catch(() => undefined)
    await setImmediate()
  }
  await writing
  await notifyLiveMany(tx, { entity: 'notice', ids: rows.flatMap((row) => (row.isNew ? [row.id] : [])), action: 'change' })
  return written
}

/** Messages of one statement: its arrays stay small, and with them the memory of a day on which everything matures. */
const writtenAtOnce = 1000

interface PlanRow {
  id: string
  isNew: boolean
  message: PlannedMessage
  state: 'held' | 'planned'
  customer: CustomerFacts | undefined
}

/** The facts of why it is held, as JSON. */
function paramsOf({ state, message }: PlanRow): string | null {
  return state === 'held' && Object.keys(message.params).length > 0 ? JSON.stringify(message.params) : null
}

/** When the sending hours open next, if they are closed now: what is planned meanwhile leaves then and does not grow old until then. */
function nextOpening(plan: DayPlan, now: Date): { delayMs: number; on: CalendarDay } | null {
  const { contact } = plan.world
  const { at } = nextNoticeAt({ from: now, kind: 'overdue', combined: true, contacts: [], rules: contact })
  if (at === null || at.getTime() === now.getTime()) return null
  return { delayMs: at.getTime() - now.getTime(), on: dayOfInstant(at, contact.timeZone) }
}

/**
 * One statement for all tables, columns as arrays. Senders and rules stand in it once, and what belongs to a message names it by its
 * number: what travels is then little more than what is new.
 */
function insertStatement(
  plan: DayPlan,
  rows: readonly PlanRow[],
  when: { now: Date; today: CalendarDay; opening: { delayMs: number; on: CalendarDay } | null },
): SQL {
  const { now, today, opening } = when
  const freedOn = opening !== null && opening.on > plan.day ? opening.on : null
  const at = sql`${now.toISOString()}::timestamptz`
  const senders = new Numbered<CustomerFacts['sender']>((sender) => `${sender.user?.id} ${sender.address} ${sender.fallback}`)
  const noSender: CustomerFacts['sender'] = { usable: false, reason: null, fallback: false, user: null, address: null }
  const fresh = rows.filter((row) => row.isNew)
  const senderOf = fresh.map((row) => senders.numberOf(row.customer?.sender ?? noSender))
  const recipients = fresh.flatMap((row, index) =>
    (row.customer?.recipients ?? []).filter(({ usable }) => usable).map((recipient) => ({ n: index + 1, recipient })),
  )
  const rules = new Numbered<string>((id) => id)
  const versions = new Map(plan.world.rules.map((rule) => [rule.id, rule.version]))
  const items = rows.flatMap(({ message }, index) => message.items.map((item) => ({ n: index + 1, item })))
  const ruleOf = items.map(({ item }) => rules.numberOf(item.ruleId))
  const eventIds = manyIds(fresh.length)
  return sql`
    with fresh as (
      select * from unnest(
        ${plainArray(fresh.map((row) => row.id))}::uuid[],
        ${plainArray(eventIds)}::uuid[],
        ${plainArray(fresh.map((row) => row.message.customerId))}::uuid[],
        ${plainArray(fresh.map((row) => (row.message.kind === 'overdue' ? 'true' : 'false')))}::boolean[],
        ${plainArray(fresh.map((row) => row.message.level))}::smallint[],
        ${plainArray(fresh.map((row) => row.state))}::text[],
        ${plainArray(fresh.map((row) => row.message.reason))}::text[],
        ${textArray(fresh.map(paramsOf))}::text[],
        ${plainArray(senderOf)}::integer[]
      ) with ordinality as f(id, event_id, customer_id, overdue, level, state, reason, params, sender, n)
    ), senders as (
      select * from unnest(
        ${plainArray(senders.values.map((sender) => sender.user?.id ?? null))}::uuid[],
        ${textArray(senders.values.map((sender) => sender.address))}::text[],
        ${plainArray(senders.values.map((sender) => (sender.fallback ? 'true' : 'false')))}::boolean[]
      ) with ordinality as s(id, address, fallback, n)
    ), messages as (
      insert into notice_messages (id, customer_id, kind, level, plan_on, state, reason, reason_params, message_id, sender_id, sender_address,
        sender_is_fallback, next_attempt_at, freed_on, looked_on, written_on, created_at, updated_at)
      select f.id, f.customer_id, case when f.overdue then 'overdue' else 'preventive' end, f.level, ${plan.day}::date, f.state, f.reason,
        f.params::jsonb, '<' || gen_random_uuid() || '@' || coalesce(substring(s.address from '[^@]*$'), ${domainWithoutSender}) || '>',
        s.id, s.address, s.fallback, statement_timestamp() + ${opening?.delayMs ?? 0} * interval '1 millisecond',
        case when f.state = 'planned' then ${freedOn}::date end, ${plan.day}::date, ${today}::date, ${at}, ${at}
      from fresh f join senders s on s.n = f.sender order by f.n
    ), events as (
      insert into notice_events (id, message_id, at, to_state, reason)
      select event_id, id, ${at}, state, reason from fresh order by n
    ), recipients as (
      insert into notice_recipients (id, message_id, address, name, contact_id)
      select r.id, f.id, r.address, r.name, r.contact_id
      from unnest(
        ${plainArray(manyIds(recipients.length))}::uuid[],
        ${plainArray(recipients.map(({ n }) => n))}::integer[],
        ${textArray(recipients.map(({ recipient }) => recipient.address))}::text[],
        ${textArray(recipients.map(({ recipient }) => recipient.name))}::text[],
        ${plainArray(recipients.map(({ recipient }) => recipient.contactId))}::uuid[]
      ) as r(id, n, address, name, contact_id) join fresh f on f.n = r.n
    ), rules as (
      select * from unnest(
        ${plainArray(rules.values)}::uuid[],
        ${plainArray(rules.values.map((id) => versions.get(id) ?? 1))}::integer[]
      ) with ordinality as r(id, version, n)
    ), standing as (
      select * from unnest(${plainArray(rows.map((row) => row.id))}::uuid[]) with ordinality as m(id, n)
    )
    insert into notice_items (id, message_id, receivable_id, rule_id, rule_version, occurrence, due_on, matures_on, balance_minor,
      currency, created_at)
    select i.id, m.id, i.receivable_id, rules.id, rules.version, i.occurrence, i.due_on, i.matures_on, i.balance_minor, i.currency, ${at}
    from unnest(
      ${plainArray(manyIds(items.length))}::uuid[],
      ${plainArray(items.map(({ n }) => n))}::integer[],
      ${plainArray(items.map(({ item }) => item.receivable.id))}::uuid[],
      ${plainArray(ruleOf)}::integer[],
      ${plainArray(items.map(({ item }) => item.occurrence))}::integer[],
      ${plainArray(items.map(({ item }) => item.receivable.dueOn))}::date[],
      ${plainArray(items.map(({ item }) => item.maturesOn))}::date[],
      ${plainArray(items.map(({ item }) => item.receivable.balanceMinor))}::bigint[],
      ${textArray(items.map(({ item }) => item.receivable.currency))}::text[]
    ) as i(id, n, receivable_id, rule, occurrence, due_on, matures_on, balance_minor, currency)
      join standing m on m.n = i.n join rules on rules.n = i.rule
    order by i.n
    on conflict (receivable_id, rule_id, occurrence) do nothing`
}

/** Values that repeat, each numbered from 1 by when it came first. */
class Numbered<T> {
  readonly values: T[] = []
  readonly #numbers = new Map<string, number>()
  readonly #keyOf: (value: T) => string

  constructor(keyOf: (value: T) => string) {
    this.#keyOf = keyOf
  }

  numberOf(value: T): number {
    const key = this.#keyOf(value)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.values.push(value)
    this.#numbers.set(key, this.values.length)
    return this.values.length
  }
}

/**
 * Ids in ascending order from one draw of random bytes: one by one, drawing takes longer than planning. Their time is the machine's, as that
 * of every other id: a clock that a demonstration or a test has stopped would leave the order of two runs to chance.
 */
function manyIds(count: number): string[] {
  const random = randomBytes(16 * count)
  const msecs = Number.parseInt(v7().replaceAll('-', '').slice(0, 12), 16)
  const first = randomInt(2 ** 30)
  return Array.from({ length: count }, (_, n) => v7({ msecs, seq: first + n, random: random.subarray(16 * n, 16 * n + 16) }))
}

/** Reasons for which a message is held and may go on without anybody deciding over it. */
const reconsidered = ['disputed', 'no-recipient', 'no-sender', 'review', ...clockStoppingReasons]

/**
 * The messages to look at again: each waiting one once a day, and at every run those of which a fact has changed that they wait for, or
 * that makes them void. So a run costs by what has changed and not by what waits.
 */
async function findWaiting(tx: Transaction, ctx: AppContext, world: NoticeWorld, day: CalendarDay | null): Promise<string[]> {
  const { company } = world
  const now = ctx.now()
  const today = day ?? dayOfInstant(now, company.timeZone)
  const freshSince =
    company.noticeFreshnessHours === null ? null : new Date(now.getTime() - company.noticeFreshnessHours * 3_600_000)
  const held = sql`m.state = 'held' and m.reason = any(${sql.param(reconsidered)}::text[])`
  const unsent = sql`m.state in ('planned', 'deferred') and m.plan_on < ${today}`
  // A day that is run by hand looks at everything, as of that day.
  const which =
    day !== null
      ? sql`(${held} or ${unsent}) and m.plan_on <= ${day}`
      : sql`(${held} or ${unsent}) and m.looked_on is distinct from ${today} or ${held} and (
          exists (
            select 1 from notice_items i join receivables r on r.id = i.receivable_id
            left join balance_sources b on b.name = r.source_name
            where i.message_id = m.id and i.dropped_reason is null and (
              r.balance_minor = 0 or r.due_on <> i.due_on or r.extensions <> i.occurrence / 100
              or m.reason = 'disputed' and r.disputed_at is null
              or m.reason = 'promised' and coalesce(r.promised_until < ${today}, true)
              or m.reason = 'paused' and coalesce(greatest(r.notices_paused_until, c.notices_paused_until) < ${today}, true)
              or m.reason = 'stale-data' and coalesce(b.as_of >= ${freshSince?.toISOString() ?? null}::timestamptz, true)))
          or m.reason in ('too-soon', 'contact-limit')
            and (coalesce((m.reason_params ->> 'until')::date <= ${today}, true) or ${!limitsContacts(world.contact)})
          or m.reason = 'review' and (not ${company.reviewOverdue} or c.notices_paused_until >= ${today} or exists (
            select 1 from notice_items i join receivables r on r.id = i.receivable_id
            where i.message_id = m.id and i.dropped_reason is null
              and (r.disputed_at is not null or r.promised_until >= ${today} or r.notices_paused_until >= ${today})))
          or m.reason = 'no-sender' and exists (
            select 1 from users u join mail_accounts a on a.user_id = u.id
            where u.id = coalesce(c.collections_agent_id, ${company.administratorId}::uuid) and u.active and a.state = 'verified')
          or m.reason = 'no-recipient' and (
            exists (select 1 where c.email is not null and not ${isUnwanted(sql`c.email`, sql`c.id`)})
            or exists (select 1 from contacts k where k.customer_id = c.id and k.receives_notices and k.deleted_at is null
              and k.email is not null and not ${isUnwanted(sql`k.email`, sql`k.customer_id`)})))`
  const { rows } = await tx.execute<{ id: string }>(sql`
    select m.id from notice_messages m join customers c on c.id = m.customer_id
    where m.state in ('held', 'planned', 'deferred') and (${which})
    order by m.id for update of m skip locked`)
  return rows.map((row) => row.id)
}

/**
 * Messages that wait are looked at again: held ones whose reason is gone go on (or wait for another), those that are too old, paid or
 * switched off are cancelled, and so are planned ones of earlier days that nobody sent. What is free for one customer at once becomes one
 * message.
 */
async function reconsider(
  tx: Transaction,
  ctx: AppContext,
  world: NoticeWorld,
  day: CalendarDay | null,
): Promise<PlannedDay['changed']> {
  const waiting = await findWaiting(tx, ctx, world, day)
  const changed: PlannedDay['changed'] = []
  const freed: MessageFacts[] = []
  for (let from = 0; from < waiting.length; from += lookedAtOnce)
    for (const facts of await findMessageFacts(tx, ctx, world, waiting.slice(from, from + lookedAtOnce), day)) {
      const next = await lookAgain(tx, ctx, facts)
      if (next === null) continue
      changed.push({ id: facts.message.id, ...next })
      if (next.state === 'planned') freed.push(facts)
    }
  const merged = await mergeFreed(tx, ctx, world, freed)
  return changed.filter(({ id }) => !merged.has(id))
}

const lookedAtOnce = 1000

/**
 * What of a customer waits for review is looked at again now, so that whoever has just paused it does not find it there still. A message that
 * the planner has in hand is left to it.
 */
export async function lookAtReview(ctx: AppContext, customerId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ id: string }>(sql`
      select id from notice_messages where customer_id = ${customerId} and state = 'held' and reason = 'review'
      order by id for update skip locked`)
    if (rows.length === 0) return
    const messages = rows.map((row) => row.id)
    for (const facts of await findMessageFacts(tx, ctx, await loadNoticeWorld(tx), messages, null))
      if (facts.check.verdict.kind === 'hold') await lookAgain(tx, ctx, facts)
  })
}

/** Writes what a look has found; answers the state where it is another. */
async function lookAgain(
  tx: Transaction,
  ctx: AppContext,
  facts: MessageFacts,
): Promise<{ state: NoticeState; reason: NoticeReasonCode | null } | null> {
  const { message, check } = facts
  // Nobody has looked at it yet: a review that comes late is decided by a person, not by the clock.
  const lateReview = message.reason === 'review' && check.verdict.kind === 'cancel' && check.verdict.reason === 'too-old'
  const next = stateOfVerdict(check)
  const stays =
    message.state === 'held'
      ? next.state === 'held' && next.reason === message.reason
      : next.state !== 'cancelled' && next.state !== 'held'
  const nothing = stays && check.drops.length === 0 && check.setAside.length === 0 && check.freedOn === null
  if (lateReview || nothing) {
    await tx.update(noticeMessages).set({ lookedOn: facts.day }).where(eq(noticeMessages.id, message.id))
    return null
  }
  await applyRecheck(tx, ctx, facts)
  if (stays) return null
  const wait = check.verdict.kind === 'wait' ? secondsUntilOpen(check, ctx.now()) : 0
  await tx
    .update(noticeMessages)
    .set({
      state: next.state,
      reason: next.reason,
      nextAttemptAt: sql`statement_timestamp() + ${wait} * interval '1 second'`,
      version: message.version + 1,
      updatedAt: ctx.now(),
    })
    .where(eq(noticeMessages.id, message.id))
  await recordEvents(tx, ctx, [
    {
      messageId: message.id,
      fromState: message.state,
      toState: next.state,
      reason: next.state === 'planned' ? 'solved' : next.reason,
    },
  ])
  return next
}

/**
 * What waited apart and is free at once leaves as one message per customer and kind (or per customer, where the company combines): its
 * items move to the oldest that has not been claimed, and the others are cancelled as `merged`. What a person has released and what
 * nobody has looked at stay apart. Answers the ids of those that were cancelled.
 */
async function mergeFreed(
  tx: Transaction,
  ctx: AppContext,
  world: NoticeWorld,
  freed: readonly MessageFacts[],
): Promise<Set<string>> {
  const merged = new Set<string>()
  if (freed.length === 0) return merged
  const { noticeCombined: combined, timeZone } = world.company
  const today = dayOfInstant(ctx.now(), timeZone)
  const standing = await tx
    .select({
      id: noticeMessages.id,
      customerId: noticeMessages.customerId,
      kind: noticeMessages.kind,
      level: noticeMessages.level,
      planOn: noticeMessages.planOn,
      writtenOn: noticeMessages.writtenOn,
      reviewedAt: noticeMessages.reviewedAt,
    })
    .from(noticeMessages)
    .where(
      and(
        eq(noticeMessages.state, 'planned'),
        sql`${noticeMessages.customerId} = any(${sql.param([...new Set(freed.map((each) => each.message.customerId))])}::uuid[])`,
        // What may have been handed over once keeps its Message-ID and its items to itself.
        sql`not exists (select 1 from notice_events e where e.message_id = ${noticeMessages.id} and e.to_state = 'dispatching')`,
      ),
    )
    .orderBy(noticeMessages.id)
    .for('update', { skipLocked: true })
  const dayOfFreed = new Map(freed.map((each) => [each.message.id, each.day]))
  const groups = new Map<string, typeof standing>()
  for (const message of standing) {
    const asOf = dayOfFreed.get(message.id) ?? dayOfMessage(message, today)
    const key = `${message.customerId} ${combined ? '' : message.kind} ${asOf} ${message.reviewedAt === null}`
    const group = groups.get(key)
    if (group) group.push(message)
    else groups.set(key, [message])
  }
  for (const [target, ...others] of groups.values()) {
    if (target === undefined || others.length === 0) continue
    const ids = others.map((message) => message.id)
    const asOf = dayOfFreed.get(target.id) ?? dayOfMessage(target, today)
    await tx
      .update(noticeItems)
      .set({ messageId: target.id })
      .where(and(inArray(noticeItems.messageId, ids), isNull(noticeItems.droppedReason)))
    await tx
      .update(noticeMessages)
      .set({
        kind: [target, ...others].some((message) => message.kind === 'overdue') ? 'overdue' : 'preventive',
        level: Math.max(target.level, ...others.map((message) => message.level)),
        freedOn: asOf,
      })
      .where(eq(noticeMessages.id, target.id))
    await tx
      .update(noticeMessages)
      .set({
        state: 'cancelled',
        reason: 'merged',
        nextAttemptAt: null,
        version: sql`${noticeMessages.version} + 1`,
        updatedAt: ctx.now(),
      })
      .where(inArray(noticeMessages.id, ids))
    await recordEvents(
      tx,
      ctx,
      ids.map((id) => ({ messageId: id, fromState: 'planned', toState: 'cancelled', reason: 'merged', detail: target.id })),
    )
    for (const id of ids) merged.add(id)
  }
  return merged
}

/** Wakes at a plain interval and plans the company's today; a missed ring, a clock step or a skipped hour neither loses nor doubles anything. */
export const planDayJob = defineJob({
  name: 'plan-day',
  payload: z.strictObject({}),
  attempts: 1,
  async run(worker) {
    if (await setUpNeeded(worker)) return
    // One instant for the whole run: one that ends after midnight would plan one day and stamp it with the next.
    const began = worker.now()
    const ctx = { ...worker, now: () => began }
    const today = await companyToday(ctx)
    const { written, changed } = await planDay(ctx, today)
    const { calendar } = await loadNoticeWorld(ctx.db)
    if (!isBusinessDay(today, calendar)) return
    // One ring wakes the sending of all that is due.
    const first = [...written, ...changed].find(({ state }) => state === 'planned')
    if (first) await ctx.queue.add(dispatchNoticeJob, { id: first.id }, { key: first.id })
  },
})
