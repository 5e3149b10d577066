import type { Querier, Transaction } from '@cartera/db/connect'
import { users } from '@cartera/db/schema/organisation'
import { importRows, imports } from '@cartera/db/schema/receivables'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import {
  type DateOrder,
  type ImportFate,
  importFates,
  type ReceivableField,
  type ReceivableMapping,
  receivableFields,
} from '@cartera/domain/imports/receivable-fields'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, lte, type SQL } from 'drizzle-orm'

export type ImportRow = typeof imports.$inferSelect

/** How a file is to be read, as it stands on the import. */
export interface ImportOptions {
  asOf?: string
  currency?: string
  dateOrder?: DateOrder
  decimal?: '.' | ',' | 'auto'
  createCustomers?: boolean
  customerLanguage?: 'es' | 'en'
  activateNotices?: boolean
  /** Whose word the balances of the file are. */
  source?: string
}

/** What the run was told besides; kept with the options, never shown among them. */
export interface RunOptions {
  refuseWhenErrors?: boolean
  runBy?: string | null
}

export function optionsOf(row: Pick<ImportRow, 'options'>): ImportOptions & RunOptions {
  return row.options as ImportOptions & RunOptions
}

export function mappingOf(row: Pick<ImportRow, 'mapping'>): ReceivableMapping {
  const known = new Set<string>(receivableFields)
  return Object.fromEntries(Object.entries(row.mapping).filter(([field]) => known.has(field)))
}

/** Refuses `not-allowed` without the permission to import. The system (null) may. */
export function requireImport(viewer: Viewer | null): void {
  const refusal = viewer === null ? null : permissionRefusal(viewer, 'import')
  if (refusal) throw new Refusal(refusal)
}

/** Refuses `not-allowed` at the option that needs a permission which the viewer lacks. The system (null) may. */
export function requireOptions(viewer: Viewer | null, options: ImportOptions): void {
  if (viewer && options.createCustomers && permissionRefusal(viewer, 'manage-customers'))
    throw new Refusal('not-allowed', { field: 'options.createCustomers' })
  if (viewer && options.activateNotices && permissionRefusal(viewer, 'manage-notice-settings'))
    throw new Refusal('not-allowed', { field: 'options.activateNotices' })
}

/** The imports that exist for a viewer: those of the people within their scope. */
export function visibleImport(viewer: Viewer | null): SQL | undefined {
  return viewer === null ? undefined : visibleTo(accessScopeOf(viewer), imports.createdBy)
}

/** An import that the viewer sees; refuses `not-allowed`, `not-found`. */
export async function findImport(db: Querier, viewer: Viewer | null, importId: string): Promise<ImportRow> {
  requireImport(viewer)
  const [row] = await db
    .select()
    .from(imports)
    .where(and(eq(imports.id, importId), visibleImport(viewer)))
  if (!row) throw new Refusal('not-found')
  return row
}

/** The same, locked until the transaction ends. */
export async function lockImport(tx: Transaction, viewer: Viewer | null, importId: string): Promise<ImportRow> {
  requireImport(viewer)
  const [row] = await tx
    .select()
    .from(imports)
    .where(and(eq(imports.id, importId), visibleImport(viewer)))
    .for('update')
  if (!row) throw new Refusal('not-found')
  return row
}

export type FateCounts = Record<ImportFate, number>

export function noFates(): FateCounts {
  return Object.fromEntries(importFates.map((fate) => [fate, 0])) as FateCounts
}

/** An import as a list shows it. */
export function summaryOf(row: ImportRow, createdByName: string | null) {
  return {
    id: row.id,
    fileName: row.fileName,
    state: row.state,
    rowCount: row.rowCount,
    rowsDone: row.rowsDone,
    counts: Object.keys(row.counts).length === 0 ? null : { ...noFates(), ...(row.counts as Partial<FateCounts>) },
    error: row.error,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy === null ? null : { id: row.createdBy, name: createdByName ?? '' },
    finishedAt: row.finishedAt?.toISOString() ?? null,
  }
}

/** An import whole, with the first rows of its file. */
export async function recordOf(db: Querier, row: ImportRow) {
  const [author] =
    row.createdBy === null ? [] : await db.select({ name: users.name }).from(users).where(eq(users.id, row.createdBy))
  const first = await db
    .select({ cells: importRows.cells })
    .from(importRows)
    .where(and(eq(importRows.importId, row.id), lte(importRows.rowNumber, 6)))
    .orderBy(asc(importRows.rowNumber))
    .limit(5)
  const { refuseWhenErrors: _, runBy: __, ...options } = optionsOf(row)
  return {
    ...summaryOf(row, author?.name ?? null),
    columns: row.columns,
    mapping: mappingOf(row),
    options,
    preview: first.map((one) => row.columns.map((column) => one.cells[column] ?? '')),
  }
}

/** Row errors name fields of the mapping. */
export interface StoredRowError {
  field: ReceivableField | string
  code: string
  params?: Record<string, string | number>
}
