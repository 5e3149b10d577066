import { addDays, type CalendarDay, instantOfLocal, localTimeOf, minutesOfTime, weekdayOf } from '../calendar-day.ts'
import type { RefusalCode } from '../refusal.ts'

export const contactChannels = ['email', 'call', 'message', 'visit', 'letter'] as const
export type ContactChannel = (typeof contactChannels)[number]

/** Hours of one weekday within which customers may be contacted, `HH:MM`; `until` may be 24:00 and is itself no longer within. */
export interface ContactHours {
  /** ISO weekday, 1 Monday to 7 Sunday. */
  weekday: number
  from: string
  until: string
}

/** When and how often a customer may be contacted (product.md section 14.6), by the company's clock. */
export interface ContactPolicy {
  /** A weekday that is missing is closed; one may have several pieces. */
  hours: readonly ContactHours[]
  /** Whether holidays are like other days. Notices never leave on holidays, whatever this says. */
  holidays: boolean
  /** Null is no limit, here and below. */
  mostPerDay: number | null
  /** From Monday to Sunday. */
  mostPerWeek: number | null
  leastHoursBetween: number | null
  /** The channels that are counted; another channel is limited by the hours alone. */
  channels: readonly ContactChannel[]
  /** Whoever was reached by one channel is not contacted by another in the same week, Monday to Sunday. */
  oneChannelPerWeek?: boolean
}

const weekdays = (list: readonly number[], from: string, until: string): ContactHours[] =>
  list.map((weekday) => ({ weekday, from, until }))

/**
 * Rule sets to start from and to edit. `colombia` is modelled after the Ley 2300 of 2023 (hours; once a day; one channel a week),
 * `chile` after the Ley 21.320 (hours; two a week with two days between). They are no legal advice: which law holds for a company and for
 * whom it collects from, its lawyers know.
 */
export const readyContactPolicies = {
  b2b: {
    hours: weekdays([1, 2, 3, 4, 5], '08:00', '18:00'),
    holidays: false,
    mostPerDay: 2,
    mostPerWeek: 5,
    leastHoursBetween: null,
    channels: ['email', 'call', 'message', 'visit'],
    oneChannelPerWeek: false,
  },
  colombia: {
    hours: [...weekdays([1, 2, 3, 4, 5], '07:00', '19:00'), ...weekdays([6], '08:00', '15:00')],
    holidays: false,
    mostPerDay: 1,
    mostPerWeek: null,
    leastHoursBetween: null,
    channels: [...contactChannels],
    oneChannelPerWeek: true,
  },
  chile: {
    hours: weekdays([1, 2, 3, 4, 5, 6], '08:00', '20:00'),
    holidays: false,
    mostPerDay: 1,
    mostPerWeek: 2,
    leastHoursBetween: 48,
    channels: [...contactChannels],
    oneChannelPerWeek: false,
  },
} as const satisfies Record<string, ContactPolicy>
export type ReadyContactPolicy = keyof typeof readyContactPolicies

export const mostContactHours = 50
export const mostContactsPerDay = 100
export const mostContactsPerWeek = 500
/** Thirty days. */
export const mostHoursBetweenContacts = 720

/** Minutes since midnight of `HH:MM`, 00:00 to 24:00, or null. */
export function minutesOfClock(time: string): number | null {
  return time === '24:00' ? 1440 : minutesOfTime(time)
}

type PolicyFault = Extract<
  RefusalCode,
  'contact-hours-missing' | 'contact-hours-invalid' | 'contact-hours-overlap' | 'contact-limit-out-of-range'
>

