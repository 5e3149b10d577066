import { renewalEndpoints } from '@cartera/contract/renewals'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listRenewals, readRenewal } from '@cartera/use-cases/renewals/find-renewals'
import {
  changeRenewal,
  createRenewal,
  endRenewal,
  removeRenewal,
  renew,
  reopenRenewal,
  restoreRenewal,
} from '@cartera/use-cases/renewals/write-renewal'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function renewalRoutes(app: FastifyInstance, ctx: AppContext): void {
  const e = renewalEndpoints
  route(app, ctx, e.list, async ({ ctx, viewer, query }) => listRenewals(ctx, viewer, query))
  route(app, ctx, e.read, async ({ ctx, viewer, params }) => readRenewal(ctx.db, ctx, viewer, params.id))
  route(app, ctx, e.create, async ({ ctx, viewer, body }) => createRenewal(ctx, viewer, body))
  route(app, ctx, e.change, async ({ ctx, viewer, params, body }) => changeRenewal(ctx, viewer, params.id, body))
  route(app, ctx, e.renew, async ({ ctx, viewer, params, body }) => renew(ctx, viewer, params.id, body))
  route(app, ctx, e.end, async ({ ctx, viewer, params, body }) => endRenewal(ctx, viewer, params.id, body))
  route(app, ctx, e.reopen, async ({ ctx, viewer, params, body }) => reopenRenewal(ctx, viewer, params.id, body))
  route(app, ctx, e.remove, async ({ ctx, viewer, params }) => removeRenewal(ctx, viewer, params.id))
  route(app, ctx, e.restore, async ({ ctx, viewer, params }) => restoreRenewal(ctx, viewer, params.id))
}
