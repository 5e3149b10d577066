import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { handoverMoves, handovers } from '@cartera/db/schema/handovers'
import { users } from '@cartera/db/schema/organisation'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { can } from '@cartera/domain/access/permissions'
import { dueDeed } from '@cartera/domain/handovers/handover'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, inArray, lte, type SQL, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { companyToday } from '../company/company-settings.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { defineJob } from '../jobs/job.ts'
import { mostLiveChanges, notifyLiveMany } from '../live/notify-live.ts'
import { handNoticesOver } from '../notices/hand-notices-over.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { setUpNeeded } from '../set-up/set-up-installation.ts'
import {
  alongKinds,
  countMoved,
  type Moved,
  type MovedKind,
  movedColumn,
  movedField,
  movedKinds,
  movedOf,
  movedTables,
  ownerOf,
  stillOpen,
} from './moved-kinds.ts'
import { agentColumns, type Handover } from './visible-handover.ts'

/** The customers of a handover, by id. */
const handedOver = (handoverId: string) =>
  sql`select record_id from handover_changes where handover_id = ${handoverId} and kind = 'customer'`
/** Larger ones than the usual statement are allowed the time that they take. */
const letItTakeItsTime = sql`set local statement_timeout = '15min'`

/**
 * Carries a handover out, in the transaction of the caller that holds its row: the customers that the viewer sees, then what moves along. All moves
 * are read from what stood before, so chains and swaps come out right. Answers what moved by the present agent's id.
 */
export async function carryOut(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer,
  handover: Handover,
): Promise<Map<string, Moved>> {
  await tx.execute(letItTakeItsTime)
  // With the bulk writers of customers one at a time: two that lock the same customers in another order would block each other.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera customers upsert'))`)
  const moves = await tx.select().from(handoverMoves).where(eq(handoverMoves.handoverId, handover.id))
  const column = agentColumns[handover.role]
  const agent = customers[column.field]
  const from = sql`${sql.param(moves.map((move) => move.fromUserId))}::uuid[]`
  const to = sql`${sql.param(moves.map((move) => move.toUserId))}::uuid[]`
  await tx.execute(sql`
    insert into handover_changes (handover_id, kind, record_id, from_user_id, to_user_id)
    select ${handover.id}::uuid, 'customer', l.id, m.from_id, m.to_id
    from (select ${customers.id} as id, ${agent} as from_id from ${customers} where ${agent} = any(${from}) and ${visibleCustomer(viewer)}
          order by ${customers.id} for no key update) l
    join unnest(${from}, ${to}) as m(from_id, to_id) on m.from_id = l.from_id`)
  // Nobody is given what the author could not give by hand: only to people in reach, only what is in reach.
  const scope = accessScopeOf(viewer)
  const reach = sql`array(select ${users.id} from ${users} where ${and(sql`${users.id} = any(${to})`, visibleTo(scope, users.id))})`
  for (const [kind, { moves: chosen }] of alongKinds) {
    if (!handover[chosen]) continue
    const { table } = movedTables[kind]
    const owner = ownerOf(kind)
    await tx.execute(sql`
      insert into handover_changes (handover_id, kind, record_id, from_user_id, to_user_id)
      select ${handover.id}::uuid, ${kind}, l.id, l.from_id, l.to_id
      from (select ${table}.id, h.from_user_id as from_id, h.to_user_id as to_id
            from handover_changes h join ${table} on ${table}.customer_id = h.record_id and ${owner} = h.from_user_id
            where ${and(sql`h.handover_id = ${handover.id} and h.kind = 'customer' and h.to_user_id = any(${reach})`, stillOpen(kind), visibleTo(scope, owner))}
            order by ${table}.id for no key update of ${table}) l`)
  }
  for (const kind of movedKinds) await assign(tx, ctx, viewer, handover, kind, 'to')
  if (handover.role === 'collections') await handNoticesOver(tx, ctx, handedOver(handover.id))
  // Each count stands in a column that is named as its table.
  const columns = movedKinds.map((kind) => movedTables[kind].table)
  const each = (one: (column: SQL) => SQL) => sql.join(columns.map(one), sql`, `)
  await tx.execute(sql`
    update handover_moves m set ${each((column) => sql`${column} = n.${column}`)}
    from (select h.from_user_id, ${countMoved((kind) => movedTables[kind].table)}
          from handover_changes h where h.handover_id = ${handover.id} group by h.from_user_id) n
    where m.handover_id = ${handover.id} and m.from_user_id = n.from_user_id`)
  const counted = await tx.select().from(handoverMoves).where(eq(handoverMoves.handoverId, handover.id))
  await tx
    .update(handovers)
    .set({
      state: handover.endsOn === null ? 'done' : 'covering',
      carriedOutAt: ctx.now(),
      problem: null,
      version: handover.version + 1,
    })
    .where(eq(handovers.id, handover.id))
  const moved = new Map(counted.map((move) => [move.fromUserId, movedOf((count) => move[count])]))
  await recordAudit(tx, ctx, viewer, {
    action: 'change',
    entity: 'handover',
    entityId: handover.id,
    changes: { state: [handover.state, handover.endsOn === null ? 'done' : 'covering'], moved: Object.fromEntries(moved) },
  })
  return moved
}

