import { customers } from '@cartera/db/schema/customers'
import { followUps } from '@cartera/db/schema/follow-ups'
import { interactions, interactionTopics } from '@cartera/db/schema/interactions'
import { promises, receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { rankWork, type WorkFacts } from '@cartera/domain/agenda/work-rank'
import { addDays, dayOfInstant, daysBetween } from '@cartera/domain/calendar-day'
import { formatAmount } from '@cartera/domain/money'
import { and, asc, eq, gte, inArray, isNotNull, isNull, lt, or, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { startOf } from '../follow-ups/list-follow-ups.ts'
import { followUpItem, selectFollowUps, visibleFollowUp } from '../follow-ups/visible-follow-ups.ts'

/** More than anybody does in a day; what is beyond is counted. */
const mostItems = 200
/** A promise that was broken longer ago than this weighs no more than other overdue money. */
const brokenPromiseDays = 14

/** The viewer's own work of today, ranked and explained: active follow-ups that are due until the end of the day, and messages that wait. */
export async function findMyDay(ctx: AppContext, viewer: Viewer) {
  const { timeZone } = await findCompany(ctx.db)
  const now = ctx.now()
  const today = dayOfInstant(now, timeZone)
  const mine = and(
    visibleFollowUp(viewer),
    eq(followUps.ownerId, viewer.userId),
    sql`${followUps.state} = 'active'`,
    lt(followUps.dueAt, startOf(addDays(today, 1), timeZone)),
  )
  const rows = await selectFollowUps(ctx.db).where(mine).orderBy(asc(followUps.dueAt), asc(followUps.id)).limit(mostItems)
  const [all] = await ctx.db
    .select({ count: sql<number>`count(*)`.mapWith(Number) })
    .from(followUps)
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(mine)
  const messages = await ctx.db
    .select({
      id: interactions.id,
      number: interactions.number,
      topic: interactionTopics.name,
      since: interactions.unansweredSince,
      customerId: customers.id,
      customerName: customers.name,
      customerCode: customers.code,
    })
    .from(interactions)
    .innerJoin(customers, eq(customers.id, interactions.customerId))
    .innerJoin(interactionTopics, eq(interactionTopics.id, interactions.topicId))
    .where(
      and(
        isNotNull(interactions.unansweredSince),
        isNull(interactions.deletedAt),
        eq(interactions.ownerId, viewer.userId),
        visibleCustomer(viewer),
      ),
    )
    .orderBy(asc(interactions.unansweredSince), asc(interactions.id))
    .limit(50)

  const customerIds = [...new Set([...rows.map((row) => row.customerId), ...messages.map((row) => row.customerId)])]
  const facts = await factsOf(ctx, customerIds, today)
  const of = (customerId: string) => facts.get(customerId) ?? nothing

  const work = [
    ...rows.map((row) => {
      const { overdue, promiseBroken, promiseDueOn, creditHold } = of(row.customerId)
      return {
        id: row.id,
        dueAt: row.dueAt,
        facts: {
          kind: 'follow-up',
          daysLate: Math.max(0, daysBetween(dayOfInstant(row.dueAt, timeZone), today)),
          due: row.dueAt <= now,
          priority: row.priority,
          overdue,
          promiseBroken,
          promiseInDays: promiseDueOn === null ? null : daysBetween(today, promiseDueOn),
          creditHold,
        } satisfies WorkFacts as WorkFacts,
        number: row.number,
        subject: row.subject,
        customer: { id: row.customerId, name: row.customerName, code: row.customerCode },
        followUp: followUpItem(row, now),
      }
    }),
    ...messages.map((row) => {
      const since = row.since ?? now
      const { overdue, promiseBroken, creditHold } = of(row.customerId)
      return {
        id: row.id,
        dueAt: since,
        facts: {
          kind: 'message',
          daysLate: Math.max(0, daysBetween(dayOfInstant(since, timeZone), today)),
          due: true,
          priority: 'normal',
          overdue,
          promiseBroken,
          promiseInDays: null,
          creditHold,
        } satisfies WorkFacts as WorkFacts,
        number: row.number,
        subject: row.topic,
        customer: { id: row.customerId, name: row.customerName, code: row.customerCode },
        followUp: null,
      }
    }),
  ]
  return {
    today,
    count: (all?.count ?? 0) + messages.length,
    items: rankWork(work)
      .slice(0, mostItems)
      .map(({ facts: { kind, overdue, creditHold }, dueAt, ...item }) => ({
        ...item,
        kind,
        dueAt: dueAt.toISOString(),
        creditHold,
        subject: item.subject.slice(0, 200),
        overdue: overdue.map(({ currency, amountMinor }) => ({ currency, amount: formatAmount(amountMinor, currency) })),
      })),
  }
}

interface CustomerFacts {
  overdue: { currency: string; amountMinor: bigint }[]
  promiseBroken: boolean
  promiseDueOn: string | null
  creditHold: boolean
}
const nothing: CustomerFacts = { overdue: [], promiseBroken: false, promiseDueOn: null, creditHold: false }

/** What these customers owe that is overdue, what they promised, and whether they get credit: read once for all of them. */
async function factsOf(ctx: AppContext, ids: readonly string[], today: string): Promise<Map<string, CustomerFacts>> {
  const found = new Map<string, CustomerFacts>()
  if (ids.length === 0) return found
  const held = await ctx.db
    .select({ id: customers.id, reason: customers.creditHoldReason })
    .from(customers)
    .where(inArray(customers.id, [...ids]))
  for (const { id, reason } of held) found.set(id, { ...nothing, overdue: [], creditHold: reason !== null })
  const owed = await ctx.db
    .select({
      id: receivables.customerId,
      currency: receivables.currency,
      minor: sql<bigint>`sum(${receivables.balanceMinor})`.mapWith((value) => BigInt(value)),
    })
    .from(receivables)
    .where(and(inArray(receivables.customerId, [...ids]), lt(receivables.dueOn, today), sql`${receivables.balanceMinor} > 0`))
    .groupBy(receivables.customerId, receivables.currency)
    .orderBy(asc(receivables.currency))
  for (const { id, currency, minor } of owed) found.get(id)?.overdue.push({ currency, amountMinor: minor })
  const promised = await ctx.db
    .select({ id: promises.customerId, state: promises.state, dueOn: promises.dueOn })
    .from(promises)
    .where(
      and(
        inArray(promises.customerId, [...ids]),
        or(
          eq(promises.state, 'open'),
          and(eq(promises.state, 'broken'), gte(promises.graceUntil, addDays(today, -brokenPromiseDays))),
        ),
      ),
    )
    .orderBy(asc(promises.dueOn))
  for (const { id, state, dueOn } of promised) {
    const customer = found.get(id)
    if (!customer) continue
    if (state === 'broken') customer.promiseBroken = true
    else customer.promiseDueOn ??= dueOn
  }
  return found
}
