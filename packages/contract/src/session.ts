import { permissions } from '@cartera/domain/access/permissions'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { currency, day, emailAddress, flag, id, instant, language, reference, text } from './shapes.ts'

const tag = 'Session'
const password = z.string().min(1).max(200)
const signedIn = z.strictObject({ accessToken: z.string().max(2000), expiresAt: instant })

export const sessionEndpoints = {
  setUpState: defineEndpoint({
    method: 'GET',
    url: '/api/v1/set-up',
    summary: 'Whether the first administrator is still to be created',
    tag,
    access: 'public',
    response: z.strictObject({ needed: flag }),
  }),
  setUp: defineEndpoint({
    method: 'POST',
    url: '/api/v1/set-up',
    summary: 'Create the company and its first administrator; once',
    tag,
    access: 'public',
    body: z.strictObject({
      company: z.strictObject({ name: text(200), timeZone: text(60), currency, language }),
      administrator: z.strictObject({ name: text(200), email: emailAddress, password }),
    }),
    response: signedIn,
    status: 201,
  }),
  signIn: defineEndpoint({
    method: 'POST',
    url: '/api/v1/session',
    summary: 'Sign in: an access token, and the refresh cookie',
    tag,
    access: 'public',
    body: z.strictObject({ email: z.string().min(1).max(254), password }),
    response: signedIn,
  }),
  refresh: defineEndpoint({
    method: 'POST',
    url: '/api/v1/session/refreshes',
    summary: 'A new access token for the refresh cookie, which is rotated',
    tag,
    access: 'public',
    cookie: true,
    response: signedIn,
  }),
  signOut: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/session',
    summary: 'Sign out: the session and all its refresh tokens end',
    tag,
    access: 'public',
    cookie: true,
  }),
  me: defineEndpoint({
    method: 'GET',
    url: '/api/v1/me',
    summary: 'Who is signed in, and what they may do',
    tag,
    response: z.strictObject({
      id,
      name: z.string().max(200),
      email: z.string().max(254),
      language,
      remindByMail: flag,
      level: z.int().min(1).max(4),
      branch: reference,
      department: reference.nullable(),
      profile: reference,
      permissions: z.array(z.enum(permissions)).max(permissions.length),
      company: z.strictObject({
        name: z.string().max(200),
        timeZone: z.string().max(60),
        currency,
        locale: z.string().max(20),
        today: day,
      }),
    }),
  }),
  changeMe: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/me',
    summary: 'Change my own name, language and reminders',
    tag: 'My account',
    body: z.strictObject({ name: text(200).optional(), language: language.optional(), remindByMail: flag.optional() }),
  }),
  changePassword: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/me/password',
    summary: 'Change my password; all my other sessions end',
    tag: 'My account',
    body: z.strictObject({ currentPassword: password, newPassword: password }),
  }),
}
