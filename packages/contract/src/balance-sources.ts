import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { flag, instant, text } from './shapes.ts'

const tag = 'Receivables'
const name = text(60)

/** Where balances come from: an ERP, a spreadsheet. Its receivables are noticed only while it has spoken of late. */
export const balanceSource = z.strictObject({
  name: z.string().max(200),
  /** As of when its balances are. */
  asOf: instant,
  hours: z.int().min(0).max(10_000_000).meta({ description: 'How many hours ago that was' }),
  /** Older than the company allows: its notices are held. */
  silent: flag,
})

export const balanceSourceEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/balance-sources',
    summary: 'Where balances come from, and as of when each last spoke',
    tag,
    response: z.strictObject({
      /** Null: the company sets no limit. */
      freshnessHours: z.int().min(0).max(1_000_000).nullable(),
      items: z.array(balanceSource).max(1000),
    }),
  }),
  speak: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/balance-sources/:name',
    summary:
      'Say as of when the balances of a source are; what was held as out of date goes on by itself. An older instant changes nothing',
    tag,
    params: z.strictObject({ name }),
    body: z.strictObject({ asOf: instant }),
    response: balanceSource,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/balance-sources/:name',
    summary: 'Forget a source that will not speak again: its receivables are kept by hand from now on',
    tag,
    params: z.strictObject({ name }),
  }),
}
