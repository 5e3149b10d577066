import type { Transaction } from '@cartera/db/connect'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { formatAmount } from '@cartera/domain/money'
import type { RefusedField } from '@cartera/domain/refusal'
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { writeAudit } from '../receivables/write-receivables.ts'

/** A payment that is known to be possible in itself, of a customer that is known. */
export interface StatedPayment {
  externalId: string | null
  customerId: string
  paidOn: string
  currency: string
  amountMinor: bigint
  reference: string | null
  applications: { receivableId: string; amountMinor: bigint }[]
}

/** A receivable that payments are applied to, locked; `balanceMinor` goes down as they are. */
export interface PayableReceivable {
  id: string
  customerId: string
  currency: string
  dueOn: string
  balanceMinor: bigint
}

/** Locks receivables in the order of their ids, so that two payments at once wait for each other and never deadlock. */
export async function lockPayables(tx: Transaction, ids: readonly string[]): Promise<Map<string, PayableReceivable>> {
  const { rows } = await tx.execute<Record<string, string>>(sql`
    select id, customer_id, currency, due_on::text, balance_minor::text from receivables
    where id = any(${sql.param([...new Set(ids)])}::uuid[]) order by id for update`)
  return new Map(
    rows.map((row) => [
      row.id ?? '',
      {
        id: row.id ?? '',
        customerId: row.customer_id ?? '',
        currency: row.currency ?? '',
        dueOn: row.due_on ?? '',
        balanceMinor: BigInt(row.balance_minor ?? '0'),
      },
    ]),
  )
}

/**
 * Takes a payment's applications off the locked balances, or says why not: `receivable-unknown` (also another customer's),
 * `currency-mismatch`, `duplicate-in-request`, `amount-over-balance`, `applications-over-amount`. Fields as `applications.2.amount`.
 */
export function applyPayment(
  payment: StatedPayment,
  payables: ReadonlyMap<string, PayableReceivable>,
  receivableField: 'receivableId' | 'receivableExternalId',
): RefusedField[] {
  const errors: RefusedField[] = []
  const met = new Set<string>()
  let sum = 0n
  for (const [index, part] of payment.applications.entries()) {
    const refuse = (field: string, code: RefusedField['code'], params: Record<string, string> = {}) =>
      errors.push({ field: `applications.${index}.${field}`, code, params })
    sum += part.amountMinor
    const receivable = payables.get(part.receivableId)
    if (!receivable || receivable.customerId !== payment.customerId) refuse(receivableField, 'receivable-unknown')
    else if (met.has(receivable.id)) refuse(receivableField, 'duplicate-in-request')
    else if (receivable.currency !== payment.currency)
      refuse(receivableField, 'currency-mismatch', { currency: receivable.currency })
    else if (part.amountMinor > receivable.balanceMinor)
      refuse('amount', 'amount-over-balance', { balance: formatAmount(receivable.balanceMinor, receivable.currency) })
    else receivable.balanceMinor -= part.amountMinor
    met.add(part.receivableId)
  }
  if (sum > payment.amountMinor)
    errors.push({
      field: 'applications',
      code: 'applications-over-amount',
      params: { amount: formatAmount(payment.amountMinor, payment.currency) },
    })
  return errors
}

/** Writes payments whose applications were taken off locked balances: payments, applications, balances and audit rows, set by set. Answers the ids. */
export async function writePayments(
  tx: Transaction,
  ctx: AppContext,
  viewer: Pick<Viewer, 'userId'> | null,
  stated: readonly StatedPayment[],
): Promise<string[]> {
  if (stated.length === 0) return []
  const now = ctx.now().toISOString()
  const rows = stated.map((one) => ({
    id: v7(),
    external_id: one.externalId,
    customer_id: one.customerId,
    paid_on: one.paidOn,
    currency: one.currency,
    amount_minor: one.amountMinor.toString(),
    reference: one.reference,
  }))
  await tx.execute(sql`
    insert into payments (id, customer_id, external_id, paid_on, currency, amount_minor, reference, created_at, created_by)
    select p.id, p.customer_id, p.external_id, p.paid_on, p.currency, p.amount_minor, p.reference, ${now}::timestamptz, ${viewer?.userId ?? null}::uuid
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as p(id uuid, customer_id uuid, external_id text, paid_on date, currency text, amount_minor bigint, reference text)`)
  const parts = stated.flatMap((one, index) =>
    one.applications.map((part) => ({
      id: v7(),
      payment_id: rows[index]?.id,
      receivable_id: part.receivableId,
      amount_minor: part.amountMinor.toString(),
      applied_on: one.paidOn,
    })),
  )
  if (parts.length > 0) {
    await tx.execute(sql`
      with applied as (
        insert into payment_applications (id, payment_id, receivable_id, amount_minor, applied_on, created_at)
        select a.id, a.payment_id, a.receivable_id, a.amount_minor, a.applied_on, ${now}::timestamptz
        from jsonb_to_recordset(${JSON.stringify(parts)}::jsonb)
          as a(id uuid, payment_id uuid, receivable_id uuid, amount_minor bigint, applied_on date)
        returning receivable_id, amount_minor
      )
      update receivables r
      set balance_minor = r.balance_minor - s.sum, version = r.version + 1, updated_at = ${now}::timestamptz
      from (select receivable_id, sum(amount_minor)::bigint as sum from applied group by receivable_id) s
      where r.id = s.receivable_id`)
  }
  await writeAudit(
    tx,
    ctx,
    viewer,
    'payment',
    stated.map((one, index) => ({
      id: rows[index]?.id ?? '',
      action: 'create',
      changes: {
        externalId: one.externalId,
        paidOn: one.paidOn,
        currency: one.currency,
        amount: formatAmount(one.amountMinor, one.currency),
        reference: one.reference,
        applications: one.applications.map((part) => ({
          receivableId: part.receivableId,
          amount: formatAmount(part.amountMinor, one.currency),
        })),
      },
    })),
  )
  return rows.map((row) => row.id)
}
