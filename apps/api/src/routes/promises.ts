import { promiseEndpoints } from '@cartera/contract/promises'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listPromises, promiseRecord, promiseTotals, readPromise } from '@cartera/use-cases/promises/list-promises'
import { recordPromise, withdrawPromise } from '@cartera/use-cases/promises/write-promise'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function promiseRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, promiseEndpoints.list, async ({ ctx, viewer, query }) => listPromises(ctx, viewer, query))
  route(app, ctx, promiseEndpoints.totals, async ({ ctx, viewer, query }) => promiseTotals(ctx, viewer, query))
  route(app, ctx, promiseEndpoints.record, async ({ ctx, viewer, body }) => recordPromise(ctx, viewer, body))
  route(app, ctx, promiseEndpoints.read, async ({ ctx, viewer, params }) => readPromise(ctx, viewer, params.id))
  route(app, ctx, promiseEndpoints.withdraw, async ({ ctx, viewer, params, body }) =>
    withdrawPromise(ctx, viewer, params.id, body),
  )
  route(app, ctx, promiseEndpoints.records, async ({ ctx, viewer, query }) => promiseRecord(ctx, viewer, query))
}
