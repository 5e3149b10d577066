import {
  type BusinessCalendar,
  businessDayOnOrAfter,
  businessDayOnOrBefore,
  isBusinessDay,
  longestClosedRunDays,
} from '../business-calendar.ts'
import { addDays, type CalendarDay } from '../calendar-day.ts'
import { type Money, totalsByCurrency } from '../money.ts'
import type { EffectiveNoticeSettings, NoticeKind } from './notice-settings.ts'

export type { NoticeKind } from './notice-settings.ts'

/** A catalogue rule: so many calendar days before (`preventive`) or after (`overdue`) the due date. */
export interface NoticeRule {
  id: string
  code: string
  kind: NoticeKind
  /** Calendar days, 0 to 365. */
  days: number
}

/** Why an occurrence waits for a person or a fact. */
export type HeldReason = 'disputed' | 'no-recipient' | 'no-sender' | 'review'

/** Why an occurrence does not leave. */
export type SkippedReason =
  | 'customer-inactive'
  | 'notices-off'
  | 'reminder-off'
  | 'overdue-off'
  | 'not-issued'
  | 'paid'
  | 'too-old'
  | 'past-due'

export type NoticeReason = HeldReason | SkippedReason

export type PlannedState = 'planned' | 'held' | 'skipped'

/** `restricted` customers get notices; `inactive` and `suspended` ones get nothing (product.md section 8). */
export type CustomerStatus = 'active' | 'inactive' | 'restricted' | 'suspended'

export interface NoticeCustomer {
  status: CustomerStatus
  settings: EffectiveNoticeSettings
  /** Whether there is at least one usable address to write to. */
  hasRecipient: boolean
  /** Whether the collections agent, or without one the administrator, has a usable mail account. */
  hasSender: boolean
}

export interface NoticeReceivable {
  id: string
  externalId: string | null
  customerId: string
  issuedOn: CalendarDay
  dueOn: CalendarDay
  balanceMinor: bigint
  currency: string
  disputed: boolean
}

export interface PlannedOccurrence {
  receivable: NoticeReceivable
  ruleId: string
  ruleCode: string
  kind: NoticeKind
  maturesOn: CalendarDay
  occurrence: number
  state: PlannedState
  /** Null exactly when planned. */
  reason: NoticeReason | null
}

/** Calendar days after its maturity during which an occurrence may still leave, unless configured (product.md section 8). */
export const defaultCatchUpDays = 3

/**
 * The number of the occurrence: 1, until extensions or repeating rules make a second one. A corrected due date makes
 * none (reliability.md section 1).
 */
export const firstOccurrence = 1

/** The key under which a receivable is noticed once: rule, not its version, so that an edit never mails again. */
export function occurrenceKey(receivableId: string, ruleId: string, occurrence: number): string {
  return `${receivableId}:${ruleId}:${occurrence}`
}

/**
 * The day from which an occurrence may leave: due date minus or plus the rule's calendar days; where that is no business
 * day, a reminder matures on the business day before, an overdue notice on the business day after (product.md section 8).
 */
export function maturesOn(rule: Pick<NoticeRule, 'kind' | 'days'>, dueOn: CalendarDay, calendar: BusinessCalendar): CalendarDay {
  return rule.kind === 'preventive'
    ? businessDayOnOrBefore(addDays(dueOn, -rule.days), calendar)
    : businessDayOnOrAfter(addDays(dueOn, rule.days), calendar)
}

export interface MaturingDueDay {
  ruleId: string
  dueOn: CalendarDay
  maturesOn: CalendarDay
}

/**
 * Every due date that is in play on the business day `today`, per rule: those whose `maturesOn` lies from `today` minus
 * `catchUpDays` (whole calendar days, 0 or more) to `today`. Candidates can so be selected by due date, at a cost that
 * follows what matures and not the portfolio. Empty when today is no business day. Reminders for due dates before today
 * are left out: a reminder never leaves after the due date (product.md section 8).
 */
