import type { Transaction } from '@cartera/db/connect'
import { formatAmount } from '@cartera/domain/money'
import { applicationDay, type DayMovement } from '@cartera/domain/receivables/ledger'
import { readAmount } from '@cartera/domain/receivables/receivable-terms'
import type { RefusedField } from '@cartera/domain/refusal'
import { sql } from 'drizzle-orm'
import { lockWithPromised } from '../promises/settle-promises.ts'
import { movementHistories, type Posting } from '../receivables/movements.ts'

/** The most receivables that one payment or credit note is applied to at once. */
export const maxApplications = 200

/** A receivable that money is applied to, locked; balance and history move along as it is. */
export interface PayableReceivable {
  id: string
  customerId: string
  currency: string
  dueOn: string
  balanceMinor: bigint
  history: DayMovement[]
}

/** Money of a customer that can be applied: a payment, or a credit note. */
export interface Money {
  kind: 'payment' | 'credit'
  id: string
  customerId: string
  currency: string
  /** What is still to be applied. */
  unappliedMinor: bigint
  /** The first day from which it can count. */
  from: string
}

export interface Application {
  receivableId: string
  amountMinor: bigint
}

/** Locks receivables in the order of their ids, so that two payments at once wait for each other and never deadlock. */
export async function lockPayables(tx: Transaction, ids: readonly string[]): Promise<Map<string, PayableReceivable>> {
  await lockWithPromised(tx, ids)
  const { rows } = await tx.execute<Record<string, string>>(sql`
    select id, customer_id, currency, due_on::text, balance_minor::text from receivables
    where id = any(${sql.param([...new Set(ids)])}::uuid[]) order by id`)
  const histories = await movementHistories(
    tx,
    rows.map((row) => row.id ?? ''),
  )
  return new Map(
    rows.map((row) => [
      row.id ?? '',
      {
        id: row.id ?? '',
        customerId: row.customer_id ?? '',
        currency: row.currency ?? '',
        dueOn: row.due_on ?? '',
        balanceMinor: BigInt(row.balance_minor ?? '0'),
        history: histories.get(row.id ?? '') ?? [],
      },
    ]),
  )
}

/** The amounts of applications as they were written; every one that cannot be is named at its field (`applications.2.amount`). */
export function readApplications(
  parts: readonly { receivableId: string; amount: string }[],
  currency: string,
): { applications: Application[]; errors: RefusedField[] } {
  const errors: RefusedField[] = []
  const applications = parts.map((part, index) => {
    const read = readAmount(part.amount, currency)
    if ('amountMinor' in read) return { receivableId: part.receivableId, amountMinor: read.amountMinor }
    for (const error of read.errors) errors.push({ ...error, field: `applications.${index}.${error.field}` })
    return { receivableId: part.receivableId, amountMinor: 0n }
  })
  return { applications, errors }
}

/**
 * Takes applications off the locked balances, or says why not: `receivable-unknown` (also another customer's), `currency-mismatch`,
 * `duplicate-in-request`, `amount-over-balance`, `applications-over-amount`. Fields as `applications.2.amount`. The movements count from the first
 * day on which there was something to pay, and never from tomorrow.
 */
export function applyMoney(
  money: Money,
  applications: readonly Application[],
  payables: ReadonlyMap<string, PayableReceivable>,
  today: string,
  receivableField: 'receivableId' | 'receivableExternalId' = 'receivableId',
): { errors: RefusedField[]; postings: Posting[] } {
  const errors: RefusedField[] = []
  const postings: Posting[] = []
  const met = new Set<string>()
  const from = money.from < today ? money.from : today
  let sum = 0n
  for (const [index, part] of applications.entries()) {
    const refuse = (field: string, code: RefusedField['code'], params: Record<string, string> = {}) =>
      errors.push({ field: `applications.${index}.${field}`, code, params })
    sum += part.amountMinor
    const receivable = payables.get(part.receivableId)
    if (!receivable || receivable.customerId !== money.customerId) refuse(receivableField, 'receivable-unknown')
    else if (met.has(receivable.id)) refuse(receivableField, 'duplicate-in-request')
    else if (receivable.currency !== money.currency)
      refuse(receivableField, 'currency-mismatch', { currency: receivable.currency })
    else if (part.amountMinor > receivable.balanceMinor)
      refuse('amount', 'amount-over-balance', { balance: formatAmount(receivable.balanceMinor, receivable.currency) })
    else {
      const on = applicationDay(receivable.history, from, part.amountMinor) ?? today
      receivable.balanceMinor -= part.amountMinor
      receivable.history.push({ on, amountMinor: -part.amountMinor })
      receivable.history.sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0))
      postings.push({
        receivableId: receivable.id,
        customerId: receivable.customerId,
        on,
        kind: money.kind,
        currency: money.currency,
        amountMinor: -part.amountMinor,
        paymentId: money.kind === 'payment' ? money.id : null,
        creditNoteId: money.kind === 'credit' ? money.id : null,
      })
    }
    met.add(part.receivableId)
  }
  if (sum > money.unappliedMinor)
    errors.push({
      field: 'applications',
      code: 'applications-over-amount',
      params: { amount: formatAmount(money.unappliedMinor, money.currency) },
    })
  return { errors, postings }
}
