import type { Transaction } from '@cartera/db/connect'
import { caseComments, cases, caseTypes } from '@cartera/db/schema/cases'
import { customers } from '@cartera/db/schema/customers'
import { interactions } from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { type CalendarDay, dayOfInstant, localTimeOf } from '@cartera/domain/calendar-day'
import {
  type CaseState,
  changeCaseRefusal,
  deleteCaseRefusal,
  newCaseRefusal,
  reopenCaseRefusal,
  restoreCaseRefusal,
  stateTakenOver,
} from '@cartera/domain/cases/case-rules'
import { Refusal, type RefusalCode } from '@cartera/domain/refusal'
import { and, eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { chosenDueInstant, defaultDueAt, requireContact, requireOwner } from '../follow-ups/write-follow-up.ts'
import { visibleInteraction } from '../interactions/visible-interaction.ts'
import { readCase } from './find-cases.ts'
import { lockCase } from './visible-case.ts'

type Case = typeof cases.$inferSelect

interface Fields {
  contactId?: string | null | undefined
  typeId?: string | null | undefined
  ownerId?: string | undefined
  subject?: string | undefined
  description?: string | null | undefined
  priority?: 'low' | 'normal' | 'high' | undefined
  channel?: 'call' | 'email' | 'visit' | 'message' | 'other' | undefined
}

interface Due {
  dueOn?: CalendarDay | undefined
  dueTime?: string | undefined
}

const unknown = (field: string) => new Refusal('reference-unknown', { field })
const refuse = (code: RefusalCode | null): void => {
  if (code !== null) throw new Refusal(code)
}

async function requireCaseType(tx: Transaction, typeId: string): Promise<void> {
  const [type] = await tx
    .select({ id: caseTypes.id })
    .from(caseTypes)
    .where(and(eq(caseTypes.id, typeId), eq(caseTypes.active, true)))
    .for('key share')
  if (!type) throw unknown('typeId')
}

async function requireInteraction(tx: Transaction, viewer: Viewer, interactionId: string, customerId: string): Promise<void> {
  const [found] = await tx
    .select({ id: interactions.id })
    .from(interactions)
    .innerJoin(customers, eq(customers.id, interactions.customerId))
    .where(and(eq(interactions.id, interactionId), eq(interactions.customerId, customerId), visibleInteraction(viewer)))
  if (!found) throw unknown('interactionId')
}

/**
 * Opens a case of a customer, the viewer's own unless another owner in their reach is named; due after the company's default hours unless told. Refuses
 * `reference-unknown` at the field, `customer-inactive`, `due-incomplete`, `due-time-does-not-exist`, `due-out-of-range`.
 */
export async function createCase(
  ctx: AppContext,
  viewer: Viewer,
  input: Fields & Due & { customerId: string; subject: string; interactionId?: string | null | undefined },
) {
  return ctx.db.transaction(async (tx) => {
    const { dueOn, dueTime, ...fields } = input
    const company = await findCompany(tx)
    const [customer] = await tx
      .select({ status: customers.status })
      .from(customers)
      .where(and(eq(customers.id, input.customerId), visibleCustomer(viewer)))
      .for('key share')
    if (!customer) throw unknown('customerId')
    const refusal = newCaseRefusal(customer.status)
    if (refusal) throw new Refusal(refusal, { field: 'customerId' })
    const ownerId = input.ownerId ?? viewer.userId
    if (ownerId !== viewer.userId) await requireOwner(tx, viewer, ownerId, input.customerId)
    if (input.typeId) await requireCaseType(tx, input.typeId)
    if (input.contactId) await requireContact(tx, input.customerId, input.contactId)
    if (input.interactionId) await requireInteraction(tx, viewer, input.interactionId, input.customerId)
    if ((dueOn === undefined) !== (dueTime === undefined))
      throw new Refusal('due-incomplete', { field: dueOn === undefined ? 'dueOn' : 'dueTime' })
    const dueAt =
      dueOn === undefined || dueTime === undefined
        ? await defaultDueAt(tx, ctx, company)
        : chosenDueInstant(ctx, dueOn, dueTime, company.timeZone)
    const [made] = await tx
      .insert(cases)
      .values({ ...fields, ownerId, dueAt, createdAt: ctx.now(), createdBy: viewer.userId })
      .returning({ id: cases.id })
    if (!made) throw new Error('the case was not written')
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'case',
      entityId: made.id,
      changes: { ...fields, ownerId, dueAt: dueAt.toISOString() },
    })
    return readCase(tx, ctx, viewer, made.id)
  })
}

