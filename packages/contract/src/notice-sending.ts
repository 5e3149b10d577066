import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { flag, id, instant } from './shapes.ts'

const tag = 'Notices'
const epoch = z.string().min(1).max(200)

export const noticeSending = z.strictObject({
  /** Whether some worker that was heard of lately may send. */
  sending: flag,
  /** The machine that the database was told of; null before the first start of a worker. */
  epoch: epoch.nullable(),
  confirmedAt: instant.nullable(),
  /** Workers that were heard of in the last two minutes. */
  workers: z
    .array(
      z.strictObject({
        id,
        host: z.string().max(300),
        epoch: epoch.nullable(),
        state: z.enum(['sending', 'blocked']),
        reason: z.enum(['epoch-mismatch', 'epoch-missing', 'database-restored', 'journal-unwritable']).nullable(),
        detail: z.string().max(2000).nullable(),
        seenAt: instant,
      }),
    )
    .max(100),
})

export const noticeSendingEndpoints = {
  find: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notice-sending',
    summary: 'Which machines send notices, and which must not and why',
    tag,
    response: noticeSending,
  }),
  confirm: defineEndpoint({
    method: 'POST',
    url: '/api/v1/notice-sending/confirmations',
    summary: 'This machine sends from now on, and no other: after restoring a backup or moving to another machine',
    tag,
    body: z.strictObject({ epoch }),
    response: noticeSending,
  }),
}
