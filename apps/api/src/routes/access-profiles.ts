import { accessProfileEndpoints } from '@cartera/contract/access-profiles'
import { listAccessProfiles } from '@cartera/use-cases/access-profiles/list-access-profiles'
import {
  changeAccessProfile,
  createAccessProfile,
  removeAccessProfile,
} from '@cartera/use-cases/access-profiles/write-access-profile'
import type { AppContext } from '@cartera/use-cases/app-context'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function accessProfileRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, accessProfileEndpoints.list, async ({ ctx, viewer, query }) => listAccessProfiles(ctx, viewer, query))
  route(app, ctx, accessProfileEndpoints.create, async ({ ctx, viewer, body }) => createAccessProfile(ctx, viewer, body))
  route(app, ctx, accessProfileEndpoints.change, async ({ ctx, viewer, params, body }) =>
    changeAccessProfile(ctx, viewer, params.id, body),
  )
  route(app, ctx, accessProfileEndpoints.remove, async ({ ctx, viewer, params }) => removeAccessProfile(ctx, viewer, params.id))
}
