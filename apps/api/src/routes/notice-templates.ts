import { noticeTemplateEndpoints } from '@cartera/contract/notice-templates'
import type { AppContext } from '@cartera/use-cases/app-context'
import {
  addReadyTexts,
  checkNoticeTemplate,
  listNoticeTemplates,
  removeNoticeTemplate,
  writeNoticeTemplate,
} from '@cartera/use-cases/notices/notice-templates'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function noticeTemplateRoutes(app: FastifyInstance, ctx: AppContext): void {
  const texts = noticeTemplateEndpoints
  route(app, ctx, texts.list, async ({ ctx, viewer }) => listNoticeTemplates(ctx, viewer))
  route(app, ctx, texts.write, async ({ ctx, viewer, params, body }) => writeNoticeTemplate(ctx, viewer, params, body))
  route(app, ctx, texts.remove, async ({ ctx, viewer, params }) => {
    await removeNoticeTemplate(ctx, viewer, params)
  })
  route(app, ctx, texts.addReady, async ({ ctx, viewer }) => addReadyTexts(ctx, viewer))
  route(app, ctx, texts.check, async ({ ctx, viewer, body }) => checkNoticeTemplate(ctx, viewer, body))
}
