import type { Transaction } from '@cartera/db/connect'
import { receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { formatAmount } from '@cartera/domain/money'
import { allocateOldestFirst } from '@cartera/domain/receivables/payment-allocation'
import { readAmount } from '@cartera/domain/receivables/receivable-terms'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { companyToday } from '../company/company-settings.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { ledgerTransaction } from '../receivables/ledger-transaction.ts'
import { refuseItems } from '../receivables/refuse-items.ts'
import { applyMoney, lockPayables, type Money, maxApplications, readApplications } from './apply-money.ts'
import { readPayment } from './list-payments.ts'
import { writePayments } from './write-payments.ts'

export interface RecordPaymentInput {
  customerId: string
  paidOn: string
  currency: string
  amount: string
  reference?: string | null | undefined
  applications?: { receivableId: string; amount: string }[] | undefined
  keepRest?: boolean | undefined
  repeated?: boolean | undefined
}

/** The open receivables of a customer in a currency, oldest due date first, as ids. */
export async function oldestOpen(tx: Transaction, customerId: string, currency: string): Promise<string[]> {
  const rows = await tx
    .select({ id: receivables.id })
    .from(receivables)
    .where(and(eq(receivables.customerId, customerId), eq(receivables.currency, currency), gt(receivables.balanceMinor, 0n)))
    .orderBy(asc(receivables.dueOn), asc(receivables.id))
    .limit(maxApplications)
  return rows.map((row) => row.id)
}

/**
 * Records a payment of a customer and applies it to the chosen receivables, or to the oldest ones first. What is left stays unapplied, but only when the
 * caller says so (`keepRest`), else `payment-over-balance`; a payment just like one that is there asks whether it is another one (`repeated`), else
 * `payment-looks-repeated`. Refuses `not-found`, `not-allowed`, `day-in-future`, `amount-...`, `currency-...`, `receivable-unknown`,
 * `amount-over-balance` (with the balance), `applications-over-amount`. Two payments at once never take a balance below zero.
 */
export async function recordPayment(ctx: AppContext, viewer: Viewer, input: RecordPaymentInput) {
  const customer = await findVisibleCustomer(ctx.db, viewer, input.customerId)
  const refusal = permissionRefusal(viewer, 'manage-receivables')
  if (refusal) throw new Refusal(refusal)
  const today = await companyToday(ctx)
  const money = readAmount(input.amount, input.currency)
  if ('errors' in money) refuseItems(money.errors)
  const amountMinor = 'amountMinor' in money ? money.amountMinor : 0n
  if (input.paidOn > today) throw new Refusal('day-in-future', { field: 'paidOn' })
  const told = input.applications === undefined ? undefined : readApplications(input.applications, input.currency)
  if (told) refuseItems(told.errors)
  const id = v7()
  await ledgerTransaction(ctx, async (tx) => {
    await lockByHand(tx, customer.id)
    if (input.repeated !== true) await refuseRepeated(tx, { ...input, amountMinor, reference: input.reference ?? null })
    const ids = told?.applications.map((part) => part.receivableId) ?? (await oldestOpen(tx, customer.id, input.currency))
    const payables = await lockPayables(tx, ids)
    const source: Money = {
      kind: 'payment',
      id,
      customerId: customer.id,
      currency: input.currency,
      unappliedMinor: amountMinor,
      from: input.paidOn,
    }
    const applications = told?.applications ?? allocateOldestFirst(amountMinor, [...payables.values()])
    const { errors, postings } = applyMoney(source, applications, payables, today)
    refuseItems(errors)
    const rest = amountMinor - applications.reduce((sum, part) => sum + part.amountMinor, 0n)
    if (rest > 0n && input.keepRest !== true)
      throw new Refusal('payment-over-balance', { field: 'amount', params: { rest: formatAmount(rest, input.currency) } })
    await writePayments(tx, ctx, viewer, [
      {
        id,
        externalId: null,
        customerId: customer.id,
        paidOn: input.paidOn,
        currency: input.currency,
        amountMinor,
        reference: input.reference ?? null,
        applications,
        postings,
      },
    ])
  })
  return readPayment(ctx, viewer, id)
}

/** Payments by hand of one customer go one after the other, so that two presses of a button see each other. */
async function lockByHand(tx: Transaction, customerId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera ledger by hand'), hashtext(${customerId}))`)
}

async function refuseRepeated(
  tx: Transaction,
  payment: { customerId: string; paidOn: string; currency: string; amountMinor: bigint; reference: string | null },
): Promise<void> {
  const { rows } = await tx.execute(sql`
    select 1 from payments
    where customer_id = ${payment.customerId} and paid_on = ${payment.paidOn}::date and currency = ${payment.currency}
      and amount_minor = ${payment.amountMinor.toString()}::bigint and reversed_on is null
      and (reference is not distinct from ${payment.reference}::text) limit 1`)
  if (rows.length > 0)
    throw new Refusal('payment-looks-repeated', {
      field: 'amount',
      params: {
        amount: formatAmount(payment.amountMinor, payment.currency),
        currency: payment.currency,
        day: payment.paidOn,
      },
    })
}
