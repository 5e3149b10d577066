import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { id, instant, reference } from './shapes.ts'

/**
 * The kinds of records whose changes are told of. Each one has its rule of visibility in use-cases/live/visible-changes.ts, without
 * which this does not compile there.
 */
const liveEntity = z.enum([
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
  'notice-receivable-settings',
  'notice-settings',
  'opportunity',
  'payment',
  'payment-claim',
  'promise',
  'quote',
  'receivable',
  'renewal',
  'reminder',
])

/** That a record changed, and nothing of what stands in it: the reader asks for that where they always do. */
const liveChange = z.strictObject({ entity: liveEntity, id, action: z.string().max(40) })

export type LiveEntity = z.output<typeof liveEntity>
export type LiveChange = z.output<typeof liveChange>

export const liveEndpoints = {
  events: defineEndpoint({
    method: 'GET',
    url: '/api/v1/events',
    summary:
      'Server-sent events while the connection stands: ready (from now on nothing is missed), changes ({ items: [{ entity, id, action }] }, those in the viewer’s reach), refresh (something may have been missed: ask for everything again)',
    tag: 'Live',
    stream: true,
  }),
  recordChanges: defineEndpoint({
    method: 'GET',
    url: '/api/v1/record-changes',
    summary: 'Who changed a record last, and what: for whom it changed under their hands',
    tag: 'Live',
    query: z.strictObject({ entity: liveEntity, id }),
    response: z.strictObject({
      items: z
        .array(
          z.strictObject({
            id,
            at: instant,
            actor: reference.nullable(),
            action: z.string().max(40),
            changes: z
              .array(
                z.strictObject({
                  field: z.string().max(60),
                  before: z.string().max(500).nullable(),
                  after: z.string().max(500).nullable(),
                }),
              )
              .max(30),
          }),
        )
        .max(10),
    }),
  }),
}
