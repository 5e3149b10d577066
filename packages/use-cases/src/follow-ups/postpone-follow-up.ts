import { followUps, postponements } from '@cartera/db/schema/follow-ups'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import {
  type BusinessHours,
  namedDueAt,
  type PostponeUntil,
  postponedDueAt,
  postponementRefusal,
  postponementToRefusal,
} from '@cartera/domain/follow-ups/postponement'
import { Refusal } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { type Company, companyCalendar, findCompany } from '../company/company-settings.ts'
import { readFollowUp } from './read-follow-up.ts'
import { lockVisibleFollowUp } from './visible-follow-ups.ts'
import { dueInstant, settleReminders } from './write-follow-up.ts'

/** By hours, or to a named time; `answer` may say when it comes back at the latest. */
export interface Postponing {
  hours?: number | undefined
  until?: PostponeUntil | undefined
  dueOn?: CalendarDay | undefined
  dueTime?: string | undefined
  reason?: string | null | undefined
}

interface Clock {
  company: Company
  /** When the company is open. */
  openings: BusinessHours
  /** The same where postponing respects it, else null. */
  businessHours: BusinessHours | null
}

async function findClock(ctx: AppContext): Promise<Clock> {
  const company = await findCompany(ctx.db)
  const { timeZone, opensAt, closesAt } = company
  const openings = { calendar: await companyCalendar(ctx.db, company), timeZone, opensAt, closesAt }
  return { company, openings, businessHours: company.postponeInBusinessHours ? openings : null }
}

const onWire = ({ calendar, timeZone, opensAt, closesAt }: BusinessHours) => ({
  timeZone,
  opensAt,
  closesAt,
  businessWeekdays: [...calendar.businessWeekdays],
  holidays: [...calendar.holidays].sort(),
})

/** What postponing goes by, and the time it is: so that the interface can say where so many hours lead. */
export async function followUpSettings(ctx: AppContext, _viewer: Viewer) {
  const { company, openings, businessHours } = await findClock(ctx)
  return {
    now: ctx.now().toISOString(),
    defaultHours: company.followUpDefaultHours,
    businessHours: businessHours && onWire(businessHours),
    openings: onWire(openings),
  }
}

/** Where the postponement leads; refuses at its field. */
function aimOf(
  clock: Clock,
  input: Postponing,
  standing: { state: 'active' | 'closed' | 'discarded'; dueAt: Date; now: Date },
): Date {
  const { hours = Number.NaN, until } = input
  const { state, dueAt, now } = standing
  if (until === undefined) {
    const refusal = postponementRefusal({ state, hours })
    if (refusal) throw new Refusal(refusal, refusal === 'follow-up-not-active' ? {} : { field: 'hours' })
    return postponedDueAt({ now, dueAt, hours, businessHours: clock.businessHours })
  }
  const toDueAt = namedTime(clock, input, until, now)
  const refusal = postponementToRefusal({ state, until, now, dueAt, toDueAt })
  if (refusal)
    throw new Refusal(refusal, refusal === 'follow-up-not-active' ? {} : { field: until === 'answer' ? 'dueOn' : 'until' })
  return toDueAt
}

function namedTime({ company, openings, businessHours }: Clock, input: Postponing, until: PostponeUntil, now: Date): Date {
  if (until !== 'answer') return namedDueAt({ until, now, hours: openings, respected: businessHours !== null })
  if (input.dueOn !== undefined && input.dueTime !== undefined) return dueInstant(input.dueOn, input.dueTime, company.timeZone)
  return postponedDueAt({ now, dueAt: now, hours: company.followUpDefaultHours, businessHours })
}

async function postpone(ctx: AppContext, viewer: Viewer, followUpId: string, input: Postponing, clock: Clock) {
  return ctx.db.transaction(async (tx) => {
    const { state, dueAt, version } = await lockVisibleFollowUp(tx, viewer, followUpId)
    const now = ctx.now()
    const toDueAt = aimOf(clock, input, { state, dueAt, now })
    const reason = input.reason ?? null
    const until = input.until ?? 'hours'
    const hours = until === 'hours' ? (input.hours ?? null) : null
    await tx.insert(postponements).values({
      followUpId,
      hours,
      until,
      fromDueAt: dueAt,
      toDueAt,
      reason,
      postponedBy: viewer.userId,
      postponedAt: now,
    })
    await tx
      .update(followUps)
      .set({ dueAt: toDueAt, waitsForAnswer: until === 'answer', version: version + 1 })
      .where(eq(followUps.id, followUpId))
    await settleReminders(tx, ctx, followUpId)
    await recordAudit(tx, ctx, viewer, {
      action: 'postpone',
      entity: 'follow-up',
      entityId: followUpId,
      changes: {
        dueAt: [dueAt.toISOString(), toDueAt.toISOString()],
        ...(until === 'hours' ? { hours } : { until }),
        reason,
      },
    })
    return readFollowUp(ctx, viewer, followUpId, tx)
  })
}

/**
 * Postpones an active follow-up: by whole hours (1 to 8760), counted from now or from its due time, whichever is later, in business hours
 * where the company says so; or to a named time. One that waits for an answer comes back at once when the customer answers. Two at once both
 * count. Refuses `not-found`, `follow-up-not-active`, `hours-not-positive`, `hours-not-whole`, `hours-too-many`, `postponement-not-later`,
 * `postponement-too-far`, `due-in-past`, `due-time-does-not-exist`.
 */
export async function postponeFollowUp(ctx: AppContext, viewer: Viewer, followUpId: string, input: Postponing) {
  return postpone(ctx, viewer, followUpId, input, await findClock(ctx))
}

/**
 * Postpones several, each by itself: what is out of reach, no longer active or due later already is told per id, the others are done. What no
 * follow-up takes is refused as a whole.
 */
export async function postponeFollowUps(ctx: AppContext, viewer: Viewer, input: Postponing & { ids: readonly string[] }) {
  const clock = await findClock(ctx)
  // One that is due now takes what any takes.
  aimOf(clock, input, { state: 'active', dueAt: ctx.now(), now: ctx.now() })
  const items: { id: string; done: boolean; dueAt: string | null; refusal: string | null }[] = []
  for (const id of new Set(input.ids.map((each) => each.toLowerCase()))) {
    try {
      const { dueAt } = await postpone(ctx, viewer, id, input, clock)
      items.push({ id, done: true, dueAt, refusal: null })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      items.push({ id, done: false, dueAt: null, refusal: error.code })
    }
  }
  return { items }
}
