import { addDays, type CalendarDay } from '../calendar-day.ts'

/** Every so many months a renewal may come, at most: ten years. */
export const mostRenewalMonths = 120
/** A follow-up is opened at most so many days ahead. */
export const mostLeadDays = 365

/** So many months later, on the anchor day, or the last day of a month that is shorter: 31 Jan, 28 Feb, 31 Mar. */
export function monthsLater(day: CalendarDay, months: number, anchorDay: number): CalendarDay {
  const [year = 0, month = 1] = day.split('-').map(Number)
  const index = year * 12 + (month - 1) + months
  const then = { year: Math.floor(index / 12), month: (index % 12) + 1 }
  const last = new Date(Date.UTC(then.year, then.month, 0)).getUTCDate()
  const pad = (value: number, digits: number) => String(value).padStart(digits, '0')
  return `${pad(then.year, 4)}-${pad(then.month, 2)}-${pad(Math.min(anchorDay, last), 2)}`
}

/** The day of the month that a date keeps. */
export const anchorOf = (day: CalendarDay): number => Number(day.slice(8))

/**
 * The next date once it is renewed: its own rhythm from the date that was due, and never on or before the purchase, so that one that was years late
 * does not come due again at once.
 */
export function nextAfterPurchase(
  renewal: { nextOn: CalendarDay; everyMonths: number; anchorDay: number },
  purchasedOn: CalendarDay,
): CalendarDay {
  let next = monthsLater(renewal.nextOn, renewal.everyMonths, renewal.anchorDay)
  while (next <= purchasedOn) next = monthsLater(next, renewal.everyMonths, renewal.anchorDay)
  return next
}

/** On which day its follow-up is to be opened. */
export const openingDay = (nextOn: CalendarDay, leadDays: number): CalendarDay => addDays(nextOn, -leadDays)
