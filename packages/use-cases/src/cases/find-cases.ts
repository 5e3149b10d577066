import type { Querier } from '@cartera/db/connect'
import { caseComments, cases, caseTypes } from '@cartera/db/schema/cases'
import { unaccented } from '@cartera/db/schema/columns'
import { contacts, customers } from '@cartera/db/schema/customers'
import { interactions, interactionTopics } from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import type { CaseState } from '@cartera/domain/cases/case-rules'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, gte, lt, lte, ne, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { startOf } from '../follow-ups/list-follow-ups.ts'
import { visibleInteraction } from '../interactions/visible-interaction.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { visibleCase } from './visible-case.ts'

interface CaseFilters {
  state?: CaseState | 'open' | 'all' | undefined
  priority?: 'low' | 'normal' | 'high' | undefined
  ownerId?: string | undefined
  /** Where the owner stands now. */
  branchId?: string | undefined
  departmentId?: string | undefined
  customerId?: string | undefined
  typeId?: string | undefined
  interactionId?: string | undefined
  dueFrom?: CalendarDay | undefined
  dueTo?: CalendarDay | undefined
  overdue?: boolean | undefined
  mine?: boolean | undefined
}

const resolvers = alias(users, 'resolver')
const creators = alias(users, 'creator')

function select(db: Querier) {
  return db
    .select({
      one: cases,
      customer: { id: customers.id, name: customers.name, code: customers.code },
      contact: { id: contacts.id, name: contacts.name },
      type: { id: caseTypes.id, name: caseTypes.name },
      owner: { id: users.id, name: users.name },
      resolvedBy: { id: resolvers.id, name: resolvers.name },
      createdBy: { id: creators.id, name: creators.name },
      commentCount:
        sql<number>`(select count(*) from ${caseComments} where ${caseComments.caseId} = ${cases.id} and ${caseComments.kind} = 'comment')`.mapWith(
          Number,
        ),
    })
    .from(cases)
    .innerJoin(customers, eq(customers.id, cases.customerId))
    .innerJoin(users, eq(users.id, cases.ownerId))
    .leftJoin(caseTypes, eq(caseTypes.id, cases.typeId))
    .leftJoin(contacts, eq(contacts.id, cases.contactId))
    .leftJoin(resolvers, eq(resolvers.id, cases.resolvedBy))
    .leftJoin(creators, eq(creators.id, cases.createdBy))
    .$dynamic()
}

function shown({ one, ...row }: Awaited<ReturnType<typeof select>>[number], now: Date) {
  return {
    id: one.id,
    number: one.number,
    ...row,
    subject: one.subject,
    description: one.description,
    state: one.state,
    priority: one.priority,
    channel: one.channel,
    dueAt: one.dueAt.toISOString(),
    overdue: one.state !== 'resolved' && one.dueAt <= now,
    resolution: one.resolution,
    resolvedAt: one.resolvedAt?.toISOString() ?? null,
    version: one.version,
    createdAt: one.createdAt.toISOString(),
  }
}

/** What the words are found in: the number as it is written, the subject, and all that a customer is searched by. */
function matches(q: string): SQL | undefined {
  const key = searchKey(q)
  if (key === '') return undefined
  const number = /^#?(\d{1,9})$/.exec(key)?.[1]
  return or(
    sql`strpos(${unaccented('"cases"."subject"')}, ${key}) > 0`,
    sql`strpos(${customers.searchText}, ${key}) > 0`,
    number === undefined ? undefined : eq(cases.number, Number(number)),
  )
}

function inState(state: CaseState | 'open' | 'all'): SQL | undefined {
  if (state === 'all') return undefined
  // The word itself and no parameter: so the planner can prove that the partial indexes hold all of these.
  return state === 'open' ? sql`${cases.state} <> 'resolved'` : eq(cases.state, state)
}

