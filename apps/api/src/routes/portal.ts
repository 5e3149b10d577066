import { portalEndpoints } from '@cartera/contract/portal'
import type { AppContext } from '@cartera/use-cases/app-context'
import { workbookContentType } from '@cartera/use-cases/exports/write-workbook'
import { listOwnClaims, readOwnVoucher, reportPayment } from '@cartera/use-cases/payment-claims/report-payment'
import {
  findPortalCompany,
  portalDocumentPdf,
  portalDocuments,
  portalHome,
  portalReceivables,
  portalStatement,
  portalStatementPdf,
  portalStatementWorkbook,
  readPortalLogo,
} from '@cartera/use-cases/portal/portal-account'
import {
  countDeed,
  disputeOnPortal,
  portalPromises,
  promiseOnPortal,
  sayWrongPerson,
} from '@cartera/use-cases/portal/portal-deeds'
import { portalConversations, readPortalConversation, writeOnPortal } from '@cartera/use-cases/portal/portal-messages'
import { enterPortal, leavePortal, requestPortalLink } from '@cartera/use-cases/portal/portal-session'
import type { FastifyInstance } from 'fastify'
import { clearPortalCookie, portalTokenOf, setPortalCookie } from '../portal-session.ts'
import { route } from '../route.ts'
import { sendFile } from '../send-file.ts'

export function portalRoutes(app: FastifyInstance, ctx: AppContext): void {
  const e = portalEndpoints
  route(app, ctx, e.company, async ({ ctx }) => findPortalCompany(ctx))
  route(app, ctx, e.logo, async ({ ctx, reply }) => {
    await reply
      .header('cache-control', 'public, max-age=300')
      .type('image/png')
      .send(await readPortalLogo(ctx))
  })
  route(app, ctx, e.requestLink, async ({ ctx, body }) => requestPortalLink(ctx, body))
  route(app, ctx, e.enter, async ({ ctx, body, request, reply }) => {
    setPortalCookie(reply, await enterPortal(ctx, { token: body.token, formerSession: portalTokenOf(request) }))
  })
  route(app, ctx, e.leave, async ({ ctx, request, reply }) => {
    const token = portalTokenOf(request)
    if (token !== null) await leavePortal(ctx, token)
    clearPortalCookie(reply)
  })

  route(app, ctx, e.home, async ({ ctx, contact }) => portalHome(ctx, contact))
  route(app, ctx, e.receivables, async ({ ctx, contact }) => portalReceivables(ctx, contact))
  route(app, ctx, e.statement, async ({ ctx, contact, query }) => portalStatement(ctx, contact, query))
  route(app, ctx, e.statementPdf, async ({ ctx, contact, query, reply }) => {
    const { fileName, pdf } = await portalStatementPdf(ctx, contact, query)
    await sendFile(reply, { name: fileName, mediaType: 'application/pdf', content: pdf })
  })
  route(app, ctx, e.statementWorkbook, async ({ ctx, contact, query, reply }) => {
    const { fileName, workbook } = await portalStatementWorkbook(ctx, contact, query)
    await sendFile(reply, { name: fileName, mediaType: workbookContentType, content: workbook })
  })
  route(app, ctx, e.documents, async ({ ctx, contact, query }) => portalDocuments(ctx, contact, query))
  route(app, ctx, e.document, async ({ ctx, contact, params, query, reply }) => {
    const { fileName, pdf } = await portalDocumentPdf(ctx, contact, params.id, query)
    await sendFile(reply, { name: fileName, mediaType: 'application/pdf', content: pdf })
  })
  route(app, ctx, e.conversations, async ({ ctx, contact, query }) => portalConversations(ctx, contact, query))
  route(app, ctx, e.conversation, async ({ ctx, contact, params }) => readPortalConversation(ctx, contact, params.id))
  route(app, ctx, e.startConversation, async ({ ctx, contact, body }) => writeOnPortal(ctx, contact, null, body))
  route(app, ctx, e.answer, async ({ ctx, contact, params, body }) => writeOnPortal(ctx, contact, params.id, body))
  route(app, ctx, e.promises, async ({ ctx, contact }) => portalPromises(ctx, contact))
  route(app, ctx, e.promise, async ({ ctx, contact, body }) => promiseOnPortal(ctx, contact, body))
  route(app, ctx, e.dispute, async ({ ctx, contact, params, body }) => disputeOnPortal(ctx, contact, params.id, body))
  route(app, ctx, e.claims, async ({ ctx, contact }) => ({ items: await listOwnClaims(ctx, contact) }))
  route(app, ctx, e.claim, async ({ ctx, contact, body }) => {
    await countDeed(ctx, contact)
    return reportPayment(ctx, contact, body)
  })
  route(app, ctx, e.claimVoucher, async ({ ctx, contact, params, reply }) =>
    sendFile(reply, await readOwnVoucher(ctx, contact, params.id)),
  )
  route(app, ctx, e.wrongPerson, async ({ ctx, contact, body, reply }) => {
    await sayWrongPerson(ctx, contact, body)
    clearPortalCookie(reply)
  })
}
