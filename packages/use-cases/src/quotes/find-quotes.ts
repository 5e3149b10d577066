import type { Querier } from '@cartera/db/connect'
import { unaccented } from '@cartera/db/schema/columns'
import { contacts, customers } from '@cartera/db/schema/customers'
import { customerMails } from '@cartera/db/schema/interactions'
import { opportunities } from '@cartera/db/schema/opportunities'
import { users } from '@cartera/db/schema/organisation'
import { quoteLines, quotes } from '@cartera/db/schema/quotes'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { addDays, type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import { formatAmount } from '@cartera/domain/money'
import { type QuoteState, quoteLabel, quoteState } from '@cartera/domain/quotes/quote-state'
import { quoteTotals } from '@cartera/domain/quotes/quote-totals'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, asc, eq, isNotNull, isNull, ne, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { companyToday, findCompany } from '../company/company-settings.ts'
import { mailsAbout } from '../customer-mails/customer-mails.ts'
import { likeEscaped } from '../customers/search-customers.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { mayRestore } from '../interests/find-interests.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf, type SortKey } from '../paging.ts'
import { moneyOfLine } from './quote-lines.ts'
import { makeQuotePdf } from './quote-pdf.ts'
import { quoteWords } from './quote-words.ts'

export interface QuoteFilters {
  q?: string | undefined
  customerId?: string | undefined
  opportunityId?: string | undefined
  ownerId?: string | undefined
  branchId?: string | undefined
  departmentId?: string | undefined
  state?: QuoteState | undefined
  from?: string | undefined
  to?: string | undefined
}

/** The quotes that exist for a viewer, deleted ones too: the owner stands within their scope now, and they see the customer. Over `quotes` joined with `customers`. */
export const reachedQuote = (viewer: Viewer): SQL | undefined =>
  and(visibleTo(accessScopeOf(viewer), quotes.ownerId), visibleCustomer(viewer))

/** A mail server took it for the customer, or it was handed over otherwise. */
const reached = sql<boolean>`(${quotes.byHand} or exists (select 1 from ${customerMails} where ${customerMails.aboutId} = ${quotes.id}
  and ${customerMails.kind} = 'quote' and ${customerMails.state} = 'sent'))`

const select = (db: Querier, viewer: Viewer) =>
  db
    .select({
      quote: quotes,
      reached,
      customer: { id: customers.id, code: customers.code, name: customers.name },
      contact: { id: contacts.id, name: contacts.name },
      owner: { id: users.id, name: users.name },
      opportunity: {
        id: opportunities.id,
        number: opportunities.number,
        name: opportunities.name,
        state: opportunities.state,
        version: opportunities.version,
      },
    })
    .from(quotes)
    .innerJoin(customers, eq(customers.id, quotes.customerId))
    .innerJoin(users, eq(users.id, quotes.ownerId))
    .leftJoin(contacts, eq(contacts.id, quotes.contactId))
    .leftJoin(
      opportunities,
      and(
        eq(opportunities.id, quotes.opportunityId),
        isNull(opportunities.deletedAt),
        visibleTo(accessScopeOf(viewer), opportunities.ownerId),
      ),
    )
    .$dynamic()

type Row = Awaited<ReturnType<typeof select>>[number]

function shown(viewer: Viewer, { quote, reached, ...row }: Row, today: CalendarDay) {
  const money = (minor: bigint) => formatAmount(minor, quote.currency)
  return {
    id: quote.id,
    label: quoteLabel(quote.number, quote.revision),
    number: quote.number,
    revision: quote.revision,
    ...row,
    state: quoteState({ ...quote, reached }, today),
    subject: quote.subject,
    currency: quote.currency,
    net: money(quote.netMinor),
    tax: money(quote.taxMinor),
    total: money(quote.totalMinor),
    validUntil: quote.validUntil,
    issuedOn: quote.issuedOn,
    decidedOn: quote.decidedOn,
    reason: quote.reason,
    createdAt: quote.createdAt.toISOString(),
    deletedAt: quote.deletedAt?.toISOString() ?? null,
    mayRestore: quote.deletedAt !== null && mayRestore(viewer, quote.deletedBy),
    version: quote.version,
  }
}

