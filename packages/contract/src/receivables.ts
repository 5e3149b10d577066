import { agingBuckets } from '@cartera/domain/credit/aging'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { amount, currency, day, flag, id, idParams, page, pageQuery, text, total } from './shapes.ts'

const tag = 'Receivables'
const count = z.int().min(0).max(1_000_000_000)
const customerReference = z.strictObject({ id, code: z.string().max(40), name: z.string().max(300) })

export const receivable = z.strictObject({
  id,
  externalId: z.string().max(120).nullable(),
  customer: customerReference,
  documentType: z.enum(['invoice', 'debit-note', 'credit-note', 'receipt']),
  number: z.string().max(120),
  instalment: z.int().min(1).max(1000),
  issuedOn: day,
  dueOn: day,
  /** Negative while it is not due yet. */
  daysOverdue: z.int().min(-5_000_000).max(5_000_000),
  currency,
  amount,
  balance: amount,
  disputed: flag,
  disputeReason: z.string().max(500).nullable(),
  /** Null once nothing is left to collect. */
  bucket: z.enum(agingBuckets).nullable(),
})

/** One payment's part in a receivable. */
const appliedPayment = z.strictObject({
  paymentId: id,
  externalId: z.string().max(140).nullable(),
  paidOn: day,
  reference: z.string().max(200).nullable(),
  amount,
})

const filters = z.strictObject({
  q: z.string().max(200).optional().meta({ description: 'Number, external id or customer' }),
  customerId: id.optional(),
  agentId: id.optional().meta({ description: 'Collections agent of the customer' }),
  branchId: id.optional().meta({ description: 'Branch of the customer' }),
  state: z.enum(['open', 'paid', 'disputed', 'overdue']).optional(),
  bucket: z.enum(agingBuckets).optional(),
  dueFrom: day.optional(),
  dueTo: day.optional(),
  currency: currency.optional(),
})

const bucketTotals = z.strictObject({
  notDue: total,
  days1To30: total,
  days31To60: total,
  days61To90: total,
  over90: total,
})

export const upsertCounts = z.strictObject({ created: count, changed: count, unchanged: count })

export const receivableEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/receivables',
    summary: 'Receivables of the customers that the viewer sees',
    tag,
    query: pageQuery(['dueOn', '-dueOn']).extend(filters.shape),
    response: page(receivable),
  }),
  aging: defineEndpoint({
    method: 'GET',
    url: '/api/v1/receivables/aging',
    summary: 'What is to be collected by age and currency, under the same filters; the ages add up to the balance',
    tag,
    query: filters,
    response: z.strictObject({
      asOf: day,
      totals: z.array(bucketTotals.extend({ currency, balance: total, count })).max(200),
    }),
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/receivables/:id',
    summary: 'A receivable with the payments applied to it',
    tag,
    params: idParams,
    response: receivable.extend({ paid: amount, payments: z.array(appliedPayment).max(1000) }),
  }),
  upsert: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/receivables',
    summary: 'Create or change receivables by external id: all of them or none; sending the same twice changes nothing',
    tag,
    bodyLimit: 8 * 1_048_576,
    body: z.strictObject({
      items: z
        .array(
          z.strictObject({
            externalId: text(120),
            customerExternalId: text(120),
            documentType: z.enum(['invoice', 'debit-note']).optional(),
            number: text(120).optional().meta({ description: 'The external id unless told' }),
            instalment: z.int().min(1).max(1000).optional(),
            issuedOn: day,
            dueOn: day,
            currency,
            amount,
            disputed: flag.optional().meta({ description: 'Left as it is unless told' }),
            disputeReason: text(500).optional(),
          }),
        )
        .min(1)
        .max(5000),
    }),
    response: upsertCounts,
  }),
  dispute: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/receivables/:id/dispute',
    summary: 'Mark a receivable as disputed: its notices are held',
    tag,
    params: idParams,
    body: z.strictObject({ reason: text(500) }),
    response: receivable,
  }),
  endDispute: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/receivables/:id/dispute',
    summary: 'End the dispute of a receivable',
    tag,
    params: idParams,
  }),
}
