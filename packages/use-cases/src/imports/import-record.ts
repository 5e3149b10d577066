import type { Querier, Transaction } from '@cartera/db/connect'
import { users } from '@cartera/db/schema/organisation'
import { importMappings, importRows, imports } from '@cartera/db/schema/receivables'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import type { CustomerImportKey, DuplicateChoice, EmptyMeaning, ImportMode } from '@cartera/domain/imports/customer-import-fields'
import type { DecidedReading } from '@cartera/domain/imports/customer-import-row'
import {
  type DateOrder,
  type FieldSource,
  headingsKey,
  type ImportFate,
  importFates,
} from '@cartera/domain/imports/import-mapping'
import { type ReceivableMapping, receivableFields } from '@cartera/domain/imports/receivable-fields'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm'
import type { NoticesSwitchedOn } from '../notices/enable-notices.ts'
import { mappableFields } from './import-fields.ts'
import type { SheetFound } from './read-spreadsheet.ts'

export type ImportRow = typeof imports.$inferSelect

/** How a file is to be read and what is to become of it, as it stands on the import. */
export interface ImportOptions {
  asOf?: string
  currency?: string
  dateOrder?: DateOrder
  decimal?: '.' | ',' | 'auto'
  // of receivables
  createCustomers?: boolean
  customerLanguage?: 'es' | 'en'
  activateNotices?: boolean
  /** Whose word the balances of the file are. */
  source?: string
  // of customers
  keys?: CustomerImportKey[]
  mode?: ImportMode
  empty?: EmptyMeaning
  duplicates?: DuplicateChoice
}

/** What the run was told besides; kept with the options, never shown among them. */
export interface RunOptions {
  refuseWhenErrors?: boolean
  runBy?: string | null
  decided?: DecidedReading
  /** Of receivables: its rows say what they did, so that it can be taken back. Imports of older versions do not. */
  undoable?: true
  /** As of when the source of the balances had spoken before this file did (null: never), and what the file said. */
  spoke?: { before: string | null; after: string }
  /** Its rows are customers that were chosen in their list, not the rows of a file. */
  selection?: true
}

/** What a row makes or changes, as it stands on the row. */
export interface RowOutcome {
  /** The record, once it is written or known. */
  id?: string
  created?: boolean
  /** Of a receivable: its version when the import ended. Another one says that something was done with it since. */
  version?: number
  /** Of a receivable: the payment by which the file settled it. */
  paymentId?: string
  /** Of a receivable that was changed: whose word its balance was before; null for nobody's. */
  sourceBefore?: string | null
  /** The customer that was made for this row and for those after it. */
  madeCustomerId?: string
  /** The customer whose notices this row switched on, and how they stood; no state where it had no settings of its own. */
  noticesOn?: NoticesSwitchedOn
  /** Stored columns before and after. */
  changes?: Record<string, [unknown, unknown]>
  /** The same by field, as people read it; words of choices by their keys. */
  shown?: [field: string, before: string, after: string][]
  duplicateOf?: {
    id?: string
    rowNumber?: number
    code?: string
    name?: string
    alike: ('taxId' | 'email' | 'name')[]
  }
}

/** What undoing did with a row: the fields that somebody has changed since stay as they are. */
export interface RowUndo {
  state: 'undone' | 'partly' | 'kept'
  fields?: string[]
  code?: string
}

export function optionsOf(row: Pick<ImportRow, 'options'>): ImportOptions & RunOptions {
  return row.options as ImportOptions & RunOptions
}

export function mappingOf(row: Pick<ImportRow, 'mapping'>): ReceivableMapping {
  const known = new Set<string>(receivableFields)
  return Object.fromEntries(Object.entries(row.mapping).filter(([field]) => known.has(field)))
}

type StoredCells = (typeof importRows.$inferSelect)['cells']

/** The cells of a row in the order of the columns; rows of older imports are records by name. */
export const cellsOf = (columns: readonly string[], cells: StoredCells): string[] =>
  columns.map((column, index) => (Array.isArray(cells) ? cells[index] : cells[column]) ?? '')

