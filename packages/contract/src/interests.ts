import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { day, flag, id, idParams, instant, optionalText, page, pageQuery, queryFlag, reference, version } from './shapes.ts'

const tag = 'Interests'
const product = reference.extend({ code: z.string().max(40) })
const origin = z.enum(['person', 'interaction', 'opportunity'])

const interest = z.strictObject({
  id,
  customer: z.strictObject({ id, code: z.string().max(40), name: z.string().max(300) }),
  product,
  contact: reference.nullable().meta({ description: 'Who shows it; null is the customer itself' }),
  shownOn: day,
  note: z.string().max(1000).nullable(),
  origin,
  interaction: z
    .strictObject({ id, number: z.int().min(1).max(2147483647), topic: z.string().max(300) })
    .nullable()
    .meta({ description: 'Where it came from, if the viewer sees it' }),
  opportunity: z
    .strictObject({ id, number: z.int().min(1).max(2147483647), name: z.string().max(200) })
    .nullable()
    .meta({ description: 'Where it came from, if the viewer sees it' }),
  createdBy: reference.nullable(),
  createdAt: instant,
  deletedAt: instant.nullable(),
  mayRestore: flag,
  version,
})

const filters = {
  q: z.string().max(200).optional(),
  customerId: id.optional(),
  productId: id.optional(),
  contactId: id.optional(),
  origin: origin.optional(),
  from: day.optional().meta({ description: 'First day on which it was shown' }),
  to: day.optional(),
}
const fields = {
  productId: id,
  contactId: id.nullable().optional(),
  shownOn: day.optional(),
  note: optionalText(1000).optional(),
}

export const interestEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/interests',
    summary: 'Who is interested in what, of the customers that the viewer sees, the newest first',
    tag,
    query: pageQuery(['-shownOn', 'shownOn']).extend({
      ...filters,
      deleted: queryFlag.optional().meta({ description: 'Those that were deleted and that the viewer may restore' }),
    }),
    response: page(interest),
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/interests',
    summary: 'Note that a customer, or a person there, is interested in a product; today unless told',
    tag,
    body: z.strictObject({ customerId: id, ...fields }),
    response: interest,
    status: 201,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/interests/:id',
    summary: 'Change an interest; where it came from stays',
    tag,
    params: idParams,
    body: z.strictObject({ ...fields, productId: id.optional(), version }),
    response: interest,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/interests/:id',
    summary: 'Delete an interest; it can be restored',
    tag,
    params: idParams,
  }),
  restore: defineEndpoint({
    method: 'POST',
    url: '/api/v1/interests/:id/restorations',
    summary: 'Restore a deleted interest: whoever deleted it, and level 1',
    tag,
    params: idParams,
    response: interest,
    status: 201,
  }),
}
