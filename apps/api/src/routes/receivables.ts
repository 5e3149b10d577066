import { documentEndpoints, receivableEndpoints } from '@cartera/contract/receivables'
import type { AppContext } from '@cartera/use-cases/app-context'
import { undoMovement } from '@cartera/use-cases/payments/change-payment'
import { agingOfReceivables } from '@cartera/use-cases/receivables/aging'
import { disputeReceivable, endDispute } from '@cartera/use-cases/receivables/dispute-receivable'
import { correctDocument, readDocument, recordDocument, voidDocument } from '@cartera/use-cases/receivables/documents'
import { listReceivables } from '@cartera/use-cases/receivables/list-receivables'
import { readReceivable } from '@cartera/use-cases/receivables/read-receivable'
import { upsertReceivables } from '@cartera/use-cases/receivables/upsert-receivables'
import { writeOff } from '@cartera/use-cases/receivables/write-off'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function receivableRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, receivableEndpoints.list, async ({ ctx, viewer, query }) => listReceivables(ctx, viewer, query))
  route(app, ctx, receivableEndpoints.aging, async ({ ctx, viewer, query }) => agingOfReceivables(ctx, viewer, query))
  route(app, ctx, receivableEndpoints.read, async ({ ctx, viewer, params }) => readReceivable(ctx, viewer, params.id))
  route(app, ctx, receivableEndpoints.upsert, async ({ ctx, viewer, body }) => upsertReceivables(ctx, viewer, body))
  route(app, ctx, receivableEndpoints.dispute, async ({ ctx, viewer, params, body }) =>
    disputeReceivable(ctx, viewer, params.id, body),
  )
  route(app, ctx, receivableEndpoints.endDispute, async ({ ctx, viewer, params }) => endDispute(ctx, viewer, params.id))
  route(app, ctx, receivableEndpoints.writeOff, async ({ ctx, viewer, params, body }) => writeOff(ctx, viewer, params.id, body))
  route(app, ctx, receivableEndpoints.undoMovement, async ({ ctx, viewer, params, body }) =>
    undoMovement(ctx, viewer, params.id, body),
  )
  route(app, ctx, documentEndpoints.record, async ({ ctx, viewer, body }) => recordDocument(ctx, viewer, body))
  route(app, ctx, documentEndpoints.read, async ({ ctx, viewer, params }) => readDocument(ctx, viewer, params.id))
  route(app, ctx, documentEndpoints.correct, async ({ ctx, viewer, params, body }) =>
    correctDocument(ctx, viewer, params.id, body),
  )
  route(app, ctx, documentEndpoints.void, async ({ ctx, viewer, params, body }) => voidDocument(ctx, viewer, params.id, body))
}