export function maturingDueDays(asked: {
  today: CalendarDay
  rules: readonly NoticeRule[]
  calendar: BusinessCalendar
  catchUpDays: number
}): MaturingDueDay[] {
  const { today, rules, calendar, catchUpDays } = asked
  if (!isBusinessDay(today, calendar)) return []
  const firstMaturity = addDays(today, -catchUpDays)
  const before = targetsBefore(today, firstMaturity, calendar)
  const after = targetsAfter(today, firstMaturity, calendar)
  const maturing: MaturingDueDay[] = []
  for (const rule of rules) {
    for (const { target, maturity } of rule.kind === 'preventive' ? before : after) {
      const dueOn = addDays(target, rule.kind === 'preventive' ? rule.days : -rule.days)
      if (rule.kind === 'preventive' && today > dueOn) continue
      maturing.push({ ruleId: rule.id, dueOn, maturesOn: maturity })
    }
  }
  return maturing
}

interface Target {
  /** Due date minus or plus the days of a rule, before it is moved to a business day. */
  target: CalendarDay
  maturity: CalendarDay
}

/** Targets that move back into the window: its own days, and the closed days that follow today. */
function targetsBefore(today: CalendarDay, firstMaturity: CalendarDay, calendar: BusinessCalendar): Target[] {
  const targets: Target[] = []
  const last = addDays(today, longestClosedRunDays)
  for (let target = firstMaturity; target <= last; target = addDays(target, 1)) {
    if (target > today && isBusinessDay(target, calendar)) break
    const maturity = businessDayOnOrBefore(target, calendar)
    if (maturity >= firstMaturity && maturity <= today) targets.push({ target, maturity })
  }
  return targets
}

/** Targets that move forward into the window: its own days, and the closed days before it. */
function targetsAfter(today: CalendarDay, firstMaturity: CalendarDay, calendar: BusinessCalendar): Target[] {
  const targets: Target[] = []
  const first = addDays(firstMaturity, -longestClosedRunDays)
  for (let target = today; target >= first; target = addDays(target, -1)) {
    if (target < firstMaturity && isBusinessDay(target, calendar)) break
    const maturity = businessDayOnOrAfter(target, calendar)
    if (maturity >= firstMaturity && maturity <= today) targets.push({ target, maturity })
  }
  return targets.reverse()
}

/**
 * What leaves on `today` and what does not, and why: every occurrence that matures in the window of `maturingDueDays`,
 * under a rule that the customer has chosen for its kind, unless its key is in `noticed`. The first reason that applies
 * is given, skipped before held: customer-inactive, notices-off, reminder-off or overdue-off, not-issued, paid; disputed,
 * no-recipient, no-sender, review (overdue notices when `reviewOverdue`). In the order of `receivables`, then `rules`.
 * The preview and the sending are this one function (product.md sections 8 and 14.1). Throws when a receivable that
 * matures has no customer in `customers`: losing it silently would be worse.
 */
export function planNotices(asked: {
  today: CalendarDay
  calendar: BusinessCalendar
  catchUpDays?: number
  rules: readonly NoticeRule[]
  customers: ReadonlyMap<string, NoticeCustomer>
  reviewOverdue: boolean
  receivables: Iterable<NoticeReceivable>
  noticed: ReadonlySet<string>
}): PlannedOccurrence[] {
  const { today, calendar, catchUpDays = defaultCatchUpDays, rules, customers, reviewOverdue, receivables, noticed } = asked
  const ruleById = new Map(rules.map((rule) => [rule.id, rule]))
  const byDueDay = new Map<CalendarDay, { rule: NoticeRule; maturesOn: CalendarDay }[]>()
  for (const { ruleId, dueOn, maturesOn } of maturingDueDays({ today, rules, calendar, catchUpDays })) {
    const rule = ruleById.get(ruleId)
    if (rule === undefined) continue
    const matches = byDueDay.get(dueOn)
    if (matches) matches.push({ rule, maturesOn })
    else byDueDay.set(dueOn, [{ rule, maturesOn }])
  }

  const occurrences: PlannedOccurrence[] = []
  if (byDueDay.size === 0) return occurrences
  for (const receivable of receivables) {
    const matches = byDueDay.get(receivable.dueOn)
    if (matches === undefined) continue
    const customer = customers.get(receivable.customerId)
    if (customer === undefined) throw new Error(`receivable ${receivable.id}: its customer is not in the plan`)
    for (const { rule, maturesOn } of matches) {
      if (!isRuleChosen(rule, customer.settings)) continue
      if (noticed.has(occurrenceKey(receivable.id, rule.id, firstOccurrence))) continue
      occurrences.push({
        receivable,
        ruleId: rule.id,
        ruleCode: rule.code,
        kind: rule.kind,
        maturesOn,
        occurrence: firstOccurrence,
        ...decisionOf({ today, rule, customer, receivable, reviewOverdue }),
      })
    }
  }
  return occurrences
}

