import { customers } from '@cartera/db/schema/customers'
import { users } from '@cartera/db/schema/organisation'
import { documents, receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { formatAmount } from '@cartera/domain/money'
import { chargeDay } from '@cartera/domain/receivables/ledger'
import { dueRefusal, readAmount } from '@cartera/domain/receivables/receivable-terms'
import { Refusal, type RefusedField } from '@cartera/domain/refusal'
import { and, asc, eq, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { companyToday } from '../company/company-settings.ts'
import { findVisibleCustomer, visibleCustomer } from '../customers/visible-customer.ts'
import { lockByHand } from '../payments/record-payment.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'
import { writeMovements } from './movements.ts'
import { refuseItems } from './refuse-items.ts'

export interface RecordDocumentInput {
  customerId: string
  type: 'invoice' | 'debit-note' | 'receipt'
  number: string
  issuedOn: string
  currency: string
  total: string
  comment?: string | null | undefined
  instalments: { dueOn: string; amount: string }[]
}

/** A document with its instalments. Refuses `not-found`. */
export async function readDocument(ctx: AppContext, viewer: Viewer, documentId: string) {
  const [row] = await ctx.db
    .select({
      id: documents.id,
      customerId: customers.id,
      customerCode: customers.code,
      customerName: customers.name,
      type: documents.type,
      number: documents.number,
      issuedOn: documents.issuedOn,
      currency: documents.currency,
      totalMinor: documents.totalMinor,
      comment: documents.comment,
      voidedOn: documents.voidedOn,
      voidReason: documents.voidReason,
      recordedAt: documents.createdAt,
      recordedBy: users.name,
    })
    .from(documents)
    .innerJoin(customers, eq(customers.id, documents.customerId))
    .leftJoin(users, eq(users.id, documents.createdBy))
    .where(and(eq(documents.id, documentId), visibleCustomer(viewer)))
  if (!row) throw new Refusal('not-found')
  const parts = await ctx.db
    .select()
    .from(receivables)
    .where(eq(receivables.documentId, documentId))
    .orderBy(asc(receivables.instalment))
    .limit(1000)
  return {
    id: row.id,
    customer: { id: row.customerId, code: row.customerCode, name: row.customerName },
    type: row.type,
    number: row.number,
    issuedOn: row.issuedOn,
    currency: row.currency,
    total: formatAmount(row.totalMinor, row.currency),
    comment: row.comment,
    voidedOn: row.voidedOn,
    voidReason: row.voidReason,
    recordedAt: row.recordedAt.toISOString(),
    recordedBy: row.recordedBy,
    receivables: parts.map((part) => ({
      id: part.id,
      instalment: part.instalment,
      dueOn: part.dueOn,
      amount: formatAmount(part.amountMinor, part.currency),
      balance: formatAmount(part.balanceMinor, part.currency),
    })),
  }
}

/** The amounts of a document and its instalments in minor units, or every reason why they cannot be. */
function readDocumentAmounts(input: RecordDocumentInput): {
  totalMinor: bigint
  instalments: { dueOn: string; amountMinor: bigint }[]
} {
  const errors: RefusedField[] = []
  const total = readAmount(input.total, input.currency)
  if ('errors' in total)
    errors.push(...total.errors.map((error) => (error.field === 'amount' ? { ...error, field: 'total' } : error)))
  const instalments = input.instalments.map((part, index) => {
    const at = (error: RefusedField) => errors.push({ ...error, field: `instalments.${index}.${error.field}` })
    const read = readAmount(part.amount, input.currency)
    if ('errors' in read) for (const error of read.errors) if (error.field === 'amount') at(error)
    const refused = dueRefusal(input.issuedOn, part.dueOn)
    if (refused) at({ field: 'dueOn', ...refused })
    return { dueOn: part.dueOn, amountMinor: 'amountMinor' in read ? read.amountMinor : 0n }
  })
  refuseItems(errors)
  const totalMinor = 'amountMinor' in total ? total.amountMinor : 0n
  const sum = instalments.reduce((all, part) => all + part.amountMinor, 0n)
  const say = (minor: bigint) => formatAmount(minor, input.currency)
  if (sum !== totalMinor)
    throw new Refusal('instalments-do-not-add-up', {
      field: 'instalments',
      params: { sum: say(sum), total: say(totalMinor), difference: say(totalMinor - sum) },
    })
  return { totalMinor, instalments }
}

/**
 * Records a document with its instalments: one receivable each, all or none. Refuses `not-found`, `not-allowed`, `amount-...`, `currency-unknown`,
 * `due-before-issue`, `due-too-far`, `instalments-do-not-add-up`, `document-number-taken`.
 */
export async function recordDocument(ctx: AppContext, viewer: Viewer, input: RecordDocumentInput) {
  const customer = await findVisibleCustomer(ctx.db, viewer, input.customerId)
  const refusal = permissionRefusal(viewer, 'manage-receivables')
  if (refusal) throw new Refusal(refusal)
  const { totalMinor, instalments } = readDocumentAmounts(input)
  const today = await companyToday(ctx)
  const id = v7()
  await refuseDuplicates({ documents_number_unique: { code: 'document-number-taken', field: 'number' } }, () =>
    ctx.db.transaction(async (tx) => {
      await lockByHand(tx, customer.id)
      await tx.insert(documents).values({
        id,
        customerId: customer.id,
        type: input.type,
        number: input.number,
        issuedOn: input.issuedOn,
        currency: input.currency,
        totalMinor,
        comment: input.comment ?? null,
        createdAt: ctx.now(),
        createdBy: viewer.userId,
      })
      const rows = instalments.map((part, index) => ({ ...part, id: v7(), instalment: index + 1 }))
      await tx.insert(receivables).values(
        rows.map((part) => ({
          id: part.id,
          documentId: id,
          customerId: customer.id,
          instalment: part.instalment,
          issuedOn: input.issuedOn,
          dueOn: part.dueOn,
          currency: input.currency,
          amountMinor: part.amountMinor,
          balanceMinor: part.amountMinor,
          createdAt: ctx.now(),
          updatedAt: ctx.now(),
        })),
      )
      await writeMovements(
        tx,
        ctx,
        viewer,
        rows.map((part) => ({
          receivableId: part.id,
          customerId: customer.id,
          on: chargeDay(input.issuedOn, today),
          kind: 'charge' as const,
          currency: input.currency,
          amountMinor: part.amountMinor,
        })),
        { balances: false },
      )
      await recordAudit(tx, ctx, viewer, {
        action: 'create',
        entity: 'document',
        entityId: id,
        changes: {
          customerId: customer.id,
          type: input.type,
          number: input.number,
          issuedOn: input.issuedOn,
          currency: input.currency,
          total: formatAmount(totalMinor, input.currency),
          instalments: rows.map((part) => ({ dueOn: part.dueOn, amount: formatAmount(part.amountMinor, input.currency) })),
        },
      })
    }),
  )
  return readDocument(ctx, viewer, id)
}

/**
 * Voids a document that was recorded by mistake: from today on its receivables owe nothing. Refuses `not-found`, `not-allowed`, `document-voided`, and
 * `document-settled` while anything is applied to it. Credit notes are voided by `voidCreditNote`.
 */
export async function voidDocument(ctx: AppContext, viewer: Viewer, documentId: string, input: { reason: string }) {
  await readDocument(ctx, viewer, documentId)
  const refusal = permissionRefusal(viewer, 'manage-receivables')
  if (refusal) throw new Refusal(refusal)
  const today = await companyToday(ctx)
  await ctx.db.transaction(async (tx) => {
    const [document] = await tx.select().from(documents).where(eq(documents.id, documentId)).for('update')
    if (!document || document.type === 'credit-note') throw new Refusal('not-found')
    if (document.voidedOn !== null) throw new Refusal('document-voided')
    const rows = await tx
      .select()
      .from(receivables)
      .where(eq(receivables.documentId, documentId))
      .orderBy(asc(receivables.id))
      .for('update')
    if (rows.some((row) => row.balanceMinor !== row.amountMinor)) throw new Refusal('document-settled')
    await writeMovements(
      tx,
      ctx,
      viewer,
      rows
        .filter((row) => row.amountMinor > 0n)
        .map((row) => ({
          receivableId: row.id,
          customerId: row.customerId,
          on: today,
          kind: 'correction' as const,
          currency: row.currency,
          amountMinor: -row.amountMinor,
          reason: input.reason,
        })),
      { balances: false },
    )
    await tx
      .update(receivables)
      .set({ amountMinor: 0n, balanceMinor: 0n, version: sql`${receivables.version} + 1`, updatedAt: ctx.now() })
      .where(eq(receivables.documentId, documentId))
    await tx.update(documents).set({ voidedOn: today, voidReason: input.reason }).where(eq(documents.id, documentId))
    await recordAudit(tx, ctx, viewer, {
      action: 'cancel',
      entity: 'document',
      entityId: documentId,
      changes: { number: document.number, reason: input.reason },
    })
  })
  return readDocument(ctx, viewer, documentId)
}
