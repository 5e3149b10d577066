import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { flag, id, idParams, page, pageQuery, text, version } from './shapes.ts'

const tag = 'Follow-up types'
export const followUpType = z.strictObject({
  id,
  name: z.string().max(100),
  active: flag,
  followUpCount: z.int().min(0).max(10_000_000),
  version,
})

export const followUpTypeEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-up-types',
    summary: 'The types of follow-ups: collections, orders, ...',
    tag,
    query: pageQuery(['name', '-name']).extend({ active: z.enum(['true', 'false']).optional() }),
    response: page(followUpType),
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/follow-up-types',
    summary: 'Add a type of follow-up',
    tag,
    body: z.strictObject({ name: text(100) }),
    response: followUpType,
    status: 201,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/follow-up-types/:id',
    summary: 'Rename a type of follow-up, or switch it off and on',
    tag,
    params: idParams,
    body: z.strictObject({ name: text(100).optional(), active: flag.optional(), version }),
    response: followUpType,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/follow-up-types/:id',
    summary: 'Delete a type that no follow-up has',
    tag,
    params: idParams,
  }),
}
