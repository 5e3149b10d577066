import { timelineEndpoints } from '@cartera/contract/timeline'
import type { AppContext } from '@cartera/use-cases/app-context'
import { findCustomerFlags } from '@cartera/use-cases/mail-addresses/customer-flags'
import { clearAddressFlag } from '@cartera/use-cases/mail-addresses/flag-address'
import { customerTimeline } from '@cartera/use-cases/timeline/customer-timeline'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function timelineRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, timelineEndpoints.list, async ({ ctx, viewer, params, query }) =>
    customerTimeline(ctx, viewer, params.id, query),
  )
  route(app, ctx, timelineEndpoints.flags, async ({ ctx, viewer, params }) => findCustomerFlags(ctx, viewer, params.id))
  route(app, ctx, timelineEndpoints.clearFlag, async ({ ctx, viewer, params, body }) => {
    await clearAddressFlag(ctx, viewer, params.id, body.address)
    return findCustomerFlags(ctx, viewer, params.id)
  })
}
