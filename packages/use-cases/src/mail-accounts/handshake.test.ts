import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { auditLog } from '@cartera/db/schema/audit'
import { mailAccounts } from '@cartera/db/schema/organisation'
import { aCompany, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { eq } from 'drizzle-orm'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { readMailbox } from '../mailboxes/read-mailboxes.ts'
import { SmtpSession } from '../notices/smtp-session.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { testMailServer } from '../testing/test-mail-server.ts'
import { testMailbox } from '../testing/test-mailbox.ts'
import { accessTokenOf } from './access-token.ts'
import { listMailAccounts, pauseMailAccount, resumeMailAccount } from './all-mail-accounts.ts'
import { confirmHandshake, startHandshake } from './handshake.ts'
import {
  findMyMailAccount,
  type MailAccountInput,
  putMailAccount,
  removeMailAccount,
  verifyMailAccount,
} from './my-mail-account.ts'
import { smtpOptionsOf } from './open-transport.ts'

const database = testDatabase()
const ctx = testContext(database)
const smtp = testMailServer()
const mailbox = testMailbox()

/** A token server of an OAuth2 provider. */
const tokens: { requests: string[]; answer: (request: IncomingMessage, response: ServerResponse) => void } = {
  requests: [],
  answer: (_request, response) => void response.end(),
}
const tokenServer = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString()
  })
  request.on('end', () => {
    tokens.requests.push(body)
    tokens.answer(request, response)
  })
})
const say =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
const tokenUrl = () => `http://127.0.0.1:${(tokenServer.address() as AddressInfo).port}/token`

beforeAll(async () => {
  await aCompany(database.db)
  await new Promise<void>((resolve) => tokenServer.listen(0, '127.0.0.1', resolve))
})
afterAll(() => new Promise<void>((resolve) => void tokenServer.close(() => resolve())))
beforeEach(() => {
  ctx.at('2026-03-02T15:00:00Z')
  tokens.requests.length = 0
  tokens.answer = say(200, { access_token: 'at-1', expires_in: 3600 })
})

const person = async () => (await findViewerByUser(ctx, (await aUser(database.db)).id)) as Viewer
const input = (over: Partial<MailAccountInput> = {}): MailAccountInput => ({
  address: 'ana@empresa.test',
  displayName: 'Ana',
  host: '127.0.0.1',
  port: smtp.port,
  security: 'none',
  username: 'ana',
  password: 'clave',
  ...over,
})
const imap = (over: Partial<NonNullable<MailAccountInput['imap']>> = {}) => ({
  host: '127.0.0.1',
  port: mailbox.port,
  security: 'none' as const,
  folder: null,
  ...over,
})
const oauth = (over: Partial<NonNullable<MailAccountInput['oauth']>> = {}) => ({
  tokenUrl: tokenUrl(),
  clientId: 'client-1',
  clientSecret: 'secret-1',
  refreshToken: 'refresh-1',
  ...over,
})
const accountOf = async (viewer: Viewer) => {
  const [row] = await database.db.select().from(mailAccounts).where(eq(mailAccounts.userId, viewer.userId))
  if (!row) throw new Error('no account')
  return row
}
const codeIn = () =>
  /Código: (\d{6})/.exec(
    smtp.received
      .at(-1)
      ?.raw.toString('utf8')
      .replace(/=C3=B3/g, 'ó') ?? '',
  )?.[1] ?? ''
const refusedAt = (code: string, field?: string) => expect.objectContaining({ code, ...(field === undefined ? {} : { field }) })

