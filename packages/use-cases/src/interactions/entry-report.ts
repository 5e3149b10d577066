import type { Readable } from 'node:stream'
import { unaccented } from '@cartera/db/schema/columns'
import { customers } from '@cartera/db/schema/customers'
import { interactionEntries, interactions, interactionTopics } from '@cartera/db/schema/interactions'
import { companyLogo, users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { addDays, type CalendarDay, dayOfInstant, localTimeOf } from '@cartera/domain/calendar-day'
import type { EntryKind } from '@cartera/domain/interactions/interaction-rules'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, asc, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { type PdfBlock, renderPdf } from '../exports/render-pdf.ts'
import { type WorkbookCell, workbookStream } from '../exports/write-workbook.ts'
import { sayDay } from '../notices/notice-words.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf, type SortKey } from '../paging.ts'
import { languageOf } from '../portfolio/portfolio-workbook.ts'
import { startOfDay } from './find-interactions.ts'
import { interactionWords } from './interaction-words.ts'
import { visibleInteraction } from './visible-interaction.ts'

export interface EntryFilters {
  q?: string | undefined
  entryName?: string | undefined
  kind?: EntryKind | undefined
  topicId?: string | undefined
  ownerId?: string | undefined
  customerId?: string | undefined
  from?: CalendarDay | undefined
  to?: CalendarDay | undefined
}

/** A condition over `interaction_entries` joined with `interactions` and `customers`. */
async function filtered(ctx: AppContext, viewer: Viewer, input: EntryFilters): Promise<SQL | undefined> {
  const { timeZone } = await findCompany(ctx.db)
  return and(
    visibleInteraction(viewer),
    input.q ? sql`strpos(${interactionEntries.entryKey}, ${searchKey(input.q)}) > 0` : undefined,
    // Folded as the stored key is: a name as the summary says it finds its entries, whatever letters are in it.
    input.entryName
      ? sql`${interactionEntries.entryKey} = (select ${unaccented('typed.name')} from (values (${input.entryName}::text)) as typed(name))`
      : undefined,
    input.kind === undefined ? undefined : eq(interactionEntries.kind, input.kind),
    input.topicId === undefined ? undefined : eq(interactions.topicId, input.topicId),
    input.ownerId === undefined ? undefined : eq(interactions.ownerId, input.ownerId),
    input.customerId === undefined ? undefined : eq(interactions.customerId, input.customerId),
    input.from === undefined ? undefined : gte(interactionEntries.writtenAt, startOfDay(input.from, timeZone)),
    input.to === undefined ? undefined : lt(interactionEntries.writtenAt, startOfDay(addDays(input.to, 1), timeZone)),
  )
}

const selectEntries = (ctx: AppContext) =>
  ctx.db
    .select({
      id: interactionEntries.id,
      entryName: interactionEntries.entryName,
      entryKey: interactionEntries.entryKey,
      kind: interactionEntries.kind,
      body: interactionEntries.body,
      writtenAt: interactionEntries.writtenAt,
      interaction: { id: interactions.id, number: interactions.number },
      topic: { id: interactionTopics.id, name: interactionTopics.name },
      customer: { id: customers.id, name: customers.name, code: customers.code },
      owner: { id: users.id, name: users.name },
    })
    .from(interactionEntries)
    .innerJoin(interactions, eq(interactions.id, interactionEntries.interactionId))
    .innerJoin(interactionTopics, eq(interactionTopics.id, interactions.topicId))
    .innerJoin(customers, eq(customers.id, interactions.customerId))
    .innerJoin(users, eq(users.id, interactions.ownerId))

const byTime: readonly SortKey[] = [
  { column: interactionEntries.writtenAt, type: 'timestamptz' },
  { column: interactionEntries.id, type: 'uuid' },
]
const byName: readonly SortKey[] = [{ column: interactionEntries.entryKey, type: 'text' }, ...byTime]

/** Every entry in the viewer's reach under the filters, by its entry name unless told. Refuses `cursor-invalid`. */
export async function reportEntries(ctx: AppContext, viewer: Viewer, input: PageInput & EntryFilters) {
  const sort = input.sort ?? 'entryName'
  const descending = sort.startsWith('-')
  const named = sort.endsWith('entryName')
  const keys = named ? byName : byTime
  const limit = input.limit ?? defaultPageSize
  const rows = await selectEntries(ctx)
    .where(and(await filtered(ctx, viewer, input), keysetAfter(input.cursor, sort, keys, descending)))
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    ({ entryKey: _, ...row }) => ({ ...row, writtenAt: row.writtenAt.toISOString() }),
    (row) => encodeCursor(sort, [...(named ? [row.entryKey ?? ''] : []), row.writtenAt.toISOString(), row.id]),
  )
}

