import {
  type BusinessCalendar,
  businessDayOnOrAfter,
  businessDayOnOrBefore,
  isBusinessDay,
} from '@cartera/domain/business-calendar'
import { addDays, type CalendarDay, instantOfLocal, localTimeOf, minutesOfTime } from '@cartera/domain/calendar-day'

/** When the demo company works, and the moment at which the demo starts. */
interface DemoHours {
  now: Date
  timeZone: string
  opensAt: string
  closesAt: string
  calendar: BusinessCalendar
}

const minutesOfDay = 1440

/** Moments at which the people of the demo work: on business days, in the company's hours, whenever the demo starts. */
export function workingHours({ now, timeZone, opensAt, closesAt, calendar }: DemoHours) {
  const opens = minutesOfTime(opensAt) ?? 8 * 60
  const closes = minutesOfTime(closesAt) ?? 18 * 60
  const today = localTimeOf(now, timeZone).day
  const two = (n: number) => String(n).padStart(2, '0')

  /** That far through the working hours of the day, from 0 (they open) to 1 (they close), on a multiple of `step` minutes. */
  function at(day: CalendarDay, part: number, step = 1): Date {
    const minutes = Math.min(opens + Math.floor(((closes - opens) * part) / step) * step, closes - step)
    const instant = instantOfLocal(day, `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`, timeZone)
    if (!instant) throw new Error(`not a day: ${day}`)
    return instant
  }

  return {
    at,
    /** The business day so many after (or before) today's; 0 is today, or the next one where today is none. */
    day(offset: number): CalendarDay {
      let day = businessDayOnOrAfter(today, calendar)
      for (let n = 0; n < Math.abs(offset); n++)
        day = offset > 0 ? businessDayOnOrAfter(addDays(day, 1), calendar) : businessDayOnOrBefore(addDays(day, -1), calendar)
      return day
    },
    /** A moment of work near the instant and not after now: nobody of the demo worked on Sunday at four in the morning. */
    near(instant: Date): Date {
      const { day, minutes } = localTimeOf(instant, timeZone)
      const working = minutes >= opens && minutes < closes && isBusinessDay(day, calendar)
      if (working && instant <= now) return instant
      const last = businessDayOnOrBefore(day, calendar)
      const moved = at(last, minutes / minutesOfDay)
      return moved <= now ? moved : at(businessDayOnOrBefore(addDays(last, -1), calendar), minutes / minutesOfDay)
    },
  }
}

export type WorkingHours = ReturnType<typeof workingHours>
