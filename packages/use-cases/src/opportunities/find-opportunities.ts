import type { Querier } from '@cartera/db/connect'
import { unaccented } from '@cartera/db/schema/columns'
import { contacts, customers } from '@cartera/db/schema/customers'
import { interactions, interactionTopics, products } from '@cartera/db/schema/interactions'
import { opportunities, opportunityLossReasons, opportunityProducts, opportunityStages } from '@cartera/db/schema/opportunities'
import { users } from '@cartera/db/schema/organisation'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import { formatAmount } from '@cartera/domain/money'
import { productTotals, weightedMinor } from '@cartera/domain/opportunities/opportunity'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, asc, eq, exists, inArray, isNotNull, isNull, ne, or, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { companyToday } from '../company/company-settings.ts'
import { likeEscaped } from '../customers/search-customers.ts'
import { mayRestore } from '../interests/find-interests.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { reachedOpportunity, visibleOpportunity } from './visible-opportunity.ts'

interface BoardFilters {
  q?: string | undefined
  customerId?: string | undefined
  productId?: string | undefined
  ownerId?: string | undefined
  branchId?: string | undefined
  departmentId?: string | undefined
  from?: string | undefined
  to?: string | undefined
}
interface OpportunityFilters extends BoardFilters {
  stageId?: string | undefined
  state?: 'open' | 'won' | 'lost' | 'closed' | 'all' | undefined
}

function select(db: Querier) {
  return db
    .select({
      opportunity: opportunities,
      customer: { id: customers.id, code: customers.code, name: customers.name },
      contact: { id: contacts.id, name: contacts.name },
      owner: { id: users.id, name: users.name },
      stage: { id: opportunityStages.id, name: opportunityStages.name },
      lossReason: { id: opportunityLossReasons.id, name: opportunityLossReasons.name },
    })
    .from(opportunities)
    .innerJoin(customers, eq(customers.id, opportunities.customerId))
    .innerJoin(opportunityStages, eq(opportunityStages.id, opportunities.stageId))
    .innerJoin(users, eq(users.id, opportunities.ownerId))
    .leftJoin(contacts, eq(contacts.id, opportunities.contactId))
    .leftJoin(opportunityLossReasons, eq(opportunityLossReasons.id, opportunities.lossReasonId))
    .$dynamic()
}
type Row = Awaited<ReturnType<typeof select>>[number]

const weightOf = ({ state, amountMinor, probability }: Row['opportunity']) =>
  state === 'open' ? weightedMinor(amountMinor, probability) : state === 'won' ? amountMinor : 0n

const shown = (viewer: Viewer, { opportunity: one, ...row }: Row, today: CalendarDay) => ({
  id: one.id,
  number: one.number,
  name: one.name,
  ...row,
  state: one.state,
  amount: formatAmount(one.amountMinor, one.currency),
  currency: one.currency,
  probability: one.probability,
  weighted: formatAmount(weightOf(one), one.currency),
  expectedOn: one.expectedOn,
  overdue: one.state === 'open' && one.expectedOn < today,
  source: one.source,
  closedOn: one.closedOn,
  closeNote: one.closeNote,
  createdAt: one.createdAt.toISOString(),
  deletedAt: one.deletedAt?.toISOString() ?? null,
  mayRestore: one.deletedAt !== null && mayRestore(viewer, one.deletedBy),
  version: one.version,
})

function conditions(viewer: Viewer, db: Querier, input: OpportunityFilters): SQL | undefined {
  const key = searchKey(input.q ?? '')
  const like = `%${likeEscaped(key)}%`
  const state = input.state ?? 'open'
  return and(
    reachedOpportunity(viewer),
    input.customerId === undefined ? undefined : eq(opportunities.customerId, input.customerId),
    input.ownerId === undefined ? undefined : eq(opportunities.ownerId, input.ownerId),
    input.branchId === undefined ? undefined : eq(users.branchId, input.branchId),
    input.departmentId === undefined ? undefined : eq(users.departmentId, input.departmentId),
    input.stageId === undefined ? undefined : eq(opportunities.stageId, input.stageId),
    input.productId === undefined
      ? undefined
      : exists(
          db
            .select({ one: sql`1` })
            .from(opportunityProducts)
            .where(
              and(eq(opportunityProducts.opportunityId, opportunities.id), eq(opportunityProducts.productId, input.productId)),
            ),
        ),
    state === 'all' ? undefined : state === 'closed' ? ne(opportunities.state, 'open') : eq(opportunities.state, state),
    input.from === undefined ? undefined : sql`${opportunities.expectedOn} >= ${input.from}::date`,
    input.to === undefined ? undefined : sql`${opportunities.expectedOn} <= ${input.to}::date`,
    key === ''
      ? undefined
      : or(
          sql`${customers.searchText} like ${like}`,
          sql`${unaccented('opportunities.name')} like ${like}`,
          sql`${opportunities.number}::text = ${key.replace('#', '')}`,
        ),
  )
}

