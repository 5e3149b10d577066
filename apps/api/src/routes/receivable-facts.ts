import { receivableFactEndpoints } from '@cartera/contract/receivable-facts'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listDisputes, resolveDispute } from '@cartera/use-cases/receivables/dispute-receivable'
import { extendDueDate, listExtensions } from '@cartera/use-cases/receivables/extend-due-date'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function receivableFactRoutes(app: FastifyInstance, ctx: AppContext): void {
  const endpoints = receivableFactEndpoints
  route(app, ctx, endpoints.extensions, async ({ ctx, viewer, params }) => listExtensions(ctx, viewer, params.id))
  route(app, ctx, endpoints.extend, async ({ ctx, viewer, params, body }) => extendDueDate(ctx, viewer, params.id, body))
  route(app, ctx, endpoints.disputes, async ({ ctx, viewer, params }) => listDisputes(ctx, viewer, params.id))
  route(app, ctx, endpoints.resolveDispute, async ({ ctx, viewer, params, body }) => resolveDispute(ctx, viewer, params.id, body))
}
