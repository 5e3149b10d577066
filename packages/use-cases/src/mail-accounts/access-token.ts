import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { isIP } from 'node:net'
import { mailAccounts } from '@cartera/db/schema/organisation'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { resolveMailHost } from './mail-host.ts'
import type { MailAccount } from './open-transport.ts'

const timeoutMs = 10_000
const longestAnswer = 65_536
/** A token is asked for anew so long before it ends. */
const spareMs = 60_000

const kept = new Map<string, { token: string; until: number }>()
const mostKept = 1000

/**
 * An access token for a mail account with OAuth2, from its token URL with the refresh token (RFC 6749 section 6); kept until shortly before it
 * ends. The host is resolved once and its address pinned, no redirect is followed, the answer is small and in time, and nothing of it is
 * shown but the error's code word. Refuses `mail-host-private`, `mail-server-unreachable`, `mail-account-refused`,
 * `mail-password-unreadable`, each at its field.
 */
export async function accessTokenOf(ctx: AppContext, account: MailAccount): Promise<string> {
  const key = `${account.userId} ${account.version} ${account.oauthRefreshTokenEncrypted}`
  const now = ctx.now().getTime()
  const known = kept.get(key)
  if (known && known.until > now) return known.token
  const answer = await askForToken(ctx, account)
  if (kept.size >= mostKept) kept.clear()
  if (answer.expiresInMs > spareMs) kept.set(key, { token: answer.token, until: now + answer.expiresInMs - spareMs })
  if (answer.refreshToken !== null)
    // Some servers hand out a new one with each use; the version stays, since it is the same account.
    await ctx.db
      .update(mailAccounts)
      .set({ oauthRefreshTokenEncrypted: ctx.secrets.encrypt(answer.refreshToken) })
      .where(and(eq(mailAccounts.userId, account.userId), eq(mailAccounts.version, account.version)))
  return answer.token
}

/** What the server does not take any more is not kept. */
export function forgetAccessToken(account: Pick<MailAccount, 'userId'>): void {
  for (const key of kept.keys()) if (key.startsWith(`${account.userId} `)) kept.delete(key)
}

const refuse = (code: 'mail-server-unreachable' | 'mail-account-refused', field: string, response: string) =>
  new Refusal(code, { field, params: { response } })

async function askForToken(ctx: AppContext, account: MailAccount) {
  const { allowPrivateMailHosts } = ctx.settings
  const url = URL.canParse(account.oauthTokenUrl ?? '') ? new URL(account.oauthTokenUrl ?? '') : null
  // In the clear only where the operator allows servers inside.
  if (!url || (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowPrivateMailHosts)))
    throw new Refusal('mail-token-url-invalid', { field: 'oauthTokenUrl' })
  const secret = account.oauthClientSecretEncrypted === null ? null : ctx.secrets.decrypt(account.oauthClientSecretEncrypted)
  const refreshToken =
    account.oauthRefreshTokenEncrypted === null ? null : ctx.secrets.decrypt(account.oauthRefreshTokenEncrypted)
  if (refreshToken === null || (account.oauthClientSecretEncrypted !== null && secret === null))
    throw new Refusal('mail-password-unreadable', { field: 'oauthRefreshToken' })
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const address = await resolveMailHost(host, allowPrivateMailHosts).catch((error: unknown) => {
    throw error instanceof Refusal ? new Refusal(error.code, { field: 'oauthTokenUrl', params: error.params }) : error
  })
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: account.oauthClientId ?? '',
    ...(secret === null ? {} : { client_secret: secret }),
  }).toString()
  const { status, text } = await post(url, host, address, body)
  let answer: Record<string, unknown> = {}
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null) answer = parsed as Record<string, unknown>
  } catch {
    // Whatever it is, it is no token.
  }
  const { access_token: token, expires_in: expiresIn, refresh_token: nextRefresh, error } = answer
  if (status === 200 && typeof token === 'string' && /^[\x21-\x7e]{1,8192}$/.test(token))
    return {
      token,
      expiresInMs: typeof expiresIn === 'number' && expiresIn > 0 ? Math.min(expiresIn, 86_400) * 1000 : 300_000,
      refreshToken:
        typeof nextRefresh === 'string' && nextRefresh !== refreshToken && /^[\x21-\x7e]{1,8192}$/.test(nextRefresh)
          ? nextRefresh
          : null,
    }
  // 400 and 401 are about the credentials, all else about the server.
  const word = typeof error === 'string' && /^[a-z_]{1,60}$/.test(error) ? error : `HTTP ${status}`
  if (status === 400 || status === 401) throw refuse('mail-account-refused', 'oauthRefreshToken', word)
  throw refuse('mail-server-unreachable', 'oauthTokenUrl', word)
}

/** Posts a form to the pinned address; the certificate is checked against the name. */
function post(url: URL, host: string, address: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const unreachable = (response: string) => reject(refuse('mail-server-unreachable', 'oauthTokenUrl', response))
    const secure = url.protocol === 'https:'
    const request = (secure ? secureRequest : plainRequest)(
      {
        host: address,
        ...(secure && isIP(host) === 0 ? { servername: host } : {}),
        port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
        path: `${url.pathname}${url.search}`,
        method: 'POST',
        agent: false,
        headers: {
          host: url.host,
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(body),
        },
        // For all of it: a server that drips bytes must not hold anybody.
        signal: AbortSignal.timeout(timeoutMs),
      },
      (answer) => {
        const chunks: Buffer[] = []
        let size = 0
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > longestAnswer) {
            request.destroy()
            return unreachable('answer too long')
          }
          chunks.push(chunk)
        })
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
        answer.once('error', () => unreachable('connection lost'))
      },
    )
    request.once('error', (error: NodeJS.ErrnoException) =>
      unreachable(error.name === 'TimeoutError' || error.name === 'AbortError' ? 'timeout' : (error.code ?? 'connection lost')),
    )
    request.end(body)
  })
}
