import { agingBuckets } from '@cartera/domain/credit/aging'
import { disputeCategories } from '@cartera/domain/receivables/dispute'
import { movementKinds } from '@cartera/domain/receivables/ledger'
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
  text,
  total,
  version,
} from './shapes.ts'

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

/** Why and when the balance moved; up when it was charged, down when it was paid. */
const movement = z.strictObject({
  id,
  on: day,
  kind: z.enum(movementKinds),
  currency,
  amount: total,
  /** What was owed after it. */
  balance: total,
  paymentId: id.nullable(),
  creditNoteId: id.nullable(),
  source: z.string().max(300).nullable(),
  reason: z.string().max(500).nullable(),
  undone: flag,
  recordedAt: instant,
  recordedBy: z.string().max(300).nullable(),
})

const instalment = z.strictObject({ id, instalment: z.int().min(1).max(1000), dueOn: day, amount, balance: amount })

/** A receivable with all that moved it. */
export const receivableDetail = receivable.extend({
  documentId: id,
  paid: amount,
  payments: z.array(appliedPayment).max(1000),
  movements: z.array(movement).max(1000),
  /** Of its document, itself among them. */
  instalments: z.array(instalment).max(1000),
})

export const document = z.strictObject({
  id,
  version,
  customer: customerReference,
  type: z.enum(['invoice', 'debit-note', 'credit-note', 'receipt']),
  number: z.string().max(140),
  issuedOn: day,
  currency,
  total,
  comment: z.string().max(500).nullable(),
  voidedOn: day.nullable(),
  voidReason: z.string().max(500).nullable(),
  recordedAt: instant,
  recordedBy: z.string().max(300).nullable(),
  /** Another system states it: what is corrected is corrected there. */
  fromElsewhere: flag,
  /** What voiding it would end. */
  openPromises: count,
  waitingNotices: count,
  receivables: z.array(instalment).max(1000),
})

const documentFacts = z.strictObject({
  type: z.enum(['invoice', 'debit-note', 'receipt']),
  number: text(120),
  issuedOn: day,
  total: amount,
  comment: optionalText(500).optional(),
  instalments: z
    .array(z.strictObject({ dueOn: day, amount }))
    .min(1)
    .max(120),
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

const agingTotals = bucketTotals.extend({
  currency,
  balance: total,
  count,
  /** Paid or credited without being applied; null under filters that ask for some of a customer's receivables. */
  unapplied: total.nullable(),
  /** The balance less what is unapplied. */
  net: total.nullable(),
})
const asOf = day
  .optional()
  .meta({ description: 'At the end of this day; today unless told. Past days follow the customer filters and currency alone' })

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
    query: filters.extend({ asOf }),
    response: z.strictObject({ asOf: day, totals: z.array(agingTotals).max(200) }),
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/receivables/:id',
    summary: 'A receivable with its movements and the instalments of its document',
    tag,
    params: idParams,
    response: receivableDetail,
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
            documentType: z.enum(['invoice', 'debit-note', 'receipt']).optional(),
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
      /** Whose word these balances are, and as of when (now unless told): see balance sources. */
      source: z.strictObject({ name: text(60), asOf: instant.optional() }).optional(),
    }),
    response: upsertCounts,
  }),
  writeOff: defineEndpoint({
    method: 'POST',
    url: '/api/v1/receivables/:id/write-offs',
    summary: 'Write off an amount that will not be collected',
    tag,
    params: idParams,
    body: z.strictObject({ amount, reason: text(500) }),
    response: receivableDetail,
  }),
  undoMovement: defineEndpoint({
    method: 'POST',
    url: '/api/v1/receivable-movements/:id/reversal',
    summary: 'Undo an application or a write-off; the money stays unapplied',
    tag,
    params: idParams,
    body: z.strictObject({ reason: text(500) }),
    response: receivableDetail,
  }),
  dispute: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/receivables/:id/dispute',
    summary: 'Mark a receivable as disputed: its notices are held',
    tag,
    params: idParams,
    body: z.strictObject({ reason: text(500), category: z.enum(disputeCategories).optional() }),
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

const documentTag = 'Documents'

export const documentEndpoints = {
  record: defineEndpoint({
    method: 'POST',
    url: '/api/v1/documents',
    summary: 'Record an invoice, debit note or receipt with its instalments, which add up to the total',
    tag: documentTag,
    body: documentFacts.extend({ customerId: id, currency }),
    response: document,
    status: 201,
  }),
  correct: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/documents/:id',
    summary: 'Correct a document that was recorded by hand; another amount counts from today on',
    tag: documentTag,
    params: idParams,
    body: documentFacts.extend({ version }),
    response: document,
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/documents/:id',
    summary: 'A document with its instalments',
    tag: documentTag,
    params: idParams,
    response: document,
  }),
  void: defineEndpoint({
    method: 'POST',
    url: '/api/v1/documents/:id/void',
    summary: 'Void a document that was a mistake: its receivables owe nothing',
    tag: documentTag,
    params: idParams,
    body: z.strictObject({ reason: text(500) }),
    response: document,
  }),
}
