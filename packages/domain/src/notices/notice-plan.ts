import {
  type BusinessCalendar,
  businessDayOnOrAfter,
  businessDayOnOrBefore,
  isBusinessDay,
  longestClosedRunDays,
} from '../business-calendar.ts'
import { addDays, type CalendarDay, dayOfInstant } from '../calendar-day.ts'
import { type CustomerStatus, statusEffects } from '../customers/customer-status.ts'
import { formatAmount, type Money, totalsByCurrency } from '../money.ts'
import {
  type Allowed,
  type Contact,
  type ContactRules,
  limitsContacts,
  nextAllowedAt,
  startOfLocalDay,
} from './contact-policy.ts'
import {
  type EffectiveNoticeSettings,
  type NoticeKind,
  type NoticeSwitches,
  type OwnReceivableSwitches,
  receivableSwitches,
} from './notice-settings.ts'
import type { NoticeReasonParams } from './notice-states.ts'

export type { NoticeKind } from './notice-settings.ts'

/** A catalogue rule: so many calendar days before (`preventive`) or after (`overdue`) the due date. */
export interface NoticeRule {
  id: string
  code: string
  kind: NoticeKind
  /** Calendar days, 0 to 365. */
  days: number
  /** How firm its text is, 1 to 4; a message speaks in the highest level of its items. */
  level: number
  /** Overdue rules only: again every so many calendar days, so many more times. Null: once. */
  repeatEveryDays: number | null
  repeatTimes: number | null
}

/** Why an occurrence waits for a person or a fact. */
export type HeldReason = 'disputed' | WaitReason | 'no-recipient' | 'no-sender' | 'review'

/** Why an occurrence waits for a day or a fact that comes by itself: its catch-up days count from when it is free. */
export type WaitReason = 'paused' | 'promised' | 'stale-data' | 'too-soon' | 'contact-limit'

/** Reasons that stop the clock of the catch-up days: somebody or something decided that it leaves later, so it is not lost for being late. */
export const clockStoppingReasons = [
  'paused',
  'promised',
  'stale-data',
  'too-soon',
  'contact-limit',
] as const satisfies readonly WaitReason[]

export function stopsClock(reason: string | null): reason is WaitReason {
  return (clockStoppingReasons as readonly (string | null)[]).includes(reason)
}

/** Why an occurrence does not leave. */
export type SkippedReason =
  | 'customer-inactive'
  | 'notices-off'
  | 'reminder-off'
  | 'overdue-off'
  | 'not-issued'
  | 'paid'
  | 'within-tolerance'
  | 'below-least'
  | 'covered-by-credit'
  | 'too-old'
  | 'past-due'

export type NoticeReason = HeldReason | SkippedReason

export type PlannedState = 'planned' | 'held' | 'skipped'

/** `restricted` customers get notices; `inactive` and `suspended` ones get nothing (product.md section 8). */

/** A contact as the plan counts it. */
export interface PlannedContact extends Contact {
  /** The message that it is, or is about to be. */
  messageId?: string
  /** A worker has it in hand, before its gate. */
  claimed?: boolean
  /** A message that is still planned: what matures of the same kind joins it, so it stands in the way of the other kind alone. */
  pendingKind?: NoticeKind
}

export interface NoticeCustomer {
  status: CustomerStatus
  settings: EffectiveNoticeSettings
  /** Whether there is at least one usable address to write to. */
  hasRecipient: boolean
  /** Whether the collections agent, or without one the administrator, has a usable mail account. */
  hasSender: boolean
  /** The last day of a pause of all notices. */
  pausedUntil: CalendarDay | null
  /** Contacts of late, of any channel; empty where nothing limits contacts. */
  contacts: readonly PlannedContact[]
  /** How much of each receivable is covered by money that waits to be applied, in minor units by its id: the same money covers nothing twice. */
  covered?: Covered
  /** What is written and has not left: what comes later joins it. Asked for where a least amount is set or something is not applied. */
  standing?: readonly StandingOccurrence[]
}

/** Minor units by the id of a receivable. */
export type Covered = ReadonlyMap<string, bigint>

/** A receivable of a message that is written, as far as it decides whether what joins it is worth sending. */
export interface StandingOccurrence {
  kind: NoticeKind
  state: PlannedState
  reason: string | null
  receivable: NoticeReceivable
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
  /** Extensions granted so far: each starts a new series of occurrences. */
  extensions: number
  /** The last day, with grace, of a promise to pay. */
  promisedUntil: CalendarDay | null
  pausedUntil: CalendarDay | null
  /** Whose word the balance is; null: kept by hand, always fresh. */
  sourceName: string | null
  /** What the receivable has of its own; null: all is inherited. */
  own: OwnReceivableSwitches | null
}

