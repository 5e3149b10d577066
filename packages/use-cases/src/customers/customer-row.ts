import type { Querier } from '@cartera/db/connect'
import { contacts, customerGroups, customerImages, customers, notes } from '@cartera/db/schema/customers'
import { branches, users } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { type CalendarDay, dayOfInstant, daysBetween } from '@cartera/domain/calendar-day'
import { creditHoldOf } from '@cartera/domain/credit/credit-hold'
import { taxIdTypes } from '@cartera/domain/customers/tax-id'
import { formatAmount } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { type Company, findCompany } from '../company/company-settings.ts'
import { type Customer, visibleCustomer } from './visible-customer.ts'

export const preferredAgents = alias(users, 'preferred_agent')
export const collectionsAgents = alias(users, 'collections_agent')

/** Open balances of one currency, as PostgreSQL answers them: minor units as text, exact. */
interface OpenBalance {
  currency: string
  balance: string
  overdue: string
  oldest: string
}

/** What the row of a list and the single read have in common; the query must join the names below. */
export const listedColumns = (today: CalendarDay) => ({
  customer: customers,
  branchName: branches.name,
  groupName: customerGroups.name,
  preferredName: preferredAgents.name,
  collectionsName: collectionsAgents.name,
  // Not joined: asked for the rows of a page alone.
  imageHash: sql<
    string | null
  >`(select ${customerImages.hash} from ${customerImages} where ${customerImages.customerId} = ${customers.id})`,
  balances: sql<OpenBalance[]>`(
    select coalesce(json_agg(b order by b.currency), '[]'::json) from (
      select ${receivables.currency} as currency, sum(${receivables.balanceMinor})::text as balance,
             coalesce(sum(${receivables.balanceMinor}) filter (where ${receivables.dueOn} < ${today}::date), 0)::text as overdue,
             min(${receivables.dueOn})::text as oldest
      from ${receivables} where ${receivables.customerId} = ${customers.id} and ${receivables.balanceMinor} > 0
      group by ${receivables.currency}) b)`,
})

interface ListedRow {
  customer: Customer
  branchName: string | null
  groupName: string | null
  preferredName: string | null
  collectionsName: string | null
  imageHash: string | null
  balances: OpenBalance[]
}

const referenceOf = (id: string | null, name: string | null) => (id === null || name === null ? null : { id, name })

/** The oldest due date that is past, or null. */
function oldestOverdueOn(row: ListedRow, today: CalendarDay): CalendarDay | null {
  const oldest = row.balances
    .map((each) => each.oldest)
    .sort()
    .at(0)
  return oldest !== undefined && oldest < today ? oldest : null
}

/** The credit hold of a listed customer: by hand, limit passed (in the limit's currency), or overdue beyond the tolerance. */
function holdOf(row: ListedRow, company: Company, today: CalendarDay) {
  const { creditHoldReason, creditLimitMinor, creditCurrency } = row.customer
  const inLimitCurrency = row.balances.find((each) => each.currency === (creditCurrency ?? company.currency))
  const oldest = oldestOverdueOn(row, today)
  const hold = creditHoldOf({
    manualReason: creditHoldReason,
    limitMinor: creditLimitMinor,
    balanceMinor: BigInt(inLimitCurrency?.balance ?? 0),
    oldestOverdueDays: oldest === null ? 0 : daysBetween(oldest, today),
    toleranceDays: company.creditToleranceDays,
  })
  return { ...hold, note: hold.reason === 'manual' ? creditHoldReason : null }
}

/** A customer as lists show it. */
export function toListedCustomer(row: ListedRow, company: Company, today: CalendarDay) {
  const { customer } = row
  return {
    id: customer.id,
    code: customer.code,
    name: customer.name,
    tradeName: customer.tradeName,
    kind: customer.kind,
    taxId: customer.taxId,
    email: customer.email,
    phone: customer.phone,
    mobile: customer.mobile,
    city: customer.city,
    customerType: customer.customerType,
    custom: customer.custom,
    imageHash: row.imageHash,
    status: customer.status,
    branch: referenceOf(customer.branchId, row.branchName),
    group: referenceOf(customer.groupId, row.groupName),
    preferredAgent: referenceOf(customer.preferredAgentId, row.preferredName),
    collectionsAgent: referenceOf(customer.collectionsAgentId, row.collectionsName),
    creditHold: holdOf(row, company, today),
    balances: row.balances.map((each) => ({
      currency: each.currency,
      balance: formatAmount(BigInt(each.balance), each.currency),
      overdue: formatAmount(BigInt(each.overdue), each.currency),
    })),
  }
}

