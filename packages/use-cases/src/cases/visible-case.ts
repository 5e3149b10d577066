import type { Transaction } from '@cartera/db/connect'
import { cases } from '@cartera/db/schema/cases'
import { customers } from '@cartera/db/schema/customers'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, isNotNull, isNull, type SQL } from 'drizzle-orm'
import { visibleCustomer } from '../customers/visible-customer.ts'

/** Whose cases a viewer reaches, the deleted ones too: the owner stands within their scope now, and they see the customer. Over `cases` joined with `customers`. */
export const reachedCase = (viewer: Viewer): SQL | undefined =>
  and(visibleTo(accessScopeOf(viewer), cases.ownerId), visibleCustomer(viewer))

/** The cases that exist for a viewer. Over `cases` joined with `customers`. */
export const visibleCase = (viewer: Viewer): SQL | undefined => and(isNull(cases.deletedAt), reachedCase(viewer))

/** The viewer's case, locked until the transaction ends; refuses `not-found` alike for missing, deleted (unless asked for) and out-of-scope ones. */
export async function lockCase(tx: Transaction, viewer: Viewer, caseId: string, deleted = false) {
  const [row] = await tx
    .select({ one: cases })
    .from(cases)
    .innerJoin(customers, eq(customers.id, cases.customerId))
    .where(and(eq(cases.id, caseId), reachedCase(viewer), deleted ? isNotNull(cases.deletedAt) : isNull(cases.deletedAt)))
    .for('update', { of: cases })
  if (!row) throw new Refusal('not-found')
  return row.one
}
