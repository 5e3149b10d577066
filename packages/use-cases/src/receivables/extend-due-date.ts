import type { Transaction } from '@cartera/db/connect'
import { users } from '@cartera/db/schema/organisation'
import { receivableExtensions, receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { dueOnAfterExtensions, extensionRefusal, mostExtensionDays } from '@cartera/domain/receivables/extension'
import { Refusal } from '@cartera/domain/refusal'
import { asc, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { companyToday } from '../company/company-settings.ts'
import { findReceivable } from './list-receivables.ts'

/** The extensions of a receivable, the first first. Refuses `not-found`. */
export async function listExtensions(ctx: AppContext, viewer: Viewer, receivableId: string) {
  await findReceivable(ctx.db, viewer, receivableId, await companyToday(ctx))
  const rows = await ctx.db
    .select({ extension: receivableExtensions, userId: users.id, userName: users.name })
    .from(receivableExtensions)
    .leftJoin(users, eq(users.id, receivableExtensions.grantedBy))
    .where(eq(receivableExtensions.receivableId, receivableId))
    .orderBy(asc(receivableExtensions.number))
    .limit(200)
  return {
    items: rows.map(({ extension, userId, userName }) => ({
      number: extension.number,
      fromDueOn: extension.fromDueOn,
      toDueOn: extension.toDueOn,
      reason: extension.reason,
      grantedBy: userId === null ? null : { id: userId, name: userName ?? '' },
      grantedAt: extension.createdAt.toISOString(),
    })),
  }
}

/**
 * Grants the customer a later due date: a fact with its reason, from which a new series of notices counts. What was planned for the old date is not sent.
 * A wrong due date is corrected where it comes from, never by an extension. Refuses `not-found`, `not-allowed`, `receivable-settled`, and at `dueOn`
 * `extension-not-later`, `extension-past`, `extension-too-far`; two people at once: the second one finds the date that the first one left.
 */
export async function extendDueDate(
  ctx: AppContext,
  viewer: Viewer,
  receivableId: string,
  input: { dueOn: string; reason: string },
) {
  const today = await companyToday(ctx)
  await ctx.db.transaction(async (tx) => {
    await findReceivable(tx, viewer, receivableId, today)
    const refusal = permissionRefusal(viewer, 'manage-receivables')
    if (refusal) throw new Refusal(refusal)
    const [before] = await tx.select().from(receivables).where(eq(receivables.id, receivableId)).for('no key update')
    if (!before) throw new Refusal('not-found')
    const refused = extensionRefusal({ dueOn: before.dueOn, newDueOn: input.dueOn, today, balanceMinor: before.balanceMinor })
    if (refused === 'receivable-settled') throw new Refusal(refused)
    if (refused) throw new Refusal(refused, { field: 'dueOn', params: { dueOn: before.dueOn, max: mostExtensionDays } })
    const number = before.extensions + 1
    await tx.insert(receivableExtensions).values({
      receivableId,
      number,
      fromDueOn: before.dueOn,
      toDueOn: input.dueOn,
      reason: input.reason,
      grantedBy: viewer.userId,
      createdAt: ctx.now(),
    })
    await tx
      .update(receivables)
      .set({ dueOn: input.dueOn, extensions: number, version: before.version + 1, updatedAt: ctx.now() })
      .where(eq(receivables.id, receivableId))
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'receivable',
      entityId: receivableId,
      changes: { dueOn: [before.dueOn, input.dueOn], extension: number, reason: input.reason },
    })
  })
  return listExtensions(ctx, viewer, receivableId)
}

/**
 * What a source states, with the due dates that extensions granted here leave standing: the source that repeats the old day does not take them
 * back. `standing` are the rows as they stand, by external id.
 */
export async function keepExtendedDueDates<Stated extends { externalId: string; dueOn: string }>(
  tx: Transaction,
  stated: readonly Stated[],
  standing: ReadonlyMap<string, { id: string; dueOn: string }>,
): Promise<Stated[]> {
  const moved = stated.flatMap((one) => {
    const before = standing.get(one.externalId)
    return before !== undefined && before.dueOn !== one.dueOn ? [before.id] : []
  })
  if (moved.length === 0) return [...stated]
  const { rows } = await tx.execute<{ receivable_id: string; from_due_on: string }>(sql`
    select receivable_id, from_due_on::text from receivable_extensions where receivable_id = any(${sql.param(moved)}::uuid[])`)
  if (rows.length === 0) return [...stated]
  const extendedFrom = new Map<string, string[]>()
  for (const row of rows) extendedFrom.set(row.receivable_id, [...(extendedFrom.get(row.receivable_id) ?? []), row.from_due_on])
  return stated.map((one) => {
    const before = standing.get(one.externalId)
    if (before === undefined) return one
    return { ...one, dueOn: dueOnAfterExtensions(one.dueOn, before.dueOn, extendedFrom.get(before.id) ?? []) }
  })
}
