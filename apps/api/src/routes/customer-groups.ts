import { customerGroupEndpoints } from '@cartera/contract/customer-groups'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listCustomerGroups } from '@cartera/use-cases/customer-groups/list-customer-groups'
import {
  changeCustomerGroup,
  createCustomerGroup,
  removeCustomerGroup,
} from '@cartera/use-cases/customer-groups/write-customer-group'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function customerGroupRoutes(app: FastifyInstance, ctx: AppContext): void {
  const groups = customerGroupEndpoints
  route(app, ctx, groups.list, async ({ ctx, viewer, query }) => listCustomerGroups(ctx, viewer, query))
  route(app, ctx, groups.create, async ({ ctx, viewer, body }) => createCustomerGroup(ctx, viewer, body))
  route(app, ctx, groups.change, async ({ ctx, viewer, params, body }) => changeCustomerGroup(ctx, viewer, params.id, body))
  route(app, ctx, groups.remove, async ({ ctx, viewer, params }) => removeCustomerGroup(ctx, viewer, params.id))
}
