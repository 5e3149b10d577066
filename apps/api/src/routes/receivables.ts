import { receivableEndpoints } from '@cartera/contract/receivables'
import type { AppContext } from '@cartera/use-cases/app-context'
import { disputeReceivable, endDispute } from '@cartera/use-cases/receivables/dispute-receivable'
import { agingOfReceivables, listReceivables, readReceivable } from '@cartera/use-cases/receivables/list-receivables'
import { upsertReceivables } from '@cartera/use-cases/receivables/upsert-receivables'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function receivableRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, receivableEndpoints.list, async ({ ctx, viewer, query }) => listReceivables(ctx, viewer, query))
  route(app, ctx, receivableEndpoints.aging, async ({ ctx, viewer, query }) => agingOfReceivables(ctx, viewer, query))
  route(app, ctx, receivableEndpoints.read, async ({ ctx, viewer, params }) => readReceivable(ctx, viewer, params.id))
  route(app, ctx, receivableEndpoints.upsert, async ({ ctx, viewer, body }) => upsertReceivables(ctx, viewer, body))
  route(app, ctx, receivableEndpoints.dispute, async ({ ctx, viewer, params, body }) =>
    disputeReceivable(ctx, viewer, params.id, body),
  )
  route(app, ctx, receivableEndpoints.endDispute, async ({ ctx, viewer, params }) => endDispute(ctx, viewer, params.id))
}
