import { savedViewEndpoints } from '@cartera/contract/saved-views'
import type { AppContext } from '@cartera/use-cases/app-context'
import {
  changeSavedView,
  createSavedView,
  listSavedViews,
  openWithView,
  removeSavedView,
} from '@cartera/use-cases/saved-views/saved-views'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function savedViewRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, savedViewEndpoints.list, async ({ ctx, viewer, query }) => listSavedViews(ctx, viewer, query))
  route(app, ctx, savedViewEndpoints.create, async ({ ctx, viewer, body }) => createSavedView(ctx, viewer, body))
  route(app, ctx, savedViewEndpoints.change, async ({ ctx, viewer, params, body }) =>
    changeSavedView(ctx, viewer, params.id, body),
  )
  route(app, ctx, savedViewEndpoints.remove, async ({ ctx, viewer, params }) => removeSavedView(ctx, viewer, params.id))
  route(app, ctx, savedViewEndpoints.open, async ({ ctx, viewer, body }) => openWithView(ctx, viewer, body))
}
