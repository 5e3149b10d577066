import type { Querier } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { businessDayOnOrAfter, businessDayOnOrBefore, isBusinessDay } from '@cartera/domain/business-calendar'
import { addDays, type CalendarDay, dayOfInstant, isCalendarDay } from '@cartera/domain/calendar-day'
import { formatAmount, type Money, totalsByCurrency } from '@cartera/domain/money'
import {
  type CarriedOccurrence,
  clockStoppingReasons,
  groupMessages,
  type MaturingDueDay,
  maturingDueDays,
  type NoticePolicy,
  type NoticeReceivable,
  namedDay,
  occurrenceKey,
  occurrenceNumber,
  type PlannedMessage,
  type PlannedOccurrence,
  partsOfOccurrence,
  planDays,
  planNotices,
  stopsClock,
} from '@cartera/domain/notices/notice-plan'
import type { NoticeKind } from '@cartera/domain/notices/notice-settings'
import type { NoticeReasonCode, NoticeReasonParams, NoticeState } from '@cartera/domain/notices/notice-states'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { decodeCursor, defaultPageSize, encodeCursor } from '../paging.ts'
import { plainArray } from './array-parameters.ts'
import {
  addContacts,
  type CustomerFacts,
  findCustomerFacts,
  loadNoticeWorld,
  type NoticeSender,
  type NoticeWorld,
  noticePolicyOf,
} from './notice-facts.ts'
import { factsOf, type ReceivableFactsRow, receivableFacts } from './notice-receivables.ts'
import { addStanding } from './standing-messages.ts'
import { visibleNotice } from './visible-notice.ts'

export interface DayPlan {
  day: CalendarDay
  world: NoticeWorld
  policy: NoticePolicy
  customers: Map<string, CustomerFacts>
  messages: PlannedMessage[]
}

/**
 * What leaves on a day and what does not, for all customers, beside what is already written; `within` narrows it to those whose notices
 * a viewer sees. The cost follows what matures: receivables are taken by the due dates that are in play.
 */
export async function planOfDay(
  db: Querier,
  ctx: AppContext,
  day: CalendarDay,
  asked: { within?: SQL | undefined; world?: NoticeWorld } = {},
): Promise<DayPlan> {
  const { within, world = await loadNoticeWorld(db) } = asked
  const policy = noticePolicyOf(world, ctx.now())
  const maturing = maturingOn(world, [day])
  const { receivables: candidates, noticed } = await findCandidates(db, dueDaysOf(maturing), day, within)
  const receivables = withoutNoticed(candidates, noticed, maturing)
  const facts = await findCustomerFacts(
    db,
    world,
    receivables.map((receivable) => receivable.customerId),
  )
  await addContacts(db, world, facts, { day })
  await addStanding(db, ctx, world, facts, day)
  const occurrences = planNotices({ ...questionOf(world, policy), today: day, customers: facts, receivables, noticed })
  return {
    day,
    world,
    policy,
    customers: facts,
    messages: groupMessages(occurrences, policy),
  }
}

/** What of the plan's question the company decides. */
export function questionOf(world: NoticeWorld, policy: NoticePolicy) {
  return {
    calendar: world.calendar,
    catchUpDays: world.company.catchUpDays,
    rules: world.rules.filter((rule) => !rule.retired),
    reviewOverdue: world.company.reviewOverdue,
    policy,
  }
}

function maturingOn(world: NoticeWorld, days: readonly CalendarDay[]): MaturingDueDay[] {
  const rules = world.rules.filter((rule) => !rule.retired)
  const { calendar } = world
  const { catchUpDays } = world.company
  return days.flatMap((today) => maturingDueDays({ today, rules, calendar, catchUpDays }))
}

const dueDaysOf = (maturing: readonly MaturingDueDay[]) => [...new Set(maturing.map((each) => each.dueOn))]

