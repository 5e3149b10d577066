import type { Transaction } from '@cartera/db/connect'
import { cases } from '@cartera/db/schema/cases'
import { customers } from '@cartera/db/schema/customers'
import { handoverMoves, handovers } from '@cartera/db/schema/handovers'
import { opportunities } from '@cartera/db/schema/opportunities'
import { users } from '@cartera/db/schema/organisation'
import { quotes } from '@cartera/db/schema/quotes'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import { and, eq, inArray, or, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'

/**
 * Somebody who has left with customers and their sales still in their name, and a planned cover for holidays: what the change of agents is for.
 * Nothing else of the demo moves.
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
    .where(
      and(
        eq(customers.preferredAgentId, sellerId),
        or(
          sql`${customers.code} ~ '[37]$'`,
          sql`${customers.id} in (select customer_id from opportunities where owner_id = ${sellerId} and state = 'open' order by number limit 4)`,
          sql`${customers.id} in (select customer_id from cases where owner_id = ${sellerId} and state <> 'resolved' order by number limit 2)`,
          sql`${customers.id} in (select customer_id from quotes where owner_id = ${sellerId} and state in ('draft', 'issued') order by number limit 2)`,
        ),
      ),
    )
  for (const table of [opportunities, cases, quotes]) {
    const theirs = tx.select({ id: customers.id }).from(customers).where(eq(customers.preferredAgentId, leftId))
    await tx
      .update(table)
      .set({ ownerId: leftId })
      .where(and(eq(table.ownerId, sellerId), inArray(table.customerId, theirs)))
  }
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
      movesOpportunities: true,
      movesCases: true,
      movesQuotes: true,
      createdBy: authorId,
      createdAt: ctx.now(),
    })
    .returning()
  if (cover) await tx.insert(handoverMoves).values({ handoverId: cover.id, fromUserId: sellerId, toUserId: coverId })
}