/** What is wrong with a policy of the right form, each at its field: hours that end before they begin or overlap, none at all, absurd limits. */
export function contactPolicyFaults(policy: ContactPolicy): { field: string; code: PolicyFault }[] {
  const faults: { field: string; code: PolicyFault }[] = []
  if (policy.hours.length === 0) faults.push({ field: 'hours', code: 'contact-hours-missing' })
  const pieces = policy.hours.map((each) => ({
    weekday: each.weekday,
    from: minutesOfClock(each.from) ?? Number.NaN,
    until: minutesOfClock(each.until) ?? Number.NaN,
  }))
  for (const [index, piece] of pieces.entries()) {
    const known = Number.isInteger(piece.weekday) && piece.weekday >= 1 && piece.weekday <= 7
    if (!known || !(piece.from < piece.until)) faults.push({ field: `hours.${index}`, code: 'contact-hours-invalid' })
    else if (
      pieces
        .slice(0, index)
        .some((other) => other.weekday === piece.weekday && other.from < piece.until && piece.from < other.until)
    )
      faults.push({ field: `hours.${index}`, code: 'contact-hours-overlap' })
  }
  for (const [field, most] of [
    ['mostPerDay', mostContactsPerDay],
    ['mostPerWeek', mostContactsPerWeek],
    ['leastHoursBetween', mostHoursBetweenContacts],
  ] as const) {
    const limit = policy[field]
    if (limit !== null && !(Number.isInteger(limit) && limit >= 1 && limit <= most))
      faults.push({ field, code: 'contact-limit-out-of-range' })
  }
  return faults
}

/** A stored policy read strictly: anything that is not exactly one is an error, since guessing could write to people at night. */
export function parseContactPolicy(value: unknown): ContactPolicy {
  const bad = (): never => {
    throw new Error('the stored contact policy is not one')
  }
  const record = (each: unknown): Record<string, unknown> =>
    typeof each === 'object' && each !== null && !Array.isArray(each) ? (each as Record<string, unknown>) : bad()
  const limit = (each: unknown): number | null => (each === null || typeof each === 'number' ? each : bad())
  const given = record(value)
  const { hours, holidays, mostPerDay, mostPerWeek, leastHoursBetween, channels, oneChannelPerWeek = false } = given
  if (!Array.isArray(hours) || hours.length > mostContactHours || !Array.isArray(channels)) return bad()
  if (typeof holidays !== 'boolean' || typeof oneChannelPerWeek !== 'boolean') return bad()
  const policy: ContactPolicy = {
    hours: hours.map((each) => {
      const { weekday, from, until } = record(each)
      if (typeof weekday !== 'number' || typeof from !== 'string' || typeof until !== 'string') return bad()
      return { weekday, from, until }
    }),
    holidays,
    mostPerDay: limit(mostPerDay),
    mostPerWeek: limit(mostPerWeek),
    leastHoursBetween: limit(leastHoursBetween),
    channels: channels.map((each) => contactChannels.find((channel) => channel === each) ?? bad()),
    oneChannelPerWeek,
  }
  return contactPolicyFaults(policy).length === 0 ? policy : bad()
}

/** A customer was, or is about to be, contacted. */
export interface Contact {
  at: Date
  channel: ContactChannel
  /** Whether it was a notice: the least interval between two notices counts these alone. */
  notice: boolean
}

/** What decides when a customer may be contacted. */
export interface ContactRules {
  timeZone: string
  /** Null: no policy. */
  policy: ContactPolicy | null
  /** Days on which nothing may be sent at all (notices: no business days). */
  isOpenDay(day: CalendarDay): boolean
  isHoliday(day: CalendarDay): boolean
  /** Hours within which notices leave; calls have none of their own. */
  sendFrom: string
  sendUntil: string
  /** Calendar days between two notices to the same customer; 0 is no limit. */
  intervalDays: number
}

export type ContactReason = 'outside-hours' | 'too-soon' | 'contact-limit'

export interface ContactRefusal {
  reason: ContactReason
  /** The limit that stands in the way, and what it counts over. */
  limit?: number
  per?: 'day' | 'week' | 'hours' | 'channel'
}

export interface Allowed {
  /** The first instant from `from` on at which the contact is allowed; null where there is none within about 400 days. */
  at: Date | null
  /** What stood in the way until then; of several the one that lasted longest. Null when allowed at once. */
  refusal: ContactRefusal | null
}

const msPerHour = 3_600_000
const mostDaysAhead = 400

