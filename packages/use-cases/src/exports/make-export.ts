import { Readable } from 'node:stream'
import { exports } from '@cartera/db/schema/exports'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { dayOfInstant } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import { and, desc, eq, lt, ne, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import type { Language } from '../customers/customer-words.ts'
import { defineJob } from '../jobs/job.ts'
import { dropFile, keepFile, readKeptFile } from '../kept-files.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { type ExportList, type ExportListName, exportLists } from './export-lists.ts'
import { csvBytes, csvContentType } from './write-csv.ts'
import { type WorkbookCell, workbookContentType, workbookStream } from './write-workbook.ts'

type Row = typeof exports.$inferSelect

/** Lists up to so many rows are made while the person waits; longer ones in the worker. */
const mostRowsAtOnce = 2000
const keptDays = 7

function requireExport(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'export')
  if (refusal) throw new Refusal(refusal)
}

const shown = (row: Row) => ({
  id: row.id,
  list: row.list as ExportListName,
  format: row.format,
  state: row.state,
  rowsDone: row.rowsDone,
  fileName: row.fileName,
  size: row.size,
  error: row.error,
  createdAt: row.createdAt.toISOString(),
  finishedAt: row.finishedAt?.toISOString() ?? null,
  lapsesAt: row.lapsesAt.toISOString(),
})

/**
 * Makes a list into a file, under the filters and in the scope of the person: a short one at once, a long one in the worker, with its progress
 * under `listExports`. Refuses `not-allowed` without the permission to export, and what the list itself refuses.
 */
export async function startExport(
  ctx: AppContext,
  viewer: Viewer,
  input: { list: ExportListName; format: 'xlsx' | 'csv'; filters: Record<string, unknown>; language: Language },
) {
  requireExport(viewer)
  const { list: name, format, filters, language } = input
  const list: ExportList = exportLists[name]
  // What is wrong with the filters, or not allowed, is said before anything is made.
  const first: WorkbookCell[][] = []
  let more = false
  for await (const row of list.rows(ctx, async () => viewer, filters, language)) {
    if (first.length === mostRowsAtOnce) {
      more = true
      break
    }
    first.push(row)
  }
  const { timeZone } = await findCompany(ctx.db)
  const now = ctx.now()
  const values = {
    id: v7(),
    userId: viewer.userId,
    list: name,
    format,
    filters,
    language,
    state: more ? ('waiting' as const) : ('done' as const),
    fileName: `${list.title[language]} ${dayOfInstant(now, timeZone)}.${format}`,
    createdAt: now,
    lapsesAt: new Date(now.getTime() + keptDays * 86_400_000),
  }
  const made = await ctx.db.transaction(async (tx) => {
    const done = more
      ? {}
      : {
          size: await keepFile(
            tx,
            values.id,
            now,
            await bytesOf(ctx, list, { format, language, filters }, async () => viewer, first),
          ),
          rowsDone: first.length,
          finishedAt: now,
        }
    const [row] = await tx
      .insert(exports)
      .values({ ...values, ...done })
      .returning()
    if (!row) throw new Error('the export was not written')
    await recordAudit(tx, ctx, viewer, {
      action: 'export',
      entity: name,
      entityId: row.id,
      changes: { format, filter: filters },
    })
    return row
  })
  if (more)
    await ctx.queue
      .add(makeExportJob, { exportId: made.id }, { key: made.id })
      .catch((error: unknown) => ctx.log.warn({ err: error, exportId: made.id }, 'could not ring for the export'))
  return shown(made)
}

async function bytesOf(
  ctx: AppContext,
  list: ExportList,
  { format, language, filters }: Pick<Row, 'format' | 'language' | 'filters'>,
  viewerNow: () => Promise<Viewer>,
  rows: Iterable<WorkbookCell[]> | AsyncIterable<WorkbookCell[]>,
): Promise<AsyncIterable<Uint8Array>> {
  const { timeZone } = await findCompany(ctx.db)
  const columns = await list.columns(ctx, language, filters)
  if (format === 'csv') return csvBytes(columns, rows, timeZone)
  const beside = list.beside?.(ctx, viewerNow, filters, language)
  return workbookStream([{ name: list.title[language], columns, rows }, ...(beside ? [beside] : [])], { timeZone })
}

/** How many rows are told of at a time. */
const step = 5000

