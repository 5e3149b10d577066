import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { handoverMoves, handovers } from '@cartera/db/schema/handovers'
import { users } from '@cartera/db/schema/organisation'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import { and, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'

/**
 * Somebody who has left with customers still in their name, and a planned cover for holidays: what the change of agents is for. Nothing else of the
 * demo moves.
 */
export async function fillHandovers(
  tx: Transaction,
  ctx: AppContext,
  facts: { authorId: string; leftId: string; sellerId: string; coverId: string; today: CalendarDay },
): Promise<void> {
  const { authorId, leftId, sellerId, coverId, today } = facts
  await tx.update(users).set({ active: false }).where(eq(users.id, leftId))
  await tx
    .update(customers)
    .set({ preferredAgentId: leftId })
    .where(and(eq(customers.preferredAgentId, sellerId), sql`${customers.code} ~ '[37]$'`))
  const [cover] = await tx
    .insert(handovers)
    .values({
      role: 'preferred',
      state: 'planned',
      startsOn: addDays(today, 12),
      endsOn: addDays(today, 26),
      note: 'Vacaciones; los pedidos grandes los sigue viendo por teléfono.',
      movesFollowUps: true,
      movesInteractions: true,
      createdBy: authorId,
      createdAt: ctx.now(),
    })
    .returning()
  if (cover) await tx.insert(handoverMoves).values({ handoverId: cover.id, fromUserId: sellerId, toUserId: coverId })
}