/** A source of balances that has been silent for longer than the company allows. */
export interface SilentSource {
  hours: number
  limit: number
  /** As of when its balances are, ISO. */
  since: string
}

/** What the company has decided about notices beyond rules and texts. */
export interface NoticePolicy {
  /** One message per customer and day with reminders and overdue notices together (product.md section 14.4). */
  combined: boolean
  /** Per currency: balances up to the tolerance count as settled; a message below the least amount in all its currencies does not leave. */
  amounts: ReadonlyMap<string, { toleranceMinor: bigint; leastMinor: bigint }>
  /** By name of the source. */
  silentSources: ReadonlyMap<string, SilentSource>
  /** Null: nothing limits when and how often customers are written to, beyond the business days. */
  contact: ContactRules | null
}

/** A company that has decided nothing. */
export const noNoticePolicy: NoticePolicy = {
  combined: false,
  amounts: new Map(),
  silentSources: new Map(),
  contact: null,
}

export interface PlannedOccurrence {
  receivable: NoticeReceivable
  ruleId: string
  ruleCode: string
  kind: NoticeKind
  level: number
  maturesOn: CalendarDay
  /** The day that the rule names, where that was no business day and so `maturesOn` is another. */
  movedFrom: CalendarDay | null
  occurrence: number
  state: PlannedState
  /** Null exactly when planned. */
  reason: NoticeReason | null
  /** The facts of the reason. */
  params: NoticeReasonParams
  /** It had matured before and waited until now. */
  carried: boolean
  /** See `CarriedOccurrence`. */
  apart?: StandingApart | undefined
}

/** Calendar days after its maturity during which an occurrence may still leave, unless configured (product.md section 8). */
export const defaultCatchUpDays = 3

/** The number of the first occurrence: no extension, first repetition. */
export const firstOccurrence = 1

/** The most times that one rule notices one receivable within a series. */
export const mostRepetitions = 99
const occurrencesPerSeries = 100
/** No rule looks further than this from the due date, whatever it says: about a hundred years. */
const furthestDays = 36_500

/**
 * The number of an occurrence: extensions * 100 + repetition. A correction of the due date changes neither and so re-arms nothing; an
 * extension granted to the customer starts the next series (reliability.md section 1).
 */
export function occurrenceNumber(extensions: number, repetition: number): number {
  return extensions * occurrencesPerSeries + repetition
}

/** The series and the repetition of an occurrence's number. */
export function partsOfOccurrence(occurrence: number): { extensions: number; repetition: number } {
  return {
    extensions: Math.floor(occurrence / occurrencesPerSeries),
    repetition: occurrence % occurrencesPerSeries,
  }
}

/** How many times a rule notices one receivable within a series: 1 unless it repeats; never more than 99, whatever it says. */
export function repetitionsOf(rule: Pick<NoticeRule, 'kind' | 'repeatEveryDays' | 'repeatTimes'>): number {
  const { repeatEveryDays: every, repeatTimes: times } = rule
  if (rule.kind !== 'overdue' || every === null || times === null) return 1
  if (!Number.isSafeInteger(every) || every < 1 || !(times >= 1)) return 1
  return Math.min(Math.floor(times) + 1, mostRepetitions)
}

/** The key under which a receivable is noticed once: rule, not its version, so that an edit never mails again. */
export function occurrenceKey(receivableId: string, ruleId: string, occurrence: number): string {
  return `${receivableId}:${ruleId}:${occurrence}`
}

type RuleDays = Pick<NoticeRule, 'kind' | 'days'> & Partial<Pick<NoticeRule, 'repeatEveryDays'>>

/** Calendar days from the due date to the day that the rule names for a repetition; negative before it. */
function offsetOf(rule: RuleDays, repetition: number): number {
  const offset = rule.days + (repetition - 1) * (rule.repeatEveryDays ?? 0)
  return rule.kind === 'preventive' ? -rule.days : offset
}

/** The day that the rule names, before it is moved to a business day. */
export function namedDay(rule: RuleDays, dueOn: CalendarDay, repetition = 1): CalendarDay {
  return addDays(dueOn, offsetOf(rule, repetition))
}

/**
 * The day from which an occurrence may leave: due date minus or plus the rule's calendar days, and the days of its repetitions; where
 * that is no business day, a reminder matures on the business day before, an overdue notice on the business day after (product.md
 * section 8).
 */
export function maturesOn(rule: RuleDays, dueOn: CalendarDay, calendar: BusinessCalendar, repetition = 1): CalendarDay {
  const day = namedDay(rule, dueOn, repetition)
  return rule.kind === 'preventive' ? businessDayOnOrBefore(day, calendar) : businessDayOnOrAfter(day, calendar)
}

