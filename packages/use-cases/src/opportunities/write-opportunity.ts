import type { Transaction } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import { interactions, products } from '@cartera/db/schema/interactions'
import { opportunities, opportunityLossReasons, opportunityProducts, opportunityStages } from '@cartera/db/schema/opportunities'
import { priceLists, productPrices } from '@cartera/db/schema/prices'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import { isCurrency, parseAmount } from '@cartera/domain/money'
import { productErrors, productTotals, workRefusal } from '@cartera/domain/opportunities/opportunity'
import { Refusal, type RefusedField } from '@cartera/domain/refusal'
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { companyToday, findCompany } from '../company/company-settings.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { requireOwner } from '../follow-ups/write-follow-up.ts'
import { mayRestore } from '../interests/find-interests.ts'
import { noteInterestsOf } from '../interests/write-interest.ts'
import { priceListOf } from '../products/price-list-catalogue.ts'
import { readOpportunity } from './find-opportunities.ts'
import { lockOpportunity } from './visible-opportunity.ts'

type Opportunity = typeof opportunities.$inferSelect

interface ProductInput {
  productId: string
  description?: string | null | undefined
  quantity: string
  unitPrice?: string | undefined
  discountPercent?: string | undefined
}
interface Fields {
  contactId?: string | null | undefined
  ownerId?: string | undefined
  description?: string | null | undefined
  source?: string | null | undefined
  amount?: string | null | undefined
  currency?: string | undefined
  probability?: number | undefined
  products?: ProductInput[] | undefined
}

const unknown = (field: string) => new Refusal('reference-unknown', { field })

function money(text: string, currency: string, field: string): bigint {
  const read = parseAmount(text, currency)
  if ('refusal' in read) throw new Refusal(read.refusal, { field })
  if (read.amountMinor < 0n) throw new Refusal('amount-invalid', { field })
  return read.amountMinor
}

function requireCurrency(currency: string): string {
  if (!isCurrency(currency)) throw new Refusal('currency-unknown', { field: 'currency' })
  return currency
}

async function requireContact(tx: Transaction, customerId: string, contactId: string): Promise<void> {
  const [contact] = await tx
    .select({ id: contacts.id })
    .from(contacts)
    .where(and(eq(contacts.id, contactId), eq(contacts.customerId, customerId), isNull(contacts.deletedAt)))
  if (!contact) throw unknown('contactId')
}

async function requireStage(tx: Transaction, stageId: string | undefined) {
  const [stage] = await tx
    .select()
    .from(opportunityStages)
    .where(and(eq(opportunityStages.active, true), stageId === undefined ? undefined : eq(opportunityStages.id, stageId)))
    .orderBy(asc(opportunityStages.position), asc(opportunityStages.name))
    .limit(1)
    .for('key share')
  if (stage) return stage
  throw stageId === undefined ? new Refusal('opportunity-stage-missing') : unknown('stageId')
}

/** The interaction from which it comes: of the same customer, and in the viewer's reach. */
async function requireInteraction(tx: Transaction, viewer: Viewer, customerId: string, interactionId: string): Promise<void> {
  const [interaction] = await tx
    .select({ id: interactions.id })
    .from(interactions)
    .where(
      and(
        eq(interactions.id, interactionId),
        eq(interactions.customerId, customerId),
        isNull(interactions.deletedAt),
        visibleTo(accessScopeOf(viewer), interactions.ownerId),
      ),
    )
  if (!interaction) throw unknown('interactionId')
}

/** What the products cost on the price list of the customer, or the standard one, where it is in that currency. */
async function listPrices(tx: Transaction, customerId: string, currency: string, ids: string[]): Promise<Map<string, bigint>> {
  const rows = await tx
    .select({ productId: productPrices.productId, priceMinor: productPrices.priceMinor })
    .from(customers)
    .innerJoin(priceLists, priceListOf(sql`${customers.priceList}`))
    .innerJoin(productPrices, eq(productPrices.priceListId, priceLists.id))
    .where(
      and(
        eq(customers.id, customerId),
        eq(priceLists.currency, currency),
        eq(priceLists.active, true),
        inArray(productPrices.productId, ids),
      ),
    )
  return new Map(rows.map((row) => [row.productId, row.priceMinor]))
}

