import type { Transaction } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import { products } from '@cartera/db/schema/interactions'
import { interests } from '@cartera/db/schema/interests'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, inArray, isNull, or, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'
import { mayRestore, readInterest } from './find-interests.ts'

interface Fields {
  productId?: string | undefined
  contactId?: string | null | undefined
  shownOn?: string | undefined
  note?: string | null | undefined
}

const known = { interests_once: { code: 'interest-known', field: 'productId' } } as const

async function requireSound(
  tx: Transaction,
  ctx: AppContext,
  customerId: string,
  { productId, contactId, shownOn }: Fields,
): Promise<string> {
  if (productId !== undefined) {
    const [product] = await tx
      .select({ active: products.active })
      .from(products)
      .where(eq(products.id, productId))
      .for('key share')
    if (!product?.active) throw new Refusal('reference-unknown', { field: 'productId' })
  }
  if (contactId) {
    const [contact] = await tx
      .select({ id: contacts.id })
      .from(contacts)
      .where(and(eq(contacts.id, contactId), eq(contacts.customerId, customerId), isNull(contacts.deletedAt)))
    if (!contact) throw new Refusal('reference-unknown', { field: 'contactId' })
  }
  const today = dayOfInstant(ctx.now(), (await findCompany(tx)).timeZone)
  if (shownOn !== undefined && shownOn > today) throw new Refusal('day-in-future', { field: 'shownOn' })
  return shownOn ?? today
}

/** The interest of a customer that the viewer sees, locked; refuses `not-found` alike for missing, deleted (unless asked for) and out-of-scope ones. */
async function lockInterest(tx: Transaction, viewer: Viewer, interestId: string, deleted = false) {
  const [row] = await tx
    .select({ interest: interests })
    .from(interests)
    .innerJoin(customers, eq(customers.id, interests.customerId))
    .where(
      and(
        eq(interests.id, interestId),
        visibleCustomer(viewer),
        deleted ? sql`${interests.deletedAt} is not null` : isNull(interests.deletedAt),
      ),
    )
    .for('update', { of: interests })
  if (!row) throw new Refusal('not-found')
  return row.interest
}

/**
 * Notes that a customer, or a person there, is interested in a product. Whoever sees the customer may. Refuses `reference-unknown` at the field,
 * `day-in-future`, `interest-known` where it stands already.
 */
export async function createInterest(ctx: AppContext, viewer: Viewer, input: Fields & { customerId: string; productId: string }) {
  return refuseDuplicates(known, () =>
    ctx.db.transaction(async (tx) => {
      const [customer] = await tx
        .select({ id: customers.id })
        .from(customers)
        .where(and(eq(customers.id, input.customerId), visibleCustomer(viewer)))
        .for('key share')
      if (!customer) throw new Refusal('reference-unknown', { field: 'customerId' })
      const shownOn = await requireSound(tx, ctx, customer.id, input)
      const values = { ...input, contactId: input.contactId ?? null, note: input.note ?? null, shownOn }
      const [made] = await tx
        .insert(interests)
        .values({ ...values, createdBy: viewer.userId, createdAt: ctx.now() })
        .returning({ id: interests.id })
      if (!made) throw new Error('the interest was not written')
      await recordAudit(tx, ctx, viewer, { action: 'create', entity: 'interest', entityId: made.id, changes: values })
      return readInterest(tx, viewer, made.id)
    }),
  )
}

/** Changes an interest. Refuses `not-found`, `changed-meanwhile` and what `createInterest` refuses. */
export async function changeInterest(
  ctx: AppContext,
  viewer: Viewer,
  interestId: string,
  { version, ...fields }: Fields & { version: number },
) {
  return refuseDuplicates(known, () =>
    ctx.db.transaction(async (tx) => {
      const before = await lockInterest(tx, viewer, interestId)
      if (before.version !== version) throw new Refusal('changed-meanwhile')
      const changes = changesBetween(before, { ...fields })
      if (Object.keys(changes).length > 0) {
        // What stood there may stay, also where it is switched off or deleted meanwhile.
        await requireSound(tx, ctx, before.customerId, {
          ...('productId' in changes ? { productId: fields.productId } : {}),
          ...('contactId' in changes ? { contactId: fields.contactId } : {}),
          ...('shownOn' in changes ? { shownOn: fields.shownOn } : {}),
        })
        await tx
          .update(interests)
          .set({ ...fields, version: version + 1 })
          .where(eq(interests.id, interestId))
        await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'interest', entityId: interestId, changes })
      }
      return readInterest(tx, viewer, interestId)
    }),
  )
}

