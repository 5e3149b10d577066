import type { Readable } from 'node:stream'
import { customers } from '@cartera/db/schema/customers'
import { followUpSituations, followUpTypes } from '@cartera/db/schema/follow-ups'
import { branches, companyLogo, departments, users } from '@cartera/db/schema/organisation'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { dayOfInstant, localTimeOf } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, type SQL } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { type PdfBlock, type PdfColumn, renderPdf } from '../exports/render-pdf.ts'
import { type WorkbookCell, type WorkbookSheet, workbookStream } from '../exports/write-workbook.ts'
import { sayDay } from '../notices/notice-words.ts'
import { languageOf } from '../portfolio/portfolio-workbook.ts'
import {
  countFollowUpRegister,
  countPostponedFollowUps,
  followUpRegister,
  followUpTasks,
  type PostponementFilters,
  postponedFollowUps,
  type TaskFigures,
  type TaskFilters,
} from './follow-up-reports.ts'
import type { FollowUpFilters } from './list-follow-ups.ts'

const batchSize = 200
/** What a person reads on paper; memory and time follow it. */
const mostRowsOnPaper = 2000

const words = {
  es: {
    register: {
      file: 'registro-de-seguimientos',
      title: 'Registro de seguimientos',
      none: 'No hay seguimientos con estos filtros.',
    },
    tasks: { file: 'informe-de-tareas', title: 'Informe de tareas', none: 'No hay tareas con estos filtros.' },
    postponements: {
      file: 'seguimientos-pospuestos',
      title: 'Seguimientos pospuestos',
      none: 'Ninguno se pospuso tantas veces con estos filtros.',
    },
    summary: 'Resumen',
    number: 'N.º',
    code: 'Código',
    customer: 'Cliente',
    subject: 'Asunto',
    type: 'Tipo',
    situation: 'Estado',
    state: 'Condición',
    states: { active: 'Activo', closed: 'Cerrado con éxito', discarded: 'Descartado', all: 'Todas' },
    overdue: 'Vencidos',
    isOverdue: 'Vencido',
    priority: 'Prioridad',
    priorities: { low: 'Baja', normal: 'Normal', high: 'Alta' },
    channel: 'Medio',
    channels: { call: 'Llamada', email: 'Correo', visit: 'Visita', message: 'Mensaje', other: 'Otro' },
    owner: 'Responsable',
    branch: 'Sucursal',
    department: 'Departamento',
    noDepartment: 'Sin departamento',
    createdAt: 'Creado',
    firstDueAt: 'Vencía al inicio',
    dueAt: 'Vence',
    endedAt: 'Terminó',
    endReason: 'Resultado o motivo',
    times: 'Veces pospuesto',
    delay: 'Horas de retraso',
    lastReasons: 'Últimos motivos',
    noReason: 'sin motivo',
    open: 'Abiertas',
    overdueTasks: 'Vencidas',
    closed: 'Cerradas',
    discarded: 'Descartadas',
    postponed: 'Veces pospuestas',
    count: 'Seguimientos',
    subtotal: 'Subtotal {name}',
    total: 'Total',
    on: 'Día',
    from: 'Desde',
    to: 'Hasta',
    by: 'El período se refiere a',
    bys: { due: 'el vencimiento', end: 'la terminación' },
    atLeast: 'Veces o más',
    search: 'Búsqueda',
    yes: 'Sí',
    no: 'No',
    mine: 'Míos',
    waiting: 'Espera respuesta del cliente',
    made: 'Hecho por {name} el {day}',
  },
  en: {
    register: { file: 'follow-up-register', title: 'Register of follow-ups', none: 'No follow-ups under these filters.' },
    tasks: { file: 'report-of-tasks', title: 'Report of tasks', none: 'No tasks under these filters.' },
    postponements: {
      file: 'postponed-follow-ups',
      title: 'Postponed follow-ups',
      none: 'None was postponed so often under these filters.',
    },
    summary: 'Summary',
    number: 'No.',
    code: 'Code',
    customer: 'Customer',
    subject: 'Subject',
    type: 'Type',
    situation: 'Situation',
    state: 'State',
    states: { active: 'Active', closed: 'Closed successfully', discarded: 'Discarded', all: 'All' },
    overdue: 'Overdue',
    isOverdue: 'Overdue',
    priority: 'Priority',
    priorities: { low: 'Low', normal: 'Normal', high: 'High' },
    channel: 'Channel',
    channels: { call: 'Call', email: 'E-mail', visit: 'Visit', message: 'Message', other: 'Other' },
    owner: 'Owner',
    branch: 'Branch',
    department: 'Department',
    noDepartment: 'No department',
    createdAt: 'Created',
    firstDueAt: 'First due',
    dueAt: 'Due',
    endedAt: 'Ended',
    endReason: 'Result or reason',
    times: 'Times postponed',
    delay: 'Hours of delay',
    lastReasons: 'Last reasons',
    noReason: 'no reason',
    open: 'Open',
    overdueTasks: 'Overdue',
    closed: 'Closed',
    discarded: 'Discarded',
    postponed: 'Times postponed',
    count: 'Follow-ups',
    subtotal: 'Subtotal {name}',
    total: 'Total',
    on: 'Day',
    from: 'From',
    to: 'To',
    by: 'The period is about',
    bys: { due: 'the due time', end: 'the end' },
    atLeast: 'Times or more',
    search: 'Search',
    yes: 'Yes',
    no: 'No',
    mine: 'Mine',
    waiting: 'Waits for the customer to answer',
    made: 'Made by {name} on {day}',
  },
} as const
type Words = (typeof words)['es' | 'en']
type Report = 'register' | 'tasks' | 'postponements'
type Filters = FollowUpFilters & PostponementFilters

