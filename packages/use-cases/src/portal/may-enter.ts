import { contacts, customers } from '@cartera/db/schema/customers'
import { statusesWith } from '@cartera/domain/customers/customer-status'
import { and, eq, inArray, isNotNull, isNull, type SQL } from 'drizzle-orm'

/** Whom the portal lets in: contacts with access, an address and no doubt about the person, of a customer that is active. Over `contacts` and `customers`. */
export function mayEnterPortal(): SQL | undefined {
  return and(mayEnterOnceActive(), inArray(customers.status, statusesWith('portal')))
}

/** Whom it would let in if the customer were active: their links and sessions rest, and serve again when it is. */
export function mayEnterOnceActive(): SQL | undefined {
  return and(
    eq(contacts.portalAccess, true),
    isNotNull(contacts.email),
    isNull(contacts.wrongPersonAt),
    isNull(contacts.deletedAt),
    isNull(customers.deletedAt),
  )
}
