import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

/**
 * A stored or made file, always as an attachment: what somebody uploaded is never shown as a page of ours. (`nosniff` stands on every answer.) The name is
 * percent-encoded, so that no name can write a header.
 */
export async function sendFile(
  reply: FastifyReply,
  file: { name: string; mediaType: string; content: Buffer | Readable; size?: number | null },
): Promise<undefined> {
  if (file.size !== undefined && file.size !== null) reply.header('content-length', file.size)
  await reply
    .header('content-disposition', `attachment; filename="${encodeURIComponent(file.name)}"`)
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('cache-control', 'private, no-store')
    .type(file.mediaType)
    .send(file.content)
}
