import { handoverEndpoints } from '@cartera/contract/handovers'
import type { AppContext } from '@cartera/use-cases/app-context'
import {
  listHandoverRecords,
  listHandovers,
  listPresentAgents,
  previewHandover,
  readHandover,
} from '@cartera/use-cases/handovers/find-handovers'
import { cancelHandover, changeHandover, createHandover, undoHandover } from '@cartera/use-cases/handovers/write-handover'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function handoverRoutes(app: FastifyInstance, ctx: AppContext): void {
  const e = handoverEndpoints
  route(app, ctx, e.agents, async ({ ctx, viewer, query }) => listPresentAgents(ctx, viewer, query))
  route(app, ctx, e.preview, async ({ ctx, viewer, body }) => previewHandover(ctx, viewer, body))
  route(app, ctx, e.create, async ({ ctx, viewer, body }) => createHandover(ctx, viewer, body))
  route(app, ctx, e.list, async ({ ctx, viewer, query }) => listHandovers(ctx, viewer, query))
  route(app, ctx, e.read, async ({ ctx, viewer, params }) => readHandover(ctx, viewer, params.id))
  route(app, ctx, e.records, async ({ ctx, viewer, params, query }) => listHandoverRecords(ctx, viewer, params.id, query))
  route(app, ctx, e.change, async ({ ctx, viewer, params, body }) => changeHandover(ctx, viewer, params.id, body))
  route(app, ctx, e.cancel, async ({ ctx, viewer, params, body }) => cancelHandover(ctx, viewer, params.id, body))
  route(app, ctx, e.undo, async ({ ctx, viewer, params, body }) => undoHandover(ctx, viewer, params.id, body))
}
