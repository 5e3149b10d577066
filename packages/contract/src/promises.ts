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
  text,
  total,
  version,
} from './shapes.ts'

const tag = 'Promises to pay'
const state = z.enum(['open', 'kept', 'partly-kept', 'broken', 'withdrawn'])
const source = z.enum(['agent', 'portal', 'reply'])
const count = z.int().min(0).max(1_000_000_000)

export const promise = z.strictObject({
  id,
  customer: z.strictObject({ id, code: z.string().max(40), name: z.string().max(300) }),
  promisedOn: day,
  dueOn: day,
  graceUntil: day.meta({ description: 'The last day on which it can still be kept' }),
  currency,
  amount: total,
  received: total.meta({ description: 'What payments made in time brought since' }),
  source,
  state,
  contact: reference.nullable(),
  comment: z.string().max(1000).nullable(),
  recordedBy: reference.nullable(),
  endReason: z.string().max(500).nullable(),
  endedAt: instant.nullable(),
  settled: flag.meta({ description: 'Without effect: nothing was left to pay' }),
  mayWithdraw: flag,
  items: z
    .array(
      z.strictObject({
        receivableId: id,
        number: z.string().max(120),
        instalment: z.int().min(1).max(1000),
        dueOn: day,
        amount,
        balance: amount,
      }),
    )
    .max(200),
  version,
  createdAt: instant,
})

const period = { dueFrom: day.optional(), dueTo: day.optional(), currency: currency.optional() }
const who = {
  customerId: id.optional(),
  agentId: id.optional().meta({ description: 'Who recorded it; for portal and replies the collections agent' }),
}

export const promiseEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/promises',
    summary: 'Promises to pay of the customers that the viewer sees',
    tag,
    query: pageQuery(['-dueOn', 'dueOn']).extend({ ...who, ...period, state: state.optional(), receivableId: id.optional() }),
    response: page(promise),
  }),
  totals: defineEndpoint({
    method: 'GET',
    url: '/api/v1/promise-totals',
    summary: 'What was promised, by currency, and what became of it; promises that were withdrawn are left out',
    tag,
    query: z.strictObject({ q: z.string().max(200).optional(), ...who, ...period, state: state.optional() }),
    response: z.strictObject({
      totals: z
        .array(z.strictObject({ currency, count, amount: total, open: total, kept: total, partlyKept: total, broken: total }))
        .max(200),
    }),
  }),
  record: defineEndpoint({
    method: 'POST',
    url: '/api/v1/promises',
    summary: 'Record a promise to pay: its receivables pause until the promised day and the company’s days of grace',
    tag,
    body: z.strictObject({
      customerId: id,
      dueOn: day,
      source: source.optional(),
      contactId: id.nullable().optional(),
      comment: optionalText(1000).optional(),
      items: z
        .array(z.strictObject({ receivableId: id, amount }))
        .min(1)
        .max(200),
    }),
    response: promise,
    status: 201,
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/promises/:id',
    summary: 'A promise to pay',
    tag,
    params: idParams,
    response: promise,
  }),
  withdraw: defineEndpoint({
    method: 'POST',
    url: '/api/v1/promises/:id/withdrawals',
    summary: 'Take an open promise back: its receivables no longer pause',
    tag,
    params: idParams,
    body: z.strictObject({ reason: text(500), version }),
    response: promise,
  }),
  records: defineEndpoint({
    method: 'GET',
    url: '/api/v1/promise-records',
    summary: 'How customers or agents keep what was promised, the busiest 200 first',
    tag,
    query: z.strictObject({ by: z.enum(['customer', 'agent']), q: z.string().max(200).optional(), ...who, ...period }),
    response: z.strictObject({
      items: z
        .array(
          z.strictObject({
            subject: reference.nullable(),
            kept: count,
            partlyKept: count,
            broken: count,
            open: count,
            withdrawn: count,
            keptRate: z.int().min(0).max(100).nullable().meta({ description: 'Percent of what was decided' }),
          }),
        )
        .max(200),
    }),
  }),
}
