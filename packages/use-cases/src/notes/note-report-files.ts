import type { EndpointOutput } from '@cartera/contract/endpoint'
import type { noteEndpoints } from '@cartera/contract/notes'
import { customers } from '@cartera/db/schema/customers'
import { branches, companyLogo, departments, users } from '@cartera/db/schema/organisation'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { dayOfInstant, localTimeOf } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import type { Language } from '../customers/customer-words.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { type PdfBlock, renderPdf } from '../exports/render-pdf.ts'
import type { WorkbookCell, WorkbookColumn, WorkbookSheet } from '../exports/write-workbook.ts'
import { sayDay } from '../notices/notice-words.ts'
import { languageOf } from '../portfolio/portfolio-workbook.ts'
import { countNotesByDepartment, type NoteFilters, reportNotes } from './list-notes.ts'

type Note = EndpointOutput<typeof noteEndpoints.read>
type Input = NoteFilters & { sort?: string | undefined; grouped?: boolean | undefined }

const batchSize = 500
/** What a person reads on paper; memory and time follow it. */
const mostNotesOnPaper = 2000

const words = {
  es: {
    file: 'notas',
    title: 'Informe de notas',
    summary: 'Por departamento',
    notes: 'Notas',
    count: 'Notas',
    at: 'Registrada',
    code: 'Código',
    customer: 'Cliente',
    author: 'Usuario',
    branch: 'Sucursal',
    department: 'Departamento',
    noDepartment: 'Sin departamento',
    body: 'Nota',
    location: 'Ubicación física',
    treatment: 'Tratamiento',
    subtotal: 'Subtotal {name}',
    total: 'Total',
    from: 'Desde',
    to: 'Hasta',
    latest: 'Por cliente',
    latestValue: 'las últimas {count}',
    search: 'Búsqueda',
    none: 'No hay notas con estos filtros.',
    made: 'Hecho por {name} el {day}',
  },
  en: {
    file: 'notes',
    title: 'Report of notes',
    summary: 'By department',
    notes: 'Notes',
    count: 'Notes',
    at: 'Recorded',
    code: 'Code',
    customer: 'Customer',
    author: 'User',
    branch: 'Branch',
    department: 'Department',
    noDepartment: 'No department',
    body: 'Note',
    location: 'Physical location',
    treatment: 'Treatment',
    subtotal: 'Subtotal {name}',
    total: 'Total',
    from: 'From',
    to: 'To',
    latest: 'Per customer',
    latestValue: 'the last {count}',
    search: 'Search',
    none: 'No notes under these filters.',
    made: 'Made by {name} on {day}',
  },
} as const

/** The notes of the report one after the other, page by page: memory holds one page. */
async function* notesOf(
  ctx: AppContext,
  viewerNow: () => Promise<Viewer>,
  input: Input & { section?: string },
): AsyncGenerator<Note> {
  for (let cursor: string | undefined; ; ) {
    const viewer = await viewerNow()
    const page: Awaited<ReturnType<typeof reportNotes>> = await reportNotes(ctx, viewer, { ...input, limit: batchSize, cursor })
    yield* page.items
    if (page.nextCursor === null) return
    cursor = page.nextCursor
  }
}

/** The departments of the notes under the filters, each with how many stand there. */
async function sectionsOf(ctx: AppContext, viewer: Viewer, input: Input, language: Language) {
  const { items } = await countNotesByDepartment(ctx, viewer, input)
  return items.map(({ department, notes }) => ({
    section: department?.id ?? 'none',
    name: department?.name ?? words[language].noDepartment,
    notes,
  }))
}

/** The columns of notes as a file; grouped, the last one is for the subtotals. */
export function noteColumns(language: Language, grouped: boolean): WorkbookColumn[] {
  const say = words[language]
  return [
    { header: say.department, type: 'text', width: 22 },
    { header: say.at, type: 'instant' },
    { header: say.code, type: 'text', width: 12 },
    { header: say.customer, type: 'text', width: 32 },
    { header: say.author, type: 'text' },
    { header: say.branch, type: 'text', width: 18 },
    { header: say.body, type: 'text', width: 60 },
    { header: say.location, type: 'text' },
    { header: say.treatment, type: 'text', width: 40 },
    ...(grouped ? [{ header: say.count, type: 'integer' as const }] : []),
  ]
}

/** The notes under the filters row by row; grouped, department by department with a subtotal after each. `viewerNow` is asked before every page. */
export async function* noteRows(
  ctx: AppContext,
  viewerNow: () => Promise<Viewer>,
  input: Input,
  language: Language,
): AsyncGenerator<WorkbookCell[]> {
  const say = words[language]
  const cellsOf = (note: Note): WorkbookCell[] => [
    note.department?.name ?? say.noDepartment,
    note.createdAt,
    note.customer.code,
    note.customer.name,
    note.author.name,
    note.branch.name,
    note.body,
    note.location,
    note.treatment,
  ]
  if (input.grouped !== true) {
    for await (const note of notesOf(ctx, viewerNow, input)) yield cellsOf(note)
    return
  }
  for (const { section, name } of await sectionsOf(ctx, await viewerNow(), input, language)) {
    let written = 0
    for await (const note of notesOf(ctx, viewerNow, { ...input, section })) {
      written += 1
      yield [...cellsOf(note), null]
    }
    yield [say.subtotal.replace('{name}', () => name), ...Array<null>(8).fill(null), written]
  }
}

