import { noticeSendingEndpoints } from '@cartera/contract/notice-sending'
import type { AppContext } from '@cartera/use-cases/app-context'
import { confirmNoticeSending, findNoticeSending } from '@cartera/use-cases/notices/notice-sending'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function noticeSendingRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, noticeSendingEndpoints.find, async ({ ctx, viewer }) => findNoticeSending(ctx, viewer))
  route(app, ctx, noticeSendingEndpoints.confirm, async ({ ctx, viewer, body }) => confirmNoticeSending(ctx, viewer, body))
}