const byDay = [
  { column: opportunities.expectedOn, type: 'date' },
  { column: opportunities.id, type: 'uuid' },
] as const
const byNumber = [{ column: opportunities.number, type: 'integer' }] as const

/** The opportunities under the filters, of the owners in the viewer's scope; with `deleted` those that they may restore. */
export async function listOpportunities(
  ctx: AppContext,
  viewer: Viewer,
  input: PageInput & OpportunityFilters & { deleted?: boolean | undefined },
) {
  const sort = input.sort ?? 'expectedOn'
  const descending = sort.startsWith('-')
  const keys = sort.endsWith('number') ? byNumber : byDay
  const limit = input.limit ?? defaultPageSize
  const today = await companyToday(ctx)
  const rows = await select(ctx.db)
    .where(
      and(
        conditions(viewer, ctx.db, input),
        input.deleted
          ? and(isNotNull(opportunities.deletedAt), viewer.level === 1 ? undefined : eq(opportunities.deletedBy, viewer.userId))
          : isNull(opportunities.deletedAt),
        keysetAfter(input.cursor, sort, keys, descending),
      ),
    )
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => shown(viewer, row, today),
    (row) => encodeCursor(sort, keys === byNumber ? [row.opportunity.number] : [row.opportunity.expectedOn, row.opportunity.id]),
  )
}

// Weighted as each one is shown: rounded one by one, so that what is listed adds up.
const weighted = sql`case ${opportunities.state} when 'won' then ${opportunities.amountMinor} when 'lost' then 0
  else div(${opportunities.amountMinor}::numeric * ${opportunities.probability} + 50, 100) end`

async function sumsOf(db: Querier, viewer: Viewer, input: OpportunityFilters) {
  const rows = await db
    .select({
      stageId: opportunities.stageId,
      currency: opportunities.currency,
      count: sql`count(*)`.mapWith(Number),
      amount: sql<string>`sum(${opportunities.amountMinor})::text`,
      weighted: sql<string>`sum(${weighted})::text`,
    })
    .from(opportunities)
    .innerJoin(customers, eq(customers.id, opportunities.customerId))
    .innerJoin(users, eq(users.id, opportunities.ownerId))
    .where(and(conditions(viewer, db, input), isNull(opportunities.deletedAt)))
    .groupBy(opportunities.stageId, opportunities.currency)
    .orderBy(asc(opportunities.currency))
  return rows.map((row) => ({ ...row, amount: BigInt(row.amount), weighted: BigInt(row.weighted) }))
}
type Sum = Awaited<ReturnType<typeof sumsOf>>[number]

function perCurrency(rows: readonly Sum[]) {
  const sums = new Map<string, { count: number; amount: bigint; weighted: bigint }>()
  for (const row of rows) {
    const sum = sums.get(row.currency) ?? { count: 0, amount: 0n, weighted: 0n }
    sums.set(row.currency, {
      count: sum.count + row.count,
      amount: sum.amount + row.amount,
      weighted: sum.weighted + row.weighted,
    })
  }
  return [...sums].map(([currency, sum]) => ({
    currency,
    count: sum.count,
    amount: formatAmount(sum.amount, currency),
    weighted: formatAmount(sum.weighted, currency),
  }))
}

/** What the opportunities under the filters come to, per currency. */
export async function totalOpportunities(ctx: AppContext, viewer: Viewer, input: OpportunityFilters) {
  return { items: perCurrency(await sumsOf(ctx.db, viewer, input)) }
}

const perColumn = 20