/** Writes the new holder of one kind of record, its audit rows, and tells those who look on; of those that still stand as the facts say. */
async function assign(
  tx: Transaction,
  ctx: AppContext,
  actor: Pick<Viewer, 'userId'> | null,
  handover: Handover,
  kind: MovedKind,
  direction: 'to' | 'back',
  within: SQL | undefined = undefined,
): Promise<void> {
  const { table } = movedTables[kind]
  const column = movedColumn(kind, handover.role)
  const now = sql`${ctx.now().toISOString()}::timestamptz`
  const next = direction === 'to' ? sql`h.to_user_id` : sql`h.from_user_id`
  const ours = sql`h.handover_id = ${handover.id} and h.kind = ${kind}`
  const update = sql`update ${table} set ${column} = ${next}, version = ${table}.version + 1 ${kind === 'customer' ? sql`, updated_at = ${now}` : sql``}
    from handover_changes h where ${ours} and ${table}.id = h.record_id`
  if (direction === 'to') await tx.execute(update)
  else {
    // Back goes only what is still as it was left, and a task only while there is something to do in it.
    const stands = and(sql`${table}.${column} = h.to_user_id and h.outcome is null`, stillOpen(kind), within)
    await tx.execute(sql`
      with given as (${update} and ${stands} returning ${table}.id)
      update handover_changes h set outcome = 'returned' from given where ${ours} and h.record_id = given.id`)
  }
  const written = direction === 'to' ? ours : sql`${ours} and h.outcome = 'returned'`
  const { rows: counted } = await tx.execute<{ n: number }>(
    sql`select count(*)::integer as n from handover_changes h where ${written}`,
  )
  const n = counted[0]?.n ?? 0
  if (n === 0) return
  const pair = direction === 'to' ? sql`h.from_user_id, h.to_user_id` : sql`h.to_user_id, h.from_user_id`
  await tx.execute(sql`
    insert into audit_log (id, at, actor_id, action, entity, entity_id, changes, address)
    select k.key, ${now}, ${actor?.userId ?? null}::uuid, 'change', ${kind}, h.record_id::text,
      jsonb_build_object(${movedField(kind, handover.role)}::text, jsonb_build_array(${pair}), 'handover', ${handover.number}::integer), ${ctx.origin.address}::text
    from (select *, row_number() over (order by record_id) as n from handover_changes h
          where ${written}) h
    join unnest(${sql.param(Array.from({ length: n }, () => v7()))}::uuid[]) with ordinality as k(key, n) on k.n = h.n`)
  if (kind === 'follow-up')
    // What another person sees to needs no bell here any more.
    await tx.execute(sql`
      update reminders r set read_at = ${now} from handover_changes h
      where ${written} and r.follow_up_id = h.record_id and r.read_at is null and r.user_id = ${direction === 'to' ? sql`h.from_user_id` : sql`h.to_user_id`}`)
  const { rows: told } = await tx.execute<{ id: string }>(
    sql`select h.record_id as id from handover_changes h where ${written} limit ${mostLiveChanges + 1}`,
  )
  await notifyLiveMany(tx, { entity: kind, action: 'change', ids: told.map((row) => row.id) })
}

/**
 * Gives back what still stands as the handover left it, in the transaction of the caller that holds its row: a cover that is over, or somebody undoes
 * it. What was changed by hand since, or has ended, stays and is marked as kept. `within` bounds the customers.
 */
