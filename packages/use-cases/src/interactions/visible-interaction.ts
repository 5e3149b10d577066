import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { interactions } from '@cartera/db/schema/interactions'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, isNull, type SQL } from 'drizzle-orm'
import { visibleCustomer } from '../customers/visible-customer.ts'

/** Whose interactions a viewer reaches, the deleted ones too. A condition over `interactions` joined with `customers`. */
export function reachedInteraction(viewer: Viewer): SQL | undefined {
  return and(visibleTo(accessScopeOf(viewer), interactions.ownerId), visibleCustomer(viewer))
}

/**
 * The interactions that exist for a viewer: not deleted, the owner stands within their scope now, and they see the customer. A condition
 * over `interactions` joined with `customers`.
 */
export function visibleInteraction(viewer: Viewer): SQL | undefined {
  return and(isNull(interactions.deletedAt), reachedInteraction(viewer))
}

/** The viewer's row, locked until the transaction ends; refuses `not-found` alike for a missing, a deleted and an out-of-scope one. */
export async function lockVisibleInteraction(tx: Transaction, viewer: Viewer, interactionId: string) {
  const [row] = await tx
    .select({ interaction: interactions })
    .from(interactions)
    .innerJoin(customers, eq(customers.id, interactions.customerId))
    .where(and(eq(interactions.id, interactionId), visibleInteraction(viewer)))
    .for('update', { of: interactions })
  if (!row) throw new Refusal('not-found')
  return row.interaction
}