/** The condition for what `quoteState` answers. */
function inState(state: QuoteState, today: CalendarDay): SQL | undefined {
  switch (state) {
    case 'sending':
      return and(eq(quotes.state, 'issued'), sql`not ${reached}`)
    case 'sent':
      return and(eq(quotes.state, 'issued'), reached, sql`${quotes.validUntil} >= ${today}::date`)
    case 'expired':
      return and(eq(quotes.state, 'issued'), reached, sql`${quotes.validUntil} < ${today}::date`)
    default:
      return eq(quotes.state, state)
  }
}

function conditions(viewer: Viewer, input: QuoteFilters, today: CalendarDay, timeZone: string): SQL | undefined {
  const key = searchKey(input.q ?? '')
  const like = `%${likeEscaped(key)}%`
  const startOf = (day: string) => sql`${day}::date::timestamp at time zone ${timeZone}`
  return and(
    reachedQuote(viewer),
    input.customerId === undefined ? undefined : eq(quotes.customerId, input.customerId),
    input.opportunityId === undefined ? undefined : eq(opportunities.id, input.opportunityId),
    input.ownerId === undefined ? undefined : eq(quotes.ownerId, input.ownerId),
    input.branchId === undefined ? undefined : eq(users.branchId, input.branchId),
    input.departmentId === undefined ? undefined : eq(users.departmentId, input.departmentId),
    input.state === undefined ? undefined : inState(input.state, today),
    input.from === undefined ? undefined : sql`${quotes.createdAt} >= ${startOf(input.from)}`,
    input.to === undefined ? undefined : sql`${quotes.createdAt} < ${startOf(addDays(input.to, 1))}`,
    key === ''
      ? undefined
      : or(
          sql`${customers.searchText} like ${like}`,
          sql`${unaccented('"quotes"."subject"')} like ${like}`,
          sql`lpad(${quotes.number}::text, 6, '0') || '-' || ${quotes.revision} like ${like}`,
        ),
  )
}

const orders = {
  number: [
    { column: quotes.number, type: 'integer' },
    { column: quotes.revision, type: 'integer' },
    { column: quotes.id, type: 'uuid' },
  ],
  validUntil: [
    { column: quotes.validUntil, type: 'date' },
    { column: quotes.id, type: 'uuid' },
  ],
  total: [
    { column: quotes.totalMinor, type: 'bigint' },
    { column: quotes.id, type: 'uuid' },
  ],
} as const satisfies Record<string, readonly SortKey[]>

const keysOf = (order: keyof typeof orders, { quote }: Row) =>
  order === 'number'
    ? [quote.number, quote.revision, quote.id]
    : order === 'total'
      ? [quote.totalMinor.toString(), quote.id]
      : [quote.validUntil, quote.id]