/** Everything a file of a report stands on: that it may be made, its words, and the record that it was. */
async function begin(ctx: AppContext, viewer: Viewer, report: Report, format: 'xlsx' | 'pdf', input: Filters, rows: number) {
  if (format === 'pdf' && rows > mostRowsOnPaper)
    throw new Refusal('report-too-long', { params: { most: mostRowsOnPaper, found: rows } })
  const { timeZone } = await findCompany(ctx.db)
  const language = await languageOf(ctx, viewer)
  const today = dayOfInstant(ctx.now(), timeZone)
  await ctx.db.transaction((tx) =>
    recordAudit(tx, ctx, viewer, {
      action: 'export',
      entity: 'follow-ups',
      entityId: today,
      changes: { report, format, filter: input },
    }),
  )
  const say: Words = words[language]
  return { timeZone, language, say, today, fileName: `${say[report].file}-${today}.${format}` }
}

function requireExport(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'export')
  if (refusal) throw new Refusal(refusal)
}

type Page<Item> = { items: Item[]; nextCursor: string | null }
/** The rows of a report one after the other, page by page: memory holds one page. */
async function* rowsOf<Item>(load: (cursor: string | undefined) => Promise<Page<Item>>): AsyncGenerator<Item> {
  for (let cursor: string | undefined; ; ) {
    const page = await load(cursor)
    yield* page.items
    if (page.nextCursor === null) return
    cursor = page.nextCursor
  }
}

type Postponed = Awaited<ReturnType<typeof postponedFollowUps>>['items'][number]

const registered = (ctx: AppContext, viewer: Viewer, input: FollowUpFilters) =>
  rowsOf((cursor) => followUpRegister(ctx, viewer, { ...input, cursor, limit: batchSize }))
const postponed = (ctx: AppContext, viewer: Viewer, input: PostponementFilters) =>
  rowsOf((cursor) => postponedFollowUps(ctx, viewer, { ...input, cursor, limit: batchSize }))

