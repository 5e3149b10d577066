import { departmentEndpoints } from '@cartera/contract/departments'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listDepartments } from '@cartera/use-cases/departments/list-departments'
import { changeDepartment, createDepartment, removeDepartment } from '@cartera/use-cases/departments/write-department'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function departmentRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, departmentEndpoints.list, async ({ ctx, viewer, query }) => listDepartments(ctx, viewer, query))
  route(app, ctx, departmentEndpoints.create, async ({ ctx, viewer, body }) => createDepartment(ctx, viewer, body))
  route(app, ctx, departmentEndpoints.change, async ({ ctx, viewer, params, body }) =>
    changeDepartment(ctx, viewer, params.id, body),
  )
  route(app, ctx, departmentEndpoints.remove, async ({ ctx, viewer, params }) => removeDepartment(ctx, viewer, params.id))
}
