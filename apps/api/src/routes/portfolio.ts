import { portfolioEndpoints } from '@cartera/contract/portfolio'
import type { AppContext } from '@cartera/use-cases/app-context'
import { workbookContentType } from '@cartera/use-cases/exports/write-workbook'
import {
  portfolioBreakdown,
  portfolioByCustomer,
  portfolioCoverage,
  portfolioTotals,
} from '@cartera/use-cases/portfolio/find-portfolio'
import { openFollowUps } from '@cartera/use-cases/portfolio/open-follow-ups'
import { portfolioWorkbook } from '@cartera/use-cases/portfolio/portfolio-workbook'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function portfolioRoutes(app: FastifyInstance, ctx: AppContext): void {
  const endpoints = portfolioEndpoints
  route(app, ctx, endpoints.totals, async ({ ctx, viewer, query }) => portfolioTotals(ctx, viewer, query))
  route(app, ctx, endpoints.customers, async ({ ctx, viewer, query }) => portfolioByCustomer(ctx, viewer, query))
  route(app, ctx, endpoints.breakdown, async ({ ctx, viewer, query }) => portfolioBreakdown(ctx, viewer, query))
  route(app, ctx, endpoints.coverage, async ({ ctx, viewer, query }) => portfolioCoverage(ctx, viewer, query))
  route(app, ctx, endpoints.workbook, async ({ ctx, viewer, query, reply }) => {
    const { fileName, stream } = await portfolioWorkbook(ctx, viewer, query)
    return reply
      .type(workbookContentType)
      .header('content-disposition', `attachment; filename="${fileName}"`)
      .header('x-content-type-options', 'nosniff')
      .send(stream)
  })
  route(app, ctx, endpoints.previewFollowUps, async ({ ctx, viewer, body }) => openFollowUps(ctx, viewer, body, { dryRun: true }))
  route(app, ctx, endpoints.openFollowUps, async ({ ctx, viewer, body }) => openFollowUps(ctx, viewer, body, { dryRun: false }))
}