describe('the handshake', () => {
  test('to sign in and to send is not enough: the account is usable once the code of the mail is typed', async () => {
    const ana = await person()
    await putMailAccount(ctx, ana, input())
    await startHandshake(ctx, ana)
    expect(smtp.received.at(-1)?.to).toEqual(['ana@empresa.test'])
    expect((await findMyMailAccount(ctx, ana)).account).toMatchObject({
      state: 'unverified',
      handshakeSentAt: '2026-03-02T15:00:00.000Z',
    })
    expect((await accountOf(ana)).handshakeCode).not.toContain(codeIn())
    await confirmHandshake(ctx, ana, codeIn())
    expect((await findMyMailAccount(ctx, ana)).account).toMatchObject({ state: 'verified', handshakeSentAt: null })
    await expect(confirmHandshake(ctx, ana, codeIn())).rejects.toEqual(refusedAt('mail-code-expired', 'code'))
  })

  test('a code ends after half an hour, after five wrong ones, and with a new mail', async () => {
    const ana = await person()
    await putMailAccount(ctx, ana, input())
    await startHandshake(ctx, ana)
    const first = codeIn()
    await startHandshake(ctx, ana)
    const code = codeIn()
    const wrong = code === '111111' ? '222222' : '111111'
    if (first !== code) await expect(confirmHandshake(ctx, ana, first)).rejects.toEqual(refusedAt('mail-code-wrong', 'code'))
    for (let tries = first === code ? 0 : 1; tries < 5; tries += 1)
      await expect(confirmHandshake(ctx, ana, wrong)).rejects.toEqual(refusedAt('mail-code-wrong'))
    await expect(confirmHandshake(ctx, ana, code)).rejects.toEqual(refusedAt('mail-code-expired'))
    await startHandshake(ctx, ana)
    const late = codeIn()
    ctx.at('2026-03-02T15:31:00Z')
    await expect(confirmHandshake(ctx, ana, late)).rejects.toEqual(refusedAt('mail-code-expired'))
    expect((await accountOf(ana)).state).toBe('unverified')
  })

  test('what is changed after the mail was sent is not proven by its code', async () => {
    const ana = await person()
    await putMailAccount(ctx, ana, input())
    await startHandshake(ctx, ana)
    const code = codeIn()
    await putMailAccount(ctx, ana, input({ address: 'otra@empresa.test' }))
    await expect(confirmHandshake(ctx, ana, code)).rejects.toEqual(refusedAt('mail-code-expired'))
  })

  test('its mail seen in the mailbox that is read proves the account without a person', async () => {
    const ana = await person()
    await putMailAccount(ctx, ana, input({ imap: imap() }))
    await startHandshake(ctx, ana)
    mailbox.deliver(smtp.received.at(-1)?.raw ?? Buffer.alloc(0))
    await readMailbox(ctx, ana.userId)
    expect(await accountOf(ana)).toMatchObject({ state: 'verified', handshakeCode: null })
  })
})

