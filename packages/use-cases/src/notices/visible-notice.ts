import { customers } from '@cartera/db/schema/customers'
import { company } from '@cartera/db/schema/organisation'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { and, type SQL, sql } from 'drizzle-orm'
import { visibleCustomer } from '../customers/visible-customer.ts'

/** Whose a customer's notices are, planned or sent: the collections agent's now, else the administrator's, as with the sender. */
const noticeOwner = sql`coalesce(${customers.collectionsAgentId}, (select ${company.administratorId} from ${company}))`

/** The notices that exist for a viewer: the owner stands within their scope now, and they see the customer. A condition over `customers`. */
export function visibleNotice(viewer: Viewer): SQL | undefined {
  return and(visibleCustomer(viewer), visibleTo(accessScopeOf(viewer), noticeOwner))
}
