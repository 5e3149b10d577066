import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Transaction } from '@cartera/db/connect'
import { importRows, imports } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { ImportKind } from '@cartera/domain/imports/import-mapping'
import { Refusal } from '@cartera/domain/refusal'
import { eq, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { dropFile, keepFile, readKeptFile } from '../kept-files.ts'
import { guessFor } from './import-fields.ts'
import { findImport, lockImport, optionsOf, recordOf, requireImport, requireOptions } from './import-record.ts'
import { readSpreadsheet, type SheetFound, type SheetReading, type SheetRow } from './read-spreadsheet.ts'

/** What PostgreSQL's jsonb can keep: no NUL, no lone surrogate. */
const storable = (text: string): string => text.replaceAll('\0', '').replace(/\p{Cs}/gu, '\ufffd')

/** Reads a file and keeps its rows under the import, as fast as they come. */
async function takeRows(tx: Transaction, importId: string, bytes: Buffer, reading: SheetReading): Promise<SheetFound> {
  await tx.delete(importRows).where(eq(importRows.importId, importId))
  const found = await readSpreadsheet(bytes, reading, async (rows: SheetRow[]) => {
    const values = rows.map(([rowNumber, cells]) => ({ row_number: rowNumber, cells: cells.map(storable) }))
    await tx.execute(sql`
      insert into ${importRows} (import_id, row_number, cells)
      select ${importId}::uuid, r.row_number, r.cells
      from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as r(row_number integer, cells jsonb)`)
  })
  const columns = found.columns.map(storable)
  const top = found.top.map(([rowNumber, cells]): SheetRow => [rowNumber, cells.map((cell) => storable(cell.slice(0, 200)))])
  return { ...found, columns, top }
}

const sourceOf = ({ columns: _, count: __, ...source }: SheetFound) => ({ ...source })

/**
 * Takes in a spreadsheet: reads it in a process of its own, keeps its rows as text and guesses the mapping from headings and contents.
 * Refuses `not-allowed`, `file-not-a-spreadsheet`, `file-encrypted`, `file-too-large`, `file-empty`, `file-parse-timeout`.
 */
export async function uploadImport(
  ctx: AppContext,
  viewer: Viewer | null,
  input: { fileName: string; bytes: Buffer; kind?: ImportKind },
) {
  requireImport(viewer)
  const kind = input.kind ?? 'receivables'
  requireOptions(viewer, {}, kind)
  const { currency } = await findCompany(ctx.db)
  return ctx.db.transaction(async (tx) => {
    const id = v7()
    const [made] = await tx
      .insert(imports)
      .values({
        id,
        kind,
        fileName: fileNameOf(input.fileName),
        columns: [],
        mapping: {},
        options: { currency, dateOrder: 'auto', decimal: 'auto' },
        rowCount: 0,
        counts: {},
        createdAt: ctx.now(),
        createdBy: viewer?.userId ?? null,
      })
      .returning()
    if (!made) throw new Error('the import was not written')
    await keepFile(tx, id, ctx.now(), [input.bytes])
    const found = await takeRows(tx, id, input.bytes, {})
    const mapping = await guessFor(tx, kind, found.columns, found.top)
    const [read] = await tx
      .update(imports)
      .set({ columns: found.columns, rowCount: found.count, source: sourceOf(found), mapping })
      .where(eq(imports.id, id))
      .returning()
    if (!read) throw new Error('the import vanished')
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'import',
      entityId: id,
      changes: { kind, fileName: read.fileName, rows: found.count },
    })
    return recordOf(tx, read)
  })
}

/**
 * Reads the file again another way: another sheet, other headings, another encoding or separator. The mapping is guessed anew. Refuses
 * `not-found`, `import-not-ready` once it runs, `file-gone` when the file is not kept any more, and what `uploadImport` refuses.
 */
export async function readImportAgain(ctx: AppContext, viewer: Viewer, importId: string, reading: SheetReading) {
  const before = await findImport(ctx.db, viewer, importId)
  const bytes = await buffer(Readable.from(readKeptFile(ctx.db, importId)))
  if (bytes.length === 0) throw new Refusal(isOpen(before) ? 'file-gone' : 'import-not-ready')
  return ctx.db.transaction(async (tx) => {
    const found = await lockImport(tx, viewer, importId)
    if (!isOpen(found)) throw new Refusal('import-not-ready')
    const read = await takeRows(tx, importId, bytes, reading)
    const { asOf: _, ...options } = optionsOf(found)
    const [again] = await tx
      .update(imports)
      .set({
        columns: read.columns,
        rowCount: read.count,
        source: sourceOf(read),
        mapping: await guessFor(tx, found.kind, read.columns, read.top),
        options: { ...options },
        state: 'uploaded',
        counts: {},
        error: null,
        rowsDone: 0,
      })
      .where(eq(imports.id, importId))
      .returning()
    if (!again) throw new Error('the locked import vanished')
    return recordOf(tx, again)
  })
}

/** Whether an import may still be read and mapped another way: nothing of it has been written. */
export const isOpen = (row: typeof imports.$inferSelect): boolean =>
  row.state === 'uploaded' || row.state === 'checked' || (row.state === 'failed' && row.resumeAfter === 0)

/** Forgets an import that has not written anything, with its file. Refuses `not-found`, `import-not-ready`. */
export async function removeImport(ctx: AppContext, viewer: Viewer, importId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const found = await lockImport(tx, viewer, importId)
    if (!isOpen(found)) throw new Refusal('import-not-ready')
    await dropFile(tx, importId)
    await tx.delete(imports).where(eq(imports.id, importId))
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'import',
      entityId: importId,
      changes: { fileName: found.fileName },
    })
  })
}

/** The name without folders that some browsers send along. */
function fileNameOf(name: string): string {
  return (
    storable(name.split(/[\\/]/).at(-1) ?? '')
      .trim()
      .slice(0, 255) || 'archivo'
  )
}