export interface MaturingDueDay {
  ruleId: string
  repetition: number
  dueOn: CalendarDay
  maturesOn: CalendarDay
  /** The day that the rule names; another than `maturesOn` where that was no business day. */
  namedOn: CalendarDay
}

/**
 * Every due date that is in play on the business day `today`, per rule and repetition: those whose `maturesOn` lies from `today` minus
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
    const repetitions = repetitionsOf(rule)
    for (let repetition = 1; repetition <= repetitions; repetition += 1) {
      const offset = offsetOf(rule, repetition)
      if (!(Math.abs(offset) <= furthestDays)) break
      for (const { target, maturity } of rule.kind === 'preventive' ? before : after) {
        const dueOn = addDays(target, -offset)
        if (rule.kind === 'preventive' && today > dueOn) continue
        maturing.push({ ruleId: rule.id, repetition, dueOn, maturesOn: maturity, namedOn: target })
      }
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

/** An occurrence that matured before and waited for a day or a fact: it is in play however long ago it matured. */
export interface CarriedOccurrence {
  receivable: NoticeReceivable
  ruleId: string
  occurrence: number
  /** It stands in a message that nothing joins: one that a person has released, or that was deferred. */
  apart?: StandingApart
  /** That it waits was told on an earlier day. */
  told?: boolean
}

export interface StandingApart {
  messageId: string
  released: boolean
}

export interface PlanQuestion {
  today: CalendarDay
  calendar: BusinessCalendar
  catchUpDays?: number
  rules: readonly NoticeRule[]
  customers: ReadonlyMap<string, NoticeCustomer>
  reviewOverdue: boolean
  policy?: NoticePolicy
  receivables: Iterable<NoticeReceivable>
  noticed: ReadonlySet<string>
  carried?: readonly CarriedOccurrence[]
}

/**
 * What leaves on `today` and what does not, and why: every occurrence that matures in the window of `maturingDueDays`, under a rule that
 * holds for its receivable, unless its key is in `noticed`; and those that are `carried`. First each occurrence for itself, the first
 * reason that applies: customer-inactive, notices-off, reminder-off or overdue-off, not-issued, paid, within-tolerance (skipped);
 * disputed, paused, promised, stale-data (held). Then what is left of a customer as the message that it would be (overdue notices before
 * reminders, or both in one where the company combines them): below-least (skipped); no-recipient, no-sender, review, too-soon,
 * contact-limit (held). In the order of `receivables`, then `rules`; carried ones last. The preview and the sending are this one function
 * (product.md sections 8 and 14.1). Throws when a receivable that matures has no customer in `customers`: losing it silently would be worse.
 */
export function planNotices(asked: PlanQuestion): PlannedOccurrence[] {
  const { today, calendar, catchUpDays = defaultCatchUpDays, rules, customers, receivables, noticed, carried = [] } = asked
  const policy = asked.policy ?? noNoticePolicy
  const ruleById = new Map(rules.map((rule) => [rule.id, rule]))
  const byDueDay = new Map<CalendarDay, { rule: NoticeRule; maturing: MaturingDueDay }[]>()
  for (const maturing of maturingDueDays({ today, rules, calendar, catchUpDays })) {
    const rule = ruleById.get(maturing.ruleId)
    if (rule === undefined) continue
    const matches = byDueDay.get(maturing.dueOn)
    if (matches) matches.push({ rule, maturing })
    else byDueDay.set(maturing.dueOn, [{ rule, maturing }])
  }

  const occurrences: PlannedOccurrence[] = []
  if (!isBusinessDay(today, calendar)) return occurrences
  const customerOf = (receivable: NoticeReceivable): NoticeCustomer => {
    const customer = customers.get(receivable.customerId)
    if (customer === undefined) throw new Error(`receivable ${receivable.id}: its customer is not in the plan`)
    return customer
  }
  if (byDueDay.size > 0)
    for (const receivable of receivables) {
      const matches = byDueDay.get(receivable.dueOn)
      if (matches === undefined) continue
      const customer = customerOf(receivable)
      const switches = switchesOf(customer, receivable)
      for (const { rule, maturing } of matches) {
        if (!isRuleChosen(rule, switches)) continue
        const occurrence = occurrenceNumber(receivable.extensions, maturing.repetition)
        if (noticed.has(occurrenceKey(receivable.id, rule.id, occurrence))) continue
        const { maturesOn: matures, namedOn } = maturing
        occurrences.push(
          occurrenceOf(
            { receivable, rule, matures, namedOn, occurrence, carried: false },
            itemDecision({ today, rule, customer, switches, receivable, policy }),
          ),
        )
      }
    }
  for (const { receivable, ruleId, occurrence, apart } of carried) {
    const rule = ruleById.get(ruleId)
    const { extensions, repetition } = partsOfOccurrence(occurrence)
    if (rule === undefined || extensions !== receivable.extensions || repetition > repetitionsOf(rule)) continue
    const customer = customerOf(receivable)
    const switches = switchesOf(customer, receivable)
    if (!isRuleChosen(rule, switches)) continue
    const namedOn = namedDay(rule, receivable.dueOn, repetition)
    const matures = maturesOn(rule, receivable.dueOn, calendar, repetition)
    const decision: Decision =
      rule.kind === 'preventive' && today > receivable.dueOn
        ? { state: 'skipped', reason: 'past-due', params: {} }
        : itemDecision({ today, rule, customer, switches, receivable, policy })
    const found = occurrenceOf({ receivable, rule, matures, namedOn, occurrence, carried: true }, decision)
    occurrences.push(apart === undefined ? found : { ...found, apart })
  }
  decideMessages(occurrences, asked, policy)
  return occurrences
}

