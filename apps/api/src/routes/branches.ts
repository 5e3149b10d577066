import { branchEndpoints } from '@cartera/contract/branches'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listBranches } from '@cartera/use-cases/branches/list-branches'
import { changeBranch, createBranch, removeBranch } from '@cartera/use-cases/branches/write-branch'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function branchRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, branchEndpoints.list, async ({ ctx, viewer, query }) => listBranches(ctx, viewer, query))
  route(app, ctx, branchEndpoints.create, async ({ ctx, viewer, body }) => createBranch(ctx, viewer, body))
  route(app, ctx, branchEndpoints.change, async ({ ctx, viewer, params, body }) => changeBranch(ctx, viewer, params.id, body))
  route(app, ctx, branchEndpoints.remove, async ({ ctx, viewer, params }) => removeBranch(ctx, viewer, params.id))
}