/**
 * The customer whole, as its profile and every write answer it; of one that was merged the customer that survived, whose id tells. `not-found` where the
 * viewer does not see it.
 */
export async function readCustomer(ctx: AppContext, viewer: Viewer, customerId: string) {
  const survivor = sql`(select l.merged_into_id from customers l where l.id = ${customerId})`
  return readWhere(
    ctx,
    ctx.db,
    viewer,
    and(sql`${customers.id} = coalesce(${survivor}, ${customerId}::uuid)`, visibleCustomer(viewer)),
  )
}

/** The same for one that the viewer has just written: also when the change took it out of their sight. */
export async function readWrittenCustomer(ctx: AppContext, db: Querier, viewer: Viewer, customerId: string) {
  return readWhere(ctx, db, viewer, eq(customers.id, customerId))
}

async function readWhere(ctx: AppContext, db: Querier, viewer: Viewer, where: ReturnType<typeof and>) {
  const company = await findCompany(db)
  const today = dayOfInstant(ctx.now(), company.timeZone)
  const holders = alias(users, 'credit_hold_by')
  const seenNotes = visibleTo(accessScopeOf(viewer), notes.authorId)
  const [row] = await db
    .select({
      ...listedColumns(today),
      holderName: holders.name,
      noteCount: sql<number>`(select count(*)::int from ${notes} where ${and(
        sql`${notes.customerId} = ${customers.id}`,
        sql`${notes.deletedAt} is null`,
        seenNotes,
      )})`,
      contactCount: sql<number>`(select count(*)::int from ${contacts} where ${contacts.customerId} = ${customers.id} and ${contacts.deletedAt} is null)`,
    })
    .from(customers)
    .leftJoin(branches, eq(branches.id, customers.branchId))
    .leftJoin(customerGroups, eq(customerGroups.id, customers.groupId))
    .leftJoin(preferredAgents, eq(preferredAgents.id, customers.preferredAgentId))
    .leftJoin(collectionsAgents, eq(collectionsAgents.id, customers.collectionsAgentId))
    .leftJoin(holders, eq(holders.id, customers.creditHoldBy))
    .where(where)
  if (!row) throw new Refusal('not-found')
  const { customer } = row
  const oldest = oldestOverdueOn(row, today)
  return {
    ...toListedCustomer(row, company, today),
    externalId: customer.externalId,
    taxIdType: taxIdTypes.find((type) => type === customer.taxIdType) ?? null,
    contactPerson: customer.contactPerson,
    website: customer.website,
    address: customer.address,
    state: customer.state,
    country: customer.country,
    priority: customer.priority,
    economicActivity: customer.economicActivity,
    priceList: customer.priceList,
    taxable: customer.taxable,
    language: customer.language === 'en' ? ('en' as const) : ('es' as const),
    creditTerms: customer.creditTerms,
    creditDays: customer.creditDays,
    creditLimit:
      customer.creditLimitMinor === null
        ? null
        : formatAmount(customer.creditLimitMinor, customer.creditCurrency ?? company.currency),
    creditCurrency: customer.creditCurrency,
    ledgerAccount: customer.ledgerAccount,
    isSupplier: customer.isSupplier,
    supplierAccount: customer.supplierAccount,
    oldestOverdueOn: oldest,
    oldestOverdueDays: oldest === null ? 0 : daysBetween(oldest, today),
    creditHoldBy: referenceOf(customer.creditHoldBy, row.holderName),
    creditHoldAt: customer.creditHoldAt?.toISOString() ?? null,
    noteCount: row.noteCount,
    contactCount: row.contactCount,
    createdAt: customer.createdAt.toISOString(),
    updatedAt: customer.updatedAt.toISOString(),
    version: customer.version,
  }
}
