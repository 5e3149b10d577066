import { userEndpoints } from '@cartera/contract/users'
import type { AppContext } from '@cartera/use-cases/app-context'
import { findUser, listUsers } from '@cartera/use-cases/users/list-users'
import { changeUser, createUser, resetPassword } from '@cartera/use-cases/users/write-user'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function userRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, userEndpoints.list, async ({ ctx, viewer, query }) => listUsers(ctx, viewer, query))
  route(app, ctx, userEndpoints.find, async ({ ctx, viewer, params }) => findUser(ctx.db, viewer, params.id))
  route(app, ctx, userEndpoints.create, async ({ ctx, viewer, body }) => createUser(ctx, viewer, body))
  route(app, ctx, userEndpoints.change, async ({ ctx, viewer, params, body }) => changeUser(ctx, viewer, params.id, body))
  route(app, ctx, userEndpoints.resetPassword, async ({ ctx, viewer, params, body }) =>
    resetPassword(ctx, viewer, params.id, body),
  )
}
