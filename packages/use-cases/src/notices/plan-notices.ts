import type { Querier } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { isBusinessDay } from '@cartera/domain/business-calendar'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import { formatAmount, type Money, totalsByCurrency } from '@cartera/domain/money'
import {
  groupMessages,
  maturingDueDays,
  type NoticeReceivable,
  occurrenceKey,
  type PlannedMessage,
  type PlannedOccurrence,
  planNotices,
} from '@cartera/domain/notices/notice-plan'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { decodeCursor, defaultPageSize, encodeCursor } from '../paging.ts'
import { type CustomerFacts, findCustomerFacts, loadNoticeWorld, type NoticeWorld } from './notice-facts.ts'
import { visibleNotice } from './visible-notice.ts'

export interface CandidateReceivable extends NoticeReceivable {
  number: string
}

export interface DayPlan {
  day: CalendarDay
  world: NoticeWorld
  customers: Map<string, CustomerFacts>
  messages: PlannedMessage[]
  numbers: Map<string, string>
}

/** What leaves on a day and what does not, for all customers; `within` narrows it to those whose notices a viewer sees. */
export async function planOfDay(db: Querier, day: CalendarDay, within?: SQL): Promise<DayPlan> {
  const world = await loadNoticeWorld(db)
  const { occurrences, facts, receivables } = await occurrencesOf(db, world, [day], within)
  return {
    day,
    world,
    customers: facts,
    messages: groupMessages(occurrences.get(day) ?? []),
    numbers: new Map(receivables.map((receivable) => [receivable.id, receivable.number])),
  }
}

/**
 * The occurrences of each of the days, each as if the days before it had been run. The cost follows what matures: receivables are
 * taken by the due dates that are in play.
 */
async function occurrencesOf(
  db: Querier,
  world: NoticeWorld,
  days: readonly CalendarDay[],
  within?: SQL,
): Promise<{
  occurrences: Map<CalendarDay, PlannedOccurrence[]>
  facts: Map<string, CustomerFacts>
  receivables: CandidateReceivable[]
}> {
  const rules = world.rules.filter((rule) => !rule.retired)
  const { calendar, company } = world
  const dueDays = new Set(
    days.flatMap((today) =>
      maturingDueDays({ today, rules, calendar, catchUpDays: company.catchUpDays }).map((each) => each.dueOn),
    ),
  )
  const occurrences = new Map<CalendarDay, PlannedOccurrence[]>()
  const lastDay = days.at(-1)
  if (dueDays.size === 0 || lastDay === undefined) return { occurrences, facts: new Map(), receivables: [] }

  const { receivables, noticed } = await findCandidates(db, [...dueDays], lastDay, within)
  const facts = await findCustomerFacts(
    db,
    world,
    receivables.map((receivable) => receivable.customerId),
  )
  for (const today of days) {
    const planned = planNotices({
      today,
      calendar,
      catchUpDays: company.catchUpDays,
      rules,
      customers: facts,
      reviewOverdue: company.reviewOverdue,
      receivables: receivables.filter((receivable) => receivable.issuedOn <= today),
      noticed,
    })
    for (const { receivable, ruleId, occurrence, state } of planned)
      if (state !== 'skipped') noticed.add(occurrenceKey(receivable.id, ruleId, occurrence))
    occurrences.set(today, planned)
  }
  return { occurrences, facts, receivables }
}

async function findCandidates(
  db: Querier,
  dueDays: readonly CalendarDay[],
  issuedBy: CalendarDay,
  within: SQL | undefined,
): Promise<{ receivables: CandidateReceivable[]; noticed: Set<string> }> {
  const narrowed = within === undefined ? sql`` : sql`and ${within}`
  const { rows } = await db.execute<{
    id: string
    external_id: string | null
    customer_id: string
    issued_on: string
    due_on: string
    balance_minor: string
    currency: string
    disputed: boolean
    number: string
    noticed: string[] | null
  }>(sql`
    select r.id, r.external_id, r.customer_id, r.issued_on, r.due_on, r.balance_minor, r.currency,
      r.disputed_at is not null as disputed, d.number,
      (select array_agg(i.rule_id || ':' || i.occurrence) from notice_items i where i.receivable_id = r.id) as noticed
    from receivables r
    join documents d on d.id = r.document_id
    join ${customers} on ${customers.id} = r.customer_id
    where r.due_on = any(${sql.param([...dueDays])}::date[]) and r.balance_minor > 0 and r.issued_on <= ${issuedBy}
      and ${customers.deletedAt} is null ${narrowed}
    order by r.due_on, r.id`)
  const noticed = new Set<string>()
  const receivables = rows.map((row): CandidateReceivable => {
    for (const key of row.noticed ?? []) noticed.add(`${row.id}:${key}`)
    return {
      id: row.id,
      externalId: row.external_id,
      customerId: row.customer_id,
      issuedOn: row.issued_on,
      dueOn: row.due_on,
      balanceMinor: BigInt(row.balance_minor),
      currency: row.currency,
      disputed: row.disputed,
      number: row.number,
    }
  })
  return { receivables, noticed }
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
  return planOnWire(await planOfDay(ctx.db, day))
}

