import type { Querier } from '@cartera/db/connect'
import { cases } from '@cartera/db/schema/cases'
import { customers } from '@cartera/db/schema/customers'
import { followUps } from '@cartera/db/schema/follow-ups'
import { handoverMoves, handovers } from '@cartera/db/schema/handovers'
import { interactions } from '@cartera/db/schema/interactions'
import { opportunities } from '@cartera/db/schema/opportunities'
import { users } from '@cartera/db/schema/organisation'
import { quotes } from '@cartera/db/schema/quotes'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, customerScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, exists, inArray, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import {
  type AlongKind,
  alongKinds,
  countMoved,
  type Moved,
  type MovedKind,
  movedColumn,
  movedKinds,
  movedOf,
  movedTables,
  ownerOf,
  stillOpen,
} from './moved-kinds.ts'
import { agentColumns, type Handover, requireChangeAgents, visibleHandover } from './visible-handover.ts'

type Role = Handover['role']
interface Move {
  fromUserId: string
  toUserId: string
}

/** The agents of some customer that the viewer sees, disabled ones too, with how many customers, most first. Refuses `not-allowed`. */
export async function listPresentAgents(ctx: AppContext, viewer: Viewer, { role }: { role: Role }) {
  requireChangeAgents(viewer)
  const agent = customers[agentColumns[role].field]
  const { rows } = await ctx.db.execute<{
    id: string
    name: string
    active: boolean
    branch_id: string
    branch: string
    customers: number
  }>(sql`
    select u.id, u.name, u.active, b.id as branch_id, b.name as branch, n.customers
    from (select ${agent} as id, count(*)::integer as customers from ${customers} where ${agent} is not null and ${visibleCustomer(viewer)}
          group by ${agent}) n
    join users u on u.id = n.id join branches b on b.id = u.branch_id
    order by u.active, n.customers desc, u.name, u.id limit 2000`)
  const planned = await ctx.db
    .select({
      id: handovers.id,
      number: handovers.number,
      startsOn: handovers.startsOn,
      from: handoverMoves.fromUserId,
      to: { id: users.id, name: users.name },
    })
    .from(handovers)
    .innerJoin(handoverMoves, eq(handoverMoves.handoverId, handovers.id))
    .innerJoin(users, eq(users.id, handoverMoves.toUserId))
    .where(and(eq(handovers.state, 'planned'), eq(handovers.role, role), visibleHandover(viewer)))
    .orderBy(asc(handovers.startsOn), asc(handovers.number))
  return {
    items: rows.map((row) => ({
      id: row.id,
      name: row.name,
      active: row.active,
      branch: { id: row.branch_id, name: row.branch },
      customers: row.customers,
      planned: planned
        .filter((one) => one.from === row.id)
        .slice(0, 20)
        .map(({ from, ...one }) => one),
    })),
  }
}

/** Who takes part in these moves; refuses `reference-unknown` at whoever does not exist, or is to receive and is not active. */
export async function findMovers(db: Querier, moves: readonly Move[]) {
  const ids = [...new Set(moves.flatMap((move) => [move.fromUserId, move.toUserId]))]
  const found = await db
    .select({ id: users.id, name: users.name, active: users.active })
    .from(users)
    .where(inArray(users.id, ids))
    .orderBy(users.id)
    .for('share')
  const people = new Map(found.map((user) => [user.id, user]))
  return moves.map(({ fromUserId, toUserId }, index) => {
    const from = people.get(fromUserId)
    const to = people.get(toUserId)
    if (!from) throw new Refusal('reference-unknown', { field: `moves.${index}.fromUserId` })
    if (!to?.active) throw new Refusal('reference-unknown', { field: `moves.${index}.toUserId` })
    return { from, to }
  })
}

/** What a handover of these moves would bring along now, in the viewer's sight, and what follows the customers by itself. Refuses `not-allowed`, `reference-unknown`. */
export async function previewHandover(ctx: AppContext, viewer: Viewer, input: { role: Role; moves: readonly Move[] }) {
  requireChangeAgents(viewer)
  return ctx.db.transaction(async (tx) => {
    const movers = await findMovers(tx, input.moves)
    const counted = await countMoves(tx, viewer, input.role, input.moves)
    const { rows: usable } = await tx.execute<{ id: string }>(sql`
      select user_id as id from mail_accounts where state = 'verified' and user_id = any(${sql.param(movers.map(({ to }) => to.id))}::uuid[])`)
    const withMailbox = new Set(usable.map((row) => row.id))
    return {
      items: movers.map(({ from, to }) => ({
        from,
        to,
        ...(counted.get(from.id) ?? nothing),
        mailboxUsable: withMailbox.has(to.id),
      })),
    }
  })
}

