import type { Querier } from '@cartera/db/connect'
import { unaccented } from '@cartera/db/schema/columns'
import { customers } from '@cartera/db/schema/customers'
import {
  interactionEntries,
  interactionProducts,
  interactions,
  interactionTopics,
  products,
} from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { addDays, type CalendarDay, instantOfLocal } from '@cartera/domain/calendar-day'
import type { EntryKind, InteractionState } from '@cartera/domain/interactions/interaction-rules'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, gte, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf, type SortKey } from '../paging.ts'
import { visibleInteraction } from './visible-interaction.ts'

export interface InteractionFilters {
  q?: string | undefined
  topicId?: string | undefined
  ownerId?: string | undefined
  customerId?: string | undefined
  productId?: string | undefined
  state?: InteractionState | undefined
  unanswered?: boolean | undefined
  mine?: boolean | undefined
  from?: CalendarDay | undefined
  to?: CalendarDay | undefined
}

/** The first instant of a day for the company; where midnight is skipped, the first time that exists. */
export function startOfDay(day: CalendarDay, timeZone: string): Date {
  const instant = instantOfLocal(day, '00:00', timeZone)
  if (instant === null) throw new Refusal('day-invalid')
  return instant
}

/** What the words are found in: the number as it is written, reference, contact, and all that a customer is searched by. */
function matches(q: string): SQL | undefined {
  const key = searchKey(q)
  if (key === '') return undefined
  const number = /^#?(\d{1,9})$/.exec(key)?.[1]
  return or(
    sql`strpos(${unaccented('"interactions"."reference"', '"interactions"."contact_name"')}, ${key}) > 0`,
    sql`strpos(${customers.searchText}, ${key}) > 0`,
    number === undefined ? undefined : eq(interactions.number, Number(number)),
  )
}

/** The interactions that a viewer sees under the filters; a condition over `interactions` joined with `customers`. */
export async function filteredInteractions(ctx: AppContext, viewer: Viewer, input: InteractionFilters): Promise<SQL | undefined> {
  const { timeZone } = await findCompany(ctx.db)
  return and(
    visibleInteraction(viewer),
    input.q === undefined ? undefined : matches(input.q),
    input.topicId === undefined ? undefined : eq(interactions.topicId, input.topicId),
    input.ownerId === undefined ? undefined : eq(interactions.ownerId, input.ownerId),
    input.mine ? eq(interactions.ownerId, viewer.userId) : undefined,
    input.customerId === undefined ? undefined : eq(interactions.customerId, input.customerId),
    input.productId === undefined
      ? undefined
      : sql`exists (select 1 from ${interactionProducts} where ${interactionProducts.interactionId} = ${interactions.id} and ${interactionProducts.productId} = ${input.productId})`,
    input.state === undefined ? undefined : eq(interactions.state, input.state),
    input.unanswered === undefined
      ? undefined
      : input.unanswered
        ? isNotNull(interactions.unansweredSince)
        : isNull(interactions.unansweredSince),
    input.from === undefined ? undefined : gte(interactions.happenedAt, startOfDay(input.from, timeZone)),
    input.to === undefined ? undefined : lt(interactions.happenedAt, startOfDay(addDays(input.to, 1), timeZone)),
  )
}

const ofInteraction = sql`${interactionEntries.interactionId} = ${interactions.id}`

/** What every answer about interactions reads, with the joins that it needs; conditions and an order come behind it. */
export function selectInteractions(db: Querier) {
  return db
    .select({
      interaction: interactions,
      customerId: customers.id,
      customerName: customers.name,
      customerCode: customers.code,
      topicId: interactionTopics.id,
      topicName: interactionTopics.name,
      ownerId: users.id,
      ownerName: users.name,
      entryCount: sql<number>`(select count(*) from ${interactionEntries} where ${ofInteraction})`.mapWith(Number),
      lastEntry: sql<{ kind: EntryKind; body: string } | null>`(
        select json_build_object('kind', ${interactionEntries.kind}, 'body', left(${interactionEntries.body}, 400))
        from ${interactionEntries} where ${ofInteraction}
        order by ${interactionEntries.writtenAt} desc, ${interactionEntries.id} desc limit 1)`,
      products: sql<{ id: string; code: string; name: string }[]>`(
        select coalesce(json_agg(json_build_object('id', ${products.id}, 'code', ${products.code}, 'name', ${products.name}) order by ${products.name}), '[]'::json)
        from ${interactionProducts} join ${products} on ${products.id} = ${interactionProducts.productId}
        where ${interactionProducts.interactionId} = ${interactions.id})`,
    })
    .from(interactions)
    .innerJoin(customers, eq(customers.id, interactions.customerId))
    .innerJoin(interactionTopics, eq(interactionTopics.id, interactions.topicId))
    .innerJoin(users, eq(users.id, interactions.ownerId))
    .$dynamic()
}

