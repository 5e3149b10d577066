import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { followUps } from '@cartera/db/schema/follow-ups'
import { products } from '@cartera/db/schema/interactions'
import { renewalPurchases, renewals } from '@cartera/db/schema/renewals'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import { readAmount } from '@cartera/domain/receivables/receivable-terms'
import { Refusal } from '@cartera/domain/refusal'
import { anchorOf, nextAfterPurchase } from '@cartera/domain/renewals/renewal'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { companyToday, findCompany } from '../company/company-settings.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { requireOwner, settleReminders } from '../follow-ups/write-follow-up.ts'
import { mayRestore } from '../interests/find-interests.ts'
import { reachedRenewal, readRenewal } from './find-renewals.ts'

type Renewal = typeof renewals.$inferSelect

interface Fields {
  productId?: string | undefined
  ownerId?: string | undefined
  everyMonths?: number | undefined
  lastOn?: CalendarDay | null | undefined
  nextOn?: CalendarDay | undefined
  quantity?: string | null | undefined
  amount?: string | null | undefined
  currency?: string | null | undefined
  note?: string | null | undefined
  leadDays?: number | null | undefined
}

/** The furthest date that a renewal may have: the longest rhythm ahead, and as far back. */
const mostDays = 3660

async function requireProduct(tx: Transaction, productId: string): Promise<void> {
  const [product] = await tx.select({ active: products.active }).from(products).where(eq(products.id, productId)).for('key share')
  if (!product?.active) throw new Refusal('reference-unknown', { field: 'productId' })
}

function requireDays(
  today: CalendarDay,
  { lastOn, nextOn }: { lastOn?: CalendarDay | null | undefined; nextOn?: CalendarDay | undefined },
): void {
  if (lastOn && lastOn > today) throw new Refusal('day-in-future', { field: 'lastOn' })
  if (nextOn === undefined) return
  if (nextOn > addDays(today, mostDays))
    throw new Refusal('day-too-far', { field: 'nextOn', params: { last: addDays(today, mostDays) } })
  if (nextOn < addDays(today, -mostDays)) throw new Refusal('day-in-past', { field: 'nextOn' })
}

/** The money of a renewal as it is stored, from both fields; the currency is the company's unless told. */
async function storedAmount(tx: Transaction, before: Renewal | null, { amount, currency }: Fields) {
  if (amount === undefined && currency === undefined) return {}
  if (amount === null) return { amountMinor: null, currency: null }
  const code = currency ?? before?.currency ?? (await findCompany(tx)).currency
  if (amount === undefined) return before?.amountMinor == null ? {} : { currency: code }
  const read = readAmount(amount, code)
  if ('errors' in read) {
    const [error] = read.errors
    throw new Refusal(error?.code ?? 'amount-invalid', { field: error?.field ?? 'amount' })
  }
  return { amountMinor: read.amountMinor, currency: code }
}

/** The viewer's renewal, locked; refuses `not-found` alike for missing, deleted (unless asked for) and out-of-scope ones. */
async function lockRenewal(tx: Transaction, viewer: Viewer, renewalId: string, deleted = false): Promise<Renewal> {
  const [row] = await tx
    .select({ renewal: renewals })
    .from(renewals)
    .innerJoin(customers, eq(customers.id, renewals.customerId))
    .where(
      and(
        eq(renewals.id, renewalId),
        reachedRenewal(viewer),
        deleted ? sql`${renewals.deletedAt} is not null` : isNull(renewals.deletedAt),
      ),
    )
    .for('update', { of: renewals })
  if (!row) throw new Refusal('not-found')
  return row.renewal
}

function requireGoesOn(before: Renewal, version: number): void {
  if (before.version !== version || before.state !== 'active') throw new Refusal('changed-meanwhile')
}

/** What the follow-up of a renewal was for is settled: it ends with it, if it is still open. */
async function endFollowUp(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer,
  renewal: Renewal,
  end: { state: 'closed' | 'discarded'; reason: string },
): Promise<void> {
  if (renewal.followUpId === null) return
  const [before] = await tx.select().from(followUps).where(eq(followUps.id, renewal.followUpId)).for('update')
  if (before?.state !== 'active') return
  await tx
    .update(followUps)
    .set({
      state: end.state,
      endReason: end.reason.slice(0, 500),
      endedAt: ctx.now(),
      endedBy: viewer.userId,
      waitsForAnswer: false,
      version: before.version + 1,
    })
    .where(eq(followUps.id, before.id))
  await settleReminders(tx, ctx, before.id)
  await recordAudit(tx, ctx, viewer, {
    action: end.state === 'closed' ? 'close' : 'discard',
    entity: 'follow-up',
    entityId: before.id,
    changes: { state: ['active', end.state], reason: end.reason, renewalId: renewal.id },
  })
}

