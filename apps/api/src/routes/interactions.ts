import { interactionEndpoints } from '@cartera/contract/interactions'
import type { AppContext } from '@cartera/use-cases/app-context'
import { workbookContentType } from '@cartera/use-cases/exports/write-workbook'
import {
  closeInteraction,
  listDeletedInteractions,
  removeInteraction,
  reopenInteraction,
  restoreInteraction,
} from '@cartera/use-cases/interactions/end-interaction'
import { countEntryNames, entryReportPdf, entryReportWorkbook, reportEntries } from '@cartera/use-cases/interactions/entry-report'
import { countInteractions, listInteractions } from '@cartera/use-cases/interactions/find-interactions'
import { mailEntryAgain, mailStandingEntry } from '@cartera/use-cases/interactions/mail-entry'
import { interactionForm, readInteraction } from '@cartera/use-cases/interactions/read-interaction'
import {
  addEntry,
  changeInteraction,
  createInteraction,
  openInteractionFollowUp,
} from '@cartera/use-cases/interactions/write-interaction'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { route } from '../route.ts'

const download = (reply: FastifyReply, type: string, fileName: string) =>
  reply.type(type).header('content-disposition', `attachment; filename="${fileName}"`).header('x-content-type-options', 'nosniff')

export function interactionRoutes(app: FastifyInstance, ctx: AppContext): void {
  const endpoints = interactionEndpoints
  route(app, ctx, endpoints.list, async ({ ctx, viewer, query }) => listInteractions(ctx, viewer, query))
  route(app, ctx, endpoints.counts, async ({ ctx, viewer, query }) => countInteractions(ctx, viewer, query))
  route(app, ctx, endpoints.form, async ({ ctx, viewer, params }) => interactionForm(ctx, viewer, params.id))
  route(app, ctx, endpoints.create, async ({ ctx, viewer, body }) => createInteraction(ctx, viewer, body))
  route(app, ctx, endpoints.read, async ({ ctx, viewer, params }) => readInteraction(ctx.db, viewer, params.id))
  route(app, ctx, endpoints.change, async ({ ctx, viewer, params, body }) => changeInteraction(ctx, viewer, params.id, body))
  route(app, ctx, endpoints.addEntry, async ({ ctx, viewer, params, body }) => addEntry(ctx, viewer, params.id, body))
  route(app, ctx, endpoints.openFollowUp, async ({ ctx, viewer, params, body }) =>
    openInteractionFollowUp(ctx, viewer, params.id, body),
  )
  route(app, ctx, endpoints.mailEntry, async ({ ctx, viewer, params, body }) =>
    mailStandingEntry(ctx, viewer, params.id, params.entryId, body),
  )
  route(app, ctx, endpoints.mailAgain, async ({ ctx, viewer, params }) => mailEntryAgain(ctx, viewer, params.id, params.mailId))
  route(app, ctx, endpoints.close, async ({ ctx, viewer, params, query }) =>
    closeInteraction(ctx, viewer, params.id, query.seenEntryId),
  )
  route(app, ctx, endpoints.reopen, async ({ ctx, viewer, params }) => reopenInteraction(ctx, viewer, params.id))
  route(app, ctx, endpoints.remove, async ({ ctx, viewer, params }) => removeInteraction(ctx, viewer, params.id))
  route(app, ctx, endpoints.deleted, async ({ ctx, viewer, query }) => listDeletedInteractions(ctx, viewer, query))
  route(app, ctx, endpoints.restore, async ({ ctx, viewer, params }) => restoreInteraction(ctx, viewer, params.id))
  route(app, ctx, endpoints.entries, async ({ ctx, viewer, query }) => reportEntries(ctx, viewer, query))
  route(app, ctx, endpoints.entryNames, async ({ ctx, viewer, query }) => countEntryNames(ctx, viewer, query))
  route(app, ctx, endpoints.entriesWorkbook, async ({ ctx, viewer, query, reply }) => {
    const { fileName, stream } = await entryReportWorkbook(ctx, viewer, query)
    return download(reply, workbookContentType, fileName).send(stream)
  })
  route(app, ctx, endpoints.entriesPdf, async ({ ctx, viewer, query, reply }) => {
    const { fileName, pdf } = await entryReportPdf(ctx, viewer, query)
    return download(reply, 'application/pdf', fileName).send(pdf)
  })
}