describe('reading and OAuth2', () => {
  test('are tried before they are stored: each error stands at its field and nothing is changed', async () => {
    const ana = await person()
    const put = (over: Partial<MailAccountInput>) => putMailAccount(ctx, ana, input(over))
    await expect(put({ imap: imap({ port: 1 }) })).rejects.toEqual(refusedAt('mail-server-unreachable', 'imap.host'))
    await expect(put({ imap: imap({ folder: 'No existe' }) })).rejects.toEqual(refusedAt('mail-folder-missing', 'imap.folder'))
    await expect(put({ imap: imap(), username: null })).rejects.toEqual(refusedAt('mail-username-needed', 'username'))
    mailbox.state.refusal = 'bad password'
    await expect(put({ imap: imap() })).rejects.toEqual(refusedAt('mail-account-refused', 'password'))
    await expect(put({ authMethod: 'oauth2', oauth: oauth({ refreshToken: null }) })).rejects.toEqual(
      refusedAt('mail-oauth-incomplete', 'oauth.refreshToken'),
    )
    tokens.answer = say(400, { error: 'invalid_grant', error_description: '<b>revoked</b>' })
    await expect(put({ authMethod: 'oauth2', oauth: oauth() })).rejects.toEqual(
      expect.objectContaining({
        code: 'mail-account-refused',
        field: 'oauth.refreshToken',
        params: { response: 'invalid_grant' },
      }),
    )
    await expect(put({ authMethod: 'oauth2', oauth: oauth({ tokenUrl: 'ftp://x.example/t' }) })).rejects.toEqual(
      refusedAt('mail-token-url-invalid', 'oauth.tokenUrl'),
    )
    expect((await findMyMailAccount(ctx, ana)).account).toBeNull()
  })

  test('the token leads in, to SMTP and to the mailbox, and is asked for once while it lasts', async () => {
    const ana = await person()
    mailbox.state.tokens = ['at-1']
    await putMailAccount(ctx, ana, input({ authMethod: 'oauth2', password: null, oauth: oauth(), imap: imap() }))
    expect(new URLSearchParams(tokens.requests[0])).toEqual(
      new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: 'refresh-1',
        client_id: 'client-1',
        client_secret: 'secret-1',
      }),
    )
    tokens.requests.length = 0
    const options = await smtpOptionsOf(ctx, await accountOf(ana))
    expect(options.auth).toMatchObject({ type: 'OAuth2', user: 'ana', accessToken: 'at-1' })
    await readMailbox(ctx, ana.userId)
    expect(tokens.requests).toHaveLength(1)
    expect((await accountOf(ana)).imapError).toBeNull()
    ctx.at('2026-03-02T16:10:00Z')
    tokens.answer = say(200, { access_token: 'at-2', expires_in: 3600, refresh_token: 'refresh-2' })
    expect(await accessTokenOf(ctx, await accountOf(ana))).toBe('at-2')
    const stored = (await accountOf(ana)).oauthRefreshTokenEncrypted ?? ''
    expect([stored.includes('refresh-2'), ctx.secrets.decrypt(stored)]).toEqual([false, 'refresh-2'])
    const audit = JSON.stringify(await database.db.select().from(auditLog).where(eq(auditLog.entityId, ana.userId)))
    expect(audit).not.toMatch(/refresh-|secret-1|at-1/)
  })

  test('the token is handed to the SMTP server as XOAUTH2, by a transport and by the session that sends notices', async () => {
    const seen: string[] = []
    const server = new SMTPServer({
      authMethods: ['XOAUTH2'],
      hideSTARTTLS: true,
      allowInsecureAuth: true,
      logger: false,
      onAuth: (auth, _session, done) => {
        seen.push(`${auth.method} ${auth.username} ${auth.accessToken}`)
        done(null, { user: auth.username ?? '' })
      },
      onData: (stream, _session, done) => {
        stream.resume()
        stream.on('end', () => done())
      },
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close(() => undefined))
    const { port } = server.server.address() as AddressInfo
    const ana = await person()
    await putMailAccount(ctx, ana, input({ port, authMethod: 'oauth2', password: null, oauth: oauth() }))
    await startHandshake(ctx, ana)
    const session = new SmtpSession(await smtpOptionsOf(ctx, await accountOf(ana)))
    const sent = await session.deliver(
      { from: 'ana@empresa.test', to: ['b@x.example'] },
      Buffer.from('a: b\r\n\r\nc\r\n'),
      async () => true,
    )
    session.close()
    expect(sent.kind).toBe('accepted')
    expect([...new Set(seen)]).toEqual(['XOAUTH2 ana at-1'])
  })

  test.each([
    ['redirects', say(302, '', { location: 'http://127.0.0.1:9/' }), 'HTTP 302'],
    ['answers too much', say(200, `{"access_token":"${'x'.repeat(100_000)}"}`), 'answer too long'],
    ['answers something else', say(200, '<html>secret of the house</html>'), 'HTTP 200'],
    ['hangs up', (request: IncomingMessage) => void request.socket.destroy(), 'ECONNRESET'],
  ])('a token server that %s is refused without its words', async (_, answer, response) => {
    tokens.answer = answer
    await expect(putMailAccount(ctx, await person(), input({ authMethod: 'oauth2', oauth: oauth() }))).rejects.toMatchObject({
      code: 'mail-server-unreachable',
      field: 'oauth.tokenUrl',
      params: { response },
    })
  })

  test('no private host is spoken to without leave, for reading or for tokens, by address or by name', async () => {
    const strict = testContext(database, { settings: { ...ctx.settings, allowPrivateMailHosts: false } })
    const ana = await person()
    for (const host of ['127.0.0.1', 'localhost', '10.0.0.9', '::1'])
      await expect(putMailAccount(strict, ana, input({ host: '8.8.8.8', imap: imap({ host }) }))).rejects.toEqual(
        refusedAt('mail-host-private', 'imap.host'),
      )
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '169.254.169.254'])
      await expect(
        putMailAccount(
          strict,
          ana,
          input({ host: '8.8.8.8', authMethod: 'oauth2', oauth: oauth({ tokenUrl: `https://${host}/t` }) }),
        ),
      ).rejects.toEqual(refusedAt('mail-host-private', 'oauth.tokenUrl'))
    // In the clear never, unless servers inside are allowed.
    await expect(
      putMailAccount(
        strict,
        ana,
        input({ host: '8.8.8.8', authMethod: 'oauth2', oauth: oauth({ tokenUrl: 'http://8.8.8.8/t' }) }),
      ),
    ).rejects.toEqual(refusedAt('mail-token-url-invalid', 'oauth.tokenUrl'))
    expect([tokens.requests, mailbox.connections > 0]).toEqual([[], true])
  })

  test('stored secrets never go to another server than they were given for', async () => {
    const ana = await person()
    await putMailAccount(ctx, ana, input({ authMethod: 'oauth2', password: null, oauth: oauth() }))
    const kept = { tokenUrl: tokenUrl(), clientId: 'client-1' }
    const { password: _, ...plain } = input()
    await putMailAccount(ctx, ana, { ...plain, authMethod: 'oauth2', oauth: kept, dailyCap: 50 })
    expect(await accountOf(ana)).toMatchObject({ dailyCap: 50, oauthClientId: 'client-1' })
    await expect(putMailAccount(ctx, ana, { ...plain, oauth: { ...kept, tokenUrl: `${tokenUrl()}2` } })).rejects.toEqual(
      refusedAt('mail-password-needed', 'oauth.refreshToken'),
    )
    const bea = await person()
    await putMailAccount(ctx, bea, input())
    await expect(putMailAccount(ctx, bea, { ...plain, imap: imap({ host: 'localhost' }) })).rejects.toEqual(
      refusedAt('mail-password-needed', 'password'),
    )
  })

  test('cap and reading leave a verified account verified', async () => {
    const ana = await person()
    await putMailAccount(ctx, ana, input())
    await verifyMailAccount(ctx, ana)
    const { password: _, ...plain } = input()
    await putMailAccount(ctx, ana, { ...plain, dailyCap: 20, imap: imap() })
    expect(await accountOf(ana)).toMatchObject({ state: 'verified', dailyCap: 20, imapHost: '127.0.0.1' })
    await putMailAccount(ctx, ana, { ...plain, imap: null })
    expect(await accountOf(ana)).toMatchObject({ state: 'verified', dailyCap: 20, imapHost: null })
  })
})