const endWords = {
  es: {
    renewed: 'Renovado',
    moved: 'La fecha de renovación cambió',
    ended: 'No se renueva: ',
    deleted: 'Se eliminó el renovable',
  },
  en: { renewed: 'Renewed', moved: 'The renewal date changed', ended: 'Not renewed: ', deleted: 'The renewal was deleted' },
} as const
const endWordsOf = async (tx: Transaction) => endWords[(await findCompany(tx)).locale.startsWith('en') ? 'en' : 'es']

/**
 * Notes a product that a customer buys every so many months; the day of its next date is the one that it keeps. Its owner is who is told, else the preferred agent
 * where in the viewer's reach, else the viewer. Refuses `reference-unknown` at the field, `day-in-future`, `day-too-far`, `day-in-past`, `amount-...`.
 */
export async function createRenewal(
  ctx: AppContext,
  viewer: Viewer,
  input: Fields & { customerId: string; productId: string; everyMonths: number; nextOn: CalendarDay },
) {
  const today = await companyToday(ctx)
  requireDays(today, input)
  return ctx.db.transaction(async (tx) => {
    const [customer] = await tx
      .select({ id: customers.id, preferredAgentId: customers.preferredAgentId })
      .from(customers)
      .where(and(eq(customers.id, input.customerId), visibleCustomer(viewer)))
      .for('key share')
    if (!customer) throw new Refusal('reference-unknown', { field: 'customerId' })
    await requireProduct(tx, input.productId)
    const ownerId = await ownerOf(tx, viewer, customer, input.ownerId)
    const money = await storedAmount(tx, null, input)
    const [made] = await tx
      .insert(renewals)
      .values({
        customerId: customer.id,
        productId: input.productId,
        ownerId,
        everyMonths: input.everyMonths,
        anchorDay: anchorOf(input.nextOn),
        lastOn: input.lastOn ?? null,
        nextOn: input.nextOn,
        quantity: input.quantity ?? null,
        ...money,
        note: input.note ?? null,
        leadDays: input.leadDays ?? null,
        createdBy: viewer.userId,
        createdAt: ctx.now(),
      })
      .returning({ id: renewals.id })
    if (!made) throw new Error('the renewal was not written')
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'renewal',
      entityId: made.id,
      changes: { ...input, ownerId },
    })
    return readRenewal(tx, ctx, viewer, made.id)
  })
}

async function ownerOf(
  tx: Transaction,
  viewer: Viewer,
  customer: { id: string; preferredAgentId: string | null },
  wanted: string | undefined,
): Promise<string> {
  if (wanted !== undefined) {
    if (wanted !== viewer.userId) await requireOwner(tx, viewer, wanted, customer.id)
    return wanted
  }
  if (customer.preferredAgentId === null || customer.preferredAgentId === viewer.userId) return viewer.userId
  try {
    await requireOwner(tx, viewer, customer.preferredAgentId, customer.id)
    return customer.preferredAgentId
  } catch (error) {
    if (error instanceof Refusal) return viewer.userId
    throw error
  }
}

/** Changes a renewal that goes on; another next date is another rhythm, and its open follow-up ends. Refuses `not-found`, `changed-meanwhile` and what `createRenewal` refuses. */
export async function changeRenewal(
  ctx: AppContext,
  viewer: Viewer,
  renewalId: string,
  { version, amount, currency, ...fields }: Fields & { version: number },
) {
  const today = await companyToday(ctx)
  return ctx.db.transaction(async (tx) => {
    const before = await lockRenewal(tx, viewer, renewalId)
    requireGoesOn(before, version)
    const moved = fields.nextOn !== undefined && fields.nextOn !== before.nextOn
    requireDays(today, { lastOn: fields.lastOn, ...(moved ? { nextOn: fields.nextOn } : {}) })
    if (fields.productId !== undefined && fields.productId !== before.productId) await requireProduct(tx, fields.productId)
    if (fields.ownerId !== undefined && fields.ownerId !== before.ownerId)
      await requireOwner(tx, viewer, fields.ownerId, before.customerId)
    const money = await storedAmount(tx, before, { amount, currency })
    const changes = changesBetween(before, { ...fields, ...money })
    if (Object.keys(changes).length > 0) {
      if (moved) await endFollowUp(tx, ctx, viewer, before, { state: 'discarded', reason: (await endWordsOf(tx)).moved })
      await tx
        .update(renewals)
        .set({
          ...fields,
          ...money,
          ...(moved && fields.nextOn ? { anchorDay: anchorOf(fields.nextOn) } : {}),
          version: version + 1,
        })
        .where(eq(renewals.id, renewalId))
      await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'renewal', entityId: renewalId, changes })
    }
    return readRenewal(tx, ctx, viewer, renewalId)
  })
}

/**
 * It was renewed: the purchase is a fact of the date that was due, so one date is renewed once; the next one follows in its rhythm unless told, and
 * its follow-up is closed. Refuses `not-found`, `changed-meanwhile`, `day-in-future` at `purchasedOn`, `renewal-not-later` at `nextOn`, `day-too-far`.
 */
