import { contacts } from '@cartera/db/schema/customers'
import { noticeMessages } from '@cartera/db/schema/notices'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { and, eq, inArray, isNull } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { findFlags } from './flag-address.ts'

/** The flagged addresses of a customer and its contacts. Refuses `not-found`. */
export async function findCustomerFlags(ctx: AppContext, viewer: Viewer, customerId: string) {
  const customer = await findVisibleCustomer(ctx.db, viewer, customerId)
  const theirs = await ctx.db
    .select({ email: contacts.email })
    .from(contacts)
    .where(and(eq(contacts.customerId, customerId), isNull(contacts.deletedAt)))
    .limit(1900)
  const flags = await findFlags(
    ctx.db,
    [customer.email, ...theirs.map(({ email }) => email)].filter((email) => email !== null),
  )
  const named = [...flags.values()].map(({ noticeMessageId }) => noticeMessageId).filter((id) => id !== null)
  // Two customers may share an address: the other's notice is not told.
  const own =
    named.length === 0
      ? []
      : await ctx.db
          .select({ id: noticeMessages.id })
          .from(noticeMessages)
          .where(and(inArray(noticeMessages.id, named), eq(noticeMessages.customerId, customerId)))
  const ownIds = new Set(own.map(({ id }) => id))
  return {
    items: [...flags.values()]
      .sort((a, b) => a.flaggedAt.getTime() - b.flaggedAt.getTime() || a.address.localeCompare(b.address))
      .map((flag) => ({
        address: flag.address,
        reason: flag.reason,
        detail: flag.detail,
        flaggedAt: flag.flaggedAt.toISOString(),
        noticeId: flag.noticeMessageId !== null && ownIds.has(flag.noticeMessageId) ? flag.noticeMessageId : null,
      })),
  }
}
