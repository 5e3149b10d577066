import { type BusinessCalendar, isBusinessDay } from '../business-calendar.ts'
import { addDays, type CalendarDay, dayOfInstant, daysBetween } from '../calendar-day.ts'
import { statusEffects } from '../customers/customer-status.ts'
import {
  contactWait,
  type HeldReason,
  type ItemWaitReason,
  isRuleChosen,
  itemWait,
  maturesOn,
  messageHold,
  type NoticeCustomer,
  type NoticePolicy,
  type NoticeReceivable,
  type NoticeRule,
  nextNoticeAt,
  noNoticePolicy,
  notWorthSending,
  partsOfOccurrence,
  repetitionsOf,
  settledReason,
  stopsClock,
  switchedOffReason,
  switchesOf,
} from './notice-plan.ts'
import type { NoticeKind } from './notice-settings.ts'
import type { NoticeReasonParams } from './notice-states.ts'

/** An item of a message that has not left, with the receivable and the rule as they are now. */
export interface StandingItem {
  id: string
  receivable: NoticeReceivable
  rule: NoticeRule & { retired: boolean }
  occurrence: number
  /** The due date for which it was planned. */
  plannedDueOn: CalendarDay
}

export type DropReason =
  | 'paid'
  | 'within-tolerance'
  | 'notices-off'
  | 'reminder-off'
  | 'overdue-off'
  | 'rule-off'
  | 'past-due'
  | 'too-old'
  | 'due-moved'
export type CancelReason = 'customer-inactive' | 'below-least' | 'covered-by-credit' | DropReason

/** A stand that waits by itself while the rest of its message may leave. */
export interface WaitingItem {
  id: string
  reason: ItemWaitReason
  params: NoticeReasonParams
}

export interface Recheck {
  /** What becomes of the message: it may leave, waits for an hour, waits for a fact, a day or a person, or never leaves. */
  verdict:
    | { kind: 'send' }
    /** For the opening of the sending hours; `until` is null where no day is known on which they open. */
    | { kind: 'wait'; until: Date | null }
    | { kind: 'hold'; reason: HeldReason; params: NoticeReasonParams }
    | { kind: 'cancel'; reason: CancelReason }
  /** Items that drop out for good, each with its reason. `due-moved` ones may be planned anew for their new due date. */
  drops: { id: string; reason: DropReason }[]
  /** Items that go on waiting in a message of their own while the rest leaves; why stands in `waits`. */
  setAside: string[]
  waits: WaitingItem[]
  /** Items that stand, with the day on which they mature by the present due date. */
  stands: { id: string; maturesOn: CalendarDay }[]
  /** Of what would leave now: overdue where anything is, and the highest level. */
  kind: NoticeKind
  level: number
  /** The day from which catch-up days count from now on, where a policy has moved the message; null leaves it as it is. */
  freedOn: CalendarDay | null
}

/**
 * The day as which a message is looked at: the day for which it was planned plus the days that have passed since. For what the worker
 * plans, that is today; for a day that was run by hand for another date (`notices run --on`) the worker goes on as of that date.
 */
export function dayOfMessage(message: { planOn: CalendarDay; writtenOn: CalendarDay }, today: CalendarDay): CalendarDay {
  return addDays(message.planOn, Math.max(0, daysBetween(message.writtenOn, today)))
}

/**
 * Everything checked again for a message that has not left (product.md section 8), by the same rules as the plan: customer, switches at
 * every level, each receivable and rule, pauses, promises, silent sources, recipient, sender, review, contacts, hours.
 *
 * Catch-up days count from an item's maturity, or from what came later: `approvedOn`, the day on which a person released it (somebody
 * looked at it), or `freedOn`, the day on which a wait that stops the clock ended. `waited`: it waits for such a reason until this very
 * look, so it is not too old now, however long it took. A reminder still never leaves after the due date.
 */