/** How many of the notes stand in which department, as a sheet of its own beside them. */
export function noteSummarySheet(
  ctx: AppContext,
  viewerNow: () => Promise<Viewer>,
  input: Input,
  language: Language,
): WorkbookSheet {
  const say = words[language]
  async function* rows(): AsyncGenerator<WorkbookCell[]> {
    let total = 0
    for (const { name, notes } of await sectionsOf(ctx, await viewerNow(), input, language)) {
      total += notes
      yield [name, notes]
    }
    yield [say.total, total]
  }
  return {
    name: say.summary,
    columns: [
      { header: say.department, type: 'text', width: 30 },
      { header: say.count, type: 'integer' },
    ],
    rows: rows(),
  }
}

/**
 * The report of notes as PDF, for paper: the filters that it stands under, and the notes; grouped, department by department with its subtotal.
 * Audited. Refuses `not-allowed` without the permission to export, `report-too-long` above 2000 notes.
 */
export async function notePdf(ctx: AppContext, viewer: Viewer, input: Input): Promise<{ fileName: string; pdf: Buffer }> {
  const refusal = permissionRefusal(viewer, 'export')
  if (refusal) throw new Refusal(refusal)
  const { timeZone } = await findCompany(ctx.db)
  const language = await languageOf(ctx, viewer)
  const say = words[language]
  const today = dayOfInstant(ctx.now(), timeZone)
  const sections = await sectionsOf(ctx, viewer, input, language)
  const total = sections.reduce((sum, one) => sum + one.notes, 0)
  await ctx.db.transaction((tx) =>
    recordAudit(tx, ctx, viewer, {
      action: 'export',
      entity: 'notes',
      entityId: today,
      changes: { format: 'pdf', filter: input },
    }),
  )
  if (total > mostNotesOnPaper) throw new Refusal('report-too-long', { params: { most: mostNotesOnPaper, found: total } })
  const company = await findCompany(ctx.db)
  const [logo] = await ctx.db.select().from(companyLogo)
  const blocks: PdfBlock[] = [{ kind: 'facts', rows: await filtersSaid(ctx, viewer, input, language) }]
  const add = async (section?: string) => {
    for await (const note of notesOf(ctx, async () => viewer, { ...input, ...(section === undefined ? {} : { section }) }))
      blocks.push(...noteBlocks(note, timeZone, language))
  }
  if (total === 0) blocks.push({ kind: 'text', text: say.none, tone: 'muted' })
  else if (input.grouped === true) {
    for (const { section, name, notes } of sections) {
      blocks.push({ kind: 'heading', text: `${name}: ${notes}` })
      await add(section)
    }
  } else await add()
  if (total > 0)
    blocks.push({
      kind: 'table',
      columns: [
        { title: say.department, width: 'rest' },
        { title: say.count, align: 'right' },
      ],
      rows: sections.map(({ name, notes }) => [name, String(notes)]),
      totals: [[say.total, String(total)]],
    })
  const pdf = await renderPdf({
    title: say.title,
    language,
    company: { name: company.name, taxId: company.taxId },
    logo: logo?.content ?? null,
    foot: say.made.replace('{name}', () => viewer.name).replace('{day}', sayDay(today, language)),
    madeAt: ctx.now(),
    blocks,
  })
  return { fileName: `${say.file}-${today}.pdf`, pdf }
}

/** A note on paper is text and no row of a table: it may be longer than a page. */
function noteBlocks(note: Note, timeZone: string, language: 'es' | 'en'): PdfBlock[] {
  const say = words[language]
  const { day, minutes } = localTimeOf(new Date(note.createdAt), timeZone)
  const time = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
  return [
    { kind: 'text', text: `${note.customer.code} ${note.customer.name}`, tone: 'strong' },
    {
      kind: 'text',
      text: [
        `${sayDay(day, language)} ${time}`,
        note.author.name,
        note.branch.name,
        note.department?.name ?? say.noDepartment,
      ].join(' · '),
      tone: 'small',
    },
    { kind: 'text', text: note.body },
    ...(note.treatment === null ? [] : [{ kind: 'text' as const, text: `${say.treatment}: ${note.treatment}` }]),
    ...(note.location === null
      ? []
      : [{ kind: 'text' as const, text: `${say.location}: ${note.location}`, tone: 'muted' as const }]),
    { kind: 'text', text: ' ', tone: 'small' },
  ]
}

/** The filters in words. What the viewer does not see has no name for them. */
async function filtersSaid(ctx: AppContext, viewer: Viewer, input: Input, language: 'es' | 'en'): Promise<[string, string][]> {
  const say = words[language]
  const { customerId, branchId, departmentId, authorId } = input
  const rows: [string, string | undefined][] = []
  if (customerId !== undefined) {
    const [row] = await ctx.db
      .select({ name: customers.name })
      .from(customers)
      .where(and(eq(customers.id, customerId), visibleCustomer(viewer)))
    rows.push([say.customer, row?.name])
  }
  if (branchId !== undefined) {
    const [row] = await ctx.db.select({ name: branches.name }).from(branches).where(eq(branches.id, branchId))
    rows.push([say.branch, row?.name])
  }
  if (departmentId !== undefined) {
    const [row] = await ctx.db.select({ name: departments.name }).from(departments).where(eq(departments.id, departmentId))
    rows.push([say.department, row?.name])
  }
  if (authorId !== undefined) {
    const [row] = await ctx.db
      .select({ name: users.name })
      .from(users)
      .where(and(eq(users.id, authorId), visibleTo(accessScopeOf(viewer), users.id)))
    rows.push([say.author, row?.name])
  }
  if (input.from !== undefined) rows.push([say.from, sayDay(input.from, language)])
  if (input.to !== undefined) rows.push([say.to, sayDay(input.to, language)])
  if (input.latest !== undefined) rows.push([say.latest, say.latestValue.replace('{count}', String(input.latest))])
  if (input.q !== undefined && input.q !== '') rows.push([say.search, input.q])
  return rows.map(([label, value]) => [label, value ?? '-'])
}
