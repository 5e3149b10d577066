import { reminderEndpoints } from '@cartera/contract/reminders'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listReminders, readAllReminders, readReminder } from '@cartera/use-cases/reminders/my-reminders'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function reminderRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, reminderEndpoints.list, async ({ ctx, viewer, query }) => listReminders(ctx, viewer, query))
  route(app, ctx, reminderEndpoints.read, async ({ ctx, viewer, params }) => readReminder(ctx, viewer, params.id))
  route(app, ctx, reminderEndpoints.readAll, async ({ ctx, viewer }) => readAllReminders(ctx, viewer))
}
