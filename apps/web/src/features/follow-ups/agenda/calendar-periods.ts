import { addDays, type CalendarDay, weekdayOf } from '@cartera/domain/calendar-day'

export const agendaViews = ['day', 'week', 'month', 'list'] as const
export type AgendaView = (typeof agendaViews)[number]

/** The longest period that the list shows. */
const mostDays = 42

const firstOfMonth = (day: CalendarDay) => `${day.slice(0, 7)}-01`
/** The first day of the month so many months away. */
function monthLater(day: CalendarDay, months: number): CalendarDay {
  const month = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + months
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}-01`
}
const mondayOf = (day: CalendarDay) => addDays(day, 1 - weekdayOf(day))

/** The days that a view shows around `on`; the list goes from `on` to `to`, a week unless told, at most six. */
export function periodOf(view: AgendaView, on: CalendarDay, to: CalendarDay): { from: CalendarDay; to: CalendarDay } {
  switch (view) {
    case 'day':
      return { from: on, to: on }
    case 'week':
      return { from: mondayOf(on), to: addDays(mondayOf(on), 6) }
    case 'month': {
      const from = mondayOf(firstOfMonth(on))
      // Whole weeks, as many as the month touches: a sheet of six would show a week of nothing but the next month.
      const last = addDays(monthLater(on, 1), -1)
      return { from, to: addDays(mondayOf(last), 6) }
    }
    case 'list': {
      const end = to >= on ? to : addDays(on, 6)
      const latest = addDays(on, mostDays - 1)
      return { from: on, to: end > latest ? latest : end }
    }
  }
}

/** The anchor of the period before (-1) or after (1). */
export function stepFrom(
  view: AgendaView,
  on: CalendarDay,
  to: CalendarDay,
  direction: 1 | -1,
): { on: CalendarDay; to: CalendarDay } {
  if (view === 'month') return { on: monthLater(on, direction), to: '' }
  const period = periodOf(view, on, to)
  const length =
    view === 'day' ? 1 : view === 'week' ? 7 : Math.round((Date.parse(period.to) - Date.parse(period.from)) / 86_400_000) + 1
  return { on: addDays(on, direction * length), to: view === 'list' && to ? addDays(period.to, direction * length) : '' }
}

/** The hours that a grid shows: the company's, and wherever something stands. */
export function hoursShown(opensAt: string, closesAt: string, hours: readonly number[]): number[] {
  const opens = Number(opensAt.slice(0, 2))
  // Open until 17:00 means that 16 is the last hour; until 17:30, that 17 is.
  const closes = Number(closesAt.slice(0, 2)) - (closesAt.endsWith(':00') ? 1 : 0)
  const first = Math.max(0, Math.min(opens, ...hours))
  const last = Math.min(23, Math.max(closes, first, ...hours))
  return Array.from({ length: last - first + 1 }, (_, n) => first + n)
}
