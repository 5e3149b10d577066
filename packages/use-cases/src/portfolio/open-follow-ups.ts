import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { followUps, followUpTypes } from '@cartera/db/schema/follow-ups'
import { accessProfiles, users } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import { visibleTo } from '@cartera/db/visible-to'
import { type AccessLevel, accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { type CustomerStatus, newFollowUpRefusal } from '@cartera/domain/customers/customer-status'
import { formatAmount, totalsByCurrency } from '@cartera/domain/money'
import { spreadOwners } from '@cartera/domain/portfolio/spread-owners'
import { Refusal } from '@cartera/domain/refusal'
import { and, count, eq, inArray, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordAudits } from '../audit.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { chosenDueInstant } from '../follow-ups/write-follow-up.ts'
import { portfolioDay } from './find-portfolio.ts'
import { type PortfolioDay, type PortfolioSelection, selectionConditions } from './portfolio-filters.ts'

/** The most customers whose follow-ups are opened in one step: one transaction of seconds, not of minutes. */
export const mostCustomersAtOnce = 5000
/** What one follow-up is linked with at most, the oldest first. */
const mostReceivables = 200

export interface OpenFollowUpsInput extends PortfolioSelection {
  typeId: string
  subject: string
  description?: string | null | undefined
  priority?: 'low' | 'normal' | 'high' | undefined
  channel?: 'call' | 'email' | 'visit' | 'message' | 'other' | undefined
  dueOn: string
  dueTime: string
  /** Each customer's collections agent, or these people, spread by what they have to do already. */
  owners: { mode: 'collections-agent' } | { mode: 'spread'; userIds: readonly string[] }
}

export type SkipReason = 'customer-inactive' | 'active-follow-up' | 'no-agent' | 'agent-out-of-reach' | 'owner-cannot-see'

interface Debtor {
  customerId: string
  code: string
  name: string
  status: CustomerStatus
  agentId: string | null
  receivableIds: string[]
  owed: { currency: string; amountMinor: bigint }[]
}

/**
 * Starts the follow-ups of a selection in one step: one per customer, with its receivables linked, in one transaction. Who has an active follow-up of the
 * same type, or on one of these receivables, is skipped: so the same step twice opens none twice, also when two people take it at the same time. With
 * `dryRun` it only says what it would do. Refuses `too-many-customers`, `reference-unknown` at `typeId` and `owners`, `due-time-does-not-exist`, `due-out-of-range`.
 */
export async function openFollowUps(ctx: AppContext, viewer: Viewer, input: OpenFollowUpsInput, options: { dryRun: boolean }) {
  const day = await portfolioDay(ctx)
  const dueAt = chosenDueInstant(ctx, input.dueOn, input.dueTime, day.timeZone)
  return ctx.db.transaction(async (tx) => {
    if (!options.dryRun) await tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera open follow-ups'))`)
    const [type] = await tx
      .select({ id: followUpTypes.id })
      .from(followUpTypes)
      .where(and(eq(followUpTypes.id, input.typeId), eq(followUpTypes.active, true)))
      .for('key share')
    if (!type) throw new Refusal('reference-unknown', { field: 'typeId' })
    const debtors = await findSelected(tx, viewer, input, day)
    const skipped = new Map<string, SkipReason>()
    for (const id of await withActiveFollowUp(tx, type.id, debtors)) skipped.set(id, 'active-follow-up')
    for (const { customerId, status } of debtors) {
      const refusal = newFollowUpRefusal(status)
      if (refusal) skipped.set(customerId, refusal)
    }
    const free = debtors.filter((debtor) => !skipped.has(debtor.customerId))
    const owners =
      input.owners.mode === 'spread'
        ? await spread(tx, viewer, input.owners.userIds, free)
        : await collectionsAgents(tx, viewer, free)
    const work = free.flatMap((debtor, index) => {
      const owner = owners[index]
      if (owner === undefined || typeof owner === 'string') {
        skipped.set(debtor.customerId, owner ?? 'no-agent')
        return []
      }
      return [{ debtor, ownerId: owner.userId, id: v7() }]
    })
    if (!options.dryRun) await write(tx, ctx, viewer, input, dueAt, work)
    return summary(tx, debtors, skipped, work, options.dryRun)
  })
}

/** The selected receivables by customer, those who owe most first. */
async function findSelected(
  tx: Transaction,
  viewer: Viewer,
  selection: PortfolioSelection,
  day: PortfolioDay,
): Promise<Debtor[]> {
  const condition = selectionConditions(viewer, selection, day)
  const { rows: counted } = await tx.execute<{ customers: string }>(sql`
    select count(distinct ${receivables.customerId})::text as customers
    from ${receivables} join ${customers} on ${customers.id} = ${receivables.customerId} where ${condition}`)
  const found = Number(counted[0]?.customers ?? 0)
  if (found > mostCustomersAtOnce) throw new Refusal('too-many-customers', { params: { count: found, max: mostCustomersAtOnce } })
  const { rows } = await tx.execute<{
    customer_id: string
    code: string
    name: string
    status: CustomerStatus
    agent_id: string | null
    ids: string[]
    owed: { currency: string; sum: string }[]
  }>(sql`
    select s.customer_id, max(s.code) as code, max(s.name) as name, max(s.status) as status, (array_agg(s.agent_id))[1] as agent_id,
           (array_agg(s.id order by s.due_on, s.id))[1:${sql.raw(String(mostReceivables))}] as ids,
           (select jsonb_agg(jsonb_build_object('currency', o.currency, 'sum', o.sum::text) order by o.currency)
            from (select u.currency, sum(u.balance) as sum from unnest(array_agg(s.currency::text), array_agg(s.balance_minor)) as u(currency, balance)
                  group by u.currency) o) as owed
    from (select ${receivables.id} as id, ${receivables.customerId} as customer_id, ${customers.code} as code, ${customers.name} as name, ${customers.status} as status,
                 ${customers.collectionsAgentId} as agent_id, ${receivables.dueOn} as due_on, ${receivables.currency} as currency,
                 ${receivables.balanceMinor} as balance_minor
          from ${receivables} join ${customers} on ${customers.id} = ${receivables.customerId} where ${condition}) s
    group by s.customer_id order by sum(s.balance_minor) desc, s.customer_id`)
  return rows.map((row) => ({
    customerId: row.customer_id,
    code: row.code,
    name: row.name,
    status: row.status,
    agentId: row.agent_id,
    receivableIds: row.ids,
    owed: row.owed.map((one) => ({ currency: one.currency, amountMinor: BigInt(one.sum) })),
  }))
}

async function withActiveFollowUp(tx: Transaction, typeId: string, debtors: readonly Debtor[]): Promise<string[]> {
  if (debtors.length === 0) return []
  const { rows } = await tx.execute<{ customer_id: string }>(sql`
    select distinct f.customer_id from follow_ups f
    where f.state = 'active' and f.customer_id = any(${sql.param(debtors.map((each) => each.customerId))}::uuid[])
      and (f.type_id = ${typeId} or exists (
        select from follow_up_receivables l where l.follow_up_id = f.id
          and l.receivable_id = any(${sql.param(debtors.flatMap((each) => each.receivableIds))}::uuid[])))`)
  return rows.map((row) => row.customer_id)
}

type Owner = { userId: string } | SkipReason

async function collectionsAgents(tx: Transaction, viewer: Viewer, debtors: readonly Debtor[]): Promise<Owner[]> {
  const ids = [...new Set(debtors.map((each) => each.agentId).filter((id) => id !== null))]
  const found =
    ids.length === 0 ? [] : await tx.select({ id: users.id, active: users.active }).from(users).where(inArray(users.id, ids))
  const active = new Set(found.filter((user) => user.active).map((user) => user.id))
  const reach =
    ids.length === 0
      ? []
      : await tx
          .select({ id: users.id })
          .from(users)
          .where(and(inArray(users.id, ids), visibleTo(accessScopeOf(viewer), users.id)))
  const within = new Set(reach.map((user) => user.id))
  return debtors.map(({ agentId }) => {
    if (agentId === null || !active.has(agentId)) return 'no-agent'
    return within.has(agentId) ? { userId: agentId } : 'agent-out-of-reach'
  })
}

/** Spread over people in the viewer's reach; nobody gets a customer that they do not see. */
async function spread(tx: Transaction, viewer: Viewer, userIds: readonly string[], debtors: readonly Debtor[]): Promise<Owner[]> {
  const ids = [...new Set(userIds)]
  const people = await tx
    .select({ user: users, profile: accessProfiles })
    .from(users)
    .innerJoin(accessProfiles, eq(accessProfiles.id, users.profileId))
    .where(and(inArray(users.id, ids), eq(users.active, true), visibleTo(accessScopeOf(viewer), users.id)))
  if (people.length !== ids.length) throw new Refusal('reference-unknown', { field: 'owners.userIds' })
  const loads = await tx
    .select({ id: followUps.ownerId, active: count() })
    .from(followUps)
    .where(and(inArray(followUps.ownerId, ids), eq(followUps.state, 'active')))
    .groupBy(followUps.ownerId)
  const sees = new Map<string, Set<string>>()
  const customerIds = debtors.map((each) => each.customerId)
  for (const { user, profile } of people) {
    const rows =
      customerIds.length === 0
        ? []
        : await tx
            .select({ id: customers.id })
            .from(customers)
            .where(
              and(
                sql`${customers.id} = any(${sql.param(customerIds)}::uuid[])`,
                visibleCustomer({
                  ...viewer,
                  userId: user.id,
                  branchId: user.branchId,
                  departmentId: user.departmentId,
                  customerLevel: profile.customerLevel as AccessLevel,
                }),
              ),
            )
    sees.set(user.id, new Set(rows.map((row) => row.id)))
  }
  return spreadOwners(
    debtors,
    ids,
    new Map(loads.map((row) => [row.id, row.active])),
    (person, debtor) => sees.get(person)?.has(debtor.customerId) ?? false,
  ).map((userId) => (userId === null ? 'owner-cannot-see' : { userId }))
}

interface Work {
  debtor: Debtor
  ownerId: string
  id: string
}

async function write(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer,
  input: OpenFollowUpsInput,
  dueAt: Date,
  work: readonly Work[],
): Promise<void> {
  if (work.length === 0) return
  const now = ctx.now().toISOString()
  const rows = work.map(({ id, debtor, ownerId }) => ({
    id,
    customer_id: debtor.customerId,
    owner_id: ownerId,
    receivables: debtor.receivableIds,
  }))
  const stated = sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as s(id uuid, customer_id uuid, owner_id uuid, receivables uuid[])`
  await tx.execute(sql`
    insert into follow_ups (id, customer_id, type_id, owner_id, subject, description, priority, channel, due_at, created_at, created_by)
    select s.id, s.customer_id, ${input.typeId}::uuid, s.owner_id, ${input.subject}, ${input.description ?? null}, ${input.priority ?? 'normal'},
           ${input.channel ?? 'call'}, ${dueAt.toISOString()}::timestamptz, ${now}::timestamptz, ${viewer.userId}::uuid
    from ${stated}`)
  await tx.execute(sql`
    insert into follow_up_receivables (follow_up_id, receivable_id) select s.id, r.id from ${stated}, unnest(s.receivables) as r(id)`)
  await recordAudits(
    tx,
    ctx,
    viewer,
    'follow-up',
    work.map(({ id, debtor, ownerId }) => ({
      id,
      action: 'create' as const,
      changes: {
        customerId: debtor.customerId,
        typeId: input.typeId,
        subject: input.subject,
        ownerId,
        dueAt: dueAt.toISOString(),
        receivableIds: debtor.receivableIds,
        bulk: true,
      },
    })),
  )
}

async function summary(
  tx: Transaction,
  debtors: readonly Debtor[],
  skipped: ReadonlyMap<string, SkipReason>,
  work: readonly Work[],
  dryRun: boolean,
) {
  const perOwner = new Map<string, number>()
  for (const { ownerId } of work) perOwner.set(ownerId, (perOwner.get(ownerId) ?? 0) + 1)
  const ownerIds = [...perOwner.keys()]
  const names =
    ownerIds.length === 0
      ? []
      : await tx.select({ id: users.id, name: users.name }).from(users).where(inArray(users.id, ownerIds)).orderBy(users.name)
  const reasons = new Map<SkipReason, Debtor[]>()
  for (const debtor of debtors) {
    const reason = skipped.get(debtor.customerId)
    if (reason) reasons.set(reason, [...(reasons.get(reason) ?? []), debtor])
  }
  return {
    dryRun,
    customers: debtors.length,
    opened: work.length,
    receivables: work.reduce((sum, { debtor }) => sum + debtor.receivableIds.length, 0),
    totals: totalsByCurrency(work.flatMap(({ debtor }) => debtor.owed)).map(({ currency, amountMinor }) => ({
      currency,
      amount: formatAmount(amountMinor, currency),
    })),
    owners: names.map((owner) => ({ owner, count: perOwner.get(owner.id) ?? 0 })),
    skipped: [...reasons].map(([reason, those]) => ({
      reason,
      count: those.length,
      customers: those.slice(0, 20).map(({ customerId, code, name }) => ({ id: customerId, code, name })),
    })),
  }
}
