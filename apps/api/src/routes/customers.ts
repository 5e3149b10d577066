import { customerEndpoints } from '@cartera/contract/customers'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listAgents, listCustomerValues } from '@cartera/use-cases/customers/customer-choices'
import { readCustomer } from '@cartera/use-cases/customers/customer-row'
import { findDuplicates } from '@cartera/use-cases/customers/find-duplicates'
import { findNeighbours, listCustomers } from '@cartera/use-cases/customers/list-customers'
import { upsertCustomers } from '@cartera/use-cases/customers/upsert-customers'
import {
  changeCustomer,
  createCustomer,
  holdCredit,
  releaseCredit,
  removeCustomer,
} from '@cartera/use-cases/customers/write-customer'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function customerRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, customerEndpoints.list, async ({ ctx, viewer, query }) => listCustomers(ctx, viewer, query))
  route(app, ctx, customerEndpoints.neighbours, async ({ ctx, viewer, params, query }) =>
    findNeighbours(ctx, viewer, params.id, query),
  )
  route(app, ctx, customerEndpoints.create, async ({ ctx, viewer, body }) => createCustomer(ctx, viewer, body))
  route(app, ctx, customerEndpoints.upsert, async ({ ctx, viewer, body }) => upsertCustomers(ctx, viewer, body))
  route(app, ctx, customerEndpoints.duplicates, async ({ ctx, viewer, query }) => findDuplicates(ctx, viewer, query))
  route(app, ctx, customerEndpoints.values, async ({ ctx, viewer, query }) => listCustomerValues(ctx, viewer, query))
  route(app, ctx, customerEndpoints.agents, async ({ ctx, viewer, query }) => listAgents(ctx, viewer, query))
  route(app, ctx, customerEndpoints.read, async ({ ctx, viewer, params }) => readCustomer(ctx, viewer, params.id))
  route(app, ctx, customerEndpoints.change, async ({ ctx, viewer, params, body }) => changeCustomer(ctx, viewer, params.id, body))
  route(app, ctx, customerEndpoints.remove, async ({ ctx, viewer, params }) => removeCustomer(ctx, viewer, params.id))
  route(app, ctx, customerEndpoints.hold, async ({ ctx, viewer, params, body }) => holdCredit(ctx, viewer, params.id, body))
  route(app, ctx, customerEndpoints.release, async ({ ctx, viewer, params }) => releaseCredit(ctx, viewer, params.id))
}
