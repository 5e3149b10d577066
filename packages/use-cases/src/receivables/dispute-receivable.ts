import type { Transaction } from '@cartera/db/connect'
import { users } from '@cartera/db/schema/organisation'
import { disputes, receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { addDays } from '@cartera/domain/calendar-day'
import { creditNoteDays, type DisputeCategory } from '@cartera/domain/receivables/dispute'
import { Refusal } from '@cartera/domain/refusal'
import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { companyToday, findCompany } from '../company/company-settings.ts'
import { openFollowUp } from '../follow-ups/open-follow-up.ts'
import { beginPause } from '../notices/begin-pause.ts'
import { findReceivable } from './list-receivables.ts'

async function lockForDispute(tx: Transaction, viewer: Viewer, receivableId: string, today: string) {
  // Visibility first, so that somebody else's receivable is neither locked nor told apart from a missing one.
  const shown = await findReceivable(tx, viewer, receivableId, today)
  const refusal = permissionRefusal(viewer, 'manage-receivables')
  if (refusal) throw new Refusal(refusal)
  const [row] = await tx.select().from(receivables).where(eq(receivables.id, receivableId)).for('no key update')
  if (!row) throw new Refusal('not-found')
  return { ...row, number: shown.number }
}

/** Marks a receivable as disputed, or changes category and reason: its notices are held. Refuses `not-found`, `not-allowed`. */
export async function disputeReceivable(
  ctx: AppContext,
  viewer: Viewer,
  receivableId: string,
  input: { reason: string; category?: DisputeCategory | undefined },
) {
  const today = await companyToday(ctx)
  return ctx.db.transaction(async (tx) => {
    const before = await lockForDispute(tx, viewer, receivableId, today)
    await writeDispute(tx, ctx, viewer, before, input)
    const { paid: _, ...after } = await findReceivable(tx, viewer, receivableId, today)
    return after
  })
}

/**
 * The same on a row that the caller has locked and may speak of; `by` is null where a contact of the customer contested it, who is named in the audit.
 * Answers the fact's id, null where nothing changed.
 */
export async function writeDispute(
  tx: Transaction,
  ctx: AppContext,
  by: Pick<Viewer, 'userId'> | null,
  before: typeof receivables.$inferSelect,
  input: { reason: string; category?: DisputeCategory | undefined; contact?: string | undefined },
): Promise<string | null> {
  const [standing] = await tx
    .select()
    .from(disputes)
    .where(and(eq(disputes.receivableId, before.id), isNull(disputes.endedAt)))
  const category = input.category ?? standing?.category ?? 'other'
  if (before.disputedAt !== null && before.disputeReason === input.reason && standing?.category === category) return null
  await tx
    .update(receivables)
    .set({
      disputedAt: before.disputedAt ?? ctx.now(),
      disputeReason: input.reason,
      version: sql`${receivables.version} + 1`,
      updatedAt: ctx.now(),
    })
    .where(eq(receivables.id, before.id))
  const [fact] = standing
    ? await tx
        .update(disputes)
        .set({ category, reason: input.reason })
        .where(eq(disputes.id, standing.id))
        .returning({ id: disputes.id })
    : await tx
        .insert(disputes)
        .values({
          receivableId: before.id,
          category,
          reason: input.reason,
          openedAt: before.disputedAt ?? ctx.now(),
          openedBy: by?.userId ?? null,
        })
        .returning({ id: disputes.id })
  await recordAudit(tx, ctx, by, {
    action: 'change',
    entity: 'receivable',
    entityId: before.id,
    changes: {
      ...changesBetween(
        {
          disputed: before.disputedAt !== null,
          disputeReason: before.disputeReason,
          disputeCategory: standing?.category ?? null,
        },
        { disputed: true, disputeReason: input.reason, disputeCategory: category },
      ),
      ...(input.contact === undefined ? {} : { contact: input.contact }),
    },
  })
  return fact?.id ?? null
}

/** Ends a dispute without a verdict (it was a mistake); one that is not disputed stays as it is. Refuses `not-found`, `not-allowed`. */
export async function endDispute(ctx: AppContext, viewer: Viewer, receivableId: string): Promise<void> {
  const today = await companyToday(ctx)
  await ctx.db.transaction(async (tx) => {
    const before = await lockForDispute(tx, viewer, receivableId, today)
    if (before.disputedAt === null) return
    await end(tx, ctx, viewer, receivableId, { result: null, resolution: null })
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'receivable',
      entityId: receivableId,
      changes: { disputed: [true, false], disputeReason: [before.disputeReason, null] },
    })
  })
}

/** Ends what stands on the row and its fact; answers the fact's id. */
async function end(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer,
  receivableId: string,
  outcome: { result: 'valid' | 'not-valid' | null; resolution: string | null },
): Promise<string | null> {
  await tx
    .update(receivables)
    .set({ disputedAt: null, disputeReason: null, version: sql`${receivables.version} + 1`, updatedAt: ctx.now() })
    .where(eq(receivables.id, receivableId))
  const [ended] = await tx
    .update(disputes)
    .set({ ...outcome, endedAt: ctx.now(), endedBy: viewer.userId })
    .where(and(eq(disputes.receivableId, receivableId), isNull(disputes.endedAt)))
    .returning({ id: disputes.id })
  return ended?.id ?? null
}

