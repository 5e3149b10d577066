import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { flag, id, idParams, page, pageQuery, text, version } from './shapes.ts'

const tag = 'Departments'
export const department = z.strictObject({
  id,
  code: z.string().max(20),
  name: z.string().max(100),
  active: flag,
  userCount: z.int().min(0).max(1_000_000),
  version,
})

export const departmentEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/departments',
    summary: 'The departments of the company',
    tag,
    query: pageQuery(['name', '-name', 'code', '-code']).extend({ active: z.enum(['true', 'false']).optional() }),
    response: page(department),
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/departments',
    summary: 'Add a department',
    tag,
    body: z.strictObject({ code: text(20), name: text(100) }),
    response: department,
    status: 201,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/departments/:id',
    summary: 'Rename a department, or switch it off and on',
    tag,
    params: idParams,
    body: z.strictObject({ code: text(20).optional(), name: text(100).optional(), active: flag.optional(), version }),
    response: department,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/departments/:id',
    summary: 'Delete a department that nobody uses',
    tag,
    params: idParams,
  }),
}
