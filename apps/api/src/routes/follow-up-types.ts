import { followUpTypeEndpoints } from '@cartera/contract/follow-up-types'
import type { AppContext } from '@cartera/use-cases/app-context'
import {
  changeFollowUpType,
  createFollowUpType,
  listFollowUpTypes,
  removeFollowUpType,
} from '@cartera/use-cases/follow-up-types/follow-up-types'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function followUpTypeRoutes(app: FastifyInstance, ctx: AppContext): void {
  const { list, create, change, remove } = followUpTypeEndpoints
  route(app, ctx, list, async ({ ctx, viewer, query }) => listFollowUpTypes(ctx, viewer, query))
  route(app, ctx, create, async ({ ctx, viewer, body }) => createFollowUpType(ctx, viewer, body))
  route(app, ctx, change, async ({ ctx, viewer, params, body }) => changeFollowUpType(ctx, viewer, params.id, body))
  route(app, ctx, remove, async ({ ctx, viewer, params }) => removeFollowUpType(ctx, viewer, params.id))
}
