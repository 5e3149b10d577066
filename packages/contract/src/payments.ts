import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { upsertCounts } from './receivables.ts'
import { amount, currency, day, id, optionalText, page, pageQuery, text } from './shapes.ts'

const tag = 'Payments'

export const payment = z.strictObject({
  id,
  externalId: z.string().max(140).nullable(),
  customer: z.strictObject({ id, code: z.string().max(40), name: z.string().max(300) }),
  paidOn: day,
  currency,
  amount,
  /** What is not applied to any receivable. */
  unapplied: amount,
  reference: z.string().max(200).nullable(),
  applications: z.array(z.strictObject({ receivableId: id, number: z.string().max(120), amount })).max(200),
})

export const paymentEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/payments',
    summary: 'Payments of the customers that the viewer sees',
    tag,
    query: pageQuery(['-paidOn', 'paidOn']).extend({
      customerId: id.optional(),
      paidFrom: day.optional(),
      paidTo: day.optional(),
      currency: currency.optional(),
    }),
    response: page(payment),
  }),
  record: defineEndpoint({
    method: 'POST',
    url: '/api/v1/payments',
    summary: 'Record a payment; without applications it pays the oldest receivables first',
    tag,
    body: z.strictObject({
      customerId: id,
      paidOn: day,
      currency,
      amount,
      reference: optionalText(200).optional(),
      applications: z
        .array(z.strictObject({ receivableId: id, amount }))
        .max(200)
        .optional(),
    }),
    response: payment,
    status: 201,
  }),
  upsert: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/payments',
    summary: 'Record payments by external id: all of them or none; sending the same twice changes nothing',
    tag,
    bodyLimit: 8 * 1_048_576,
    body: z.strictObject({
      items: z
        .array(
          z.strictObject({
            externalId: text(140),
            customerExternalId: text(120),
            paidOn: day,
            currency,
            amount,
            reference: optionalText(200).optional(),
            applications: z.array(z.strictObject({ receivableExternalId: text(120), amount })).max(200),
          }),
        )
        .min(1)
        .max(5000),
    }),
    response: upsertCounts,
  }),
}
