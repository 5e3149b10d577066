import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { upsertCounts } from './receivables.ts'
import { amount, currency, day, flag, id, idParams, instant, optionalText, page, pageQuery, queryFlag, text } from './shapes.ts'

const tag = 'Payments'

const person = z.string().max(300).nullable()
const comment = z.string().max(500).nullable()
/** What a payment or credit note pays of one receivable. */
export const application = z.strictObject({
  movementId: id,
  receivableId: id,
  number: z.string().max(120),
  instalment: z.int().min(1).max(1000),
  dueOn: day,
  /** From when it counts. */
  on: day,
  amount,
})

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
  /** The day on which the money turned out not to be there. */
  reversedOn: day.nullable(),
  reversalReason: comment,
  recordedAt: instant,
  recordedBy: person,
  applications: z.array(application).max(1000),
})

export const creditNote = z.strictObject({
  id,
  externalId: z.string().max(140).nullable(),
  customer: z.strictObject({ id, code: z.string().max(40), name: z.string().max(300) }),
  number: z.string().max(140),
  issuedOn: day,
  currency,
  total: amount,
  unapplied: amount,
  comment,
  voidedOn: day.nullable(),
  voidReason: comment,
  recordedAt: instant,
  recordedBy: person,
  applications: z.array(application).max(1000),
})

const applications = z.array(z.strictObject({ receivableId: id, amount })).max(200)
const statedApplications = z.array(z.strictObject({ receivableExternalId: text(120), amount })).max(200)
const applyBody = z.strictObject({
  applications: applications.min(1).optional().meta({ description: 'The oldest receivables first unless told' }),
})
const endBody = z.strictObject({ on: day.optional().meta({ description: 'Today unless told' }), reason: text(500) })

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
      unapplied: queryFlag.optional().meta({ description: 'Only those with money that is not applied' }),
    }),
    response: page(payment),
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/payments/:id',
    summary: 'A payment with what it pays',
    tag,
    params: idParams,
    response: payment,
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
      applications: applications.optional(),
      keepRest: flag.optional().meta({ description: 'What is not applied may stay unapplied; else it is refused' }),
      repeated: flag.optional().meta({ description: 'There is a payment just like it, and this is another one' }),
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
            applications: statedApplications,
          }),
        )
        .min(1)
        .max(5000),
    }),
    response: upsertCounts,
  }),
  apply: defineEndpoint({
    method: 'POST',
    url: '/api/v1/payments/:id/applications',
    summary: 'Apply what is left of a payment',
    tag,
    params: idParams,
    body: applyBody,
    response: payment,
  }),
  reverse: defineEndpoint({
    method: 'POST',
    url: '/api/v1/payments/:id/reversal',
    summary: 'Take a payment back because the money was not there; what it paid is owed again',
    tag,
    params: idParams,
    body: endBody,
    response: payment,
  }),
}

const creditTag = 'Credit notes'

export const creditNoteEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/credit-notes',
    summary: 'Credit notes of the customers that the viewer sees',
    tag: creditTag,
    query: pageQuery(['-issuedOn', 'issuedOn']).extend({
      customerId: id.optional(),
      issuedFrom: day.optional(),
      issuedTo: day.optional(),
      currency: currency.optional(),
      unapplied: queryFlag.optional().meta({ description: 'Only those with an amount that is not applied' }),
    }),
    response: page(creditNote),
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/credit-notes/:id',
    summary: 'A credit note with what it pays',
    tag: creditTag,
    params: idParams,
    response: creditNote,
  }),
  record: defineEndpoint({
    method: 'POST',
    url: '/api/v1/credit-notes',
    summary: 'Record a credit note; without applications it pays the oldest receivables first, the rest stays unapplied',
    tag: creditTag,
    body: z.strictObject({
      customerId: id,
      number: text(120),
      issuedOn: day,
      currency,
      total: amount,
      comment: optionalText(500).optional(),
      applications: applications.optional(),
    }),
    response: creditNote,
    status: 201,
  }),
  upsert: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/credit-notes',
    summary: 'Record credit notes by external id: all of them or none; sending the same twice changes nothing',
    tag: creditTag,
    bodyLimit: 8 * 1_048_576,
    body: z.strictObject({
      items: z
        .array(
          z.strictObject({
            externalId: text(140),
            customerExternalId: text(120),
            number: text(120).optional().meta({ description: 'The external id unless told' }),
            issuedOn: day,
            currency,
            total: amount,
            comment: optionalText(500).optional(),
            applications: statedApplications,
          }),
        )
        .min(1)
        .max(2000),
    }),
    response: upsertCounts,
  }),
  apply: defineEndpoint({
    method: 'POST',
    url: '/api/v1/credit-notes/:id/applications',
    summary: 'Apply what is left of a credit note',
    tag: creditTag,
    params: idParams,
    body: applyBody,
    response: creditNote,
  }),
  void: defineEndpoint({
    method: 'POST',
    url: '/api/v1/credit-notes/:id/void',
    summary: 'Void a credit note; what it paid is owed again',
    tag: creditTag,
    params: idParams,
    body: endBody,
    response: creditNote,
  }),
}