/** The products as they are stored; those that stood there before may stay, also where they are switched off meanwhile. */
async function soundProducts(
  tx: Transaction,
  lines: readonly ProductInput[],
  { customerId, currency, before }: { customerId: string; currency: string; before: readonly string[] },
) {
  const filled = lines.map((line) => ({ ...line, discountPercent: line.discountPercent ?? '0' }))
  const errors: RefusedField[] = productErrors(filled)
  const ids = [...new Set(lines.map((line) => line.productId))]
  const known =
    ids.length === 0
      ? []
      : await tx
          .select({ id: products.id, active: products.active })
          .from(products)
          .where(inArray(products.id, ids))
          .orderBy(asc(products.id))
          .for('key share')
  const offered = new Set(known.filter((row) => row.active || before.includes(row.id)).map((row) => row.id))
  for (const [at, line] of lines.entries())
    if (!offered.has(line.productId)) errors.push({ field: `products.${at}.productId`, code: 'reference-unknown' })
  if (errors.length > 0) throw new Refusal('items-refused', { errors })
  const prices = ids.length === 0 ? new Map<string, bigint>() : await listPrices(tx, customerId, currency, ids)
  return filled.map((line, position) => ({
    productId: line.productId,
    position,
    description: line.description ?? null,
    quantity: line.quantity,
    unitPriceMinor:
      line.unitPrice === undefined
        ? (prices.get(line.productId) ?? 0n)
        : money(line.unitPrice, currency, `products.${position}.unitPrice`),
    discountPercent: line.discountPercent,
  }))
}

function sumOf(lines: readonly { quantity: string; unitPriceMinor: bigint; discountPercent: string }[]): bigint {
  const totals = productTotals(lines)
  if (totals === null) throw new Refusal('sum-too-large', { field: 'amount' })
  return totals.sum
}

const productsOf = (tx: Transaction, opportunityId: string) =>
  tx
    .select()
    .from(opportunityProducts)
    .where(eq(opportunityProducts.opportunityId, opportunityId))
    .orderBy(asc(opportunityProducts.position))

function requireOpen(before: Opportunity, version: number): void {
  if (before.version !== version) throw new Refusal('changed-meanwhile')
  const refusal = workRefusal(before.state)
  if (refusal) throw new Refusal(refusal)
}

/**
 * Adds an opportunity of a customer that the viewer sees: in the first stage, its owner the viewer, its probability the stage's and its amount what its products come to,
 * each unless told. Its products become interests of the customer, once. Refuses `reference-unknown` at the field, `opportunity-stage-missing`, `currency-unknown`,
 * `amount-...`, `quantity-invalid`, `percent-invalid`.
 */
export async function createOpportunity(
  ctx: AppContext,
  viewer: Viewer,
  input: Fields & {
    customerId: string
    name: string
    expectedOn: CalendarDay
    stageId?: string | undefined
    interactionId?: string | undefined
  },
) {
  return ctx.db.transaction(async (tx) => {
    const [customer] = await tx
      .select({ id: customers.id })
      .from(customers)
      .where(and(eq(customers.id, input.customerId), visibleCustomer(viewer)))
      .for('key share')
    if (!customer) throw unknown('customerId')
    const stage = await requireStage(tx, input.stageId)
    const ownerId = input.ownerId ?? viewer.userId
    if (ownerId !== viewer.userId) await requireOwner(tx, viewer, ownerId, customer.id)
    if (input.contactId) await requireContact(tx, customer.id, input.contactId)
    if (input.interactionId !== undefined) await requireInteraction(tx, viewer, customer.id, input.interactionId)
    const currency = requireCurrency(input.currency ?? (await findCompany(tx)).currency)
    const lines = await soundProducts(tx, input.products ?? [], { customerId: customer.id, currency, before: [] })
    const values = {
      customerId: customer.id,
      contactId: input.contactId ?? null,
      ownerId,
      name: input.name,
      description: input.description ?? null,
      source: input.source ?? null,
      stageId: stage.id,
      amountMinor: input.amount == null ? sumOf(lines) : money(input.amount, currency, 'amount'),
      currency,
      probability: input.probability ?? stage.probability,
      expectedOn: input.expectedOn,
      interactionId: input.interactionId ?? null,
    }
    const [made] = await tx
      .insert(opportunities)
      .values({ ...values, createdBy: viewer.userId, createdAt: ctx.now() })
      .returning({ id: opportunities.id })
    if (!made) throw new Error('the opportunity was not written')
    if (lines.length > 0) await tx.insert(opportunityProducts).values(lines.map((line) => ({ ...line, opportunityId: made.id })))
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'opportunity',
      entityId: made.id,
      changes: { ...values, amountMinor: String(values.amountMinor), products: lines.map((line) => line.productId) },
    })
    const source = { origin: 'opportunity' as const, id: made.id, customerId: customer.id, contactId: values.contactId }
    await noteInterestsOf(tx, ctx, viewer, { ...source, shownOn: await companyToday(ctx) }, [
      [],
      lines.map((line) => line.productId),
    ])
    return readOpportunity(tx, ctx, viewer, made.id)
  })
}