/** Day and time together, where one of them was given: the other stays. A time that stands is not asked whether it may be chosen. */
async function nextDueAt(tx: Transaction, ctx: AppContext, before: Case, { dueOn, dueTime }: Due): Promise<Date> {
  if (dueOn === undefined && dueTime === undefined) return before.dueAt
  const { timeZone } = await findCompany(tx)
  const { minutes } = localTimeOf(before.dueAt, timeZone)
  const two = (n: number) => String(n).padStart(2, '0')
  const stood = { day: dayOfInstant(before.dueAt, timeZone), time: `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}` }
  const [day, time] = [dueOn ?? stood.day, dueTime ?? stood.time]
  return day === stood.day && time === stood.time ? before.dueAt : chosenDueInstant(ctx, day, time, timeZone)
}

/**
 * Changes an open case. Handing it to somebody out of the viewer's reach is refused, so the viewer still sees what they changed. Refuses `not-found`,
 * `changed-meanwhile`, `case-resolved`, and what `createCase` refuses.
 */
export async function changeCase(
  ctx: AppContext,
  viewer: Viewer,
  caseId: string,
  { version, dueOn, dueTime, ...fields }: Fields & Due & { state?: CaseState | undefined; version: number },
) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockCase(tx, viewer, caseId)
    refuse(changeCaseRefusal(before.state))
    if (before.version !== version) throw new Refusal('changed-meanwhile')
    if (fields.ownerId !== undefined && fields.ownerId !== before.ownerId)
      await requireOwner(tx, viewer, fields.ownerId, before.customerId)
    if (fields.typeId && fields.typeId !== before.typeId) await requireCaseType(tx, fields.typeId)
    if (fields.contactId && fields.contactId !== before.contactId) await requireContact(tx, before.customerId, fields.contactId)
    const dueAt = await nextDueAt(tx, ctx, before, { dueOn, dueTime })
    const changes = changesBetween(before, { ...fields, dueAt })
    if (Object.keys(changes).length > 0) {
      await tx
        .update(cases)
        .set({ ...fields, dueAt, version: version + 1 })
        .where(eq(cases.id, caseId))
      await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'case', entityId: caseId, changes })
    }
    return readCase(tx, ctx, viewer, caseId)
  })
}

/** The viewer becomes the owner of an open case; a new one is in progress from then on. Refuses `not-found`, `changed-meanwhile`, `case-resolved`. */
export async function takeCaseOver(ctx: AppContext, viewer: Viewer, caseId: string, input: { version: number }) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockCase(tx, viewer, caseId)
    refuse(changeCaseRefusal(before.state))
    if (before.version !== input.version) throw new Refusal('changed-meanwhile')
    const next = { ownerId: viewer.userId, state: stateTakenOver(before.state) }
    const changes = changesBetween(before, next)
    if (Object.keys(changes).length > 0) {
      await tx
        .update(cases)
        .set({ ...next, version: before.version + 1 })
        .where(eq(cases.id, caseId))
      await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'case', entityId: caseId, changes })
    }
    return readCase(tx, ctx, viewer, caseId)
  })
}

