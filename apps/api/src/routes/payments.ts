import { paymentEndpoints } from '@cartera/contract/payments'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listPayments } from '@cartera/use-cases/payments/list-payments'
import { recordPayment } from '@cartera/use-cases/payments/record-payment'
import { upsertPayments } from '@cartera/use-cases/payments/upsert-payments'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function paymentRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, paymentEndpoints.list, async ({ ctx, viewer, query }) => listPayments(ctx, viewer, query))
  route(app, ctx, paymentEndpoints.record, async ({ ctx, viewer, body }) => recordPayment(ctx, viewer, body))
  route(app, ctx, paymentEndpoints.upsert, async ({ ctx, viewer, body }) => upsertPayments(ctx, viewer, body))
}
