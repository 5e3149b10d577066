import { disputeCategories } from '@cartera/domain/receivables/dispute'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { day, id, idParams, instant, reference, text } from './shapes.ts'

const tag = 'Receivables'

export const disputeCategory = z.enum(disputeCategories)

const extensions = z.strictObject({
  items: z
    .array(
      z.strictObject({
        number: z.int().min(1).max(1_000_000),
        fromDueOn: day,
        toDueOn: day,
        reason: z.string().max(500),
        grantedBy: reference.nullable(),
        grantedAt: instant,
      }),
    )
    .max(200),
})

const disputes = z.strictObject({
  items: z
    .array(
      z.strictObject({
        id,
        category: disputeCategory,
        reason: z.string().max(500),
        openedAt: instant,
        openedBy: reference.nullable(),
        result: z.enum(['valid', 'not-valid']).nullable(),
        resolution: z.string().max(1000).nullable(),
        endedAt: instant.nullable(),
        endedBy: reference.nullable(),
      }),
    )
    .max(200),
})

/** What happened to a receivable besides payments: extensions of its due date, and disputes. */
export const receivableFactEndpoints = {
  extensions: defineEndpoint({
    method: 'GET',
    url: '/api/v1/receivables/:id/extensions',
    summary: 'The extensions of a receivable’s due date',
    tag,
    params: idParams,
    response: extensions,
  }),
  extend: defineEndpoint({
    method: 'POST',
    url: '/api/v1/receivables/:id/extensions',
    summary: 'Grant a later due date, with a reason: notices count anew from it',
    tag,
    params: idParams,
    body: z.strictObject({ dueOn: day, reason: text(500) }),
    response: extensions,
    status: 201,
  }),
  disputes: defineEndpoint({
    method: 'GET',
    url: '/api/v1/receivables/:id/disputes',
    summary: 'The disputes of a receivable, the newest first',
    tag,
    params: idParams,
    response: disputes,
  }),
  resolveDispute: defineEndpoint({
    method: 'POST',
    url: '/api/v1/receivables/:id/dispute/resolutions',
    summary: 'Resolve a dispute: valid pauses the notices until the credit note, not valid lets them go on',
    tag,
    params: idParams,
    body: z.strictObject({ result: z.enum(['valid', 'not-valid']), resolution: text(1000) }),
    response: disputes,
    status: 201,
  }),
}
