import { statementEndpoints } from '@cartera/contract/statements'
import type { AppContext } from '@cartera/use-cases/app-context'
import { workbookContentType } from '@cartera/use-cases/exports/write-workbook'
import { readStatement } from '@cartera/use-cases/statements/find-statement'
import { downloadStatementPdf } from '@cartera/use-cases/statements/statement-pdf'
import { downloadStatementWorkbook } from '@cartera/use-cases/statements/statement-workbook'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function statementRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, statementEndpoints.read, async ({ ctx, viewer, params, query }) => readStatement(ctx, viewer, params.id, query))
  route(app, ctx, statementEndpoints.pdf, async ({ ctx, viewer, params, query, reply }) => {
    const { fileName, pdf } = await downloadStatementPdf(ctx, viewer, params.id, query)
    await reply
      .header('content-disposition', `attachment; filename="${encodeURIComponent(fileName)}"`)
      .type('application/pdf')
      .send(pdf)
  })
  route(app, ctx, statementEndpoints.workbook, async ({ ctx, viewer, params, query, reply }) => {
    const { fileName, workbook } = await downloadStatementWorkbook(ctx, viewer, params.id, query)
    await reply
      .header('content-disposition', `attachment; filename="${encodeURIComponent(fileName)}"`)
      .type(workbookContentType)
      .send(workbook)
  })
}
