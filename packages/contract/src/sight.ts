import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { id, reference } from './shapes.ts'

/** The kinds of records of which it is told why somebody sees them. */
const sightEntity = z.enum([
  'case',
  'contact',
  'contact-attempt',
  'customer',
  'document',
  'file',
  'follow-up',
  'interaction',
  'interest',
  'note',
  'notice',
  'opportunity',
  'payment',
  'payment-claim',
  'promise',
  'quote',
  'receivable',
  'renewal',
])

export type SightEntity = z.output<typeof sightEntity>

const rule = z.enum(['own', 'department', 'branch', 'company'])
const place = { branch: reference, department: reference.nullable() }

export const sightEndpoints = {
  explain: defineEndpoint({
    method: 'GET',
    url: '/api/v1/sight',
    summary: 'Why the viewer sees a record: the rule that shows it, and, for who sees more than their own, who else does',
    tag: 'Access',
    query: z.strictObject({ entity: sightEntity, id }),
    response: z.strictObject({
      /** The rule over whose it is; null for what belongs to the customer alone. */
      record: z
        .strictObject({
          rule,
          as: z.enum(['author', 'owner', 'recorder', 'collections-agent', 'administrator']),
          /** Whose it is, and where that person stands now; null where nobody is there. */
          owner: z.strictObject({ id, name: z.string().max(300), ...place }).nullable(),
        })
        .nullable(),
      customer: z.strictObject({
        rule,
        agents: z
          .array(z.strictObject({ id, name: z.string().max(300), as: z.enum(['preferred', 'collections']), ...place }))
          .max(2),
      }),
      others: z
        .strictObject({
          count: z.int().min(0).max(1_000_000),
          /** The first of them: those of the widest level first, then by name. */
          items: z
            .array(
              z.strictObject({
                id,
                name: z.string().max(300),
                level: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
                rule: rule.nullable(),
                customerRule: rule,
                ...place,
              }),
            )
            .max(200),
        })
        .nullable(),
    }),
  }),
}
