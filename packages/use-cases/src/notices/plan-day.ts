import type { Transaction } from '@cartera/db/connect'
import { noticeMessages } from '@cartera/db/schema/notices'
import { isBusinessDay } from '@cartera/domain/business-calendar'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import type { PlannedMessage } from '@cartera/domain/notices/notice-plan'
import type { NoticeReasonCode, NoticeState } from '@cartera/domain/notices/notice-states'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { companyToday } from '../company/company-settings.ts'
import { defineJob } from '../jobs/job.ts'
import { setUpNeeded } from '../set-up/set-up-installation.ts'
import { dispatchNoticeJob } from './dispatch-notice.ts'
import { recordEvents } from './notice-events.ts'
import { loadNoticeWorld } from './notice-facts.ts'
import { type DayPlan, planOfDay } from './plan-notices.ts'
import { applyRecheck, findMessageFacts, makeMessageId, stateOfVerdict } from './recheck-notice.ts'

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
    const changed = await reconsider(tx, ctx, options.asOf ?? null)
    const plan = await planOfDay(tx, day)
    const written = await writePlan(
      tx,
      ctx,
      plan,
      plan.messages.filter((message) => message.state !== 'skipped'),
    )
    return { written, changed }
  })
}

/** Appends to what stands for the same customer, kind, day, state and reason, and has not been claimed; else makes a message. */
async function writePlan(
  tx: Transaction,
  ctx: AppContext,
  plan: DayPlan,
  messages: readonly PlannedMessage[],
): Promise<PlannedDay['written']> {
  if (messages.length === 0) return []
  const now = ctx.now()
  const keyOf = (message: { customerId: string; kind: string; state: string; reason: string | null }) =>
    `${message.customerId} ${message.kind} ${message.state} ${message.reason}`
  const standing = await tx
    .select({
      id: noticeMessages.id,
      customerId: noticeMessages.customerId,
      kind: noticeMessages.kind,
      state: noticeMessages.state,
      reason: noticeMessages.reason,
    })
    .from(noticeMessages)
    .where(
      and(
        eq(noticeMessages.planOn, plan.day),
        inArray(noticeMessages.state, ['planned', 'held']),
        sql`${noticeMessages.customerId} = any(${sql.param([...new Set(messages.map((each) => each.customerId))])}::uuid[])`,
        sql`${noticeMessages.reviewedAt} is null`,
      ),
    )
    .orderBy(noticeMessages.id)
    .for('update', { skipLocked: true })
  const idOf = new Map(standing.map((message) => [keyOf(message), message.id]))

  const written: PlannedDay['written'] = []
  const rows = messages.map((message) => {
    const sender = plan.customers.get(message.customerId)?.sender
    const state = message.state === 'held' ? ('held' as const) : ('planned' as const)
    const known = idOf.get(keyOf(message))
    const id = known ?? v7()
    if (known === undefined) written.push({ id, state, reason: message.reason })
    return { id, isNew: known === undefined, message, state, sender }
  })
  const made = rows.filter((row) => row.isNew)
  // One statement for all rows of a table: columns as arrays.
  await tx.execute(sql`
    insert into notice_messages (id, customer_id, kind, plan_on, state, reason, message_id, sender_id, sender_address,
      sender_is_fallback, next_attempt_at, created_at, updated_at)
    select m.id, m.customer_id, m.kind, ${plan.day}::date, m.state, m.reason, m.message_id, m.sender_id, m.sender_address, m.fallback,
      statement_timestamp(), ${now.toISOString()}::timestamptz, ${now.toISOString()}::timestamptz
    from unnest(
      ${sql.param(made.map((row) => row.id))}::uuid[],
      ${sql.param(made.map((row) => row.message.customerId))}::uuid[],
      ${sql.param(made.map((row) => row.message.kind))}::text[],
      ${sql.param(made.map((row) => row.state))}::text[],
      ${sql.param(made.map((row) => row.message.reason))}::text[],
      ${sql.param(made.map((row) => makeMessageId(row.sender?.address ?? null)))}::text[],
      ${sql.param(made.map((row) => row.sender?.user?.id ?? null))}::uuid[],
      ${sql.param(made.map((row) => row.sender?.address ?? null))}::text[],
      ${sql.param(made.map((row) => row.sender?.fallback ?? false))}::boolean[]
    ) as m(id, customer_id, kind, state, reason, message_id, sender_id, sender_address, fallback)`)

  const versions = new Map(plan.world.rules.map((rule) => [rule.id, rule.version]))
  const items = rows.flatMap((row) => row.message.items.map((item) => ({ messageId: row.id, item })))
  await tx.execute(sql`
    insert into notice_items (id, message_id, receivable_id, rule_id, rule_version, occurrence, due_on, matures_on, balance_minor,
      currency, created_at)
    select i.id, i.message_id, i.receivable_id, i.rule_id, i.rule_version, i.occurrence, i.due_on, i.matures_on, i.balance_minor,
      i.currency, ${now.toISOString()}::timestamptz
    from unnest(
      ${sql.param(items.map(() => v7()))}::uuid[],
      ${sql.param(items.map(({ messageId }) => messageId))}::uuid[],
      ${sql.param(items.map(({ item }) => item.receivable.id))}::uuid[],
      ${sql.param(items.map(({ item }) => item.ruleId))}::uuid[],
      ${sql.param(items.map(({ item }) => versions.get(item.ruleId) ?? 1))}::integer[],
      ${sql.param(items.map(({ item }) => item.occurrence))}::integer[],
      ${sql.param(items.map(({ item }) => item.receivable.dueOn))}::date[],
      ${sql.param(items.map(({ item }) => item.maturesOn))}::date[],
      ${sql.param(items.map(({ item }) => item.receivable.balanceMinor.toString()))}::bigint[],
      ${sql.param(items.map(({ item }) => item.receivable.currency))}::text[]
    ) as i(id, message_id, receivable_id, rule_id, rule_version, occurrence, due_on, matures_on, balance_minor, currency)
    on conflict (receivable_id, rule_id, occurrence) do nothing`)

  const recipients = made.flatMap((row) =>
    (plan.customers.get(row.message.customerId)?.recipients ?? [])
      .filter((recipient) => recipient.usable)
      .map((recipient) => ({ messageId: row.id, recipient })),
  )
  await tx.execute(sql`
    insert into notice_recipients (id, message_id, address, name, contact_id)
    select r.id, r.message_id, r.address, r.name, r.contact_id
    from unnest(
      ${sql.param(recipients.map(() => v7()))}::uuid[],
      ${sql.param(recipients.map(({ messageId }) => messageId))}::uuid[],
      ${sql.param(recipients.map(({ recipient }) => recipient.address))}::text[],
      ${sql.param(recipients.map(({ recipient }) => recipient.name))}::text[],
      ${sql.param(recipients.map(({ recipient }) => recipient.contactId))}::uuid[]
    ) as r(id, message_id, address, name, contact_id)
    on conflict do nothing`)
  await recordEvents(
    tx,
    ctx,
    written.map(({ id, state, reason }) => ({ messageId: id, fromState: null, toState: state, reason })),
  )
  return written
}