function occurrenceOf(
  of: {
    receivable: NoticeReceivable
    rule: NoticeRule
    matures: CalendarDay
    namedOn: CalendarDay
    occurrence: number
    carried: boolean
  },
  decision: Decision,
): PlannedOccurrence {
  const { receivable, rule, matures, namedOn, occurrence, carried } = of
  return {
    receivable,
    ruleId: rule.id,
    ruleCode: rule.code,
    kind: rule.kind,
    level: rule.level,
    maturesOn: matures,
    movedFrom: namedOn === matures ? null : namedOn,
    occurrence,
    state: decision.state,
    reason: decision.reason,
    params: decision.params,
    carried,
  }
}

/** The switches that hold for a receivable: its own, else its customer's, else the group's, else the company's. */
export function switchesOf(customer: NoticeCustomer, receivable: Pick<NoticeReceivable, 'own'>): NoticeSwitches {
  return receivable.own === null ? customer.settings : receivableSwitches(customer.settings, receivable.own)
}

export function isRuleChosen(rule: Pick<NoticeRule, 'id' | 'kind'>, switches: NoticeSwitches): boolean {
  return (rule.kind === 'preventive' ? switches.reminderRuleIds : switches.overdueRuleIds).includes(rule.id)
}

interface Decision {
  state: PlannedState
  reason: NoticeReason | null
  params: NoticeReasonParams
}

const noParams: NoticeReasonParams = {}
const planned: Decision = { state: 'planned', reason: null, params: noParams }

/** What is decided over an occurrence by itself, before the message that it would stand in. */
function itemDecision(asked: {
  today: CalendarDay
  rule: Pick<NoticeRule, 'kind'>
  customer: NoticeCustomer
  switches: NoticeSwitches
  receivable: NoticeReceivable
  policy: NoticePolicy
}): Decision {
  const { today, rule, customer, switches, receivable, policy } = asked
  const off = switchedOffReason(customer, switches, rule.kind)
  if (off !== null) return { state: 'skipped', reason: off, params: noParams }
  if (receivable.issuedOn > today) return { state: 'skipped', reason: 'not-issued', params: noParams }
  const settled = settledReason(receivable, policy)
  if (settled !== null) return { state: 'skipped', ...settled }
  const wait = itemWait({ today, customer, receivable, policy })
  return wait === null ? planned : { state: 'held', ...wait }
}

/** Why nothing of a kind goes out to a customer for a receivable, by its status and the switches; null where something may. */
export function switchedOffReason(
  customer: Pick<NoticeCustomer, 'status'>,
  switches: NoticeSwitches,
  kind: NoticeKind,
): 'customer-inactive' | 'notices-off' | 'reminder-off' | 'overdue-off' | null {
  if (!statusEffects[customer.status].notices) return 'customer-inactive'
  if (!switches.active) return 'notices-off'
  if (kind === 'preventive') return switches.reminderOn ? null : 'reminder-off'
  return switches.overdueOn ? null : 'overdue-off'
}

/** Paid, or so little is left that it counts as paid for notices; null where there is something to ask for. */
export function settledReason(
  receivable: Pick<NoticeReceivable, 'balanceMinor' | 'currency'>,
  policy: NoticePolicy,
): { reason: 'paid' | 'within-tolerance'; params: NoticeReasonParams } | null {
  if (receivable.balanceMinor <= 0n) return { reason: 'paid', params: noParams }
  const toleranceMinor = policy.amounts.get(receivable.currency)?.toleranceMinor ?? 0n
  if (receivable.balanceMinor > toleranceMinor) return null
  const { currency } = receivable
  return { reason: 'within-tolerance', params: { amount: formatAmount(toleranceMinor, currency), currency } }
}

export type ItemWaitReason = 'disputed' | 'paused' | 'promised' | 'stale-data'