/** Those that may still get a notice: what a later run of the day finds done costs no more than to see that it is. */
function withoutNoticed(
  candidates: readonly NoticeReceivable[],
  noticed: ReadonlySet<string>,
  maturing: readonly MaturingDueDay[],
): NoticeReceivable[] {
  if (noticed.size === 0) return [...candidates]
  const byDueDay = new Map<CalendarDay, MaturingDueDay[]>()
  for (const each of maturing) {
    const group = byDueDay.get(each.dueOn)
    if (group) group.push(each)
    else byDueDay.set(each.dueOn, [each])
  }
  return candidates.filter(({ id, dueOn, extensions }) =>
    byDueDay
      .get(dueOn)
      ?.some(({ ruleId, repetition }) => !noticed.has(occurrenceKey(id, ruleId, occurrenceNumber(extensions, repetition)))),
  )
}

async function findCandidates(
  db: Querier,
  dueDays: readonly CalendarDay[],
  issuedBy: CalendarDay,
  within: SQL | undefined,
): Promise<{ receivables: NoticeReceivable[]; noticed: Set<string> }> {
  const noticed = new Set<string>()
  if (dueDays.length === 0) return { receivables: [], noticed }
  const narrowed = within === undefined ? sql`` : sql`and ${within}`
  const { rows } = await db.execute<ReceivableFactsRow & { noticed: string[] | null }>(sql`
    select ${receivableFacts},
      (select array_agg(i.rule_id || ':' || i.occurrence) from notice_items i where i.receivable_id = r.id) as noticed
    from receivables r
    join ${customers} on ${customers.id} = r.customer_id
    left join notice_receivable_settings rs on rs.receivable_id = r.id
    where r.due_on = any(${plainArray(dueDays)}::date[]) and r.balance_minor > 0 and r.issued_on <= ${issuedBy}
      and ${customers.deletedAt} is null ${narrowed}
    order by r.due_on, r.id`)
  const receivables = rows.map((row): NoticeReceivable => {
    for (const key of row.noticed ?? []) noticed.add(`${row.id}:${key}`)
    return factsOf(row)
  })
  return { receivables, noticed }
}

/**
 * What is written and has not left, and will by itself: scheduled, or waiting for a day or a fact. What a page of `day` does not show as held is taken
 * as told.
 */
async function findStanding(
  db: Querier,
  day: CalendarDay,
  within: SQL | undefined,
): Promise<{ receivables: NoticeReceivable[]; carried: CarriedOccurrence[] }> {
  const narrowed = within === undefined ? sql`` : sql`and ${within}`
  const { rows } = await db.execute<
    ReceivableFactsRow & {
      rule_id: string
      occurrence: number
      message_id: string
      apart: boolean
      released: boolean
      told: boolean
    }
  >(sql`
    select ${receivableFacts}, i.rule_id, i.occurrence, m.id as message_id, m.reviewed_at is not null as released,
      m.reviewed_at is not null or m.state = 'deferred' as apart, m.state = 'held' and m.plan_on <> ${day} as told
    from notice_messages m
    join notice_items i on i.message_id = m.id and i.dropped_reason is null
    join receivables r on r.id = i.receivable_id
    join ${customers} on ${customers.id} = r.customer_id
    left join notice_receivable_settings rs on rs.receivable_id = r.id
    where (m.state in ('planned', 'deferred') or m.state = 'held' and m.reason = any(${sql.param([...clockStoppingReasons])}::text[]))
      ${narrowed}
    order by i.id`)
  const receivables = rows.map((row) => factsOf(row))
  return {
    receivables,
    carried: rows.map((row, index) => ({
      receivable: receivables[index] ?? factsOf(row),
      ruleId: row.rule_id,
      occurrence: row.occurrence,
      told: row.told,
      ...(row.apart ? { apart: { messageId: row.message_id, released: row.released } } : {}),
    })),
  }
}

const moneyOnWire = (totals: readonly Money[]) =>
  totals.map(({ currency, amountMinor }) => ({ currency, amount: formatAmount(amountMinor, currency) }))

function requireSeeNotices(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'see-notices')
  if (refusal) throw new Refusal(refusal)
}