type InteractionRow = Awaited<ReturnType<typeof selectInteractions>>[number]

const excerptOf = (body: string) => Array.from(body.replace(/\s+/g, ' ').trim()).slice(0, 180).join('').slice(0, 200)

/** A row as the contract says it. */
export function interactionItem(row: InteractionRow) {
  const { interaction } = row
  return {
    id: interaction.id,
    number: interaction.number,
    customer: { id: row.customerId, name: row.customerName, code: row.customerCode },
    topic: { id: row.topicId, name: row.topicName },
    owner: { id: row.ownerId, name: row.ownerName },
    state: interaction.state,
    source: interaction.source,
    happenedAt: interaction.happenedAt.toISOString(),
    followUpOn: interaction.followUpOn,
    contactName: interaction.contactName,
    reference: interaction.reference,
    products: row.products,
    unansweredSince: interaction.unansweredSince?.toISOString() ?? null,
    lastEntry: {
      kind: row.lastEntry?.kind ?? ('internal' as const),
      entryName: interaction.lastEntryName,
      at: interaction.lastEntryAt.toISOString(),
      excerpt: excerptOf(row.lastEntry?.body ?? ''),
    },
    entryCount: row.entryCount,
    version: interaction.version,
  }
}

function orderBy(sort: string): { keys: readonly SortKey[]; of: (row: typeof interactions.$inferSelect) => (string | number)[] } {
  const id = { column: interactions.id, type: 'uuid' } as const
  switch (sort.replace('-', '')) {
    case 'number':
      return { keys: [{ column: interactions.number, type: 'integer' }], of: (row) => [row.number] }
    case 'entryName':
      return { keys: [{ column: interactions.lastEntryKey, type: 'text' }, id], of: (row) => [row.lastEntryKey ?? '', row.id] }
    case 'happenedAt':
      return {
        keys: [{ column: interactions.happenedAt, type: 'timestamptz' }, id],
        of: (row) => [row.happenedAt.toISOString(), row.id],
      }
    default:
      return {
        keys: [{ column: interactions.lastEntryAt, type: 'timestamptz' }, id],
        of: (row) => [row.lastEntryAt.toISOString(), row.id],
      }
  }
}

/** The interactions in the viewer's reach under the filters, those with the newest entry first. Refuses `cursor-invalid`. */
export async function listInteractions(ctx: AppContext, viewer: Viewer, input: PageInput & InteractionFilters) {
  const sort = input.sort ?? '-lastEntryAt'
  const descending = sort.startsWith('-')
  const { keys, of } = orderBy(sort)
  const limit = input.limit ?? defaultPageSize
  const rows = await selectInteractions(ctx.db)
    .where(and(await filteredInteractions(ctx, viewer, input), keysetAfter(input.cursor, sort, keys, descending)))
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(rows, limit, interactionItem, (row) => encodeCursor(sort, of(row.interaction)))
}

/** How many interactions in the viewer's reach are open, and in how many a message of the customer waits for an answer. */
export async function countInteractions(
  ctx: AppContext,
  viewer: Viewer,
  input: { mine?: boolean | undefined; customerId?: string | undefined },
) {
  const [row] = await ctx.db
    .select({
      open: sql<number>`count(*) filter (where ${interactions.state} = 'open')`.mapWith(Number),
      unanswered: sql<number>`count(*) filter (where ${interactions.unansweredSince} is not null)`.mapWith(Number),
    })
    .from(interactions)
    .innerJoin(customers, eq(customers.id, interactions.customerId))
    .where(
      and(
        visibleInteraction(viewer),
        or(eq(interactions.state, 'open'), isNotNull(interactions.unansweredSince)),
        input.mine ? eq(interactions.ownerId, viewer.userId) : undefined,
        input.customerId === undefined ? undefined : eq(interactions.customerId, input.customerId),
      ),
    )
  return row ?? { open: 0, unanswered: 0 }
}