/** Why a receivable waits by itself, whatever else is in its message; null where nothing holds it back. */
export function itemWait(asked: {
  today: CalendarDay
  customer: Pick<NoticeCustomer, 'pausedUntil'>
  receivable: NoticeReceivable
  policy: NoticePolicy
}): { reason: ItemWaitReason; params: NoticeReasonParams } | null {
  const { today, customer, receivable, policy } = asked
  if (receivable.disputed) return { reason: 'disputed', params: noParams }
  const pausedUntil = laterDay(customer.pausedUntil, receivable.pausedUntil)
  if (pausedUntil !== null && pausedUntil >= today) return { reason: 'paused', params: { until: pausedUntil } }
  if (receivable.promisedUntil !== null && receivable.promisedUntil >= today)
    return { reason: 'promised', params: { until: receivable.promisedUntil } }
  if (receivable.sourceName !== null) {
    const silent = policy.silentSources.get(receivable.sourceName)
    if (silent !== undefined) return { reason: 'stale-data', params: { ...silent, source: receivable.sourceName } }
  }
  return null
}

const laterDay = (a: CalendarDay | null, b: CalendarDay | null): CalendarDay | null =>
  a === null || (b !== null && b > a) ? b : a

/**
 * Why a message of these items is not worth sending, or null. What counts is what the mail asks for, net of the money that waits to be applied to
 * its receivables: nothing at all (`covered-by-credit`), or in none of its currencies the least amount (`below-least`).
 */
export function notWorthSending(
  items: readonly { receivable: Pick<NoticeReceivable, 'id' | 'currency' | 'balanceMinor'> }[],
  { covered = new Map() }: Pick<NoticeCustomer, 'covered'>,
  policy: Pick<NoticePolicy, 'amounts'>,
): { reason: 'below-least' | 'covered-by-credit'; params: NoticeReasonParams } | null {
  if (covered.size === 0 && policy.amounts.size === 0) return null
  const gross = totalsOfReceivables(items)
  const net = gross.map(({ currency, amountMinor }) => {
    const ids = new Set(items.filter(({ receivable }) => receivable.currency === currency).map(({ receivable }) => receivable.id))
    return { currency, amountMinor: [...ids].reduce((left, id) => left - (covered.get(id) ?? 0n), amountMinor) }
  })
  const said = ({ currency, amountMinor }: Money): NoticeReasonParams => ({
    amount: formatAmount(amountMinor, currency),
    currency,
  })
  const asked = net.filter(({ amountMinor }) => amountMinor > 0n)
  const [first] = gross
  if (asked.length === 0) return first === undefined ? null : { reason: 'covered-by-credit', params: said(first) }
  const leastOf = (currency: string) => policy.amounts.get(currency)?.leastMinor ?? 0n
  const [small] = asked
  if (small === undefined || asked.some(({ currency, amountMinor }) => amountMinor >= leastOf(currency))) return null
  return { reason: 'below-least', params: said({ currency: small.currency, amountMinor: leastOf(small.currency) }) }
}

/** What is decided over a message as a whole, but for the hour: the first reason that applies, or null where it may leave that day. */
export function messageHold(asked: {
  customer: Pick<NoticeCustomer, 'hasRecipient' | 'hasSender'>
  needsReview: boolean
}): { reason: 'no-recipient' | 'no-sender' | 'review'; params: NoticeReasonParams } | null {
  const { customer, needsReview } = asked
  if (!customer.hasRecipient) return { reason: 'no-recipient', params: noParams }
  if (!customer.hasSender) return { reason: 'no-sender', params: noParams }
  return needsReview ? { reason: 'review', params: noParams } : null
}

/** When a message of a kind may leave from `from` on, as the customer's contacts stand; its own are not counted. */
export function nextNoticeAt(asked: {
  from: Date
  kind: NoticeKind
  combined: boolean
  contacts: readonly PlannedContact[]
  rules: ContactRules
}): Allowed {
  const { from, kind, combined, contacts, rules } = asked
  // What is about to be sent stands in the way of what comes after it alone: a reminder gives way to an overdue notice, not the other way
  // round, and its own kind joins it.
  const counted = contacts.filter(
    (contact) =>
      contact.pendingKind === undefined ||
      contact.claimed === true ||
      (!combined && kind === 'preventive' && contact.pendingKind === 'overdue'),
  )
  return nextAllowedAt({ from, channel: 'email', notice: true, contacts: counted, rules })
}

/** The facts of a limit that lasts beyond `today`, or null where the message may leave on that day. */
export function contactWait(
  allowed: Allowed,
  today: CalendarDay,
  timeZone: string,
): { reason: 'too-soon' | 'contact-limit'; params: NoticeReasonParams } | null {
  const { at, refusal } = allowed
  if (refusal === null || refusal.reason === 'outside-hours') return null
  const until = at === null ? null : dayOfInstant(at, timeZone)
  if (until !== null && until <= today) return null
  return {
    reason: refusal.reason,
    params: {
      ...(until === null ? {} : { until }),
      ...(refusal.limit === undefined ? {} : { limit: refusal.limit }),
      ...(refusal.per === undefined ? {} : { per: refusal.per }),
    },
  }
}