function planOnWire(plan: DayPlan) {
  const customerOf = (id: string) => plan.customers.get(id)
  return {
    day: plan.day,
    messages: plan.messages
      .map((message) => {
        const customer = customerOf(message.customerId)
        return {
          customer: { externalId: customer?.externalId ?? customer?.code ?? '', name: customer?.name ?? '' },
          kind: message.kind,
          state: message.state,
          reason: message.reason,
          totals: moneyOnWire(message.totals),
          items: message.items.map(({ receivable, ruleCode }) => ({
            externalId: receivable.externalId,
            rule: ruleCode,
            dueOn: receivable.dueOn,
            balance: formatAmount(receivable.balanceMinor, receivable.currency),
            currency: receivable.currency,
          })),
        }
      })
      .sort((a, b) => compareText(a.customer.externalId, b.customer.externalId)),
  }
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** The plan of a day as the command line prints it: everything, changing nothing. */
export async function previewPlan(ctx: AppContext, day: CalendarDay) {
  return planOnWire(await planOfDay(ctx.db, ctx, day))
}

/** The plan of a day for a viewer: customers out of their reach are left out. Refuses `not-allowed`. */
export async function findPlan(ctx: AppContext, viewer: Viewer, input: { on: CalendarDay }) {
  requireSeeNotices(viewer)
  return planOnWire(await planOfDay(ctx.db, ctx, input.on, { within: visibleNotice(viewer) }))
}

interface PlanPageInput {
  on: CalendarDay
  kind?: 'preventive' | 'overdue' | undefined
  state?: 'planned' | 'held' | 'skipped' | undefined
  reason?: string | undefined
  q?: string | undefined
  limit?: number | undefined
  cursor?: string | undefined
}

/** A message of a day's page: of the plan, or already written. */
interface DayMessage {
  customer: { id: string; code: string; externalId: string | null; name: string }
  kind: NoticeKind
  level: number
  state: PlannedMessage['state']
  reason: NoticeReasonCode | null
  params: NoticeReasonParams
  totals: Money[]
  sender: { user: { id: string; name: string }; address: string | null; fallback: boolean } | null
  notice: {
    id: string
    state: NoticeState
    reason: NoticeReasonCode | null
    sentAt: string | null
    nextAttemptAt: string | null
  } | null
  items: {
    receivableId: string
    externalId: string | null
    number: string
    rule: string
    kind: NoticeKind
    level: number
    occurrence: number
    params: NoticeReasonParams
    maturesOn: CalendarDay
    dueOn: CalendarDay
    balanceMinor: bigint
    currency: string
  }[]
}

/**
 * A day in pages, filtered, with ids to link to: what the plan says, and what is already written for the day, so that a day that is past
 * answers what became of it. Refuses `not-allowed`, `cursor-invalid`.
 */
export async function findPlanPage(ctx: AppContext, viewer: Viewer, input: PlanPageInput) {
  requireSeeNotices(viewer)
  const within = visibleNotice(viewer)
  const plan = await planOfDay(ctx.db, ctx, input.on, { within })
  const messages = [...messagesOfPlan(plan), ...(await findWritten(ctx, plan.world, input.on, within))]
  const wanted = input.q ? searchKey(input.q) : ''
  const keyOf = ({ customer, kind, state, reason, notice }: DayMessage) =>
    `${searchKey(customer.name).slice(0, 100)}\u0001${customer.id}\u0001${kind}\u0001${state}\u0001${reason ?? ''}\u0001${notice?.id ?? ''}`
  const after = input.cursor === undefined ? undefined : decodeCursor(input.cursor, 'plan', 1)[0]
  const matching = messages
    .filter((message) => {
      if (input.kind !== undefined && message.kind !== input.kind) return false
      if (input.state !== undefined && message.state !== input.state) return false
      if (input.reason !== undefined && message.reason !== input.reason) return false
      const { customer } = message
      return wanted === '' || searchKey(`${customer.name} ${customer.code} ${customer.externalId ?? ''}`).includes(wanted)
    })
    .map((message) => ({ message, key: keyOf(message) }))
    .filter(({ key }) => after === undefined || key > after)
    .sort((a, b) => compareText(a.key, b.key))
  const limit = input.limit ?? defaultPageSize
  const shown = matching.slice(0, limit)
  const last = shown.at(-1)
  const numbers = await findNumbers(
    ctx.db,
    shown.flatMap(({ message }) => (message.notice === null ? message.items.map((item) => item.receivableId) : [])),
  )
  return {
    day: plan.day,
    businessDay: isBusinessDay(plan.day, plan.world.calendar),
    previousBusinessDay: dayOrNull(businessDayOnOrBefore(addDays(plan.day, -1), plan.world.calendar)),
    nextBusinessDay: dayOrNull(businessDayOnOrAfter(addDays(plan.day, 1), plan.world.calendar)),
    breakdown: breakdownOf(messages),
    items: shown.map(({ message }) => ({
      ...message,
      totals: moneyOnWire(message.totals),
      items: message.items.map(({ balanceMinor, ...item }) => ({
        ...item,
        number: numbers.get(item.receivableId) ?? item.number,
        balance: formatAmount(balanceMinor, item.currency),
      })),
    })),
    nextCursor: matching.length > limit && last !== undefined ? encodeCursor('plan', [last.key]) : null,
  }
}

/** The numbers of the documents of receivables: what is shown is named, what is only decided over need not be. */
async function findNumbers(db: Querier, receivableIds: readonly string[]): Promise<Map<string, string>> {
  if (receivableIds.length === 0) return new Map()
  const { rows } = await db.execute<{ id: string; number: string }>(sql`
    select r.id, d.number from receivables r join documents d on d.id = r.document_id
    where r.id = any(${plainArray(new Set(receivableIds))}::uuid[])`)
  return new Map(rows.map(({ id, number }) => [id, number]))
}

const dayOrNull = (day: CalendarDay) => (isCalendarDay(day) ? day : null)

/** Who would send; nobody where their account cannot be used, which is the reason of the message then. */
function senderOnWire(sender: NoticeSender | undefined): DayMessage['sender'] {
  if (!sender?.usable || sender.user === null) return null
  return { user: sender.user, address: sender.address, fallback: sender.fallback }
}

function messagesOfPlan(plan: DayPlan): DayMessage[] {
  return plan.messages.map((message) => {
    const customer = plan.customers.get(message.customerId)
    return {
      customer: {
        id: message.customerId,
        code: customer?.code ?? '',
        externalId: customer?.externalId ?? null,
        name: customer?.name ?? '',
      },
      kind: message.kind,
      level: message.level,
      state: message.state,
      reason: message.reason,
      params: message.params,
      totals: message.totals,
      sender: senderOnWire(customer?.sender),
      notice: null,
      items: message.items.map(({ receivable, ruleCode, maturesOn, kind, level, occurrence, params, movedFrom }) => ({
        receivableId: receivable.id,
        externalId: receivable.externalId,
        number: '',
        rule: ruleCode,
        kind,
        level,
        occurrence,
        params: movedFrom === null ? params : { ...params, movedFrom },
        maturesOn,
        dueOn: receivable.dueOn,
        balanceMinor: receivable.balanceMinor,
        currency: receivable.currency,
      })),
    }
  })
}

/** What stands written for a day; of today also what was planned for an earlier day and has not left. */
async function findWritten(
  ctx: AppContext,
  world: NoticeWorld,
  day: CalendarDay,
  within: SQL | undefined,
): Promise<DayMessage[]> {
  const today = dayOfInstant(ctx.now(), world.company.timeZone)
  const { rows } = await ctx.db.execute<{
    id: string
    customer_id: string
    code: string
    external_id: string | null
    name: string
    kind: NoticeKind
    level: number
    state: NoticeState
    reason: NoticeReasonCode | null
    reason_params: NoticeReasonParams | null
    sender_id: string | null
    sender_name: string | null
    sender_address: string | null
    sender_is_fallback: boolean
    sent_at: string | null
    next_attempt_at: string | null
    items: {
      receivable: string
      external: string | null
      number: string
      rule: string
      occurrence: number
      due: string
      matures: string
      balance: string
      currency: string
    }[]
  }>(sql`
    select m.id, m.customer_id, customers.code, customers.external_id, customers.name, m.kind, m.level, m.state, m.reason, m.reason_params,
      m.sender_id, users.name as sender_name, m.sender_address, m.sender_is_fallback,
      to_char(m.sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as sent_at,
      case when m.state in ('planned', 'deferred') then to_char(m.next_attempt_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end as next_attempt_at,
      (select coalesce(json_agg(json_build_object('receivable', r.id, 'external', r.external_id, 'number', d.number, 'rule', i.rule_id,
          'occurrence', i.occurrence, 'due', i.due_on, 'matures', i.matures_on, 'balance', i.balance_minor::text, 'currency', i.currency)
          order by i.due_on, r.external_id, r.id), '[]')
        from notice_items i join receivables r on r.id = i.receivable_id join documents d on d.id = r.document_id
        where i.message_id = m.id and (i.dropped_reason is null or m.state = 'cancelled')) as items
    from notice_messages m
    join ${customers} on ${customers.id} = m.customer_id
    left join users on users.id = m.sender_id
    where (m.plan_on = ${day} ${day === today ? sql`or m.plan_on < ${day} and m.state in ('planned', 'deferred', 'claimed', 'dispatching')` : sql``})
      and coalesce(m.reason, '') not in ('merged', 'import-undone') ${within === undefined ? sql`` : sql`and ${within}`}`)
  const ruleOf = new Map(world.rules.map((rule) => [rule.id, rule]))
  return rows.map((row) => {
    const state = stateInPlan(row.state)
    const balances = new Map(row.items.map((item) => [item.receivable, item]))
    return {
      customer: { id: row.customer_id, code: row.code, externalId: row.external_id, name: row.name },
      kind: row.kind,
      level: row.level,
      state,
      reason: row.reason,
      params: row.reason_params ?? {},
      totals: totalsByCurrency(
        [...balances.values()].map(({ currency, balance }) => ({ currency, amountMinor: BigInt(balance) })),
      ),
      sender:
        row.sender_id === null
          ? null
          : {
              user: { id: row.sender_id, name: row.sender_name ?? '' },
              address: row.sender_address,
              fallback: row.sender_is_fallback,
            },
      notice: {
        id: row.id,
        state: row.state,
        reason: row.reason,
        sentAt: row.sent_at,
        nextAttemptAt: row.next_attempt_at,
      },
      items: row.items.map((item) => {
        const rule = ruleOf.get(item.rule)
        const named =
          rule === undefined ? item.matures : namedDay(rule, item.due, Math.max(1, partsOfOccurrence(item.occurrence).repetition))
        return {
          receivableId: item.receivable,
          externalId: item.external,
          number: item.number,
          rule: rule?.code ?? '',
          kind: rule?.kind ?? row.kind,
          level: rule?.level ?? row.level,
          occurrence: item.occurrence,
          params: named === item.matures ? {} : { movedFrom: named },
          maturesOn: item.matures,
          dueOn: item.due,
          balanceMinor: BigInt(item.balance),
          currency: item.currency,
        }
      }),
    }
  })
}

/** How a written message stands in the words of the plan: it leaves or left, waits for somebody, or does not leave. */
function stateInPlan(state: NoticeState): PlannedMessage['state'] {
  if (state === 'cancelled') return 'skipped'
  return state === 'held' || state === 'failed' || state === 'uncertain' ? 'held' : 'planned'
}

type Counted = Pick<PlannedMessage, 'kind' | 'state' | 'totals'> & { reason: NoticeReasonCode | null; items: readonly unknown[] }

function breakdownOf(messages: readonly Counted[]) {
  const groups = new Map<string, Counted[]>()
  for (const message of messages) {
    const key = `${message.kind} ${message.state} ${message.reason}`
    const group = groups.get(key)
    if (group) group.push(message)
    else groups.set(key, [message])
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    return [
      {
        kind: first.kind,
        state: first.state,
        reason: first.reason,
        messages: group.length,
        items: group.reduce((sum, message) => sum + message.items.length, 0),
        totals: moneyOnWire(totalsByCurrency(group.flatMap((message) => message.totals))),
      },
    ]
  })
}

