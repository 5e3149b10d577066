import { followUpAttachmentEndpoints } from '@cartera/contract/follow-up-attachments'
import type { AppContext } from '@cartera/use-cases/app-context'
import {
  downloadAttachment,
  listAttachments,
  mailAttachment,
  makeAttachment,
  resendAttachment,
} from '@cartera/use-cases/follow-up-documents/attachments'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function followUpAttachmentRoutes(app: FastifyInstance, ctx: AppContext): void {
  const { list, make, pdf, send, sendAgain } = followUpAttachmentEndpoints
  route(app, ctx, list, async ({ ctx, viewer, params }) => listAttachments(ctx, viewer, params.id))
  route(app, ctx, make, async ({ ctx, viewer, params, body }) => makeAttachment(ctx, viewer, params.id, body))
  route(app, ctx, send, async ({ ctx, viewer, params, body }) => mailAttachment(ctx, viewer, params.id, body))
  route(app, ctx, sendAgain, async ({ ctx, viewer, params, body }) => resendAttachment(ctx, viewer, params.id, body))
  route(app, ctx, pdf, async ({ ctx, viewer, params, reply }) => {
    const { fileName, pdf } = await downloadAttachment(ctx, viewer, params.id)
    await reply
      .header('content-disposition', `attachment; filename="${encodeURIComponent(fileName)}"`)
      .header('x-content-type-options', 'nosniff')
      .type('application/pdf')
      .send(pdf)
  })
}
