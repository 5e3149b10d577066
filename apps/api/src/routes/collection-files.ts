import { collectionFileEndpoints } from '@cartera/contract/collection-files'
import type { AppContext } from '@cartera/use-cases/app-context'
import { collectionPaper, collectionZip } from '@cartera/use-cases/collection-file/make-collection-file'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { route } from '../route.ts'

const asFile = (reply: FastifyReply, type: string, fileName: string) =>
  reply
    .type(type)
    .header('content-disposition', `attachment; filename="${encodeURIComponent(fileName)}"`)
    .header('x-content-type-options', 'nosniff')

export function collectionFileRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, collectionFileEndpoints.zip, async ({ ctx, viewer, params, reply }) => {
    const { fileName, stream } = await collectionZip(ctx, viewer, params.id)
    return asFile(reply, 'application/zip', fileName).send(stream)
  })
  route(app, ctx, collectionFileEndpoints.pdf, async ({ ctx, viewer, params, reply }) => {
    const { fileName, pdf } = await collectionPaper(ctx, viewer, params.id)
    return asFile(reply, 'application/pdf', fileName).send(pdf)
  })
}
