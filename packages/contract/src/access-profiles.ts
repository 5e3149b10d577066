import { permissions } from '@cartera/domain/access/permissions'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { id, idParams, page, pageQuery, text, version } from './shapes.ts'

const tag = 'Access profiles'
const level = z.literal([1, 2, 3, 4]).meta({ description: '1 company, 2 branch, 3 department within the branch, 4 own records' })
const permissionList = z.array(z.enum(permissions)).max(permissions.length)

export const accessProfile = z.strictObject({
  id,
  name: z.string().max(100),
  level,
  customerLevel: level,
  permissions: permissionList,
  userCount: z.int().min(0).max(1_000_000),
  version,
})

export const accessProfileEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/access-profiles',
    summary: 'The access profiles: level and permissions',
    tag,
    query: pageQuery(['name', '-name', 'level', '-level']),
    response: page(accessProfile),
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/access-profiles',
    summary: 'Add an access profile',
    tag,
    body: z.strictObject({ name: text(100), level, customerLevel: level, permissions: permissionList }),
    response: accessProfile,
    status: 201,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/access-profiles/:id',
    summary: 'Change an access profile; it holds for its users from their next request on',
    tag,
    params: idParams,
    body: z.strictObject({
      name: text(100).optional(),
      level: level.optional(),
      customerLevel: level.optional(),
      permissions: permissionList.optional(),
      version,
    }),
    response: accessProfile,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/access-profiles/:id',
    summary: 'Delete an access profile that nobody has',
    tag,
    params: idParams,
  }),
}
