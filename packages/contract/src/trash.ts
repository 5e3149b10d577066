import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { day, id, instant, page, pageQuery, reference } from './shapes.ts'

const tag = 'Trash'
const kind = z.enum(['customer', 'contact', 'note', 'interaction', 'case', 'file', 'interest', 'renewal', 'opportunity', 'quote'])

export type TrashKind = z.output<typeof kind>

export const trashEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/trash',
    summary: 'What was deleted and can be restored, the last deleted first; what a deleted customer had comes with the customer',
    tag,
    query: pageQuery(['-deletedAt']).extend({
      kind: kind.optional(),
      customerId: id.optional(),
      deletedBy: id.optional(),
      from: day.optional().meta({ description: 'First day of deletion' }),
      to: day.optional(),
    }),
    response: page(
      z.strictObject({
        id,
        kind,
        /** A name, subject or topic; the beginning of a note. */
        title: z.string().max(300),
        customer: reference.extend({ code: z.string().max(60) }),
        deletedAt: instant,
        /** Null where nobody did it by hand. */
        deletedBy: reference.nullable(),
      }),
    ),
  }),
  restore: defineEndpoint({
    method: 'POST',
    url: '/api/v1/trash/:kind/:id/restorations',
    summary: 'Restore a deleted record, for level 1; refused where something took its place',
    tag,
    params: z.strictObject({ kind, id }),
    response: z.strictObject({ kind, id, customerId: id }),
    status: 201,
  }),
}
