import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { emailAddress, flag, idParams, instant, optionalText, page, pageQuery, reference, text } from './shapes.ts'

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

const dailyCap = z.int().min(1).max(100_000)
const folder = z.string().max(200)
const tokenUrl = z.string().max(500)
const secretText = z.string().max(4000)
const authMethod = z.enum(['password', 'oauth2'])
const state = z.enum(['unverified', 'verified', 'paused'])

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
      authMethod,
      oauth: z.strictObject({
        tokenUrl: tokenUrl.nullable(),
        clientId: z.string().max(500).nullable(),
        hasClientSecret: flag,
        hasRefreshToken: flag,
      }),
      dailyCap: dailyCap.nullable(),
      /** Where bounces and replies are read; null: they are not. */
      imap: z
        .strictObject({
          host: z.string().max(253),
          port,
          security,
          folder: folder.nullable(),
          readAt: instant.nullable(),
          error: z.string().max(500).nullable(),
          /** The server refused user or password: not tried again until the account is saved or verified. */
          stopped: flag,
        })
        .nullable(),
      state,
      /** A verification mail was sent and its code is still to be typed. */
      handshakeSentAt: instant.nullable(),
      pausedByPerson: flag,
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
      authMethod: authMethod.optional(),
      oauth: z
        .strictObject({
          tokenUrl: text(500),
          clientId: text(500),
          clientSecret: secretText.nullable().optional(),
          refreshToken: secretText.nullable().optional(),
        })
        .optional()
        .meta({ description: 'For OAuth2. Secrets that are left out stay (if the servers do).' }),
      dailyCap: dailyCap.nullable().optional().meta({ description: 'Most notices a day; null is no limit' }),
      imap: z
        .strictObject({ host, port, security, folder: optionalText(200) })
        .nullable()
        .optional()
        .meta({ description: 'Where bounces and replies are read; null: they are not. Tried before it is stored.' }),
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
    summary: 'Connect, sign in and mail my own address a code; an account that was proven before is usable at once',
    tag,
    response: mailAccount,
    status: 201,
  }),
  confirm: defineEndpoint({
    method: 'POST',
    url: '/api/v1/me/mail-account/confirmations',
    summary: 'Give the code of the verification mail; makes the account usable',
    tag,
    body: z.strictObject({
      code: z
        .string()
        .regex(/^\d{6}$/)
        .max(6),
    }),
    response: mailAccount,
    status: 201,
  }),
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/mail-accounts',
    summary: 'The mail accounts of all who send notices, with their state (needs company-settings)',
    tag: 'Mail accounts',
    query: pageQuery(['name', '-name']).extend({ state: z.enum(['missing', 'unverified', 'verified', 'paused']).optional() }),
    response: page(
      z.strictObject({
        user: reference,
        active: flag,
        /** Stands in for customers without a collections agent. */
        administrator: flag,
        /** Customers whose collections agent this is. */
        customers: z.int().min(0).max(10_000_000),
        /** Null where the person has none. */
        account: z
          .strictObject({
            address: z.string().max(254),
            host: z.string().max(253),
            state,
            verifiedAt: instant.nullable(),
            lastError: z.string().max(500).nullable(),
            pausedByPerson: flag,
            dailyCap: dailyCap.nullable(),
            /** Notices that left from it today, by the company's calendar. */
            sentToday: z.int().min(0).max(10_000_000),
            reading: z
              .strictObject({ readAt: instant.nullable(), error: z.string().max(500).nullable(), stopped: flag })
              .nullable(),
          })
          .nullable(),
      }),
    ),
  }),
  pause: defineEndpoint({
    method: 'POST',
    url: '/api/v1/mail-accounts/:id/pauses',
    summary: 'Nothing leaves from the account of this user until it is resumed (needs company-settings)',
    tag: 'Mail accounts',
    params: idParams,
  }),
  resume: defineEndpoint({
    method: 'POST',
    url: '/api/v1/mail-accounts/:id/resumptions',
    summary: 'The account of this user sends again, if it is verified (needs company-settings)',
    tag: 'Mail accounts',
    params: idParams,
  }),
}
