import type { AddressInfo } from 'node:net'
import { auditLog } from '@cartera/db/schema/audit'
import { mailAccounts } from '@cartera/db/schema/organisation'
import { aCompany, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { eq } from 'drizzle-orm'
import PostalMime from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { testContext } from '../testing/test-context.ts'
import { findMyMailAccount, type MailAccountInput, putMailAccount, verifyMailAccount } from './my-mail-account.ts'
import { smtpOptionsOf } from './open-transport.ts'
import { operateMailAccount } from './operate-mail-account.ts'

const database = testDatabase()
const ctx = testContext(database)
const secret = 'clave-de-ana'
const received: { from: string; to: string[]; raw: string }[] = []

async function startServer(options: SMTPServerOptions = {}): Promise<number> {
  const server = new SMTPServer({
    authOptional: false,
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    logger: false,
    onAuth: ({ username, password }, _session, done) =>
      username === 'ana' && password === secret
        ? done(null, { user: 'ana' })
        : done(new Error(`Invalid\r\n <b>login</b>: ${password}\u0007 ${'x'.repeat(400)}`)),
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        received.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map((each) => each.address),
          raw: Buffer.concat(parts).toString('utf8'),
        })
        done()
      })
    },
    ...options,
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close(() => undefined))
  return (server.server.address() as AddressInfo).port
}

beforeAll(async () => void (await aCompany(database.db)))
afterAll(() => received.splice(0))

const person = async () => ({ userId: (await aUser(database.db)).id })
const input = (port: number, over: Partial<MailAccountInput> = {}): MailAccountInput => ({
  address: 'ana@empresa.test',
  displayName: 'Ana de Cobranza',
  host: 'localhost',
  port,
  security: 'none',
  username: 'ana',
  password: secret,
  ...over,
})
const stored = async (userId: string) => {
  const [row] = await database.db.select().from(mailAccounts).where(eq(mailAccounts.userId, userId))
  if (!row) throw new Error('no account')
  return row
}

