import type { Querier } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { ConsentChannel, ConsentState } from '@cartera/domain/contacts/consent'
import { searchKey } from '@cartera/domain/text'
import { and, desc, eq, isNotNull, isNull, not, or, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { nearestOnly } from '../customers/list-customers.ts'
import { similarityThreshold } from '../customers/search-customers.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { contactKeys, matchingContact, toContact } from './list-contacts.ts'

export interface DirectoryFilters {
  q?: string | undefined
  profile?: string | undefined
  receivesNotices?: boolean | undefined
  portalAccess?: boolean | undefined
  hasEmail?: boolean | undefined
  isMain?: boolean | undefined
  /** What they said to a channel; both or none. */
  consentChannel?: ConsentChannel | undefined
  consentState?: ConsentState | undefined
  customerId?: string | undefined
  /** Preferred or collections agent of the customer. */
  agentId?: string | undefined
  ids?: readonly string[] | undefined
}

const whether = (wanted: boolean | undefined, condition: SQL): SQL | undefined =>
  wanted === undefined ? undefined : wanted ? condition : not(condition)

function consented(channel: ConsentChannel | undefined, state: ConsentState | undefined): SQL | undefined {
  if (channel === undefined || state === undefined) return undefined
  const named = sql.param([channel])
  const granted = sql`${contacts.consentGranted} @> ${named}::text[]`
  const refused = sql`${contacts.consentRefused} @> ${named}::text[]`
  return state === 'granted' ? granted : state === 'refused' ? refused : and(not(granted), not(refused))
}

/** The contacts of all customers in the viewer's reach under the filters, the search left out. A condition over `contacts` and `customers`. */
export function filteredContacts(viewer: Viewer, filters: DirectoryFilters): SQL | undefined {
  return and(
    isNull(contacts.deletedAt),
    visibleCustomer(viewer),
    filters.profile ? sql`${contacts.profiles} @> ${sql.param([filters.profile])}::text[]` : undefined,
    whether(filters.receivesNotices, eq(contacts.receivesNotices, true)),
    whether(filters.portalAccess, eq(contacts.portalAccess, true)),
    whether(filters.hasEmail, isNotNull(contacts.email)),
    whether(filters.isMain, eq(contacts.isMain, true)),
    consented(filters.consentChannel, filters.consentState),
    filters.customerId ? eq(contacts.customerId, filters.customerId) : undefined,
    filters.agentId
      ? or(eq(customers.preferredAgentId, filters.agentId), eq(customers.collectionsAgentId, filters.agentId))
      : undefined,
    filters.ids ? sql`${contacts.id} = any(${sql.param([...filters.ids])}::uuid[])` : undefined,
  )
}

/** Contacts with whose they are; conditions and an order come behind it. */
export const selectContacts = (db: Querier) =>
  db
    .select({
      contact: contacts,
      customer: { id: customers.id, name: customers.name, code: customers.code, country: customers.country },
    })
    .from(contacts)
    .innerJoin(customers, eq(customers.id, contacts.customerId))

/**
 * The contacts of all customers that the viewer sees, under filters. A search that finds nothing is asked again with tolerance for typing errors; those
 * answers come nearest first, on one page.
 */
export async function listAllContacts(ctx: AppContext, viewer: Viewer, input: PageInput & DirectoryFilters) {
  const sort = input.sort ?? 'name'
  const descending = sort.startsWith('-')
  const limit = input.limit ?? defaultPageSize
  const scope = filteredContacts(viewer, input)
  const rows = await selectContacts(ctx.db)
    .where(and(scope, matchingContact(input.q), keysetAfter(input.cursor, sort, contactKeys, descending)))
    .orderBy(...orderOf(contactKeys, descending))
    .limit(limit + 1)
  const toItem = ({ contact, customer: { id, name, code } }: (typeof rows)[number]) => ({
    ...toContact(contact),
    customer: { id, name, code },
  })
  const q = searchKey(input.q ?? '')
  if (rows.length === 0 && input.cursor === undefined && q.length >= 3) {
    const nearest = await nearestOnly(() =>
      ctx.db.transaction(async (tx) => {
        await tx.execute(similarityThreshold)
        await tx.execute(sql`set local statement_timeout = 1500`)
        return selectContacts(tx)
          .where(and(scope, sql`${q} <% ${contacts.searchText}`))
          .orderBy(desc(sql`word_similarity(${q}, ${contacts.searchText})`), contacts.nameKey, contacts.id)
          .limit(limit)
      }),
    )
    return { items: nearest.map(toItem), nextCursor: null }
  }
  return pageOf(rows, limit, toItem, ({ contact }) => encodeCursor(sort, [contact.nameKey, contact.id]))
}

const batchSize = 1000

/** All contacts under the filters by name, in batches: memory stays flat however many there are. `viewerNow` is asked before every batch. */
export async function* everyContact(ctx: AppContext, viewerNow: () => Promise<Viewer>, filters: DirectoryFilters) {
  for (let after: SQL | undefined; ; ) {
    const where = and(filteredContacts(await viewerNow(), filters), matchingContact(filters.q))
    const rows: Awaited<ReturnType<typeof readBatch>> = await readBatch(ctx.db, and(where, after))
    yield* rows
    const last = rows.at(-1)?.contact
    if (last === undefined || rows.length < batchSize) return
    after = sql`(${contacts.nameKey}, ${contacts.id}) > (${last.nameKey}::text, ${last.id}::uuid)`
  }
}

const readBatch = (db: Querier, where: SQL | undefined) =>
  selectContacts(db).where(where).orderBy(contacts.nameKey, contacts.id).limit(batchSize)
