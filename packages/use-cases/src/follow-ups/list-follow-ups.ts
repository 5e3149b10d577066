import { unaccented } from '@cartera/db/schema/columns'
import { customers } from '@cartera/db/schema/customers'
import { followUps } from '@cartera/db/schema/follow-ups'
import { users } from '@cartera/db/schema/organisation'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, customerScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { addDays, type CalendarDay, dayOfInstant, instantOfLocal } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, gte, lt, lte, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { firstOfEachOwner } from '../first-of-each-owner.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { followUpItem, selectFollowUps, visibleFollowUp } from './visible-follow-ups.ts'

export interface FollowUpFilters extends PageInput {
  state?: 'active' | 'closed' | 'discarded' | 'all' | undefined
  ownerId?: string | undefined
  typeId?: string | undefined
  situationId?: string | undefined
  customerId?: string | undefined
  opportunityId?: string | undefined
  caseId?: string | undefined
  quoteId?: string | undefined
  priority?: 'low' | 'normal' | 'high' | undefined
  channel?: 'call' | 'email' | 'visit' | 'message' | 'other' | undefined
  dueOn?: CalendarDay | undefined
  dueFrom?: CalendarDay | undefined
  dueTo?: CalendarDay | undefined
  overdue?: boolean | undefined
  mine?: boolean | undefined
  waiting?: boolean | undefined
  postponedTimes?: number | undefined
  /** Where the owner stands now. */
  branchId?: string | undefined
  departmentId?: string | undefined
  /** The period of the register: by the due time, by the end, or by either. */
  on?: CalendarDay | undefined
  from?: CalendarDay | undefined
  to?: CalendarDay | undefined
  by?: 'due' | 'end' | undefined
}

export interface Period {
  on?: CalendarDay | undefined
  from?: CalendarDay | undefined
  to?: CalendarDay | undefined
}

/** Whether an instant lies in a period of the company's days; undefined where the period has no bounds. Refuses `period-reversed`. */
export function inPeriod(column: SQLWrapper, { on, from, to }: Period, timeZone: string): SQL | undefined {
  if (from !== undefined && to !== undefined && to < from) throw new Refusal('period-reversed', { field: 'to' })
  const after = [on, from].filter((day) => day !== undefined)
  const until = [on, to].filter((day) => day !== undefined)
  return and(
    ...after.map((day) => sql`${column} >= ${startOf(day, timeZone).toISOString()}`),
    ...until.map((day) => sql`${column} < ${startOf(addDays(day, 1), timeZone).toISOString()}`),
  )
}

/** The owners who stand in a branch or department now. */
export function ownersIn(input: { branchId?: string | undefined; departmentId?: string | undefined }): SQL | undefined {
  const place = and(
    input.branchId === undefined ? undefined : eq(users.branchId, input.branchId),
    input.departmentId === undefined ? undefined : eq(users.departmentId, input.departmentId),
  )
  return place && sql`${followUps.ownerId} = any(array(select ${users.id} from ${users} where ${place}))`
}

function inRegister(input: FollowUpFilters, timeZone: string): SQL | undefined {
  if (input.by === 'due') return inPeriod(followUps.dueAt, input, timeZone)
  if (input.by === 'end') return and(sql`${followUps.endedAt} is not null`, inPeriod(followUps.endedAt, input, timeZone))
  const due = inPeriod(followUps.dueAt, input, timeZone)
  return due && or(due, inPeriod(followUps.endedAt, input, timeZone))
}

/** The first instant of a day for the company; where midnight is skipped, the first time that exists. */
export function startOf(day: CalendarDay, timeZone: string): Date {
  const instant = instantOfLocal(day, '00:00', timeZone)
  if (instant === null) throw new Refusal('day-invalid')
  return instant
}

/** What the words are found in: the number as it is written, the subject, and all that a customer is searched by. */
function matches(q: string): SQL | undefined {
  const key = searchKey(q)
  if (key === '') return undefined
  const number = /^#?(\d{1,9})$/.exec(key)?.[1]
  return or(
    sql`strpos(${unaccented('"follow_ups"."subject"')}, ${key}) > 0`,
    sql`strpos(${customers.searchText}, ${key}) > 0`,
    number === undefined ? undefined : eq(followUps.number, Number(number)),
  )
}

