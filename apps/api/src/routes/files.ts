import type { Readable } from 'node:stream'
import { fileEndpoints } from '@cartera/contract/files'
import { Refusal } from '@cartera/domain/refusal'
import type { AppContext } from '@cartera/use-cases/app-context'
import { changeFile, removeFile, restoreFile } from '@cartera/use-cases/files/change-file'
import { findFileSettings, keepFile, keepFileVersion, requireCustomer } from '@cartera/use-cases/files/keep-file'
import { listAllFiles, listDeletedFiles, listFiles, listFileVersions, readFileMail } from '@cartera/use-cases/files/list-files'
import { downloadFile, downloadMailAttachment, previewFile, readFile } from '@cartera/use-cases/files/read-file'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { route } from '../route.ts'
import { sendFile } from '../send-file.ts'

/** What surrounds a file in a multipart request: boundaries and headers. */
const around = 65_536

/** The one file of a multipart request, as it comes. A request that says itself that it is too long is not read at all. */
async function arrivingFile(request: FastifyRequest, mostBytes: number) {
  if (!request.isMultipart()) throw new Refusal('file-blank', { field: 'file' })
  if (Number(request.headers['content-length'] ?? 0) > mostBytes + around)
    throw new Refusal('file-too-large', { field: 'file', params: { max: `${Math.floor(mostBytes / 1_048_576)} MiB` } })
  // One byte more than the limit, so that who counts sees that it is passed.
  const part = await request.file({ limits: { fileSize: mostBytes + 1, files: 1 } })
  if (!part) throw new Refusal('file-blank', { field: 'file' })
  // A connection that breaks off in the middle ends the part as if it were whole.
  request.raw.once('aborted', () => part.file.destroy(new Error('the request broke off')))
  return part
}

async function arrived<Kept>(
  request: FastifyRequest,
  mostBytes: number,
  keep: (file: { name: string; content: Readable }) => Promise<Kept>,
): Promise<Kept> {
  const part = await arrivingFile(request, mostBytes)
  try {
    // Browsers write a quotation mark in a name so.
    return await keep({ name: part.filename.replaceAll('%22', '"'), content: part.file })
  } finally {
    // What was refused before its end is read on to nowhere, so that its sender hears why instead of a broken line.
    part.file.resume()
  }
}

export function fileRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, fileEndpoints.list, async ({ ctx, viewer, params, query }) => listFiles(ctx, viewer, params.id, query))
  route(app, ctx, fileEndpoints.all, async ({ ctx, viewer, query }) => listAllFiles(ctx, viewer, query))
  route(app, ctx, fileEndpoints.upload, async ({ ctx, viewer, params, request }) => {
    // Who does not see the customer is told so before a file is read.
    await requireCustomer(ctx, viewer, params.id)
    return arrived(request, ctx.files.mostBytes, (file) => keepFile(ctx, viewer, params.id, file))
  })
  route(app, ctx, fileEndpoints.versions, async ({ ctx, viewer, params }) => listFileVersions(ctx, viewer, params.id))
  route(app, ctx, fileEndpoints.addVersion, async ({ ctx, viewer, params, request }) => {
    await readFile(ctx, viewer, params.id)
    return arrived(request, ctx.files.mostBytes, (file) => keepFileVersion(ctx, viewer, params.id, file))
  })
  route(app, ctx, fileEndpoints.deleted, async ({ ctx, viewer, query }) => listDeletedFiles(ctx, viewer, query))
  route(app, ctx, fileEndpoints.settings, async ({ ctx }) => findFileSettings(ctx))
  route(app, ctx, fileEndpoints.read, async ({ ctx, viewer, params }) => readFile(ctx, viewer, params.id))
  route(app, ctx, fileEndpoints.change, async ({ ctx, viewer, params, body }) => changeFile(ctx, viewer, params.id, body))
  route(app, ctx, fileEndpoints.remove, async ({ ctx, viewer, params }) => removeFile(ctx, viewer, params.id))
  route(app, ctx, fileEndpoints.restore, async ({ ctx, viewer, params }) => restoreFile(ctx, viewer, params.id))
  route(app, ctx, fileEndpoints.content, async ({ ctx, viewer, params, reply }) =>
    sendFile(reply, await downloadFile(ctx, viewer, params.id)),
  )
  route(app, ctx, fileEndpoints.preview, async ({ ctx, viewer, params, reply }) =>
    sendFile(reply, await previewFile(ctx, viewer, params.id)),
  )
  route(app, ctx, fileEndpoints.mail, async ({ ctx, viewer, params }) => readFileMail(ctx, viewer, params.id))
  route(app, ctx, fileEndpoints.attachment, async ({ ctx, viewer, params, reply }) =>
    sendFile(reply, await downloadMailAttachment(ctx, viewer, params.id, params.index)),
  )
}