/** The first instant at which the local day has begun, also where its midnight does not exist. */
export function startOfLocalDay(day: CalendarDay, timeZone: string): Date {
  const start = instantOfLocal(day, '00:00', timeZone)
  if (start === null) throw new RangeError(`not a day to send on: ${day}`)
  return start
}

/** Open pieces of a local day as instants, in order. */
function openPieces(day: CalendarDay, rules: ContactRules): { from: Date; until: Date }[] {
  const { policy, timeZone } = rules
  if (!rules.isOpenDay(day)) return []
  if (policy !== null && !policy.holidays && rules.isHoliday(day)) return []
  const first = minutesOfClock(rules.sendFrom) ?? 0
  const last = minutesOfClock(rules.sendUntil) ?? 1440
  const weekday = weekdayOf(day)
  const pieces =
    policy === null
      ? [{ from: 0, until: 1440 }]
      : policy.hours
          .filter((each) => each.weekday === weekday)
          .map((each) => ({ from: minutesOfClock(each.from) ?? 0, until: minutesOfClock(each.until) ?? 0 }))
  return pieces
    .map((each) => ({ from: Math.max(each.from, first), until: Math.min(each.until, last) }))
    .filter((each) => each.from < each.until)
    .sort((a, b) => a.from - b.from)
    .map((each) => ({ from: instantAt(day, each.from, timeZone), until: instantAt(day, each.until, timeZone) }))
}

function instantAt(day: CalendarDay, minutes: number, timeZone: string): Date {
  if (minutes >= 1440) return startOfLocalDay(addDays(day, 1), timeZone)
  const clock = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
  return instantOfLocal(day, clock, timeZone) ?? startOfLocalDay(day, timeZone)
}

/** Since when the open hours last that the instant lies in; null where it lies in none. */
export function openSince(at: Date, rules: ContactRules): Date | null {
  const pieces = openPieces(localTimeOf(at, rules.timeZone).day, rules)
  return pieces.find((piece) => piece.from <= at && at < piece.until)?.from ?? null
}

/** The first instant from `from` on that lies within open hours; null where there is none within about 400 days. */
function nextOpen(from: Date, rules: ContactRules): Date | null {
  let day = localTimeOf(from, rules.timeZone).day
  for (let ahead = 0; ahead <= mostDaysAhead; ahead += 1) {
    for (const piece of openPieces(day, rules)) {
      if (piece.until <= from) continue
      return piece.from > from ? piece.from : from
    }
    day = addDays(day, 1)
  }
  return null
}

const mondayOf = (day: CalendarDay): CalendarDay => addDays(day, 1 - weekdayOf(day))

/** The limit that forbids a contact by `channel` at the instant, and the first instant at which this one no longer does. */
function limitAt(
  at: Date,
  channel: ContactChannel,
  contacts: readonly Contact[],
  notice: boolean,
  rules: ContactRules,
): { until: Date; refusal: ContactRefusal } | null {
  const { policy, timeZone, intervalDays } = rules
  const today = localTimeOf(at, timeZone).day
  const before = contacts.filter((contact) => contact.at <= at)
  let found: { until: Date; refusal: ContactRefusal } | null = null
  const forbid = (until: Date, refusal: ContactRefusal) => {
    if (found === null || until > found.until) found = { until, refusal }
  }
  if (notice && intervalDays > 0) {
    for (const contact of before) {
      if (!contact.notice) continue
      const free = addDays(localTimeOf(contact.at, timeZone).day, intervalDays)
      if (free > today) forbid(startOfLocalDay(free, timeZone), { reason: 'too-soon', limit: intervalDays })
    }
  }
  if (policy === null) return found
  if (policy.channels.includes(channel)) {
    const counted = before.filter((contact) => policy.channels.includes(contact.channel))
    const dayOf = (contact: Contact) => localTimeOf(contact.at, timeZone).day
    const { mostPerDay, mostPerWeek, leastHoursBetween } = policy
    if (mostPerDay !== null && counted.filter((contact) => dayOf(contact) === today).length >= mostPerDay)
      forbid(startOfLocalDay(addDays(today, 1), timeZone), { reason: 'contact-limit', limit: mostPerDay, per: 'day' })
    const monday = mondayOf(today)
    const thisWeek = counted.filter((contact) => mondayOf(dayOf(contact)) === monday)
    if (mostPerWeek !== null && thisWeek.length >= mostPerWeek)
      forbid(startOfLocalDay(addDays(monday, 7), timeZone), { reason: 'contact-limit', limit: mostPerWeek, per: 'week' })
    if (policy.oneChannelPerWeek === true && thisWeek.some((contact) => contact.channel !== channel))
      forbid(startOfLocalDay(addDays(monday, 7), timeZone), { reason: 'contact-limit', limit: 1, per: 'channel' })
    if (leastHoursBetween !== null)
      for (const contact of counted) {
        const free = new Date(contact.at.getTime() + leastHoursBetween * msPerHour)
        if (free > at) forbid(free, { reason: 'contact-limit', limit: leastHoursBetween, per: 'hours' })
      }
  }
  return found
}

