import { isIP } from 'node:net'
import type { mailAccounts } from '@cartera/db/schema/organisation'
import { Refusal } from '@cartera/domain/refusal'
import nodemailer, { type SMTPSentMessageInfo, type SMTPTransportOptions, type Transporter } from 'nodemailer'
import XOAuth2 from 'nodemailer/lib/xoauth2'
import type { AppContext } from '../app-context.ts'
import { accessTokenOf } from './access-token.ts'
import { resolveMailHost } from './mail-host.ts'

export type MailAccount = typeof mailAccounts.$inferSelect

interface PasswordLogin {
  user: string
  pass: string
}

/** For a transport the type and the token say it all; a bare SMTPConnection asks the object for what to send. */
interface TokenLogin {
  type: 'OAuth2'
  method: 'XOAUTH2'
  user: string
  accessToken: string
  oauth2: XOAuth2
}

/** What nodemailer (transport or SMTPConnection) is opened with: the pinned address, TLS by the name, the credentials. */
export interface SmtpOptions {
  host: string
  port: number
  secure: boolean
  ignoreTLS: boolean
  requireTLS: boolean
  /** `servername` is what the certificate is checked against, since `host` is an address. */
  tls: { minVersion: 'TLSv1.2'; servername?: string }
  auth?: PasswordLogin | TokenLogin
  /** All in milliseconds. A sender of many may allow more after the final dot. */
  connectionTimeout: number
  greetingTimeout: number
  socketTimeout: number
  disableFileAccess: true
  disableUrlAccess: true
}

const timeoutMs = 10_000

/**
 * How to connect to an account's server. The host is resolved here and the address pinned. Refuses `mail-host-private`,
 * `mail-server-unreachable` (unknown name), `mail-password-unreadable` (the stored password's key is gone), and for OAuth2 as `accessTokenOf`.
 */
export async function smtpOptionsOf(ctx: AppContext, account: MailAccount): Promise<SmtpOptions> {
  const host = await resolveMailHost(account.host, ctx.settings.allowPrivateMailHosts)
  const auth = await loginOf(ctx, account)
  return {
    host,
    port: account.port,
    secure: account.security === 'tls',
    ignoreTLS: account.security === 'none',
    requireTLS: account.security === 'starttls',
    // An address is no server name; without one the certificate is checked against the address.
    tls: { minVersion: 'TLSv1.2', ...(isIP(account.host) === 0 ? { servername: account.host } : {}) },
    ...(auth === null ? {} : { auth }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

async function loginOf(ctx: AppContext, account: MailAccount): Promise<PasswordLogin | TokenLogin | null> {
  if (account.authMethod === 'oauth2') return tokenLogin(account.username ?? account.address, await accessTokenOf(ctx, account))
  const pass = passwordOf(ctx, account)
  return account.username === null ? null : { user: account.username, pass: pass ?? '' }
}

/** The stored password, or null where there is none. Refuses `mail-password-unreadable`. */
export function passwordOf(ctx: AppContext, account: MailAccount): string | null {
  const password = account.passwordEncrypted === null ? null : ctx.secrets.decrypt(account.passwordEncrypted)
  if (account.passwordEncrypted !== null && password === null)
    throw new Refusal('mail-password-unreadable', { field: 'password' })
  return password
}

function tokenLogin(user: string, accessToken: string): TokenLogin {
  return {
    type: 'OAuth2',
    method: 'XOAUTH2',
    user,
    accessToken,
    // Without a refresh token it asks nobody: tokens come from accessTokenOf alone.
    oauth2: new XOAuth2({ user, accessToken }),
  }
}

/** A transport for one account, not connected yet; the caller closes it. Refuses as `smtpOptionsOf` does. */
export async function openMailTransport(
  ctx: AppContext,
  account: MailAccount,
): Promise<Transporter<SMTPSentMessageInfo, SMTPTransportOptions>> {
  return nodemailer.createTransport(await smtpOptionsOf(ctx, account))
}

interface SmtpError {
  code?: unknown
  responseCode?: unknown
  response?: unknown
  message?: unknown
}

/** What a server (or the way to it) said, fit to be shown and stored: one line, at most 200 characters, without the password. */
export function serverAnswerOf(error: unknown, password: string | null = null): string {
  const { response, message, code } = error as SmtpError
  let answer = String(response ?? message ?? code ?? error)
  if (password !== null && password !== '')
    for (const secret of [password, Buffer.from(password).toString('base64')]) answer = answer.replaceAll(secret, '***')
  answer = answer
    .replace(/[\p{C}\s]+/gu, ' ')
    .replace(/[<>]/g, '')
    .trim()
  return answer.length > 200 ? `${answer.slice(0, 199)}…` : answer
}

/**
 * Why a server said no, as a refusal: `mail-account-refused` for the credentials, `mail-message-refused` for the sender or the
 * message, `mail-server-unreachable` for everything on the way there.
 */
export function mailRefusalOf(error: unknown, password: string | null = null): Refusal {
  if (error instanceof Refusal) return error
  const { code, responseCode } = error as SmtpError
  const params = { response: serverAnswerOf(error, password) }
  if (code === 'EAUTH' || responseCode === 535 || responseCode === 530)
    return new Refusal('mail-account-refused', { field: 'password', params })
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return new Refusal('mail-message-refused', { params })
  return new Refusal('mail-server-unreachable', { field: 'host', params })
}
