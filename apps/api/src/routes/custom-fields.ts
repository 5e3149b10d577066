import { customFieldEndpoints } from '@cartera/contract/custom-fields'
import type { AppContext } from '@cartera/use-cases/app-context'
import {
  changeCustomField,
  createCustomField,
  listCustomFields,
  orderCustomFields,
  removeCustomField,
} from '@cartera/use-cases/custom-fields/custom-field-definitions'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function customFieldRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, customFieldEndpoints.list, async ({ ctx, viewer }) => listCustomFields(ctx, viewer))
  route(app, ctx, customFieldEndpoints.create, async ({ ctx, viewer, body }) => createCustomField(ctx, viewer, body))
  route(app, ctx, customFieldEndpoints.change, async ({ ctx, viewer, params, body }) =>
    changeCustomField(ctx, viewer, params.id, body),
  )
  route(app, ctx, customFieldEndpoints.order, async ({ ctx, viewer, body }) => orderCustomFields(ctx, viewer, body))
  route(app, ctx, customFieldEndpoints.remove, async ({ ctx, viewer, params }) => removeCustomField(ctx, viewer, params.id))
}
