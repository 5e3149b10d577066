import type { Transaction } from '@cartera/db/connect'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { dayOfInstant } from '@cartera/domain/calendar-day'
import { formatAmount, largestAmountMinor } from '@cartera/domain/money'
import { chargeDay } from '@cartera/domain/receivables/ledger'
import type { RefusedField } from '@cartera/domain/refusal'
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudits } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { lockWithPromised, settlePromises } from '../promises/settle-promises.ts'
import { recordStatedDisputes } from './dispute-receivable.ts'
import { type Posting, writeMovements } from './movements.ts'

/** A receivable as another system states it, already read: possible in itself, of a customer that is known. */
export interface StatedReceivable {
  externalId: string
  customerId: string
  documentType: 'invoice' | 'debit-note' | 'receipt'
  number: string
  instalment: number
  issuedOn: string
  dueOn: string
  currency: string
  amountMinor: bigint
  /** Undefined leaves the dispute as it is. */
  disputed: boolean | undefined
  disputeReason: string | undefined
}

/** A receivable as it stands, locked. */
export interface StandingReceivable {
  id: string
  externalId: string
  customerId: string
  documentId: string
  documentType: string
  number: string
  instalment: number
  issuedOn: string
  dueOn: string
  currency: string
  amountMinor: bigint
  balanceMinor: bigint
  disputed: boolean
  disputeReason: string | null
  /** What it was of before its document was voided here; null where it was not. */
  voidedMinor: bigint | null
}

export type ReceivableFate = 'create' | 'change' | 'unchanged'
/** What stating a receivable would do, by its position in what was stated; errors name its own fields. */
export type ReceivableOutcome = { fate: ReceivableFate } | { errors: RefusedField[] }

/** Bulk writers of receivables and payments go one after the other: then two that send the same neither collide nor deadlock. */
export async function lockBulkWriting(tx: Transaction): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera bulk receivables'))`)
}

/** The receivables with these external ids as they stand, by external id; locked, with those promised along, unless told. */
export async function lockReceivables(
  tx: Transaction,
  externalIds: readonly string[],
  options: { lock: boolean } = { lock: true },
): Promise<Map<string, StandingReceivable>> {
  if (options.lock) {
    const { rows: found } = await tx.execute<{ id: string }>(
      sql`select id from receivables where external_id = any(${sql.param(externalIds)}::text[])`,
    )
    await lockWithPromised(
      tx,
      found.map((row) => row.id),
    )
  }
  const { rows } = await tx.execute<Record<string, string | number | boolean | null>>(sql`
    select r.id, r.external_id, r.customer_id, r.document_id, d.type, d.number, r.instalment, r.issued_on::text, r.due_on::text,
           r.currency, r.amount_minor::text, r.balance_minor::text, r.disputed_at is not null as disputed, r.dispute_reason,
           case when d.voided_on is not null then (select -m.amount_minor from receivable_movements m
             where m.receivable_id = r.id and m.kind = 'correction' order by m.id desc limit 1) end::text as voided_minor
    from receivables r join documents d on d.id = r.document_id
    where r.external_id = any(${sql.param(externalIds)}::text[])
    order by r.id`)
  return new Map(
    rows.map((row) => [
      String(row.external_id),
      {
        id: String(row.id),
        externalId: String(row.external_id),
        customerId: String(row.customer_id),
        documentId: String(row.document_id),
        documentType: String(row.type),
        number: String(row.number),
        instalment: Number(row.instalment),
        issuedOn: String(row.issued_on),
        dueOn: String(row.due_on),
        currency: String(row.currency),
        amountMinor: BigInt(String(row.amount_minor)),
        balanceMinor: BigInt(String(row.balance_minor)),
        disputed: row.disputed === true,
        disputeReason: row.dispute_reason === null ? null : String(row.dispute_reason),
        voidedMinor: row.voided_minor === null ? null : BigInt(String(row.voided_minor)),
      },
    ]),
  )
}

const factsOf = (one: StatedReceivable | StandingReceivable) => ({
  documentType: one.documentType,
  number: one.number,
  instalment: one.instalment,
  issuedOn: one.issuedOn,
  dueOn: one.dueOn,
  currency: one.currency,
  amount: formatAmount(one.amountMinor, one.currency),
})

/** The dispute that results: nothing said keeps it, and a reason that is not told again stays. */
function disputeAfter(stated: StatedReceivable, standing: StandingReceivable | undefined) {
  const disputed = stated.disputed ?? standing?.disputed ?? false
  return {
    disputed,
    disputeReason: disputed ? (stated.disputeReason ?? (standing?.disputed ? standing.disputeReason : null)) : null,
  }
}

