import { unaccented } from '@cartera/db/schema/columns'
import { customers, notes } from '@cartera/db/schema/customers'
import { branches, departments, users } from '@cartera/db/schema/organisation'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { addDays, instantOfLocal } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, asc, count, desc, eq, getTableColumns, gte, inArray, isNull, lt, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { likeEscaped } from '../customers/search-customers.ts'
import { findVisibleCustomer, visibleCustomer } from '../customers/visible-customer.ts'
import { firstOfEachOwner } from '../first-of-each-owner.ts'
import { decodeCursor, defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { selectNotes, toNote, visibleNote } from './visible-note.ts'

const timeKeys = [
  { column: notes.createdAt, type: 'timestamptz' },
  { column: notes.id, type: 'uuid' },
] as const

const mentions = (q: string | undefined): SQL | undefined =>
  and(
    ...searchKey(q ?? '')
      .split(' ')
      .filter((word) => word !== '')
      .map((word) => sql`${unaccented('notes.body', 'notes.location', 'notes.treatment')} like ${`%${likeEscaped(word)}%`}`),
  )

/** The notes of a customer within the viewer's scope, newest first. Refuses `not-found`. */
export async function listNotesOfCustomer(ctx: AppContext, viewer: Viewer, customerId: string, input: PageInput) {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  return timePage(ctx, input, and(eq(notes.customerId, customerId), visibleNote(viewer), mentions(input.q)))
}

/** A page by time. `authors` (a condition over `users`) has it gathered from each author's own newest: see `firstOfEachOwner`. */
async function timePage(ctx: AppContext, input: PageInput, where: SQL | undefined, authors?: SQL) {
  const sort = input.sort ?? '-createdAt'
  const descending = sort.startsWith('-')
  const limit = input.limit ?? defaultPageSize
  const after = and(where, keysetAfter(input.cursor, sort, timeKeys, descending))
  const rows = await selectNotes(ctx.db)
    .where(and(after, authors && firstOfEachOwner(notes, notes.authorId, authors, after, timeKeys, descending, limit + 1)))
    .orderBy(...orderOf(timeKeys, descending))
    .limit(limit + 1)
  return pageOf(rows, limit, toNote, (row) => encodeCursor(sort, [row.createdAt.toISOString(), row.id]))
}

export interface NoteFilters {
  customerId?: string | undefined
  branchId?: string | undefined
  departmentId?: string | undefined
  authorId?: string | undefined
  from?: string | undefined
  to?: string | undefined
  latest?: number | undefined
  q?: string | undefined
  /** One department of the report grouped by department, or `none`. */
  section?: string | undefined
}

const inSection = (section: string | undefined): SQL | undefined =>
  section === undefined ? undefined : section === 'none' ? isNull(users.departmentId) : eq(users.departmentId, section)

/** Conditions over `notes` alone: place filters through the authors who stand there now, days in the company's time zone. */
async function filtered(ctx: AppContext, input: NoteFilters): Promise<SQL | undefined> {
  const { timeZone } = await findCompany(ctx.db)
  const startOf = (day: string) => instantOfLocal(day, '00:00', timeZone) ?? new Date(Number.NaN)
  const inPlace = (condition: SQL) => sql`${notes.authorId} = any(array(select ${users.id} from ${users} where ${condition}))`
  return and(
    isNull(notes.deletedAt),
    input.customerId === undefined ? undefined : eq(notes.customerId, input.customerId),
    input.branchId === undefined ? undefined : inPlace(eq(users.branchId, input.branchId)),
    input.departmentId === undefined ? undefined : inPlace(eq(users.departmentId, input.departmentId)),
    input.authorId === undefined ? undefined : eq(notes.authorId, input.authorId),
    input.from === undefined ? undefined : gte(notes.createdAt, startOf(input.from)),
    input.to === undefined ? undefined : lt(notes.createdAt, startOf(addDays(input.to, 1))),
    mentions(input.q),
  )
}

/**
 * The notes within the viewer's scope under the filters of the report, newest first; with `latest` the last so many of each
 * customer, by the customer's name.
 */
export async function reportNotes(ctx: AppContext, viewer: Viewer, input: PageInput & NoteFilters) {
  const filters = await filtered(ctx, input)
  if (input.latest !== undefined) return latestPage(ctx, viewer, { ...input, latest: input.latest }, filters)
  const where = and(filters, visibleNote(viewer), inSection(input.section))
  // One customer's notes, or one author's, are few or have an index of their own.
  const spread = input.customerId === undefined && input.authorId === undefined && accessScopeOf(viewer).kind !== 'own'
  return timePage(ctx, input, where, spread ? authorsWithin(viewer, input) : undefined)
}

/** Who may have written what the viewer sees under the filters, where that is not everybody. */
const authorsWithin = (viewer: Viewer, input: NoteFilters): SQL | undefined =>
  and(
    visibleTo(accessScopeOf(viewer), users.id),
    input.branchId === undefined ? undefined : eq(users.branchId, input.branchId),
    input.departmentId === undefined ? undefined : eq(users.departmentId, input.departmentId),
    inSection(input.section),
  )

/** Up to so many notes of an author, their customers are looked up; above, they are met soon enough on the way through all customers. */
const fewNotes = 2000

/**
 * Where one author's notes are asked for and there are few, only the customers whom they wrote about: an author of five notes would otherwise
 * be looked for at every customer of the company.
 */
async function customersOfAuthor(ctx: AppContext, viewer: Viewer, input: NoteFilters): Promise<SQL | undefined> {
  const authorId = accessScopeOf(viewer).kind === 'own' ? viewer.userId : input.authorId
  if (authorId === undefined || input.customerId !== undefined) return undefined
  const written = await ctx.db
    .select({ customerId: notes.customerId })
    .from(notes)
    .where(and(eq(notes.authorId, authorId), isNull(notes.deletedAt)))
    .limit(fewNotes + 1)
  return written.length > fewNotes ? undefined : inArray(customers.id, [...new Set(written.map((row) => row.customerId))])
}

/** The last so many of each customer, found customer by customer on the index over a customer's notes. */
const latestOf = (ctx: AppContext, viewer: Viewer, latest: number, filters: SQL | undefined) =>
  ctx.db
    .select(getTableColumns(notes))
    .from(notes)
    .where(and(eq(notes.customerId, customers.id), visibleTo(accessScopeOf(viewer), notes.authorId), filters))
    .orderBy(desc(notes.createdAt), desc(notes.id))
    .limit(latest)
    .as('latest_notes')

async function latestPage(
  ctx: AppContext,
  viewer: Viewer,
  input: PageInput & NoteFilters & { latest: number },
  filters: SQL | undefined,
) {
  const sort = 'latest'
  const limit = input.limit ?? defaultPageSize
  const latest = latestOf(ctx, viewer, input.latest, filters)
  const ofAuthor = await customersOfAuthor(ctx, viewer, input)
  const rows = await ctx.db
    .select({
      id: latest.id,
      customerId: customers.id,
      customerName: customers.name,
      customerCode: customers.code,
      customerNameKey: customers.nameKey,
      authorId: users.id,
      authorName: users.name,
      branchId: branches.id,
      branchName: branches.name,
      departmentId: departments.id,
      departmentName: departments.name,
      body: latest.body,
      location: latest.location,
      treatment: latest.treatment,
      createdAt: latest.createdAt,
    })
    .from(customers)
    .innerJoinLateral(latest, sql`true`)
    .innerJoin(users, eq(users.id, latest.authorId))
    .innerJoin(branches, eq(branches.id, users.branchId))
    .leftJoin(departments, eq(departments.id, users.departmentId))
    .where(
      and(
        visibleCustomer(viewer),
        input.customerId === undefined ? undefined : eq(customers.id, input.customerId),
        inSection(input.section),
        ofAuthor,
        afterLatest(input.cursor, sort, latest),
      ),
    )
    .orderBy(asc(customers.nameKey), asc(customers.id), desc(latest.createdAt), desc(latest.id))
    .limit(limit + 1)
  return pageOf(rows, limit, toNote, (row) =>
    encodeCursor(sort, [row.customerNameKey, row.customerId, row.createdAt.toISOString(), row.id]),
  )
}

/** "After this cursor" where the customers go up and the notes of each go down. */
function afterLatest(cursor: string | undefined, sort: string, latest: ReturnType<typeof latestOf>): SQL | undefined {
  if (cursor === undefined) return undefined
  const [nameKey = '', customerId = '', createdAt = '', noteId = ''] = decodeCursor(cursor, sort, 4)
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
  const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
  if (!uuid.test(customerId) || !uuid.test(noteId) || !instant.test(createdAt) || Number.isNaN(Date.parse(createdAt)))
    throw new Refusal('cursor-invalid', { field: 'cursor' })
  return sql`(${customers.nameKey}, ${customers.id}) >= (${nameKey}::text, ${customerId}::uuid)
    and (${customers.id} <> ${customerId}::uuid or (${latest.createdAt}, ${latest.id}) < (${createdAt}::timestamptz, ${noteId}::uuid))`
}

/** How many of the notes stand in which department, under the filters and scope of the report. */
export async function countNotesByDepartment(ctx: AppContext, viewer: Viewer, input: NoteFilters) {
  const filters = await filtered(ctx, input)
  const counted =
    input.latest === undefined
      ? await ctx.db
          .select({ departmentId: departments.id, departmentName: departments.name, notes: count() })
          .from(notes)
          .innerJoin(customers, eq(customers.id, notes.customerId))
          .innerJoin(users, eq(users.id, notes.authorId))
          .leftJoin(departments, eq(departments.id, users.departmentId))
          .where(and(filters, visibleNote(viewer)))
          .groupBy(departments.id)
          .orderBy(desc(count()), asc(departments.name))
          .limit(1000)
      : await countLatest(ctx, viewer, input, input.latest, filters)
  return {
    items: counted.map((row) => ({
      department:
        row.departmentId === null || row.departmentName === null ? null : { id: row.departmentId, name: row.departmentName },
      notes: row.notes,
    })),
  }
}

function countLatest(ctx: AppContext, viewer: Viewer, input: NoteFilters, latestCount: number, filters: SQL | undefined) {
  const latest = latestOf(ctx, viewer, latestCount, filters)
  return ctx.db
    .select({ departmentId: departments.id, departmentName: departments.name, notes: count() })
    .from(customers)
    .innerJoinLateral(latest, sql`true`)
    .innerJoin(users, eq(users.id, latest.authorId))
    .leftJoin(departments, eq(departments.id, users.departmentId))
    .where(and(visibleCustomer(viewer), input.customerId === undefined ? undefined : eq(customers.id, input.customerId)))
    .groupBy(departments.id)
    .orderBy(desc(count()), asc(departments.name))
    .limit(1000)
}
