import { quoteStates } from '@cartera/domain/quotes/quote-state'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import {
  amount,
  currency,
  day,
  emailAddress,
  flag,
  id,
  idParams,
  instant,
  language,
  optionalText,
  page,
  pageQuery,
  queryFlag,
  reference,
  text,
  total,
  version,
} from './shapes.ts'

const tag = 'Quotes'
const mostLines = 200
const state = z.enum(quoteStates).meta({
  description:
    'sending: it left here and no mail server has taken it yet; expired: its last day is over; replaced: a newer version left',
})
const quantity = z
  .string()
  .max(20)
  .regex(/^\d{1,9}(\.\d{1,4})?$/)
  .meta({ description: 'More than zero, up to four decimals', example: '2.5' })
const percent = z
  .string()
  .max(10)
  .regex(/^\d{1,3}(\.\d{1,4})?$/)
  .meta({ description: 'Percentage from 0 to 100, up to four decimals', example: '15' })

const lineFields = {
  productId: id.nullable(),
  description: text(500).meta({ description: 'The product’s name unless written otherwise; kept as it is written' }),
  unit: optionalText(40),
  quantity,
  unitPrice: amount,
  discountPercent: percent,
  taxPercent: percent.nullable().meta({ description: 'Null is not taxed' }),
}
const newLine = z.strictObject({
  ...lineFields,
  productId: lineFields.productId.optional(),
  unit: lineFields.unit.optional(),
  discountPercent: percent.optional(),
  taxPercent: lineFields.taxPercent.optional(),
})

const facts = {
  id,
  label: z.string().max(20).meta({ description: 'Number, and version from the second on: 000012-2' }),
  number: z.int().min(1).max(2147483647),
  revision: z.int().min(1).max(10_000),
  customer: z.strictObject({ id, code: z.string().max(40), name: z.string().max(300) }),
  contact: reference.nullable(),
  owner: reference,
  opportunity: z
    .strictObject({
      id,
      number: z.int().min(1).max(2147483647),
      name: z.string().max(300),
      state: z.enum(['open', 'won', 'lost']),
      version,
    })
    .nullable()
    .meta({ description: 'The sale that it is for, if the viewer sees it' }),
  state,
  subject: z.string().max(200),
  currency,
  net: amount,
  tax: amount,
  total: amount,
  validUntil: day,
  issuedOn: day.nullable(),
  decidedOn: day.nullable(),
  reason: z.string().max(500).nullable(),
  createdAt: instant,
  deletedAt: instant.nullable(),
  mayRestore: flag,
  version,
}
const item = z.strictObject(facts)

const mail = z.strictObject({
  id,
  toAddress: z.string().max(320),
  state: z.enum(['waiting', 'sent', 'uncertain', 'failed', 'skipped']),
  response: z.string().max(5000).nullable(),
  sentAt: instant.nullable(),
  createdAt: instant,
})

const quote = z.strictObject({
  ...facts,
  taxIncluded: flag,
  language,
  terms: z.string().max(5000).nullable(),
  notes: z.string().max(5000).nullable(),
  lines: z.array(z.strictObject({ id, ...lineFields, unit: z.string().max(40).nullable(), amount })).max(mostLines),
  subtotal: amount,
  discount: amount,
  taxes: z.array(z.strictObject({ percent, base: amount, tax: amount })).max(mostLines),
  byHand: flag,
  issuedBy: reference.nullable(),
  decidedBy: reference.nullable(),
  previous: z.strictObject({ id, label: z.string().max(20) }).nullable(),
  next: z
    .strictObject({ id, label: z.string().max(20) })
    .nullable()
    .meta({ description: 'The version after this one' }),
  mails: z.array(mail).max(1000),
})

const fields = {
  contactId: id.nullable().optional(),
  opportunityId: id.nullable().optional(),
  ownerId: id.optional(),
  currency: currency.optional().meta({ description: 'The company’s unless told' }),
  taxIncluded: flag.optional(),
  language: language.optional().meta({ description: 'The customer’s unless told' }),
  validUntil: day.optional().meta({ description: 'Thirty days from today unless told' }),
  terms: optionalText(5000).optional(),
  notes: optionalText(5000).optional(),
  lines: z.array(newLine).max(mostLines).optional(),
}
const reason = { reason: text(500), version }
const filters = {
  customerId: id.optional(),
  opportunityId: id.optional(),
  ownerId: id.optional(),
  branchId: id.optional().meta({ description: 'Where the owner stands now' }),
  departmentId: id.optional(),
  state: state.optional(),
  from: day.optional().meta({ description: 'First day on which it was written' }),
  to: day.optional(),
}