const noMoves = movedOf(() => 0)
const nothing = { ...noMoves, notices: 0, promises: 0, claims: 0 }

/** What each present agent would hand over, by their id: exactly what `carryOut` moves, and what is only told. */
async function countMoves(db: Querier, viewer: Viewer, role: Role, moves: readonly Move[]) {
  const agent = customers[agentColumns[role].field]
  const scope = accessScopeOf(viewer)
  const from = sql`${sql.param(moves.map((move) => move.fromUserId))}::uuid[]`
  const to = sql`${sql.param(moves.map((move) => move.toUserId))}::uuid[]`
  const along = (kind: AlongKind) => sql`coalesce((
    select json_object_agg(n.id, n.count) from (
      select c.agent as id, count(*)::integer as count
      from c join ${movedTables[kind].table} on ${movedTables[kind].table}.customer_id = c.id and ${ownerOf(kind)} = c.agent
      where ${and(stillOpen(kind), visibleTo(scope, ownerOf(kind)), sql`c.to_id = any(array(select ${users.id} from ${users} where ${and(sql`${users.id} = any(${to})`, visibleTo(scope, users.id))}))`)}
      group by c.agent) n), '{}') as ${sql.identifier(movedTables[kind].count)}`
  const told = (table: SQL, open: SQL) => sql`coalesce((
    select json_object_agg(n.id, n.count) from (
      select c.agent as id, count(*)::integer as count from c join ${table} on ${table}.customer_id = c.id where ${open} group by c.agent) n), '{}')`
  const { rows } = await db.execute<Record<keyof typeof nothing, Record<string, number>>>(sql`
    with c as materialized (
      select ${customers.id} as id, ${agent} as agent, m.to_id from ${customers} join unnest(${from}, ${to}) as m(from_id, to_id) on m.from_id = ${agent}
      where ${visibleCustomer(viewer)}
    ) select
      coalesce((select json_object_agg(n.agent, n.count) from (select agent, count(*)::integer as count from c group by agent) n), '{}') as customers,
      ${sql.join(
        alongKinds.map(([kind]) => along(kind)),
        sql`, `,
      )},
      ${told(sql`notice_messages`, sql`notice_messages.state in ('planned', 'deferred', 'held')`)} as notices,
      ${told(sql`promises`, sql`promises.state = 'open'`)} as promises,
      ${told(sql`payment_claims`, sql`payment_claims.state = 'open'`)} as claims`)
  const [row] = rows
  return new Map(
    moves.map(({ fromUserId }) => [
      fromUserId,
      {
        ...movedOf((count) => row?.[count][fromUserId] ?? 0),
        notices: row?.notices[fromUserId] ?? 0,
        promises: row?.promises[fromUserId] ?? 0,
        claims: row?.claims[fromUserId] ?? 0,
      },
    ]),
  )
}

const endedBy = alias(users, 'ended_by')
const selectHandovers = (db: Querier) =>
  db
    .select({
      handover: handovers,
      createdBy: { id: users.id, name: users.name },
      endedBy: { id: endedBy.id, name: endedBy.name },
    })
    .from(handovers)
    .innerJoin(users, eq(users.id, handovers.createdBy))
    .leftJoin(endedBy, eq(endedBy.id, handovers.endedBy))

type HandoverRow = Awaited<ReturnType<typeof selectHandovers>>[number]

