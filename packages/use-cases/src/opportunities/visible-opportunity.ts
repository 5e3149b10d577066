import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { opportunities } from '@cartera/db/schema/opportunities'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, isNotNull, isNull, type SQL } from 'drizzle-orm'
import { visibleCustomer } from '../customers/visible-customer.ts'

/** The opportunities that exist for a viewer, deleted ones too: the owner stands within their scope now, and they see the customer. Over `opportunities` joined with `customers`. */
export const reachedOpportunity = (viewer: Viewer): SQL | undefined =>
  and(visibleTo(accessScopeOf(viewer), opportunities.ownerId), visibleCustomer(viewer))

/** Those of them that are not deleted. */
export const visibleOpportunity = (viewer: Viewer): SQL | undefined =>
  and(reachedOpportunity(viewer), isNull(opportunities.deletedAt))

/** The viewer's opportunity, locked; refuses `not-found` alike for missing, deleted (unless asked for) and out-of-scope ones. */
export async function lockOpportunity(tx: Transaction, viewer: Viewer, opportunityId: string, deleted = false) {
  const [row] = await tx
    .select({ opportunity: opportunities })
    .from(opportunities)
    .innerJoin(customers, eq(customers.id, opportunities.customerId))
    .where(
      and(
        eq(opportunities.id, opportunityId),
        reachedOpportunity(viewer),
        deleted ? isNotNull(opportunities.deletedAt) : isNull(opportunities.deletedAt),
      ),
    )
    .for('update', { of: opportunities })
  if (!row) throw new Refusal('not-found')
  return row.opportunity
}