/**
 * The register of follow-ups as Excel, and how many of it stand in which state. Streamed: memory stays flat however many there are. Audited.
 * Refuses `not-allowed` without the permission to export, `period-reversed`.
 */
export async function registerWorkbook(
  ctx: AppContext,
  viewer: Viewer,
  input: FollowUpFilters,
): Promise<{ fileName: string; stream: Readable }> {
  requireExport(viewer)
  const counts = await countFollowUpRegister(ctx, viewer, input)
  const { timeZone, say, fileName } = await begin(ctx, viewer, 'register', 'xlsx', input, counts.total)
  async function* rows(): AsyncGenerator<WorkbookCell[]> {
    for await (const row of registered(ctx, viewer, input))
      yield [
        row.number,
        row.customer.code,
        row.customer.name,
        row.subject,
        row.type.name,
        row.situation?.name ?? null,
        say.states[row.state],
        row.overdue ? say.yes : say.no,
        say.priorities[row.priority],
        say.channels[row.channel],
        row.owner.name,
        row.branch.name,
        row.department?.name ?? say.noDepartment,
        row.createdAt,
        row.firstDueAt,
        row.dueAt,
        row.postponementCount,
        row.endedAt,
        row.endReason,
      ]
  }
  const stream = workbookStream(
    [
      {
        name: say.count,
        columns: [
          { header: say.number, type: 'integer', width: 8 },
          { header: say.code, type: 'text', width: 12 },
          { header: say.customer, type: 'text', width: 32 },
          { header: say.subject, type: 'text', width: 40 },
          { header: say.type, type: 'text' },
          { header: say.situation, type: 'text' },
          { header: say.state, type: 'text' },
          { header: say.isOverdue, type: 'text', width: 10 },
          { header: say.priority, type: 'text', width: 10 },
          { header: say.channel, type: 'text', width: 12 },
          { header: say.owner, type: 'text' },
          { header: say.branch, type: 'text', width: 18 },
          { header: say.department, type: 'text', width: 18 },
          { header: say.createdAt, type: 'instant' },
          { header: say.firstDueAt, type: 'instant' },
          { header: say.dueAt, type: 'instant' },
          { header: say.times, type: 'integer' },
          { header: say.endedAt, type: 'instant' },
          { header: say.endReason, type: 'text', width: 40 },
        ],
        rows: rows(),
      },
      {
        name: say.summary,
        columns: [
          { header: say.state, type: 'text', width: 24 },
          { header: say.count, type: 'integer' },
        ],
        rows: stateRows(say, counts),
      },
    ],
    { timeZone },
  )
  return { fileName, stream }
}

const stateRows = (say: Words, counts: Awaited<ReturnType<typeof countFollowUpRegister>>): [label: string, count: number][] => [
  [say.states.active, counts.active],
  [say.states.closed, counts.closed],
  [say.states.discarded, counts.discarded],
  [say.total, counts.total],
]

/**
 * The register as PDF, for paper. Audited. Refuses `not-allowed` without the permission to export, `period-reversed`, and `report-too-long` above
 * 2000 follow-ups.
 */
export async function registerPdf(
  ctx: AppContext,
  viewer: Viewer,
  input: FollowUpFilters,
): Promise<{ fileName: string; pdf: Buffer }> {
  requireExport(viewer)
  const counts = await countFollowUpRegister(ctx, viewer, input)
  const made = await begin(ctx, viewer, 'register', 'pdf', input, counts.total)
  const { say } = made
  const rows: string[][] = []
  for await (const row of registered(ctx, viewer, input))
    rows.push([
      String(row.number),
      row.customer.name,
      row.subject,
      row.type.name,
      row.situation?.name ?? '',
      say.states[row.state],
      row.owner.name,
      sayInstant(row.dueAt, made),
      row.endedAt === null ? '' : sayInstant(row.endedAt, made),
      String(row.postponementCount),
    ])
  const facts = stateRows(say, counts).map(([label, count]): [string, string] => [label, String(count)])
  return paper(ctx, viewer, 'register', input, made, [
    { kind: 'facts', rows: [...facts, [say.overdue, String(counts.overdue)]] },
    {
      kind: 'table',
      columns: [
        { title: say.number, align: 'right' },
        { title: say.customer, width: 'rest' },
        { title: say.subject, width: 'rest' },
        { title: say.type, width: 70 },
        { title: say.situation, width: 70 },
        { title: say.state, width: 60 },
        { title: say.owner, width: 80 },
        { title: say.dueAt, width: 56 },
        { title: say.endedAt, width: 56 },
        { title: say.times, width: 50, align: 'right' },
      ],
      rows,
      empty: say.register.none,
    },
  ])
}