const mostNames = 1000

/** How many entries and interactions under each entry name, and how many entries in all, under the filters and scope of the report. */
export async function countEntryNames(ctx: AppContext, viewer: Viewer, input: EntryFilters) {
  const where = await filtered(ctx, viewer, input)
  const items = await ctx.db
    .select({
      entryName: sql<string>`min(${interactionEntries.entryName})`,
      entries: sql<number>`count(*)`.mapWith(Number),
      interactions: sql<number>`count(distinct ${interactionEntries.interactionId})`.mapWith(Number),
    })
    .from(interactionEntries)
    .innerJoin(interactions, eq(interactions.id, interactionEntries.interactionId))
    .innerJoin(customers, eq(customers.id, interactions.customerId))
    .where(where)
    .groupBy(interactionEntries.entryKey)
    .orderBy(asc(interactionEntries.entryKey))
    .limit(mostNames)
  const [all] = await ctx.db
    .select({ entries: sql<number>`count(*)`.mapWith(Number) })
    .from(interactionEntries)
    .innerJoin(interactions, eq(interactions.id, interactionEntries.interactionId))
    .innerJoin(customers, eq(customers.id, interactions.customerId))
    .where(where)
  return { items, entries: all?.entries ?? 0 }
}

async function openReport(ctx: AppContext, viewer: Viewer, input: EntryFilters) {
  const refusal = permissionRefusal(viewer, 'export')
  if (refusal) throw new Refusal(refusal)
  const company = await findCompany(ctx.db)
  const language = await languageOf(ctx, viewer)
  return { company, language, say: interactionWords[language], today: dayOfInstant(ctx.now(), company.timeZone), input }
}

async function auditExport(ctx: AppContext, viewer: Viewer, today: string, input: EntryFilters, as: 'xlsx' | 'pdf') {
  await recordAudit(ctx.db, ctx, viewer, {
    action: 'export',
    entity: 'interaction-entry',
    entityId: today,
    changes: { filter: input, as },
  })
}

/** The report as Excel: the summary by name, and every entry. Streamed, audited. Refuses `not-allowed` without the permission to export. */
export async function entryReportWorkbook(
  ctx: AppContext,
  viewer: Viewer,
  input: EntryFilters,
): Promise<{ fileName: string; stream: Readable }> {
  const { company, language, say, today } = await openReport(ctx, viewer, input)
  const { items } = await countEntryNames(ctx, viewer, input)
  await auditExport(ctx, viewer, today, input, 'xlsx')
  const text = (header: string, width?: number) => ({ header, type: 'text' as const, ...(width ? { width } : {}) })
  const stream = workbookStream(
    [
      {
        name: say.summary,
        columns: [
          text(say.entryName, 32),
          { header: say.entries, type: 'integer' },
          { header: say.interactions, type: 'integer' },
        ],
        rows: items.map((row) => [row.entryName, row.entries, row.interactions]),
      },
      {
        name: say.entries,
        columns: [
          text(say.entryName),
          { header: say.writtenAt, type: 'instant' },
          text(say.kind, 12),
          { header: say.number, type: 'integer' },
          text(say.topic, 18),
          text(say.code, 12),
          text(say.customer, 36),
          text(say.owner),
          text(say.text, 80),
        ],
        rows: entryRows(ctx, viewer, input, language),
      },
    ],
    { timeZone: company.timeZone },
  )
  return { fileName: `${say.reportFile}-${today}.xlsx`, stream }
}