/** The quotes under the filters, of the owners in the viewer's scope; with `deleted` those that they may restore. */
export async function listQuotes(
  ctx: AppContext,
  viewer: Viewer,
  input: PageInput & QuoteFilters & { deleted?: boolean | undefined },
) {
  const sort = input.sort ?? '-number'
  const descending = sort.startsWith('-')
  const named = sort.replace('-', '')
  const order = named === 'total' || named === 'validUntil' ? named : 'number'
  const limit = input.limit ?? defaultPageSize
  const { timeZone } = await findCompany(ctx.db)
  const today = dayOfInstant(ctx.now(), timeZone)
  const rows = await select(ctx.db, viewer)
    .where(
      and(
        conditions(viewer, input, today, timeZone),
        input.deleted
          ? and(isNotNull(quotes.deletedAt), viewer.level === 1 ? undefined : eq(quotes.deletedBy, viewer.userId))
          : isNull(quotes.deletedAt),
        keysetAfter(input.cursor, sort, orders[order], descending),
      ),
    )
    .orderBy(...orderOf(orders[order], descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => shown(viewer, row, today),
    (row) => encodeCursor(sort, keysOf(order, row)),
  )
}

/** What the quotes under the filters come to, per currency. A replaced version does not count, since its successor does; unless it is asked for. */
export async function totalQuotes(ctx: AppContext, viewer: Viewer, input: QuoteFilters) {
  const { timeZone } = await findCompany(ctx.db)
  const today = dayOfInstant(ctx.now(), timeZone)
  const rows = await ctx.db
    .select({
      currency: quotes.currency,
      count: sql`count(*)`.mapWith(Number),
      total: sql<string>`sum(${quotes.totalMinor})::text`,
    })
    .from(quotes)
    .innerJoin(customers, eq(customers.id, quotes.customerId))
    .innerJoin(users, eq(users.id, quotes.ownerId))
    .leftJoin(
      opportunities,
      and(
        eq(opportunities.id, quotes.opportunityId),
        isNull(opportunities.deletedAt),
        visibleTo(accessScopeOf(viewer), opportunities.ownerId),
      ),
    )
    .where(
      and(
        conditions(viewer, input, today, timeZone),
        isNull(quotes.deletedAt),
        input.state === 'replaced' ? undefined : ne(quotes.state, 'replaced'),
      ),
    )
    .groupBy(quotes.currency)
    .orderBy(asc(quotes.currency))
  return { items: rows.map((row) => ({ ...row, total: formatAmount(BigInt(row.total), row.currency) })) }
}

const other = alias(quotes, 'other')

/** One quote as the viewer sees it, with its lines, sums, versions and mails. Refuses `not-found`. */
export async function readQuote(db: Querier, ctx: AppContext, viewer: Viewer, quoteId: string) {
  const [row] = await select(db, viewer).where(and(eq(quotes.id, quoteId), isNull(quotes.deletedAt), reachedQuote(viewer)))
  if (!row) throw new Refusal('not-found')
  const { quote } = row
  const money = (minor: bigint) => formatAmount(minor, quote.currency)
  const lines = await linesOf(db, quoteId)
  const totals = quoteTotals(lines.map(moneyOfLine), quote.taxIncluded)
  if (!totals) throw new Error(`the sums of quote ${quoteId} are too large`)
  // A version keeps its number, and only who sees it learns of it.
  const versions = await db
    .select({ id: other.id, number: other.number, revision: other.revision, previousId: other.previousId })
    .from(other)
    .where(
      and(
        or(eq(other.previousId, quoteId), quote.previousId === null ? undefined : eq(other.id, quote.previousId)),
        isNull(other.deletedAt),
        visibleTo(accessScopeOf(viewer), other.ownerId),
      ),
    )
  const version = (found: (typeof versions)[number] | undefined) =>
    found === undefined ? null : { id: found.id, label: quoteLabel(found.number, found.revision) }
  const named = async (userId: string | null) => {
    if (userId === null) return null
    const [user] = await db.select({ id: users.id, name: users.name }).from(users).where(eq(users.id, userId))
    return user ?? null
  }
  const mails = await mailsAbout(db, [quoteId])
  return {
    ...shown(viewer, row, await companyToday(ctx)),
    taxIncluded: quote.taxIncluded,
    language: quote.language,
    terms: quote.terms,
    notes: quote.notes,
    lines: lines.map((line, at) => {
      const { quantity, discountPercent, taxPercent } = moneyOfLine(line)
      return {
        id: line.id,
        productId: line.productId,
        description: line.description,
        unit: line.unit,
        quantity,
        unitPrice: money(line.unitPriceMinor),
        discountPercent,
        taxPercent,
        amount: money(totals.lines[at] ?? 0n),
      }
    }),
    subtotal: money(totals.subtotal),
    discount: money(totals.discount),
    taxes: totals.taxes.map(({ percent, base, tax }) => ({ percent, base: money(base), tax: money(tax) })),
    byHand: quote.byHand,
    issuedBy: await named(quote.issuedBy),
    decidedBy: await named(quote.decidedBy),
    previous: version(versions.find(({ id }) => id === quote.previousId)),
    next: version(versions.find(({ previousId }) => previousId === quoteId)),
    mails: mails.get(quoteId) ?? [],
  }
}

/** The lines of a quote in their order. */
export const linesOf = (db: Querier, quoteId: string) =>
  db.select().from(quoteLines).where(eq(quoteLines.quoteId, quoteId)).orderBy(asc(quoteLines.position))

/** The document: of a draft as it stands now, else exactly as it was issued. Refuses `not-found`. */
export async function downloadQuote(ctx: AppContext, viewer: Viewer, quoteId: string) {
  const [row] = await select(ctx.db, viewer).where(and(eq(quotes.id, quoteId), isNull(quotes.deletedAt), reachedQuote(viewer)))
  if (!row) throw new Refusal('not-found')
  const { quote } = row
  const title = quoteWords[quote.language].title.replace('{label}', quoteLabel(quote.number, quote.revision))
  return {
    fileName: `${title}.pdf`,
    pdf: quote.pdf ?? (await makeQuotePdf(ctx.db, quote, await linesOf(ctx.db, quoteId), { now: ctx.now(), issuedOn: null })),
  }
}
