import type { Querier, Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { visibleCustomerTo } from '@cartera/db/visible-to'
import { customerScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, isNull, type SQL } from 'drizzle-orm'

export type Customer = typeof customers.$inferSelect

/** The customers that exist for a viewer: not deleted, and within the level that the profile gives for customers. A condition over `customers`. */
export function visibleCustomer(viewer: Viewer): SQL | undefined {
  return and(isNull(customers.deletedAt), visibleCustomerTo(customerScopeOf(viewer), customers))
}

/** A customer that the viewer sees; refuses `not-found` alike for a missing, a deleted and an out-of-scope one. */
export async function findVisibleCustomer(db: Querier, viewer: Viewer, customerId: string): Promise<Customer> {
  const [row] = await db
    .select()
    .from(customers)
    .where(and(eq(customers.id, customerId), visibleCustomer(viewer)))
  if (!row) throw new Refusal('not-found')
  return row
}

/** The same, locked until the transaction ends. */
export async function lockVisibleCustomer(tx: Transaction, viewer: Viewer, customerId: string): Promise<Customer> {
  const [row] = await tx
    .select()
    .from(customers)
    .where(and(eq(customers.id, customerId), visibleCustomer(viewer)))
    .for('update')
  if (!row) throw new Refusal('not-found')
  return row
}
