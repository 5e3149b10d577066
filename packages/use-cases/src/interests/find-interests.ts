import type { Querier } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import { interactions, interactionTopics, products } from '@cartera/db/schema/interactions'
import { interests } from '@cartera/db/schema/interests'
import { opportunities } from '@cartera/db/schema/opportunities'
import { users } from '@cartera/db/schema/organisation'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { likeEscaped } from '../customers/search-customers.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'

export interface InterestFilters {
  q?: string | undefined
  customerId?: string | undefined
  productId?: string | undefined
  contactId?: string | undefined
  origin?: 'person' | 'interaction' | 'opportunity' | undefined
  from?: string | undefined
  to?: string | undefined
}

/** Who may bring back what was deleted: level 1, and whoever deleted it. */
export const mayRestore = (viewer: Viewer, deletedBy: string | null) => viewer.level === 1 || deletedBy === viewer.userId

function select(db: Querier, viewer: Viewer) {
  return db
    .select({
      interest: interests,
      customer: { id: customers.id, code: customers.code, name: customers.name },
      product: { id: products.id, code: products.code, name: products.name },
      contact: { id: contacts.id, name: contacts.name },
      interaction: { id: interactions.id, number: interactions.number, topic: interactionTopics.name },
      opportunity: { id: opportunities.id, number: opportunities.number, name: opportunities.name },
      createdBy: { id: users.id, name: users.name },
    })
    .from(interests)
    .innerJoin(customers, eq(customers.id, interests.customerId))
    .innerJoin(products, eq(products.id, interests.productId))
    .leftJoin(contacts, eq(contacts.id, interests.contactId))
    .leftJoin(
      interactions,
      and(
        eq(interactions.id, interests.interactionId),
        isNull(interactions.deletedAt),
        visibleTo(accessScopeOf(viewer), interactions.ownerId),
      ),
    )
    .leftJoin(
      opportunities,
      and(
        eq(opportunities.id, interests.opportunityId),
        isNull(opportunities.deletedAt),
        visibleTo(accessScopeOf(viewer), opportunities.ownerId),
      ),
    )
    .leftJoin(interactionTopics, eq(interactionTopics.id, interactions.topicId))
    .leftJoin(users, eq(users.id, interests.createdBy))
    .$dynamic()
}

type Row = Awaited<ReturnType<typeof select>>[number]

const shown = (viewer: Viewer, { interest, interaction, ...row }: Row) => ({
  id: interest.id,
  ...row,
  shownOn: interest.shownOn,
  note: interest.note,
  origin: interest.origin,
  interaction:
    interaction?.id == null || interaction.number === null || interaction.topic === null
      ? null
      : { id: interaction.id, number: interaction.number, topic: interaction.topic },
  createdAt: interest.createdAt.toISOString(),
  deletedAt: interest.deletedAt?.toISOString() ?? null,
  mayRestore: interest.deletedAt !== null && mayRestore(viewer, interest.deletedBy),
  version: interest.version,
})

function conditions(viewer: Viewer, input: InterestFilters): SQL | undefined {
  const key = searchKey(input.q ?? '')
  return and(
    visibleCustomer(viewer),
    input.customerId === undefined ? undefined : eq(interests.customerId, input.customerId),
    input.productId === undefined ? undefined : eq(interests.productId, input.productId),
    input.contactId === undefined ? undefined : eq(interests.contactId, input.contactId),
    input.origin === undefined ? undefined : eq(interests.origin, input.origin),
    input.from === undefined ? undefined : sql`${interests.shownOn} >= ${input.from}::date`,
    input.to === undefined ? undefined : sql`${interests.shownOn} <= ${input.to}::date`,
    key === '' ? undefined : sql`${customers.searchText} like ${`%${likeEscaped(key)}%`}`,
  )
}

/** Interests of the customers that the viewer sees; with `deleted` those that they may restore. */
export async function listInterests(
  ctx: AppContext,
  viewer: Viewer,
  input: PageInput & InterestFilters & { deleted?: boolean | undefined },
) {
  const sort = input.sort ?? '-shownOn'
  const keys = [
    { column: interests.shownOn, type: 'date' },
    { column: interests.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await select(ctx.db, viewer)
    .where(
      and(
        conditions(viewer, input),
        input.deleted
          ? and(isNotNull(interests.deletedAt), viewer.level === 1 ? undefined : eq(interests.deletedBy, viewer.userId))
          : isNull(interests.deletedAt),
        keysetAfter(input.cursor, sort, keys, sort.startsWith('-')),
      ),
    )
    .orderBy(...orderOf(keys, sort.startsWith('-')))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => shown(viewer, row),
    (row) => encodeCursor(sort, [row.interest.shownOn, row.interest.id]),
  )
}

/** One interest as the viewer sees it. Refuses `not-found`. */
export async function readInterest(db: Querier, viewer: Viewer, interestId: string) {
  const [row] = await select(db, viewer).where(
    and(
      eq(interests.id, interestId),
      or(isNull(interests.deletedAt), eq(interests.deletedBy, viewer.userId)),
      visibleCustomer(viewer),
    ),
  )
  if (!row) throw new Refusal('not-found')
  return shown(viewer, row)
}
