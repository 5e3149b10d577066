import { addDays, type CalendarDay } from '../calendar-day.ts'
import type { RefusalCode } from '../refusal.ts'

/** How long ago what is said to have been paid may lie. */
export const oldestClaimDays = 366
/** The business days, after the company's grace for promises, within which somebody should have looked at a claim. */
export const claimLookDays = 5
/** More than any customer has waiting; a full inbox helps nobody. */
export const mostOpenClaims = 50

/** Why a claim cannot speak of a day. */
export function claimDayRefusal(paidOn: CalendarDay, today: CalendarDay): RefusalCode | null {
  if (paidOn > today) return 'day-in-future'
  return paidOn < addDays(today, -oldestClaimDays) ? 'day-too-long-ago' : null
}
