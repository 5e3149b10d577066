import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { emailAddress, flag, instant, optionalText, text } from './shapes.ts'

const tag = 'My account'
const port = z.int().min(1).max(65_535)
const security = z
  .enum(['tls', 'starttls', 'none'])
  .meta({ description: 'tls from the first byte (465), starttls (587), or none for a relay inside one’s own network' })
const host = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9.:_-]+$/)
  .meta({ description: 'Name or address of the SMTP server', example: 'smtp.example.com' })

export const mailAccount = z.strictObject({
  account: z
    .strictObject({
      address: z.string().max(254),
      displayName: z.string().max(200),
      host: z.string().max(253),
      port,
      security,
      username: z.string().max(254).nullable(),
      hasPassword: flag,
      state: z.enum(['unverified', 'verified', 'paused']),
      verifiedAt: instant.nullable(),
      lastError: z.string().max(500).nullable(),
    })
    .nullable(),
  /** Where the demonstration's inbox listens; null elsewhere. */
  suggested: z.strictObject({ host: z.string().max(253), port, security }).nullable(),
})

export const mailAccountEndpoints = {
  find: defineEndpoint({
    method: 'GET',
    url: '/api/v1/me/mail-account',
    summary: 'My mail account, from which my customers’ notices leave; its password is never shown',
    tag,
    response: mailAccount,
  }),
  put: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/me/mail-account',
    summary: 'Define my mail account; it must then be verified',
    tag,
    body: z.strictObject({
      address: emailAddress,
      displayName: text(200),
      host,
      port,
      security,
      username: optionalText(254),
      password: z
        .string()
        .max(500)
        .nullable()
        .optional()
        .meta({ description: 'Left out: the stored one stays (if server and user do). Null: none.' }),
    }),
    response: mailAccount,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/me/mail-account',
    summary: 'Remove my mail account',
    tag,
  }),
  verify: defineEndpoint({
    method: 'POST',
    url: '/api/v1/me/mail-account/verifications',
    summary: 'Connect, sign in and send a mail to my own address; makes the account usable',
    tag,
    response: mailAccount,
    status: 201,
  }),
}