/** Overdue notices are decided over first: where only one message may leave, it is the one that matters more. */
const kindsInOrder: readonly NoticeKind[] = ['overdue', 'preventive']

function decideMessages(occurrences: PlannedOccurrence[], asked: PlanQuestion, policy: NoticePolicy): void {
  const { today, customers, reviewOverdue } = asked
  const ofCustomer = new Map<string, PlannedOccurrence[]>()
  for (const occurrence of occurrences) {
    if (occurrence.state !== 'planned') continue
    const { customerId } = occurrence.receivable
    const group = ofCustomer.get(customerId)
    if (group) group.push(occurrence)
    else ofCustomer.set(customerId, [occurrence])
  }
  for (const [customerId, open] of ofCustomer) {
    const customer = customers.get(customerId)
    if (customer === undefined) continue
    const leaving: PlannedContact[] = []
    for (const kind of kindsInOrder) {
      const ofKind = policy.combined ? (kind === 'overdue' ? open : []) : open.filter((each) => each.kind === kind)
      for (const items of apartOf(ofKind)) {
        const kindOfMessage = items.some((each) => each.kind === 'overdue') ? 'overdue' : 'preventive'
        const apart = items[0]?.apart
        const allowed = limitedFrom(today, kindOfMessage, customer, leaving, policy)
        const needsReview = kindOfMessage === 'overdue' && reviewOverdue && apart?.released !== true
        const hold =
          messageHold({ customer, needsReview }) ??
          (allowed === null || policy.contact === null ? null : contactWait(allowed, today, policy.contact.timeZone))
        const decision: Decision = hold === null ? planned : { state: 'held', ...hold }
        // What counts is what the message carries that it joins or makes.
        const carried =
          apart === undefined ? [...items, ...standingBeside(customer, kindOfMessage, decision, today, policy)] : items
        const skip = notWorthSending(carried, customer, policy)
        const decided = skip === null ? decision : ({ state: 'skipped', ...skip } as const)
        for (const item of items) Object.assign(item, decided)
        if (decided.state === 'planned' && allowed !== null && allowed.at !== null)
          leaving.push({ at: allowed.at, channel: 'email', notice: true })
      }
    }
  }
}

