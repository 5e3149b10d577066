import { Refusal } from '@cartera/domain/refusal'
import { mostPictureBytes } from '@cartera/use-cases/files/make-picture'
import type { FastifyRequest } from 'fastify'

/** The one picture of a multipart request, whole. Refuses `image-unreadable` where there is none, `file-too-large`. */
export async function uploadedPicture(request: FastifyRequest): Promise<Buffer> {
  if (!request.isMultipart()) throw new Refusal('image-unreadable', { field: 'file' })
  const file = await request.file({ limits: { fileSize: mostPictureBytes } })
  if (!file) throw new Refusal('image-unreadable', { field: 'file' })
  try {
    return await file.toBuffer()
  } catch (error) {
    if ((error as { code?: unknown }).code === 'FST_REQ_FILE_TOO_LARGE')
      throw new Refusal('file-too-large', { field: 'file', params: { max: '5 MiB' } })
    throw error
  }
}
