import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { users } from '@cartera/db/schema/organisation'
import { documents } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { formatAmount } from '@cartera/domain/money'
import { allocateOldestFirst } from '@cartera/domain/receivables/payment-allocation'
import { readAmount } from '@cartera/domain/receivables/receivable-terms'
import { Refusal, type RefusedField } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, type SQL, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordAudits } from '../audit.ts'
import { companyToday } from '../company/company-settings.ts'
import { findVisibleCustomer, visibleCustomer } from '../customers/visible-customer.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { ledgerTransaction } from '../receivables/ledger-transaction.ts'
import { type Posting, writeMovements } from '../receivables/movements.ts'
import { refuseItems } from '../receivables/refuse-items.ts'
import { customersByExternalId } from '../receivables/upsert-receivables.ts'
import { lockBulkWriting } from '../receivables/write-receivables.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'
import { type Application, applyMoney, lockPayables, readApplications } from './apply-money.ts'
import { applicationsOf } from './list-payments.ts'
import { oldestOpen } from './record-payment.ts'
import { receivablesByExternalId } from './upsert-payments.ts'

const shown = {
  id: documents.id,
  externalId: documents.externalId,
  customerId: customers.id,
  customerCode: customers.code,
  customerName: customers.name,
  number: documents.number,
  issuedOn: documents.issuedOn,
  currency: documents.currency,
  totalMinor: documents.totalMinor,
  unappliedMinor: documents.unappliedMinor,
  comment: documents.comment,
  voidedOn: documents.voidedOn,
  voidReason: documents.voidReason,
  recordedAt: documents.createdAt,
  recordedBy: users.name,
}

async function selectCreditNotes(ctx: AppContext, condition: SQL | undefined, order: SQL[], limit: number) {
  const rows = await ctx.db
    .select(shown)
    .from(documents)
    .innerJoin(customers, eq(customers.id, documents.customerId))
    .leftJoin(users, eq(users.id, documents.createdBy))
    .where(and(sql`${documents.type} = 'credit-note'`, condition))
    .orderBy(...order)
    .limit(limit)
  const applied = await applicationsOf(
    ctx.db,
    'creditNoteId',
    rows.map((row) => row.id),
  )
  return rows.map((row) => ({
    id: row.id,
    externalId: row.externalId,
    customer: { id: row.customerId, code: row.customerCode, name: row.customerName },
    number: row.number,
    issuedOn: row.issuedOn,
    currency: row.currency,
    total: formatAmount(row.totalMinor, row.currency),
    unapplied: formatAmount(row.unappliedMinor, row.currency),
    comment: row.comment,
    voidedOn: row.voidedOn,
    voidReason: row.voidReason,
    recordedAt: row.recordedAt.toISOString(),
    recordedBy: row.recordedBy,
    applications: applied.get(row.id) ?? [],
  }))
}

export interface CreditNoteFilters {
  customerId?: string | undefined
  issuedFrom?: string | undefined
  issuedTo?: string | undefined
  currency?: string | undefined
  unapplied?: boolean | undefined
}

