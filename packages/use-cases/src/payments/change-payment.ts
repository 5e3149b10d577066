import type { Transaction } from '@cartera/db/connect'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { formatAmount } from '@cartera/domain/money'
import { allocateOldestFirst } from '@cartera/domain/receivables/payment-allocation'
import { Refusal } from '@cartera/domain/refusal'
import { sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { companyToday } from '../company/company-settings.ts'
import { ledgerTransaction } from '../receivables/ledger-transaction.ts'
import { type Posting, writeMovements } from '../receivables/movements.ts'
import { readReceivable } from '../receivables/read-receivable.ts'
import { refuseItems } from '../receivables/refuse-items.ts'
import { applyMoney, lockPayables, type Money, readApplications } from './apply-money.ts'
import { readCreditNote } from './credit-notes.ts'
import { readPayment } from './list-payments.ts'
import { oldestOpen } from './record-payment.ts'

type Kind = Money['kind']

const entityOf = (kind: Kind) => (kind === 'payment' ? 'payment' : 'credit-note')

/** A payment or credit note as it stands, locked; refuses one that pays nothing any more (`payment-reversed`, `document-voided`). */
async function lockMoney(tx: Transaction, kind: Kind, id: string): Promise<Money> {
  const { rows } = await tx.execute<{
    customer_id: string
    currency: string
    unapplied: string
    from_day: string
    ended: boolean
  }>(
    kind === 'payment'
      ? sql`select customer_id, currency, unapplied_minor::text as unapplied, paid_on::text as from_day, reversed_on is not null as ended
            from payments where id = ${id} for update`
      : sql`select customer_id, currency, unapplied_minor::text as unapplied, issued_on::text as from_day, voided_on is not null as ended
            from documents where id = ${id} and type = 'credit-note' for update`,
  )
  const row = rows[0]
  if (!row) throw new Refusal('not-found')
  if (row.ended) throw new Refusal(kind === 'payment' ? 'payment-reversed' : 'document-voided')
  return {
    kind,
    id,
    customerId: row.customer_id,
    currency: row.currency,
    unappliedMinor: BigInt(row.unapplied),
    from: row.from_day,
  }
}

async function moveUnapplied(tx: Transaction, kind: Kind, id: string, byMinor: bigint): Promise<void> {
  const table = kind === 'payment' ? sql`payments` : sql`documents`
  await tx.execute(sql`update ${table} set unapplied_minor = unapplied_minor + ${byMinor.toString()}::bigint where id = ${id}`)
}

const readMoney = (ctx: AppContext, viewer: Viewer, kind: Kind, id: string) =>
  kind === 'payment' ? readPayment(ctx, viewer, id) : readCreditNote(ctx, viewer, id)

/** Visibility first, so that what is out of sight is neither locked nor told apart from what is missing. */
async function mayChange(ctx: AppContext, viewer: Viewer, kind: Kind, id: string): Promise<void> {
  await readMoney(ctx, viewer, kind, id)
  const refusal = permissionRefusal(viewer, 'manage-receivables')
  if (refusal) throw new Refusal(refusal)
}

async function apply(
  ctx: AppContext,
  viewer: Viewer,
  kind: Kind,
  id: string,
  input: { applications?: { receivableId: string; amount: string }[] | undefined },
): Promise<void> {
  await mayChange(ctx, viewer, kind, id)
  const today = await companyToday(ctx)
  await ledgerTransaction(ctx, async (tx) => {
    const money = await lockMoney(tx, kind, id)
    const told = input.applications === undefined ? undefined : readApplications(input.applications, money.currency)
    if (told) refuseItems(told.errors)
    const payables = await lockPayables(
      tx,
      told?.applications.map((part) => part.receivableId) ?? (await oldestOpen(tx, money.customerId, money.currency)),
    )
    const applications = told?.applications ?? allocateOldestFirst(money.unappliedMinor, [...payables.values()])
    // Applied today: what stood unapplied until now did so in every statement made meanwhile.
    const { errors, postings } = applyMoney({ ...money, from: today }, applications, payables, today)
    refuseItems(errors)
    if (postings.length === 0) return
    await writeMovements(tx, ctx, viewer, postings)
    const sum = applications.reduce((total, part) => total + part.amountMinor, 0n)
    await moveUnapplied(tx, kind, id, -sum)
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: entityOf(kind),
      entityId: id,
      changes: {
        applications: applications.map((part) => ({
          receivableId: part.receivableId,
          amount: formatAmount(part.amountMinor, money.currency),
        })),
      },
    })
  })
}

