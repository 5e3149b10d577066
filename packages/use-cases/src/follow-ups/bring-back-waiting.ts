import type { Transaction } from '@cartera/db/connect'
import { followUps } from '@cartera/db/schema/follow-ups'
import { and, asc, eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'

/**
 * The customer has answered (on the portal, by mail): the follow-ups that were postponed until they do are due now, in the transaction of the answer. One
 * that has fallen due meanwhile keeps its time. Answers how many came back.
 */
export async function bringBackWaiting(tx: Transaction, ctx: AppContext, customerId: string): Promise<number> {
  const waiting = await tx
    .select({ id: followUps.id, dueAt: followUps.dueAt, version: followUps.version })
    .from(followUps)
    .where(and(eq(followUps.customerId, customerId), followUps.waitsForAnswer, eq(followUps.state, 'active')))
    .orderBy(asc(followUps.id))
    .for('update')
  const now = ctx.now()
  for (const { id, dueAt, version } of waiting) {
    const due = dueAt < now ? dueAt : now
    await tx
      .update(followUps)
      .set({ dueAt: due, waitsForAnswer: false, version: version + 1 })
      .where(eq(followUps.id, id))
    await recordAudit(tx, ctx, null, {
      action: 'change',
      entity: 'follow-up',
      entityId: id,
      changes: { dueAt: [dueAt.toISOString(), due.toISOString()], waitsForAnswer: [true, false] },
    })
  }
  return waiting.length
}
