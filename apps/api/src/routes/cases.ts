import { caseEndpoints } from '@cartera/contract/cases'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listCaseComments, listCases, readCase } from '@cartera/use-cases/cases/find-cases'
import {
  changeCase,
  commentOnCase,
  createCase,
  removeCase,
  reopenCase,
  resolveCase,
  restoreCase,
  takeCaseOver,
} from '@cartera/use-cases/cases/write-case'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function caseRoutes(app: FastifyInstance, ctx: AppContext): void {
  const e = caseEndpoints
  route(app, ctx, e.list, async ({ ctx, viewer, query }) => listCases(ctx, viewer, query))
  route(app, ctx, e.create, async ({ ctx, viewer, body }) => createCase(ctx, viewer, body))
  route(app, ctx, e.read, async ({ ctx, viewer, params }) => readCase(ctx.db, ctx, viewer, params.id))
  route(app, ctx, e.change, async ({ ctx, viewer, params, body }) => changeCase(ctx, viewer, params.id, body))
  route(app, ctx, e.takeOver, async ({ ctx, viewer, params, body }) => takeCaseOver(ctx, viewer, params.id, body))
  route(app, ctx, e.resolve, async ({ ctx, viewer, params, body }) => resolveCase(ctx, viewer, params.id, body))
  route(app, ctx, e.reopen, async ({ ctx, viewer, params, body }) => reopenCase(ctx, viewer, params.id, body))
  route(app, ctx, e.remove, async ({ ctx, viewer, params }) => removeCase(ctx, viewer, params.id))
  route(app, ctx, e.restore, async ({ ctx, viewer, params }) => restoreCase(ctx, viewer, params.id))
  route(app, ctx, e.comments, async ({ ctx, viewer, params, query }) => listCaseComments(ctx, viewer, params.id, query))
  route(app, ctx, e.comment, async ({ ctx, viewer, params, body }) => commentOnCase(ctx, viewer, params.id, body))
}