/**
 * Messages that wait are looked at again: held ones whose reason is gone go on (or wait for review), those that are too old, paid or
 * switched off are cancelled, and so are planned ones of earlier days that nobody sent.
 */
async function reconsider(tx: Transaction, ctx: AppContext, day: CalendarDay | null): Promise<PlannedDay['changed']> {
  const waiting = await tx
    .select({ id: noticeMessages.id })
    .from(noticeMessages)
    .where(
      and(
        sql`(${noticeMessages.state} = 'held' and ${noticeMessages.reason} in ('disputed', 'no-recipient', 'no-sender', 'review')
          or ${noticeMessages.state} in ('planned', 'deferred') and ${noticeMessages.planOn} < ${day ?? (await companyToday(ctx))})`,
        day === null ? undefined : sql`${noticeMessages.planOn} <= ${day}`,
      ),
    )
    .orderBy(noticeMessages.id)
    .for('update', { skipLocked: true })
  if (waiting.length === 0) return []
  const world = await loadNoticeWorld(tx)
  const changed: PlannedDay['changed'] = []
  const facts = await findMessageFacts(
    tx,
    ctx,
    world,
    waiting.map((row) => row.id),
    day,
  )
  for (const each of facts) {
    const { message, check } = each
    // Nobody has looked at it yet: a review that comes late is decided by a person, not by the clock.
    if (message.reason === 'review' && check.verdict.kind === 'cancel' && check.verdict.reason === 'too-old') continue
    const next = stateOfVerdict(check)
    const stays = message.state === 'held' ? next.state === 'held' && next.reason === message.reason : next.state !== 'cancelled'
    if (stays && check.drops.length === 0 && (message.state !== 'held' || check.setAside.length === 0)) continue
    await applyRecheck(tx, ctx, each)
    if (stays) continue
    await tx
      .update(noticeMessages)
      .set({
        state: next.state,
        reason: next.reason,
        nextAttemptAt: sql`statement_timestamp()`,
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
    changed.push({ id: message.id, ...next })
  }
  return changed
}

/** Wakes at a plain interval and plans the company's today; a missed ring, a clock step or a skipped hour neither loses nor doubles anything. */
export const planDayJob = defineJob({
  name: 'plan-day',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    if (await setUpNeeded(ctx)) return
    const today = await companyToday(ctx)
    const { written, changed } = await planDay(ctx, today)
    const { calendar } = await loadNoticeWorld(ctx.db)
    if (!isBusinessDay(today, calendar)) return
    for (const { id, state } of [...written, ...changed])
      if (state === 'planned') await ctx.queue.add(dispatchNoticeJob, { id }, { key: id })
  },
})
