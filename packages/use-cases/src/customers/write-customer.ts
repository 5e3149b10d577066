import type { customerEndpoints } from '@cartera/contract/customers'
import type { EndpointCall } from '@cartera/contract/endpoint'
import type { Transaction } from '@cartera/db/connect'
import { customerGroups, customers } from '@cartera/db/schema/customers'
import { branches, users } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import { visibleCustomerTo } from '@cartera/db/visible-to'
import { customerScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal, type RefusedField } from '@cartera/domain/refusal'
import { and, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'
import { nextCustomerCodes } from './customer-codes.ts'
import { findCustomerFacts } from './customer-facts.ts'
import { customerChanges, storedFields } from './customer-fields.ts'
import { readWrittenCustomer } from './customer-row.ts'
import { type Customer, lockVisibleCustomer } from './visible-customer.ts'

type NewCustomer = EndpointCall<typeof customerEndpoints.create>['body']
type CustomerChange = EndpointCall<typeof customerEndpoints.change>['body']

export const customerKeysTaken = {
  customers_code_unique: { code: 'code-taken', field: 'code' },
  customers_external_id_unique: { code: 'external-id-taken', field: 'externalId' },
} as const

/** `not-allowed` is refused to whoever may not manage customers. */
export function requireManageCustomers(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-customers')
  if (refusal) throw new Refusal(refusal)
}

function requireNoErrors(errors: readonly RefusedField[]): void {
  const [first] = errors
  if (errors.length === 1 && first)
    throw new Refusal(first.code, { field: first.field, ...(first.params ? { params: first.params } : {}) })
  if (errors.length > 1) throw new Refusal('items-refused', { params: { count: errors.length }, errors })
}

type Belonging = Pick<NewCustomer, 'branchId' | 'groupId' | 'preferredAgentId' | 'collectionsAgentId'>

/** Errors at what a customer is newly said to belong to and that is not there or not active; what it already had may stay. */
async function belongingErrors(tx: Transaction, input: Belonging, before: Customer | null): Promise<RefusedField[]> {
  const errors: RefusedField[] = []
  const { branchId } = input
  if (branchId && branchId !== before?.branchId) {
    const [found] = await tx.select({ active: branches.active }).from(branches).where(eq(branches.id, branchId)).for('share')
    if (!found?.active) errors.push({ field: 'branchId', code: 'reference-unknown' })
  }
  const { groupId } = input
  if (groupId && groupId !== before?.groupId) {
    const [found] = await tx
      .select({ active: customerGroups.active })
      .from(customerGroups)
      .where(eq(customerGroups.id, groupId))
      .for('share')
    if (!found?.active) errors.push({ field: 'groupId', code: 'reference-unknown' })
  }
  for (const field of ['preferredAgentId', 'collectionsAgentId'] as const) {
    const userId = input[field]
    if (!userId || userId === before?.[field]) continue
    const [found] = await tx.select({ active: users.active }).from(users).where(eq(users.id, userId)).for('share')
    if (!found?.active) errors.push({ field, code: 'reference-unknown' })
  }
  return errors
}

/**
 * Adds a customer; the code comes from the sequence unless given. Whoever does not see all customers becomes the preferred agent
 * where none is named, so that the new customer does not vanish from their own sight. Refuses `not-allowed`, `code-taken`,
 * `external-id-taken`, `reference-unknown`, `tax-id-invalid`, `amount-invalid`, `amount-too-precise`.
 */
export async function createCustomer(ctx: AppContext, viewer: Viewer, input: NewCustomer) {
  requireManageCustomers(viewer)
  return refuseDuplicates(customerKeysTaken, () =>
    ctx.db.transaction(async (tx) => {
      const { code, externalId, branchId, groupId, preferredAgentId, collectionsAgentId, ...fields } = input
      const { columns, errors } = storedFields(fields, null, await findCustomerFacts(ctx, tx))
      const seesAll = customerScopeOf(viewer).kind === 'company'
      const belonging = {
        branchId: branchId ?? null,
        groupId: groupId ?? null,
        preferredAgentId: preferredAgentId ?? (seesAll || collectionsAgentId ? null : viewer.userId),
        collectionsAgentId: collectionsAgentId ?? null,
      }
      requireNoErrors([...errors, ...(await belongingErrors(tx, belonging, null))])
      const values = {
        ...columns,
        ...belonging,
        name: input.name,
        code: code ?? (await nextCustomerCodes(tx, 1))[0] ?? '',
        externalId: externalId ?? null,
        createdAt: ctx.now(),
        updatedAt: ctx.now(),
        createdBy: viewer.userId,
      }
      const [made] = await tx.insert(customers).values(values).returning()
      if (!made) throw new Error('the customer was not written')
      const { createdAt, updatedAt, createdBy, ...told } = values
      await recordAudit(tx, ctx, viewer, {
        action: 'create',
        entity: 'customer',
        entityId: made.id,
        changes: customerChanges(null, told).changes,
      })
      return readWrittenCustomer(ctx, tx, viewer, made.id)
    }),
  )
}

/**
 * Changes a customer; what is left out stays. Refuses `not-allowed`, `not-found`, `changed-meanwhile` and what `createCustomer` refuses.
 */
export async function changeCustomer(ctx: AppContext, viewer: Viewer, customerId: string, input: CustomerChange) {
  return refuseDuplicates(customerKeysTaken, () =>
    ctx.db.transaction(async (tx) => {
      const before = await lockVisibleCustomer(tx, viewer, customerId)
      requireManageCustomers(viewer)
      const { version, code, externalId, branchId, groupId, preferredAgentId, collectionsAgentId, ...fields } = input
      if (before.version !== version) throw new Refusal('changed-meanwhile')
      const { columns, errors } = storedFields(fields, before, await findCustomerFacts(ctx, tx))
      const belonging = { branchId, groupId, preferredAgentId, collectionsAgentId }
      requireNoErrors([...errors, ...(await belongingErrors(tx, belonging, before))])
      const { changes, columns: next } = customerChanges(before, { ...columns, ...belonging, code, externalId })
      if (Object.keys(changes).length > 0) {
        await tx
          .update(customers)
          .set({ ...next, version: version + 1, updatedAt: ctx.now() })
          .where(eq(customers.id, customerId))
        await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'customer', entityId: customerId, changes })
      }
      return readWrittenCustomer(ctx, tx, viewer, customerId)
    }),
  )
}

