import type { Transaction } from '@cartera/db/connect'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { formatAmount } from '@cartera/domain/money'
import { sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudits } from '../audit.ts'
import { type Posting, writeMovements } from '../receivables/movements.ts'
import type { Application } from './apply-money.ts'

/** A payment that is known to be possible, with the movements of the balances that it was taken off. */
export interface StatedPayment {
  id: string
  externalId: string | null
  customerId: string
  paidOn: string
  currency: string
  amountMinor: bigint
  reference: string | null
  applications: readonly Application[]
  postings: readonly Posting[]
}

/** Writes payments whose applications were taken off locked balances: payments, movements, balances and audit rows, set by set. */
export async function writePayments(
  tx: Transaction,
  ctx: AppContext,
  viewer: Pick<Viewer, 'userId'> | null,
  stated: readonly StatedPayment[],
): Promise<void> {
  if (stated.length === 0) return
  const now = ctx.now().toISOString()
  const rows = stated.map((one) => ({
    id: one.id,
    external_id: one.externalId,
    customer_id: one.customerId,
    paid_on: one.paidOn,
    currency: one.currency,
    amount_minor: one.amountMinor.toString(),
    unapplied_minor: (one.amountMinor - one.applications.reduce((sum, part) => sum + part.amountMinor, 0n)).toString(),
    stated_applications:
      one.externalId === null
        ? null
        : one.applications.map((part) => ({ id: part.receivableId, amount: part.amountMinor.toString() })),
    reference: one.reference,
  }))
  await tx.execute(sql`
    insert into payments (id, customer_id, external_id, paid_on, currency, amount_minor, unapplied_minor, stated_applications, reference, created_at, created_by)
    select p.id, p.customer_id, p.external_id, p.paid_on, p.currency, p.amount_minor, p.unapplied_minor, p.stated_applications, p.reference,
           ${now}::timestamptz, ${viewer?.userId ?? null}::uuid
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as p(id uuid, customer_id uuid, external_id text, paid_on date, currency text, amount_minor bigint, unapplied_minor bigint,
           stated_applications jsonb, reference text)`)
  await writeMovements(
    tx,
    ctx,
    viewer,
    stated.flatMap((one) => one.postings),
  )
  await recordAudits(
    tx,
    ctx,
    viewer,
    'payment',
    stated.map((one) => ({
      id: one.id,
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
}