/** The first instant from `from` on at which the customer may be contacted, and what stood in the way until then. */
export function nextAllowedAt(asked: {
  from: Date
  channel: ContactChannel
  notice: boolean
  contacts: readonly Contact[]
  rules: ContactRules
}): Allowed {
  const { from, channel, notice, contacts, rules } = asked
  let at = from
  let refusal: ContactRefusal | null = null
  let longest = 0
  // Each round passes a closed time or a limit; the bound is for rules that never open.
  for (let round = 0; round < 2 * mostDaysAhead; round += 1) {
    const open = nextOpen(at, rules)
    if (open === null || open.getTime() - from.getTime() > mostDaysAhead * 24 * msPerHour)
      return { at: null, refusal: refusal ?? { reason: 'outside-hours' } }
    if (open > at) refusal ??= { reason: 'outside-hours' }
    const limit = limitAt(open, channel, contacts, notice, rules)
    if (limit === null) return { at: open, refusal }
    if (limit.until.getTime() - open.getTime() > longest || refusal?.reason === 'outside-hours') {
      longest = limit.until.getTime() - open.getTime()
      refusal = limit.refusal
    }
    at = limit.until
  }
  return { at: null, refusal }
}

/** Why a customer may not be contacted at the instant, and from when on they may; null when they may. For calls as for mails. */
export function contactRefusal(asked: {
  at: Date
  channel: ContactChannel
  notice: boolean
  contacts: readonly Contact[]
  rules: ContactRules
}): (ContactRefusal & { until: Date | null }) | null {
  const { at, refusal } = nextAllowedAt({ ...asked, from: asked.at })
  if (at !== null && at.getTime() === asked.at.getTime()) return null
  return { ...(refusal ?? { reason: 'outside-hours' }), until: at }
}

/** The weekdays on which there is any hour to send in, under a policy and the sending window: notices know no other business days. */
export function openWeekdays(
  weekdaysOfCompany: readonly number[],
  rules: Pick<ContactRules, 'policy' | 'sendFrom' | 'sendUntil'>,
): number[] {
  const first = minutesOfClock(rules.sendFrom) ?? 0
  const last = minutesOfClock(rules.sendUntil) ?? 1440
  const { policy } = rules
  return weekdaysOfCompany.filter(
    (weekday) =>
      policy === null ||
      policy.hours.some(
        (each) =>
          each.weekday === weekday &&
          Math.max(minutesOfClock(each.from) ?? 0, first) < Math.min(minutesOfClock(each.until) ?? 0, last),
      ),
  )
}

/** Whether anything but the business days limits when notices leave: where not, nothing need be asked or counted. */
export function limitsContacts(rules: Pick<ContactRules, 'policy' | 'intervalDays'>): boolean {
  const { policy, intervalDays } = rules
  if (intervalDays > 0) return true
  if (policy === null) return false
  return (
    policy.mostPerDay !== null ||
    policy.mostPerWeek !== null ||
    policy.leastHoursBetween !== null ||
    policy.oneChannelPerWeek === true
  )
}
