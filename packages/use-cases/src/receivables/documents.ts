import type { Transaction } from '@cartera/db/connect'
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
import { changesBetween, recordAudit } from '../audit.ts'
import { companyToday } from '../company/company-settings.ts'
import { findVisibleCustomer, visibleCustomer } from '../customers/visible-customer.ts'
import { lockWithPromised, settlePromises } from '../promises/settle-promises.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'
import { ledgerTransaction } from './ledger-transaction.ts'
import { writeMovements } from './movements.ts'
import { refuseItems } from './refuse-items.ts'
import { correctingPostings } from './write-receivables.ts'

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

/** A document with its instalments, and what voiding it would end. Refuses `not-found`. */
export async function readDocument(ctx: AppContext, viewer: Viewer, documentId: string) {
  const [row] = await ctx.db
    .select({ document: documents, customerCode: customers.code, customerName: customers.name, recordedBy: users.name })
    .from(documents)
    .innerJoin(customers, eq(customers.id, documents.customerId))
    .leftJoin(users, eq(users.id, documents.createdBy))
    .where(and(eq(documents.id, documentId), visibleCustomer(viewer)))
  if (!row) throw new Refusal('not-found')
  const { document } = row
  const parts = await ctx.db
    .select()
    .from(receivables)
    .where(eq(receivables.documentId, documentId))
    .orderBy(asc(receivables.instalment))
    .limit(1000)
  const { rows: standing } = await ctx.db.execute<{ promises: number; notices: number }>(sql`
    select (select count(distinct p.id)::int from promise_items i join promises p on p.id = i.promise_id and p.state = 'open'
            join receivables r on r.id = i.receivable_id where r.document_id = ${documentId}) as promises,
           (select count(distinct m.id)::int from notice_items i join notice_messages m on m.id = i.message_id and m.state in ('planned', 'held')
            join receivables r on r.id = i.receivable_id where r.document_id = ${documentId}) as notices`)
  return {
    id: document.id,
    version: document.version,
    customer: { id: document.customerId, code: row.customerCode, name: row.customerName },
    type: document.type,
    number: document.number,
    issuedOn: document.issuedOn,
    currency: document.currency,
    total: formatAmount(document.totalMinor, document.currency),
    comment: document.comment,
    voidedOn: document.voidedOn,
    voidReason: document.voidReason,
    recordedAt: document.createdAt.toISOString(),
    recordedBy: row.recordedBy,
    fromElsewhere: parts.some((part) => part.externalId !== null),
    openPromises: standing[0]?.promises ?? 0,
    waitingNotices: standing[0]?.notices ?? 0,
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
function readDocumentAmounts(input: {
  issuedOn: string
  currency: string
  total: string
  instalments: readonly { dueOn: string; amount: string }[]
}): { totalMinor: bigint; instalments: { dueOn: string; amountMinor: bigint }[] } {
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

type DocumentRow = typeof documents.$inferSelect
type ReceivableRow = typeof receivables.$inferSelect

/** A document that stands and its receivables, locked as the ledger locks: receivables before documents. Refuses `not-found`, `document-voided`. */
async function lockDocument(tx: Transaction, documentId: string): Promise<{ document: DocumentRow; parts: ReceivableRow[] }> {
  const ofDocument = () =>
    tx.select().from(receivables).where(eq(receivables.documentId, documentId)).orderBy(asc(receivables.instalment))
  await lockWithPromised(
    tx,
    (await ofDocument()).map((part) => part.id),
  )
  // From here on it gets no further receivables: those refer to it.
  const [document] = await tx.select().from(documents).where(eq(documents.id, documentId)).for('update')
  if (!document || document.type === 'credit-note') throw new Refusal('not-found')
  if (document.voidedOn !== null) throw new Refusal('document-voided')
  const parts = await ofDocument()
  await lockWithPromised(
    tx,
    parts.map((part) => part.id),
  )
  return { document, parts: await ofDocument() }
}

async function mayChange(ctx: AppContext, viewer: Viewer, documentId: string): Promise<void> {
  await readDocument(ctx, viewer, documentId)
  const refusal = permissionRefusal(viewer, 'manage-receivables')
  if (refusal) throw new Refusal(refusal)
}

interface CorrectDocumentInput {
  version: number
  type: 'invoice' | 'debit-note' | 'receipt'
  number: string
  issuedOn: string
  total: string
  comment?: string | null | undefined
  /** All instalments in their order; what is longer than before is new. */
  instalments: { dueOn: string; amount: string }[]
}

/**
 * Corrects a document that was recorded by hand: number, dates, amounts, further instalments. Another amount counts from today on, since until then the
 * old one stood; another date always was. None is taken away: a document with too many is voided. Refuses `not-found`, `not-allowed`, `document-voided`,
 * `changed-meanwhile`, `kept-elsewhere` for one that another system states, `instalments-missing`, `amount-below-paid` at the instalment, and what recording
 * one refuses.
 */
export async function correctDocument(ctx: AppContext, viewer: Viewer, documentId: string, input: CorrectDocumentInput) {
  await mayChange(ctx, viewer, documentId)
  await refuseDuplicates({ documents_number_unique: { code: 'document-number-taken', field: 'number' } }, () =>
    ledgerTransaction(ctx, async (tx) => {
      const { document, parts } = await lockDocument(tx, documentId)
      if (document.version !== input.version) throw new Refusal('changed-meanwhile')
      if (parts.some((part) => part.externalId !== null)) throw new Refusal('kept-elsewhere')
      const { currency } = document
      const { totalMinor, instalments } = readDocumentAmounts({ ...input, currency })
      if (instalments.length < parts.length)
        throw new Refusal('instalments-missing', { field: 'instalments', params: { count: parts.length } })
      refuseItems(
        parts.flatMap((part, index): RefusedField[] => {
          const paidMinor = part.amountMinor - part.balanceMinor
          if ((instalments[index]?.amountMinor ?? 0n) >= paidMinor) return []
          const paid = formatAmount(paidMinor, currency)
          return [{ field: `instalments.${index}.amount`, code: 'amount-below-paid', params: { paid } }]
        }),
      )
      await tx
        .update(documents)
        .set({
          type: input.type,
          number: input.number,
          issuedOn: input.issuedOn,
          totalMinor,
          comment: input.comment ?? null,
          version: document.version + 1,
        })
        .where(eq(documents.id, documentId))
      const rows = instalments.map((told, index) => ({ ...told, before: parts[index], id: parts[index]?.id ?? v7(), index }))
      for (const { id, before, dueOn, amountMinor } of rows) {
        if (before === undefined) continue
        await tx
          .update(receivables)
          .set({
            issuedOn: input.issuedOn,
            dueOn,
            amountMinor,
            balanceMinor: before.balanceMinor + amountMinor - before.amountMinor,
            version: before.version + 1,
            updatedAt: ctx.now(),
          })
          .where(eq(receivables.id, id))
      }
      const added = rows.filter((row) => row.before === undefined)
      const last = Math.max(0, ...parts.map((part) => part.instalment))
      if (added.length > 0)
        await tx.insert(receivables).values(
          added.map((row) => ({
            id: row.id,
            documentId,
            customerId: document.customerId,
            instalment: last + 1 + row.index - parts.length,
            issuedOn: input.issuedOn,
            dueOn: row.dueOn,
            currency,
            amountMinor: row.amountMinor,
            balanceMinor: row.amountMinor,
            createdAt: ctx.now(),
            updatedAt: ctx.now(),
          })),
        )
      const written = rows.map(({ id, amountMinor, before }) => ({
        id,
        customer_id: document.customerId,
        issued_on: input.issuedOn,
        currency,
        amount_minor: amountMinor.toString(),
        before,
      }))
      await writeMovements(tx, ctx, viewer, await correctingPostings(tx, ctx, written), { balances: false })
      await settlePromises(
        tx,
        ctx,
        rows.map((row) => row.id),
      )
      const said = (one: { dueOn: string; amountMinor: bigint }) => `${one.dueOn} ${formatAmount(one.amountMinor, currency)}`
      const factsOf = (one: Pick<DocumentRow, 'type' | 'number' | 'issuedOn' | 'comment'>, all: string[]) => ({
        type: one.type,
        number: one.number,
        issuedOn: one.issuedOn,
        comment: one.comment,
        instalments: all.join(', '),
      })
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'document',
        entityId: documentId,
        changes: changesBetween(
          factsOf(document, parts.map(said)),
          factsOf({ ...input, comment: input.comment ?? null }, instalments.map(said)),
        ),
      })
    }),
  )
  return readDocument(ctx, viewer, documentId)
}

/**
 * Voids a document that was recorded by mistake: from today on its receivables owe nothing; promises on them alone are settled, and what waits to be
 * sent drops them. Refuses `not-found`, `not-allowed`, `document-voided`, and `document-settled` while anything is applied to it. Credit notes are
 * voided by `voidCreditNote`.
 */
export async function voidDocument(ctx: AppContext, viewer: Viewer, documentId: string, input: { reason: string }) {
  await mayChange(ctx, viewer, documentId)
  const today = await companyToday(ctx)
  await ledgerTransaction(ctx, async (tx) => {
    const { document, parts } = await lockDocument(tx, documentId)
    if (parts.some((row) => row.balanceMinor !== row.amountMinor)) throw new Refusal('document-settled')
    await writeMovements(
      tx,
      ctx,
      viewer,
      parts
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
    await tx
      .update(documents)
      .set({ voidedOn: today, voidReason: input.reason, version: document.version + 1 })
      .where(eq(documents.id, documentId))
    await settlePromises(
      tx,
      ctx,
      parts.map((part) => part.id),
    )
    await recordAudit(tx, ctx, viewer, {
      action: 'cancel',
      entity: 'document',
      entityId: documentId,
      changes: { number: document.number, reason: input.reason },
    })
  })
  return readDocument(ctx, viewer, documentId)
}
