import type { Transaction } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import { followUpReceivables, followUpSituations, followUps, followUpTypes, reminders } from '@cartera/db/schema/follow-ups'
import { accessProfiles, users } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import { visibleTo } from '@cartera/db/visible-to'
import { type AccessLevel, accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { type CalendarDay, dayOfInstant, instantOfLocal, localTimeOf } from '@cartera/domain/calendar-day'
import { newFollowUpRefusal } from '@cartera/domain/customers/customer-status'
import { dueDayRefusal } from '@cartera/domain/follow-ups/due-range'
import { changeFollowUpRefusal } from '@cartera/domain/follow-ups/follow-up-state'
import { postponedDueAt } from '@cartera/domain/follow-ups/postponement'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { type Company, companyCalendar, findCompany } from '../company/company-settings.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { requireAbout } from './about.ts'
import { readFollowUp } from './read-follow-up.ts'
import { lockVisibleFollowUp, visibleFollowUp } from './visible-follow-ups.ts'

interface FollowUpFields {
  typeId?: string | undefined
  ownerId?: string | undefined
  contactId?: string | null | undefined
  situationId?: string | null | undefined
  parentId?: string | null | undefined
  subject?: string | undefined
  description?: string | null | undefined
  priority?: 'low' | 'normal' | 'high' | undefined
  channel?: 'call' | 'email' | 'visit' | 'message' | 'other' | undefined
  receivableIds?: string[] | undefined
}

interface NewFollowUp extends FollowUpFields {
  customerId: string
  typeId: string
  subject: string
  dueOn?: CalendarDay | undefined
  dueTime?: string | undefined
  /** Of the same customer, and in the viewer's reach: who opens it from there sees to that. */
  interactionId?: string | undefined
  /** What it is the next step of. */
  opportunityId?: string | undefined
  caseId?: string | undefined
  quoteId?: string | undefined
}

const unknown = (field: string) => new Refusal('reference-unknown', { field })

/** Day and time of the company's clock as an instant; refuses `due-time-does-not-exist` where the clocks skip it. */
export function dueInstant(day: CalendarDay, time: string, timeZone: string, field = 'dueTime'): Date {
  const instant = instantOfLocal(day, time, timeZone, { gap: 'refuse' })
  if (instant === null) throw new Refusal('due-time-does-not-exist', { field })
  return instant
}

/** The due time that somebody chose; refuses `due-out-of-range` at the day, and as `dueInstant`. */
export function chosenDueInstant(ctx: AppContext, day: CalendarDay, time: string, timeZone: string): Date {
  const refusal = dueDayRefusal(day, dayOfInstant(ctx.now(), timeZone))
  if (refusal) throw new Refusal(refusal, { field: 'dueOn' })
  return dueInstant(day, time, timeZone)
}

async function requireType(tx: Transaction, typeId: string): Promise<void> {
  const [type] = await tx
    .select({ id: followUpTypes.id })
    .from(followUpTypes)
    .where(and(eq(followUpTypes.id, typeId), eq(followUpTypes.active, true)))
    .for('key share')
  if (!type) throw unknown('typeId')
}

async function requireSituation(tx: Transaction, situationId: string): Promise<void> {
  const [situation] = await tx
    .select({ id: followUpSituations.id })
    .from(followUpSituations)
    .where(and(eq(followUpSituations.id, situationId), eq(followUpSituations.active, true)))
    .for('key share')
  if (!situation) throw unknown('situationId')
}

/** A parent is a follow-up of the same customer that the viewer sees, and none that comes from the follow-up itself. */
async function requireParent(
  tx: Transaction,
  viewer: Viewer,
  customerId: string,
  parentId: string,
  followUpId: string | null,
): Promise<void> {
  const [parent] = await tx
    .select({ id: followUps.id })
    .from(followUps)
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(and(eq(followUps.id, parentId), eq(followUps.customerId, customerId), visibleFollowUp(viewer)))
  if (!parent) throw unknown('parentId')
  if (followUpId === null) return
  // Two who hang each one's follow-up under the other's would close a circle that neither sees.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('follow-up chain'), hashtext(${customerId}))`)
  const { rows } = await tx.execute<{ found: boolean }>(sql`
    with recursive origins(id) as (
      select ${parentId}::uuid
      union
      select f.parent_id from origins join follow_ups f on f.id = origins.id where f.parent_id is not null
    ) select exists (select 1 from origins where id = ${followUpId}::uuid) as found`)
  if (rows[0]?.found) throw new Refusal('follow-up-cycle', { field: 'parentId' })
}

/** An owner is active, within the viewer's reach, and sees the customer: else nobody would ever see the follow-up's work. */
export async function requireOwner(tx: Transaction, viewer: Viewer, ownerId: string, customerId: string): Promise<void> {
  const [owner] = await tx
    .select({ user: users, profile: accessProfiles })
    .from(users)
    .innerJoin(accessProfiles, eq(accessProfiles.id, users.profileId))
    .where(and(eq(users.id, ownerId), eq(users.active, true), visibleTo(accessScopeOf(viewer), users.id)))
  if (!owner) throw unknown('ownerId')
  const [seen] = await tx
    .select({ id: customers.id })
    .from(customers)
    .where(
      and(
        eq(customers.id, customerId),
        visibleCustomer({
          ...viewer,
          userId: owner.user.id,
          branchId: owner.user.branchId,
          departmentId: owner.user.departmentId,
          customerLevel: owner.profile.customerLevel as AccessLevel,
        }),
      ),
    )
  if (!seen) throw unknown('ownerId')
}

/** Refuses `reference-unknown` at `contactId` unless it is a contact of the customer. */
export async function requireContact(tx: Transaction, customerId: string, contactId: string): Promise<void> {
  const [contact] = await tx
    .select({ id: contacts.id })
    .from(contacts)
    .where(and(eq(contacts.id, contactId), eq(contacts.customerId, customerId), isNull(contacts.deletedAt)))
  if (!contact) throw unknown('contactId')
}

/** Links exactly these receivables, all of that customer; answers whether anything changed. */
async function linkReceivables(
  tx: Transaction,
  followUpId: string,
  customerId: string,
  wanted: readonly string[],
): Promise<[string[], string[]]> {
  const ids = [...new Set(wanted)].sort()
  const linked = await tx
    .select({ id: followUpReceivables.receivableId })
    .from(followUpReceivables)
    .where(eq(followUpReceivables.followUpId, followUpId))
  const before = linked.map((row) => row.id).sort()
  if (ids.length > 0) {
    const found = await tx
      .select({ id: receivables.id })
      .from(receivables)
      .where(and(inArray(receivables.id, ids), eq(receivables.customerId, customerId)))
      .orderBy(asc(receivables.id))
    if (found.length !== ids.length) throw unknown('receivableIds')
  }
  await tx.delete(followUpReceivables).where(eq(followUpReceivables.followUpId, followUpId))
  if (ids.length > 0) await tx.insert(followUpReceivables).values(ids.map((receivableId) => ({ followUpId, receivableId })))
  return [before, ids]
}

/** What a person has dealt with needs no bell any more: its unread reminders are read. */
export async function settleReminders(tx: Transaction, ctx: AppContext, followUpId: string): Promise<void> {
  await tx
    .update(reminders)
    .set({ readAt: ctx.now() })
    .where(and(eq(reminders.followUpId, followUpId), isNull(reminders.readAt)))
}

function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new Refusal('due-incomplete', { field })
  return value
}

