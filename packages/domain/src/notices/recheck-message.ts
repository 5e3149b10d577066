import { type BusinessCalendar, isBusinessDay } from '../business-calendar.ts'
import { addDays, type CalendarDay, daysBetween } from '../calendar-day.ts'
import { maturesOn, type NoticeCustomer, type NoticeReceivable, type NoticeRule } from './notice-plan.ts'
import type { NoticeKind } from './notice-settings.ts'

/** An item of a message that has not left, with the receivable and the rule as they are now. */
export interface StandingItem {
  id: string
  receivable: NoticeReceivable
  rule: NoticeRule & { retired: boolean }
  /** The due date for which it was planned. */
  plannedDueOn: CalendarDay
}

export type DropReason = 'paid' | 'rule-off' | 'past-due' | 'too-old' | 'due-moved'
export type CancelReason = 'customer-inactive' | 'notices-off' | 'reminder-off' | 'overdue-off' | DropReason

export interface Recheck {
  /** What becomes of the message: it may leave, waits for a business day, waits for a fact or a person, or never leaves. */
  verdict:
    | { kind: 'send' }
    | { kind: 'wait' }
    | { kind: 'hold'; reason: 'disputed' | 'no-recipient' | 'no-sender' | 'review' }
    | { kind: 'cancel'; reason: CancelReason }
  /** Items that drop out for good, each with its reason. `due-moved` ones may be planned anew for their new due date. */
  drops: { id: string; reason: DropReason }[]
  /** Disputed items that go on waiting in a message of their own while the rest leaves. */
  setAside: string[]
  /** Items that stand, with the day on which they mature by the present due date. */
  stands: { id: string; maturesOn: CalendarDay }[]
}

/**
 * The day as which a message is looked at: the day for which it was planned plus the days that have passed since. For what the worker
 * plans, that is today; for a day that was run by hand for another date (`notices run --on`) the worker goes on as of that date.
 */
export function dayOfMessage(message: { planOn: CalendarDay; plannedOnDay: CalendarDay }, today: CalendarDay): CalendarDay {
  return addDays(message.planOn, Math.max(0, daysBetween(message.plannedOnDay, today)))
}

/**
 * Everything checked again for a message that has not left (product.md section 8): customer, switches, each receivable and rule,
 * recipient, sender, review. `approvedOn` is the day on which a person released it: its catch-up days then count from there, since
 * somebody looked at it; a reminder still never leaves after the due date.
 */
export function recheckMessage(asked: {
  day: CalendarDay
  calendar: BusinessCalendar
  catchUpDays: number
  kind: NoticeKind
  customer: NoticeCustomer
  reviewOverdue: boolean
  approvedOn: CalendarDay | null
  items: readonly StandingItem[]
}): Recheck {
  const { day, calendar, catchUpDays, kind, customer, reviewOverdue, approvedOn, items } = asked
  const off = switchedOffReason(customer, kind)
  if (off !== null) return { verdict: { kind: 'cancel', reason: off }, drops: [], setAside: [], stands: [] }

  const chosen = kind === 'preventive' ? customer.settings.reminderRuleIds : customer.settings.overdueRuleIds
  const drops: Recheck['drops'] = []
  const stands: Recheck['stands'] = []
  const disputed: string[] = []
  for (const item of items) {
    const { receivable, rule } = item
    const matures = maturesOn(rule, receivable.dueOn, calendar)
    const drop = (reason: DropReason) => drops.push({ id: item.id, reason })
    if (receivable.balanceMinor <= 0n) drop('paid')
    else if (receivable.dueOn !== item.plannedDueOn && matures > day) drop('due-moved')
    else if (rule.retired || !chosen.includes(rule.id)) drop('rule-off')
    else if (kind === 'preventive' && day > receivable.dueOn) drop('past-due')
    else if (later(matures, approvedOn) < addDays(day, -catchUpDays)) drop('too-old')
    else {
      stands.push({ id: item.id, maturesOn: matures })
      if (receivable.disputed) disputed.push(item.id)
    }
  }
  const answer = (verdict: Recheck['verdict'], setAside: string[] = []): Recheck => ({ verdict, drops, setAside, stands })
  if (stands.length === 0) return answer({ kind: 'cancel', reason: commonReason(drops) })
  if (disputed.length === stands.length) return answer({ kind: 'hold', reason: 'disputed' })
  if (!customer.hasRecipient) return answer({ kind: 'hold', reason: 'no-recipient' }, disputed)
  if (!customer.hasSender) return answer({ kind: 'hold', reason: 'no-sender' }, disputed)
  if (kind === 'overdue' && reviewOverdue && approvedOn === null) return answer({ kind: 'hold', reason: 'review' }, disputed)
  return answer(isBusinessDay(day, calendar) ? { kind: 'send' } : { kind: 'wait' }, disputed)
}

function switchedOffReason(customer: NoticeCustomer, kind: NoticeKind): CancelReason | null {
  if (customer.status === 'inactive' || customer.status === 'suspended') return 'customer-inactive'
  if (!customer.settings.active) return 'notices-off'
  if (kind === 'preventive') return customer.settings.reminderOn ? null : 'reminder-off'
  return customer.settings.overdueOn ? null : 'overdue-off'
}

const later = (a: CalendarDay, b: CalendarDay | null): CalendarDay => (b !== null && b > a ? b : a)

/** The reason that says most where items dropped out for several. */
function commonReason(drops: Recheck['drops']): DropReason {
  const order: DropReason[] = ['paid', 'due-moved', 'past-due', 'too-old', 'rule-off']
  return order.find((reason) => drops.some((drop) => drop.reason === reason)) ?? 'paid'
}
