import { imports } from '@cartera/db/schema/receivables'
import type { FieldSource } from '@cartera/domain/imports/import-mapping'
import type { ReceivableField } from '@cartera/domain/imports/receivable-fields'
import { and, eq, ne } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { checkImport } from './check-import.ts'
import type { FateCounts } from './import-record.ts'
import { listImportRows } from './list-imports.ts'
import { type GivenOptions, mapImport } from './map-import.ts'
import { markRunning, runImport, untilLetGo } from './run-import.ts'
import { uploadImport } from './upload-import.ts'

export interface FileImport {
  /** Null where nothing was imported. */
  importId: string | null
  asOf: string
  rowCount: number
  counts: FateCounts
  imported: boolean
  /** The first refused rows. */
  refused: { rowNumber: number; errors: { field: string; code: string; params: Record<string, string | number> }[] }[]
}

/**
 * Imports a file for the system, as the import screen does for a person, without the queue: the same upload, dry run and run. With `dryRun`, or
 * where rows are refused and `skipRefused` is not set, nothing is imported and nothing stays. `progress` is told each step.
 */
export async function importFile(
  ctx: AppContext,
  input: {
    fileName: string
    bytes: Buffer
    mapping: Partial<Record<ReceivableField, FieldSource>>
    options: GivenOptions
    dryRun: boolean
    skipRefused: boolean
  },
  progress: (step: 'read' | 'checked' | 'writing', rows: number, of: number) => void = () => undefined,
): Promise<FileImport> {
  const made = await uploadImport(ctx, null, input)
  progress('read', made.rowCount, made.rowCount)
  const forget = () => ctx.db.delete(imports).where(and(eq(imports.id, made.id), ne(imports.state, 'done')))
  try {
    await mapImport(ctx, null, made.id, { mapping: { ...made.mapping, ...input.mapping }, options: input.options })
    const checked = await checkImport(ctx, null, made.id)
    progress('checked', made.rowCount, made.rowCount)
    const { items } = await listImportRows(ctx, null, made.id, { fate: 'refused', limit: 20 })
    const report = {
      asOf: checked.options.asOf ?? '',
      rowCount: checked.rowCount,
      refused: items.map(({ rowNumber, errors }) => ({ rowNumber, errors })),
    }
    const counts = checked.counts as FateCounts
    if (input.dryRun || (counts.refused > 0 && !input.skipRefused)) {
      await forget()
      return { ...report, importId: null, counts, imported: false }
    }
    await markRunning(ctx, null, made.id, { refuseWhenErrors: !input.skipRefused })
    const row = await runOrAwait(ctx, made.id, (done) => progress('writing', done, made.rowCount))
    if (row?.state !== 'done') throw new Error(`the import failed: ${row?.error ?? 'unknown'}`)
    return { ...report, importId: made.id, counts: row.counts as FateCounts, imported: true }
  } catch (error) {
    await forget()
    throw error
  }
}

/** Runs it here; a worker that found it first is waited for. */
async function runOrAwait(ctx: AppContext, importId: string, told: (rowsDone: number) => void) {
  for (;;) {
    await runImport(ctx, importId, told)
    const [row] = await ctx.db.select().from(imports).where(eq(imports.id, importId))
    if (row?.state !== 'running') return row
    await untilLetGo(ctx, importId)
  }
}