const figuresOf = (row: TaskFigures): number[] => [row.open, row.overdue, row.closed, row.discarded, row.postponed]
const figureWords = (say: Words) => [say.open, say.overdueTasks, say.closed, say.discarded, say.postponed]
const subtotal = (say: Words, name: string) => say.subtotal.replace('{name}', () => name)

/** The report of tasks as Excel, with a subtotal after each department and branch. Audited. Refuses `not-allowed`, `period-reversed`. */
export async function tasksWorkbook(
  ctx: AppContext,
  viewer: Viewer,
  input: TaskFilters,
): Promise<{ fileName: string; stream: Readable }> {
  requireExport(viewer)
  const report = await followUpTasks(ctx, viewer, input)
  const { timeZone, say, fileName } = await begin(ctx, viewer, 'tasks', 'xlsx', input, 0)
  const rows: WorkbookCell[][] = []
  for (const ofBranch of report.branches) {
    for (const ofDepartment of ofBranch.departments) {
      const department = ofDepartment.department?.name ?? say.noDepartment
      for (const row of ofDepartment.owners) rows.push([ofBranch.branch.name, department, row.owner.name, ...figuresOf(row)])
      rows.push([ofBranch.branch.name, subtotal(say, department), null, ...figuresOf(ofDepartment)])
    }
    rows.push([subtotal(say, ofBranch.branch.name), null, null, ...figuresOf(ofBranch)])
  }
  rows.push([say.total, null, null, ...figuresOf(report.total)])
  const sheet: WorkbookSheet = {
    name: say.tasks.title,
    columns: [
      { header: say.branch, type: 'text', width: 26 },
      { header: say.department, type: 'text', width: 28 },
      { header: say.owner, type: 'text', width: 28 },
      ...figureWords(say).map((header) => ({ header, type: 'integer' as const })),
    ],
    rows,
  }
  return { fileName, stream: workbookStream([sheet], { timeZone }) }
}

/** The report of tasks as PDF, branch by branch. Audited. Refuses `not-allowed`, `period-reversed`, `report-too-long` above 2000 rows. */
export async function tasksPdf(ctx: AppContext, viewer: Viewer, input: TaskFilters): Promise<{ fileName: string; pdf: Buffer }> {
  requireExport(viewer)
  const report = await followUpTasks(ctx, viewer, input)
  const ofBranches = report.branches.flatMap((branch) => branch.departments)
  const length = ofBranches.reduce((all, department) => all + department.owners.length + 1, 0)
  const made = await begin(ctx, viewer, 'tasks', 'pdf', input, length)
  const { say } = made
  const figures = (row: TaskFigures) => figuresOf(row).map(String)
  const columns: PdfColumn[] = [
    { title: say.department, width: 'rest' },
    { title: say.owner, width: 'rest' },
    ...figureWords(say).map((title) => ({ title, align: 'right' as const, width: 58 })),
  ]
  const blocks: PdfBlock[] = report.branches.flatMap((ofBranch): PdfBlock[] => [
    { kind: 'heading', text: ofBranch.branch.name },
    {
      kind: 'table',
      columns,
      rows: ofBranch.departments.flatMap((ofDepartment) => {
        const department = ofDepartment.department?.name ?? say.noDepartment
        return [
          ...ofDepartment.owners.map((row) => [department, row.owner.name, ...figures(row)]),
          ...(ofBranch.departments.length > 1 ? [[subtotal(say, department), '', ...figures(ofDepartment)]] : []),
        ]
      }),
      totals: [[subtotal(say, ofBranch.branch.name), '', ...figures(ofBranch)]],
    },
  ])
  if (blocks.length === 0) blocks.push({ kind: 'text', text: say.tasks.none, tone: 'muted' })
  else blocks.push({ kind: 'table', columns, rows: [], totals: [[say.total, '', ...figures(report.total)]] })
  return paper(ctx, viewer, 'tasks', input, made, blocks)
}