/** Looks cells up by the name of their column. */
export function cellLookup(columns: readonly string[]): (cells: StoredCells) => (column: string) => string | undefined {
  const places = new Map(columns.map((column, index) => [column, index]))
  return (cells) => (column) => {
    const place = places.get(column)
    return place === undefined ? undefined : Array.isArray(cells) ? cells[place] : cells[column]
  }
}

/** The rows of an import in batches, in the order of the file, behind a row. */
export async function* storedRows(db: Querier, importId: string, after: number, size: number) {
  for (let from = after; ; ) {
    const rows = await db
      .select({
        rowNumber: importRows.rowNumber,
        cells: importRows.cells,
        fate: importRows.fate,
        outcome: importRows.outcome,
      })
      .from(importRows)
      .where(and(eq(importRows.importId, importId), gt(importRows.rowNumber, from)))
      .orderBy(asc(importRows.rowNumber))
      .limit(size)
    const last = rows.at(-1)
    if (!last) return
    yield rows
    from = last.rowNumber
  }
}

/**
 * Refuses `not-allowed` without the permission to import, or to change customers where they were chosen in their list. The system (null) may.
 */
export function requireImport(viewer: Viewer | null, { selection }: RunOptions = {}): void {
  const refusal = viewer === null ? null : permissionRefusal(viewer, selection ? 'manage-customers' : 'import')
  if (refusal) throw new Refusal(refusal)
}

/** Refuses `not-allowed` at the option, or for the kind, that needs a permission which the viewer lacks. The system (null) may. */
export function requireOptions(viewer: Viewer | null, options: ImportOptions, kind: ImportRow['kind']): void {
  if (viewer === null) return
  const lacks = (permission: Parameters<typeof permissionRefusal>[1]) => permissionRefusal(viewer, permission) !== null
  if (kind === 'customers' && lacks('manage-customers')) throw new Refusal('not-allowed')
  if (options.createCustomers && lacks('manage-customers')) throw new Refusal('not-allowed', { field: 'options.createCustomers' })
  if (options.activateNotices && lacks('manage-notice-settings'))
    throw new Refusal('not-allowed', { field: 'options.activateNotices' })
}

/** The imports that exist for a viewer: those of the people within their scope. */
export function visibleImport(viewer: Viewer | null): SQL | undefined {
  return viewer === null ? undefined : visibleTo(accessScopeOf(viewer), imports.createdBy)
}

/** An import that the viewer sees; refuses `not-allowed`, `not-found`. */
export async function findImport(db: Querier, viewer: Viewer | null, importId: string): Promise<ImportRow> {
  return required(
    viewer,
    await db
      .select()
      .from(imports)
      .where(and(eq(imports.id, importId), visibleImport(viewer))),
  )
}

/** The same, locked until the transaction ends. */
export async function lockImport(tx: Transaction, viewer: Viewer | null, importId: string): Promise<ImportRow> {
  return required(
    viewer,
    await tx
      .select()
      .from(imports)
      .where(and(eq(imports.id, importId), visibleImport(viewer)))
      .for('update'),
  )
}

function required(viewer: Viewer | null, [row]: readonly ImportRow[]): ImportRow {
  // One that is not there answers as one that may not be seen: who may not import learns nothing of either.
  requireImport(viewer, row ? optionsOf(row) : {})
  if (!row) throw new Refusal('not-found')
  return row
}

export type FateCounts = Record<ImportFate, number>

export function noFates(): FateCounts {
  return Object.fromEntries(importFates.map((fate) => [fate, 0])) as FateCounts
}

/** Who holds it has the import in hand: running it or taking it back. */
export const importLock = (importId: string) => sql`hashtext('cartera import'), hashtext(${importId})`