function isRuleChosen(rule: NoticeRule, settings: EffectiveNoticeSettings): boolean {
  return (rule.kind === 'preventive' ? settings.reminderRuleIds : settings.overdueRuleIds).includes(rule.id)
}

interface Decision {
  state: PlannedState
  reason: NoticeReason | null
}

function decisionOf(asked: {
  today: CalendarDay
  rule: NoticeRule
  customer: NoticeCustomer
  receivable: NoticeReceivable
  reviewOverdue: boolean
}): Decision {
  const skipped = skippedReasonOf(asked)
  if (skipped !== null) return { state: 'skipped', reason: skipped }
  const held = heldReasonOf(asked)
  return held === null ? { state: 'planned', reason: null } : { state: 'held', reason: held }
}

function skippedReasonOf(asked: {
  today: CalendarDay
  rule: NoticeRule
  customer: NoticeCustomer
  receivable: NoticeReceivable
}): SkippedReason | null {
  const { today, rule, customer, receivable } = asked
  const { status, settings } = customer
  if (status === 'inactive' || status === 'suspended') return 'customer-inactive'
  if (!settings.active) return 'notices-off'
  if (rule.kind === 'preventive' && !settings.reminderOn) return 'reminder-off'
  if (rule.kind === 'overdue' && !settings.overdueOn) return 'overdue-off'
  if (receivable.issuedOn > today) return 'not-issued'
  return receivable.balanceMinor <= 0n ? 'paid' : null
}

function heldReasonOf(asked: {
  rule: NoticeRule
  customer: NoticeCustomer
  receivable: NoticeReceivable
  reviewOverdue: boolean
}): HeldReason | null {
  const { rule, customer, receivable, reviewOverdue } = asked
  if (receivable.disputed) return 'disputed'
  if (!customer.hasRecipient) return 'no-recipient'
  if (!customer.hasSender) return 'no-sender'
  return rule.kind === 'overdue' && reviewOverdue ? 'review' : null
}

/** Why one receivable under one rule does or does not leave on a day, for the plan screen (product.md section 14.1). */
export interface OccurrenceExplanation {
  /**
   * `planned`, `held`, `skipped` as in the plan. `waiting`: matures later (no reason), or today is no business day.
   * `noticed`: it has its notice. `not-chosen`: the customer's selection does not have the rule.
   */
  state: PlannedState | 'waiting' | 'noticed' | 'not-chosen'
  reason: NoticeReason | 'not-business-day' | null
  maturesOn: CalendarDay
  /** The next day on which it can leave: today when planned, a later one when waiting; else null. */
  leavesOn: CalendarDay | null
}

/**
 * The same decision as `planNotices` for one receivable and rule, also where the plan is silent: `noticed`, `not-chosen`,
 * `waiting`, skipped `past-due` (a reminder after the due date) and skipped `too-old` (matured before the catch-up
 * days). On a business day it says planned, held or skipped for another reason exactly when the plan does.
 */
