import type { Querier } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { noticeMessages } from '@cartera/db/schema/notices'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { formatAmount } from '@cartera/domain/money'
import type { NoticeKind } from '@cartera/domain/notices/notice-settings'
import { type NoticeGroup, type NoticeReasonCode, type NoticeState, noticeGroups } from '@cartera/domain/notices/notice-states'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, gte, inArray, lte, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { visibleNotice } from './visible-notice.ts'

export function requireSeeNotices(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'see-notices')
  if (refusal) throw new Refusal(refusal)
}

export interface QueueFilters {
  state?: NoticeState | undefined
  group?: NoticeGroup | undefined
  reason?: NoticeReasonCode | undefined
  kind?: NoticeKind | undefined
  from?: string | undefined
  to?: string | undefined
  customerId?: string | undefined
  level?: number | undefined
  /** Whose customer, or from whose account. */
  agentId?: string | undefined
  fallback?: boolean | undefined
  q?: string | undefined
}

/** The condition of the queue's filters, over what the viewer sees. */
export function conditionOf(viewer: Viewer, filters: QueueFilters): SQL | undefined {
  return and(
    visibleNotice(viewer),
    filters.state === undefined ? undefined : eq(noticeMessages.state, filters.state),
    filters.group === undefined ? undefined : inArray(noticeMessages.state, [...noticeGroups[filters.group]]),
    filters.reason === undefined ? undefined : eq(noticeMessages.reason, filters.reason),
    filters.kind === undefined ? undefined : eq(noticeMessages.kind, filters.kind),
    filters.from === undefined ? undefined : gte(noticeMessages.planOn, filters.from),
    filters.to === undefined ? undefined : lte(noticeMessages.planOn, filters.to),
    filters.customerId === undefined ? undefined : eq(noticeMessages.customerId, filters.customerId),
    filters.level === undefined ? undefined : eq(noticeMessages.level, filters.level),
    filters.agentId === undefined
      ? undefined
      : sql`(${customers.collectionsAgentId} = ${filters.agentId} or ${noticeMessages.senderId} = ${filters.agentId})`,
    filters.fallback === undefined ? undefined : eq(noticeMessages.senderIsFallback, filters.fallback),
    filters.q ? sql`${customers.searchText} like ${`%${searchKey(filters.q).replace(/[\\%_]/g, '\\$&')}%`}` : undefined,
  )
}

const totalsOf = sql<{ currency: string; minor: string }[] | null>`(
  select json_agg(json_build_object('currency', t.currency, 'minor', t.minor::text) order by t.currency) from (
    select o.currency, sum(o.balance_minor) as minor from (
      select distinct on (i.receivable_id) i.currency, i.balance_minor from notice_items i
      where i.message_id = ${noticeMessages.id} and i.dropped_reason is null) o
    group by o.currency) t)`

const columns = {
  id: noticeMessages.id,
  kind: noticeMessages.kind,
  level: noticeMessages.level,
  planOn: noticeMessages.planOn,
  state: noticeMessages.state,
  reason: noticeMessages.reason,
  reasonParams: noticeMessages.reasonParams,
  subject: noticeMessages.subject,
  attempt: noticeMessages.attempt,
  nextAttemptAt: noticeMessages.nextAttemptAt,
  sentAt: noticeMessages.sentAt,
  smtpResponse: noticeMessages.smtpResponse,
  updatedAt: noticeMessages.updatedAt,
  version: noticeMessages.version,
  messageId: noticeMessages.messageId,
  reviewedAt: noticeMessages.reviewedAt,
  reviewedBy: noticeMessages.reviewedBy,
  senderId: noticeMessages.senderId,
  senderName: users.name,
  senderAddress: noticeMessages.senderAddress,
  senderIsFallback: noticeMessages.senderIsFallback,
  customerId: customers.id,
  customerCode: customers.code,
  customerExternalId: customers.externalId,
  customerName: customers.name,
  recipientCount: sql<number>`(select count(*) from notice_recipients r where r.message_id = ${noticeMessages.id})`.mapWith(
    Number,
  ),
  itemCount:
    sql<number>`(select count(*) from notice_items i where i.message_id = ${noticeMessages.id} and i.dropped_reason is null)`.mapWith(
      Number,
    ),
  totals: totalsOf,
}

