import { trashEndpoints } from '@cartera/contract/trash'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listTrash, restoreFromTrash } from '@cartera/use-cases/trash/trash'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function trashRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, trashEndpoints.list, async ({ ctx, viewer, query }) => listTrash(ctx, viewer, query))
  route(app, ctx, trashEndpoints.restore, async ({ ctx, viewer, params }) => restoreFromTrash(ctx, viewer, params))
}