/** The plan of a day for a viewer: customers out of their reach are left out. Refuses `not-allowed`. */
export async function findPlan(ctx: AppContext, viewer: Viewer, input: { on: CalendarDay }) {
  requireSeeNotices(viewer)
  return planOnWire(await planOfDay(ctx.db, input.on, visibleNotice(viewer)))
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

/** The same plan in pages, filtered, with ids to link to. Refuses `not-allowed`, `cursor-invalid`. */
export async function findPlanPage(ctx: AppContext, viewer: Viewer, input: PlanPageInput) {
  requireSeeNotices(viewer)
  const plan = await planOfDay(ctx.db, input.on, visibleNotice(viewer))
  const wanted = input.q ? searchKey(input.q) : ''
  const keyOf = (message: PlannedMessage) => {
    const customer = plan.customers.get(message.customerId)
    return `${searchKey(customer?.name ?? '').slice(0, 100)}\u0001${message.customerId}\u0001${message.kind}\u0001${message.state}\u0001${message.reason ?? ''}`
  }
  const after = input.cursor === undefined ? undefined : decodeCursor(input.cursor, 'plan', 1)[0]
  const matching = plan.messages
    .filter((message) => {
      if (input.kind !== undefined && message.kind !== input.kind) return false
      if (input.state !== undefined && message.state !== input.state) return false
      if (input.reason !== undefined && message.reason !== input.reason) return false
      if (wanted === '') return true
      const customer = plan.customers.get(message.customerId)
      return searchKey(`${customer?.name} ${customer?.code} ${customer?.externalId ?? ''}`).includes(wanted)
    })
    .map((message) => ({ message, key: keyOf(message) }))
    .filter(({ key }) => after === undefined || key > after)
    .sort((a, b) => compareText(a.key, b.key))
  const limit = input.limit ?? defaultPageSize
  const shown = matching.slice(0, limit)
  const last = shown.at(-1)
  return {
    day: plan.day,
    businessDay: isBusinessDay(plan.day, plan.world.calendar),
    breakdown: breakdownOf(plan.messages),
    items: shown.map(({ message }) => {
      const customer = plan.customers.get(message.customerId)
      return {
        customer: {
          id: message.customerId,
          code: customer?.code ?? '',
          externalId: customer?.externalId ?? null,
          name: customer?.name ?? '',
        },
        kind: message.kind,
        level: 1,
        state: message.state,
        reason: message.reason,
        params: {},
        totals: moneyOnWire(message.totals),
        notice: null,
        items: message.items.map(({ receivable, ruleCode, maturesOn, kind, occurrence }) => ({
          receivableId: receivable.id,
          externalId: receivable.externalId,
          number: plan.numbers.get(receivable.id) ?? '',
          rule: ruleCode,
          kind,
          level: 1,
          occurrence,
          params: {},
          maturesOn,
          dueOn: receivable.dueOn,
          balance: formatAmount(receivable.balanceMinor, receivable.currency),
          currency: receivable.currency,
        })),
      }
    }),
    nextCursor: matching.length > limit && last !== undefined ? encodeCursor('plan', [last.key]) : null,
  }
}

function breakdownOf(messages: readonly PlannedMessage[]) {
  const groups = new Map<string, PlannedMessage[]>()
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
 * What would leave on each of the coming days, as balances stand now and were each day run. Customers out of the viewer's reach are
 * left out. Refuses `not-allowed`.
 */
export async function simulateNotices(ctx: AppContext, viewer: Viewer, input: { from: CalendarDay; days?: number | undefined }) {
  requireSeeNotices(viewer)
  const world = await loadNoticeWorld(ctx.db)
  const days = Array.from({ length: input.days ?? 14 }, (_, n) => addDays(input.from, n))
  const { occurrences } = await occurrencesOf(ctx.db, world, days, visibleNotice(viewer))
  return {
    from: input.from,
    days: days.map((day) => {
      const messages = groupMessages(occurrences.get(day) ?? [])
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
