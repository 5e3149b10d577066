import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { readTerms } from '@cartera/domain/receivables/receivable-terms'
import { Refusal, type RefusedField } from '@cartera/domain/refusal'
import { and, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { attributeBalances } from './balance-sources.ts'
import { keepExtendedDueDates } from './extend-due-date.ts'
import { keepMergedNumbers } from './keep-merged-numbers.ts'
import { ledgerTransaction } from './ledger-transaction.ts'
import { refuseItems } from './refuse-items.ts'
import {
  judgeReceivables,
  lockBulkWriting,
  lockReceivables,
  type StatedReceivable,
  writeReceivables,
} from './write-receivables.ts'

/** The customer whose external id was given, merged or not. */
const named = alias(customers, 'named')

export interface UpsertReceivableItem {
  externalId: string
  customerExternalId: string
  documentType?: 'invoice' | 'debit-note' | 'receipt' | undefined
  number?: string | undefined
  instalment?: number | undefined
  issuedOn: string
  dueOn: string
  currency: string
  amount: string
  disputed?: boolean | undefined
  disputeReason?: string | undefined
}

/** The ids of the customers that the viewer sees, by external id: of one that was merged, who survived. */
export async function customersByExternalId(
  tx: Transaction,
  viewer: Viewer,
  externalIds: readonly string[],
): Promise<Map<string, string>> {
  const rows = await tx
    .select({ id: customers.id, externalId: named.externalId })
    .from(named)
    .innerJoin(customers, sql`${customers.id} = coalesce(${named.mergedIntoId}, ${named.id})`)
    .where(and(sql`${named.externalId} = any(${sql.param(externalIds)}::text[])`, visibleCustomer(viewer)))
  return new Map(rows.map((row) => [row.externalId ?? '', row.id]))
}

/**
 * Creates or changes receivables by external id, all of them or none; sending the same twice changes nothing. Every error is named at its
 * row's field (`items.3.dueOn`): `customer-unknown`, `due-before-issue`, `amount-...`, `currency-...`, `duplicate-in-request`, `external-id-taken`,
 * `instalment-taken`, `amount-below-paid`; `source.asOf`: `as-of-in-future`. Refuses `not-allowed`.
 */
export async function upsertReceivables(
  ctx: AppContext,
  viewer: Viewer,
  input: { items: readonly UpsertReceivableItem[]; source?: { name: string; asOf?: string | undefined } | undefined },
) {
  const refusal = permissionRefusal(viewer, 'manage-receivables')
  if (refusal) throw new Refusal(refusal)
  const { items } = input
  const impossible: RefusedField[] = []
  const itemError = (index: number, error: RefusedField) => ({ ...error, field: `items.${index}.${error.field}` })
  const amounts = items.map((item, index) => {
    const terms = readTerms(item)
    if ('amountMinor' in terms) return terms.amountMinor
    for (const error of terms.errors) impossible.push(itemError(index, error))
    return null
  })
  // The same item twice is one; the same id with other data is nobody's to decide.
  const firstOf = new Map<string, number>()
  const kept = items.map((item, index) => {
    const first = firstOf.get(item.externalId)
    if (first === undefined) {
      firstOf.set(item.externalId, index)
      return true
    }
    if (contentOf(items[first]) !== contentOf(item))
      impossible.push(itemError(index, { field: 'externalId', code: 'duplicate-in-request' }))
    return false
  })

  return ledgerTransaction(ctx, async (tx) => {
    await lockBulkWriting(tx)
    const errors = [...impossible]
    const at = (index: number, error: RefusedField) => errors.push(itemError(index, error))
    const known = await customersByExternalId(tx, viewer, [...new Set(items.map((item) => item.customerExternalId))])
    const told: StatedReceivable[] = []
    const positions: number[] = []
    for (const [index, item] of items.entries()) {
      const customerId = known.get(item.customerExternalId)
      if (customerId === undefined) at(index, { field: 'customerExternalId', code: 'customer-unknown' })
      const amountMinor = amounts[index]
      if (customerId === undefined || amountMinor === null || amountMinor === undefined || !kept[index]) continue
      positions.push(index)
      told.push({
        externalId: item.externalId,
        customerId,
        documentType: item.documentType ?? 'invoice',
        number: item.number ?? item.externalId,
        instalment: item.instalment ?? 1,
        issuedOn: item.issuedOn,
        dueOn: item.dueOn,
        currency: item.currency,
        amountMinor,
        disputed: item.disputed,
        disputeReason: item.disputeReason,
      })
    }
    const standing = await lockReceivables(
      tx,
      told.map((one) => one.externalId),
    )
    const stated = await keepMergedNumbers(tx, await keepExtendedDueDates(tx, told, standing), standing)
    const outcomes = await judgeReceivables(tx, stated, standing)
    const counts = { create: 0, change: 0, unchanged: 0 }
    const toWrite: StatedReceivable[] = []
    for (const [index, outcome] of outcomes.entries()) {
      const one = stated[index]
      if (!one) continue
      if ('errors' in outcome) for (const error of outcome.errors) at(positions[index] ?? index, error)
      else {
        counts[outcome.fate] += 1
        if (outcome.fate !== 'unchanged') toWrite.push(one)
      }
    }
    refuseItems(errors)
    await writeReceivables(tx, ctx, viewer, toWrite, standing)
    if (input.source !== undefined)
      await attributeBalances(
        tx,
        ctx,
        viewer,
        input.source,
        stated.map((one) => one.externalId),
      )
    return { created: counts.create, changed: counts.change, unchanged: counts.unchanged + kept.filter((one) => !one).length }
  })
}

const contentOf = (item: UpsertReceivableItem | undefined) =>
  item && JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
