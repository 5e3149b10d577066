import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { emailAddress, flag, id, idParams, instant, language, page, pageQuery, reference, text, version } from './shapes.ts'

const tag = 'Users'
const password = z.string().min(1).max(200)

/** Everyone may know who works here and where; the rest is null for those who do not manage users. */
export const user = z.strictObject({
  id,
  name: z.string().max(200),
  active: flag,
  branch: reference,
  department: reference.nullable(),
  email: z.string().max(254).nullable(),
  profile: reference.nullable(),
  language: language.nullable(),
  lastSignInAt: instant.nullable(),
  version: version.nullable(),
})

export const userEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/users',
    summary: 'The users; e-mail, profile and the like only for those who manage users',
    tag,
    query: pageQuery(['name', '-name']).extend({
      active: z.enum(['true', 'false']).optional(),
      branchId: id.optional(),
      departmentId: z.union([id, z.literal('none')]).optional(),
      profileId: id.optional().meta({ description: 'Only for those who manage users' }),
    }),
    response: page(user),
  }),
  find: defineEndpoint({
    method: 'GET',
    url: '/api/v1/users/:id',
    summary: 'One user',
    tag,
    params: idParams,
    response: user,
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/users',
    summary: 'Add a user with an initial password',
    tag,
    body: z.strictObject({
      name: text(200),
      email: emailAddress,
      password,
      branchId: id,
      departmentId: id.nullable(),
      profileId: id,
      language: language.optional(),
    }),
    response: user,
    status: 201,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/users/:id',
    summary: 'Change, move, disable or enable a user; disabling ends their sessions',
    tag,
    params: idParams,
    body: z.strictObject({
      name: text(200).optional(),
      email: emailAddress.optional(),
      branchId: id.optional(),
      departmentId: id.nullable().optional(),
      profileId: id.optional(),
      language: language.optional(),
      active: flag.optional(),
      version,
    }),
    response: user,
  }),
  resetPassword: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/users/:id/password',
    summary: 'Give a user a new password; all their sessions end',
    tag,
    params: idParams,
    body: z.strictObject({ newPassword: password }),
  }),
}