/** Credit notes of the customers that the viewer sees, newest first unless told. */
export async function listCreditNotes(ctx: AppContext, viewer: Viewer, input: PageInput & CreditNoteFilters) {
  const sort = input.sort ?? '-issuedOn'
  const descending = sort.startsWith('-')
  const keys = [
    { column: documents.issuedOn, type: 'date' },
    { column: documents.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const key = input.q === undefined ? '' : searchKey(input.q)
  const like = `%${key.replace(/[\\%_]/g, '\\$&')}%`
  const rows = await selectCreditNotes(
    ctx,
    and(
      visibleCustomer(viewer),
      input.customerId === undefined ? undefined : eq(documents.customerId, input.customerId),
      input.currency === undefined ? undefined : eq(documents.currency, input.currency),
      input.issuedFrom === undefined ? undefined : sql`${documents.issuedOn} >= ${input.issuedFrom}::date`,
      input.issuedTo === undefined ? undefined : sql`${documents.issuedOn} <= ${input.issuedTo}::date`,
      input.unapplied === true ? sql`${documents.unappliedMinor} > 0` : undefined,
      key === ''
        ? undefined
        : sql`(${documents.number} ilike ${like} or ${documents.externalId} ilike ${like} or ${customers.searchText} like ${like})`,
      keysetAfter(input.cursor, sort, keys, descending),
    ),
    orderOf(keys, descending),
    limit + 1,
  )
  return pageOf(
    rows,
    limit,
    (row) => row,
    (row) => encodeCursor(sort, [row.issuedOn, row.id]),
  )
}

/** One credit note of a customer that the viewer sees; refuses `not-found`. */
export async function readCreditNote(ctx: AppContext, viewer: Viewer, creditNoteId: string) {
  const [row] = await selectCreditNotes(ctx, and(eq(documents.id, creditNoteId), visibleCustomer(viewer)), [], 1)
  if (!row) throw new Refusal('not-found')
  return row
}

interface StatedCreditNote {
  id: string
  externalId: string | null
  customerId: string
  number: string
  issuedOn: string
  currency: string
  totalMinor: bigint
  comment: string | null
  applications: readonly Application[]
}

async function writeCreditNotes(
  tx: Transaction,
  ctx: AppContext,
  viewer: Pick<Viewer, 'userId'> | null,
  stated: readonly StatedCreditNote[],
  postings: readonly Posting[],
): Promise<void> {
  if (stated.length === 0) return
  await tx.insert(documents).values(
    stated.map((one) => ({
      id: one.id,
      customerId: one.customerId,
      type: 'credit-note' as const,
      number: one.number,
      issuedOn: one.issuedOn,
      currency: one.currency,
      totalMinor: one.totalMinor,
      unappliedMinor: one.totalMinor - one.applications.reduce((sum, part) => sum + part.amountMinor, 0n),
      externalId: one.externalId,
      statedApplications:
        one.externalId === null
          ? null
          : one.applications.map((part) => ({ id: part.receivableId, amount: part.amountMinor.toString() })),
      comment: one.comment,
      createdAt: ctx.now(),
      createdBy: viewer?.userId ?? null,
    })),
  )
  await writeMovements(tx, ctx, viewer, postings)
  await recordAudits(
    tx,
    ctx,
    viewer,
    'credit-note',
    stated.map((one) => ({
      id: one.id,
      action: 'create',
      changes: {
        externalId: one.externalId,
        number: one.number,
        issuedOn: one.issuedOn,
        currency: one.currency,
        total: formatAmount(one.totalMinor, one.currency),
        comment: one.comment,
        applications: one.applications.map((part) => ({
          receivableId: part.receivableId,
          amount: formatAmount(part.amountMinor, one.currency),
        })),
      },
    })),
  )
}

const numberTaken = { documents_number_unique: { code: 'document-number-taken', field: 'number' } } as const

export interface RecordCreditNoteInput {
  customerId: string
  number: string
  issuedOn: string
  currency: string
  total: string
  comment?: string | null | undefined
  applications?: { receivableId: string; amount: string }[] | undefined
}

/**
 * Records a credit note of a customer and applies it to the chosen receivables, or to the oldest ones first; what is left stays unapplied. Refuses
 * `not-found`, `not-allowed`, `day-in-future`, `document-number-taken` and what a payment refuses of its amounts.
 */
export async function recordCreditNote(ctx: AppContext, viewer: Viewer, input: RecordCreditNoteInput) {
  const customer = await findVisibleCustomer(ctx.db, viewer, input.customerId)
  const refusal = permissionRefusal(viewer, 'manage-receivables')
  if (refusal) throw new Refusal(refusal)
  const today = await companyToday(ctx)
  const money = readAmount(input.total, input.currency)
  if ('errors' in money) refuseItems(atTotal(money.errors))
  const totalMinor = 'amountMinor' in money ? money.amountMinor : 0n
  if (input.issuedOn > today) throw new Refusal('day-in-future', { field: 'issuedOn' })
  const told = input.applications === undefined ? undefined : readApplications(input.applications, input.currency)
  if (told) refuseItems(told.errors)
  const id = v7()
  await refuseDuplicates(numberTaken, () =>
    ledgerTransaction(ctx, async (tx) => {
      const payables = await lockPayables(
        tx,
        told?.applications.map((part) => part.receivableId) ?? (await oldestOpen(tx, customer.id, input.currency)),
      )
      const applications = told?.applications ?? allocateOldestFirst(totalMinor, [...payables.values()])
      const { errors, postings } = applyMoney(
        {
          kind: 'credit',
          id,
          customerId: customer.id,
          currency: input.currency,
          unappliedMinor: totalMinor,
          from: input.issuedOn,
        },
        applications,
        payables,
        today,
      )
      refuseItems(errors)
      await writeCreditNotes(
        tx,
        ctx,
        viewer,
        [
          {
            id,
            externalId: null,
            customerId: customer.id,
            number: input.number,
            issuedOn: input.issuedOn,
            currency: input.currency,
            totalMinor,
            comment: input.comment ?? null,
            applications,
          },
        ],
        postings,
      )
    }),
  )
  return readCreditNote(ctx, viewer, id)
}

const atTotal = (errors: readonly RefusedField[]) =>
  errors.map((error) => (error.field === 'amount' ? { ...error, field: 'total' } : error))

export interface UpsertCreditNoteItem {
  externalId: string
  customerExternalId: string
  number?: string | undefined
  issuedOn: string
  currency: string
  total: string
  comment?: string | null | undefined
  applications: readonly { receivableExternalId: string; amount: string }[]
}

/** What makes two credit notes the same, as text. */
const contentOf = (one: Omit<StatedCreditNote, 'id' | 'externalId'>) =>
  JSON.stringify([
    one.customerId,
    one.number,
    one.issuedOn,
    one.currency,
    one.totalMinor.toString(),
    one.comment,
    one.applications.map((part) => `${part.receivableId} ${part.amountMinor}`).sort(),
  ])

async function recordedCreditNotes(tx: Transaction, externalIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx
    .select()
    .from(documents)
    .where(sql`${documents.externalId} = any(${sql.param(externalIds)}::text[])`)
  return new Map(
    rows.map((row) => [
      row.externalId ?? '',
      contentOf({
        customerId: row.customerId,
        number: row.number,
        issuedOn: row.issuedOn,
        currency: row.currency,
        totalMinor: row.totalMinor,
        comment: row.comment,
        applications: (row.statedApplications ?? []).map((part) => ({ receivableId: part.id, amountMinor: BigInt(part.amount) })),
      }),
    ]),
  )
}

/**
 * Records credit notes by external id, all of them or none. One that is recorded with the same data is unchanged, with other data refused
 * (`credit-note-differs`): facts are not overwritten. Errors at the row's field, as of payments. Refuses `not-allowed`.
 */
export async function upsertCreditNotes(ctx: AppContext, viewer: Viewer, input: { items: readonly UpsertCreditNoteItem[] }) {
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
    const recorded = await recordedCreditNotes(
      tx,
      items.map((item) => item.externalId),
    )
    const numbers = await takenNumbers(tx, [...new Set(known.values())], items)
    const payables = await lockPayables(tx, [...receivableIds.values()])
    const inRequest = new Map<string, string>()
    const toWrite: StatedCreditNote[] = []
    const postings: Posting[] = []
    let unchanged = 0
    for (const [index, item] of items.entries()) {
      const own: RefusedField[] = []
      const money = readAmount(item.total, item.currency)
      if ('errors' in money) own.push(...atTotal(money.errors))
      if (item.issuedOn > today) own.push({ field: 'issuedOn', code: 'day-in-future' })
      const customerId = known.get(item.customerExternalId)
      if (customerId === undefined) own.push({ field: 'customerExternalId', code: 'customer-unknown' })
      const read = readApplications(
        item.applications.map((part) => ({
          receivableId: receivableIds.get(part.receivableExternalId) ?? '',
          amount: part.amount,
        })),
        item.currency,
      )
      if ('amountMinor' in money) own.push(...read.errors)
      if (own.length === 0 && 'amountMinor' in money && customerId !== undefined) {
        const creditNote: StatedCreditNote = {
          id: v7(),
          externalId: item.externalId,
          customerId,
          number: item.number ?? item.externalId,
          issuedOn: item.issuedOn,
          currency: item.currency,
          totalMinor: money.amountMinor,
          comment: item.comment ?? null,
          applications: read.applications,
        }
        const content = contentOf(creditNote)
        const standing = recorded.get(item.externalId)
        const before = inRequest.get(item.externalId)
        const place = `${customerId} ${creditNote.number}`
        inRequest.set(item.externalId, content)
        if (before !== undefined && before !== content) own.push({ field: 'externalId', code: 'duplicate-in-request' })
        else if (before !== undefined || standing === content) unchanged += 1
        else if (standing !== undefined) own.push({ field: 'externalId', code: 'credit-note-differs' })
        else if (numbers.has(place)) own.push({ field: 'number', code: 'document-number-taken' })
        else {
          numbers.add(place)
          const applied = applyMoney(
            {
              kind: 'credit',
              id: creditNote.id,
              customerId,
              currency: item.currency,
              unappliedMinor: money.amountMinor,
              from: item.issuedOn,
            },
            read.applications,
            payables,
            today,
            'receivableExternalId',
          )
          own.push(...applied.errors)
          toWrite.push(creditNote)
          postings.push(...applied.postings)
        }
      }
      errors.push(...own.map((error) => ({ ...error, field: `items.${index}.${error.field}` })))
    }
    refuseItems(errors)
    await writeCreditNotes(tx, ctx, viewer, toWrite, postings)
    return { created: toWrite.length, changed: 0, unchanged }
  })
}

async function takenNumbers(
  tx: Transaction,
  customerIds: readonly string[],
  items: readonly UpsertCreditNoteItem[],
): Promise<Set<string>> {
  const rows = await tx
    .select({ customerId: documents.customerId, number: documents.number })
    .from(documents)
    .where(
      and(
        sql`${documents.customerId} = any(${sql.param(customerIds)}::uuid[])`,
        sql`${documents.type} = 'credit-note'`,
        sql`${documents.number} = any(${sql.param(items.map((item) => item.number ?? item.externalId))}::text[])`,
      ),
    )
  return new Set(rows.map((row) => `${row.customerId} ${row.number}`))
}
