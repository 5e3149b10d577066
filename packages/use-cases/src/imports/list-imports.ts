import { users } from '@cartera/db/schema/organisation'
import { importRows, imports } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { ImportFate } from '@cartera/domain/imports/receivable-fields'
import { searchKey } from '@cartera/domain/text'
import { and, asc, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { findImport, recordOf, requireImport, type StoredRowError, summaryOf, visibleImport } from './import-record.ts'

/** The imports of the people within the viewer's scope, newest first. Refuses `not-allowed`. */
export async function listImports(ctx: AppContext, viewer: Viewer, input: PageInput) {
  requireImport(viewer)
  const sort = '-createdAt'
  const keys = [
    { column: imports.createdAt, type: 'timestamptz' },
    { column: imports.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select({ found: imports, author: users.name })
    .from(imports)
    .leftJoin(users, eq(users.id, imports.createdBy))
    .where(
      and(
        visibleImport(viewer),
        input.q ? sql`strpos(lower(${imports.fileName}), ${searchKey(input.q)}) > 0` : undefined,
        keysetAfter(input.cursor, sort, keys, true),
      ),
    )
    .orderBy(...orderOf(keys, true))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => summaryOf(row.found, row.author),
    (row) => encodeCursor(sort, [row.found.createdAt.toISOString(), row.found.id]),
  )
}

/** One import. Refuses `not-allowed`, `not-found`. */
export async function readImport(ctx: AppContext, viewer: Viewer | null, importId: string) {
  return recordOf(ctx.db, await findImport(ctx.db, viewer, importId))
}

/** The rows of an import with their fates, in the order of the file. Refuses `not-allowed`, `not-found`. */
export async function listImportRows(
  ctx: AppContext,
  viewer: Viewer | null,
  importId: string,
  input: PageInput & { fate?: ImportFate | undefined },
) {
  const found = await findImport(ctx.db, viewer, importId)
  const sort = 'rowNumber'
  const keys = [{ column: importRows.rowNumber, type: 'integer' }] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select()
    .from(importRows)
    .where(
      and(
        eq(importRows.importId, importId),
        input.fate === undefined ? undefined : eq(importRows.fate, input.fate),
        input.q ? sql`strpos(lower(${importRows.cells}::text), lower(${input.q})) > 0` : undefined,
        keysetAfter(input.cursor, sort, keys, false),
      ),
    )
    .orderBy(...orderOf(keys, false))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => ({
      rowNumber: row.rowNumber,
      cells: found.columns.map((column) => row.cells[column] ?? ''),
      fate: row.fate as ImportFate | null,
      errors: ((row.errors ?? []) as StoredRowError[])
        .slice(0, 20)
        .map(({ field, code, params }) => ({ field, code, params: params ?? {} })),
    }),
    (row) => encodeCursor(sort, [row.rowNumber]),
  )
}

/** Text that a spreadsheet program would run as a formula gets an apostrophe; plain numbers stay numbers. */
function neutral(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) && !/^-?\d+(?:[.,]\d+)*$/.test(cell) ? `'${cell}` : cell
}

const quoted = (cell: string) => (/[",;\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

/**
 * The refused rows as CSV with a last column that says why, to be corrected and uploaded again. `say` turns an error into words in the
 * reader's language. Refuses `not-allowed`, `not-found`.
 */
export async function exportImportErrors(
  ctx: AppContext,
  viewer: Viewer,
  importId: string,
  words: { reason: string; say(code: string, params: Record<string, string | number>): string },
): Promise<{ fileName: string; csv: string }> {
  const found = await findImport(ctx.db, viewer, importId)
  const rows = await ctx.db
    .select({ cells: importRows.cells, errors: importRows.errors })
    .from(importRows)
    .where(and(eq(importRows.importId, importId), eq(importRows.fate, 'refused')))
    .orderBy(asc(importRows.rowNumber))
  const nameOf = (field: string) => {
    const source = found.mapping[field]
    return source && 'column' in source ? source.column : field
  }
  const line = (cells: readonly string[]) => cells.map((cell) => quoted(neutral(cell))).join(',')
  const csv = [
    line([...found.columns, words.reason]),
    ...rows.map((row) =>
      line([
        ...found.columns.map((column) => row.cells[column] ?? ''),
        ((row.errors ?? []) as StoredRowError[])
          .map((error) => `${nameOf(error.field)}: ${words.say(error.code, error.params ?? {})}`)
          .join(' '),
      ]),
    ),
  ].join('\r\n')
  // The mark tells Excel that it is UTF-8.
  return { fileName: `${found.fileName.replace(/\.[^.]*$/, '')}-errors.csv`, csv: `\ufeff${csv}\r\n` }
}
