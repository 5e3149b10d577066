import { importEndpoints } from '@cartera/contract/imports'
import { refusalSentences, sayRefusal } from '@cartera/contract/refusals'
import { Refusal, type RefusalCode } from '@cartera/domain/refusal'
import type { AppContext } from '@cartera/use-cases/app-context'
import { checkImport } from '@cartera/use-cases/imports/check-import'
import { exportImportErrors, listImportRows, listImports, readImport } from '@cartera/use-cases/imports/list-imports'
import { mapImport } from '@cartera/use-cases/imports/map-import'
import { startImport } from '@cartera/use-cases/imports/run-import'
import { uploadImport } from '@cartera/use-cases/imports/upload-import'
import type { FastifyInstance, FastifyRequest } from 'fastify'
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
  route(app, ctx, importEndpoints.upload, async ({ ctx, viewer, request }) => {
    // Who may not import is told so before a file is read.
    if (!viewer.permissions.includes('import')) throw new Refusal('not-allowed')
    return uploadImport(ctx, viewer, await uploadedFile(request))
  })
  route(app, ctx, importEndpoints.read, async ({ ctx, viewer, params }) => readImport(ctx, viewer, params.id))
  route(app, ctx, importEndpoints.map, async ({ ctx, viewer, params, body }) => mapImport(ctx, viewer, params.id, body))
  route(app, ctx, importEndpoints.check, async ({ ctx, viewer, params }) => checkImport(ctx, viewer, params.id))
  route(app, ctx, importEndpoints.run, async ({ ctx, viewer, params, body }) => startImport(ctx, viewer, params.id, body))
  route(app, ctx, importEndpoints.rows, async ({ ctx, viewer, params, query }) => listImportRows(ctx, viewer, params.id, query))
  route(app, ctx, importEndpoints.errors, async ({ ctx, viewer, params, request, reply }) => {
    const language = languageOf(request)
    const { fileName, csv } = await exportImportErrors(ctx, viewer, params.id, {
      reason: language === 'es' ? 'Motivo' : 'Reason',
      say: (code, values) => (isRefusalCode(code) ? sayRefusal(code, language, values) : code),
    })
    await reply
      .header('content-disposition', `attachment; filename="${encodeURIComponent(fileName)}"`)
      .type('text/csv; charset=utf-8')
      .send(csv)
  })
}
