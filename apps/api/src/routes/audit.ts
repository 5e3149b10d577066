import { auditEndpoints } from '@cartera/contract/audit'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listAudit } from '@cartera/use-cases/audit/list-audit'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function auditRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, auditEndpoints.list, async ({ ctx, viewer, query }) => listAudit(ctx, viewer, query))
}