async function* entryRows(
  ctx: AppContext,
  viewer: Viewer,
  input: EntryFilters,
  language: 'es' | 'en',
): AsyncGenerator<WorkbookCell[]> {
  const say = interactionWords[language]
  for (let cursor: string | undefined; ; ) {
    const page: Awaited<ReturnType<typeof reportEntries>> = await reportEntries(ctx, viewer, { ...input, limit: 1000, cursor })
    for (const row of page.items)
      yield [
        row.entryName,
        row.writtenAt,
        say.kinds[row.kind],
        row.interaction.number,
        row.topic.name,
        row.customer.code,
        row.customer.name,
        row.owner.name,
        row.body,
      ]
    if (page.nextCursor === null) return
    cursor = page.nextCursor
  }
}

/** What a person reads on paper; memory and time follow it. */
const mostEntriesOnPaper = 2000
/** What a cell of the paper holds of a long text; whoever wants it whole takes the workbook. */
const longestCell = 600
const clipped = (text: string) => (text.length > longestCell ? `${text.slice(0, longestCell).trimEnd()}…` : text)

/** The report as PDF, grouped by entry name. Refuses `not-allowed` without the permission to export, `report-too-long`. */
export async function entryReportPdf(ctx: AppContext, viewer: Viewer, input: EntryFilters) {
  const { company, language, say, today } = await openReport(ctx, viewer, input)
  const { items, entries } = await countEntryNames(ctx, viewer, input)
  if (entries > mostEntriesOnPaper) throw new Refusal('report-too-long', { params: { found: entries, most: mostEntriesOnPaper } })
  await auditExport(ctx, viewer, today, input, 'pdf')
  const { items: rows } = await reportEntries(ctx, viewer, { ...input, limit: mostEntriesOnPaper })
  const [logo] = await ctx.db.select().from(companyLogo)
  const groups = new Map<string, typeof rows>()
  for (const row of rows) {
    const key = searchKey(row.entryName)
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  const fill = (words: string, values: Record<string, string>) =>
    words.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
  const period = [
    input.from ? fill(say.from, { from: sayDay(input.from, language) }) : '',
    input.to ? fill(say.to, { to: sayDay(input.to, language) }) : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
  const sayTime = (instant: string) => {
    const { day, minutes } = localTimeOf(new Date(instant), company.timeZone)
    const two = (n: number) => String(n).padStart(2, '0')
    return `${sayDay(day, language)} ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
  }
  const blocks: PdfBlock[] = [
    {
      kind: 'table',
      columns: [
        { title: say.entryName, width: 'rest' },
        { title: say.entries, align: 'right' },
        { title: say.interactions, align: 'right' },
      ],
      rows: items.map((row) => [row.entryName, String(row.entries), String(row.interactions)]),
      totals: [[say.total, String(entries), '']],
      empty: say.none,
    },
    ...[...groups.values()].flatMap((group): PdfBlock[] => [
      { kind: 'heading', text: `${group[0]?.entryName ?? ''} (${group.length})` },
      {
        kind: 'table',
        columns: [
          { title: say.writtenAt },
          { title: say.number, align: 'right' },
          { title: say.kind },
          { title: say.topic },
          { title: say.customer, width: 130 },
          { title: say.text, width: 'rest' },
        ],
        rows: group.map((row) => [
          sayTime(row.writtenAt),
          String(row.interaction.number),
          say.kinds[row.kind],
          row.topic.name,
          row.customer.name,
          clipped(row.body),
        ]),
      },
    ]),
  ]
  const pdf = await renderPdf({
    title: say.report,
    subtitle: `${say.period}: ${period === '' ? say.always : period}`,
    language,
    company: { name: company.name, taxId: company.taxId },
    logo: logo?.content ?? null,
    foot: fill(say.made, { day: sayDay(today, language), name: viewer.name }),
    madeAt: ctx.now(),
    orientation: 'landscape',
    blocks,
  })
  return { fileName: `${say.reportFile}-${today}.pdf`, pdf }
}