/** Resolves an open case with what was done or answered, which stays among what was said in it. Refuses `not-found`, `changed-meanwhile`, `case-resolved`. */
export async function resolveCase(
  ctx: AppContext,
  viewer: Viewer,
  caseId: string,
  input: { resolution: string; version: number },
) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockCase(tx, viewer, caseId)
    refuse(changeCaseRefusal(before.state))
    if (before.version !== input.version) throw new Refusal('changed-meanwhile')
    const at = ctx.now()
    await tx
      .update(cases)
      .set({
        state: 'resolved',
        resolution: input.resolution,
        resolvedAt: at,
        resolvedBy: viewer.userId,
        version: before.version + 1,
      })
      .where(eq(cases.id, caseId))
    await tx
      .insert(caseComments)
      .values({ caseId, kind: 'resolution', body: input.resolution, writtenAt: at, authorId: viewer.userId })
    await recordAudit(tx, ctx, viewer, {
      action: 'close',
      entity: 'case',
      entityId: caseId,
      changes: { state: [before.state, 'resolved'], resolution: input.resolution },
    })
    return readCase(tx, ctx, viewer, caseId)
  })
}

/** A resolved case goes on, in progress, and why; its due time stays. Refuses `not-found`, `changed-meanwhile`. */
export async function reopenCase(ctx: AppContext, viewer: Viewer, caseId: string, input: { reason: string; version: number }) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockCase(tx, viewer, caseId)
    refuse(reopenCaseRefusal(before.state))
    if (before.version !== input.version) throw new Refusal('changed-meanwhile')
    await tx
      .update(cases)
      .set({ state: 'in-progress', resolution: null, resolvedAt: null, resolvedBy: null, version: before.version + 1 })
      .where(eq(cases.id, caseId))
    await tx
      .insert(caseComments)
      .values({ caseId, kind: 'reopening', body: input.reason, writtenAt: ctx.now(), authorId: viewer.userId })
    await recordAudit(tx, ctx, viewer, {
      action: 'reopen',
      entity: 'case',
      entityId: caseId,
      changes: { state: ['resolved', 'in-progress'], reason: input.reason },
    })
    return readCase(tx, ctx, viewer, caseId)
  })
}

/** Says something in a case, also in a resolved one; its version stays, so that nobody's open form is refused for it. Refuses `not-found`. */
export async function commentOnCase(ctx: AppContext, viewer: Viewer, caseId: string, input: { body: string }) {
  return ctx.db.transaction(async (tx) => {
    await lockCase(tx, viewer, caseId)
    const [made] = await tx
      .insert(caseComments)
      .values({ caseId, body: input.body, writtenAt: ctx.now(), authorId: viewer.userId })
      .returning()
    const [author] = await tx.select({ id: users.id, name: users.name }).from(users).where(eq(users.id, viewer.userId))
    if (!made || !author) throw new Error('the comment was not written')
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'case',
      entityId: caseId,
      changes: { comment: [null, input.body] },
    })
    return { id: made.id, kind: made.kind, body: made.body, writtenAt: made.writtenAt.toISOString(), author }
  })
}

/** Deletes a case in any state, softly. Refuses `not-found` to who does not see it, `not-allowed` to who does and may not. */
export async function removeCase(ctx: AppContext, viewer: Viewer, caseId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const before = await lockCase(tx, viewer, caseId)
    refuse(deleteCaseRefusal(viewer))
    await tx
      .update(cases)
      .set({ deletedAt: ctx.now(), deletedBy: viewer.userId, version: before.version + 1 })
      .where(eq(cases.id, caseId))
    const { number, customerId, ownerId, subject, state } = before
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'case',
      entityId: caseId,
      changes: { number, customerId, ownerId, subject, state },
    })
  })
}

/** Brings a deleted case back. Refuses `not-allowed` below level 1, `not-found` where there is none. */
export async function restoreCase(ctx: AppContext, viewer: Viewer, caseId: string) {
  return ctx.db.transaction(async (tx) => {
    refuse(restoreCaseRefusal(viewer))
    const before = await lockCase(tx, viewer, caseId, true)
    await tx
      .update(cases)
      .set({ deletedAt: null, deletedBy: null, version: before.version + 1 })
      .where(eq(cases.id, caseId))
    await recordAudit(tx, ctx, viewer, {
      action: 'restore',
      entity: 'case',
      entityId: caseId,
      changes: { number: before.number, customerId: before.customerId },
    })
    return readCase(tx, ctx, viewer, caseId)
  })
}
