import type { Readable } from 'node:stream'
import { customers } from '@cartera/db/schema/customers'
import { users } from '@cartera/db/schema/organisation'
import { importRows, imports } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { ImportFate, ImportKind } from '@cartera/domain/imports/import-mapping'
import { searchKey } from '@cartera/domain/text'
import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { type Language, sayCustomerValue } from '../customers/customer-words.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { neutralCell } from '../exports/write-csv.ts'
import { workbookStream } from '../exports/write-workbook.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { customerFieldsForImport } from './import-fields.ts'
import {
  cellsOf,
  findImport,
  type RowOutcome,
  type RowUndo,
  recordOf,
  requireImport,
  type StoredRowError,
  summaryOf,
  visibleImport,
} from './import-record.ts'

/** The imports of the people within the viewer's scope, newest first. Refuses `not-allowed`. */
export async function listImports(ctx: AppContext, viewer: Viewer, input: PageInput & { kind?: ImportKind | undefined }) {
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
        input.kind === undefined ? undefined : eq(imports.kind, input.kind),
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

/**
 * The rows of an import with their fates, in the order of the file, words of choices in the reader's language. Who a row is about or may be is
 * said to those who see that customer. Refuses `not-allowed`, `not-found`.
 */
export async function listImportRows(
  ctx: AppContext,
  viewer: Viewer | null,
  importId: string,
  input: PageInput & { fate?: ImportFate | undefined; undo?: RowUndo['state'] | undefined },
  language: Language = 'es',
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
        input.undo === undefined ? undefined : sql`${importRows.undo} ->> 'state' = ${input.undo}`,
        input.q ? sql`strpos(lower(${importRows.cells}::text), lower(${input.q})) > 0` : undefined,
        keysetAfter(input.cursor, sort, keys, false),
      ),
    )
    .orderBy(...orderOf(keys, false))
    .limit(limit + 1)
  const outcomeOf = (row: (typeof rows)[number]) => (row.outcome ?? {}) as RowOutcome
  const ids = rows.flatMap((row) => {
    const { id, duplicateOf } = outcomeOf(row)
    return [...(id ? [id] : []), ...(duplicateOf?.id ? [duplicateOf.id] : [])]
  })
  const seen = new Set(
    ids.length === 0
      ? []
      : (
          await ctx.db
            .select({ id: customers.id })
            .from(customers)
            .where(and(inArray(customers.id, ids), viewer === null ? undefined : visibleCustomer(viewer)))
        ).map((row) => row.id),
  )
  const types = new Map(
    found.kind === 'customers' && ids.length > 0
      ? (await customerFieldsForImport(ctx.db)).fields.map((field) => [field.name, field.type] as const)
      : [],
  )
  const say = (field: string, value: string) => sayCustomerValue(types.get(field) ?? 'text', value, language)
  return pageOf(
    rows,
    limit,
    (row) => {
      const { id, shown = [], duplicateOf } = outcomeOf(row)
      const undo = row.undo as RowUndo | null
      const alike = duplicateOf && (duplicateOf.id === undefined || seen.has(duplicateOf.id)) ? duplicateOf : null
      return {
        rowNumber: row.rowNumber,
        cells: cellsOf(found.columns, row.cells),
        fate: row.fate as ImportFate | null,
        errors: ((row.errors ?? []) as StoredRowError[])
          .slice(0, 20)
          .map(({ field, code, params }) => ({ field, code, params: params ?? {} })),
        customerId: id !== undefined && seen.has(id) ? id : null,
        changes:
          id !== undefined && seen.has(id)
            ? shown.map(([field, before, after]) => ({ field, before: say(field, before), after: say(field, after) }))
            : [],
        duplicateOf: alike && {
          customer: alike.id === undefined ? null : { id: alike.id, code: alike.code ?? '', name: alike.name ?? '' },
          rowNumber: alike.rowNumber ?? null,
          alike: alike.alike,
        },
        undo: undo && { state: undo.state, fields: undo.fields ?? [], code: undo.code ?? null },
      }
    },
    (row) => encodeCursor(sort, [row.rowNumber]),
  )
}

const quoted = (cell: string) => (/[",;\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

interface ErrorWords {
  reason: string
  /** The name of a field where no column fills it. */
  field(name: string): string
  say(code: string, params: Record<string, string | number>): string
}

async function refusedRows(ctx: AppContext, viewer: Viewer, importId: string, words: ErrorWords) {
  const found = await findImport(ctx.db, viewer, importId)
  const nameOf = (field: string) => {
    const source = found.mapping[field]
    return source && 'column' in source ? source.column : words.field(field)
  }
  async function* rows(): AsyncGenerator<string[]> {
    for (let after = 0; ; ) {
      const page = await ctx.db
        .select({ rowNumber: importRows.rowNumber, cells: importRows.cells, errors: importRows.errors })
        .from(importRows)
        .where(and(eq(importRows.importId, importId), eq(importRows.fate, 'refused'), gt(importRows.rowNumber, after)))
        .orderBy(asc(importRows.rowNumber))
        .limit(1000)
      for (const row of page)
        yield [
          ...cellsOf(found.columns, row.cells),
          ((row.errors ?? []) as StoredRowError[])
            .map((error) => `${nameOf(error.field)}: ${words.say(error.code, error.params ?? {})}`)
            .join(' '),
        ]
      const last = page.at(-1)
      if (!last) return
      after = last.rowNumber
    }
  }
  const name = found.fileName.replace(/\.[^.]*$/, '')
  return { head: [...found.columns, words.reason], rows: rows(), name }
}

/**
 * The refused rows as CSV with a last column that says why, to be corrected and uploaded again. `words` says it in the reader's language.
 * Refuses `not-allowed`, `not-found`.
 */
export async function exportImportErrors(ctx: AppContext, viewer: Viewer, importId: string, words: ErrorWords) {
  const { head, rows, name } = await refusedRows(ctx, viewer, importId, words)
  const line = (cells: readonly string[]) => `${cells.map((cell) => quoted(neutralCell(cell))).join(',')}\r\n`
  // The mark tells Excel that it is UTF-8.
  let csv = `\ufeff${line(head)}`
  for await (const row of rows) csv += line(row)
  return { fileName: `${name}-errors.csv`, csv }
}

/** The same as an Excel workbook in which every cell is text, so that nothing is mangled on its way. Refuses `not-allowed`, `not-found`. */
export async function exportImportErrorBook(
  ctx: AppContext,
  viewer: Viewer,
  importId: string,
  words: ErrorWords & { sheet: string },
): Promise<{ fileName: string; stream: Readable }> {
  const { head, rows, name } = await refusedRows(ctx, viewer, importId, words)
  const { timeZone } = await findCompany(ctx.db)
  const columns = head.map((header) => ({ header, type: 'text' as const }))
  return { fileName: `${name}-errors.xlsx`, stream: workbookStream([{ name: words.sheet, columns, rows }], { timeZone }) }
}
