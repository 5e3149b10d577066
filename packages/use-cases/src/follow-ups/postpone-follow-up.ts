import { followUps, postponements } from '@cartera/db/schema/follow-ups'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { type BusinessHours, postponedDueAt, postponementRefusal } from '@cartera/domain/follow-ups/postponement'
import { Refusal } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { companyCalendar, findCompany } from '../company/company-settings.ts'
import { readFollowUp } from './read-follow-up.ts'
import { lockVisibleFollowUp } from './visible-follow-ups.ts'
import { settleReminders } from './write-follow-up.ts'

/** The company's business hours where postponing respects them, else null. */
export async function postponementHours(ctx: AppContext): Promise<BusinessHours | null> {
  const company = await findCompany(ctx.db)
  if (!company.postponeInBusinessHours) return null
  const { timeZone, opensAt, closesAt } = company
  return { calendar: await companyCalendar(ctx.db), timeZone, opensAt, closesAt }
}

/** What postponing goes by, and the time it is: so that the interface can say where so many hours lead. */
export async function followUpSettings(ctx: AppContext, _viewer: Viewer) {
  const { followUpDefaultHours } = await findCompany(ctx.db)
  const hours = await postponementHours(ctx)
  return {
    now: ctx.now().toISOString(),
    defaultHours: followUpDefaultHours,
    businessHours: hours && {
      timeZone: hours.timeZone,
      opensAt: hours.opensAt,
      closesAt: hours.closesAt,
      businessWeekdays: [...hours.calendar.businessWeekdays],
      holidays: [...hours.calendar.holidays].sort(),
    },
  }
}

async function postpone(
  ctx: AppContext,
  viewer: Viewer,
  followUpId: string,
  input: { hours: number; reason?: string | null | undefined },
  businessHours: BusinessHours | null,
) {
  return ctx.db.transaction(async (tx) => {
    const { state, dueAt, version } = await lockVisibleFollowUp(tx, viewer, followUpId)
    const refusal = postponementRefusal({ state, hours: input.hours })
    if (refusal) throw new Refusal(refusal, refusal === 'follow-up-not-active' ? {} : { field: 'hours' })
    const toDueAt = postponedDueAt({ now: ctx.now(), dueAt, hours: input.hours, businessHours })
    const reason = input.reason ?? null
    await tx.insert(postponements).values({
      followUpId,
      hours: input.hours,
      fromDueAt: dueAt,
      toDueAt,
      reason,
      postponedBy: viewer.userId,
      postponedAt: ctx.now(),
    })
    await tx
      .update(followUps)
      .set({ dueAt: toDueAt, version: version + 1 })
      .where(eq(followUps.id, followUpId))
    await settleReminders(tx, ctx, followUpId)
    await recordAudit(tx, ctx, viewer, {
      action: 'postpone',
      entity: 'follow-up',
      entityId: followUpId,
      changes: { dueAt: [dueAt.toISOString(), toDueAt.toISOString()], hours: input.hours, reason },
    })
    return readFollowUp(ctx, viewer, followUpId, tx)
  })
}

/**
 * Postpones an active follow-up by whole hours (1 to 8760), counted from now or from its due time, whichever is later, in business hours
 * where the company says so. Two at once both count. Refuses `not-found`, `follow-up-not-active`, `hours-not-positive`,
 * `hours-not-whole`, `hours-too-many`.
 */
export async function postponeFollowUp(
  ctx: AppContext,
  viewer: Viewer,
  followUpId: string,
  input: { hours: number; reason?: string | null | undefined },
) {
  return postpone(ctx, viewer, followUpId, input, await postponementHours(ctx))
}

/**
 * Postpones several, each by itself: what is out of reach or no longer active is told per id, the others are done. Hours that no
 * follow-up takes are refused as a whole.
 */
export async function postponeFollowUps(
  ctx: AppContext,
  viewer: Viewer,
  input: { ids: readonly string[]; hours: number; reason?: string | null | undefined },
) {
  const refusal = postponementRefusal({ state: 'active', hours: input.hours })
  if (refusal) throw new Refusal(refusal, { field: 'hours' })
  const businessHours = await postponementHours(ctx)
  const items: { id: string; done: boolean; dueAt: string | null; refusal: string | null }[] = []
  for (const id of new Set(input.ids.map((each) => each.toLowerCase()))) {
    try {
      const { dueAt } = await postpone(ctx, viewer, id, input, businessHours)
      items.push({ id, done: true, dueAt, refusal: null })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      items.push({ id, done: false, dueAt: null, refusal: error.code })
    }
  }
  return { items }
}