/** Deletes a customer, softly; only level 1 with the permission. Refuses `not-found`, `not-allowed`, and `in-use` while anything is still to be collected. */
export async function removeCustomer(ctx: AppContext, viewer: Viewer, customerId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const before = await lockVisibleCustomer(tx, viewer, customerId)
    requireManageCustomers(viewer)
    if (viewer.level !== 1) throw new Refusal('not-allowed')
    const [open] = await tx
      .select({ id: receivables.id })
      .from(receivables)
      .where(and(eq(receivables.customerId, customerId), gt(receivables.balanceMinor, sql`0`)))
      .limit(1)
    if (open) throw new Refusal('in-use')
    await tx
      .update(customers)
      .set({ deletedAt: ctx.now(), deletedBy: viewer.userId, version: before.version + 1, updatedAt: ctx.now() })
      .where(eq(customers.id, customerId))
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'customer',
      entityId: customerId,
      changes: { code: before.code, name: before.name },
    })
  })
}

/** Sets a credit hold by hand, or changes its reason. Refuses `not-found`, `not-allowed`. */
export async function holdCredit(ctx: AppContext, viewer: Viewer, customerId: string, input: { reason: string }) {
  return writeHold(ctx, viewer, customerId, input.reason)
}

/** Ends a credit hold that was set by hand; an automatic one stays as long as its cause. Refuses `not-found`, `not-allowed`. */
export async function releaseCredit(ctx: AppContext, viewer: Viewer, customerId: string) {
  return writeHold(ctx, viewer, customerId, null)
}

function writeHold(ctx: AppContext, viewer: Viewer, customerId: string, reason: string | null) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockVisibleCustomer(tx, viewer, customerId)
    requireManageCustomers(viewer)
    const changes = changesBetween(before, { creditHoldReason: reason })
    if (Object.keys(changes).length > 0) {
      await tx
        .update(customers)
        .set({
          creditHoldReason: reason,
          creditHoldBy: reason === null ? null : viewer.userId,
          creditHoldAt: reason === null ? null : ctx.now(),
          version: before.version + 1,
          updatedAt: ctx.now(),
        })
        .where(eq(customers.id, customerId))
      await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'customer', entityId: customerId, changes })
    }
    return readWrittenCustomer(ctx, tx, viewer, customerId)
  })
}

/** Brings a deleted customer back with all that it had. Refuses `not-allowed` below level 1, `not-found` where there is none, also for a merged one. */
export async function restoreCustomer(ctx: AppContext, viewer: Viewer, customerId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    requireManageCustomers(viewer)
    if (viewer.level !== 1) throw new Refusal('not-allowed')
    const [before] = await tx
      .select()
      .from(customers)
      .where(
        and(
          eq(customers.id, customerId),
          isNotNull(customers.deletedAt),
          isNull(customers.mergedIntoId),
          visibleCustomerTo(customerScopeOf(viewer), customers),
        ),
      )
      .for('update')
    if (!before) throw new Refusal('not-found')
    await tx
      .update(customers)
      .set({ deletedAt: null, deletedBy: null, version: before.version + 1, updatedAt: ctx.now() })
      .where(eq(customers.id, customerId))
    await recordAudit(tx, ctx, viewer, {
      action: 'restore',
      entity: 'customer',
      entityId: customerId,
      changes: { code: before.code, name: before.name },
    })
  })
}
