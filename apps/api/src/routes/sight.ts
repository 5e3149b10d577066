import { sightEndpoints } from '@cartera/contract/sight'
import type { AppContext } from '@cartera/use-cases/app-context'
import { explainSight } from '@cartera/use-cases/sight/explain-sight'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function sightRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, sightEndpoints.explain, async ({ ctx, viewer, query }) => explainSight(ctx, viewer, query))
}
