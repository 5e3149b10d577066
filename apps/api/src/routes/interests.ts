import { interestEndpoints } from '@cartera/contract/interests'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listInterests } from '@cartera/use-cases/interests/find-interests'
import { changeInterest, createInterest, removeInterest, restoreInterest } from '@cartera/use-cases/interests/write-interest'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function interestRoutes(app: FastifyInstance, ctx: AppContext): void {
  const e = interestEndpoints
  route(app, ctx, e.list, async ({ ctx, viewer, query }) => listInterests(ctx, viewer, query))
  route(app, ctx, e.create, async ({ ctx, viewer, body }) => createInterest(ctx, viewer, body))
  route(app, ctx, e.change, async ({ ctx, viewer, params, body }) => changeInterest(ctx, viewer, params.id, body))
  route(app, ctx, e.remove, async ({ ctx, viewer, params }) => removeInterest(ctx, viewer, params.id))
  route(app, ctx, e.restore, async ({ ctx, viewer, params }) => restoreInterest(ctx, viewer, params.id))
}