/** Deletes an interest, softly. Refuses `not-found`. */
export async function removeInterest(ctx: AppContext, viewer: Viewer, interestId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const before = await lockInterest(tx, viewer, interestId)
    await tx
      .update(interests)
      .set({ deletedAt: ctx.now(), deletedBy: viewer.userId, version: before.version + 1 })
      .where(eq(interests.id, interestId))
    await recordAudit(tx, ctx, viewer, { action: 'delete', entity: 'interest', entityId: interestId })
  })
}

/** Restores what was deleted: level 1, or whoever deleted it. Refuses `not-found`, `not-allowed`, `interest-known` where it was noted anew meanwhile. */
export async function restoreInterest(ctx: AppContext, viewer: Viewer, interestId: string) {
  return refuseDuplicates(known, () =>
    ctx.db.transaction(async (tx) => {
      const before = await lockInterest(tx, viewer, interestId, true)
      if (!mayRestore(viewer, before.deletedBy)) throw new Refusal('not-found')
      await tx
        .update(interests)
        .set({ deletedAt: null, deletedBy: null, version: before.version + 1 })
        .where(eq(interests.id, interestId))
      await recordAudit(tx, ctx, viewer, { action: 'restore', entity: 'interest', entityId: interestId })
      return readInterest(tx, viewer, interestId)
    }),
  )
}

interface InterestSource {
  /** The interaction or opportunity from which the interests come. */
  origin: 'interaction' | 'opportunity'
  id: string
  customerId: string
  contactId: string | null
  shownOn: CalendarDay
}

/**
 * The products of an interaction or opportunity, in its transaction: each is noted as an interest of the customer once, with its origin, unless it is known
 * already or was deleted after it came from here; what is taken from there again goes, while nobody has touched it.
 */
export async function noteInterestsOf(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer,
  source: InterestSource,
  [before, after]: readonly [readonly string[], readonly string[]],
): Promise<void> {
  const added = [...new Set(after)].filter((id) => !before.includes(id))
  const gone = before.filter((id) => !after.includes(id))
  const from = source.origin === 'interaction' ? { interactionId: source.id } : { opportunityId: source.id }
  if (added.length > 0) {
    const standing = await tx
      .select({ productId: interests.productId })
      .from(interests)
      .where(
        and(
          eq(interests.customerId, source.customerId),
          inArray(interests.productId, added),
          isNull(interests.deletedAt),
          source.contactId === null ? undefined : or(isNull(interests.contactId), eq(interests.contactId, source.contactId)),
        ),
      )
    const stands = new Set(standing.map((row) => row.productId))
    const fresh = added.filter((id) => !stands.has(id))
    const made =
      fresh.length === 0
        ? []
        : await tx
            .insert(interests)
            .values(
              fresh.map((productId) => ({
                customerId: source.customerId,
                productId,
                contactId: source.contactId,
                shownOn: source.shownOn,
                origin: source.origin,
                ...from,
                createdBy: viewer.userId,
                createdAt: ctx.now(),
              })),
            )
            .onConflictDoNothing()
            .returning()
    for (const row of made)
      await recordAudit(tx, ctx, viewer, {
        action: 'create',
        entity: 'interest',
        entityId: row.id,
        changes: { customerId: row.customerId, productId: row.productId, ...from },
      })
  }
  if (gone.length === 0) return
  // Deleted for good: chosen again, it comes again.
  const untouched = await tx
    .delete(interests)
    .where(
      and(
        eq(source.origin === 'interaction' ? interests.interactionId : interests.opportunityId, source.id),
        inArray(interests.productId, gone),
        eq(interests.version, 1),
        isNull(interests.deletedAt),
      ),
    )
    .returning({ id: interests.id })
  for (const { id } of untouched)
    await recordAudit(tx, ctx, viewer, { action: 'delete', entity: 'interest', entityId: id, changes: from })
}