describe('all accounts', () => {
  test('an administrator sees them with state and count, and pauses one, which its owner cannot undo', async () => {
    const chief = await person()
    const ana = await person()
    await putMailAccount(ctx, ana, input({ dailyCap: 30 }))
    await verifyMailAccount(ctx, ana)
    await pauseMailAccount(ctx, chief, ana.userId)
    const { items } = await listMailAccounts(ctx, chief, { state: 'paused' })
    expect(items.filter(({ user }) => user.id === ana.userId)).toMatchObject([
      { account: { state: 'paused', pausedByPerson: true, dailyCap: 30, sentToday: 0, reading: null } },
    ])
    await expect(startHandshake(ctx, ana)).rejects.toEqual(refusedAt('mail-account-paused'))
    await putMailAccount(ctx, ana, input({ password: 'otra' }))
    expect((await accountOf(ana)).state).toBe('paused')
    await resumeMailAccount(ctx, chief, ana.userId)
    // Its password was changed meanwhile: nobody has tried that one.
    expect(await accountOf(ana)).toMatchObject({ state: 'unverified', pausedBy: null })
    await removeMailAccount(ctx, ana)
    await expect(pauseMailAccount(ctx, chief, ana.userId)).rejects.toEqual(refusedAt('not-found'))
    const agent = { ...chief, permissions: [] }
    await expect(listMailAccounts(ctx, agent, {})).rejects.toEqual(refusedAt('not-allowed'))
    await expect(pauseMailAccount(ctx, agent, ana.userId)).rejects.toEqual(refusedAt('not-allowed'))
  })
})
