import { contactAttemptEndpoints } from '@cartera/contract/contact-attempts'
import type { AppContext } from '@cartera/use-cases/app-context'
import { checkContact, listContactAttempts, recordContactAttempt } from '@cartera/use-cases/contact-attempts/contact-attempts'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function contactAttemptRoutes(app: FastifyInstance, ctx: AppContext): void {
  const attempts = contactAttemptEndpoints
  route(app, ctx, attempts.list, async ({ ctx, viewer, params, query }) => listContactAttempts(ctx, viewer, params.id, query))
  route(app, ctx, attempts.record, async ({ ctx, viewer, params, body }) => recordContactAttempt(ctx, viewer, params.id, body))
  route(app, ctx, attempts.check, async ({ ctx, viewer, params, query }) => checkContact(ctx, viewer, params.id, query))
}