export function explainOccurrence(asked: {
  today: CalendarDay
  calendar: BusinessCalendar
  catchUpDays?: number
  rule: NoticeRule
  customer: NoticeCustomer
  reviewOverdue: boolean
  receivable: NoticeReceivable
  noticed: ReadonlySet<string>
}): OccurrenceExplanation {
  const { today, calendar, catchUpDays = defaultCatchUpDays, rule, customer, receivable, noticed } = asked
  const maturity = maturesOn(rule, receivable.dueOn, calendar)
  const explained = (
    state: OccurrenceExplanation['state'],
    reason: OccurrenceExplanation['reason'] = null,
    leavesOn: CalendarDay | null = null,
  ): OccurrenceExplanation => ({ state, reason, maturesOn: maturity, leavesOn })

  if (!isRuleChosen(rule, customer.settings)) return explained('not-chosen')
  if (noticed.has(occurrenceKey(receivable.id, rule.id, firstOccurrence))) return explained('noticed')
  if (maturity > today) return explained('waiting', null, maturity)
  // On a closed day what counts is whether it can still leave on the next open one.
  const leavesOn = businessDayOnOrAfter(today, calendar)
  if (rule.kind === 'preventive' && leavesOn > receivable.dueOn) return explained('skipped', 'past-due')
  if (maturity < addDays(leavesOn, -catchUpDays)) return explained('skipped', 'too-old')
  if (!isBusinessDay(today, calendar)) {
    return explained('waiting', 'not-business-day', isBusinessDay(leavesOn, calendar) ? leavesOn : null)
  }
  const { state, reason } = decisionOf(asked)
  return explained(state, reason, state === 'planned' ? today : null)
}

/** One mail, or what would have been one: the occurrences of a customer, kind and day that share state and reason. */
export interface PlannedMessage {
  customerId: string
  kind: NoticeKind
  state: PlannedState
  reason: NoticeReason | null
  items: PlannedOccurrence[]
  /** Balances per currency; a receivable counts once, however many rules it matches. */
  totals: Money[]
}

/**
 * The occurrences of one day as messages (product.md section 8: one message per customer, kind and day). Items are
 * sorted by due date, external id (none first), id and rule code; messages by customer, kind (reminders first), state
 * (planned, held, skipped) and reason: the same occurrences in any order make the same messages. A receivable that
 * matches two rules of a kind stands in the items once per rule, since each has its own key, and in the totals once.
 */
export function groupMessages(occurrences: Iterable<PlannedOccurrence>): PlannedMessage[] {
  const groups = new Map<string, PlannedOccurrence[]>()
  for (const occurrence of occurrences) {
    const { kind, state, reason, receivable } = occurrence
    const key = `${kind} ${state} ${reason} ${receivable.customerId}`
    const group = groups.get(key)
    if (group) group.push(occurrence)
    else groups.set(key, [occurrence])
  }
  const messages: PlannedMessage[] = []
  for (const items of groups.values()) {
    const [first] = items
    if (first === undefined) continue
    const { kind, state, reason, receivable } = first
    messages.push({
      customerId: receivable.customerId,
      kind,
      state,
      reason,
      items: items.sort(compareItems),
      totals: totalsOfReceivables(items),
    })
  }
  return messages.sort(compareMessages)
}

function totalsOfReceivables(items: readonly PlannedOccurrence[]): Money[] {
  const receivables = new Map(items.map(({ receivable }) => [receivable.id, receivable]))
  return totalsByCurrency(
    [...receivables.values()].map(({ currency, balanceMinor }) => ({ currency, amountMinor: balanceMinor })),
  )
}

const kindOrder: Record<NoticeKind, number> = { preventive: 0, overdue: 1 }
const stateOrder: Record<PlannedState, number> = { planned: 0, held: 1, skipped: 2 }

/** By code units, so that no locale changes the order. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function compareItems(a: PlannedOccurrence, b: PlannedOccurrence): number {
  return (
    compareText(a.receivable.dueOn, b.receivable.dueOn) ||
    compareText(a.receivable.externalId ?? '', b.receivable.externalId ?? '') ||
    compareText(a.receivable.id, b.receivable.id) ||
    compareText(a.ruleCode, b.ruleCode) ||
    compareText(a.ruleId, b.ruleId)
  )
}

function compareMessages(a: PlannedMessage, b: PlannedMessage): number {
  return (
    compareText(a.customerId, b.customerId) ||
    kindOrder[a.kind] - kindOrder[b.kind] ||
    stateOrder[a.state] - stateOrder[b.state] ||
    compareText(a.reason ?? '', b.reason ?? '')
  )
}