/**
 * What leaves on each of the coming days, as balances stand now and were each day run: what is written and waits, and what matures. Of today also
 * what has left or waits for somebody, as its page says. Customers out of the viewer's reach are left out. Refuses `not-allowed`.
 */
export async function simulateNotices(ctx: AppContext, viewer: Viewer, input: { from: CalendarDay; days?: number | undefined }) {
  requireSeeNotices(viewer)
  const within = visibleNotice(viewer)
  const world = await loadNoticeWorld(ctx.db)
  const days = Array.from({ length: input.days ?? 14 }, (_, n) => addDays(input.from, n))
  const occurrences = await occurrencesOfDays(ctx, world, days, within)
  const today = dayOfInstant(ctx.now(), world.company.timeZone)
  const written = input.from === today ? await findWritten(ctx, world, today, within) : []
  const simulated = new Set(
    (occurrences.get(today) ?? []).map((each) => occurrenceKey(each.receivable.id, each.ruleCode, each.occurrence)),
  )
  const settled = written.filter(
    ({ notice, items }) =>
      !(notice !== null && isWaiting(notice.state)) ||
      !items.some((item) => simulated.has(occurrenceKey(item.receivableId, item.rule, item.occurrence))),
  )
  return {
    from: input.from,
    days: days.map((day) => {
      const messages: Counted[] = [
        ...groupMessages(occurrences.get(day) ?? [], { combined: world.company.noticeCombined }),
        ...(day === today ? settled : []),
      ]
      const leaving = messages.filter((message) => message.state === 'planned')
      return {
        day,
        businessDay: isBusinessDay(day, world.calendar),
        messages: leaving.length,
        items: leaving.reduce((sum, message) => sum + message.items.length, 0),
        totals: moneyOnWire(totalsByCurrency(leaving.flatMap((message) => message.totals))),
        breakdown: breakdownOf(messages),
      }
    }),
  }
}

