import type { Querier, Transaction } from '@cartera/db/connect'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { DayMovement, MovementKind } from '@cartera/domain/receivables/ledger'
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { settlePromises } from '../promises/settle-promises.ts'

/** A movement to be written; its amount has its sign. */
export interface Posting {
  receivableId: string
  customerId: string
  on: string
  kind: MovementKind
  currency: string
  amountMinor: bigint
  paymentId?: string | null
  creditNoteId?: string | null
  reversesId?: string | null
  reason?: string | null
}

/**
 * Writes movements of receivables that the transaction has locked, and moves their balances by the same amounts. `balances: false` for rows whose
 * balance the caller writes itself in this transaction (new receivables, corrections). Set by set, whatever their number.
 */
export async function writeMovements(
  tx: Transaction,
  ctx: AppContext,
  viewer: Pick<Viewer, 'userId'> | null,
  postings: readonly Posting[],
  options: { balances: boolean } = { balances: true },
): Promise<string[]> {
  if (postings.length === 0) return []
  const now = ctx.now().toISOString()
  const rows = postings.map((one) => ({
    id: v7(),
    receivable_id: one.receivableId,
    customer_id: one.customerId,
    on_day: one.on,
    kind: one.kind,
    currency: one.currency,
    amount_minor: one.amountMinor.toString(),
    payment_id: one.paymentId ?? null,
    credit_note_id: one.creditNoteId ?? null,
    reverses_id: one.reversesId ?? null,
    reason: one.reason ?? null,
  }))
  await tx.execute(sql`
    insert into receivable_movements (id, receivable_id, customer_id, on_day, kind, currency, amount_minor, payment_id, credit_note_id, reverses_id,
                                      reason, created_at, created_by)
    select m.id, m.receivable_id, m.customer_id, m.on_day, m.kind, m.currency, m.amount_minor, m.payment_id, m.credit_note_id, m.reverses_id,
           m.reason, ${now}::timestamptz, ${viewer?.userId ?? null}::uuid
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as m(id uuid, receivable_id uuid, customer_id uuid, on_day date, kind text, currency text, amount_minor bigint, payment_id uuid,
           credit_note_id uuid, reverses_id uuid, reason text)`)
  if (options.balances) {
    const sums = new Map<string, bigint>()
    for (const one of postings) sums.set(one.receivableId, (sums.get(one.receivableId) ?? 0n) + one.amountMinor)
    await tx.execute(sql`
      update receivables r
      set balance_minor = r.balance_minor + s.sum, version = r.version + 1, updated_at = ${now}::timestamptz
      from jsonb_to_recordset(${JSON.stringify([...sums].map(([id, sum]) => ({ id, sum: sum.toString() })))}::jsonb) as s(id uuid, sum bigint)
      where r.id = s.id`)
    await settlePromises(tx, ctx, [...sums.keys()])
  }
  return rows.map((row) => row.id)
}

/** What each receivable moved by, in the order of its days: what says from which day on money can be applied to it. */
export async function movementHistories(db: Querier, receivableIds: readonly string[]): Promise<Map<string, DayMovement[]>> {
  const { rows } = await db.execute<{ receivable_id: string; on_day: string; amount: string }>(sql`
    select m.receivable_id, m.on_day::text, sum(m.amount_minor)::text as amount
    from receivable_movements m join receivables r on r.id = m.receivable_id and r.currency = m.currency
    where m.receivable_id = any(${sql.param([...new Set(receivableIds)])}::uuid[])
    group by m.receivable_id, m.on_day order by m.receivable_id, m.on_day`)
  const histories = new Map<string, DayMovement[]>()
  for (const row of rows) {
    const history = histories.get(row.receivable_id)
    const movement = { on: row.on_day, amountMinor: BigInt(row.amount) }
    if (history) history.push(movement)
    else histories.set(row.receivable_id, [movement])
  }
  return histories
}
