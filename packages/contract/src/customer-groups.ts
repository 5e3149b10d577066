import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { flag, id, idParams, page, pageQuery, queryFlag, text, version } from './shapes.ts'

const tag = 'Customer groups'
export const customerGroup = z.strictObject({
  id,
  name: z.string().max(100),
  active: flag,
  /** Customers of the group that the reader sees. */
  customerCount: z.int().min(0).max(1_000_000_000),
  /** Whether the group has notice settings of its own. */
  hasNoticeSettings: flag,
  version,
})

export const customerGroupEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customer-groups',
    summary: 'The groups of customers that are treated alike',
    tag,
    query: pageQuery(['name', '-name']).extend({ active: queryFlag.optional() }),
    response: page(customerGroup),
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customer-groups',
    summary: 'Add a customer group',
    tag,
    body: z.strictObject({ name: text(100) }),
    response: customerGroup,
    status: 201,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/customer-groups/:id',
    summary: 'Rename a customer group, or switch it off and on: one that is off keeps its customers and is not offered',
    tag,
    params: idParams,
    body: z.strictObject({ name: text(100).optional(), active: flag.optional(), version }),
    response: customerGroup,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/customer-groups/:id',
    summary: 'Delete a customer group that no customer belongs to',
    tag,
    params: idParams,
  }),
}
