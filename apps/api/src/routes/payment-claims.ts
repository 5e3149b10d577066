import { paymentClaimEndpoints } from '@cartera/contract/payment-claims'
import type { AppContext } from '@cartera/use-cases/app-context'
import {
  countPaymentClaims,
  decidePaymentClaim,
  listPaymentClaims,
  readClaimVoucher,
  readPaymentClaim,
} from '@cartera/use-cases/payment-claims/payment-claims'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'
import { sendFile } from '../send-file.ts'

export function paymentClaimRoutes(app: FastifyInstance, ctx: AppContext): void {
  const e = paymentClaimEndpoints
  route(app, ctx, e.list, async ({ ctx, viewer, query }) => listPaymentClaims(ctx, viewer, query))
  route(app, ctx, e.count, async ({ ctx, viewer, query }) => countPaymentClaims(ctx, viewer, query))
  route(app, ctx, e.read, async ({ ctx, viewer, params }) => readPaymentClaim(ctx, viewer, params.id))
  route(app, ctx, e.voucher, async ({ ctx, viewer, params, reply }) =>
    sendFile(reply, await readClaimVoucher(ctx, viewer, params.id)),
  )
  route(app, ctx, e.decide, async ({ ctx, viewer, params, body }) => decidePaymentClaim(ctx, viewer, params.id, body))
}
