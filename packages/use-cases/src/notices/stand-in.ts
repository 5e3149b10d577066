import { customers } from '@cartera/db/schema/customers'
import { company, mailAccounts, users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { and, eq, isNull } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { requireSeeNotices } from './list-notices.ts'
import { senderReason } from './notice-facts.ts'
import { visibleNotice } from './visible-notice.ts'

/**
 * From whose account the notices of customers without a collections agent leave, told before any of them does (product.md section 14.7).
 * Null where the viewer sees no such customer. Refuses `not-allowed`.
 */
export async function findStandIn(ctx: AppContext, viewer: Viewer) {
  requireSeeNotices(viewer)
  const count = await ctx.db.$count(
    customers,
    and(visibleNotice(viewer), isNull(customers.collectionsAgentId), eq(customers.status, 'active')),
  )
  if (count === 0) return { customers: 0, sender: null }
  const [row] = await ctx.db
    .select({ id: users.id, name: users.name, active: users.active, state: mailAccounts.state, address: mailAccounts.address })
    .from(company)
    .leftJoin(users, eq(users.id, company.administratorId))
    .leftJoin(mailAccounts, eq(mailAccounts.userId, users.id))
  const user = row?.id ? { id: row.id, name: row.name ?? '' } : null
  const reason = senderReason({
    fallback: true,
    known: user !== null,
    active: row?.active ?? null,
    accountState: row?.state ?? null,
  })
  return {
    customers: count,
    sender: { usable: reason === null, reason, fallback: true, user, address: row?.address ?? null },
  }
}