/** So many hours from now as the company says, in business hours where they are respected. */
export async function defaultDueAt(tx: Transaction, ctx: AppContext, company: Company): Promise<Date> {
  const { timeZone, opensAt, closesAt, followUpDefaultHours: hours } = company
  const businessHours = company.postponeInBusinessHours
    ? { calendar: await companyCalendar(tx, company), timeZone, opensAt, closesAt }
    : null
  const due = postponedDueAt({ now: ctx.now(), dueAt: ctx.now(), hours, businessHours })
  // Nobody chose the seconds.
  return new Date(Math.ceil(due.getTime() / 60_000) * 60_000)
}

/**
 * Opens a follow-up of a customer, the viewer's own unless another owner in their reach is named. Refuses `reference-unknown` at the
 * field (customer, type, owner, contact, receivables, parent, opportunity, case and quote must exist for the viewer), `customer-inactive`,
 * `due-time-does-not-exist`, `due-out-of-range`.
 */
export async function createFollowUp(ctx: AppContext, viewer: Viewer, input: NewFollowUp) {
  return ctx.db.transaction(async (tx) => readFollowUp(ctx, viewer, await openFollowUpFor(tx, ctx, viewer, input), tx))
}

/** The same within a transaction of something else that opens it. Answers its id. */
export async function openFollowUpFor(tx: Transaction, ctx: AppContext, viewer: Viewer, input: NewFollowUp): Promise<string> {
  const { dueOn, dueTime, receivableIds = [], ...fields } = input
  const company = await findCompany(tx)
  const [customer] = await tx
    .select({ id: customers.id, status: customers.status })
    .from(customers)
    .where(and(eq(customers.id, input.customerId), visibleCustomer(viewer)))
    .for('key share')
  if (!customer) throw unknown('customerId')
  const refusal = newFollowUpRefusal(customer.status)
  if (refusal) throw new Refusal(refusal, { field: 'customerId' })
  await requireType(tx, input.typeId)
  const ownerId = input.ownerId ?? viewer.userId
  if (ownerId !== viewer.userId) await requireOwner(tx, viewer, ownerId, input.customerId)
  if (input.contactId) await requireContact(tx, input.customerId, input.contactId)
  if (input.situationId) await requireSituation(tx, input.situationId)
  if (input.parentId) await requireParent(tx, viewer, input.customerId, input.parentId, null)
  await requireAbout(tx, viewer, input.customerId, input)
  const dueAt =
    dueOn === undefined && dueTime === undefined
      ? await defaultDueAt(tx, ctx, company)
      : chosenDueInstant(ctx, required(dueOn, 'dueOn'), required(dueTime, 'dueTime'), company.timeZone)
  const [made] = await tx
    .insert(followUps)
    .values({ ...fields, ownerId, dueAt, createdAt: ctx.now(), createdBy: viewer.userId })
    .returning({ id: followUps.id })
  if (!made) throw new Error('the follow-up was not written')
  await linkReceivables(tx, made.id, input.customerId, receivableIds)
  await recordAudit(tx, ctx, viewer, {
    action: 'create',
    entity: 'follow-up',
    entityId: made.id,
    changes: { ...input, ownerId, dueAt: dueAt.toISOString() },
  })
  return made.id
}