type ApplyInput = { applications?: { receivableId: string; amount: string }[] | undefined }

/**
 * Applies what is left of a payment to the chosen receivables, or to the oldest ones first. Refuses `not-found`, `not-allowed`, `payment-reversed` and
 * what recording a payment refuses of its applications.
 */
export async function applyPayment(ctx: AppContext, viewer: Viewer, paymentId: string, input: ApplyInput) {
  await apply(ctx, viewer, 'payment', paymentId, input)
  return readPayment(ctx, viewer, paymentId)
}

/** The same for a credit note; refuses `document-voided` for one that is void. */
export async function applyCreditNote(ctx: AppContext, viewer: Viewer, creditNoteId: string, input: ApplyInput) {
  await apply(ctx, viewer, 'credit', creditNoteId, input)
  return readCreditNote(ctx, viewer, creditNoteId)
}

interface StandingApplication {
  id: string
  receivable_id: string
  customer_id: string
  on_day: string
  kind: string
  currency: string
  amount: string
  payment_id: string | null
  credit_note_id: string | null
}

const reversalOf = (movement: StandingApplication, on: string, reason: string): Posting => ({
  receivableId: movement.receivable_id,
  customerId: movement.customer_id,
  // Nothing is taken back before it was given.
  on: on > movement.on_day ? on : movement.on_day,
  kind: 'reversal',
  currency: movement.currency,
  amountMinor: -BigInt(movement.amount),
  paymentId: movement.payment_id,
  creditNoteId: movement.credit_note_id,
  reversesId: movement.id,
  reason,
})

async function end(ctx: AppContext, viewer: Viewer, kind: Kind, id: string, input: { on?: string | undefined; reason: string }) {
  await mayChange(ctx, viewer, kind, id)
  const today = await companyToday(ctx)
  const on = input.on ?? today
  if (on > today) throw new Refusal('day-in-future', { field: 'on' })
  await ledgerTransaction(ctx, async (tx) => {
    const money = await lockMoney(tx, kind, id)
    if (on < money.from) throw new Refusal('day-before-record', { field: 'on', params: { day: money.from } })
    const source = kind === 'payment' ? sql`m.payment_id` : sql`m.credit_note_id`
    // An application that was undone had paid until then: earlier, the money would be missing where it stood.
    const { rows: undone } = await tx.execute<{ day: string | null }>(sql`
      select max(u.on_day)::text as day from receivable_movements m join receivable_movements u on u.reverses_id = m.id and u.on_day > m.on_day
      where ${source} = ${id}`)
    const until = undone[0]?.day ?? money.from
    if (on < until) throw new Refusal('day-before-record', { field: 'on', params: { day: until } })
    const { rows } = await tx.execute<{ receivable_id: string }>(
      sql`select distinct m.receivable_id from receivable_movements m where ${source} = ${id}`,
    )
    await lockPayables(
      tx,
      rows.map((row) => row.receivable_id),
    )
    const { rows: standing } = await tx.execute<StandingApplication & Record<string, unknown>>(sql`
      select m.id, m.receivable_id, m.customer_id, m.on_day::text, m.kind, m.currency, m.amount_minor::text as amount, m.payment_id, m.credit_note_id
      from receivable_movements m
      where ${source} = ${id} and m.kind in ('payment', 'credit')
        and not exists (select from receivable_movements undone where undone.reverses_id = m.id)`)
    await writeMovements(
      tx,
      ctx,
      viewer,
      standing.map((movement) => reversalOf(movement, on, input.reason)),
    )
    await tx.execute(
      kind === 'payment'
        ? sql`update payments set unapplied_minor = 0, reversed_on = ${on}::date, reversal_reason = ${input.reason} where id = ${id}`
        : sql`update documents set unapplied_minor = 0, voided_on = ${on}::date, void_reason = ${input.reason} where id = ${id}`,
    )
    await recordAudit(tx, ctx, viewer, {
      action: 'cancel',
      entity: entityOf(kind),
      entityId: id,
      changes: { on, reason: input.reason, applicationsUndone: standing.length },
    })
  })
}

