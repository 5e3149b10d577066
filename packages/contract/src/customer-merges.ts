import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { cursor, flag, id, idParams, instant, page, pageQuery, reference, total, version } from './shapes.ts'

const tag = 'Customer merges'

const customer = z.strictObject({ id, code: z.string().max(60), name: z.string().max(300) })
const side = z.enum(['survivor', 'merged'])
const reason = z.enum(['taxId', 'email', 'name', 'nearName'])
const count = z.int().min(0).max(1_000_000_000)

/** A customer among those that may be the same, with what tells them apart. */
const candidate = customer.extend({
  taxId: z.string().max(40).nullable(),
  email: z.string().max(254).nullable(),
  phone: z.string().max(60).nullable(),
  city: z.string().max(120).nullable(),
  status: z.enum(['active', 'inactive', 'restricted', 'suspended']),
  createdAt: instant,
  balances: z.array(z.strictObject({ currency: z.string().length(3), balance: total })).max(200),
})

const merge = z.strictObject({
  id,
  survivor: customer,
  merged: customer,
  mergedBy: reference,
  mergedAt: instant,
  undoneBy: reference.nullable(),
  undoneAt: instant.nullable(),
  /** Whether another merge with the survivor came later, which must be undone first. */
  followed: flag,
})

const value = z.string().max(1000).nullable()

export const customerMergeEndpoints = {
  groups: defineEndpoint({
    method: 'GET',
    url: '/api/v1/duplicate-groups',
    summary: 'Customers that may be the same, by what they have alike; pairs that somebody told apart are left out',
    tag,
    query: z.strictObject({ reason, cursor: cursor.optional() }),
    response: z.strictObject({
      items: z
        .array(
          z.strictObject({
            /** What they have alike. */
            key: z.string().max(400),
            /** How many they are; the first ten are told. */
            size: count,
            customers: z.array(candidate).max(10),
          }),
        )
        .max(50),
      nextCursor: cursor.nullable(),
    }),
  }),
  alike: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/possible-duplicates',
    summary: 'Who may be the same as this customer: same tax id, same e-mail, or nearly the same name',
    tag,
    params: idParams,
    response: z.strictObject({
      items: z.array(candidate.extend({ alike: z.array(z.enum(['taxId', 'email', 'name'])).max(3) })).max(10),
    }),
  }),
  tellApart: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customer-distinctions',
    summary: 'Say that two customers are not the same: they are not proposed any more',
    tag,
    body: z.strictObject({ customerIds: z.array(id).length(2) }),
    status: 201,
    response: z.strictObject({ id }),
  }),
  distinctions: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customer-distinctions',
    summary: 'Pairs of customers that somebody told apart, the newest first',
    tag,
    query: pageQuery(['-id']),
    response: page(z.strictObject({ id, first: customer, second: customer, madeBy: reference, madeAt: instant })),
  }),
  takeBack: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/customer-distinctions/:id',
    summary: 'Take back that two customers are not the same',
    tag,
    params: idParams,
  }),
  preview: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/merge-preview',
    summary:
      'Two customers side by side before one is merged into the other: in what they differ, what stays, and how much would move',
    tag,
    params: idParams,
    query: z.strictObject({ mergedId: id }),
    response: z.strictObject({
      survivor: candidate.extend({ version }),
      merged: candidate.extend({ version }),
      parts: z
        .array(
          z.strictObject({
            /** A field, `custom.key`, `noticeSettings` or `picture`. */
            part: z.string().max(100),
            /** The name of a custom field. */
            name: z.string().max(300).nullable(),
            survivor: value,
            merged: value,
            side: side.meta({ description: 'Whose value stays unless told' }),
          }),
        )
        .max(300),
      moves: z
        .array(z.strictObject({ table: z.string().max(63), count }))
        .max(200)
        .meta({ description: 'What would pass to the survivor, of what the reader sees; the rest passes too' }),
      renumbered: count.meta({ description: 'Documents whose number the survivor has already' }),
    }),
  }),
  merge: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/merges',
    summary: 'Merge a customer into this one, with everything that it has; its code and external id lead here from then on',
    tag,
    params: idParams,
    body: z.strictObject({
      mergedId: id,
      /** Whose value stays, by part; what is left out goes as the preview says. */
      sides: z.record(z.string().max(100), side).default({}),
      version,
      mergedVersion: version,
    }),
    status: 201,
    response: z.strictObject({ id, survivorId: id }),
  }),
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customer-merges',
    summary: 'Merges of customers within sight, the newest first',
    tag,
    query: pageQuery(['-id']).extend({ customerId: id.optional() }),
    response: page(merge),
  }),
  undo: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customer-merges/:id/undos',
    summary: 'Undo a merge: everything goes back; what was recorded since stays',
    tag,
    params: idParams,
    status: 201,
    response: merge,
  }),
}