describe('my mail account', () => {
  test('signs in at a real server, mails itself, and is verified', async () => {
    const port = await startServer()
    const ana = await person()
    await putMailAccount(ctx, ana, input(port))
    expect((await findMyMailAccount(ctx, ana)).account).toMatchObject({ state: 'unverified', hasPassword: true, lastError: null })
    received.splice(0)
    await verifyMailAccount(ctx, ana)
    expect((await findMyMailAccount(ctx, ana)).account).toMatchObject({
      state: 'verified',
      verifiedAt: '2026-03-02T15:00:00.000Z',
      lastError: null,
    })
    expect(received).toHaveLength(1)
    expect(received[0]).toMatchObject({ from: 'ana@empresa.test', to: ['ana@empresa.test'] })
    const mail = await PostalMime.parse(received[0]?.raw ?? '')
    expect(mail.subject).toBe('Prueba de su cuenta de correo')
    expect(mail.from).toMatchObject({ name: 'Ana de Cobranza', address: 'ana@empresa.test' })
    expect(mail.text).toContain('Comercial Andina')
  })

  test('a refused password is said with the server’s answer: one short line without the password', async () => {
    const port = await startServer()
    const ana = await person()
    await putMailAccount(ctx, ana, input(port, { password: 'equivocada' }))
    const error = await verifyMailAccount(ctx, ana).catch((each: unknown) => each)
    expect(error).toMatchObject({ code: 'mail-account-refused', field: 'password' })
    const answer = String((error as { params: { response: string } }).params.response)
    expect(answer).toContain('Invalid')
    expect(answer).toContain('***')
    expect(answer).not.toContain('equivocada')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what is tested
    expect(answer).not.toMatch(/[\u0000-\u001f<>]/)
    expect(answer.length).toBeLessThanOrEqual(200)
    expect((await findMyMailAccount(ctx, ana)).account).toMatchObject({ state: 'unverified', lastError: answer })
  })

  test('a server that refuses the sender, one that is not there, and one without the asked TLS are told apart', async () => {
    const ana = await person()
    const strict = await startServer({ onMailFrom: (_address, _session, done) => done(new Error('Sender not allowed')) })
    await putMailAccount(ctx, ana, input(strict))
    await expect(verifyMailAccount(ctx, ana)).rejects.toMatchObject({ code: 'mail-message-refused' })
    await putMailAccount(ctx, ana, input(strict, { security: 'starttls' }))
    await expect(verifyMailAccount(ctx, ana)).rejects.toMatchObject({ code: 'mail-server-unreachable' })
    await putMailAccount(ctx, ana, input(1))
    await expect(verifyMailAccount(ctx, ana)).rejects.toMatchObject({ code: 'mail-server-unreachable', field: 'host' })
    await expect(verifyMailAccount(ctx, await person())).rejects.toMatchObject({ code: 'mail-account-missing' })
  })

  test('a certificate that nobody vouches for is refused before the password is sent', async () => {
    const port = await startServer({ hideSTARTTLS: false, onAuth: () => expect.unreachable() })
    const ana = await person()
    await putMailAccount(ctx, ana, input(port, { security: 'starttls' }))
    await expect(verifyMailAccount(ctx, ana)).rejects.toMatchObject({ code: 'mail-server-unreachable' })
  })

  test('a verified account survives a server that is away for a moment, not a refusal', async () => {
    const port = await startServer()
    const ana = await person()
    await putMailAccount(ctx, ana, input(port))
    await verifyMailAccount(ctx, ana)
    await database.db.update(mailAccounts).set({ port: 1 }).where(eq(mailAccounts.userId, ana.userId))
    await expect(verifyMailAccount(ctx, ana)).rejects.toMatchObject({ code: 'mail-server-unreachable' })
    expect((await stored(ana.userId)).state).toBe('verified')
    const passwordEncrypted = ctx.secrets.encrypt('cambiada por el proveedor')
    await database.db.update(mailAccounts).set({ port, passwordEncrypted }).where(eq(mailAccounts.userId, ana.userId))
    await expect(verifyMailAccount(ctx, ana)).rejects.toMatchObject({ code: 'mail-account-refused' })
    expect((await stored(ana.userId)).state).toBe('unverified')
  })

  test('any change but the display name makes it unverified again', async () => {
    const port = await startServer()
    const ana = await person()
    const { password: _, ...same } = input(port)
    for (const [change, state] of [
      [{ displayName: 'Otra' }, 'verified'],
      [{}, 'verified'],
      [{ address: 'otra@empresa.test' }, 'unverified'],
      [{ host: '127.0.0.1', password: secret }, 'unverified'],
      [{ port: port + 1, password: secret }, 'unverified'],
      [{ security: 'tls' as const, password: secret }, 'unverified'],
      [{ username: 'eva', password: secret }, 'unverified'],
      [{ password: 'nueva' }, 'unverified'],
      [{ password: null }, 'unverified'],
    ] as const) {
      await operateMailAccount(ctx, { ...input(port), user: (await userOf(ana.userId)).email }, 'assume')
      expect((await stored(ana.userId)).state).toBe('verified')
      await putMailAccount(ctx, ana, { ...same, ...change })
      expect([change, (await stored(ana.userId)).state]).toEqual([change, state])
    }
    expect((await stored(ana.userId)).passwordEncrypted).toBeNull()
  })

  test('a stored password never goes to another server or name than it was given for', async () => {
    const ana = await person()
    await putMailAccount(ctx, ana, input(2525))
    const { password: _, ...without } = input(2525)
    for (const change of [{ host: 'evil.example.com' }, { port: 25 }, { security: 'tls' as const }, { username: 'eva' }])
      await expect(putMailAccount(ctx, ana, { ...without, ...change })).rejects.toMatchObject({
        code: 'mail-password-needed',
        field: 'password',
      })
    expect((await stored(ana.userId)).host).toBe('localhost')
  })

  test('the password is stored encrypted, and never in the audit log', async () => {
    const ana = await person()
    await putMailAccount(ctx, ana, input(2525))
    const account = await stored(ana.userId)
    expect(account.passwordEncrypted).not.toContain(secret)
    expect(ctx.secrets.decrypt(account.passwordEncrypted ?? '')).toBe(secret)
    const log = JSON.stringify(await database.db.select().from(auditLog))
    expect(log).toContain('mail-account')
    expect(log).not.toContain(secret)
    expect(log).not.toContain(account.passwordEncrypted)
  })

  test('without leave no private host is spoken to, and none is connected to by name', async () => {
    const ana = await person()
    await putMailAccount(ctx, ana, input(2525))
    const account = await stored(ana.userId)
    const strict = testContext(database, { settings: { ...ctx.settings, allowPrivateMailHosts: false } })
    await expect(verifyMailAccount(strict, ana)).rejects.toMatchObject({ code: 'mail-host-private' })
    expect(await smtpOptionsOf(ctx, account)).toMatchObject({
      host: '127.0.0.1',
      tls: { servername: 'localhost' },
      auth: { user: 'ana', pass: secret },
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  })

  test('a password under a lost secret is told, not sent as nothing', async () => {
    const ana = await person()
    await putMailAccount(ctx, ana, input(2525))
    const passwordEncrypted = 'deadbeef.AAAA'
    await database.db.update(mailAccounts).set({ passwordEncrypted }).where(eq(mailAccounts.userId, ana.userId))
    await expect(verifyMailAccount(ctx, ana)).rejects.toMatchObject({ code: 'mail-password-unreadable' })
  })

  test('what was changed while it was being tried is not called verified', async () => {
    const ana = await person()
    const port = await startServer({
      onAuth: (_auth, _session, done) =>
        void putMailAccount(ctx, ana, input(port, { address: 'otra@empresa.test' })).then(() => done(null, { user: 'ana' })),
    })
    await putMailAccount(ctx, ana, input(port))
    await expect(verifyMailAccount(ctx, ana)).rejects.toMatchObject({ code: 'changed-meanwhile' })
    expect((await stored(ana.userId)).state).toBe('unverified')
  })

  test('the demonstration’s inbox is offered as a hint', async () => {
    const demo = testContext(database, { settings: { ...ctx.settings, demoSmtpUrl: 'smtp://127.0.0.1:2626' } })
    expect(await findMyMailAccount(demo, await person())).toEqual({
      account: null,
      suggested: { host: '127.0.0.1', port: 2626, security: 'none' },
    })
  })
})

async function userOf(userId: string) {
  const { rows } = await database.pool.query<{ email: string }>('select email from users where id = $1', [userId])
  const [row] = rows
  if (!row) throw new Error('no user')
  return row
}
