import { creditNoteEndpoints, paymentEndpoints } from '@cartera/contract/payments'
import type { AppContext } from '@cartera/use-cases/app-context'
import { applyCreditNote, applyPayment, reversePayment, voidCreditNote } from '@cartera/use-cases/payments/change-payment'
import { listCreditNotes, readCreditNote, recordCreditNote, upsertCreditNotes } from '@cartera/use-cases/payments/credit-notes'
import { listPayments, readPayment } from '@cartera/use-cases/payments/list-payments'
import { recordPayment } from '@cartera/use-cases/payments/record-payment'
import { upsertPayments } from '@cartera/use-cases/payments/upsert-payments'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function paymentRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, paymentEndpoints.list, async ({ ctx, viewer, query }) => listPayments(ctx, viewer, query))
  route(app, ctx, paymentEndpoints.read, async ({ ctx, viewer, params }) => readPayment(ctx, viewer, params.id))
  route(app, ctx, paymentEndpoints.record, async ({ ctx, viewer, body }) => recordPayment(ctx, viewer, body))
  route(app, ctx, paymentEndpoints.upsert, async ({ ctx, viewer, body }) => upsertPayments(ctx, viewer, body))
  route(app, ctx, paymentEndpoints.apply, async ({ ctx, viewer, params, body }) => applyPayment(ctx, viewer, params.id, body))
  route(app, ctx, paymentEndpoints.reverse, async ({ ctx, viewer, params, body }) => reversePayment(ctx, viewer, params.id, body))

  route(app, ctx, creditNoteEndpoints.list, async ({ ctx, viewer, query }) => listCreditNotes(ctx, viewer, query))
  route(app, ctx, creditNoteEndpoints.read, async ({ ctx, viewer, params }) => readCreditNote(ctx, viewer, params.id))
  route(app, ctx, creditNoteEndpoints.record, async ({ ctx, viewer, body }) => recordCreditNote(ctx, viewer, body))
  route(app, ctx, creditNoteEndpoints.upsert, async ({ ctx, viewer, body }) => upsertCreditNotes(ctx, viewer, body))
  route(app, ctx, creditNoteEndpoints.apply, async ({ ctx, viewer, params, body }) =>
    applyCreditNote(ctx, viewer, params.id, body),
  )
  route(app, ctx, creditNoteEndpoints.void, async ({ ctx, viewer, params, body }) => voidCreditNote(ctx, viewer, params.id, body))
}
