import { noticePauseEndpoints } from '@cartera/contract/notice-pauses'
import { noticePolicyEndpoints } from '@cartera/contract/notice-policy'
import type { AppContext } from '@cartera/use-cases/app-context'
import { changeNoticePolicy, findNoticePolicy } from '@cartera/use-cases/notices/notice-policy'
import { endNoticePause, listNoticePauses, pauseCustomer, pauseReceivable } from '@cartera/use-cases/notices/pauses'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function noticePolicyRoutes(app: FastifyInstance, ctx: AppContext): void {
  const policy = noticePolicyEndpoints
  route(app, ctx, policy.policy, async ({ ctx, viewer }) => findNoticePolicy(ctx, viewer))
  route(app, ctx, policy.changePolicy, async ({ ctx, viewer, body }) => changeNoticePolicy(ctx, viewer, body))

  const pauses = noticePauseEndpoints
  route(app, ctx, pauses.list, async ({ ctx, viewer, params, query }) => listNoticePauses(ctx, viewer, params.id, query))
  route(app, ctx, pauses.pauseCustomer, async ({ ctx, viewer, params, body }) => pauseCustomer(ctx, viewer, params.id, body))
  route(app, ctx, pauses.pauseReceivable, async ({ ctx, viewer, params, body }) => pauseReceivable(ctx, viewer, params.id, body))
  route(app, ctx, pauses.end, async ({ ctx, viewer, params }) => endNoticePause(ctx, viewer, params.id))
}
