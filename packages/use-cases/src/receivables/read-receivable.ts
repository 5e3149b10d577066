import { users } from '@cartera/db/schema/organisation'
import { documents, payments, receivableMovements, receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { formatAmount } from '@cartera/domain/money'
import { and, asc, eq, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { companyToday } from '../company/company-settings.ts'
import { findReceivable } from './list-receivables.ts'

/** More movements than any receivable has; the rest is in the statement. */
const mostMovements = 1000

/** A receivable with its movements, oldest first, the payments applied to it, and its sister instalments. Refuses `not-found`. */
export async function readReceivable(ctx: AppContext, viewer: Viewer, receivableId: string) {
  const found = await findReceivable(ctx.db, viewer, receivableId, await companyToday(ctx))
  const creditNotes = alias(documents, 'credit_notes')
  const rows = await ctx.db
    .select({
      id: receivableMovements.id,
      on: receivableMovements.onDay,
      kind: receivableMovements.kind,
      currency: receivableMovements.currency,
      amountMinor: receivableMovements.amountMinor,
      reason: receivableMovements.reason,
      reversesId: receivableMovements.reversesId,
      recordedAt: receivableMovements.createdAt,
      recordedBy: users.name,
      paymentId: payments.id,
      paymentExternalId: payments.externalId,
      paidOn: payments.paidOn,
      reference: payments.reference,
      creditNoteId: creditNotes.id,
      creditNoteNumber: creditNotes.number,
    })
    .from(receivableMovements)
    .leftJoin(payments, eq(payments.id, receivableMovements.paymentId))
    .leftJoin(creditNotes, eq(creditNotes.id, receivableMovements.creditNoteId))
    .leftJoin(users, eq(users.id, receivableMovements.createdBy))
    .where(eq(receivableMovements.receivableId, receivableId))
    .orderBy(asc(receivableMovements.onDay), asc(receivableMovements.createdAt), asc(receivableMovements.id))
    .limit(mostMovements)
  const undone = new Set(rows.map((row) => row.reversesId))
  let balance = 0n
  const movements = rows.map((row) => {
    balance += row.amountMinor
    return {
      id: row.id,
      on: row.on,
      kind: row.kind,
      currency: row.currency,
      amount: formatAmount(row.amountMinor, row.currency),
      balance: formatAmount(balance, row.currency),
      paymentId: row.paymentId,
      creditNoteId: row.creditNoteId,
      source: row.creditNoteNumber ?? row.reference ?? row.paymentExternalId,
      reason: row.reason,
      undone: undone.has(row.id),
      recordedAt: row.recordedAt.toISOString(),
      recordedBy: row.recordedBy,
    }
  })
  const sisters = await ctx.db
    .select({
      id: receivables.id,
      documentId: receivables.documentId,
      instalment: receivables.instalment,
      dueOn: receivables.dueOn,
      currency: receivables.currency,
      amountMinor: receivables.amountMinor,
      balanceMinor: receivables.balanceMinor,
    })
    .from(receivables)
    .where(and(eq(receivables.documentId, sql`(select document_id from ${receivables} one where one.id = ${receivableId})`)))
    .orderBy(asc(receivables.instalment))
    .limit(1000)
  return {
    ...found,
    documentId: sisters[0]?.documentId ?? '',
    payments: rows
      .flatMap((row) =>
        row.kind === 'payment' && row.paymentId !== null && row.paidOn !== null && !undone.has(row.id)
          ? [
              {
                paymentId: row.paymentId,
                externalId: row.paymentExternalId,
                paidOn: row.paidOn,
                reference: row.reference,
                amount: formatAmount(-row.amountMinor, row.currency),
              },
            ]
          : [],
      )
      .reverse(),
    movements,
    instalments: sisters.map((one) => ({
      id: one.id,
      instalment: one.instalment,
      dueOn: one.dueOn,
      amount: formatAmount(one.amountMinor, one.currency),
      balance: formatAmount(one.balanceMinor, one.currency),
    })),
  }
}