/** The open opportunities under the filters by stage, the nearest of each column; stages that are switched off only while something stands in them. */
export async function opportunityBoard(ctx: AppContext, viewer: Viewer, input: BoardFilters) {
  const filters = { ...input, state: 'open' as const }
  const [stages, sums, today] = await Promise.all([
    ctx.db.select().from(opportunityStages).orderBy(asc(opportunityStages.position), asc(opportunityStages.name)),
    sumsOf(ctx.db, viewer, filters),
    companyToday(ctx),
  ])
  const ranked = ctx.db
    .select({
      id: opportunities.id,
      rank: sql<number>`row_number() over (partition by ${opportunities.stageId} order by ${opportunities.expectedOn}, ${opportunities.id})`.as(
        'rank',
      ),
    })
    .from(opportunities)
    .innerJoin(customers, eq(customers.id, opportunities.customerId))
    .innerJoin(users, eq(users.id, opportunities.ownerId))
    .where(and(conditions(viewer, ctx.db, filters), isNull(opportunities.deletedAt)))
    .as('ranked')
  const rows = await select(ctx.db)
    .innerJoin(ranked, and(eq(ranked.id, opportunities.id), sql`${ranked.rank} <= ${perColumn}`))
    .orderBy(asc(opportunities.expectedOn), asc(opportunities.id))
  return {
    columns: stages.flatMap((stage) => {
      const own = sums.filter((sum) => sum.stageId === stage.id)
      if (!stage.active && own.length === 0) return []
      const items = rows.filter((row) => row.opportunity.stageId === stage.id)
      const count = own.reduce((all, sum) => all + sum.count, 0)
      const last = items.at(-1)?.opportunity
      return [
        {
          stage: { id: stage.id, name: stage.name, probability: stage.probability, active: stage.active },
          count,
          sums: perCurrency(own),
          items: items.map((row) => shown(viewer, row, today)),
          nextCursor: last && count > items.length ? encodeCursor('expectedOn', [last.expectedOn, last.id]) : null,
        },
      ]
    }),
  }
}

/** One opportunity with its products, as the viewer sees it. Refuses `not-found`. */
export async function readOpportunity(db: Querier, ctx: AppContext, viewer: Viewer, opportunityId: string) {
  const [row] = await select(db).where(and(eq(opportunities.id, opportunityId), visibleOpportunity(viewer)))
  if (!row) throw new Refusal('not-found')
  const one = row.opportunity
  const lines = await db
    .select({
      line: opportunityProducts,
      product: { id: products.id, name: products.name, code: products.code, unit: products.unit },
    })
    .from(opportunityProducts)
    .innerJoin(products, eq(products.id, opportunityProducts.productId))
    .where(eq(opportunityProducts.opportunityId, one.id))
    .orderBy(asc(opportunityProducts.position))
  const people = await db
    .select({ id: users.id, name: users.name })
    .from(users)
    .where(
      inArray(
        users.id,
        [one.createdBy, one.closedBy].filter((each) => each !== null),
      ),
    )
  const person = (userId: string | null) => people.find((each) => each.id === userId) ?? null
  const [interaction] =
    one.interactionId === null
      ? []
      : await db
          .select({ id: interactions.id, number: interactions.number, topic: interactionTopics.name })
          .from(interactions)
          .innerJoin(interactionTopics, eq(interactionTopics.id, interactions.topicId))
          .where(
            and(
              eq(interactions.id, one.interactionId),
              isNull(interactions.deletedAt),
              visibleTo(accessScopeOf(viewer), interactions.ownerId),
            ),
          )
  const amounts = productTotals(lines.map(({ line }) => line))?.lines ?? []
  return {
    ...shown(viewer, row, await companyToday(ctx)),
    description: one.description,
    products: lines.map(({ line, product }, at) => ({
      product,
      description: line.description,
      quantity: plainDecimal(line.quantity),
      unitPrice: formatAmount(line.unitPriceMinor, one.currency),
      discountPercent: plainDecimal(line.discountPercent),
      amount: formatAmount(amounts[at] ?? 0n, one.currency),
    })),
    interaction: interaction ?? null,
    createdBy: person(one.createdBy),
    closedBy: person(one.closedBy),
  }
}

/** A stored decimal without the zeros that its column adds: `2.5000` is 2.5. */
const plainDecimal = (value: string) => (value.includes('.') ? value.replace(/\.?0{1,4}$/, '') : value)