export const quoteEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/quotes',
    summary: 'The quotes of the owners in the viewer’s scope, newest first unless told',
    tag,
    query: pageQuery(['-number', 'number', 'validUntil', '-validUntil', 'total', '-total']).extend({
      ...filters,
      deleted: queryFlag.optional().meta({ description: 'Those that were deleted and that the viewer may restore' }),
    }),
    response: page(item),
  }),
  totals: defineEndpoint({
    method: 'GET',
    url: '/api/v1/quotes/totals',
    summary: 'How many quotes there are under the filters and what they come to, per currency; replaced versions do not count',
    tag,
    query: z.strictObject({ q: z.string().max(200).optional(), ...filters }),
    response: z.strictObject({
      items: z.array(z.strictObject({ currency, count: z.int().min(0).max(10_000_000), total })).max(200),
    }),
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/quotes/:id',
    summary: 'A quote with its lines, sums and mails',
    tag,
    params: idParams,
    response: quote,
  }),
  pdf: defineEndpoint({
    method: 'GET',
    url: '/api/v1/quotes/:id/pdf',
    summary: 'The document: of a draft as it stands now, else exactly as the customer got it',
    tag,
    params: idParams,
  }),
  products: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/quote-products',
    summary: 'Products for a line of the customer’s quote, with unit, tax and the price on the customer’s list',
    tag,
    params: idParams,
    query: z.strictObject({
      q: z.string().max(200).optional(),
      currency: currency.optional().meta({ description: 'The company’s unless told' }),
    }),
    response: z.strictObject({
      items: z
        .array(
          z.strictObject({
            id,
            code: z.string().max(40),
            name: z.string().max(300),
            unit: z.string().max(60).nullable(),
            taxPercent: percent.nullable(),
            price: amount.nullable().meta({ description: 'Before taxes; null where the list has none in that currency' }),
          }),
        )
        .max(20),
    }),
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/quotes',
    summary: 'Write a quote; the owner is the viewer unless told',
    tag,
    body: z.strictObject({ customerId: id, subject: text(200), ...fields }),
    response: quote,
    status: 201,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/quotes/:id',
    summary: 'Change a draft; lines that are given take the place of all of them',
    tag,
    params: idParams,
    body: z.strictObject({ subject: text(200).optional(), ...fields, version }),
    response: quote,
  }),
  send: defineEndpoint({
    method: 'POST',
    url: '/api/v1/quotes/:id/mails',
    summary:
      'Mail it to a contact of the customer or to an address, from the sender’s own verified account; a draft is fixed by that',
    tag,
    params: idParams,
    body: z
      .strictObject({
        contactId: id.optional(),
        toAddress: emailAddress.optional(),
        message: optionalText(5000).optional(),
        version,
      })
      .refine((sent) => (sent.contactId === undefined) !== (sent.toAddress === undefined), {
        error: 'required',
        path: ['toAddress'],
      }),
    response: quote,
    status: 201,
  }),
  sendAgain: defineEndpoint({
    method: 'POST',
    url: '/api/v1/quotes/:id/mail-retries',
    summary: 'Send a mail again that did not leave, or of which nobody knows',
    tag,
    params: idParams,
    body: z.strictObject({ mailId: id }),
    response: quote,
    status: 201,
  }),
  handOver: defineEndpoint({
    method: 'POST',
    url: '/api/v1/quotes/:id/deliveries',
    summary: 'The customer got it otherwise than by a mail of ours; a draft is fixed by that',
    tag,
    params: idParams,
    body: z.strictObject({ version }),
    response: quote,
    status: 201,
  }),
  accept: defineEndpoint({
    method: 'POST',
    url: '/api/v1/quotes/:id/acceptances',
    summary: 'The customer accepted it, on a day of its validity',
    tag,
    params: idParams,
    body: z.strictObject({ on: day.optional().meta({ description: 'Today unless told' }), version }),
    response: quote,
    status: 201,
  }),
  reject: defineEndpoint({
    method: 'POST',
    url: '/api/v1/quotes/:id/rejections',
    summary: 'The customer said no',
    tag,
    params: idParams,
    body: z.strictObject(reason),
    response: quote,
    status: 201,
  }),
  withdraw: defineEndpoint({
    method: 'POST',
    url: '/api/v1/quotes/:id/withdrawals',
    summary: 'It is taken back; what waits to be mailed does not leave',
    tag,
    params: idParams,
    body: z.strictObject(reason),
    response: quote,
    status: 201,
  }),
  reopen: defineEndpoint({
    method: 'POST',
    url: '/api/v1/quotes/:id/reopenings',
    summary: 'An accepted, rejected or withdrawn quote is open again, as it was',
    tag,
    params: idParams,
    body: z.strictObject({ version }),
    response: quote,
    status: 201,
  }),
  revise: defineEndpoint({
    method: 'POST',
    url: '/api/v1/quotes/:id/revisions',
    summary: 'Draft a new version; it takes the place of this one when it leaves',
    tag,
    params: idParams,
    body: z.strictObject({ version }),
    response: quote,
    status: 201,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/quotes/:id',
    summary: 'Delete a quote; it can be restored. What left the house needs the permission',
    tag,
    params: idParams,
  }),
  restore: defineEndpoint({
    method: 'POST',
    url: '/api/v1/quotes/:id/restorations',
    summary: 'Restore a deleted quote: whoever deleted it, and level 1',
    tag,
    params: idParams,
    response: quote,
    status: 201,
  }),
}
