import { contactChannels } from '@cartera/domain/notices/contact-policy'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { flag, id, idParams, instant, page, pageQuery, reference, text } from './shapes.ts'

const tag = 'Contact attempts'
const channel = z.enum(contactChannels)

export const contactAttempt = z.strictObject({
  id,
  channel,
  at: instant,
  /** What came of it; null for a notice. */
  outcome: z.string().max(1000).nullable(),
  /** Null: the system, by a notice. */
  recordedBy: reference.nullable(),
  /** The notice that was the contact. */
  noticeId: id.nullable(),
})

export const contactAttemptEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/contact-attempts',
    summary: 'Calls, messages, visits, letters and sent notices to a customer within the caller’s scope, the newest first',
    tag,
    params: idParams,
    query: pageQuery(['-at', 'at']).extend({ channel: channel.optional() }),
    response: page(contactAttempt),
  }),
  record: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/contact-attempts',
    summary: 'Note that a customer was called, written to or visited: the contact policy counts it, and never forbids noting it',
    tag,
    params: idParams,
    body: z.strictObject({ channel: z.enum(['call', 'message', 'visit', 'letter']), at: instant, outcome: text(1000) }),
    response: contactAttempt,
    status: 201,
  }),
  check: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/contact-check',
    summary:
      'Whether the contact policy would let the customer be contacted by a channel at an instant (a call, now, unless told)',
    tag,
    params: idParams,
    query: z.strictObject({ channel: channel.optional().meta({ description: 'call unless told' }), at: instant.optional() }),
    response: z.strictObject({
      /** False: the company has no contact policy. */
      policy: flag,
      allowed: flag,
      reason: z.enum(['outside-hours', 'too-soon', 'contact-limit']).nullable(),
      limit: z.int().min(0).max(1_000_000).nullable(),
      per: z.enum(['day', 'week', 'hours', 'channel']).nullable(),
      /** From when on it would be allowed; null where it is now, or never. */
      until: instant.nullable(),
    }),
  }),
}
