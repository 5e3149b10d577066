import { followUpReportEndpoints } from '@cartera/contract/follow-up-reports'
import type { AppContext } from '@cartera/use-cases/app-context'
import { workbookContentType } from '@cartera/use-cases/exports/write-workbook'
import {
  postponementsPdf,
  postponementsWorkbook,
  registerPdf,
  registerWorkbook,
  tasksPdf,
  tasksWorkbook,
} from '@cartera/use-cases/follow-ups/follow-up-report-files'
import {
  countFollowUpRegister,
  followUpRegister,
  followUpTasks,
  postponedFollowUps,
} from '@cartera/use-cases/follow-ups/follow-up-reports'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { route } from '../route.ts'

export function followUpReportRoutes(app: FastifyInstance, ctx: AppContext): void {
  const endpoints = followUpReportEndpoints
  const send = (reply: FastifyReply, type: string, fileName: string, content: unknown) =>
    reply
      .type(type)
      .header('content-disposition', `attachment; filename="${fileName}"`)
      .header('x-content-type-options', 'nosniff')
      .send(content)
  const workbook = (reply: FastifyReply, file: Awaited<ReturnType<typeof registerWorkbook>>) =>
    send(reply, workbookContentType, file.fileName, file.stream)
  const pdf = (reply: FastifyReply, file: Awaited<ReturnType<typeof registerPdf>>) =>
    send(reply, 'application/pdf', file.fileName, file.pdf)

  route(app, ctx, endpoints.register, async ({ ctx, viewer, query }) => followUpRegister(ctx, viewer, query))
  route(app, ctx, endpoints.registerCounts, async ({ ctx, viewer, query }) => countFollowUpRegister(ctx, viewer, query))
  route(app, ctx, endpoints.registerWorkbook, async ({ ctx, viewer, query, reply }) =>
    workbook(reply, await registerWorkbook(ctx, viewer, query)),
  )
  route(app, ctx, endpoints.registerPdf, async ({ ctx, viewer, query, reply }) =>
    pdf(reply, await registerPdf(ctx, viewer, query)),
  )
  route(app, ctx, endpoints.tasks, async ({ ctx, viewer, query }) => followUpTasks(ctx, viewer, query))
  route(app, ctx, endpoints.tasksWorkbook, async ({ ctx, viewer, query, reply }) =>
    workbook(reply, await tasksWorkbook(ctx, viewer, query)),
  )
  route(app, ctx, endpoints.tasksPdf, async ({ ctx, viewer, query, reply }) => pdf(reply, await tasksPdf(ctx, viewer, query)))
  route(app, ctx, endpoints.postponements, async ({ ctx, viewer, query }) => postponedFollowUps(ctx, viewer, query))
  route(app, ctx, endpoints.postponementsWorkbook, async ({ ctx, viewer, query, reply }) =>
    workbook(reply, await postponementsWorkbook(ctx, viewer, query)),
  )
  route(app, ctx, endpoints.postponementsPdf, async ({ ctx, viewer, query, reply }) =>
    pdf(reply, await postponementsPdf(ctx, viewer, query)),
  )
}