/**
 * Changes an open opportunity; products are given whole, and an amount of null is what they come to. Refuses `not-found`, `changed-meanwhile`,
 * `opportunity-closed` and what `createOpportunity` refuses.
 */
export async function changeOpportunity(
  ctx: AppContext,
  viewer: Viewer,
  opportunityId: string,
  {
    version,
    amount,
    currency: wantedCurrency,
    products: wanted,
    ...fields
  }: Fields & { name?: string | undefined; expectedOn?: CalendarDay | undefined; version: number },
) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockOpportunity(tx, viewer, opportunityId)
    requireOpen(before, version)
    if (fields.ownerId !== undefined && fields.ownerId !== before.ownerId && fields.ownerId !== viewer.userId)
      await requireOwner(tx, viewer, fields.ownerId, before.customerId)
    if (fields.contactId && fields.contactId !== before.contactId) await requireContact(tx, before.customerId, fields.contactId)
    const currency = wantedCurrency === undefined ? before.currency : requireCurrency(wantedCurrency)
    const stood = await productsOf(tx, opportunityId)
    const stoodIds = stood.map((line) => line.productId)
    // Amounts that were written in one currency are no amounts of another: they are given again with it.
    if (currency !== before.currency) {
      if (amount === undefined) throw new Refusal('currency-mismatch', { field: 'amount' })
      if (stood.length > 0 && wanted === undefined) throw new Refusal('currency-mismatch', { field: 'products' })
    }
    const lines =
      wanted === undefined
        ? stood
        : await soundProducts(tx, wanted, { customerId: before.customerId, currency, before: stoodIds })
    const amountMinor =
      amount === undefined ? before.amountMinor : amount === null ? sumOf(lines) : money(amount, currency, 'amount')
    const told = (rows: readonly (typeof lines)[number][]) =>
      rows.map(({ productId, description, quantity, unitPriceMinor, discountPercent }) =>
        [productId, description, Number(quantity), unitPriceMinor, Number(discountPercent)].join(' '),
      )
    const otherLines = told(stood).join('\n') !== told(lines).join('\n')
    const changes = {
      ...changesBetween(before, { ...fields, currency, amountMinor }),
      ...(otherLines ? { products: [stoodIds, lines.map((line) => line.productId)] } : {}),
    }
    if (Object.keys(changes).length > 0) {
      await tx
        .update(opportunities)
        .set({ ...fields, currency, amountMinor, version: version + 1 })
        .where(eq(opportunities.id, opportunityId))
      if (otherLines) {
        await tx.delete(opportunityProducts).where(eq(opportunityProducts.opportunityId, opportunityId))
        if (lines.length > 0)
          await tx.insert(opportunityProducts).values(
            lines.map(({ productId, position, description, quantity, unitPriceMinor, discountPercent }) => ({
              opportunityId,
              productId,
              position,
              description,
              quantity,
              unitPriceMinor,
              discountPercent,
            })),
          )
        const contactId = fields.contactId === undefined ? before.contactId : fields.contactId
        const source = { origin: 'opportunity' as const, id: opportunityId, customerId: before.customerId, contactId }
        await noteInterestsOf(tx, ctx, viewer, { ...source, shownOn: await companyToday(ctx) }, [
          stoodIds,
          lines.map((line) => line.productId),
        ])
      }
      await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'opportunity', entityId: opportunityId, changes })
    }
    return readOpportunity(tx, ctx, viewer, opportunityId)
  })
}

/**
 * Brings an open opportunity to another stage, whose probability it takes on. In the stage in which it is nothing happens. Refuses `not-found`, `changed-meanwhile`,
 * `opportunity-closed`, `reference-unknown` for a stage that is switched off.
 */
export async function moveOpportunity(
  ctx: AppContext,
  viewer: Viewer,
  opportunityId: string,
  input: { stageId: string; version: number },
) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockOpportunity(tx, viewer, opportunityId)
    requireOpen(before, input.version)
    if (before.stageId !== input.stageId) {
      const stage = await requireStage(tx, input.stageId)
      const moved = { stageId: stage.id, probability: stage.probability }
      await tx
        .update(opportunities)
        .set({ ...moved, version: before.version + 1 })
        .where(eq(opportunities.id, opportunityId))
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'opportunity',
        entityId: opportunityId,
        changes: changesBetween(before, moved),
      })
    }
    return readOpportunity(tx, ctx, viewer, opportunityId)
  })
}

