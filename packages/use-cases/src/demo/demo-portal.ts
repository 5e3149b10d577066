import type { Transaction } from '@cartera/db/connect'
import { contacts } from '@cartera/db/schema/customers'
import { noticePauses } from '@cartera/db/schema/notices'
import { paymentClaimReceivables, paymentClaims, paymentClaimVouchers } from '@cartera/db/schema/portal'
import { documents, receivables } from '@cartera/db/schema/receivables'
import { addDays, type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import { claimLookDays } from '@cartera/domain/portal/payment-claim'
import { graceUntilOf } from '@cartera/domain/promises/promise'
import { and, asc, eq, gt, isNotNull, isNull, lt } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { companyCalendar, findCompany } from '../company/company-settings.ts'
import { renderPdf } from '../exports/render-pdf.ts'
import { openFollowUp } from '../follow-ups/open-follow-up.ts'
import { sayDay, sayMoney } from '../notices/notice-words.ts'
import type { WorkingHours } from './working-hours.ts'

const comments = [
  'Pagamos desde la cuenta de ahorros',
  null,
  'Incluye la retención, adjunto el certificado',
  'Se hizo por ventanilla',
]
const methods = ['transfer', 'deposit', 'transfer', 'cheque']
const decisions = [null, null, null, null, null, 'accepted', 'accepted', 'refused'] as const

/**
 * Contacts who may enter the portal (those who receive notices), and payments that some of them reported there: waiting, accepted and refused, with a
 * voucher, so that the inbox of reported payments has something to show.
 */
export async function fillPortal(tx: Transaction, ctx: AppContext, hours: WorkingHours, deciderId: string): Promise<void> {
  await tx
    .update(contacts)
    .set({ portalAccess: true })
    .where(and(eq(contacts.receivesNotices, true), isNotNull(contacts.email)))
  const company = await findCompany(tx)
  const today: CalendarDay = dayOfInstant(ctx.now(), company.timeZone)
  const untilOn = graceUntilOf(today, company.promiseGraceDays + claimLookDays, await companyCalendar(tx, company))
  const owed = await tx
    .selectDistinctOn([receivables.customerId], { receivable: receivables, number: documents.number, contact: contacts })
    .from(receivables)
    .innerJoin(documents, eq(documents.id, receivables.documentId))
    .innerJoin(contacts, and(eq(contacts.customerId, receivables.customerId), eq(contacts.portalAccess, true)))
    .where(
      and(
        gt(receivables.balanceMinor, 0n),
        lt(receivables.dueOn, today),
        isNull(receivables.disputedAt),
        isNull(receivables.promisedUntil),
        isNull(receivables.noticesPausedUntil),
      ),
    )
    .orderBy(asc(receivables.customerId), asc(receivables.dueOn))
    .limit(decisions.length)
  for (const [index, { receivable, number, contact }] of owed.entries()) {
    const state = decisions[index] ?? null
    const id = v7()
    const reportedAt = hours.near(new Date(ctx.now().getTime() - (index + 1) * 5 * 3_600_000))
    const paidOn = addDays(today, -1 - (index % 3))
    const reference = `TR-${String(48_210 + index * 137)}`
    await tx.insert(paymentClaims).values({
      id,
      customerId: receivable.customerId,
      contactId: contact.id,
      paidOn,
      currency: receivable.currency,
      amountMinor: receivable.balanceMinor,
      method: methods[index % methods.length] ?? null,
      reference,
      comment: comments[index % comments.length] ?? null,
      state: state ?? 'open',
      answer: state === 'refused' ? 'No encontramos esa transferencia en la cuenta. ¿Nos confirma el banco?' : null,
      ...(state === null ? {} : { decidedAt: ctx.now(), decidedBy: deciderId }),
      createdAt: reportedAt,
    })
    const amount = sayMoney(receivable.balanceMinor, receivable.currency, 'es', 'es-CO')
    const content = await renderPdf({
      title: 'Comprobante de transferencia',
      language: 'es',
      company: { name: 'Banco de los Andes (demostración)' },
      madeAt: reportedAt,
      blocks: [
        {
          kind: 'facts',
          columns: 1,
          rows: [
            ['Operación', reference],
            ['Fecha', paidOn],
            ['Beneficiario', company.name],
            ['Importe', amount],
            ['Concepto', number],
          ],
        },
      ],
    })
    await tx.insert(paymentClaimVouchers).values({
      claimId: id,
      name: `transferencia-${reference}.pdf`,
      mediaType: 'application/pdf',
      size: content.length,
      content,
    })
    let pauseId: string | null = null
    if (state === null) {
      pauseId = v7()
      await tx.insert(noticePauses).values({
        id: pauseId,
        customerId: receivable.customerId,
        receivableId: receivable.id,
        untilOn,
        reason: 'El cliente informó un pago',
        createdAt: reportedAt,
      })
      await tx.update(receivables).set({ noticesPausedUntil: untilOn }).where(eq(receivables.id, receivable.id))
      await openFollowUp(tx, ctx, {
        originKey: `payment-claim:${id}`,
        customerId: receivable.customerId,
        subject: `Revisar el pago informado de ${amount}`,
        description: `${contact.name} informó en el portal un pago de ${amount} del ${sayDay(paidOn, 'es')}.\nDe: ${number}`,
        receivableIds: [receivable.id],
      })
    }
    await tx.insert(paymentClaimReceivables).values({ claimId: id, receivableId: receivable.id, pauseId })
  }
}
