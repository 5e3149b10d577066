import { customers } from '@cartera/db/schema/customers'
import { documents, receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { type CalendarDay, instantOfLocal } from '@cartera/domain/calendar-day'
import type { AgingBucket } from '@cartera/domain/credit/aging'
import { searchKey } from '@cartera/domain/text'
import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { dueWithin } from '../receivables/list-receivables.ts'

/** What narrows the portfolio: the same for its lists, sums, bulk follow-ups and export. */
export interface PortfolioFilters {
  q?: string | undefined
  customerId?: string | undefined
  agentId?: string | undefined
  /** Customers without a collections agent, or without a branch. */
  without?: 'agent' | 'branch' | undefined
  branchId?: string | undefined
  groupId?: string | undefined
  bucket?: AgingBucket | undefined
  overdue?: boolean | undefined
  currency?: string | undefined
  neverFollowedUp?: boolean | undefined
  untouchedSince?: CalendarDay | undefined
  disputed?: boolean | undefined
  promised?: boolean | undefined
}

/** The day that it is, and the zone in which days begin. */
export interface PortfolioDay {
  today: CalendarDay
  timeZone: string
}

/** When a day begins for the company, as a parameter. */
export function startOf(day: CalendarDay, timeZone: string): SQL {
  const instant = instantOfLocal(day, '00:00', timeZone)
  return sql`${(instant ?? new Date(`${day}T00:00:00Z`)).toISOString()}::timestamptz`
}

/**
 * The customers with whom somebody dealt since an instant: a note, a contact noted by a person, a follow-up that a person opened, postponed or ended, a
 * promise. A notice that the system sent is none. Written as parts that the planner joins one by one, each by an index on its time, so that the
 * cost follows what was done lately and not all that was ever done.
 */
export const touches = (since: SQL): SQL[] => [
  sql`select customer_id from notes where created_at >= ${since} and deleted_at is null`,
  sql`select customer_id from contact_attempts where at >= ${since} and notice_message_id is null`,
  sql`select customer_id from follow_ups where created_at >= ${since} and created_by is not null`,
  sql`select customer_id from follow_ups where ended_at >= ${since} and ended_at is not null`,
  sql`select f.customer_id from postponements p join follow_ups f on f.id = p.follow_up_id where p.postponed_at >= ${since}`,
  sql`select customer_id from promises where created_at >= ${since}`,
]

export const openReceivable = sql`${receivables.balanceMinor} > 0`
/** A promise that stands counts as being dealt with, and pauses the notices. */
export const isPromised = (today: CalendarDay) => sql`coalesce(${receivables.promisedUntil} >= ${today}::date, false)`
export const isDisputed = sql`${receivables.disputedAt} is not null`

/** Receivables that nobody has dealt with since a day: nobody touched the customer, and no promise stands. */
export function untouchedSince(day: CalendarDay, { today, timeZone }: PortfolioDay): SQL {
  const since = startOf(day, timeZone)
  const parts = touches(since).map(
    (part) => sql`not exists (select from (${part}) touched where touched.customer_id = ${receivables.customerId})`,
  )
  return sql`(${sql.join(parts, sql` and `)} and not ${isPromised(today)})`
}

/**
 * Conditions over `receivables` joined with `customers`: open ones, of customers that the viewer sees, under the filters. Never followed up means that no
 * follow-up was ever linked to the receivable and none was opened for its customer since it was issued.
 */
export function portfolioConditions(viewer: Viewer, input: PortfolioFilters, day: PortfolioDay): SQL | undefined {
  const key = input.q === undefined ? '' : searchKey(input.q)
  const like = `%${key.replace(/[\\%_]/g, '\\$&')}%`
  const { today } = day
  return and(
    openReceivable,
    visibleCustomer(viewer),
    input.customerId === undefined ? undefined : eq(receivables.customerId, input.customerId),
    input.agentId === undefined ? undefined : eq(customers.collectionsAgentId, input.agentId),
    input.without === 'agent' ? sql`${customers.collectionsAgentId} is null` : undefined,
    input.without === 'branch' ? sql`${customers.branchId} is null` : undefined,
    input.branchId === undefined ? undefined : eq(customers.branchId, input.branchId),
    input.groupId === undefined ? undefined : eq(customers.groupId, input.groupId),
    input.currency === undefined ? undefined : eq(receivables.currency, input.currency),
    input.bucket === undefined ? undefined : dueWithin(input.bucket, today),
    input.overdue === true ? sql`${receivables.dueOn} < ${today}::date` : undefined,
    input.overdue === false ? sql`${receivables.dueOn} >= ${today}::date` : undefined,
    input.disputed === undefined ? undefined : input.disputed ? isDisputed : sql`not (${isDisputed})`,
    input.promised === undefined ? undefined : input.promised ? isPromised(today) : sql`not ${isPromised(today)}`,
    input.neverFollowedUp === true
      ? sql`not exists (select from follow_up_receivables linked where linked.receivable_id = ${receivables.id})
            and not exists (select from follow_ups followed where followed.customer_id = ${receivables.customerId}
              and followed.created_at >= (${receivables.issuedOn}::timestamp at time zone ${day.timeZone}))`
      : undefined,
    input.untouchedSince === undefined ? undefined : untouchedSince(input.untouchedSince, day),
    key === ''
      ? undefined
      : sql`(${customers.searchText} like ${like} or ${receivables.documentId} in (select id from ${documents} where number ilike ${like}))`,
  )
}

/** Some of what the filters leave. */
export interface PortfolioSelection {
  filter: PortfolioFilters
  /** Only these customers; all under the filters unless told. */
  customerIds?: readonly string[] | undefined
  /** Only these receivables. */
  receivableIds?: readonly string[] | undefined
}

export function selectionConditions(viewer: Viewer, selection: PortfolioSelection, day: PortfolioDay): SQL | undefined {
  const { customerIds, receivableIds } = selection
  return and(
    portfolioConditions(viewer, selection.filter, day),
    customerIds === undefined ? undefined : inArray(receivables.customerId, [...new Set(customerIds)]),
    receivableIds === undefined ? undefined : inArray(receivables.id, [...new Set(receivableIds)]),
  )
}
