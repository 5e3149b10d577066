import { unaccented } from '@cartera/db/schema/columns'
import { contacts } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { searchKey } from '@cartera/domain/text'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { likeEscaped } from '../customers/search-customers.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'

export type Contact = typeof contacts.$inferSelect

/** A contact as the contract says it. */
export const toContact = (row: Contact) => ({
  id: row.id,
  name: row.name,
  position: row.position,
  department: row.department,
  email: row.email,
  phone: row.phone,
  mobile: row.mobile,
  receivesNotices: row.receivesNotices,
  portalAccess: row.portalAccess,
  wrongPersonAt: row.wrongPersonAt?.toISOString() ?? null,
  wrongPersonNote: row.wrongPersonNote,
  version: row.version,
})

/** The contacts of a customer that the viewer sees; refuses `not-found`. */
export async function listContacts(ctx: AppContext, viewer: Viewer, customerId: string, input: PageInput) {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const sort = input.sort ?? 'name'
  const descending = sort.startsWith('-')
  const keys = [
    { column: contacts.name, type: 'text' },
    { column: contacts.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const q = searchKey(input.q ?? '')
  const searched = unaccented('contacts.name', 'contacts.email', 'contacts.phone', 'contacts.mobile', 'contacts.position')
  const rows = await ctx.db
    .select()
    .from(contacts)
    .where(
      and(
        eq(contacts.customerId, customerId),
        isNull(contacts.deletedAt),
        q === '' ? undefined : sql`${searched} like ${`%${likeEscaped(q)}%`}`,
        keysetAfter(input.cursor, sort, keys, descending),
      ),
    )
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(rows, limit, toContact, (row) => encodeCursor(sort, [row.name, row.id]))
}