/** Which follow-ups a list under these filters holds. Days are those of the company's time zone. */
export function listedFollowUps(viewer: Viewer, input: FollowUpFilters, now: Date, timeZone: string): SQL | undefined {
  const from = [input.dueOn, input.dueFrom].filter((day) => day !== undefined)
  const to = [input.dueOn, input.dueTo].filter((day) => day !== undefined)
  const state = input.state ?? 'active'
  return and(
    visibleFollowUp(viewer),
    // The word itself and no parameter: so the planner can prove that the partial indexes hold all of these.
    state === 'all' ? undefined : sql`${followUps.state} = ${sql.raw(`'${state}'`)}`,
    input.mine ? eq(followUps.ownerId, viewer.userId) : undefined,
    input.ownerId === undefined ? undefined : eq(followUps.ownerId, input.ownerId),
    input.typeId === undefined ? undefined : eq(followUps.typeId, input.typeId),
    input.customerId === undefined ? undefined : eq(followUps.customerId, input.customerId),
    input.opportunityId === undefined ? undefined : eq(followUps.opportunityId, input.opportunityId),
    input.caseId === undefined ? undefined : eq(followUps.caseId, input.caseId),
    input.quoteId === undefined ? undefined : eq(followUps.quoteId, input.quoteId),
    input.priority === undefined ? undefined : eq(followUps.priority, input.priority),
    input.channel === undefined ? undefined : eq(followUps.channel, input.channel),
    ...from.map((day) => gte(followUps.dueAt, startOf(day, timeZone))),
    ...to.map((day) => lt(followUps.dueAt, startOf(addDays(day, 1), timeZone))),
    input.overdue === undefined
      ? undefined
      : input.overdue
        ? and(eq(followUps.state, 'active'), lte(followUps.dueAt, now))
        : sql`not (${followUps.state} = 'active' and ${followUps.dueAt} <= ${now})`,
    input.q === undefined ? undefined : matches(input.q),
    input.situationId === undefined ? undefined : eq(followUps.situationId, input.situationId),
    input.waiting === undefined ? undefined : eq(followUps.waitsForAnswer, input.waiting),
    input.postponedTimes === undefined
      ? undefined
      : sql`(select count(*) from postponements p where p.follow_up_id = ${followUps.id}) >= ${input.postponedTimes}`,
    ownersIn(input),
    inRegister(input, timeZone),
  )
}

/** The follow-ups in the viewer's reach; the active ones unless told. Days are those of the company's time zone. */
export async function listFollowUps(ctx: AppContext, viewer: Viewer, input: FollowUpFilters) {
  const sort = input.sort ?? 'dueAt'
  const descending = sort.startsWith('-')
  const byNumber = sort.endsWith('number')
  const keys = byNumber
    ? ([{ column: followUps.number, type: 'integer' }] as const)
    : ([
        { column: followUps.dueAt, type: 'timestamptz' },
        { column: followUps.id, type: 'uuid' },
      ] as const)
  const limit = input.limit ?? defaultPageSize
  const now = ctx.now()
  const { timeZone } = await findCompany(ctx.db)
  const where = and(listedFollowUps(viewer, input, now, timeZone), keysetAfter(input.cursor, sort, keys, descending))
  const order = orderOf(keys, descending)
  // Only the active ones have an index by owner and due time; one customer's or one owner's are few, or have their own.
  const byOwner =
    !byNumber &&
    (input.state ?? 'active') === 'active' &&
    !input.mine &&
    !input.ownerId &&
    !input.customerId &&
    !input.opportunityId &&
    !input.caseId &&
    !input.quoteId
  const scope = accessScopeOf(viewer)
  const owners = byOwner && scope.kind !== 'own' ? visibleTo(scope, users.id) : undefined
  const rows = await selectFollowUps(ctx.db)
    .where(and(where, owners && firstOfEachOwner(followUps, followUps.ownerId, owners, where, keys, descending, limit + 1)))
    .orderBy(...order)
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => followUpItem(row, now),
    (row) => encodeCursor(sort, byNumber ? [row.number] : [row.dueAt.toISOString(), row.id]),
  )
}

/** How many active follow-ups are already due, still to come today (the company's day), and later; the viewer's own with `mine`. */
export async function countFollowUps(ctx: AppContext, viewer: Viewer, input: { mine?: boolean | undefined }) {
  const now = ctx.now()
  const { timeZone } = await findCompany(ctx.db)
  const tomorrow = startOf(addDays(dayOfInstant(now, timeZone), 1), timeZone)
  const counted = (condition: SQL) => sql<number>`count(*) filter (where ${condition})`.mapWith(Number)
  const [row] = await ctx.db
    .select({
      overdue: counted(sql`${followUps.dueAt} <= ${now}`),
      today: counted(sql`${followUps.dueAt} > ${now} and ${followUps.dueAt} < ${tomorrow}`),
      later: counted(sql`${followUps.dueAt} >= ${tomorrow}`),
    })
    .from(followUps)
    .where(
      and(
        visibleTo(accessScopeOf(viewer), followUps.ownerId),
        // Whoever sees every customer needs only the few deleted ones looked up, not all of them joined.
        customerScopeOf(viewer).kind === 'company'
          ? sql`not exists (select 1 from ${customers} where ${customers.id} = ${followUps.customerId} and ${customers.deletedAt} is not null)`
          : sql`exists (select 1 from ${customers} where ${customers.id} = ${followUps.customerId} and ${visibleCustomer(viewer)})`,
        sql`${followUps.state} = 'active'`,
        input.mine ? eq(followUps.ownerId, viewer.userId) : undefined,
      ),
    )
  return row ?? { overdue: 0, today: 0, later: 0 }
}

/** The active users in the viewer's reach: to whom they may give a follow-up. */
export async function listFollowUpOwners(ctx: AppContext, viewer: Viewer, input: PageInput) {
  const sort = input.sort ?? 'name'
  const descending = sort.startsWith('-')
  const keys = [
    { column: users.name, type: 'text' },
    { column: users.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select({ id: users.id, name: users.name })
    .from(users)
    .where(
      and(
        users.active,
        visibleTo(accessScopeOf(viewer), users.id),
        input.q ? sql`strpos(${unaccented('"users"."name"')}, ${searchKey(input.q)}) > 0` : undefined,
        keysetAfter(input.cursor, sort, keys, descending),
      ),
    )
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => row,
    (row) => encodeCursor(sort, [row.name, row.id]),
  )
}
