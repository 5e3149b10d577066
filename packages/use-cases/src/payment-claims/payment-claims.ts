import type { Querier } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import { followUps } from '@cartera/db/schema/follow-ups'
import { users } from '@cartera/db/schema/organisation'
import { paymentClaims, paymentClaimVouchers } from '@cartera/db/schema/portal'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { can, permissionRefusal } from '@cartera/domain/access/permissions'
import { type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import { formatAmount } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, count, eq, gte, lte, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { companyToday, findCompany } from '../company/company-settings.ts'
import { likeEscaped } from '../customers/search-customers.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { settleReminders } from '../follow-ups/write-follow-up.ts'
import { liftPause } from '../notices/begin-pause.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { lockWithPromised } from '../promises/settle-promises.ts'
import { ledgerTransaction } from '../receivables/ledger-transaction.ts'
import { receivablesOfClaims } from './report-payment.ts'

export interface ClaimFilters {
  state?: 'open' | 'accepted' | 'refused' | undefined
  customerId?: string | undefined
  agentId?: string | undefined
  receivableId?: string | undefined
  from?: CalendarDay | undefined
  to?: CalendarDay | undefined
}

function conditions(viewer: Viewer, input: ClaimFilters & { q?: string | undefined }): SQL | undefined {
  const key = searchKey(input.q ?? '')
  const like = `%${likeEscaped(key)}%`
  return and(
    visibleCustomer(viewer),
    input.state === undefined ? undefined : eq(paymentClaims.state, input.state),
    input.customerId === undefined ? undefined : eq(paymentClaims.customerId, input.customerId),
    input.agentId === undefined ? undefined : eq(customers.collectionsAgentId, input.agentId),
    input.receivableId === undefined
      ? undefined
      : sql`${paymentClaims.id} in (select claim_id from payment_claim_receivables where receivable_id = ${input.receivableId})`,
    input.from === undefined ? undefined : gte(paymentClaims.paidOn, input.from),
    input.to === undefined ? undefined : lte(paymentClaims.paidOn, input.to),
    key === '' ? undefined : sql`(${customers.searchText} like ${like} or ${paymentClaims.reference} ilike ${like})`,
  )
}

const selectClaims = (db: Querier) =>
  db
    .select({
      claim: paymentClaims,
      customerId: customers.id,
      customerCode: customers.code,
      customerName: customers.name,
      contactName: contacts.name,
      decider: users.name,
      voucher: { name: paymentClaimVouchers.name, mediaType: paymentClaimVouchers.mediaType, size: paymentClaimVouchers.size },
    })
    .from(paymentClaims)
    .innerJoin(customers, eq(customers.id, paymentClaims.customerId))
    .innerJoin(contacts, eq(contacts.id, paymentClaims.contactId))
    .leftJoin(users, eq(users.id, paymentClaims.decidedBy))
    .leftJoin(paymentClaimVouchers, eq(paymentClaimVouchers.claimId, paymentClaims.id))
    .$dynamic()

type ClaimRow = Awaited<ReturnType<typeof selectClaims>>[number]

async function onWire(ctx: AppContext, db: Querier, viewer: Viewer, rows: readonly ClaimRow[]) {
  const today = await companyToday(ctx)
  const named = await receivablesOfClaims(
    db,
    rows.map((row) => row.claim.id),
  )
  return (row: ClaimRow) => {
    const { claim } = row
    const receivables = named.get(claim.id) ?? []
    const pauses = receivables
      .filter(({ pauseId, pausedUntil }) => pauseId !== null && pausedUntil !== null && pausedUntil >= today)
      .map(({ pausedUntil }) => pausedUntil ?? '')
    return {
      id: claim.id,
      customer: { id: row.customerId, code: row.customerCode, name: row.customerName },
      contact: { id: claim.contactId, name: row.contactName },
      paidOn: claim.paidOn,
      currency: claim.currency,
      amount: formatAmount(claim.amountMinor, claim.currency),
      method: claim.method,
      reference: claim.reference,
      comment: claim.comment,
      state: claim.state,
      answer: claim.answer,
      decidedAt: claim.decidedAt?.toISOString() ?? null,
      decidedBy: claim.decidedBy === null ? null : { id: claim.decidedBy, name: row.decider ?? '' },
      voucher: row.voucher,
      receivables: receivables.map(({ id, number, instalment, dueOn, balance }) => ({ id, number, instalment, dueOn, balance })),
      pausedUntil: claim.state === 'refused' ? null : (pauses.sort().at(-1) ?? null),
      mayDecide: claim.state === 'open' && can(viewer, 'manage-receivables'),
      version: claim.version,
      createdAt: claim.createdAt.toISOString(),
    }
  }
}

/** What customers within the viewer's sight say they paid, by when they said so. */
export async function listPaymentClaims(ctx: AppContext, viewer: Viewer, input: PageInput & ClaimFilters) {
  const sort = input.sort ?? '-createdAt'
  const descending = sort.startsWith('-')
  const keys = [
    { column: paymentClaims.createdAt, type: 'timestamptz' },
    { column: paymentClaims.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await selectClaims(ctx.db)
    .where(and(conditions(viewer, input), keysetAfter(input.cursor, sort, keys, descending)))
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  const say = await onWire(ctx, ctx.db, viewer, rows)
  return pageOf(rows, limit, say, (row) => encodeCursor(sort, [row.claim.createdAt.toISOString(), row.claim.id]))
}

/** How many of them wait for a decision. */
export async function countPaymentClaims(ctx: AppContext, viewer: Viewer, input: { customerId?: string | undefined }) {
  const [row] = await ctx.db
    .select({ open: count() })
    .from(paymentClaims)
    .innerJoin(customers, eq(customers.id, paymentClaims.customerId))
    .where(conditions(viewer, { ...input, state: 'open' }))
  return { open: row?.open ?? 0 }
}

async function findClaim(db: Querier, viewer: Viewer, claimId: string): Promise<ClaimRow> {
  const [row] = await selectClaims(db).where(and(eq(paymentClaims.id, claimId), visibleCustomer(viewer)))
  if (!row) throw new Refusal('not-found')
  return row
}

/** One of them; refuses `not-found`. */
export async function readPaymentClaim(ctx: AppContext, viewer: Viewer, claimId: string) {
  const row = await findClaim(ctx.db, viewer, claimId)
  return (await onWire(ctx, ctx.db, viewer, [row]))(row)
}

/** Its voucher; refuses `not-found`, also where it has none. */
export async function readClaimVoucher(ctx: AppContext, viewer: Viewer, claimId: string) {
  await findClaim(ctx.db, viewer, claimId)
  const [voucher] = await ctx.db.select().from(paymentClaimVouchers).where(eq(paymentClaimVouchers.claimId, claimId))
  if (!voucher) throw new Refusal('not-found')
  return voucher
}

/**
 * Accepts or refuses a claim, with what the customer reads about it. Accepting moves no balance: the payment is recorded as any other, and the notices wait
 * as long as was said. Refusing needs an answer and lifts the pauses that the claim began. Its follow-up closes with it. Refuses `not-found`,
 * `not-allowed`, `claim-decided`, `changed-meanwhile`, `claim-answer-needed`.
 */
export async function decidePaymentClaim(
  ctx: AppContext,
  viewer: Viewer,
  claimId: string,
  input: { decision: 'accepted' | 'refused'; answer?: string | null | undefined; version: number },
) {
  await ledgerTransaction(ctx, async (tx) => {
    await findClaim(tx, viewer, claimId)
    const refusal = permissionRefusal(viewer, 'manage-receivables')
    if (refusal) throw new Refusal(refusal)
    const answer = input.answer ?? null
    if (input.decision === 'refused' && answer === null) throw new Refusal('claim-answer-needed', { field: 'answer' })
    const receivables = (await receivablesOfClaims(tx, [claimId])).get(claimId) ?? []
    // Receivables before the claim, as who reports a payment locks them.
    await lockWithPromised(
      tx,
      receivables.map(({ id }) => id),
    )
    const [before] = await tx.select().from(paymentClaims).where(eq(paymentClaims.id, claimId)).for('update')
    if (before?.state !== 'open') throw new Refusal('claim-decided')
    if (before.version !== input.version) throw new Refusal('changed-meanwhile')
    await tx
      .update(paymentClaims)
      .set({ state: input.decision, answer, decidedAt: ctx.now(), decidedBy: viewer.userId, version: before.version + 1 })
      .where(eq(paymentClaims.id, claimId))
    const { timeZone } = await findCompany(tx)
    if (input.decision === 'refused')
      for (const { pauseId } of receivables)
        if (pauseId !== null) await liftPause(tx, ctx, viewer, pauseId, dayOfInstant(ctx.now(), timeZone))
    const [ended] = await tx
      .update(followUps)
      .set({
        state: 'closed',
        endReason: answer,
        endedAt: ctx.now(),
        endedBy: viewer.userId,
        version: sql`${followUps.version} + 1`,
      })
      .where(and(eq(followUps.originKey, `payment-claim:${claimId}`), eq(followUps.state, 'active')))
      .returning({ id: followUps.id })
    if (ended) {
      await settleReminders(tx, ctx, ended.id)
      await recordAudit(tx, ctx, viewer, {
        action: 'close',
        entity: 'follow-up',
        entityId: ended.id,
        changes: { state: ['active', 'closed'], reason: answer },
      })
    }
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'payment-claim',
      entityId: claimId,
      changes: { state: ['open', input.decision], answer, customerId: before.customerId },
    })
  })
  return readPaymentClaim(ctx, viewer, claimId)
}
