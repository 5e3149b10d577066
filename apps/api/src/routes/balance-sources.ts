import { balanceSourceEndpoints } from '@cartera/contract/balance-sources'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listBalanceSources, removeBalanceSource, speakForBalances } from '@cartera/use-cases/receivables/balance-sources'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function balanceSourceRoutes(app: FastifyInstance, ctx: AppContext): void {
  const { list, speak, remove } = balanceSourceEndpoints
  route(app, ctx, list, async ({ ctx, viewer }) => listBalanceSources(ctx, viewer))
  route(app, ctx, speak, async ({ ctx, viewer, params, body }) => speakForBalances(ctx, viewer, params.name, body))
  route(app, ctx, remove, async ({ ctx, viewer, params }) => removeBalanceSource(ctx, viewer, params.name))
}
