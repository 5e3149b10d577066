import { addDays, type CalendarDay } from '../calendar-day.ts'

/** Why the balance of a receivable moved. The sum of its movements is its balance, always. */
export const movementKinds = ['charge', 'correction', 'payment', 'credit', 'write-off', 'reversal'] as const
export type MovementKind = (typeof movementKinds)[number]

/** What a receivable moved by on a day, in minor units: up when it is charged, down when it is paid. */
export interface DayMovement {
  on: CalendarDay
  amountMinor: bigint
}

/**
 * The first day from `from` on which the amount can be taken off the receivable so that its balance is below zero on no day: money that came
 * before there was anything to pay waits unapplied. `history` is in the order of its days. Null when the balance is less than the amount.
 */
export function applicationDay(history: readonly DayMovement[], from: CalendarDay, amountMinor: bigint): CalendarDay | null {
  let day = from
  let balance = 0n
  let enough = false
  for (const [index, movement] of history.entries()) {
    balance += movement.amountMinor
    // The days of one date are one: what counts is how it ended.
    if (history[index + 1]?.on === movement.on) continue
    if (balance >= amountMinor && !enough && movement.on > day) day = movement.on
    enough = balance >= amountMinor
  }
  return enough ? day : null
}

/**
 * The day of a charge whose issue day was corrected: the new issue day, but not after today (what stands in the portfolio is owed today) and not
 * after the first other movement, since nobody pays what is not charged yet.
 */
export function chargeDay(issuedOn: CalendarDay, today: CalendarDay, firstOther: CalendarDay | null = null): CalendarDay {
  const latest = firstOther !== null && firstOther < today ? firstOther : today
  return issuedOn < latest ? issuedOn : latest
}

/** A total as equal parts that add up to it exactly; what does not divide stands in the last one. `count` is at least 1. */
export function splitEvenly(totalMinor: bigint, count: number): bigint[] {
  const part = totalMinor / BigInt(count)
  return Array.from({ length: count }, (_, index) => (index === count - 1 ? totalMinor - part * BigInt(count - 1) : part))
}

/** The instalments of a document: so many, the first after so many days, then every so many days. */
export function planInstalments(
  totalMinor: bigint,
  issuedOn: CalendarDay,
  plan: { count: number; firstAfterDays: number; everyDays: number },
): { dueOn: CalendarDay; amountMinor: bigint }[] {
  return splitEvenly(totalMinor, plan.count).map((amountMinor, index) => ({
    dueOn: addDays(issuedOn, plan.firstAfterDays + plan.everyDays * index),
    amountMinor,
  }))
}
