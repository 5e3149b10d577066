import { importEndpoints } from '@cartera/contract/imports'
import { refusalSentences, sayRefusal } from '@cartera/contract/refusals'
import { Refusal, type RefusalCode } from '@cartera/domain/refusal'
import type { AppContext } from '@cartera/use-cases/app-context'
import { customerHeadings } from '@cartera/use-cases/customers/customer-words'
import { workbookContentType } from '@cartera/use-cases/exports/write-workbook'
import { changeManyCustomers } from '@cartera/use-cases/imports/change-many-customers'
import { startCheck } from '@cartera/use-cases/imports/check-import'
import {
  exportImportErrorBook,
  exportImportErrors,
  listImportRows,
  listImports,
  readImport,
} from '@cartera/use-cases/imports/list-imports'
import { listImportMappings, mapImport, removeImportMapping } from '@cartera/use-cases/imports/map-import'
import type { SheetReading } from '@cartera/use-cases/imports/read-spreadsheet'
import { cancelImport, startImport } from '@cartera/use-cases/imports/run-import'
import { startUndo } from '@cartera/use-cases/imports/undo-import'
import { readImportAgain, removeImport, uploadImport } from '@cartera/use-cases/imports/upload-import'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { languageOf } from '../problem.ts'
import { route } from '../route.ts'

/** The one file of a multipart request, whole; it is never larger than the limit of the plugin. */
async function uploadedFile(request: FastifyRequest): Promise<{ fileName: string; bytes: Buffer }> {
  if (!request.isMultipart()) throw new Refusal('file-not-a-spreadsheet', { field: 'file' })
  const file = await request.file()
  if (!file) throw new Refusal('file-not-a-spreadsheet', { field: 'file' })
  try {
    return { fileName: file.filename, bytes: await file.toBuffer() }
  } catch (error) {
    if ((error as { code?: unknown }).code === 'FST_REQ_FILE_TOO_LARGE')
      throw new Refusal('file-too-large', { field: 'file', params: { max: '25 MiB' } })
    throw error
  }
}

const isRefusalCode = (code: string): code is RefusalCode => code in refusalSentences

export function importRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, importEndpoints.list, async ({ ctx, viewer, query }) => listImports(ctx, viewer, query))
  route(app, ctx, importEndpoints.upload, async ({ ctx, viewer, query, request }) => {
    // Who may not import is told so before a file is read.
    if (!viewer.permissions.includes('import')) throw new Refusal('not-allowed')
    return uploadImport(ctx, viewer, { ...(await uploadedFile(request)), ...(query.kind ? { kind: query.kind } : {}) })
  })
  route(app, ctx, importEndpoints.changeMany, async ({ ctx, viewer, body }) => changeManyCustomers(ctx, viewer, body))
  route(app, ctx, importEndpoints.read, async ({ ctx, viewer, params }) => readImport(ctx, viewer, params.id))
  route(app, ctx, importEndpoints.map, async ({ ctx, viewer, params, body }) => mapImport(ctx, viewer, params.id, body))
  route(app, ctx, importEndpoints.check, async ({ ctx, viewer, params }) => startCheck(ctx, viewer, params.id))
  route(app, ctx, importEndpoints.run, async ({ ctx, viewer, params, body }) => startImport(ctx, viewer, params.id, body))
  route(app, ctx, importEndpoints.reread, async ({ ctx, viewer, params, body }) =>
    readImportAgain(ctx, viewer, params.id, body as SheetReading),
  )
  route(app, ctx, importEndpoints.remove, async ({ ctx, viewer, params }) => removeImport(ctx, viewer, params.id))
  route(app, ctx, importEndpoints.cancel, async ({ ctx, viewer, params }) => cancelImport(ctx, viewer, params.id))
  route(app, ctx, importEndpoints.undo, async ({ ctx, viewer, params }) => startUndo(ctx, viewer, params.id))
  route(app, ctx, importEndpoints.mappings, async ({ ctx, viewer, query }) => listImportMappings(ctx, viewer, query))
  route(app, ctx, importEndpoints.removeMapping, async ({ ctx, viewer, params }) => removeImportMapping(ctx, viewer, params.id))
  route(app, ctx, importEndpoints.rows, async ({ ctx, viewer, params, query, request }) =>
    listImportRows(ctx, viewer, params.id, query, languageOf(request)),
  )
  route(app, ctx, importEndpoints.errors, async ({ ctx, viewer, params, request, reply }) => {
    const { fileName, csv } = await exportImportErrors(ctx, viewer, params.id, errorWords(languageOf(request)))
    await download(reply, 'text/csv; charset=utf-8', fileName).send(csv)
  })
  route(app, ctx, importEndpoints.errorBook, async ({ ctx, viewer, params, request, reply }) => {
    const { fileName, stream } = await exportImportErrorBook(ctx, viewer, params.id, errorWords(languageOf(request)))
    await download(reply, workbookContentType, fileName).send(stream)
  })
}

const download = (reply: FastifyReply, type: string, fileName: string) =>
  reply.header('content-disposition', `attachment; filename="${encodeURIComponent(fileName)}"`).type(type)

const errorWords = (language: 'es' | 'en') => ({
  reason: language === 'es' ? 'Motivo' : 'Reason',
  sheet: language === 'es' ? 'Rechazadas' : 'Refused',
  field: (name: string) => customerHeadings[name]?.[language] ?? name,
  say: (code: string, values: Record<string, string | number>) =>
    isRefusalCode(code) ? sayRefusal(code, language, values) : code,
})