export function recheckMessage(asked: {
  day: CalendarDay
  /** The instant of the look on that day; null where only the day counts. */
  at?: Date | null
  calendar: BusinessCalendar
  catchUpDays: number
  kind: NoticeKind
  customer: NoticeCustomer
  reviewOverdue: boolean
  policy?: NoticePolicy
  approvedOn: CalendarDay | null
  freedOn?: CalendarDay | null
  waited?: boolean
  /** It waits for a person's review: it does not grow old meanwhile. */
  inReview?: boolean
  items: readonly StandingItem[]
}): Recheck {
  const { day, at = null, calendar, catchUpDays, customer, reviewOverdue, approvedOn, items } = asked
  const { policy = noNoticePolicy, freedOn = null, waited = false } = asked
  const inReview = (asked.inReview ?? false) && reviewOverdue && approvedOn === null
  const drops: Recheck['drops'] = []
  const stands: Recheck['stands'] = []
  const waits: WaitingItem[] = []
  const free: StandingItem[] = []
  const counted = later(waited ? day : freedOn, approvedOn)
  const inactive = !statusEffects[customer.status].notices
  if (!inactive)
    for (const item of items) {
      const { receivable, rule } = item
      const { extensions, repetition } = partsOfOccurrence(item.occurrence)
      const matures = maturesOn(rule, receivable.dueOn, calendar, Math.max(repetition, 1))
      const switches = switchesOf(customer, receivable)
      const off = switchedOffReason(customer, switches, rule.kind)
      const settled = settledReason(receivable, policy)
      const drop = (reason: DropReason) => drops.push({ id: item.id, reason })
      if (settled !== null) drop(settled.reason)
      else if (extensions !== receivable.extensions) drop('due-moved')
      else if (receivable.dueOn !== item.plannedDueOn && matures > day) drop('due-moved')
      else if (off !== null && off !== 'customer-inactive') drop(off)
      else if (rule.retired || !isRuleChosen(rule, switches) || repetition > repetitionsOf(rule)) drop('rule-off')
      else if (rule.kind === 'preventive' && day > receivable.dueOn) drop('past-due')
      else {
        const wait = itemWait({ today: day, customer, receivable, policy })
        // What still waits for its day does not grow old meanwhile; a dispute does.
        const clockStands = wait !== null && wait.reason !== 'disputed' && (waited || counted !== null)
        if (!clockStands && !inReview && (later(matures, counted) ?? matures) < addDays(day, -catchUpDays)) drop('too-old')
        else {
          stands.push({ id: item.id, maturesOn: matures })
          if (wait === null) free.push(item)
          else waits.push({ id: item.id, ...wait })
        }
      }
    }
  const speaking = free.length > 0 ? free : items.filter((item) => stands.some((stand) => stand.id === item.id))
  const kind: NoticeKind =
    speaking.length === 0 ? asked.kind : speaking.some((item) => item.rule.kind === 'overdue') ? 'overdue' : 'preventive'
  const level = speaking.reduce((highest, item) => Math.max(highest, item.rule.level), 1)
  const answer = (
    verdict: Recheck['verdict'],
    aside: readonly WaitingItem[] = waits,
    opensOn: CalendarDay | null = null,
  ): Recheck => ({
    verdict,
    drops,
    setAside: aside.map((each) => each.id),
    waits,
    stands,
    kind,
    level,
    freedOn: opensOn ?? (waited && !(verdict.kind === 'hold' && stopsClock(verdict.reason)) ? day : null),
  })
  if (inactive) return answer({ kind: 'cancel', reason: 'customer-inactive' })
  if (stands.length === 0) {
    const reason = commonReason(drops)
    // Switched off as a whole: nothing of it dropped out, it is the message that does not leave.
    if (drops.every((each) => each.reason === reason) && isSwitch(reason)) drops.length = 0
    return answer({ kind: 'cancel', reason })
  }
  const [first] = [...waits].sort((a, b) => waitOrder.indexOf(a.reason) - waitOrder.indexOf(b.reason))
  if (free.length === 0 && first !== undefined) {
    // The message keeps those that wait for the same; the others go on waiting in messages of their own.
    const params = waits
      .filter((each) => each.reason === first.reason)
      .reduce((least, each) => ((each.params.until ?? '') < (least.until ?? '') ? each.params : least), first.params)
    return answer(
      { kind: 'hold', reason: first.reason, params },
      waits.filter((each) => each.reason !== first.reason),
    )
  }
  // What has just become free joins what else leaves that day: whether that is enough is asked when it leaves.
  const skip = waited ? null : notWorthSending(free, customer, policy)
  if (skip !== null) return answer({ kind: 'cancel', reason: skip.reason })
  const hold = messageHold({ customer, needsReview: kind === 'overdue' && reviewOverdue && approvedOn === null })
  if (hold !== null) return answer({ kind: 'hold', ...hold })
  const { contact } = policy
  if (contact !== null && at !== null) {
    const allowed = nextNoticeAt({ from: at, kind, combined: policy.combined, contacts: customer.contacts, rules: contact })
    const wait = contactWait(allowed, day, contact.timeZone)
    if (wait !== null) return answer({ kind: 'hold', ...wait })
    if (allowed.at === null) return answer({ kind: 'wait', until: null })
    if (allowed.at > at) {
      const opens = dayOfInstant(allowed.at, contact.timeZone)
      return answer({ kind: 'wait', until: allowed.at }, waits, opens > day ? opens : null)
    }
  }
  if (!isBusinessDay(day, calendar)) return answer({ kind: 'wait', until: null })
  return answer({ kind: 'send' })
}

const waitOrder: readonly ItemWaitReason[] = ['disputed', 'paused', 'promised', 'stale-data']

const switchReasons: readonly DropReason[] = ['notices-off', 'reminder-off', 'overdue-off', 'rule-off']
const isSwitch = (reason: DropReason) => switchReasons.includes(reason)

const later = (a: CalendarDay | null, b: CalendarDay | null): CalendarDay | null => (a === null || (b !== null && b > a) ? b : a)

/** The reason that says most where items dropped out for several. */
function commonReason(drops: Recheck['drops']): DropReason {
  const order: DropReason[] = [
    'paid',
    'within-tolerance',
    'due-moved',
    'notices-off',
    'reminder-off',
    'overdue-off',
    'past-due',
    'too-old',
    'rule-off',
  ]
  return order.find((reason) => drops.some((drop) => drop.reason === reason)) ?? 'paid'
}
