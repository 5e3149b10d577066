import type { Transaction } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import { promiseItems, promises } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { can } from '@cartera/domain/access/permissions'
import { dayOfInstant } from '@cartera/domain/calendar-day'
import { formatAmount, largestAmountMinor } from '@cartera/domain/money'
import { graceUntilOf, mostPromiseDays, promiseDayRefusal } from '@cartera/domain/promises/promise'
import { readAmount } from '@cartera/domain/receivables/receivable-terms'
import { Refusal, type RefusedField } from '@cartera/domain/refusal'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { companyCalendar, findCompany } from '../company/company-settings.ts'
import { findVisibleCustomer, visibleCustomer } from '../customers/visible-customer.ts'
import { ledgerTransaction } from '../receivables/ledger-transaction.ts'
import { refuseItems } from '../receivables/refuse-items.ts'
import { readPromise } from './list-promises.ts'
import { lockWithPromised, pauseReceivables } from './settle-promises.ts'

export interface RecordPromiseInput {
  customerId: string
  dueOn: string
  source?: 'agent' | 'portal' | 'reply' | undefined
  contactId?: string | null | undefined
  comment?: string | null | undefined
  items: readonly { receivableId: string; amount: string }[]
}

interface Promisable {
  id: string
  customerId: string
  number: string
  currency: string
  balanceMinor: bigint
  promised: boolean
}

/**
 * Records what a customer promised to pay, on some of their receivables and in one currency: only those pause, until the promised day and the
 * company's business days of grace. Whoever sees the customer may. Refuses `not-found` (customer), `promise-day-past`, `promise-day-too-far`,
 * `sum-too-large` at `items`, and at the item's field `receivable-unknown`, `duplicate-in-request`, `currency-mismatch`, `receivable-settled`, `amount-...`,
 * `amount-over-balance`, `promise-standing`; `reference-unknown` at `contactId`.
 */
export async function recordPromise(ctx: AppContext, viewer: Viewer, input: RecordPromiseInput) {
  await findVisibleCustomer(ctx.db, viewer, input.customerId)
  const promiseId = await ledgerTransaction(ctx, (tx) => writePromise(tx, ctx, viewer, input))
  return readPromise(ctx, viewer, promiseId)
}

/**
 * The same in a `ledgerTransaction` of a caller that has decided that the customer may be spoken of; `by` is null where the contact of the input promised
 * by themselves. Answers the promise's id.
 */
export async function writePromise(
  tx: Transaction,
  ctx: AppContext,
  by: Pick<Viewer, 'userId'> | null,
  input: RecordPromiseInput,
): Promise<string> {
  const company = await findCompany(tx)
  const today = dayOfInstant(ctx.now(), company.timeZone)
  const errors: RefusedField[] = []
  const dayRefusal = promiseDayRefusal(input.dueOn, today)
  if (dayRefusal) errors.push({ field: 'dueOn', code: dayRefusal, params: { max: mostPromiseDays } })
  let contactName: string | null = null
  if (input.contactId) {
    const [contact] = await tx
      .select({ name: contacts.name })
      .from(contacts)
      .where(and(eq(contacts.id, input.contactId), eq(contacts.customerId, input.customerId), isNull(contacts.deletedAt)))
    if (!contact) errors.push({ field: 'contactId', code: 'reference-unknown' })
    contactName = contact?.name ?? null
  }
  const found = await lockPromisable(
    tx,
    input.items.map((item) => item.receivableId),
  )
  const met = new Set<string>()
  const items: { receivableId: string; amountMinor: bigint }[] = []
  let currency: string | undefined
  for (const [index, item] of input.items.entries()) {
    const refuse = (field: string, code: RefusedField['code'], params: Record<string, string> = {}) =>
      errors.push({ field: `items.${index}.${field}`, code, params })
    const receivable = found.get(item.receivableId)
    if (!receivable || receivable.customerId !== input.customerId) {
      refuse('receivableId', 'receivable-unknown')
      continue
    }
    currency ??= receivable.currency
    if (met.has(receivable.id)) refuse('receivableId', 'duplicate-in-request')
    else if (receivable.currency !== currency) refuse('receivableId', 'currency-mismatch', { currency: receivable.currency })
    else if (receivable.promised) refuse('receivableId', 'promise-standing', { number: receivable.number })
    else if (receivable.balanceMinor <= 0n) refuse('receivableId', 'receivable-settled')
    met.add(receivable.id)
    const money = readAmount(item.amount, receivable.currency)
    if ('errors' in money) for (const error of money.errors) refuse(error.field, error.code)
    else if (money.amountMinor > receivable.balanceMinor && receivable.balanceMinor > 0n)
      refuse('amount', 'amount-over-balance', { balance: formatAmount(receivable.balanceMinor, receivable.currency) })
    else items.push({ receivableId: receivable.id, amountMinor: money.amountMinor })
  }
  refuseItems(errors)
  if (currency === undefined) throw new Refusal('receivable-unknown', { field: 'items' })
  const graceUntil = graceUntilOf(input.dueOn, company.promiseGraceDays, await companyCalendar(tx))
  const amountMinor = items.reduce((sum, item) => sum + item.amountMinor, 0n)
  if (amountMinor > largestAmountMinor)
    throw new Refusal('sum-too-large', { field: 'items', params: { max: formatAmount(largestAmountMinor, currency) } })
  const [made] = await tx
    .insert(promises)
    .values({
      customerId: input.customerId,
      promisedOn: today,
      dueOn: input.dueOn,
      graceUntil,
      currency,
      amountMinor,
      source: input.source ?? 'agent',
      contactId: input.contactId ?? null,
      comment: input.comment ?? null,
      recordedBy: by?.userId ?? null,
      createdAt: ctx.now(),
    })
    .returning({ id: promises.id })
  if (!made) throw new Error('the promise was not written')
  await tx.insert(promiseItems).values(items.map((item) => ({ ...item, promiseId: made.id })))
  await pauseReceivables(
    tx,
    ctx,
    items.map((item) => item.receivableId),
    graceUntil,
  )
  const code = currency
  await recordAudit(tx, ctx, by, {
    action: 'create',
    entity: 'promise',
    entityId: made.id,
    changes: {
      customerId: input.customerId,
      dueOn: input.dueOn,
      graceUntil,
      currency,
      amount: formatAmount(amountMinor, code),
      source: input.source ?? 'agent',
      contact: contactName,
      comment: input.comment ?? null,
      items: items.map((item) => ({ receivableId: item.receivableId, amount: formatAmount(item.amountMinor, code) })),
    },
  })
  return made.id
}