function listed(viewer: Viewer, input: CaseFilters & { q?: string | undefined }, now: Date, timeZone: string): SQL | undefined {
  return and(
    visibleCase(viewer),
    inState(input.state ?? 'open'),
    input.mine ? eq(cases.ownerId, viewer.userId) : undefined,
    input.ownerId === undefined ? undefined : eq(cases.ownerId, input.ownerId),
    input.branchId === undefined ? undefined : eq(users.branchId, input.branchId),
    input.departmentId === undefined ? undefined : eq(users.departmentId, input.departmentId),
    input.customerId === undefined ? undefined : eq(cases.customerId, input.customerId),
    input.typeId === undefined ? undefined : eq(cases.typeId, input.typeId),
    input.interactionId === undefined ? undefined : eq(cases.interactionId, input.interactionId),
    input.priority === undefined ? undefined : eq(cases.priority, input.priority),
    input.dueFrom === undefined ? undefined : gte(cases.dueAt, startOf(input.dueFrom, timeZone)),
    input.dueTo === undefined ? undefined : lt(cases.dueAt, startOf(addDays(input.dueTo, 1), timeZone)),
    input.overdue === undefined
      ? undefined
      : input.overdue
        ? and(ne(cases.state, 'resolved'), lte(cases.dueAt, now))
        : or(eq(cases.state, 'resolved'), sql`${cases.dueAt} > ${now}`),
    input.q === undefined ? undefined : matches(input.q),
  )
}

/** The cases in the viewer's reach under the filters; the open ones unless told. Days are those of the company's time zone. Refuses `cursor-invalid`. */
export async function listCases(ctx: AppContext, viewer: Viewer, input: PageInput & CaseFilters) {
  const sort = input.sort ?? 'dueAt'
  const descending = sort.startsWith('-')
  const byNumber = sort.endsWith('number')
  const keys = byNumber
    ? ([{ column: cases.number, type: 'integer' }] as const)
    : ([
        { column: cases.dueAt, type: 'timestamptz' },
        { column: cases.id, type: 'uuid' },
      ] as const)
  const limit = input.limit ?? defaultPageSize
  const now = ctx.now()
  const { timeZone } = await findCompany(ctx.db)
  const rows = await select(ctx.db)
    .where(and(listed(viewer, input, now, timeZone), keysetAfter(input.cursor, sort, keys, descending)))
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => shown(row, now),
    ({ one }) => encodeCursor(sort, byNumber ? [one.number] : [one.dueAt.toISOString(), one.id]),
  )
}

/** One case as the viewer sees it, with the interaction in which it was told where they see that. Refuses `not-found`. */
export async function readCase(db: Querier, ctx: AppContext, viewer: Viewer, caseId: string) {
  const [row] = await select(db).where(and(eq(cases.id, caseId), visibleCase(viewer)))
  if (!row) throw new Refusal('not-found')
  const [interaction] =
    row.one.interactionId === null
      ? []
      : await db
          .select({ id: interactions.id, number: interactions.number, topic: interactionTopics.name })
          .from(interactions)
          .innerJoin(customers, eq(customers.id, interactions.customerId))
          .innerJoin(interactionTopics, eq(interactionTopics.id, interactions.topicId))
          .where(and(eq(interactions.id, row.one.interactionId), visibleInteraction(viewer)))
  return { ...shown(row, ctx.now()), interaction: interaction ?? null }
}

/** What was said in a case, newest first. Refuses `not-found`, `cursor-invalid`. */
export async function listCaseComments(ctx: AppContext, viewer: Viewer, caseId: string, input: PageInput) {
  const [found] = await ctx.db
    .select({ id: cases.id })
    .from(cases)
    .innerJoin(customers, eq(customers.id, cases.customerId))
    .where(and(eq(cases.id, caseId), visibleCase(viewer)))
  if (!found) throw new Refusal('not-found')
  const keys = [
    { column: caseComments.writtenAt, type: 'timestamptz' },
    { column: caseComments.id, type: 'uuid' },
  ] as const
  const sort = '-writtenAt'
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select({ comment: caseComments, author: { id: users.id, name: users.name } })
    .from(caseComments)
    .innerJoin(users, eq(users.id, caseComments.authorId))
    .where(and(eq(caseComments.caseId, caseId), keysetAfter(input.cursor, sort, keys, true)))
    .orderBy(...orderOf(keys, true))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    ({ comment, author }) => ({
      id: comment.id,
      kind: comment.kind,
      body: comment.body,
      writtenAt: comment.writtenAt.toISOString(),
      author,
    }),
    ({ comment }) => encodeCursor(sort, [comment.writtenAt.toISOString(), comment.id]),
  )
}