export function selectNotices(db: Querier) {
  return db
    .select(columns)
    .from(noticeMessages)
    .innerJoin(customers, eq(customers.id, noticeMessages.customerId))
    .leftJoin(users, eq(users.id, noticeMessages.senderId))
}

export type NoticeRow = Awaited<ReturnType<typeof selectNotices>>[number]

export function noticeOnWire(row: NoticeRow) {
  const waits = row.state === 'planned' || row.state === 'deferred'
  return {
    id: row.id,
    customer: { id: row.customerId, code: row.customerCode, externalId: row.customerExternalId, name: row.customerName },
    kind: row.kind,
    planOn: row.planOn,
    level: row.level,
    state: row.state,
    reason: row.reason as NoticeReasonCode | null,
    params: row.reasonParams ?? {},
    sender:
      row.senderId === null
        ? null
        : { user: { id: row.senderId, name: row.senderName ?? '' }, address: row.senderAddress, fallback: row.senderIsFallback },
    recipientCount: row.recipientCount,
    itemCount: row.itemCount,
    totals: (row.totals ?? []).map(({ currency, minor }) => ({ currency, amount: formatAmount(BigInt(minor), currency) })),
    subject: row.subject,
    attempt: row.attempt,
    nextAttemptAt: waits ? (row.nextAttemptAt?.toISOString() ?? null) : null,
    sentAt: row.sentAt?.toISOString() ?? null,
    smtpResponse: row.smtpResponse,
    updatedAt: row.updatedAt.toISOString(),
    version: row.version,
  }
}

async function pageOfNotices(ctx: AppContext, condition: SQL | undefined, input: PageInput) {
  const sort = input.sort ?? '-planOn'
  const descending = sort.startsWith('-')
  const keys = [
    { column: noticeMessages.planOn, type: 'date' },
    { column: noticeMessages.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await selectNotices(ctx.db)
    .where(and(condition, keysetAfter(input.cursor, sort, keys, descending)))
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(rows, limit, noticeOnWire, (row) => encodeCursor(sort, [row.planOn, row.id]))
}

/** The queue of notices in the viewer's reach. Refuses `not-allowed`, `cursor-invalid`. */
export async function listNotices(ctx: AppContext, viewer: Viewer, input: PageInput & QueueFilters) {
  requireSeeNotices(viewer)
  return pageOfNotices(ctx, conditionOf(viewer, input), input)
}

/** A customer's notices in the viewer's reach, newest first; without a permission. Refuses `not-found`, `cursor-invalid`. */
export async function listNoticesOfCustomer(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  input: PageInput & { state?: NoticeState | undefined; group?: NoticeGroup | undefined },
) {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const { state, group, q } = input
  return pageOfNotices(ctx, conditionOf(viewer, { customerId, state, group, q }), input)
}

/** How many notices stand in each state and for which reason. Refuses `not-allowed`. */
export async function summariseNotices(ctx: AppContext, viewer: Viewer, filters: QueueFilters) {
  requireSeeNotices(viewer)
  const rows = await ctx.db
    .select({ state: noticeMessages.state, reason: noticeMessages.reason, count: sql<number>`count(*)`.mapWith(Number) })
    .from(noticeMessages)
    .innerJoin(customers, eq(customers.id, noticeMessages.customerId))
    .where(conditionOf(viewer, filters))
    .groupBy(noticeMessages.state, noticeMessages.reason)
    .orderBy(noticeMessages.state, noticeMessages.reason)
  const countOf = (group: NoticeGroup) =>
    rows.reduce((sum, row) => ((noticeGroups[group] as readonly string[]).includes(row.state) ? sum + row.count : sum), 0)
  return {
    groups: {
      held: countOf('held'),
      scheduled: countOf('scheduled'),
      sending: countOf('sending'),
      sent: countOf('sent'),
      failed: countOf('failed'),
      uncertain: countOf('uncertain'),
      cancelled: countOf('cancelled'),
    },
    states: rows.map(({ state, reason, count }) => ({ state, reason: reason as NoticeReasonCode | null, count })),
  }
}
