import type { Transaction } from '@cartera/db/connect'
import { receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { companyToday } from '../company/company-settings.ts'
import { findReceivable } from './list-receivables.ts'

async function lockForDispute(tx: Transaction, viewer: Viewer, receivableId: string, today: string) {
  // Visibility first, so that somebody else's receivable is neither locked nor told apart from a missing one.
  await findReceivable(tx, viewer, receivableId, today)
  const refusal = permissionRefusal(viewer, 'manage-receivables')
  if (refusal) throw new Refusal(refusal)
  const [row] = await tx.select().from(receivables).where(eq(receivables.id, receivableId)).for('update')
  if (!row) throw new Refusal('not-found')
  return row
}

/** Marks a receivable as disputed, or changes the reason: its notices are held. Refuses `not-found`, `not-allowed`. */
export async function disputeReceivable(ctx: AppContext, viewer: Viewer, receivableId: string, input: { reason: string }) {
  const today = await companyToday(ctx)
  return ctx.db.transaction(async (tx) => {
    const before = await lockForDispute(tx, viewer, receivableId, today)
    if (before.disputedAt === null || before.disputeReason !== input.reason) {
      await tx
        .update(receivables)
        .set({
          disputedAt: before.disputedAt ?? ctx.now(),
          disputeReason: input.reason,
          version: sql`${receivables.version} + 1`,
          updatedAt: ctx.now(),
        })
        .where(eq(receivables.id, receivableId))
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'receivable',
        entityId: receivableId,
        changes: changesBetween(
          { disputed: before.disputedAt !== null, disputeReason: before.disputeReason },
          { disputed: true, disputeReason: input.reason },
        ),
      })
    }
    const { paid: _, ...after } = await findReceivable(tx, viewer, receivableId, today)
    return after
  })
}

/** Ends the dispute of a receivable; one that is not disputed stays as it is. Refuses `not-found`, `not-allowed`. */
export async function endDispute(ctx: AppContext, viewer: Viewer, receivableId: string): Promise<void> {
  const today = await companyToday(ctx)
  await ctx.db.transaction(async (tx) => {
    const before = await lockForDispute(tx, viewer, receivableId, today)
    if (before.disputedAt === null) return
    await tx
      .update(receivables)
      .set({ disputedAt: null, disputeReason: null, version: sql`${receivables.version} + 1`, updatedAt: ctx.now() })
      .where(eq(receivables.id, receivableId))
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'receivable',
      entityId: receivableId,
      changes: { disputed: [true, false], disputeReason: [before.disputeReason, null] },
    })
  })
}
