import { receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { allocateOldestFirst } from '@cartera/domain/receivables/payment-allocation'
import { readAmount } from '@cartera/domain/receivables/receivable-terms'
import { Refusal, type RefusedField } from '@cartera/domain/refusal'
import { and, asc, eq, gt } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { refuseItems } from '../receivables/refuse-items.ts'
import { readPayment } from './list-payments.ts'
import { applyPayment, lockPayables, type StatedPayment, writePayments } from './write-payments.ts'

export interface RecordPaymentInput {
  customerId: string
  paidOn: string
  currency: string
  amount: string
  reference?: string | null | undefined
  applications?: { receivableId: string; amount: string }[] | undefined
}

/** The most receivables that one payment is applied to. */
const maxApplications = 200

/**
 * Records a payment of a customer and applies it to the chosen receivables, or to the oldest ones first; what is left stays unapplied.
 * Refuses `not-found`, `not-allowed`, `amount-...`, `currency-...`, `receivable-unknown`, `amount-over-balance` (with the balance),
 * `applications-over-amount`. Two payments at once never take a balance below zero.
 */
export async function recordPayment(ctx: AppContext, viewer: Viewer, input: RecordPaymentInput) {
  const customer = await findVisibleCustomer(ctx.db, viewer, input.customerId)
  const refusal = permissionRefusal(viewer, 'manage-receivables')
  if (refusal) throw new Refusal(refusal)
  const money = readAmount(input.amount, input.currency)
  if ('errors' in money) return refuse(money.errors)
  const errors: RefusedField[] = []
  const told = input.applications?.map((part, index) => {
    const read = readAmount(part.amount, input.currency)
    if ('amountMinor' in read) return { receivableId: part.receivableId, amountMinor: read.amountMinor }
    for (const error of read.errors) errors.push({ ...error, field: `applications.${index}.${error.field}` })
    return { receivableId: part.receivableId, amountMinor: 0n }
  })
  refuseItems(errors)
  const paymentId = await ctx.db.transaction(async (tx) => {
    const ids =
      told?.map((part) => part.receivableId) ??
      (
        await tx
          .select({ id: receivables.id })
          .from(receivables)
          .where(
            and(
              eq(receivables.customerId, customer.id),
              eq(receivables.currency, input.currency),
              gt(receivables.balanceMinor, 0n),
            ),
          )
          .orderBy(asc(receivables.dueOn), asc(receivables.id))
          .limit(maxApplications)
      ).map((row) => row.id)
    const payables = await lockPayables(tx, ids)
    const payment: StatedPayment = {
      externalId: null,
      customerId: customer.id,
      paidOn: input.paidOn,
      currency: input.currency,
      amountMinor: money.amountMinor,
      reference: input.reference ?? null,
      applications: told ?? allocateOldestFirst(money.amountMinor, [...payables.values()]),
    }
    refuseItems(applyPayment(payment, payables, 'receivableId'))
    const [id] = await writePayments(tx, ctx, viewer, [payment])
    if (id === undefined) throw new Error('the payment was not written')
    return id
  })
  return readPayment(ctx, viewer, paymentId)
}

function refuse(errors: RefusedField[]): never {
  refuseItems(errors)
  throw new Error('nothing to refuse')
}