/** Makes one long export; rights are asked anew for every page. Twice does no harm: it begins anew, and one at a time. */
export const makeExportJob = defineJob({
  name: 'make-export',
  payload: z.strictObject({ exportId: z.uuid() }),
  attempts: 3,
  async run(ctx, { exportId }) {
    await ctx.db.transaction(async (tx) => {
      const { rows: locks } = await tx.execute<{ mine: boolean }>(
        sql`select pg_try_advisory_xact_lock(hashtext('cartera export'), hashtext(${exportId})) as mine`,
      )
      const [found] = await ctx.db.select().from(exports).where(eq(exports.id, exportId))
      if (!locks[0]?.mine || found?.state !== 'waiting') return
      try {
        await makeFile(ctx, found, () => tx.execute(sql`select 1`))
      } catch (error) {
        await dropFile(ctx.db, exportId)
        if (!(error instanceof Refusal)) throw error
        await ctx.db
          .update(exports)
          .set({ state: 'failed', error: error.code, finishedAt: ctx.now() })
          .where(eq(exports.id, exportId))
      }
    })
  },
})

/** `alive` is told while rows come: a transaction that only holds the lock is ended by the database after a minute of silence. */
async function makeFile(ctx: AppContext, found: Row, alive: () => Promise<unknown>): Promise<void> {
  const list: ExportList = exportLists[found.list as ExportListName]
  let done = 0
  const viewerNow = async () => {
    const viewer = await findViewerByUser(ctx, found.userId)
    if (!viewer) throw new Refusal('not-allowed')
    requireExport(viewer)
    return viewer
  }
  async function* counted() {
    for await (const row of list.rows(ctx, viewerNow, found.filters, found.language)) {
      yield row
      done += 1
      if (done % step !== 0) continue
      await alive()
      await ctx.db.update(exports).set({ rowsDone: done }).where(eq(exports.id, found.id))
    }
  }
  const size = await keepFile(ctx.db, found.id, ctx.now(), await bytesOf(ctx, list, found, viewerNow, counted()))
  await ctx.db.update(exports).set({ state: 'done', rowsDone: done, size, finishedAt: ctx.now() }).where(eq(exports.id, found.id))
}

/** Rings for exports whose ring was lost or whose worker ended, and forgets the files that have lapsed. */
export const resumeExportsJob = defineJob({
  name: 'resume-exports',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    const waiting = await ctx.db.select({ id: exports.id }).from(exports).where(eq(exports.state, 'waiting')).limit(100)
    for (const { id } of waiting) await ctx.queue.add(makeExportJob, { exportId: id }, { key: id })
    const lapsed = await ctx.db
      .update(exports)
      .set({ state: 'lapsed' })
      .where(and(ne(exports.state, 'lapsed'), lt(exports.lapsesAt, ctx.now())))
      .returning({ id: exports.id })
    for (const { id } of lapsed) await dropFile(ctx.db, id)
  },
})

/** What the person has exported, newest first. */
export async function listExports(ctx: AppContext, viewer: Viewer) {
  const rows = await ctx.db
    .select()
    .from(exports)
    .where(eq(exports.userId, viewer.userId))
    .orderBy(desc(exports.createdAt), desc(exports.id))
    .limit(100)
  return { items: rows.map(shown) }
}

async function findMine(ctx: AppContext, viewer: Viewer, exportId: string): Promise<Row> {
  const [row] = await ctx.db
    .select()
    .from(exports)
    .where(and(eq(exports.id, exportId), eq(exports.userId, viewer.userId)))
  if (!row) throw new Refusal('not-found')
  return row
}

/** One of the person's own exports; anybody else's is `not-found`. */
export async function readExport(ctx: AppContext, viewer: Viewer, exportId: string) {
  return shown(await findMine(ctx, viewer, exportId))
}

/** The file of an own export. Refuses `not-found`, `not-allowed` once the permission is gone, `file-gone` while it is not made or has lapsed. */
export async function openExport(ctx: AppContext, viewer: Viewer, exportId: string) {
  const found = await findMine(ctx, viewer, exportId)
  requireExport(viewer)
  if (found.state !== 'done' || found.lapsesAt <= ctx.now()) throw new Refusal('file-gone')
  return {
    fileName: found.fileName,
    contentType: found.format === 'csv' ? csvContentType : workbookContentType,
    stream: Readable.from(readKeptFile(ctx.db, exportId)),
  }
}

/** Forgets an own export with its file. Refuses `not-found`. */
export async function removeExport(ctx: AppContext, viewer: Viewer, exportId: string): Promise<void> {
  await findMine(ctx, viewer, exportId)
  await ctx.db.transaction(async (tx) => {
    await dropFile(tx, exportId)
    await tx.delete(exports).where(eq(exports.id, exportId))
    await recordAudit(tx, ctx, viewer, { action: 'delete', entity: 'export', entityId: exportId })
  })
}
