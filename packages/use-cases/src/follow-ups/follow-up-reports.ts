import { customers } from '@cartera/db/schema/customers'
import { followUps, postponements } from '@cartera/db/schema/follow-ups'
import { branches, departments, users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { and, asc, eq, gte, inArray, or, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { type FollowUpFilters, inPeriod, listedFollowUps, listFollowUps, ownersIn, type Period } from './list-follow-ups.ts'
import { followUpItem, selectFollowUps, visibleFollowUp } from './visible-follow-ups.ts'

export interface TaskFilters extends Period {
  branchId?: string | undefined
  departmentId?: string | undefined
  ownerId?: string | undefined
  typeId?: string | undefined
  customerId?: string | undefined
}

export interface PostponementFilters extends TaskFilters, PageInput {
  times?: number | undefined
  state?: FollowUpFilters['state']
}

/** The follow-ups with the place where their owner stands now. */
async function withPlaces<Item extends { owner: { id: string } }>(ctx: AppContext, items: readonly Item[]) {
  const owners = await ctx.db
    .select({
      id: users.id,
      branch: { id: branches.id, name: branches.name },
      department: { id: departments.id, name: departments.name },
    })
    .from(users)
    .innerJoin(branches, eq(branches.id, users.branchId))
    .leftJoin(departments, eq(departments.id, users.departmentId))
    .where(inArray(users.id, [...new Set(items.map((item) => item.owner.id))]))
  const placeOf = new Map(owners.map(({ id, branch, department }) => [id, { branch, department }]))
  return items.flatMap((item) => {
    const place = placeOf.get(item.owner.id)
    return place ? [{ ...item, ...place }] : []
  })
}

/** The register: follow-ups in reach, active and ended, whose due time or end lies in the period. Refuses `period-reversed`. */
export async function followUpRegister(ctx: AppContext, viewer: Viewer, input: FollowUpFilters) {
  const page = await listFollowUps(ctx, viewer, { ...input, state: input.state ?? 'all' })
  return { ...page, items: await withPlaces(ctx, page.items) }
}

const counted = (condition: SQL | undefined) => sql<number>`count(*) filter (where ${condition ?? sql`true`})`.mapWith(Number)

/** How many of the register stand in which state, under the same filters. */
export async function countFollowUpRegister(ctx: AppContext, viewer: Viewer, input: FollowUpFilters) {
  const now = ctx.now()
  const { timeZone } = await findCompany(ctx.db)
  const [row] = await ctx.db
    .select({
      active: counted(sql`${followUps.state} = 'active'`),
      overdue: counted(sql`${followUps.state} = 'active' and ${followUps.dueAt} <= ${now.toISOString()}`),
      closed: counted(sql`${followUps.state} = 'closed'`),
      discarded: counted(sql`${followUps.state} = 'discarded'`),
      total: counted(undefined),
    })
    .from(followUps)
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(listedFollowUps(viewer, { ...input, state: input.state ?? 'all' }, now, timeZone))
  return row ?? { active: 0, overdue: 0, closed: 0, discarded: 0, total: 0 }
}

export interface TaskFigures {
  open: number
  overdue: number
  closed: number
  discarded: number
  postponed: number
}

const sum = (rows: readonly TaskFigures[]): TaskFigures =>
  rows.reduce<TaskFigures>(
    (all, row) => ({
      open: all.open + row.open,
      overdue: all.overdue + row.overdue,
      closed: all.closed + row.closed,
      discarded: all.discarded + row.discarded,
      postponed: all.postponed + row.postponed,
    }),
    { open: 0, overdue: 0, closed: 0, discarded: 0, postponed: 0 },
  )

/** Rows in groups by a key, in the order in which the keys first appear. */
function groups<Row>(rows: readonly Row[], key: (row: Row) => string): Row[][] {
  const found = new Map<string, Row[]>()
  for (const row of rows) {
    const group = found.get(key(row))
    if (group) group.push(row)
    else found.set(key(row), [row])
  }
  return [...found.values()]
}

/**
 * The report of tasks: per owner the active follow-ups that fall due in the period and those of them already overdue, the ones closed and
 * discarded in it, and how often theirs were postponed in it; summed up by the department and branch where the owner stands now.
 */
export async function followUpTasks(ctx: AppContext, viewer: Viewer, input: TaskFilters) {
  const now = ctx.now()
  const { timeZone } = await findCompany(ctx.db)
  const due = and(sql`${followUps.state} = 'active'`, inPeriod(followUps.dueAt, input, timeZone))
  const ended = (state: 'closed' | 'discarded') =>
    and(sql`${followUps.state} = ${sql.raw(`'${state}'`)}`, inPeriod(followUps.endedAt, input, timeZone))
  const chosen = and(
    visibleFollowUp(viewer),
    ownersIn(input),
    input.ownerId === undefined ? undefined : eq(followUps.ownerId, input.ownerId),
    input.typeId === undefined ? undefined : eq(followUps.typeId, input.typeId),
    input.customerId === undefined ? undefined : eq(followUps.customerId, input.customerId),
  )
  const states = ctx.db
    .select({
      ownerId: followUps.ownerId,
      open: counted(due).as('open'),
      overdue: counted(and(due, sql`${followUps.dueAt} <= ${now.toISOString()}`)).as('overdue'),
      closed: counted(ended('closed')).as('closed'),
      discarded: counted(ended('discarded')).as('discarded'),
    })
    .from(followUps)
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(and(chosen, or(due, ended('closed'), ended('discarded'))))
    .groupBy(followUps.ownerId)
    .as('states')
  const delays = ctx.db
    .select({ ownerId: sql<string>`${followUps.ownerId}`.as('delayed_owner'), postponed: counted(undefined).as('postponed') })
    .from(postponements)
    .innerJoin(followUps, eq(followUps.id, postponements.followUpId))
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(and(chosen, inPeriod(postponements.postponedAt, input, timeZone)))
    .groupBy(followUps.ownerId)
    .as('delays')
  const figure = (column: SQL.Aliased<number>) => sql<number>`coalesce(${column}, 0)`.mapWith(Number)
  const rows = await ctx.db
    .select({
      owner: { id: users.id, name: users.name },
      active: users.active,
      branch: { id: branches.id, name: branches.name },
      department: { id: departments.id, name: departments.name },
      open: figure(states.open),
      overdue: figure(states.overdue),
      closed: figure(states.closed),
      discarded: figure(states.discarded),
      postponed: figure(delays.postponed),
    })
    .from(users)
    .innerJoin(branches, eq(branches.id, users.branchId))
    .leftJoin(departments, eq(departments.id, users.departmentId))
    .leftJoin(states, eq(states.ownerId, users.id))
    .leftJoin(delays, eq(delays.ownerId, users.id))
    .where(or(sql`${states.ownerId} is not null`, sql`${delays.ownerId} is not null`))
    .orderBy(asc(branches.name), asc(branches.id), asc(departments.name), asc(departments.id), asc(users.name), asc(users.id))
  return {
    branches: groups(rows, (row) => row.branch.id).map((ofBranch) => ({
      branch: ofBranch[0]?.branch ?? { id: '', name: '' },
      ...sum(ofBranch),
      departments: groups(ofBranch, (row) => row.department?.id ?? '').map((ofDepartment) => ({
        department: ofDepartment[0]?.department ?? null,
        ...sum(ofDepartment),
        owners: ofDepartment.map(({ branch: _branch, department: _department, ...row }) => row),
      })),
    })),
    total: sum(rows),
  }
}

/** How often a follow-up is postponed before a manager wants to know. */
const oftenPostponed = 3

function postponedOften(input: PostponementFilters, timeZone: string, ctx: AppContext) {
  return ctx.db
    .select({
      followUpId: postponements.followUpId,
      times: sql<number>`count(*)::int`.mapWith(Number).as('times'),
      delay: sql<number>`floor(sum(extract(epoch from ${postponements.toDueAt} - ${postponements.fromDueAt})) / 60)::bigint`
        .mapWith(Number)
        .as('delay'),
    })
    .from(postponements)
    .where(inPeriod(postponements.postponedAt, input, timeZone))
    .groupBy(postponements.followUpId)
    .having(gte(sql`count(*)`, input.times ?? oftenPostponed))
    .as('often')
}

const chosenPostponed = (viewer: Viewer, input: PostponementFilters, now: Date, timeZone: string) => {
  const { on: _on, from: _from, to: _to, times: _times, ...filters } = input
  return listedFollowUps(viewer, filters, now, timeZone)
}

/**
 * The follow-ups in reach (the active ones unless told) that were postponed three times or more, or as often as told, within the period: how
 * often, by how much in total, and why the last times. Refuses `period-reversed`.
 */
export async function postponedFollowUps(ctx: AppContext, viewer: Viewer, input: PostponementFilters) {
  const now = ctx.now()
  const { timeZone } = await findCompany(ctx.db)
  const often = postponedOften(input, timeZone, ctx)
  const sort = input.sort ?? '-times'
  const descending = sort.startsWith('-')
  const keys = [
    { column: sql`${sort.endsWith('delay') ? often.delay : often.times}`, type: 'bigint' },
    { column: followUps.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const found = await ctx.db
    .select({ id: followUps.id, times: often.times, delay: often.delay })
    .from(often)
    .innerJoin(followUps, eq(followUps.id, often.followUpId))
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(and(chosenPostponed(viewer, input, now, timeZone), keysetAfter(input.cursor, sort, keys, descending)))
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  const page = pageOf(
    found,
    limit,
    (row) => row,
    (row) => encodeCursor(sort, [sort.endsWith('delay') ? row.delay : row.times, row.id]),
  )
  const ids = page.items.map((row) => row.id)
  const [rows, reasons] = await Promise.all([
    selectFollowUps(ctx.db).where(inArray(followUps.id, ids)),
    ctx.db
      .select({
        followUpId: postponements.followUpId,
        at: postponements.postponedAt,
        by: { id: users.id, name: users.name },
        reason: postponements.reason,
        rank: sql<number>`row_number() over (partition by ${postponements.followUpId} order by ${postponements.postponedAt} desc, ${postponements.id} desc)`.mapWith(
          Number,
        ),
      })
      .from(postponements)
      .innerJoin(users, eq(users.id, postponements.postponedBy))
      .where(and(inArray(postponements.followUpId, ids), inPeriod(postponements.postponedAt, input, timeZone))),
  ])
  const rowOf = new Map(rows.map((row) => [row.id, row]))
  const items = page.items.flatMap(({ id, times, delay }) => {
    const row = rowOf.get(id)
    if (!row) return []
    const last = reasons
      .filter((one) => one.followUpId === id && one.rank <= 3)
      .sort((a, b) => a.rank - b.rank)
      .map(({ at, by, reason }) => ({ at: at.toISOString(), by, reason }))
    return [{ ...followUpItem(row, now), times, delayMinutes: delay, last }]
  })
  return { ...page, items: await withPlaces(ctx, items) }
}

/** How many follow-ups `postponedFollowUps` holds under the same filters. */
export async function countPostponedFollowUps(ctx: AppContext, viewer: Viewer, input: PostponementFilters): Promise<number> {
  const { timeZone } = await findCompany(ctx.db)
  const often = postponedOften(input, timeZone, ctx)
  const [row] = await ctx.db
    .select({ total: counted(undefined) })
    .from(often)
    .innerJoin(followUps, eq(followUps.id, often.followUpId))
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(chosenPostponed(viewer, input, ctx.now(), timeZone))
  return row?.total ?? 0
}