export async function giveBack(
  tx: Transaction,
  ctx: AppContext,
  actor: Pick<Viewer, 'userId'> | null,
  handover: Handover,
  options: { state: 'returned' | 'undone'; within?: SQL | undefined },
): Promise<void> {
  await tx.execute(letItTakeItsTime)
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera customers upsert'))`)
  for (const kind of movedKinds) {
    const { table } = movedTables[kind]
    await tx.execute(sql`
      select 1 from ${table} join handover_changes h on h.record_id = ${table}.id and h.handover_id = ${handover.id} and h.kind = ${kind}
      order by ${table}.id for no key update of ${table}`)
    const within =
      options.within === undefined || kind === 'customer'
        ? options.within
        : sql`exists (select 1 from customers where customers.id = ${table}.customer_id and ${options.within})`
    await assign(tx, ctx, actor, handover, kind, 'back', within)
  }
  if (handover.role === 'collections') await handNoticesOver(tx, ctx, handedOver(handover.id))
  await tx.execute(sql`update handover_changes set outcome = 'kept' where handover_id = ${handover.id} and outcome is null`)
  await tx
    .update(handovers)
    .set({
      state: options.state,
      endedAt: ctx.now(),
      endedBy: actor?.userId ?? null,
      problem: null,
      version: handover.version + 1,
    })
    .where(eq(handovers.id, handover.id))
  await recordAudit(tx, ctx, actor, {
    action: 'change',
    entity: 'handover',
    entityId: handover.id,
    changes: { state: [handover.state, options.state] },
  })
}

/** Refuses `handover-agent-inactive` where somebody of these is disabled; those who are not stay so until the transaction ends. */
export async function requireActive(tx: Transaction, userIds: readonly string[]): Promise<void> {
  const found = await tx
    .select({ active: users.active })
    .from(users)
    .where(inArray(users.id, [...userIds]))
    .orderBy(users.id)
    .for('share')
  if (found.some((user) => !user.active)) throw new Refusal('handover-agent-inactive')
}

/** What its day asks of one handover, unless another worker holds it or has done it. */
async function doDue(ctx: AppContext, handoverId: string): Promise<void> {
  const today = await companyToday(ctx)
  await ctx.db.transaction(async (tx) => {
    const [handover] = await tx.select().from(handovers).where(eq(handovers.id, handoverId)).for('update', { skipLocked: true })
    const deed = handover ? dueDeed(handover, today) : null
    if (!handover || deed === null) return
    if (deed === 'miss') {
      await tx
        .update(handovers)
        .set({ state: 'cancelled', endedAt: ctx.now(), problem: null, version: handover.version + 1 })
        .where(eq(handovers.id, handover.id))
      await recordAudit(tx, ctx, null, {
        action: 'cancel',
        entity: 'handover',
        entityId: handover.id,
        changes: { state: [handover.state, 'cancelled'], reason: 'over before it was carried out' },
      })
      return
    }
    const moves = await tx.select().from(handoverMoves).where(eq(handoverMoves.handoverId, handover.id))
    if (deed === 'return') {
      await requireActive(
        tx,
        moves.map((move) => move.fromUserId),
      )
      await giveBack(tx, ctx, null, handover, { state: 'returned' })
      return
    }
    const author = await findViewerByUser(ctx, handover.createdBy)
    if (author === null || !can(author, 'change-agents')) throw new Refusal('handover-author-may-not')
    await requireActive(
      tx,
      moves.map((move) => move.toUserId),
    )
    await carryOut(tx, ctx, author, handover)
  })
}

/** Does what the day asks of the handovers that wait, each in a transaction of its own; one that cannot be done says why and is tried again. */
export async function doDueHandovers(ctx: AppContext): Promise<void> {
  const today = await companyToday(ctx)
  const waiting = await ctx.db
    .select()
    .from(handovers)
    .where(and(inArray(handovers.state, ['planned', 'covering']), lte(handovers.startsOn, today)))
    .orderBy(handovers.startsOn, handovers.number)
  for (const handover of waiting) {
    if (dueDeed(handover, today) === null) continue
    try {
      await doDue(ctx, handover.id)
    } catch (error) {
      ctx.log.error({ handoverId: handover.id, error: String(error) }, 'handover not carried out')
      if (error instanceof Refusal && error.code !== handover.problem)
        await ctx.db.update(handovers).set({ problem: error.code }).where(eq(handovers.id, handover.id))
    }
  }
}

/** Rung for every minute, and at once for large handovers: what is due is carried out or returned, also after days on which no worker ran. */
export const doDueHandoversJob = defineJob({
  name: 'do-due-handovers',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    if (await setUpNeeded(ctx)) return
    await doDueHandovers(ctx)
  },
})
