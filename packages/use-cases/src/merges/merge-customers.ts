import type { customerMergeEndpoints } from '@cartera/contract/customer-merges'
import type { EndpointCall } from '@cartera/contract/endpoint'
import type { Transaction } from '@cartera/db/connect'
import { customerMerges, customers, type JournaledFields } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { type ComparedPart, compareForMerge, fieldsOf, type MergeSide, sameValue } from '@cartera/domain/customers/merge'
import { Refusal } from '@cartera/domain/refusal'
import { eq, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { findCustomFields } from '../custom-fields/custom-field-definitions.ts'
import { type Customer, findVisibleCustomer, lockVisibleCustomer } from '../customers/visible-customer.ts'
import { handNoticesOver } from '../notices/hand-notices-over.ts'
import { lockWithPromised } from '../promises/settle-promises.ts'
import { ledgerTransaction } from '../receivables/ledger-transaction.ts'
import { lockBulkWriting } from '../receivables/write-receivables.ts'
import { findCustomerReferences } from './customer-references.ts'
import { giveWay, letFactsMove, moveRows, moveSingle } from './move-rows.ts'

type MergeInput = EndpointCall<typeof customerMergeEndpoints.merge>['body']

/** What exists once for each customer and is chosen as a field is. */
export const singleParts = { noticeSettings: 'notice_settings', picture: 'customer_images' } as const

/** `not-allowed` is refused to whoever may not manage customers. */
export function requireMayMerge(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-customers')
  if (refusal) throw new Refusal(refusal)
}

/** A customer's fields by name, custom ones as `custom.key`. */
export const flatFields = ({ custom, ...columns }: Customer): Record<string, unknown> => ({
  ...columns,
  ...Object.fromEntries(Object.entries(custom).map(([key, value]) => [`custom.${key}`, value])),
})

/** A value as the journal keeps it. */
export const journaled = (value: unknown): JournaledFields[string] =>
  value instanceof Date
    ? value.toISOString()
    : typeof value === 'bigint'
      ? value.toString()
      : ((value ?? null) as JournaledFields[string])

/** What the journal kept, as the customer's columns take it; `custom` is the whole of the custom fields after. */
export function columnsOf(fields: JournaledFields, custom: Customer['custom']): Partial<typeof customers.$inferInsert> {
  const columns: Record<string, unknown> = {}
  const values = { ...custom }
  for (const [field, value] of Object.entries(fields)) {
    if (field.startsWith('custom.')) {
      if (value === null) delete values[field.slice(7)]
      else values[field.slice(7)] = value as Customer['custom'][string]
    } else if (value === null) columns[field] = null
    else if (field === 'creditLimitMinor') columns[field] = BigInt(String(value))
    else if (field === 'creditHoldAt') columns[field] = new Date(String(value))
    else columns[field] = value
  }
  return { ...columns, custom: values }
}

/** The two, locked in one order whoever survives, so that two merges of the same pair wait for each other. */
export async function lockBoth(tx: Transaction, viewer: Viewer, survivorId: string, mergedId: string) {
  const [first, second] = [survivorId, mergedId].sort()
  const locked = [await lockVisibleCustomer(tx, viewer, first ?? ''), await lockVisibleCustomer(tx, viewer, second ?? '')]
  const [survivor, merged] = [survivorId, mergedId].map((id) => locked.find((each) => each.id === id))
  if (!survivor || !merged) throw new Refusal('not-found')
  return { survivor, merged }
}

/** The survivor's fields that the chosen sides change, as they were and as they become. */
function writtenFields(survivor: Customer, merged: Customer, parts: readonly ComparedPart[]) {
  const [mine, theirs] = [flatFields(survivor), flatFields(merged)]
  const before: JournaledFields = {}
  const after: JournaledFields = {}
  for (const { part, side } of parts)
    if (side === 'merged')
      for (const field of fieldsOf(part)) {
        if (sameValue(mine[field], theirs[field])) continue
        before[field] = journaled(mine[field])
        after[field] = journaled(theirs[field])
      }
  return { before, after }
}

/** Codes and external ids are unique: they change hands over a value that nobody has. */
export async function exchangeKeys(
  tx: Transaction,
  from: { id: string; code?: string; externalId?: string | null },
  to: { id: string; code?: string; externalId?: string | null },
): Promise<void> {
  const parted = {
    ...(from.code === undefined ? {} : { code: `merge ${v7()}` }),
    ...(from.externalId === undefined ? {} : { externalId: null }),
  }
  if (Object.keys(parted).length > 0) await tx.update(customers).set(parted).where(eq(customers.id, from.id))
  for (const { id, ...keys } of [to, from])
    if (Object.keys(keys).length > 0) await tx.update(customers).set(keys).where(eq(customers.id, id))
}

/**
 * Merges a customer into another that survives: everything that is the merged one's passes to the survivor, also what the viewer does not see, and each
 * field keeps the value of the side that was chosen (see `compareForMerge`). The merged one is deleted and answers from then on with the survivor, under its
 * code, its external id and its address. What it takes to undo it is kept. Refuses `not-found`, `not-allowed`, `merge-same-customer`, `changed-meanwhile`.
 */
export async function mergeCustomers(ctx: AppContext, viewer: Viewer, survivorId: string, input: MergeInput) {
  if (survivorId === input.mergedId) throw new Refusal('merge-same-customer', { field: 'mergedId' })
  return ledgerTransaction(ctx, async (tx) => {
    await lockBulkWriting(tx)
    await findVisibleCustomer(tx, viewer, survivorId)
    requireMayMerge(viewer)
    const { survivor, merged } = await lockBoth(tx, viewer, survivorId, input.mergedId)
    if (survivor.version !== input.version || merged.version !== input.mergedVersion) throw new Refusal('changed-meanwhile')
    const { rows: owed } = await tx.execute<{ id: string }>(sql`select id from receivables where customer_id = ${merged.id}`)
    await lockWithPromised(
      tx,
      owed.map((row) => row.id),
    )

    const sides = input.sides as Readonly<Record<string, MergeSide>>
    const customKeys = (await findCustomFields(tx)).map((field) => field.key)
    const { before, after } = writtenFields(
      survivor,
      merged,
      compareForMerge(flatFields(survivor), flatFields(merged), customKeys, sides),
    )
    const mergedBefore: JournaledFields = {}
    const mergedAfter: JournaledFields = {}
    for (const key of ['code', 'externalId'] as const) {
      if (!(key in after)) continue
      mergedBefore[key] = merged[key]
      mergedAfter[key] = survivor[key]
    }
    const now = ctx.now()
    const mergeId = v7()
    const hand = { mergeId, survivorId: survivor.id, mergedId: merged.id, now, userId: viewer.userId }
    await tx.insert(customerMerges).values({
      id: mergeId,
      survivorId: survivor.id,
      mergedId: merged.id,
      before,
      after,
      mergedBefore,
      mergedAfter,
      mergedBy: viewer.userId,
      mergedAt: now,
    })
    await letFactsMove(tx)
    await giveWay(tx, hand)
    for (const reference of await findCustomerReferences(tx)) {
      const chosen = Object.entries(singleParts).find(([, table]) => table === reference.table)?.[0]
      if (reference.single) await moveSingle(tx, reference, hand, chosen !== undefined && sides[chosen] === 'merged')
      else await moveRows(tx, reference, hand)
    }

    const { rows: pauses } = await tx.execute<{ until_on: string }>(sql`
      select until_on::text from notice_pauses where customer_id = ${survivor.id} and receivable_id is null and ended_at is null`)
    const pausedUntil = pauses[0]?.until_on ?? survivor.noticesPausedUntil
    if (pausedUntil !== survivor.noticesPausedUntil) {
      before.noticesPausedUntil = survivor.noticesPausedUntil
      after.noticesPausedUntil = pausedUntil
      await tx.update(customerMerges).set({ before, after }).where(eq(customerMerges.id, mergeId))
    }
    const { code, externalId, ...fields } = after
    await tx
      .update(customers)
      .set({
        mergedIntoId: survivor.id,
        deletedAt: now,
        deletedBy: viewer.userId,
        version: merged.version + 1,
        updatedAt: now,
      })
      .where(eq(customers.id, merged.id))
    await exchangeKeys(
      tx,
      { id: merged.id, ...(mergedAfter as { code?: string; externalId?: string | null }) },
      {
        id: survivor.id,
        ...(code === undefined ? {} : { code: String(code) }),
        ...(externalId === undefined ? {} : { externalId: externalId === null ? null : String(externalId) }),
      },
    )
    await tx
      .update(customers)
      .set({ ...columnsOf(fields, survivor.custom), version: survivor.version + 1, updatedAt: now })
      .where(eq(customers.id, survivor.id))
    await handNoticesOver(tx, ctx, sql`${survivor.id}::uuid`)

    await recordAudit(tx, ctx, viewer, {
      action: 'merge',
      entity: 'customer',
      entityId: survivor.id,
      changes: { mergedFrom: [null, `${merged.code} ${merged.name}`], ...changesBetween(before, after) },
    })
    await recordAudit(tx, ctx, viewer, {
      action: 'merge',
      entity: 'customer',
      entityId: merged.id,
      changes: { mergedInto: [null, `${survivor.code} ${survivor.name}`] },
    })
    return { id: mergeId, survivorId: survivor.id }
  })
}