/** With their moves; what moved is counted of the customers that the viewer sees. */
async function shownTo(db: Querier, viewer: Viewer, rows: readonly HandoverRow[]) {
  const ids = rows.map(({ handover }) => handover.id)
  const to = alias(users, 'to_user')
  const moves =
    ids.length === 0
      ? []
      : await db
          .select({
            handoverId: handoverMoves.handoverId,
            from: { id: users.id, name: users.name, active: users.active },
            to: { id: to.id, name: to.name, active: to.active },
            customers: handoverMoves.customers,
            followUps: handoverMoves.followUps,
            interactions: handoverMoves.interactions,
            opportunities: handoverMoves.opportunities,
            cases: handoverMoves.cases,
            quotes: handoverMoves.quotes,
          })
          .from(handoverMoves)
          .innerJoin(users, eq(users.id, handoverMoves.fromUserId))
          .innerJoin(to, eq(to.id, handoverMoves.toUserId))
          .where(inArray(handoverMoves.handoverId, ids))
          .orderBy(asc(users.name), asc(users.id))
  const counted = customerScopeOf(viewer).kind === 'company' ? null : await countVisible(db, viewer, ids)
  return rows.map(({ handover: row, createdBy, endedBy: ended }) => ({
    id: row.id,
    number: row.number,
    role: row.role,
    state: row.state,
    startsOn: row.startsOn,
    endsOn: row.endsOn,
    note: row.note,
    movesFollowUps: row.movesFollowUps,
    movesInteractions: row.movesInteractions,
    movesOpportunities: row.movesOpportunities,
    movesCases: row.movesCases,
    movesQuotes: row.movesQuotes,
    problem: row.problem,
    moves: moves
      .filter((move) => move.handoverId === row.id)
      .map(({ handoverId, ...move }) => ({
        ...move,
        ...(counted === null ? {} : (counted.get(`${row.id} ${move.from.id}`) ?? noMoves)),
      })),
    createdBy,
    createdAt: row.createdAt.toISOString(),
    carriedOutAt: row.carriedOutAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    endedBy: ended,
    version: row.version,
  }))
}

/** Of the records that moved along, whichever it is that a fact is about. */
const ofAlong = (column: (kind: AlongKind) => SQL): SQL =>
  sql`coalesce(${sql.join(
    alongKinds.map(([kind]) => column(kind)),
    sql`, `,
  )})`

/** The facts of handovers joined with what they are about, within the viewer's sight. */
const visibleFacts = (viewer: Viewer) => sql`
  handover_changes h
  ${sql.join(
    alongKinds.map(([kind]) => {
      const { table } = movedTables[kind]
      return sql`left join ${table} on h.kind = ${kind} and ${table}.id = h.record_id`
    }),
    sql` `,
  )}
  join ${customers} on ${customers.id} = coalesce(${ofAlong((kind) => sql`${movedTables[kind].table}.customer_id`)}, h.record_id)
    and ${visibleCustomer(viewer)}
    and ${or(sql`h.kind = 'customer'`, visibleTo(accessScopeOf(viewer), ofAlong(ownerOf)) ?? sql`true`)}`

async function countVisible(db: Querier, viewer: Viewer, ids: readonly string[]): Promise<Map<string, Moved>> {
  const { rows } = await db.execute<Moved & { key: string }>(sql`
    select h.handover_id || ' ' || h.from_user_id as key, ${countMoved((kind) => sql`${sql.identifier(movedTables[kind].count)}`)}
    from ${visibleFacts(viewer)} where h.handover_id = any(${sql.param([...ids])}::uuid[]) group by 1`)
  return new Map(rows.map(({ key, ...counts }) => [key, counts]))
}

/** The handovers whose author stands in the viewer's scope, the newest first. Refuses `not-allowed`. */
export async function listHandovers(
  ctx: AppContext,
  viewer: Viewer,
  input: PageInput & { state?: Handover['state'] | undefined; role?: Role | undefined; agentId?: string | undefined },
) {
  requireChangeAgents(viewer)
  const sort = '-number'
  const keys = [{ column: handovers.number, type: 'integer' }] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await selectHandovers(ctx.db)
    .where(
      and(
        visibleHandover(viewer),
        input.state === undefined ? undefined : eq(handovers.state, input.state),
        input.role === undefined ? undefined : eq(handovers.role, input.role),
        input.agentId === undefined
          ? undefined
          : exists(
              ctx.db
                .select({ id: handoverMoves.handoverId })
                .from(handoverMoves)
                .where(
                  and(
                    eq(handoverMoves.handoverId, handovers.id),
                    or(eq(handoverMoves.fromUserId, input.agentId), eq(handoverMoves.toUserId, input.agentId)),
                  ),
                ),
            ),
        keysetAfter(input.cursor, sort, keys, true),
      ),
    )
    .orderBy(...orderOf(keys, true))
    .limit(limit + 1)
  const page = pageOf(
    rows,
    limit,
    (row) => row,
    (row) => encodeCursor(sort, [row.handover.number]),
  )
  return { items: await shownTo(ctx.db, viewer, page.items), nextCursor: page.nextCursor }
}