/**
 * Changes an active follow-up. Handing it to somebody out of the viewer's reach is refused, so the viewer still sees what they changed.
 * Refuses `not-found`, `changed-meanwhile`, `follow-up-not-active`, `reference-unknown`, `due-time-does-not-exist`, `due-out-of-range`.
 */
export async function changeFollowUp(
  ctx: AppContext,
  viewer: Viewer,
  followUpId: string,
  input: FollowUpFields & { dueOn?: CalendarDay | undefined; dueTime?: string | undefined; version: number },
) {
  const { version, dueOn, dueTime, receivableIds, ...fields } = input
  return ctx.db.transaction(async (tx) => {
    const before = await lockVisibleFollowUp(tx, viewer, followUpId)
    if (before.version !== version) throw new Refusal('changed-meanwhile')
    const refusal = changeFollowUpRefusal(before.state)
    if (refusal) throw new Refusal(refusal)
    if (fields.typeId !== undefined && fields.typeId !== before.typeId) await requireType(tx, fields.typeId)
    if (fields.ownerId !== undefined && fields.ownerId !== before.ownerId)
      await requireOwner(tx, viewer, fields.ownerId, before.customerId)
    if (fields.contactId && fields.contactId !== before.contactId) await requireContact(tx, before.customerId, fields.contactId)
    if (fields.situationId && fields.situationId !== before.situationId) await requireSituation(tx, fields.situationId)
    if (fields.parentId && fields.parentId !== before.parentId)
      await requireParent(tx, viewer, before.customerId, fields.parentId, followUpId)

    const { timeZone } = await findCompany(tx)
    const local = localTimeOf(before.dueAt, timeZone)
    const oldTime = `${String(Math.floor(local.minutes / 60)).padStart(2, '0')}:${String(local.minutes % 60).padStart(2, '0')}`
    // The same day and time keep the instant as it is, seconds and the second of two like hours included.
    const moved = (dueOn ?? local.day) !== local.day || (dueTime ?? oldTime) !== oldTime
    const dueAt = moved ? chosenDueInstant(ctx, dueOn ?? local.day, dueTime ?? oldTime, timeZone) : before.dueAt

    const links = receivableIds === undefined ? null : await linkReceivables(tx, followUpId, before.customerId, receivableIds)
    const changes = changesBetween({ ...before, receivableIds: links?.[0] }, { ...fields, dueAt, receivableIds: links?.[1] })
    if (Object.keys(changes).length > 0) {
      await tx
        .update(followUps)
        .set({ ...fields, dueAt, version: version + 1 })
        .where(eq(followUps.id, followUpId))
      if ('dueAt' in changes || 'ownerId' in changes) await settleReminders(tx, ctx, followUpId)
      await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'follow-up', entityId: followUpId, changes })
    }
    return readFollowUp(ctx, viewer, followUpId, tx)
  })
}