/** Those of a customer that would be one message, what stands apart first. */
function apartOf(items: PlannedOccurrence[]): PlannedOccurrence[][] {
  if (items.length === 0) return []
  if (items.every(({ apart }) => apart === undefined)) return [items]
  const groups = new Map<string, PlannedOccurrence[]>()
  for (const item of items) {
    const key = item.apart?.messageId ?? ''
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return [...groups].sort(([a], [b]) => compareText(b, a)).map(([, group]) => group)
}

/** When a message may leave under the limits of contacts, beside those that leave before it on the same day; null where nothing limits. */
function limitedFrom(
  today: CalendarDay,
  kind: NoticeKind,
  customer: NoticeCustomer,
  leaving: readonly PlannedContact[],
  { contact, combined }: NoticePolicy,
): Allowed | null {
  if (contact === null || !limitsContacts(contact)) return null
  return nextNoticeAt({
    from: startOfLocalDay(today, contact.timeZone),
    kind,
    combined,
    contacts: leaving.length === 0 ? customer.contacts : [...customer.contacts, ...leaving],
    rules: contact,
  })
}

/** What of the customer is written, and would still leave in the message that one of this kind, state and reason joins. */
function standingBeside(
  customer: NoticeCustomer,
  kind: NoticeKind,
  { state, reason }: Decision,
  today: CalendarDay,
  policy: NoticePolicy,
): readonly StandingOccurrence[] {
  if (customer.standing === undefined || customer.standing.length === 0) return []
  return customer.standing.filter(
    (each) =>
      (policy.combined || each.kind === kind) &&
      each.state === state &&
      each.reason === reason &&
      settledReason(each.receivable, policy) === null &&
      itemWait({ today, customer, receivable: each.receivable, policy }) === null,
  )
}

/** Why one receivable under one rule does or does not leave on a day, for the plan screen (product.md section 14.1). */
export interface OccurrenceExplanation {
  occurrence: number
  repetition: number
  /**
   * `planned`, `held`, `skipped` as in the plan. `waiting`: matures later, or today is no business day; with the reason that would then
   * keep it back as things stand, if any. `noticed`: it has its notice. `not-chosen`: the rules that hold for the receivable do not have this one.
   */
  state: PlannedState | 'waiting' | 'noticed' | 'not-chosen'
  reason: NoticeReason | 'not-business-day' | null
  /** The facts of the reason; `movedFrom` where its day was moved to a business day. */
  params: NoticeReasonParams
  maturesOn: CalendarDay
  /** The next day on which it can leave: today when planned, a later one when waiting or held until a known day; else null. */
  leavesOn: CalendarDay | null
}

/**
 * The same decision as `planNotices` for one receivable, rule and repetition (the first unless told), also where the plan is silent:
 * `noticed`, `not-chosen`, `waiting`, skipped `past-due` (a reminder after the due date) and skipped `too-old` (matured before the
 * catch-up days). On a business day it says planned, held or skipped for another reason exactly when the plan does. `plan` is what
 * `planNotices` says of the day for the whole customer; without it the receivable is looked at as if it were the customer's only one.
 */
export function explainOccurrence(asked: {
  today: CalendarDay
  calendar: BusinessCalendar
  catchUpDays?: number
  rule: NoticeRule
  repetition?: number
  customer: NoticeCustomer
  reviewOverdue: boolean
  policy?: NoticePolicy
  receivable: NoticeReceivable
  noticed: ReadonlySet<string>
  plan?: readonly PlannedOccurrence[]
}): OccurrenceExplanation {
  const { today, calendar, catchUpDays = defaultCatchUpDays, rule, repetition = 1, customer, receivable, noticed } = asked
  const policy = asked.policy ?? noNoticePolicy
  const maturity = maturesOn(rule, receivable.dueOn, calendar, repetition)
  const named = namedDay(rule, receivable.dueOn, repetition)
  const occurrence = occurrenceNumber(receivable.extensions, repetition)
  const explained = (
    state: OccurrenceExplanation['state'],
    reason: OccurrenceExplanation['reason'] = null,
    leavesOn: CalendarDay | null = null,
    params: NoticeReasonParams = noParams,
  ): OccurrenceExplanation => ({
    occurrence,
    repetition,
    state,
    reason,
    params: named === maturity ? params : { ...params, movedFrom: named },
    maturesOn: maturity,
    leavesOn,
  })
  const switches = switchesOf(customer, receivable)
  if (noticed.has(occurrenceKey(receivable.id, rule.id, occurrence))) return explained('noticed')
  if (!isRuleChosen(rule, switches)) return explained('not-chosen')
  const keptBackOn = (day: CalendarDay) => {
    const decision = itemDecision({ today: day, rule, customer, switches, receivable, policy })
    if (decision.state !== 'planned') return decision
    const hold = messageHold({ customer, needsReview: false })
    return hold === null ? null : ({ state: 'held', ...hold } as const)
  }
  const waiting = (day: CalendarDay, otherwise: OccurrenceExplanation['reason']) => {
    const kept = keptBackOn(day)
    // Balances that are silent now may have been refreshed by then.
    if (kept === null || (day > today && kept.reason === 'stale-data')) return explained('waiting', otherwise, day)
    return explained('waiting', kept.reason, dayAfterWait(kept.reason, kept.params, calendar), kept.params)
  }
  if (maturity > today) return waiting(maturity, null)
  // On a closed day what counts is whether it can still leave on the next open one.
  const leavesOn = businessDayOnOrAfter(today, calendar)
  if (rule.kind === 'preventive' && leavesOn > receivable.dueOn) return explained('skipped', 'past-due')
  if (maturity < addDays(leavesOn, -catchUpDays)) return explained('skipped', 'too-old', null, { limit: catchUpDays })
  if (!isBusinessDay(leavesOn, calendar)) return explained('waiting', 'not-business-day')
  if (leavesOn > today) return waiting(leavesOn, 'not-business-day')
  const plan =
    asked.plan ??
    planNotices({
      ...asked,
      rules: [rule],
      customers: new Map([[receivable.customerId, customer]]),
      receivables: [receivable],
    })
  const found = plan.find(
    (each) => each.receivable.id === receivable.id && each.ruleId === rule.id && each.occurrence === occurrence,
  )
  if (found === undefined) return explained('not-chosen')
  const { state, reason, params } = found
  return explained(state, reason, state === 'planned' ? today : dayAfterWait(reason, params, calendar), params)
}

/** The first business day after a wait whose end is known; null where it is not. A pause or promise ends with its day, a limit on it. */
export function dayAfterWait(
  reason: NoticeReason | null,
  params: NoticeReasonParams,
  calendar: BusinessCalendar,
): CalendarDay | null {
  if (params.until === undefined) return null
  const lasts = reason === 'paused' || reason === 'promised'
  return businessDayOnOrAfter(lasts ? addDays(params.until, 1) : params.until, calendar)
}

/**
 * What leaves on each of `days` (ascending), each as if the days before it had been run: what leaves is a contact from then on, what
 * waits for a day is looked at again on the following ones. `noticed`, `carried` and what stands beside them are as things are on the first
 * day. What is still held on a later day is told once, on the first.
 */
export function planDays(
  asked: Omit<PlanQuestion, 'today'> & { days: readonly CalendarDay[] },
): Map<CalendarDay, PlannedOccurrence[]> {
  const policy = asked.policy ?? noNoticePolicy
  const receivables = [...asked.receivables]
  const noticed = new Set(asked.noticed)
  const customers = new Map(asked.customers)
  let carried: CarriedOccurrence[] = [...(asked.carried ?? [])]
  const told = new Map<CalendarDay, PlannedOccurrence[]>()
  for (const [index, today] of asked.days.entries()) {
    // What is held without a day is joined on its own day alone.
    if (index === 1)
      for (const [id, { standing, ...customer }] of customers) if (standing !== undefined) customers.set(id, customer)
    if (!isBusinessDay(today, asked.calendar)) {
      told.set(today, [])
      continue
    }
    const issued = receivables.filter((receivable) => receivable.issuedOn <= today)
    const occurrences = planNotices({ ...asked, policy, today, receivables: issued, noticed, customers, carried })
    const toldBefore = new Set(
      carried.filter((each) => each.told === true).map((each) => occurrenceKey(each.receivable.id, each.ruleId, each.occurrence)),
    )
    carried = []
    for (const { receivable, ruleId, occurrence, state, reason, apart } of occurrences) {
      if (state !== 'skipped') noticed.add(occurrenceKey(receivable.id, ruleId, occurrence))
      if (state === 'held' && stopsClock(reason))
        carried.push({ receivable, ruleId, occurrence, told: true, ...(apart === undefined ? {} : { apart }) })
    }
    if (policy.contact !== null && limitsContacts(policy.contact))
      for (const message of groupMessages(
        occurrences.filter(({ state }) => state === 'planned'),
        policy,
      )) {
        const customer = customers.get(message.customerId)
        if (customer === undefined) continue
        const { at } = nextNoticeAt({
          from: startOfLocalDay(today, policy.contact.timeZone),
          kind: message.kind,
          combined: policy.combined,
          contacts: customer.contacts,
          rules: policy.contact,
        })
        const contact: PlannedContact = {
          at: at ?? startOfLocalDay(today, policy.contact.timeZone),
          channel: 'email',
          notice: true,
        }
        customers.set(message.customerId, { ...customer, contacts: [...customer.contacts, contact] })
      }
    told.set(
      today,
      occurrences.filter(
        ({ receivable, ruleId, occurrence, state }) =>
          state !== 'held' || !toldBefore.has(occurrenceKey(receivable.id, ruleId, occurrence)),
      ),
    )
  }
  return told
}

/**
 * One mail, or what would have been one: the occurrences of a customer, kind and day that share state and reason; of both kinds where
 * the company combines them.
 */
export interface PlannedMessage {
  customerId: string
  /** Overdue where anything in it is. */
  kind: NoticeKind
  /** The highest level of its items: the tone in which it speaks. */
  level: number
  state: PlannedState
  reason: NoticeReason | null
  /** The facts of the reason; of several days until which its items wait, the first. */
  params: NoticeReasonParams
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
export function groupMessages(
  occurrences: Iterable<PlannedOccurrence>,
  policy: Pick<NoticePolicy, 'combined'> = noNoticePolicy,
): PlannedMessage[] {
  const groups = new Map<string, PlannedOccurrence[]>()
  for (const occurrence of occurrences) {
    const { kind, state, reason, receivable } = occurrence
    const key = `${policy.combined ? '' : kind} ${state} ${reason} ${receivable.customerId} ${occurrence.apart?.messageId ?? ''}`
    const group = groups.get(key)
    if (group) group.push(occurrence)
    else groups.set(key, [occurrence])
  }
  const messages: PlannedMessage[] = []
  for (const items of groups.values()) {
    const [first] = items
    if (first === undefined) continue
    const { state, reason, receivable } = first
    let { params } = first
    for (const item of items)
      if (item.params.until !== undefined && (params.until === undefined || item.params.until < params.until))
        params = item.params
    messages.push({
      customerId: receivable.customerId,
      kind: items.some((item) => item.kind === 'overdue') ? 'overdue' : 'preventive',
      level: items.reduce((highest, item) => Math.max(highest, item.level), 1),
      state,
      reason,
      params,
      items: items.sort(compareItems),
      totals: totalsOfReceivables(items),
    })
  }
  return messages.sort(compareMessages)
}

function totalsOfReceivables(
  items: readonly { receivable: Pick<NoticeReceivable, 'id' | 'currency' | 'balanceMinor'> }[],
): Money[] {
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
