import type { TrashKind } from '@cartera/contract/trash'
import { cases } from '@cartera/db/schema/cases'
import { contacts, customers, notes } from '@cartera/db/schema/customers'
import { customerFiles } from '@cartera/db/schema/files'
import { interactions } from '@cartera/db/schema/interactions'
import { interests } from '@cartera/db/schema/interests'
import { opportunities } from '@cartera/db/schema/opportunities'
import { users } from '@cartera/db/schema/organisation'
import { quotes } from '@cartera/db/schema/quotes'
import { renewals } from '@cartera/db/schema/renewals'
import { visibleCustomerTo, visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, customerScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { restoreCase } from '../cases/write-case.ts'
import { findCompany } from '../company/company-settings.ts'
import { restoreContact } from '../contacts/write-contact.ts'
import { restoreCustomer } from '../customers/write-customer.ts'
import { restoreFile } from '../files/change-file.ts'
import { inPeriod } from '../follow-ups/list-follow-ups.ts'
import { restoreInteraction } from '../interactions/end-interaction.ts'
import { restoreInterest } from '../interests/write-interest.ts'
import { restoreNote } from '../notes/write-note.ts'
import { restoreOpportunity } from '../opportunities/write-opportunity.ts'
import { defaultPageSize, encodeCursor, keysetAfter, type PageInput, pageOf } from '../paging.ts'
import { restoreQuote } from '../quotes/write-quote.ts'
import { restoreRenewal } from '../renewals/write-renewal.ts'

interface Kind {
  /** Title, owner (null where only the customer decides) and whose it is, over the deleted rows of the table. */
  deleted: SQL
  restore(ctx: AppContext, viewer: Viewer, id: string, customerId: string): Promise<unknown>
}

const columns = (table: SQL, title: SQL, owner: SQL, customer: SQL = sql`${table}.customer_id`) =>
  sql`${table}.id, ${title} as title, ${owner} as owner_id, ${customer} as customer_id, ${table}.deleted_at, ${table}.deleted_by`
const nobody = sql`null::uuid`

/** Every kind of record that is deleted softly: where it lies, and its own way back. */
export const trashKinds: Record<TrashKind, Kind> = {
  customer: {
    // One that was merged is not in the trash: undoing the merge brings it back.
    deleted: sql`select ${columns(sql`${customers}`, sql`${customers.name}`, nobody, sql`${customers.id}`)} from ${customers} where ${customers.mergedIntoId} is null`,
    restore: restoreCustomer,
  },
  contact: {
    deleted: sql`select ${columns(sql`${contacts}`, sql`${contacts.name}`, nobody)} from ${contacts} where true`,
    restore: (ctx, viewer, id, customerId) => restoreContact(ctx, viewer, customerId, id),
  },
  note: {
    deleted: sql`select ${columns(sql`${notes}`, sql`${notes.body}`, sql`${notes.authorId}`)} from ${notes} where true`,
    restore: restoreNote,
  },
  interaction: {
    deleted: sql`select ${columns(sql`${interactions}`, sql`(select t.name from interaction_topics t where t.id = ${interactions.topicId}) || ' #' || ${interactions.number}`, sql`${interactions.ownerId}`)} from ${interactions} where true`,
    restore: restoreInteraction,
  },
  case: {
    deleted: sql`select ${columns(sql`${cases}`, sql`${cases.subject} || ' #' || ${cases.number}`, sql`${cases.ownerId}`)} from ${cases} where true`,
    restore: restoreCase,
  },
  file: {
    deleted: sql`select ${columns(sql`${customerFiles}`, sql`${customerFiles.name}`, sql`${customerFiles.ownerId}`)} from ${customerFiles} where ${customerFiles.state} = 'kept'`,
    restore: restoreFile,
  },
  interest: {
    deleted: sql`select ${columns(sql`${interests}`, sql`(select p.name from products p where p.id = ${interests.productId})`, nobody)} from ${interests} where true`,
    restore: restoreInterest,
  },
  renewal: {
    deleted: sql`select ${columns(sql`${renewals}`, sql`(select p.name from products p where p.id = ${renewals.productId})`, sql`${renewals.ownerId}`)} from ${renewals} where true`,
    restore: restoreRenewal,
  },
  opportunity: {
    deleted: sql`select ${columns(sql`${opportunities}`, sql`${opportunities.name} || ' #' || ${opportunities.number}`, sql`${opportunities.ownerId}`)} from ${opportunities} where true`,
    restore: restoreOpportunity,
  },
  quote: {
    deleted: sql`select ${columns(sql`${quotes}`, sql`${quotes.subject} || ' #' || ${quotes.number}`, sql`${quotes.ownerId}`)} from ${quotes} where true`,
    restore: restoreQuote,
  },
}
const names = Object.keys(trashKinds) as TrashKind[]

/** Only level 1 reads and restores what was deleted (product.md section 1). */
function requireLevelOne(viewer: Viewer): void {
  if (viewer.level !== 1) throw new Refusal('not-allowed')
}

/** The deleted records of some kinds that the viewer reaches: of customers in their reach, and what a deleted customer had comes with the customer. */
function trashed(viewer: Viewer, kinds: readonly TrashKind[]): SQL {
  const rows = sql.join(
    kinds.map(
      (kind) => sql`(select ${kind}::text as kind, d.* from (${trashKinds[kind].deleted}) d where d.deleted_at is not null)`,
    ),
    sql` union all `,
  )
  const reached = and(
    visibleCustomerTo(customerScopeOf(viewer), customers),
    sql`(d.kind = 'customer' or ${customers.deletedAt} is null)`,
    sql`(d.owner_id is null or ${visibleTo(accessScopeOf(viewer), sql`d.owner_id`) ?? sql`true`})`,
  )
  return sql`(${rows}) d join ${customers} on ${customers.id} = d.customer_id and ${reached}`
}

/** What was deleted, the last first, under the filters; days are the company's. Refuses `not-allowed` below level 1, `period-reversed`, `cursor-invalid`. */
export async function listTrash(
  ctx: AppContext,
  viewer: Viewer,
  input: PageInput & {
    kind?: TrashKind | undefined
    customerId?: string | undefined
    deletedBy?: string | undefined
    from?: CalendarDay | undefined
    to?: CalendarDay | undefined
  },
) {
  requireLevelOne(viewer)
  const sort = '-deletedAt'
  const keys = [
    { column: sql`d.deleted_at`, type: 'timestamptz' },
    { column: sql`d.id`, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const key = searchKey(input.q ?? '')
  const { timeZone } = await findCompany(ctx.db)
  const where = and(
    input.customerId === undefined ? undefined : eq(customers.id, input.customerId),
    input.deletedBy === undefined ? undefined : sql`d.deleted_by = ${input.deletedBy}::uuid`,
    inPeriod(sql`d.deleted_at`, { from: input.from, to: input.to }, timeZone),
    key === ''
      ? undefined
      : sql`(strpos(translate(lower(d.title), 'áàäâãåéèëêíìïîóòöôõúùüûñç', 'aaaaaaeeeeiiiiooooouuuunc'), ${key}) > 0 or strpos(${customers.searchText}, ${key}) > 0)`,
    keysetAfter(input.cursor, sort, keys, true),
  )
  const { rows } = await ctx.db.execute<{
    id: string
    kind: TrashKind
    title: string | null
    at: string
    customer_id: string
    code: string
    customer: string
    by_id: string | null
    by_name: string | null
  }>(sql`
    select d.id, d.kind, left(d.title, 300) as title, to_char(d.deleted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
      ${customers.id} as customer_id, ${customers.code} as code, ${customers.name} as customer, ${users.id} as by_id, ${users.name} as by_name
    from ${trashed(viewer, input.kind === undefined ? names : [input.kind])}
    left join ${users} on ${users.id} = d.deleted_by
    where ${where ?? sql`true`} order by d.deleted_at desc, d.id desc limit ${limit + 1}`)
  return pageOf(
    rows,
    limit,
    (row) => ({
      id: row.id,
      kind: row.kind,
      title: row.title ?? '',
      customer: { id: row.customer_id, name: row.customer, code: row.code },
      deletedAt: row.at,
      deletedBy: row.by_id === null || row.by_name === null ? null : { id: row.by_id, name: row.by_name },
    }),
    (row) => encodeCursor(sort, [row.at, row.id]),
  )
}

/**
 * Brings a deleted record back by its kind's own way. Refuses `not-allowed` below level 1, `not-found` where there is none (restored already, out of reach, or
 * its customer is deleted), and what the kind refuses: `interest-known`, `quote-has-draft`.
 */
export async function restoreFromTrash(ctx: AppContext, viewer: Viewer, { kind, id }: { kind: TrashKind; id: string }) {
  requireLevelOne(viewer)
  const { rows } = await ctx.db.execute<{ customer_id: string }>(
    sql`select d.customer_id from ${trashed(viewer, [kind])} where d.id = ${id}::uuid`,
  )
  const [found] = rows
  if (!found) throw new Refusal('not-found')
  await trashKinds[kind].restore(ctx, viewer, id, found.customer_id)
  return { kind, id, customerId: found.customer_id }
}
