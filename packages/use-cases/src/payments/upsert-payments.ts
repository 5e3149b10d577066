import type { Transaction } from '@cartera/db/connect'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { readAmount } from '@cartera/domain/receivables/receivable-terms'
import { Refusal, type RefusedField } from '@cartera/domain/refusal'
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { companyToday } from '../company/company-settings.ts'
import { ledgerTransaction } from '../receivables/ledger-transaction.ts'
import { refuseItems } from '../receivables/refuse-items.ts'
import { customersByExternalId } from '../receivables/upsert-receivables.ts'
import { lockBulkWriting } from '../receivables/write-receivables.ts'
import { applyMoney, lockPayables } from './apply-money.ts'
import { type StatedPayment, writePayments } from './write-payments.ts'

export interface UpsertPaymentItem {
  externalId: string
  customerExternalId: string
  paidOn: string
  currency: string
  amount: string
  reference?: string | null | undefined
  applications: readonly { receivableExternalId: string; amount: string }[]
}

/** What makes two payments the same, as text. */
const contentOf = (payment: Omit<StatedPayment, 'id' | 'externalId' | 'postings'>) =>
  JSON.stringify([
    payment.customerId,
    payment.paidOn,
    payment.currency,
    payment.amountMinor.toString(),
    payment.reference,
    payment.applications.map((part) => `${part.receivableId} ${part.amountMinor}`).sort(),
  ])

/** The recorded payments with these external ids, as the text of what they are. */
async function recordedPayments(tx: Transaction, externalIds: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await tx.execute<{
    external_id: string
    customer_id: string
    paid_on: string
    currency: string
    amount: string
    reference: string | null
    parts: { id: string; amount: string }[]
  }>(sql`
    select p.external_id, p.customer_id, p.paid_on::text, p.currency, p.amount_minor::text as amount, p.reference,
           coalesce(p.stated_applications, '[]') as parts
    from payments p where p.external_id = any(${sql.param(externalIds)}::text[])`)
  return new Map(
    rows.map((row) => [
      row.external_id,
      contentOf({
        customerId: row.customer_id,
        paidOn: row.paid_on,
        currency: row.currency,
        amountMinor: BigInt(row.amount),
        reference: row.reference,
        applications: row.parts.map((part) => ({ receivableId: part.id, amountMinor: BigInt(part.amount) })),
      }),
    ]),
  )
}

/**
 * Records payments by external id, all of them or none. One that is recorded with the same data is unchanged, with other data refused
 * (`payment-differs`): facts are not overwritten. Errors at the row's field (`items.3.applications.0.amount`): `customer-unknown`,
 * `receivable-unknown`, `amount-over-balance`, `applications-over-amount`, `currency-mismatch`, `duplicate-in-request`, `day-in-future`. Refuses `not-allowed`.
 */
export async function upsertPayments(ctx: AppContext, viewer: Viewer, input: { items: readonly UpsertPaymentItem[] }) {
  const refusal = permissionRefusal(viewer, 'manage-receivables')
  if (refusal) throw new Refusal(refusal)
  const { items } = input
  const today = await companyToday(ctx)
  return ledgerTransaction(ctx, async (tx) => {
    await lockBulkWriting(tx)
    const errors: RefusedField[] = []
    const known = await customersByExternalId(tx, viewer, [...new Set(items.map((item) => item.customerExternalId))])
    const receivableIds = await receivablesByExternalId(
      tx,
      items.flatMap((item) => item.applications.map((part) => part.receivableExternalId)),
    )
    const recorded = await recordedPayments(
      tx,
      items.map((item) => item.externalId),
    )
    const payables = await lockPayables(tx, [...receivableIds.values()])
    const inRequest = new Map<string, string>()
    const toWrite: StatedPayment[] = []
    let unchanged = 0
    for (const [index, item] of items.entries()) {
      const own: RefusedField[] = []
      const money = readAmount(item.amount, item.currency)
      if ('errors' in money) own.push(...money.errors)
      if (item.paidOn > today) own.push({ field: 'paidOn', code: 'day-in-future' })
      const customerId = known.get(item.customerExternalId)
      if (customerId === undefined) own.push({ field: 'customerExternalId', code: 'customer-unknown' })
      const applications = item.applications.map((part, at) => {
        const read = readAmount(part.amount, item.currency)
        if ('errors' in read && 'amountMinor' in money)
          own.push(...read.errors.map((error) => ({ ...error, field: `applications.${at}.${error.field}` })))
        return {
          receivableId: receivableIds.get(part.receivableExternalId) ?? '',
          amountMinor: 'amountMinor' in read ? read.amountMinor : 0n,
        }
      })
      if (own.length === 0 && 'amountMinor' in money && customerId !== undefined) {
        const payment = {
          id: v7(),
          externalId: item.externalId,
          customerId,
          paidOn: item.paidOn,
          currency: item.currency,
          amountMinor: money.amountMinor,
          reference: item.reference ?? null,
          applications,
        }
        const content = contentOf(payment)
        const standing = recorded.get(item.externalId)
        const before = inRequest.get(item.externalId)
        inRequest.set(item.externalId, content)
        if (before !== undefined && before !== content) own.push({ field: 'externalId', code: 'duplicate-in-request' })
        else if (before !== undefined || standing === content) unchanged += 1
        else if (standing !== undefined) own.push({ field: 'externalId', code: 'payment-differs' })
        else {
          const { errors: refused, postings } = applyMoney(
            {
              kind: 'payment',
              id: payment.id,
              customerId,
              currency: item.currency,
              unappliedMinor: money.amountMinor,
              from: item.paidOn,
            },
            applications,
            payables,
            today,
            'receivableExternalId',
          )
          own.push(...refused)
          toWrite.push({ ...payment, postings })
        }
      }
      errors.push(...own.map((error) => ({ ...error, field: `items.${index}.${error.field}` })))
    }
    refuseItems(errors)
    await writePayments(tx, ctx, viewer, toWrite)
    return { created: toWrite.length, changed: 0, unchanged }
  })
}

/** The ids of receivables by external id. */
export async function receivablesByExternalId(tx: Transaction, externalIds: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await tx.execute<{ id: string; external_id: string }>(
    sql`select id, external_id from receivables where external_id = any(${sql.param([...new Set(externalIds)])}::text[])`,
  )
  return new Map(rows.map((row) => [row.external_id, row.id]))
}
