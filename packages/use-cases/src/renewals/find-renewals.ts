import type { Querier } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { followUps } from '@cartera/db/schema/follow-ups'
import { products } from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import { renewalPurchases, renewals } from '@cartera/db/schema/renewals'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import { formatAmount } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { openingDay } from '@cartera/domain/renewals/renewal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { type Company, findCompany } from '../company/company-settings.ts'
import { likeEscaped } from '../customers/search-customers.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { mayRestore } from '../interests/find-interests.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'

export interface RenewalFilters {
  q?: string | undefined
  customerId?: string | undefined
  productId?: string | undefined
  ownerId?: string | undefined
  branchId?: string | undefined
  departmentId?: string | undefined
  followUpId?: string | undefined
  state?: 'active' | 'ended' | 'all' | undefined
  from?: string | undefined
  to?: string | undefined
}

/** The renewals that exist for a viewer, deleted ones too: the owner stands within their scope now, and they see the customer. Over `renewals` joined with `customers`. */
export const reachedRenewal = (viewer: Viewer): SQL | undefined =>
  and(visibleTo(accessScopeOf(viewer), renewals.ownerId), visibleCustomer(viewer))

const endedBy = alias(users, 'ended_by')

function select(db: Querier, viewer: Viewer) {
  return db
    .select({
      renewal: renewals,
      customer: { id: customers.id, code: customers.code, name: customers.name },
      product: { id: products.id, code: products.code, name: products.name },
      owner: { id: users.id, name: users.name },
      endedBy: { id: endedBy.id, name: endedBy.name },
      followUp: { id: followUps.id, number: followUps.number, state: followUps.state },
      purchases:
        sql<number>`(select count(*) from ${renewalPurchases} where ${renewalPurchases.renewalId} = ${renewals.id})`.mapWith(
          Number,
        ),
    })
    .from(renewals)
    .innerJoin(customers, eq(customers.id, renewals.customerId))
    .innerJoin(products, eq(products.id, renewals.productId))
    .innerJoin(users, eq(users.id, renewals.ownerId))
    .leftJoin(endedBy, eq(endedBy.id, renewals.endedBy))
    .leftJoin(followUps, and(eq(followUps.id, renewals.followUpId), visibleTo(accessScopeOf(viewer), followUps.ownerId)))
    .$dynamic()
}

type Row = Awaited<ReturnType<typeof select>>[number]

function shown(viewer: Viewer, { renewal, ...row }: Row, company: Company, today: CalendarDay) {
  return {
    id: renewal.id,
    ...row,
    everyMonths: renewal.everyMonths,
    lastOn: renewal.lastOn,
    nextOn: renewal.nextOn,
    overdue: renewal.state === 'active' && renewal.nextOn < today,
    quantity: renewal.quantity,
    amount:
      renewal.amountMinor === null || renewal.currency === null ? null : formatAmount(renewal.amountMinor, renewal.currency),
    currency: renewal.currency,
    note: renewal.note,
    leadDays: renewal.leadDays,
    opensOn: openingDay(renewal.nextOn, renewal.leadDays ?? company.renewalLeadDays),
    state: renewal.state,
    endReason: renewal.endReason,
    endedAt: renewal.endedAt?.toISOString() ?? null,
    deletedAt: renewal.deletedAt?.toISOString() ?? null,
    mayRestore: renewal.deletedAt !== null && mayRestore(viewer, renewal.deletedBy),
    version: renewal.version,
  }
}

function conditions(viewer: Viewer, input: RenewalFilters): SQL | undefined {
  const key = searchKey(input.q ?? '')
  const state = input.state ?? 'active'
  return and(
    reachedRenewal(viewer),
    input.customerId === undefined ? undefined : eq(renewals.customerId, input.customerId),
    input.productId === undefined ? undefined : eq(renewals.productId, input.productId),
    input.ownerId === undefined ? undefined : eq(renewals.ownerId, input.ownerId),
    input.branchId === undefined ? undefined : eq(users.branchId, input.branchId),
    input.departmentId === undefined ? undefined : eq(users.departmentId, input.departmentId),
    input.followUpId === undefined ? undefined : eq(followUps.id, input.followUpId),
    state === 'all' ? undefined : eq(renewals.state, state),
    input.from === undefined ? undefined : sql`${renewals.nextOn} >= ${input.from}::date`,
    input.to === undefined ? undefined : sql`${renewals.nextOn} <= ${input.to}::date`,
    key === '' ? undefined : sql`${customers.searchText} like ${`%${likeEscaped(key)}%`}`,
  )
}

/** What comes up for renewal, of the owners in the viewer's scope; with `deleted` those that they may restore. */
export async function listRenewals(
  ctx: AppContext,
  viewer: Viewer,
  input: PageInput & RenewalFilters & { deleted?: boolean | undefined },
) {
  const sort = input.sort ?? 'nextOn'
  const descending = sort.startsWith('-')
  const keys = [
    { column: renewals.nextOn, type: 'date' },
    { column: renewals.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const company = await findCompany(ctx.db)
  const today = dayOfInstant(ctx.now(), company.timeZone)
  const rows = await select(ctx.db, viewer)
    .where(
      and(
        conditions(viewer, input),
        input.deleted
          ? and(isNotNull(renewals.deletedAt), viewer.level === 1 ? undefined : eq(renewals.deletedBy, viewer.userId))
          : isNull(renewals.deletedAt),
        keysetAfter(input.cursor, sort, keys, descending),
      ),
    )
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => shown(viewer, row, company, today),
    (row) => encodeCursor(sort, [row.renewal.nextOn, row.renewal.id]),
  )
}

/** One renewal as the viewer sees it. Refuses `not-found`. */
export async function readRenewal(db: Querier, ctx: AppContext, viewer: Viewer, renewalId: string) {
  const company = await findCompany(db)
  const [row] = await select(db, viewer).where(
    and(eq(renewals.id, renewalId), isNull(renewals.deletedAt), reachedRenewal(viewer)),
  )
  if (!row) throw new Refusal('not-found')
  return shown(viewer, row, company, dayOfInstant(ctx.now(), company.timeZone))
}
