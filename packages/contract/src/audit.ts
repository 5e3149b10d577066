import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { day, id, instant, page, pageQuery, reference } from './shapes.ts'

const tag = 'Audit'
const value = z.string().max(2000).nullable()

export const auditEntry = z.strictObject({
  id,
  at: instant,
  /** Null where the system itself acted (worker, command line). */
  actor: reference.nullable(),
  action: z.string().max(50),
  entity: z.string().max(50),
  entityId: z.string().max(200),
  /** Each field as text before and after; facts of an action have only an after. */
  changes: z.array(z.strictObject({ field: z.string().max(200), before: value, after: value })).max(200),
  address: z.string().max(100).nullable(),
})

export const auditEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/audit',
    summary: 'Who wrote what, when, from where; for level 1',
    tag,
    query: pageQuery(['-at', 'at'])
      .omit({ q: true })
      .extend({
        entity: z.string().min(1).max(50).optional(),
        entityId: z.string().min(1).max(200).optional(),
        action: z.string().min(1).max(50).optional(),
        actor: id.optional().meta({ description: 'The user who acted' }),
        from: day.optional().meta({ description: 'First day, on the company’s calendar' }),
        to: day.optional().meta({ description: 'Last day, on the company’s calendar' }),
      }),
    response: page(auditEntry),
  }),
}
