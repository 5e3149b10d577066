import { imports } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { companyToday } from '../company/company-settings.ts'
import { defineJob } from '../jobs/job.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { checkCustomers } from './customer-import.ts'
import { findImport, type ImportRow, lockImport, optionsOf, recordOf, requireOptions } from './import-record.ts'
import { missingFields } from './map-import.ts'
import { planImport, readImportRows } from './plan-import.ts'
import { storeFates } from './store-fates.ts'
import { isOpen } from './upload-import.ts'

/** Files of so many rows are tried out at once; longer ones in the worker. */
const mostRowsAtOnce = 2000

function requireMapped(found: ImportRow): void {
  const missing = missingFields(found.kind, found.mapping, optionsOf(found))
  if (missing.length > 0) throw new Refusal('columns-missing', { field: 'mapping', params: { fields: missing.join(', ') } })
}

/** Whether it may be tried out now: nobody has changed how it is read since, and nothing of it is written. */
function requireSame(found: ImportRow, before: ImportRow): void {
  const told = (row: ImportRow) => JSON.stringify([row.mapping, row.options, row.columns, row.rowCount])
  if (told(found) !== told(before) || !(isOpen(found) || found.state === 'checking')) throw new Refusal('import-not-ready')
}

/**
 * The dry run: says of every row what would become of it and changes nothing else. The day as of which the file is read is fixed here.
 * Refuses `not-found`, `import-not-ready`, `columns-missing`.
 */
export async function checkImport(ctx: AppContext, viewer: Viewer | null, importId: string) {
  const before = await findImport(ctx.db, viewer, importId)
  requireMapped(before)
  requireOptions(viewer, {}, before.kind)
  const checked =
    before.kind === 'customers' ? await tryCustomers(ctx, viewer, before) : await tryReceivables(ctx, viewer, before)
  return recordOf(ctx.db, checked)
}

async function tryReceivables(ctx: AppContext, viewer: Viewer | null, before: ImportRow): Promise<ImportRow> {
  const asOf = optionsOf(before).asOf ?? (await companyToday(ctx))
  const rows = await readImportRows(ctx.db, before, asOf)
  return ctx.db.transaction(async (tx) => {
    const found = await lockImport(tx, viewer, before.id)
    requireSame(found, before)
    const plan = await planImport(tx, viewer, found, rows, false)
    await storeFates(tx, found.id, plan.rows)
    return written(
      await tx
        .update(imports)
        .set({ state: 'checked', counts: plan.counts, options: { ...found.options, asOf }, error: null, rowsDone: 0 })
        .where(eq(imports.id, found.id))
        .returning(),
    )
  })
}

async function tryCustomers(ctx: AppContext, viewer: Viewer | null, before: ImportRow): Promise<ImportRow> {
  return ctx.db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ mine: boolean }>(
      sql`select pg_try_advisory_xact_lock(hashtext('cartera import'), hashtext(${before.id})) as mine`,
    )
    if (!rows[0]?.mine) throw new Refusal('import-not-ready')
    const { counts, decided } = await checkCustomers(tx, viewer, before, (rowsDone) =>
      // Told outside of the transaction, so that who watches sees it move.
      ctx.db
        .update(imports)
        .set({ rowsDone })
        .where(and(eq(imports.id, before.id), eq(imports.state, 'checking'))),
    )
    const found = await lockImport(tx, viewer, before.id)
    requireSame(found, before)
    return written(
      await tx
        .update(imports)
        .set({ state: 'checked', counts, options: { ...found.options, decided }, error: null, rowsDone: 0, resumeAfter: 0 })
        .where(eq(imports.id, before.id))
        .returning(),
    )
  })
}

function written(rows: readonly ImportRow[]): ImportRow {
  const [row] = rows
  if (!row) throw new Error('the locked import vanished')
  return row
}

/** The dry run of a person: at once where the file is short, else in the worker, where the import stands as `checking` meanwhile. Refuses as `checkImport`. */
export async function startCheck(ctx: AppContext, viewer: Viewer, importId: string) {
  const found = await findImport(ctx.db, viewer, importId)
  if (found.rowCount <= mostRowsAtOnce) return checkImport(ctx, viewer, importId)
  requireMapped(found)
  requireOptions(viewer, {}, found.kind)
  await ctx.db.transaction(async (tx) => {
    const locked = await lockImport(tx, viewer, importId)
    if (!isOpen(locked)) throw new Refusal('import-not-ready')
    await tx
      .update(imports)
      .set({ state: 'checking', rowsDone: 0, error: null, options: { ...locked.options, runBy: viewer.userId } })
      .where(eq(imports.id, importId))
  })
  await ctx.queue
    .add(checkImportJob, { importId }, { key: importId })
    .catch((error: unknown) => ctx.log.warn({ err: error, importId }, 'could not ring for the dry run'))
  return recordOf(ctx.db, await findImport(ctx.db, viewer, importId))
}

/** Tries an import out that stands as `checking`. Twice does no harm: the second finds it checked, or held by the first. */
export const checkImportJob = defineJob({
  name: 'check-import',
  payload: z.strictObject({ importId: z.uuid() }),
  attempts: 3,
  async run(ctx, { importId }) {
    const [found] = await ctx.db.select().from(imports).where(eq(imports.id, importId))
    if (found?.state !== 'checking') return
    try {
      const { runBy } = optionsOf(found)
      const viewer = runBy ? await findViewerByUser(ctx, runBy) : null
      if (runBy && !viewer) throw new Refusal('not-allowed')
      await checkImport(ctx, viewer, importId)
    } catch (error) {
      // Another worker has it in hand.
      if (error instanceof Refusal && error.code === 'import-not-ready') return
      if (!(error instanceof Refusal)) ctx.log.error({ err: error, importId }, 'the dry run failed')
      await ctx.db
        .update(imports)
        .set({ state: 'failed', error: error instanceof Refusal ? error.code : 'unexpected', rowsDone: 0 })
        .where(and(eq(imports.id, importId), eq(imports.state, 'checking')))
    }
  },
})