export async function renew(
  ctx: AppContext,
  viewer: Viewer,
  renewalId: string,
  input: { purchasedOn?: CalendarDay | undefined; nextOn?: CalendarDay | undefined; version: number },
) {
  const today = await companyToday(ctx)
  const purchasedOn = input.purchasedOn ?? today
  if (purchasedOn > today) throw new Refusal('day-in-future', { field: 'purchasedOn' })
  return ctx.db.transaction(async (tx) => {
    const before = await lockRenewal(tx, viewer, renewalId)
    requireGoesOn(before, input.version)
    const nextOn = input.nextOn ?? nextAfterPurchase(before, purchasedOn)
    if (nextOn <= before.nextOn || nextOn <= purchasedOn) throw new Refusal('renewal-not-later', { field: 'nextOn' })
    requireDays(today, { nextOn })
    const told = input.nextOn !== undefined && input.nextOn !== nextAfterPurchase(before, purchasedOn)
    await tx.insert(renewalPurchases).values({
      renewalId,
      dueOn: before.nextOn,
      purchasedOn,
      nextOn,
      renewedBy: viewer.userId,
      renewedAt: ctx.now(),
    })
    await tx
      .update(renewals)
      .set({
        lastOn: purchasedOn,
        nextOn,
        ...(told ? { anchorDay: anchorOf(nextOn) } : {}),
        version: before.version + 1,
      })
      .where(eq(renewals.id, renewalId))
    await endFollowUp(tx, ctx, viewer, before, { state: 'closed', reason: (await endWordsOf(tx)).renewed })
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'renewal',
      entityId: renewalId,
      changes: changesBetween(before, { lastOn: purchasedOn, nextOn }),
    })
    return readRenewal(tx, ctx, viewer, renewalId)
  })
}

/** It is not renewed any more; its follow-up ends with the same reason. Refuses `not-found`, `changed-meanwhile`. */
export async function endRenewal(ctx: AppContext, viewer: Viewer, renewalId: string, input: { reason: string; version: number }) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockRenewal(tx, viewer, renewalId)
    requireGoesOn(before, input.version)
    await tx
      .update(renewals)
      .set({
        state: 'ended',
        endReason: input.reason,
        endedAt: ctx.now(),
        endedBy: viewer.userId,
        version: before.version + 1,
      })
      .where(eq(renewals.id, renewalId))
    await endFollowUp(tx, ctx, viewer, before, {
      state: 'discarded',
      reason: `${(await endWordsOf(tx)).ended}${input.reason}`,
    })
    await recordAudit(tx, ctx, viewer, {
      action: 'close',
      entity: 'renewal',
      entityId: renewalId,
      changes: { state: ['active', 'ended'], reason: input.reason },
    })
    return readRenewal(tx, ctx, viewer, renewalId)
  })
}

/** An ended renewal goes on, at the date that it had. Refuses `not-found`, `changed-meanwhile`. */
export async function reopenRenewal(ctx: AppContext, viewer: Viewer, renewalId: string, input: { version: number }) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockRenewal(tx, viewer, renewalId)
    if (before.version !== input.version || before.state !== 'ended') throw new Refusal('changed-meanwhile')
    await tx
      .update(renewals)
      .set({ state: 'active', endReason: null, endedAt: null, endedBy: null, version: before.version + 1 })
      .where(eq(renewals.id, renewalId))
    await recordAudit(tx, ctx, viewer, {
      action: 'reopen',
      entity: 'renewal',
      entityId: renewalId,
      changes: { state: ['ended', 'active'] },
    })
    return readRenewal(tx, ctx, viewer, renewalId)
  })
}

/** Deletes a renewal, softly; its open follow-up ends. Refuses `not-found`. */
export async function removeRenewal(ctx: AppContext, viewer: Viewer, renewalId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const before = await lockRenewal(tx, viewer, renewalId)
    await tx
      .update(renewals)
      .set({ deletedAt: ctx.now(), deletedBy: viewer.userId, version: before.version + 1 })
      .where(eq(renewals.id, renewalId))
    await endFollowUp(tx, ctx, viewer, before, { state: 'discarded', reason: (await endWordsOf(tx)).deleted })
    await recordAudit(tx, ctx, viewer, { action: 'delete', entity: 'renewal', entityId: renewalId })
  })
}

/** Restores what was deleted: level 1, or whoever deleted it. Refuses `not-found`. */
export async function restoreRenewal(ctx: AppContext, viewer: Viewer, renewalId: string) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockRenewal(tx, viewer, renewalId, true)
    if (!mayRestore(viewer, before.deletedBy)) throw new Refusal('not-found')
    await tx
      .update(renewals)
      .set({ deletedAt: null, deletedBy: null, version: before.version + 1 })
      .where(eq(renewals.id, renewalId))
    await recordAudit(tx, ctx, viewer, { action: 'restore', entity: 'renewal', entityId: renewalId })
    return readRenewal(tx, ctx, viewer, renewalId)
  })
}
