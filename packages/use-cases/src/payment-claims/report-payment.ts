import type { Transaction } from '@cartera/db/connect'
import { contacts } from '@cartera/db/schema/customers'
import { paymentClaimReceivables, paymentClaims, paymentClaimVouchers } from '@cartera/db/schema/portal'
import { documents, receivables } from '@cartera/db/schema/receivables'
import type { PortalContact } from '@cartera/domain/access/portal-contact'
import { type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import { formatAmount } from '@cartera/domain/money'
import { claimDayRefusal, claimLookDays, mostOpenClaims } from '@cartera/domain/portal/payment-claim'
import { graceUntilOf } from '@cartera/domain/promises/promise'
import { readAmount } from '@cartera/domain/receivables/receivable-terms'
import { Refusal, type RefusedField } from '@cartera/domain/refusal'
import { and, count, desc, eq, inArray, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { companyCalendar, findCompany } from '../company/company-settings.ts'
import { openFollowUp } from '../follow-ups/open-follow-up.ts'
import { beginPause } from '../notices/begin-pause.ts'
import { sayDay, sayMoney } from '../notices/notice-words.ts'
import { lockWithPromised } from '../promises/settle-promises.ts'
import { ledgerTransaction } from '../receivables/ledger-transaction.ts'
import { refuseItems } from '../receivables/refuse-items.ts'
import { readVoucher, type Voucher } from './read-voucher.ts'

export interface ReportPaymentInput {
  paidOn: CalendarDay
  currency: string
  amount: string
  method?: string | null | undefined
  reference?: string | null | undefined
  comment?: string | null | undefined
  receivableIds: readonly string[]
  /** The file in Base64. */
  voucher?: { name: string; content: string } | null | undefined
}

/**
 * "I have paid": what a contact says the customer paid, with a voucher, for finance to look at. It moves no balance. The notices of the receivables it names
 * wait for the company's grace and five business days, so that nobody is chased for what was just paid and nobody is forgotten; a follow-up opens for
 * the agent. Refuses `file-too-large`, `voucher-...`, `amount-...`, `currency-unknown`, `day-in-future`, `day-too-long-ago`, at
 * `receivableIds.n` `receivable-unknown`, `currency-mismatch`, `receivable-settled`; `claim-repeated` for the same payment while it waits, and
 * `too-many-open-claims`.
 */
export async function reportPayment(ctx: AppContext, contact: PortalContact, input: ReportPaymentInput) {
  const voucher = input.voucher ? await readVoucher(input.voucher) : null
  const claimId = await ledgerTransaction(ctx, (tx) => writeClaim(tx, ctx, contact, input, voucher))
  const claim = (await listOwnClaims(ctx, contact, claimId))[0]
  if (!claim) throw new Error('the claim was not written')
  return claim
}

async function writeClaim(
  tx: Transaction,
  ctx: AppContext,
  contact: PortalContact,
  input: ReportPaymentInput,
  voucher: Voucher | null,
): Promise<string> {
  // One at a time for a customer: a button that is pressed twice must find its first time.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`payment-claims:${contact.customerId}`}, 0))`)
  const company = await findCompany(tx)
  const today = dayOfInstant(ctx.now(), company.timeZone)
  const errors: RefusedField[] = []
  const money = readAmount(input.amount, input.currency)
  if ('errors' in money) errors.push(...money.errors)
  const dayRefusal = claimDayRefusal(input.paidOn, today)
  if (dayRefusal) errors.push({ field: 'paidOn', code: dayRefusal })
  const ids = [...new Set(input.receivableIds)]
  await lockWithPromised(tx, ids)
  const rows =
    ids.length === 0
      ? []
      : await tx
          .select({ receivable: receivables, number: documents.number })
          .from(receivables)
          .innerJoin(documents, eq(documents.id, receivables.documentId))
          .where(and(inArray(receivables.id, ids), eq(receivables.customerId, contact.customerId)))
  const found = new Map(rows.map((row) => [row.receivable.id, row]))
  for (const [index, receivableId] of input.receivableIds.entries()) {
    const field = `receivableIds.${index}`
    const row = found.get(receivableId)
    if (!row) errors.push({ field, code: 'receivable-unknown' })
    else if (row.receivable.currency !== input.currency)
      errors.push({ field, code: 'currency-mismatch', params: { currency: row.receivable.currency } })
    else if (row.receivable.balanceMinor <= 0n) errors.push({ field, code: 'receivable-settled' })
  }
  refuseItems(errors)
  if ('errors' in money) throw new Error('refused above')
  const { amountMinor } = money
  const waiting = await tx
    .select()
    .from(paymentClaims)
    .where(and(eq(paymentClaims.customerId, contact.customerId), eq(paymentClaims.state, 'open')))
    .limit(mostOpenClaims)
  const reference = input.reference ?? null
  const same = (claim: typeof paymentClaims.$inferSelect) =>
    claim.paidOn === input.paidOn &&
    claim.currency === input.currency &&
    claim.amountMinor === amountMinor &&
    claim.reference === reference
  if (waiting.some(same)) throw new Refusal('claim-repeated')
  if (waiting.length >= mostOpenClaims) throw new Refusal('too-many-open-claims', { params: { max: mostOpenClaims } })

  const [made] = await tx
    .insert(paymentClaims)
    .values({
      customerId: contact.customerId,
      contactId: contact.contactId,
      paidOn: input.paidOn,
      currency: input.currency,
      amountMinor,
      method: input.method ?? null,
      reference,
      comment: input.comment ?? null,
      createdAt: ctx.now(),
    })
    .returning({ id: paymentClaims.id })
  if (!made) throw new Error('the claim was not written')
  if (voucher)
    await tx.insert(paymentClaimVouchers).values({
      claimId: made.id,
      name: voucher.name,
      mediaType: voucher.mediaType,
      size: voucher.content.length,
      content: voucher.content,
    })
  const english = company.locale.startsWith('en')
  const untilOn = graceUntilOf(today, company.promiseGraceDays + claimLookDays, await companyCalendar(tx, company))
  const reason = english ? 'The customer reported a payment' : 'El cliente informó un pago'
  for (const { receivable } of rows) {
    const pauseId = await beginPause(tx, ctx, null, receivable, { untilOn, reason, today })
    await tx.insert(paymentClaimReceivables).values({ claimId: made.id, receivableId: receivable.id, pauseId })
  }
  const language = english ? 'en' : 'es'
  const amount = sayMoney(amountMinor, input.currency, language, company.locale)
  const paidOn = sayDay(input.paidOn, language)
  const numbers = rows.map((row) => row.number).join(', ')
  await openFollowUp(tx, ctx, {
    originKey: `payment-claim:${made.id}`,
    customerId: contact.customerId,
    subject: english ? `Look at the reported payment of ${amount}` : `Revisar el pago informado de ${amount}`,
    description: [
      english
        ? `${contact.name} reported on the portal a payment of ${amount} on ${paidOn}.`
        : `${contact.name} informó en el portal un pago de ${amount} del ${paidOn}.`,
      ...(numbers === '' ? [] : [english ? `For: ${numbers}` : `De: ${numbers}`]),
      ...(reference === null ? [] : [english ? `Reference: ${reference}` : `Referencia: ${reference}`]),
      ...(input.comment ? [input.comment] : []),
    ].join('\n'),
    receivableIds: ids,
  })
  await recordAudit(tx, ctx, null, {
    action: 'create',
    entity: 'payment-claim',
    entityId: made.id,
    changes: {
      customerId: contact.customerId,
      contactId: contact.contactId,
      contact: contact.name,
      paidOn: input.paidOn,
      amount: formatAmount(amountMinor, input.currency),
      currency: input.currency,
      reference,
      voucher: voucher && { name: voucher.name, mediaType: voucher.mediaType, size: voucher.content.length },
      receivableIds: ids,
      noticesPausedUntil: ids.length === 0 ? null : untilOn,
    },
  })
  return made.id
}

const mostShown = 100

/** The newest payments that the contact's customer reported, whoever of its contacts did; or the one that is asked for. */
export async function listOwnClaims(ctx: AppContext, contact: PortalContact, claimId?: string) {
  const rows = await ctx.db
    .select({
      claim: paymentClaims,
      contact: contacts.name,
      voucher: { name: paymentClaimVouchers.name, mediaType: paymentClaimVouchers.mediaType, size: paymentClaimVouchers.size },
    })
    .from(paymentClaims)
    .innerJoin(contacts, eq(contacts.id, paymentClaims.contactId))
    .leftJoin(paymentClaimVouchers, eq(paymentClaimVouchers.claimId, paymentClaims.id))
    .where(
      and(eq(paymentClaims.customerId, contact.customerId), claimId === undefined ? undefined : eq(paymentClaims.id, claimId)),
    )
    .orderBy(desc(paymentClaims.createdAt), desc(paymentClaims.id))
    .limit(mostShown)
  const named = await receivablesOfClaims(
    ctx.db,
    rows.map((row) => row.claim.id),
  )
  return rows.map(({ claim, contact: name, voucher }) => ({
    id: claim.id,
    paidOn: claim.paidOn,
    currency: claim.currency,
    amount: formatAmount(claim.amountMinor, claim.currency),
    method: claim.method,
    reference: claim.reference,
    comment: claim.comment,
    state: claim.state,
    answer: claim.answer,
    decidedAt: claim.decidedAt?.toISOString() ?? null,
    contact: name,
    voucher,
    receivables: (named.get(claim.id) ?? []).map(({ number, instalment }) => ({ number, instalment })),
    createdAt: claim.createdAt.toISOString(),
  }))
}

/** How many reported payments of the customer wait for an answer. */
export async function countOpenClaims(ctx: AppContext, contact: PortalContact): Promise<number> {
  const [row] = await ctx.db
    .select({ open: count() })
    .from(paymentClaims)
    .where(and(eq(paymentClaims.customerId, contact.customerId), eq(paymentClaims.state, 'open')))
  return row?.open ?? 0
}

/** The voucher of a claim of the contact's customer. Refuses `not-found` alike for a foreign, a missing one and one without a voucher. */
export async function readOwnVoucher(ctx: AppContext, contact: PortalContact, claimId: string) {
  const [row] = await ctx.db
    .select({ name: paymentClaimVouchers.name, mediaType: paymentClaimVouchers.mediaType, content: paymentClaimVouchers.content })
    .from(paymentClaimVouchers)
    .innerJoin(paymentClaims, eq(paymentClaims.id, paymentClaimVouchers.claimId))
    .where(and(eq(paymentClaims.id, claimId), eq(paymentClaims.customerId, contact.customerId)))
  if (!row) throw new Refusal('not-found')
  return row
}

/** The receivables that claims name, by claim and due date. */
export async function receivablesOfClaims(db: Pick<AppContext['db'], 'select'>, claimIds: readonly string[]) {
  const rows =
    claimIds.length === 0
      ? []
      : await db
          .select({
            claimId: paymentClaimReceivables.claimId,
            pauseId: paymentClaimReceivables.pauseId,
            receivable: receivables,
            number: documents.number,
          })
          .from(paymentClaimReceivables)
          .innerJoin(receivables, eq(receivables.id, paymentClaimReceivables.receivableId))
          .innerJoin(documents, eq(documents.id, receivables.documentId))
          .where(inArray(paymentClaimReceivables.claimId, [...claimIds]))
          .orderBy(receivables.dueOn, receivables.id)
  const groups = new Map<
    string,
    {
      id: string
      number: string
      instalment: number
      dueOn: string
      balance: string
      pauseId: string | null
      pausedUntil: string | null
    }[]
  >()
  for (const { claimId, pauseId, receivable, number } of rows) {
    const shown = {
      id: receivable.id,
      number,
      instalment: receivable.instalment,
      dueOn: receivable.dueOn,
      balance: formatAmount(receivable.balanceMinor, receivable.currency),
      pauseId,
      pausedUntil: receivable.noticesPausedUntil,
    }
    const group = groups.get(claimId)
    if (group) group.push(shown)
    else groups.set(claimId, [shown])
  }
  return groups
}