/** Whether something of an import has been written and not taken back. */
export const isWritten = (row: Pick<ImportRow, 'state' | 'resumeAfter' | 'options' | 'kind'>): boolean =>
  (row.state === 'done' && (row.kind === 'customers' || optionsOf(row).undoable === true)) ||
  ((row.state === 'cancelled' || row.state === 'failed') && row.resumeAfter > 0)

/** An import as a list shows it. */
export function summaryOf(row: ImportRow, createdByName: string | null) {
  return {
    id: row.id,
    kind: row.kind,
    fileName: row.fileName,
    /** Made of customers chosen in their list, not of a file. */
    selection: optionsOf(row).selection === true,
    state: row.state,
    rowCount: row.rowCount,
    rowsDone: row.rowsDone,
    counts: Object.keys(row.counts).length === 0 ? null : { ...noFates(), ...(row.counts as Partial<FateCounts>) },
    error: row.error,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy === null ? null : { id: row.createdBy, name: createdByName ?? '' },
    finishedAt: row.finishedAt?.toISOString() ?? null,
    undoneAt: row.undoneAt?.toISOString() ?? null,
    /** Rows of it were written and can be taken back. */
    undoable: isWritten(row),
    /** It stopped in the middle and can go on from there. */
    resumable: row.kind === 'customers' && (row.state === 'cancelled' || (row.state === 'failed' && row.resumeAfter > 0)),
  }
}

/** An import whole, with the first rows of its file. */
export async function recordOf(db: Querier, row: ImportRow) {
  const [author] =
    row.createdBy === null ? [] : await db.select({ name: users.name }).from(users).where(eq(users.id, row.createdBy))
  const first = await db
    .select({ cells: importRows.cells })
    .from(importRows)
    .where(eq(importRows.importId, row.id))
    .orderBy(asc(importRows.rowNumber))
    .limit(5)
  const {
    refuseWhenErrors: _,
    runBy: __,
    decided: ___,
    selection: ____,
    spoke: _____,
    undoable: ______,
    ...options
  } = optionsOf(row)
  const source = row.source as Partial<SheetFound>
  const fields = await mappableFields(db, row.kind)
  const known = new Set(fields.map((field) => field.name))
  const [undone] =
    row.undoneAt === null && row.state !== 'undoing'
      ? []
      : await db
          .select({
            undone: sql<number>`count(*) filter (where ${importRows.undo} ->> 'state' = 'undone')`.mapWith(Number),
            partly: sql<number>`count(*) filter (where ${importRows.undo} ->> 'state' = 'partly')`.mapWith(Number),
            kept: sql<number>`count(*) filter (where ${importRows.undo} ->> 'state' = 'kept')`.mapWith(Number),
          })
          .from(importRows)
          .where(eq(importRows.importId, row.id))
  const savedMappings = await db
    .select({ id: importMappings.id, name: importMappings.name })
    .from(importMappings)
    .where(and(eq(importMappings.kind, row.kind), sql`md5(${importMappings.headings}) = md5(${headingsKey(row.columns)})`))
    .orderBy(asc(importMappings.name))
    .limit(20)
  return {
    ...summaryOf(row, author?.name ?? null),
    columns: row.columns,
    fields,
    mapping: Object.fromEntries(Object.entries(row.mapping as Record<string, FieldSource>).filter(([field]) => known.has(field))),
    options,
    reading: {
      format: source.format ?? null,
      sheets: source.sheets ?? [],
      sheet: source.sheet ?? null,
      headerRow: source.headerRow ?? 1,
      encoding: source.encoding ?? null,
      delimiter: source.delimiter ?? null,
      top: (source.top ?? []).map(([rowNumber, cells]) => ({
        rowNumber,
        cells: cells.slice(0, 100).map((cell) => cell.slice(0, 200)),
      })),
    },
    /** Mappings that were saved for files with these headings. */
    savedMappings,
    undone: undone ?? null,
    preview: first.map((one) => cellsOf(row.columns, one.cells)),
  }
}

/** Row errors name fields of the mapping. */
export interface StoredRowError {
  field: string
  code: string
  params?: Record<string, string | number>
}
