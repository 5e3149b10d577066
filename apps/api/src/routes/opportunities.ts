import { opportunityEndpoints } from '@cartera/contract/opportunities'
import type { AppContext } from '@cartera/use-cases/app-context'
import {
  listOpportunities,
  opportunityBoard,
  readOpportunity,
  totalOpportunities,
} from '@cartera/use-cases/opportunities/find-opportunities'
import {
  changeOpportunity,
  createOpportunity,
  loseOpportunity,
  moveOpportunity,
  removeOpportunity,
  reopenOpportunity,
  restoreOpportunity,
  winOpportunity,
} from '@cartera/use-cases/opportunities/write-opportunity'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function opportunityRoutes(app: FastifyInstance, ctx: AppContext): void {
  const e = opportunityEndpoints
  route(app, ctx, e.list, async ({ ctx, viewer, query }) => listOpportunities(ctx, viewer, query))
  route(app, ctx, e.totals, async ({ ctx, viewer, query }) => totalOpportunities(ctx, viewer, query))
  route(app, ctx, e.board, async ({ ctx, viewer, query }) => opportunityBoard(ctx, viewer, query))
  route(app, ctx, e.read, async ({ ctx, viewer, params }) => readOpportunity(ctx.db, ctx, viewer, params.id))
  route(app, ctx, e.create, async ({ ctx, viewer, body }) => createOpportunity(ctx, viewer, body))
  route(app, ctx, e.change, async ({ ctx, viewer, params, body }) => changeOpportunity(ctx, viewer, params.id, body))
  route(app, ctx, e.move, async ({ ctx, viewer, params, body }) => moveOpportunity(ctx, viewer, params.id, body))
  route(app, ctx, e.win, async ({ ctx, viewer, params, body }) => winOpportunity(ctx, viewer, params.id, body))
  route(app, ctx, e.lose, async ({ ctx, viewer, params, body }) => loseOpportunity(ctx, viewer, params.id, body))
  route(app, ctx, e.reopen, async ({ ctx, viewer, params, body }) => reopenOpportunity(ctx, viewer, params.id, body))
  route(app, ctx, e.remove, async ({ ctx, viewer, params }) => removeOpportunity(ctx, viewer, params.id))
  route(app, ctx, e.restore, async ({ ctx, viewer, params }) => restoreOpportunity(ctx, viewer, params.id))
}