/**
 * Resolves a dispute. Not valid: the receivable is owed, and its notices go on. Valid: the customer was right; its notices pause for 15 days, so that
 * nobody is chased for what a credit note will settle, and a follow-up to make it is opened. Refuses `not-found`, `not-allowed`, `not-disputed`.
 */
export async function resolveDispute(
  ctx: AppContext,
  viewer: Viewer,
  receivableId: string,
  input: { result: 'valid' | 'not-valid'; resolution: string },
) {
  const today = await companyToday(ctx)
  await ctx.db.transaction(async (tx) => {
    const before = await lockForDispute(tx, viewer, receivableId, today)
    if (before.disputedAt === null) throw new Refusal('not-disputed')
    const disputeId = await end(tx, ctx, viewer, receivableId, input)
    const owed = before.balanceMinor > 0n
    const pausedUntil = input.result === 'valid' && owed ? addDays(today, creditNoteDays) : null
    if (pausedUntil !== null) {
      const { locale } = await findCompany(tx)
      const english = locale.startsWith('en')
      const reason = english ? 'Dispute was right: a credit note is to be made' : 'Disputa procedente: falta la nota de crédito'
      await beginPause(tx, ctx, viewer, before, { untilOn: pausedUntil, reason, today })
      await openFollowUp(tx, ctx, {
        originKey: `dispute-valid:${disputeId ?? receivableId}`,
        customerId: before.customerId,
        subject: english ? `Make the credit note of ${before.number}` : `Emitir la nota de crédito de ${before.number}`,
        description: input.resolution,
        receivableIds: [receivableId],
      })
    }
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'receivable',
      entityId: receivableId,
      changes: {
        disputed: [true, false],
        disputeReason: [before.disputeReason, null],
        result: input.result,
        resolution: input.resolution,
        ...(pausedUntil === null ? {} : { noticesPausedUntil: pausedUntil }),
      },
    })
  })
  return listDisputes(ctx, viewer, receivableId)
}

const openers = alias(users, 'opener')
const enders = alias(users, 'ender')

/** The disputes of a receivable, the newest first. Refuses `not-found`. */
export async function listDisputes(ctx: AppContext, viewer: Viewer, receivableId: string) {
  await findReceivable(ctx.db, viewer, receivableId, await companyToday(ctx))
  const rows = await ctx.db
    .select({ dispute: disputes, openedByName: openers.name, endedByName: enders.name })
    .from(disputes)
    .leftJoin(openers, eq(openers.id, disputes.openedBy))
    .leftJoin(enders, eq(enders.id, disputes.endedBy))
    .where(eq(disputes.receivableId, receivableId))
    .orderBy(desc(disputes.openedAt), desc(disputes.id))
    .limit(200)
  const person = (id: string | null, name: string | null) => (id === null ? null : { id, name: name ?? '' })
  return {
    items: rows.map(({ dispute, openedByName, endedByName }) => ({
      id: dispute.id,
      category: dispute.category,
      reason: dispute.reason,
      openedAt: dispute.openedAt.toISOString(),
      openedBy: person(dispute.openedBy, openedByName),
      result: dispute.result,
      resolution: dispute.resolution,
      endedAt: dispute.endedAt?.toISOString() ?? null,
      endedBy: person(dispute.endedBy, endedByName),
    })),
  }
}

/**
 * Makes the facts of disputes agree with what another system stated of these receivables: begun where one is disputed now, ended without a verdict
 * where it no longer is, with the reason as it was told last. Set by set.
 */
export async function recordStatedDisputes(
  tx: Transaction,
  ctx: AppContext,
  viewer: Pick<Viewer, 'userId'> | null,
  receivableIds: readonly string[],
): Promise<void> {
  if (receivableIds.length === 0) return
  const now = ctx.now().toISOString()
  const ids = sql`any(${sql.param([...receivableIds])}::uuid[])`
  await tx.execute(sql`
    update disputes d set ended_at = ${now}::timestamptz, ended_by = ${viewer?.userId ?? null}::uuid
    from receivables r where r.id = d.receivable_id and r.id = ${ids} and d.ended_at is null and r.disputed_at is null`)
  await tx.execute(sql`
    update disputes d set reason = r.dispute_reason
    from receivables r where r.id = d.receivable_id and r.id = ${ids} and d.ended_at is null and r.disputed_at is not null
      and coalesce(r.dispute_reason, '') <> '' and d.reason <> r.dispute_reason`)
  await tx.execute(sql`
    insert into disputes (id, receivable_id, reason, opened_at, opened_by)
    select gen_random_uuid(), r.id, coalesce(nullif(r.dispute_reason, ''), '-'), r.disputed_at, ${viewer?.userId ?? null}::uuid
    from receivables r where r.id = ${ids} and r.disputed_at is not null
      and not exists (select from disputes d where d.receivable_id = r.id and d.ended_at is null)`)
}
