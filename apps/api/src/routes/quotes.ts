import { quoteEndpoints } from '@cartera/contract/quotes'
import type { AppContext } from '@cartera/use-cases/app-context'
import { downloadQuote, listQuotes, readQuote, totalQuotes } from '@cartera/use-cases/quotes/find-quotes'
import { offeredProducts } from '@cartera/use-cases/quotes/offered-products'
import {
  acceptQuote,
  changeQuote,
  createQuote,
  endQuote,
  handOverQuote,
  removeQuote,
  reopenQuote,
  resendQuote,
  restoreQuote,
  reviseQuote,
  sendQuote,
} from '@cartera/use-cases/quotes/write-quote'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function quoteRoutes(app: FastifyInstance, ctx: AppContext): void {
  const e = quoteEndpoints
  route(app, ctx, e.list, async ({ ctx, viewer, query }) => listQuotes(ctx, viewer, query))
  route(app, ctx, e.totals, async ({ ctx, viewer, query }) => totalQuotes(ctx, viewer, query))
  route(app, ctx, e.read, async ({ ctx, viewer, params }) => readQuote(ctx.db, ctx, viewer, params.id))
  route(app, ctx, e.pdf, async ({ ctx, viewer, params, reply }) => {
    const { fileName, pdf } = await downloadQuote(ctx, viewer, params.id)
    await reply
      .header('content-disposition', `attachment; filename="${encodeURIComponent(fileName)}"`)
      .header('x-content-type-options', 'nosniff')
      .type('application/pdf')
      .send(pdf)
  })
  route(app, ctx, e.products, async ({ ctx, viewer, params, query }) => offeredProducts(ctx, viewer, params.id, query))
  route(app, ctx, e.create, async ({ ctx, viewer, body }) => createQuote(ctx, viewer, body))
  route(app, ctx, e.change, async ({ ctx, viewer, params, body }) => changeQuote(ctx, viewer, params.id, body))
  route(app, ctx, e.send, async ({ ctx, viewer, params, body }) => sendQuote(ctx, viewer, params.id, body))
  route(app, ctx, e.sendAgain, async ({ ctx, viewer, params, body }) => resendQuote(ctx, viewer, params.id, body))
  route(app, ctx, e.handOver, async ({ ctx, viewer, params, body }) => handOverQuote(ctx, viewer, params.id, body))
  route(app, ctx, e.accept, async ({ ctx, viewer, params, body }) => acceptQuote(ctx, viewer, params.id, body))
  route(app, ctx, e.reject, async ({ ctx, viewer, params, body }) => endQuote(ctx, viewer, params.id, 'rejected', body))
  route(app, ctx, e.withdraw, async ({ ctx, viewer, params, body }) => endQuote(ctx, viewer, params.id, 'withdrawn', body))
  route(app, ctx, e.reopen, async ({ ctx, viewer, params, body }) => reopenQuote(ctx, viewer, params.id, body))
  route(app, ctx, e.revise, async ({ ctx, viewer, params, body }) => reviseQuote(ctx, viewer, params.id, body))
  route(app, ctx, e.remove, async ({ ctx, viewer, params }) => removeQuote(ctx, viewer, params.id))
  route(app, ctx, e.restore, async ({ ctx, viewer, params }) => restoreQuote(ctx, viewer, params.id))
}