/** One as the lists show it. Refuses `not-found`. */
export async function showHandover(db: Querier, viewer: Viewer, handoverId: string) {
  const rows = await selectHandovers(db).where(and(eq(handovers.id, handoverId), visibleHandover(viewer)))
  const [shown] = await shownTo(db, viewer, rows)
  if (!shown) throw new Refusal('not-found')
  return shown
}

/** Whether what a fact tells of still stands as it was left: an expression over `visibleFacts`. */
const standsOf = (role: Role) => {
  const of = (kind: MovedKind) =>
    and(sql`h.kind = ${kind}`, sql`${movedTables[kind].table}.${movedColumn(kind, role)} = h.to_user_id`, stillOpen(kind))
  return sql`(h.outcome is null and coalesce(${or(...movedKinds.map(of))}, false))`
}

/** A handover with how much of it still stands, of what the viewer sees. Refuses `not-allowed`, `not-found`. */
export async function readHandover(ctx: AppContext, viewer: Viewer, handoverId: string) {
  requireChangeAgents(viewer)
  const shown = await showHandover(ctx.db, viewer, handoverId)
  const { rows } = await ctx.db.execute<{ kind: MovedKind; standing: number; changed: number }>(sql`
    select h.kind, count(*) filter (where ${standsOf(shown.role)})::integer as standing,
      count(*) filter (where h.outcome is distinct from 'returned' and not ${standsOf(shown.role)})::integer as changed
    from ${visibleFacts(viewer)} where h.handover_id = ${handoverId} group by h.kind`)
  const counts = (what: 'standing' | 'changed') => movedOf((_, kind) => rows.find((row) => row.kind === kind)?.[what] ?? 0)
  return { ...shown, standing: counts('standing'), changed: counts('changed') }
}

/** What a handover moved, record by record, of what the viewer sees. Refuses `not-allowed`, `not-found`. */
export async function listHandoverRecords(
  ctx: AppContext,
  viewer: Viewer,
  handoverId: string,
  input: PageInput & { show?: 'all' | 'standing' | 'changed' | undefined },
) {
  requireChangeAgents(viewer)
  const { role } = await showHandover(ctx.db, viewer, handoverId)
  const sort = 'kind'
  const keys = [
    { column: sql`h.kind`, type: 'text' },
    { column: sql`h.record_id`, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const holder = sql`case h.kind when 'customer' then customers.${movedColumn('customer', role)} else ${ofAlong(ownerOf)} end`
  const stands = standsOf(role)
  const { rows } = await ctx.db.execute<
    Record<string, string | null> & { kind: MovedKind; outcome: 'returned' | 'kept' | null }
  >(sql`
    select h.kind, h.record_id as id, h.outcome, ${stands} as stands, ${customers.id} as customer_id, ${customers.code} as code, ${customers.name} as customer,
      coalesce(${followUps.subject}, (select t.name from interaction_topics t where t.id = ${interactions.topicId}), ${opportunities.name},
        ${cases.subject}, ${quotes.subject}, ${customers.name}) as name,
      f.id as from_id, f.name as from_name, t.id as to_id, t.name as to_name, n.id as now_id, n.name as now_name
    from ${visibleFacts(viewer)}
    join users f on f.id = h.from_user_id join users t on t.id = h.to_user_id left join users n on n.id = ${holder}
    where ${and(
      sql`h.handover_id = ${handoverId}`,
      input.show === 'standing' ? stands : undefined,
      input.show === 'changed' ? sql`h.outcome is distinct from 'returned' and not ${stands}` : undefined,
      keysetAfter(input.cursor, sort, keys, false),
    )}
    order by h.kind, h.record_id limit ${limit + 1}`)
  return pageOf(
    rows,
    limit,
    (row) => ({
      kind: row.kind,
      id: row.id ?? '',
      name: (row.name ?? '').slice(0, 300),
      customer: { id: row.customer_id ?? '', code: row.code ?? '', name: row.customer ?? '' },
      from: { id: row.from_id ?? '', name: row.from_name ?? '' },
      to: { id: row.to_id ?? '', name: row.to_name ?? '' },
      now: row.now_id === null ? null : { id: row.now_id ?? '', name: row.now_name ?? '' },
      outcome: row.outcome ?? (row.stands ? ('standing' as const) : ('changed' as const)),
    }),
    (row) => encodeCursor(sort, [row.kind, row.id ?? '']),
  )
}