const hoursOf = (row: Postponed) => Math.round(row.delayMinutes / 60)
const reasonsOf = (row: Postponed, made: Pick<Made, 'timeZone' | 'language' | 'say'>) =>
  row.last.map(({ at, by, reason }) => `${sayInstant(at, made)} ${by.name}: ${reason ?? made.say.noReason}`).join('\n')

/** The follow-ups postponed several times as Excel. Streamed. Audited. Refuses `not-allowed`, `period-reversed`. */
export async function postponementsWorkbook(
  ctx: AppContext,
  viewer: Viewer,
  input: PostponementFilters,
): Promise<{ fileName: string; stream: Readable }> {
  requireExport(viewer)
  const total = await countPostponedFollowUps(ctx, viewer, input)
  const made = await begin(ctx, viewer, 'postponements', 'xlsx', input, total)
  const { timeZone, say, fileName } = made
  async function* rows(): AsyncGenerator<WorkbookCell[]> {
    for await (const row of postponed(ctx, viewer, input))
      yield [
        row.number,
        row.customer.code,
        row.customer.name,
        row.subject,
        row.owner.name,
        row.branch.name,
        row.department?.name ?? say.noDepartment,
        say.states[row.state],
        row.times,
        hoursOf(row),
        row.firstDueAt,
        row.dueAt,
        reasonsOf(row, made),
      ]
  }
  const sheet: WorkbookSheet = {
    name: say.postponements.title,
    columns: [
      { header: say.number, type: 'integer', width: 8 },
      { header: say.code, type: 'text', width: 12 },
      { header: say.customer, type: 'text', width: 32 },
      { header: say.subject, type: 'text', width: 40 },
      { header: say.owner, type: 'text' },
      { header: say.branch, type: 'text', width: 18 },
      { header: say.department, type: 'text', width: 18 },
      { header: say.state, type: 'text' },
      { header: say.times, type: 'integer' },
      { header: say.delay, type: 'integer' },
      { header: say.firstDueAt, type: 'instant' },
      { header: say.dueAt, type: 'instant' },
      { header: say.lastReasons, type: 'text', width: 60 },
    ],
    rows: rows(),
  }
  return { fileName, stream: workbookStream([sheet], { timeZone }) }
}

/** The follow-ups postponed several times as PDF. Audited. Refuses `not-allowed`, `period-reversed`, `report-too-long` above 2000. */
export async function postponementsPdf(
  ctx: AppContext,
  viewer: Viewer,
  input: PostponementFilters,
): Promise<{ fileName: string; pdf: Buffer }> {
  requireExport(viewer)
  const made = await begin(ctx, viewer, 'postponements', 'pdf', input, await countPostponedFollowUps(ctx, viewer, input))
  const { say } = made
  const rows: string[][] = []
  for await (const row of postponed(ctx, viewer, input))
    rows.push([
      String(row.number),
      row.customer.name,
      row.subject,
      row.owner.name,
      String(row.times),
      String(hoursOf(row)),
      sayInstant(row.firstDueAt, made),
      sayInstant(row.dueAt, made),
      reasonsOf(row, made),
    ])
  return paper(ctx, viewer, 'postponements', input, made, [
    {
      kind: 'table',
      columns: [
        { title: say.number, align: 'right' },
        { title: say.customer, width: 'rest' },
        { title: say.subject, width: 'rest' },
        { title: say.owner, width: 80 },
        { title: say.times, width: 50, align: 'right' },
        { title: say.delay, width: 50, align: 'right' },
        { title: say.firstDueAt, width: 56 },
        { title: say.dueAt, width: 56 },
        { title: say.lastReasons, width: 160 },
      ],
      rows,
      empty: say.postponements.none,
    },
  ])
}

