import { importRows, imports } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { guessReceivableMapping } from '@cartera/domain/imports/receivable-fields'
import { sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { recordOf, requireImport } from './import-record.ts'
import { readSpreadsheet, type Spreadsheet } from './read-spreadsheet.ts'

/** Rows that go into one statement. */
const batch = 1000

/**
 * Takes in a spreadsheet: reads it in a process of its own, keeps its rows as text and guesses the mapping from the headings. Refuses
 * `not-allowed`, `file-not-a-spreadsheet`, `file-too-large`, `file-empty`, `file-parse-timeout`.
 */
export async function uploadImport(
  ctx: AppContext,
  viewer: Viewer | null,
  input: { fileName: string; bytes: Buffer },
  read: (bytes: Buffer) => Promise<Spreadsheet> = readSpreadsheet,
) {
  requireImport(viewer)
  const { columns, rows } = await read(input.bytes)
  const { currency } = await findCompany(ctx.db)
  return ctx.db.transaction(async (tx) => {
    const [made] = await tx
      .insert(imports)
      .values({
        kind: 'receivables',
        fileName: fileNameOf(input.fileName),
        columns,
        mapping: guessReceivableMapping(columns),
        options: { currency, dateOrder: 'auto', decimal: 'auto' },
        rowCount: rows.length,
        counts: {},
        createdAt: ctx.now(),
        createdBy: viewer?.userId ?? null,
      })
      .returning()
    if (!made) throw new Error('the import was not written')
    for (let at = 0; at < rows.length; at += batch) {
      // Row 1 of the sheet is the heading.
      const values = rows.slice(at, at + batch).map((cells, index) => ({
        row_number: at + index + 2,
        cells: Object.fromEntries(columns.map((column, place) => [column, storable(cells[place] ?? '')])),
      }))
      await tx.execute(sql`
        insert into ${importRows} (import_id, row_number, cells)
        select ${made.id}::uuid, r.row_number, r.cells
        from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as r(row_number integer, cells jsonb)`)
    }
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'import',
      entityId: made.id,
      changes: { fileName: made.fileName, rows: rows.length },
    })
    return recordOf(tx, made)
  })
}

/** What PostgreSQL's jsonb can keep: no NUL, no lone surrogate. */
function storable(text: string): string {
  return text.replaceAll('\0', '').replace(/\p{Cs}/gu, '\ufffd')
}

/** The name without folders that some browsers send along. */
function fileNameOf(name: string): string {
  return (
    storable(name.split(/[\\/]/).at(-1) ?? '')
      .trim()
      .slice(0, 255) || 'archivo'
  )
}