/** States in which a message can still be decided over by a plan. */
const isWaiting = (state: NoticeState) => state === 'planned' || state === 'deferred' || state === 'held'

/** The occurrences of each of the days, each as if the days before it had been run; by the very function that plans one day. */
async function occurrencesOfDays(
  ctx: AppContext,
  world: NoticeWorld,
  days: readonly CalendarDay[],
  within: SQL | undefined,
): Promise<Map<CalendarDay, PlannedOccurrence[]>> {
  const [first] = days
  const last = days.at(-1)
  if (first === undefined || last === undefined) return new Map()
  const policy = noticePolicyOf(world, ctx.now())
  const today = dayOfInstant(ctx.now(), world.company.timeZone)
  const { receivables, noticed } = await findCandidates(ctx.db, dueDaysOf(maturingOn(world, days)), last, within)
  // What stands is as of today: a simulation of other days looks at the rules alone.
  const standing = first >= today ? await findStanding(ctx.db, first, within) : { receivables: [], carried: [] }
  const facts = await findCustomerFacts(
    ctx.db,
    world,
    [...receivables, ...standing.receivables].map((receivable) => receivable.customerId),
  )
  await addContacts(ctx.db, world, facts, { day: today })
  if (first === today) await addStanding(ctx.db, ctx, world, facts, today)
  // What is planned or waits for a day stands among the carried; counted beside them too, it would be in its own way.
  for (const customer of facts.values()) {
    customer.contacts = customer.contacts.filter((contact) => contact.pendingKind === undefined || contact.claimed === true)
    if (customer.standing !== undefined)
      customer.standing = customer.standing.filter(({ state, reason }) => state === 'held' && !stopsClock(reason))
  }
  return planDays({
    ...questionOf(world, policy),
    days,
    customers: facts,
    receivables,
    noticed,
    carried: standing.carried,
  })
}