/** What stating a receivable changes of one that stands, field by field, as the audit log says it. */
export function statedChanges(one: StatedReceivable, before: StandingReceivable) {
  return changesBetween(receivableFacts(before), { ...factsOf(one), ...disputeAfter(one, before) })
}

/** A receivable's facts, as the audit log says them. */
export const receivableFacts = (one: StandingReceivable) => ({
  ...factsOf(one),
  disputed: one.disputed,
  disputeReason: one.disputeReason,
})

const placeOf = (customerId: string, type: string, number: string, instalment: number) =>
  JSON.stringify([customerId, type, number, instalment])

/**
 * What each stated receivable would do beside those that stand: create, change or nothing, or why it cannot: `external-id-taken`
 * (another customer's), `currency-mismatch` (against what is paid, or the other instalments of the document), `amount-below-paid`, `instalment-taken`,
 * `sum-too-large` (of a document).
 */
export async function judgeReceivables(
  tx: Transaction,
  stated: readonly StatedReceivable[],
  standing: ReadonlyMap<string, StandingReceivable>,
): Promise<ReceivableOutcome[]> {
  const { rows: taken } = await tx.execute<{
    customer_id: string
    type: string
    number: string
    instalment: number
    external_id: string | null
  }>(sql`
    select d.customer_id, d.type, d.number, r.instalment, r.external_id
    from jsonb_to_recordset(${JSON.stringify(
      stated.map((one) => ({ customer: one.customerId, type: one.documentType, number: one.number, instalment: one.instalment })),
    )}::jsonb) as s(customer uuid, type text, number text, instalment integer)
    join documents d on d.customer_id = s.customer and d.type = s.type and d.number = s.number
    join receivables r on r.document_id = d.id and r.instalment = s.instalment`)
  const holder = new Map<string, string | null>(
    taken.map((row) => [placeOf(row.customer_id, row.type, row.number, Number(row.instalment)), row.external_id]),
  )
  const totals = await otherInstalments(tx, stated)
  return stated.map((one) => {
    const errors: RefusedField[] = []
    const document = placeOf(one.customerId, one.documentType, one.number, 0)
    const total = totals.get(document) ?? { currency: one.currency, minor: 0n, voided: false }
    totals.set(document, { ...total, minor: total.minor + one.amountMinor })
    if (total.voided && !standing.has(one.externalId)) errors.push({ field: 'number', code: 'document-voided' })
    else if (total.currency !== one.currency)
      errors.push({ field: 'currency', code: 'currency-mismatch', params: { currency: total.currency } })
    else if (total.minor + one.amountMinor > largestAmountMinor)
      errors.push({ field: 'amount', code: 'sum-too-large', params: { max: formatAmount(largestAmountMinor, one.currency) } })
    const place = placeOf(one.customerId, one.documentType, one.number, one.instalment)
    const held = holder.get(place)
    if (held !== undefined && held !== one.externalId) errors.push({ field: 'number', code: 'instalment-taken' })
    else holder.set(place, one.externalId)

    const before = standing.get(one.externalId)
    if (!before) return errors.length > 0 ? { errors } : { fate: 'create' }
    if (before.customerId !== one.customerId) return { errors: [{ field: 'externalId', code: 'external-id-taken' }] }
    // A source that repeats what was voided here does not know of it, and takes nothing back.
    if (before.voidedMinor !== null)
      return Object.keys(
        changesBetween({ ...factsOf(before), amount: formatAmount(before.voidedMinor, before.currency) }, factsOf(one)),
      ).length > 0
        ? { errors: [{ field: 'externalId', code: 'document-voided' }] }
        : { fate: 'unchanged' }
    const paidMinor = before.amountMinor - before.balanceMinor
    if (paidMinor > 0n && before.currency !== one.currency)
      errors.push({ field: 'currency', code: 'currency-mismatch', params: { currency: before.currency } })
    else if (one.amountMinor < paidMinor)
      errors.push({ field: 'amount', code: 'amount-below-paid', params: { paid: formatAmount(paidMinor, before.currency) } })
    if (errors.length > 0) return { errors }
    return { fate: Object.keys(statedChanges(one, before)).length > 0 ? 'change' : 'unchanged' }
  })
}

