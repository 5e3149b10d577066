import { agendaEndpoints } from '@cartera/contract/agenda'
import { findAgenda } from '@cartera/use-cases/agenda/find-agenda'
import { findMyDay } from '@cartera/use-cases/agenda/find-my-day'
import type { AppContext } from '@cartera/use-cases/app-context'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function agendaRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, agendaEndpoints.agenda, async ({ ctx, viewer, query }) => findAgenda(ctx, viewer, query))
  route(app, ctx, agendaEndpoints.myDay, async ({ ctx, viewer }) => findMyDay(ctx, viewer))
}