/**
 * Takes a payment back because the money was not there (a returned cheque): all its applications are undone, from the day told (today unless told).
 * Refuses `not-found`, `not-allowed`, `payment-reversed`, `day-in-future`, `day-before-record`.
 */
export async function reversePayment(
  ctx: AppContext,
  viewer: Viewer,
  paymentId: string,
  input: { on?: string | undefined; reason: string },
) {
  await end(ctx, viewer, 'payment', paymentId, input)
  return readPayment(ctx, viewer, paymentId)
}

/** Voids a credit note in the same way; refuses `document-voided` for one that is void. */
export async function voidCreditNote(
  ctx: AppContext,
  viewer: Viewer,
  creditNoteId: string,
  input: { on?: string | undefined; reason: string },
) {
  await end(ctx, viewer, 'credit', creditNoteId, input)
  return readCreditNote(ctx, viewer, creditNoteId)
}

/**
 * Undoes one application or write-off: a reversal of today; the money stays the customer's, unapplied. Answers the receivable. Refuses `not-found`,
 * `not-allowed`, `movement-not-reversible`, `application-undone`.
 */
export async function undoMovement(ctx: AppContext, viewer: Viewer, movementId: string, input: { reason: string }) {
  const { rows } = await ctx.db.execute<StandingApplication & Record<string, unknown>>(sql`
    select m.id, m.receivable_id, m.customer_id, m.on_day::text, m.kind, m.currency, m.amount_minor::text as amount, m.payment_id, m.credit_note_id
    from receivable_movements m where m.id = ${movementId}`)
  const movement = rows[0]
  if (!movement) throw new Refusal('not-found')
  await readReceivable(ctx, viewer, movement.receivable_id)
  const refusal = permissionRefusal(viewer, 'manage-receivables')
  if (refusal) throw new Refusal(refusal)
  const today = await companyToday(ctx)
  const kind: Kind | null = movement.kind === 'payment' || movement.kind === 'credit' ? movement.kind : null
  if (kind === null && movement.kind !== 'write-off') throw new Refusal('movement-not-reversible')
  const sourceId = movement.payment_id ?? movement.credit_note_id
  await ledgerTransaction(ctx, async (tx) => {
    if (kind !== null && sourceId !== null) await lockMoney(tx, kind, sourceId)
    await lockPayables(tx, [movement.receivable_id])
    const { rows: undone } = await tx.execute(sql`select 1 from receivable_movements where reverses_id = ${movementId}`)
    if (undone.length > 0) throw new Refusal('application-undone')
    await writeMovements(tx, ctx, viewer, [reversalOf(movement, today, input.reason)])
    if (kind !== null && sourceId !== null) await moveUnapplied(tx, kind, sourceId, -BigInt(movement.amount))
    await recordAudit(tx, ctx, viewer, {
      action: 'cancel',
      entity: kind === null ? 'receivable' : entityOf(kind),
      entityId: sourceId ?? movement.receivable_id,
      changes: {
        receivableId: movement.receivable_id,
        amount: formatAmount(-BigInt(movement.amount), movement.currency),
        reason: input.reason,
      },
    })
  })
  return readReceivable(ctx, viewer, movement.receivable_id)
}
