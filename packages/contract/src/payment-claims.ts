import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import {
  amount,
  currency,
  day,
  flag,
  id,
  idParams,
  instant,
  optionalText,
  page,
  pageQuery,
  reference,
  version,
} from './shapes.ts'

const tag = 'Reported payments'
const state = z.enum(['open', 'accepted', 'refused'])
const count = z.int().min(0).max(1_000_000_000)

export const paymentClaim = z.strictObject({
  id,
  customer: z.strictObject({ id, code: z.string().max(40), name: z.string().max(300) }),
  contact: reference,
  paidOn: day,
  currency,
  amount,
  method: z.string().max(60).nullable(),
  reference: z.string().max(120).nullable(),
  comment: z.string().max(1000).nullable(),
  state,
  answer: z.string().max(1000).nullable(),
  decidedAt: instant.nullable(),
  decidedBy: reference.nullable(),
  voucher: z.strictObject({ name: z.string().max(120), mediaType: z.string().max(60), size: count }).nullable(),
  receivables: z
    .array(z.strictObject({ id, number: z.string().max(140), instalment: z.int().min(1).max(1000), dueOn: day, balance: amount }))
    .max(200),
  /** Until when its receivables' notices wait; null where none do. */
  pausedUntil: day.nullable(),
  mayDecide: flag,
  version,
  createdAt: instant,
})

/** What customers say they paid: finance's and the agents' side. */
export const paymentClaimEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/payment-claims',
    summary: 'Payments that customers within sight reported on the portal',
    tag,
    query: pageQuery(['-createdAt', 'createdAt']).extend({
      state: state.optional(),
      customerId: id.optional(),
      agentId: id.optional().meta({ description: 'Collections agent of the customer' }),
      receivableId: id.optional(),
      from: day.optional().meta({ description: 'First day on which it was said to be paid' }),
      to: day.optional(),
    }),
    response: page(paymentClaim),
  }),
  count: defineEndpoint({
    method: 'GET',
    url: '/api/v1/payment-claim-counts',
    summary: 'How many reported payments wait for a decision',
    tag,
    query: z.strictObject({ customerId: id.optional() }),
    response: z.strictObject({ open: count }),
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/payment-claims/:id',
    summary: 'A reported payment',
    tag,
    params: idParams,
    response: paymentClaim,
  }),
  voucher: defineEndpoint({
    method: 'GET',
    url: '/api/v1/payment-claims/:id/voucher',
    summary: 'The voucher of a reported payment',
    tag,
    params: idParams,
  }),
  decide: defineEndpoint({
    method: 'POST',
    url: '/api/v1/payment-claims/:id/decisions',
    summary: 'Accept or refuse a reported payment, with the answer that the customer reads; accepting moves no balance',
    tag,
    params: idParams,
    body: z.strictObject({ decision: z.enum(['accepted', 'refused']), answer: optionalText(1000).optional(), version }),
    response: paymentClaim,
    status: 201,
  }),
}
