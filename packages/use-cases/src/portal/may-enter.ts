import { contacts, customers } from '@cartera/db/schema/customers'
import { and, eq, isNotNull, isNull, ne, type SQL } from 'drizzle-orm'

/** Whom the portal lets in: contacts with access, an address and no doubt about the person, of a customer that is active. Over `contacts` and `customers`. */
export function mayEnterPortal(): SQL | undefined {
  return and(
    eq(contacts.portalAccess, true),
    isNotNull(contacts.email),
    isNull(contacts.wrongPersonAt),
    isNull(contacts.deletedAt),
    isNull(customers.deletedAt),
    ne(customers.status, 'inactive'),
  )
}