/** What the documents of stated receivables have in other instalments, which nothing is stated of: their sum and currency. */
async function otherInstalments(
  tx: Transaction,
  stated: readonly StatedReceivable[],
): Promise<Map<string, { currency: string; minor: bigint; voided: boolean }>> {
  const { rows } = await tx.execute<Record<string, string>>(sql`
    select d.customer_id, d.type, d.number, r.currency, sum(r.amount_minor)::text as minor, bool_or(d.voided_on is not null)::text as voided
    from (select distinct * from jsonb_to_recordset(${JSON.stringify(
      stated.map((one) => ({ customer: one.customerId, type: one.documentType, number: one.number })),
    )}::jsonb) as s(customer uuid, type text, number text)) s
    join documents d on d.customer_id = s.customer and d.type = s.type and d.number = s.number
    join receivables r on r.document_id = d.id
      and (r.external_id is null or r.external_id <> all(${sql.param(stated.map((one) => one.externalId))}::text[]))
    group by d.customer_id, d.type, d.number, r.currency`)
  return new Map(
    rows.map((row) => [
      placeOf(row.customer_id ?? '', row.type ?? '', row.number ?? '', 0),
      { currency: row.currency ?? '', minor: BigInt(row.minor ?? '0'), voided: row.voided === 'true' },
    ]),
  )
}

/**
 * Writes stated receivables that were judged possible, set by set: documents, new receivables, changed ones, their movements, totals of the
 * documents, and an audit row for each. Balances keep what is paid.
 */
