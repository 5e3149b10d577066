import { addDays, type CalendarDay } from '../calendar-day.ts'
import type { RefusedField } from '../refusal.ts'

/** How far ahead a handover may start, and how long a cover may last, in days. */
export const mostHandoverDays = 366

export interface HandoverTerms {
  moves: readonly { fromUserId: string; toUserId: string }[]
  startsOn: CalendarDay
  endsOn: CalendarDay | null
}

/** Everything that is wrong with a handover at once, at its fields, besides who exists: nobody hands over to themselves, twice, or into the past. */
export function handoverErrors({ moves, startsOn, endsOn }: HandoverTerms, today: CalendarDay): RefusedField[] {
  const errors: RefusedField[] = []
  const met = new Set<string>()
  for (const [index, { fromUserId, toUserId }] of moves.entries()) {
    if (met.has(fromUserId)) errors.push({ field: `moves.${index}.fromUserId`, code: 'duplicate-in-request' })
    met.add(fromUserId)
    if (fromUserId === toUserId) errors.push({ field: `moves.${index}.toUserId`, code: 'handover-same-agent' })
  }
  if (startsOn < today) errors.push({ field: 'startsOn', code: 'day-in-past' })
  else if (startsOn > addDays(today, mostHandoverDays))
    errors.push({ field: 'startsOn', code: 'day-too-far', params: { last: addDays(today, mostHandoverDays) } })
  return [...errors, ...coverErrors(startsOn, endsOn, today)]
}

/** What is wrong with the last day of a cover: it is not before its first day, nor past, nor more than a year away. */
export function coverErrors(startsOn: CalendarDay, endsOn: CalendarDay | null, today: CalendarDay): RefusedField[] {
  if (endsOn === null) return []
  if (endsOn < startsOn) return [{ field: 'endsOn', code: 'period-reversed' }]
  if (endsOn < today) return [{ field: 'endsOn', code: 'day-in-past' }]
  if (endsOn > addDays(startsOn, mostHandoverDays))
    return [{ field: 'endsOn', code: 'day-too-far', params: { last: addDays(startsOn, mostHandoverDays) } }]
  return []
}

/**
 * What its day asks of a handover: `carry-out` from the first day on, also late; `return` once the last day of a cover is over; `miss` where a
 * cover was over before anything could be carried out; null while it waits.
 */
export function dueDeed(
  handover: { state: string; startsOn: CalendarDay; endsOn: CalendarDay | null },
  today: CalendarDay,
): 'carry-out' | 'return' | 'miss' | null {
  const over = handover.endsOn !== null && handover.endsOn < today
  if (handover.state === 'planned') return over ? 'miss' : handover.startsOn <= today ? 'carry-out' : null
  return handover.state === 'covering' && over ? 'return' : null
}
