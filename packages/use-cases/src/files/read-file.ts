import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { displayFileName, fileEnding } from '@cartera/domain/files/file-kind'
import { Refusal } from '@cartera/domain/refusal'
import type { AppContext } from '../app-context.ts'
import { previewKey } from './keep-file.ts'
import { readMailAttachment } from './look-into-file.ts'
import { findVisibleFile, toFile } from './visible-file.ts'

interface Download {
  name: string
  mediaType: string
  size: number | null
  content: Readable | Buffer
}

async function bytesOf(ctx: AppContext, key: string): Promise<Readable> {
  const content = await ctx.files.read(key)
  if (content === null) {
    ctx.log.error({ key }, 'the bytes of a file are missing in the store')
    throw new Refusal('file-lost')
  }
  return content
}

/** A file within the viewer's scope; refuses `not-found`. */
export async function readFile(ctx: AppContext, viewer: Viewer, fileId: string) {
  return toFile(await findVisibleFile(ctx.db, viewer, fileId))
}

/** The bytes of a file as they came. Refuses `not-found`, and `file-lost` where the store does not have them. */
export async function downloadFile(ctx: AppContext, viewer: Viewer, fileId: string): Promise<Download> {
  const { file } = await findVisibleFile(ctx.db, viewer, fileId)
  return { name: file.name, mediaType: file.mediaType, size: file.size, content: await bytesOf(ctx, file.id) }
}

/** The picture that was drawn of a file. Refuses `not-found`, also where there is none, and `file-lost`. */
export async function previewFile(ctx: AppContext, viewer: Viewer, fileId: string): Promise<Download> {
  const { file } = await findVisibleFile(ctx.db, viewer, fileId)
  if (!file.hasPreview) throw new Refusal('not-found')
  return { name: 'preview.webp', mediaType: 'image/webp', size: null, content: await bytesOf(ctx, previewKey(file.id)) }
}

/**
 * One attachment of an e-mail that is kept as a file, as bytes that no browser shows. Refuses `not-found`, also for an attachment that is not there, and
 * `file-lost`.
 */
export async function downloadMailAttachment(ctx: AppContext, viewer: Viewer, fileId: string, index: number): Promise<Download> {
  const { file } = await findVisibleFile(ctx.db, viewer, fileId)
  const form = fileEnding(file.name)
  if (file.kind !== 'mail' || (form !== 'eml' && form !== 'msg')) throw new Refusal('not-found')
  const found = await readMailAttachment(await buffer(await bytesOf(ctx, file.id)), form, index)
  if (!found) throw new Refusal('not-found')
  const name = displayFileName(found.name) ?? `adjunto-${index + 1}`
  return { name, mediaType: 'application/octet-stream', size: found.content.length, content: found.content }
}
