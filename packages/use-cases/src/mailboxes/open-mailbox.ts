import { isIP } from 'node:net'
import { Refusal } from '@cartera/domain/refusal'
import { type AuthenticationFailure, ImapFlow } from 'imapflow'
import type { AppContext } from '../app-context.ts'
import { accessTokenOf, forgetAccessToken } from '../mail-accounts/access-token.ts'
import { resolveMailHost } from '../mail-accounts/mail-host.ts'
import { type MailAccount, passwordOf, serverAnswerOf } from '../mail-accounts/open-transport.ts'

const connectMs = 10_000
const silenceMs = 30_000

/** Whether the account's mailbox is read. */
export const readsMailbox = (account: Pick<MailAccount, 'imapHost'>): boolean => account.imapHost !== null

/**
 * Connects to an account's IMAP server and signs in; the caller closes it. As for SMTP the host is resolved once and its address pinned. What a
 * server may send at once is limited. Refuses `mail-host-private`, `mail-server-unreachable`, `mail-username-needed`,
 * `mail-account-refused`, `mail-password-unreadable`, each at its field.
 */
export async function openMailbox(ctx: AppContext, account: MailAccount): Promise<ImapFlow> {
  const host = account.imapHost ?? ''
  const address = await resolveMailHost(host, ctx.settings.allowPrivateMailHosts).catch((error: unknown) => {
    throw error instanceof Refusal ? new Refusal(error.code, { field: 'imapHost', params: error.params }) : error
  })
  const token = account.authMethod === 'oauth2'
  const user = account.username ?? (token ? account.address : null)
  const password = token ? null : passwordOf(ctx, account)
  if (user === null || (!token && password === null)) throw new Refusal('mail-username-needed', { field: 'username' })
  const client = new ImapFlow({
    host: address,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    port: account.imapPort ?? 993,
    secure: account.imapSecurity === 'tls',
    doSTARTTLS: account.imapSecurity === 'starttls',
    tls: { minVersion: 'TLSv1.2' },
    auth: token ? { user, accessToken: await accessTokenOf(ctx, account) } : { user, pass: password ?? '' },
    logger: false,
    clientInfo: { name: 'Cartera' },
    disableAutoIdle: true,
    disableCompression: true,
    disableAutoEnable: true,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: silenceMs,
    maxLineLength: 4_194_304,
    maxLiteralSize: 1_048_576,
    maxResponseSize: 8_388_608,
  })
  // What breaks between two commands is told by the next one.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    client.close()
    if (token) forgetAccessToken(account)
    throw mailboxRefusalOf(error, password)
  }
}

/** Why a mailbox cannot be read, as a refusal at its field. */
export function mailboxRefusalOf(error: unknown, password: string | null = null): Refusal {
  if (error instanceof Refusal) return error
  const failure = error as Partial<AuthenticationFailure> & { response?: unknown; message?: string; code?: string }
  const response = serverAnswerOf(
    typeof failure.response === 'string' && failure.response !== '' ? failure : { message: failure.message ?? failure.code },
    password,
  )
  if (failure.authenticationFailed) return new Refusal('mail-account-refused', { field: 'password', params: { response } })
  return new Refusal('mail-server-unreachable', { field: 'imapHost', params: { response } })
}

/** Opens the folder that is read, without the right to change anything in it. Refuses `mail-folder-missing`, and as `mailboxRefusalOf`. */
export async function openFolder(client: ImapFlow, account: MailAccount): Promise<{ uidValidity: string; uidNext: number }> {
  const folder = account.imapFolder ?? 'INBOX'
  try {
    const opened = await client.mailboxOpen(folder, { readOnly: true })
    return { uidValidity: String(opened.uidValidity), uidNext: opened.uidNext }
  } catch (error) {
    if (client.usable) throw new Refusal('mail-folder-missing', { field: 'imapFolder', params: { response: folder } })
    throw mailboxRefusalOf(error)
  }
}

/** Signs in and opens the folder, to try what was typed. Refuses as the two do. */
export async function tryMailbox(ctx: AppContext, account: MailAccount): Promise<void> {
  const client = await openMailbox(ctx, account)
  try {
    await openFolder(client, account)
  } finally {
    await closeMailbox(client)
  }
}

/** Ends the connection, politely where it still answers. */
export async function closeMailbox(client: ImapFlow): Promise<void> {
  const timer = setTimeout(() => client.close(), 3000)
  await client.logout().catch(() => undefined)
  clearTimeout(timer)
  client.close()
}