type Made = Awaited<ReturnType<typeof begin>>

function sayInstant(instant: string, { timeZone, language }: Pick<Made, 'timeZone' | 'language'>): string {
  const { day, minutes } = localTimeOf(new Date(instant), timeZone)
  const two = (part: number) => String(part).padStart(2, '0')
  return `${sayDay(day, language)} ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

async function paper(ctx: AppContext, viewer: Viewer, report: Report, input: Filters, made: Made, blocks: PdfBlock[]) {
  const { language, say, today, fileName } = made
  const company = await findCompany(ctx.db)
  const [logo] = await ctx.db.select().from(companyLogo)
  const pdf = await renderPdf({
    title: say[report].title,
    language,
    company: { name: company.name, taxId: company.taxId },
    logo: logo?.content ?? null,
    foot: say.made.replace('{name}', () => viewer.name).replace('{day}', () => sayDay(today, language)),
    madeAt: ctx.now(),
    orientation: 'landscape',
    blocks: [{ kind: 'facts', rows: await filtersSaid(ctx, viewer, input, language) }, ...blocks],
  })
  return { fileName, pdf }
}

/** The filters in words. What the viewer does not see has no name for them. */
async function filtersSaid(ctx: AppContext, viewer: Viewer, input: Filters, language: 'es' | 'en'): Promise<[string, string][]> {
  const say = words[language]
  const rows: [string, string][] = []
  const said = (label: string, value: string | undefined) => {
    if (value !== undefined && value !== '') rows.push([label, value])
  }
  const named = async (
    label: string,
    id: string | undefined,
    table: PgTable & { id: PgColumn; name: PgColumn },
    visible?: SQL,
  ) => {
    if (id === undefined) return
    const [row] = await ctx.db
      .select({ name: table.name })
      .from(table as PgTable)
      .where(and(eq(table.id, id), visible))
    said(label, row === undefined ? '-' : String(row.name))
  }
  const day = (value: string | undefined) => (value === undefined ? undefined : sayDay(value, language))
  const yes = (value: boolean | undefined) => (value === undefined ? undefined : value ? say.yes : say.no)
  said(say.on, day(input.on ?? input.dueOn))
  said(say.from, day(input.from ?? input.dueFrom))
  said(say.to, day(input.to ?? input.dueTo))
  said(say.by, input.by && say.bys[input.by])
  await named(say.branch, input.branchId, branches)
  await named(say.department, input.departmentId, departments)
  await named(say.owner, input.ownerId, users, visibleTo(accessScopeOf(viewer), users.id))
  await named(say.customer, input.customerId, customers, visibleCustomer(viewer))
  await named(say.type, input.typeId, followUpTypes)
  await named(say.situation, input.situationId, followUpSituations)
  said(say.state, input.state && say.states[input.state])
  said(say.priority, input.priority && say.priorities[input.priority])
  said(say.channel, input.channel && say.channels[input.channel])
  said(say.overdue, yes(input.overdue))
  said(say.mine, yes(input.mine))
  said(say.waiting, yes(input.waiting))
  said(say.atLeast, (input.times ?? input.postponedTimes)?.toString())
  said(say.search, input.q)
  return rows
}