interface Closing {
  closedOn?: CalendarDay | undefined
  closeNote?: string | null | undefined
  version: number
}

async function close(
  ctx: AppContext,
  viewer: Viewer,
  opportunityId: string,
  input: Closing & ({ state: 'won' } | { state: 'lost'; lossReasonId: string }),
) {
  const today = await companyToday(ctx)
  const closedOn = input.closedOn ?? today
  if (closedOn > today) throw new Refusal('day-in-future', { field: 'closedOn' })
  return ctx.db.transaction(async (tx) => {
    const before = await lockOpportunity(tx, viewer, opportunityId)
    requireOpen(before, input.version)
    const lossReasonId = input.state === 'lost' ? input.lossReasonId : null
    if (lossReasonId !== null) {
      const [reason] = await tx
        .select({ id: opportunityLossReasons.id })
        .from(opportunityLossReasons)
        .where(and(eq(opportunityLossReasons.id, lossReasonId), eq(opportunityLossReasons.active, true)))
        .for('key share')
      if (!reason) throw unknown('lossReasonId')
    }
    const end = { state: input.state, closedOn, lossReasonId, closeNote: input.closeNote ?? null }
    await tx
      .update(opportunities)
      .set({ ...end, closedBy: viewer.userId, version: before.version + 1 })
      .where(eq(opportunities.id, opportunityId))
    await recordAudit(tx, ctx, viewer, {
      action: 'close',
      entity: 'opportunity',
      entityId: opportunityId,
      changes: changesBetween(before, end),
    })
    return readOpportunity(tx, ctx, viewer, opportunityId)
  })
}

/** It was won, today unless told. Refuses `not-found`, `changed-meanwhile`, `opportunity-closed`, `day-in-future`. */
export const winOpportunity = (ctx: AppContext, viewer: Viewer, opportunityId: string, input: Closing) =>
  close(ctx, viewer, opportunityId, { ...input, state: 'won' })

/** It was lost, and why; today unless told. Refuses `not-found`, `changed-meanwhile`, `opportunity-closed`, `day-in-future`, `reference-unknown` for the reason. */
export const loseOpportunity = (
  ctx: AppContext,
  viewer: Viewer,
  opportunityId: string,
  input: Closing & { lossReasonId: string },
) => close(ctx, viewer, opportunityId, { ...input, state: 'lost' })

/** A closed opportunity goes on, in the stage in which it was. Refuses `not-found`, `changed-meanwhile`. */
export async function reopenOpportunity(ctx: AppContext, viewer: Viewer, opportunityId: string, input: { version: number }) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockOpportunity(tx, viewer, opportunityId)
    if (before.version !== input.version || before.state === 'open') throw new Refusal('changed-meanwhile')
    const open = { state: 'open' as const, closedOn: null, lossReasonId: null, closeNote: null }
    await tx
      .update(opportunities)
      .set({ ...open, closedBy: null, version: before.version + 1 })
      .where(eq(opportunities.id, opportunityId))
    await recordAudit(tx, ctx, viewer, {
      action: 'reopen',
      entity: 'opportunity',
      entityId: opportunityId,
      changes: changesBetween(before, open),
    })
    return readOpportunity(tx, ctx, viewer, opportunityId)
  })
}

/** Deletes an opportunity, softly. Refuses `not-found`, `not-allowed` without the permission. */
export async function removeOpportunity(ctx: AppContext, viewer: Viewer, opportunityId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const before = await lockOpportunity(tx, viewer, opportunityId)
    const refusal = permissionRefusal(viewer, 'delete-opportunities')
    if (refusal) throw new Refusal(refusal)
    await tx
      .update(opportunities)
      .set({ deletedAt: ctx.now(), deletedBy: viewer.userId, version: before.version + 1 })
      .where(eq(opportunities.id, opportunityId))
    await recordAudit(tx, ctx, viewer, { action: 'delete', entity: 'opportunity', entityId: opportunityId })
  })
}

/** Restores what was deleted: level 1, or whoever deleted it. Refuses `not-found`. */
export async function restoreOpportunity(ctx: AppContext, viewer: Viewer, opportunityId: string) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockOpportunity(tx, viewer, opportunityId, true)
    if (!mayRestore(viewer, before.deletedBy)) throw new Refusal('not-found')
    await tx
      .update(opportunities)
      .set({ deletedAt: null, deletedBy: null, version: before.version + 1 })
      .where(eq(opportunities.id, opportunityId))
    await recordAudit(tx, ctx, viewer, { action: 'restore', entity: 'opportunity', entityId: opportunityId })
    return readOpportunity(tx, ctx, viewer, opportunityId)
  })
}