export async function writeReceivables(
  tx: Transaction,
  ctx: AppContext,
  viewer: Pick<Viewer, 'userId'> | null,
  stated: readonly StatedReceivable[],
  standing: ReadonlyMap<string, StandingReceivable>,
): Promise<void> {
  if (stated.length === 0) return
  const now = ctx.now().toISOString()
  const rows = stated.map((one) => {
    const before = standing.get(one.externalId)
    const dispute = disputeAfter(one, before)
    return {
      id: before?.id ?? v7(),
      is_new: before === undefined,
      external_id: one.externalId,
      customer_id: one.customerId,
      type: one.documentType,
      number: one.number,
      instalment: one.instalment,
      issued_on: one.issuedOn,
      due_on: one.dueOn,
      currency: one.currency,
      amount_minor: one.amountMinor.toString(),
      disputed: dispute.disputed,
      dispute_reason: dispute.disputeReason,
    }
  })
  // One document for its instalments: the first that names it gives its date and currency.
  const documents = new Map(rows.map((row) => [placeOf(row.customer_id, row.type, row.number, 0), { ...row, id: v7() }]))
  await tx.execute(sql`
    insert into documents (id, customer_id, type, number, issued_on, currency, total_minor)
    select d.id, d.customer_id, d.type, d.number, d.issued_on, d.currency, 0
    from jsonb_to_recordset(${JSON.stringify([...documents.values()])}::jsonb)
      as d(id uuid, customer_id uuid, type text, number text, issued_on date, currency text)
    on conflict (customer_id, type, number) do nothing`)
  const columns =
    sql.raw(`s(id uuid, is_new boolean, external_id text, customer_id uuid, type text, number text, instalment integer,
    issued_on date, due_on date, currency text, amount_minor bigint, disputed boolean, dispute_reason text)`)
  const join = sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as ${columns}
    join documents d on d.customer_id = s.customer_id and d.type = s.type and d.number = s.number`
  await tx.execute(sql`
    insert into receivables (id, document_id, customer_id, external_id, instalment, issued_on, due_on, currency, amount_minor, balance_minor,
                             disputed_at, dispute_reason, created_at, updated_at)
    select s.id, d.id, s.customer_id, s.external_id, s.instalment, s.issued_on, s.due_on, s.currency, s.amount_minor, s.amount_minor,
           case when s.disputed then ${now}::timestamptz end, s.dispute_reason, ${now}::timestamptz, ${now}::timestamptz
    from ${join} where s.is_new`)
  await tx.execute(sql`
    update receivables r
    set document_id = d.id, instalment = s.instalment, issued_on = s.issued_on, due_on = s.due_on, currency = s.currency,
        amount_minor = s.amount_minor, balance_minor = s.amount_minor - (r.amount_minor - r.balance_minor),
        disputed_at = case when s.disputed then coalesce(r.disputed_at, ${now}::timestamptz) end, dispute_reason = s.dispute_reason,
        version = r.version + 1, updated_at = ${now}::timestamptz
    from ${join} where r.id = s.id and not s.is_new`)
  const corrections = rows.map((row) => ({ ...row, before: standing.get(row.external_id) }))
  await writeMovements(tx, ctx, viewer, await correctingPostings(tx, ctx, corrections), { balances: false })
  const ids = rows.map((row) => row.id)
  await recordStatedDisputes(tx, ctx, viewer, ids)
  await settlePromises(tx, ctx, ids)

  const touched = [...new Set(rows.flatMap((row) => standing.get(row.external_id)?.documentId ?? []))]
  await tx.execute(sql`
    update documents d set total_minor = t.total, issued_on = t.issued_on, currency = t.currency
    from (select r.document_id, sum(r.amount_minor) as total, min(r.issued_on) as issued_on, min(r.currency) as currency
          from receivables r
          where r.document_id = any(${sql.param(touched)}::uuid[])
             or r.document_id in (select document_id from receivables where id = any(${sql.param(rows.map((row) => row.id))}::uuid[]))
          group by r.document_id) t
    where d.id = t.document_id and (d.total_minor, d.issued_on, d.currency::text) is distinct from (t.total, t.issued_on, t.currency::text)`)
  // A document whose last instalment got another number is nobody's any more.
  await tx.execute(sql`
    delete from documents d where d.id = any(${sql.param(touched)}::uuid[])
      and not exists (select from receivables r where r.document_id = d.id)`)

  await recordAudits(
    tx,
    ctx,
    viewer,
    'receivable',
    stated.map((one, index) => {
      const before = standing.get(one.externalId)
      return {
        id: rows[index]?.id ?? '',
        action: before ? 'change' : 'create',
        changes: before
          ? statedChanges(one, before)
          : { externalId: one.externalId, ...factsOf(one), ...disputeAfter(one, undefined) },
      }
    }),
  )
}

interface WrittenRow {
  id: string
  customer_id: string
  issued_on: string
  currency: string
  amount_minor: string
  /** How it stood until now; undefined for a new one. */
  before: Pick<StandingReceivable, 'issuedOn' | 'currency' | 'amountMinor'> | undefined
}

/**
 * What written rows move: a charge of each new one on its issue day; of a changed one the difference, from today on, since until today the other
 * amount stood. A corrected issue day takes the charge along.
 */
export async function correctingPostings(tx: Transaction, ctx: AppContext, rows: readonly WrittenRow[]): Promise<Posting[]> {
  const today = dayOfInstant(ctx.now(), (await findCompany(tx)).timeZone)
  const moved = rows.filter(
    ({ before, ...row }) => before !== undefined && before.issuedOn !== row.issued_on && before.currency === row.currency,
  )
  const charges = await findCharges(
    tx,
    moved.map((row) => row.id),
  )
  return rows.flatMap((row): Posting[] => {
    const { before } = row
    const amountMinor = BigInt(row.amount_minor)
    const post = (kind: 'charge' | 'correction', on: string, currency: string, minor: bigint): Posting[] =>
      minor === 0n ? [] : [{ receivableId: row.id, customerId: row.customer_id, on, kind, currency, amountMinor: minor }]
    if (!before) return post('charge', chargeDay(row.issued_on, today), row.currency, amountMinor)
    if (before.currency !== row.currency)
      return [
        ...post('correction', today, before.currency, -before.amountMinor),
        ...post('correction', today, row.currency, amountMinor),
      ]
    const corrected = post('correction', today, row.currency, amountMinor - before.amountMinor)
    const charge = charges.get(row.id)
    const day = charge && chargeDay(row.issued_on, today, charge.firstOther)
    if (!charge || day === undefined || day === charge.on) return corrected
    return [
      ...post('correction', charge.on, row.currency, -charge.amountMinor),
      ...post('correction', day, row.currency, charge.amountMinor),
      ...corrected,
    ]
  })
}

/** Where the charge of each receivable stands now (its issue day may have been corrected before), and the first day with anything else on it. */
async function findCharges(tx: Transaction, receivableIds: readonly string[]) {
  const charges = new Map<string, { on: string; amountMinor: bigint; firstOther: string | null }>()
  if (receivableIds.length === 0) return charges
  const { rows } = await tx.execute<{ receivable_id: string; on_day: string; charged: string; others: boolean }>(sql`
    select m.receivable_id, m.on_day::text,
           coalesce(sum(m.amount_minor) filter (where m.kind in ('charge', 'correction')), 0)::text as charged,
           bool_or(m.kind not in ('charge', 'correction')) as others
    from receivable_movements m join receivables r on r.id = m.receivable_id and r.currency = m.currency
    where m.receivable_id = any(${sql.param(receivableIds)}::uuid[])
    group by m.receivable_id, m.on_day order by m.receivable_id, m.on_day`)
  for (const row of rows) {
    const charge = charges.get(row.receivable_id)
    if (!charge) {
      if (BigInt(row.charged) > 0n)
        charges.set(row.receivable_id, {
          on: row.on_day,
          amountMinor: BigInt(row.charged),
          firstOther: row.others ? row.on_day : null,
        })
    } else if (charge.firstOther === null && (row.others || row.charged !== '0')) charge.firstOther = row.on_day
  }
  return charges
}
