import { followUpDocumentEndpoints } from '@cartera/contract/follow-up-documents'
import type { AppContext } from '@cartera/use-cases/app-context'
import {
  followUpDocumentCatalogue,
  previewDocument,
  previewDocumentPdf,
} from '@cartera/use-cases/follow-up-documents/document-catalogue'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'
import { catalogueRoutes } from './catalogue-routes.ts'

export function followUpDocumentRoutes(app: FastifyInstance, ctx: AppContext): void {
  const { preview, previewPdf, ...catalogue } = followUpDocumentEndpoints
  catalogueRoutes(catalogue, followUpDocumentCatalogue)(app, ctx)
  route(app, ctx, preview, async ({ ctx, viewer, body }) => previewDocument(ctx, viewer, body))
  route(app, ctx, previewPdf, async ({ ctx, viewer, body, reply }) => {
    const pdf = await previewDocumentPdf(ctx, viewer, body)
    await reply.type('application/pdf').header('x-content-type-options', 'nosniff').send(pdf)
  })
}