/** Locked as payments lock them. */
async function lockPromisable(tx: Transaction, ids: readonly string[]): Promise<Map<string, Promisable>> {
  await lockWithPromised(tx, ids)
  // Looked at behind the lock: a promise that was recorded while we waited is seen.
  const { rows } = await tx.execute<Record<string, string | boolean>>(sql`
    select r.id, r.customer_id, d.number, r.currency, r.balance_minor::text as balance,
           exists (select from promise_items i join promises p on p.id = i.promise_id and p.state = 'open'
                   where i.receivable_id = r.id) as promised
    from receivables r join documents d on d.id = r.document_id
    where r.id = any(${sql.param([...new Set(ids)])}::uuid[])`)
  return new Map(
    rows.map((row) => [
      String(row.id),
      {
        id: String(row.id),
        customerId: String(row.customer_id),
        number: String(row.number),
        currency: String(row.currency),
        balanceMinor: BigInt(String(row.balance)),
        promised: row.promised === true,
      },
    ]),
  )
}

/**
 * Takes an open promise back, with a reason: its receivables no longer pause, and it counts for nobody's record. Who recorded it may, and
 * who manages receivables. Refuses `not-found`, `not-allowed`, `promise-not-open`, `changed-meanwhile`.
 */
export async function withdrawPromise(
  ctx: AppContext,
  viewer: Viewer,
  promiseId: string,
  input: { reason: string; version: number },
) {
  await ledgerTransaction(ctx, async (tx) => {
    const [visible] = await tx
      .select({ id: promises.id, recordedBy: promises.recordedBy })
      .from(promises)
      .innerJoin(customers, eq(customers.id, promises.customerId))
      .where(and(eq(promises.id, promiseId), visibleCustomer(viewer)))
    if (!visible) throw new Refusal('not-found')
    if (visible.recordedBy !== viewer.userId && !can(viewer, 'manage-receivables')) throw new Refusal('not-allowed')
    const { rows } = await tx.execute<{ id: string }>(sql`
      select r.id from receivables r join promise_items i on i.receivable_id = r.id
      where i.promise_id = ${promiseId}`)
    await lockWithPromised(
      tx,
      rows.map((row) => row.id),
    )
    const [before] = await tx.select().from(promises).where(eq(promises.id, promiseId)).for('update')
    if (before?.state !== 'open') throw new Refusal('promise-not-open')
    if (before.version !== input.version) throw new Refusal('changed-meanwhile')
    await tx
      .update(promises)
      .set({
        state: 'withdrawn',
        endReason: input.reason,
        endedAt: ctx.now(),
        endedBy: viewer.userId,
        version: before.version + 1,
      })
      .where(eq(promises.id, promiseId))
    await pauseReceivables(
      tx,
      ctx,
      rows.map((row) => row.id),
      null,
    )
    await recordAudit(tx, ctx, viewer, {
      action: 'cancel',
      entity: 'promise',
      entityId: promiseId,
      changes: { state: ['open', 'withdrawn'], reason: input.reason },
    })
  })
  return readPromise(ctx, viewer, promiseId)
}
