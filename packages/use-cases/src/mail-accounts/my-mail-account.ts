import type { Querier } from '@cartera/db/connect'
import { mailAccounts, users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { mailAddressRefusal } from '@cartera/domain/notices/mail-address'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { readsMailbox, tryMailbox } from '../mailboxes/open-mailbox.ts'
import { accessTokenOf, forgetAccessToken } from './access-token.ts'
import { refusePrivateHost } from './mail-host.ts'
import { type MailAccount, mailRefusalOf, openMailTransport } from './open-transport.ts'

/** Whose account, and who acts: the person themselves, or null for the command line. */
type Owner = Pick<Viewer, 'userId'>

export interface MailAccountInput {
  address: string
  displayName: string
  host: string
  port: number
  security: 'tls' | 'starttls' | 'none'
  username: string | null
  /** Left out: the stored one stays. Null or empty: none. */
  password?: string | null | undefined
  /** Left out: as it was; for a new account by password. */
  authMethod?: 'password' | 'oauth2' | undefined
  /** Secrets that are left out stay. */
  oauth?:
    | {
        tokenUrl: string
        clientId: string
        clientSecret?: string | null | undefined
        refreshToken?: string | null | undefined
      }
    | undefined
  /** Most notices a day; null is no limit. Left out: as it was. */
  dailyCap?: number | null | undefined
  /** Where bounces and replies are read; null: they are not. Left out: as it was. */
  imap?: { host: string; port: number; security: 'tls' | 'starttls' | 'none'; folder: string | null } | null | undefined
}

async function lockAccount(db: Querier, userId: string): Promise<MailAccount | undefined> {
  const [account] = await db.select().from(mailAccounts).where(eq(mailAccounts.userId, userId)).for('update')
  return account
}

/** Where the demonstration's inbox listens: smtp://host:port. */
function suggestionOf(ctx: AppContext) {
  if (ctx.settings.demoSmtpUrl === null || !URL.canParse(ctx.settings.demoSmtpUrl)) return null
  const { hostname, port } = new URL(ctx.settings.demoSmtpUrl)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 25, security: 'none' as const }
}

/** The viewer's mail account without its password, or none; with the demonstration's inbox as a hint. */
export async function findMyMailAccount(ctx: AppContext, viewer: Owner) {
  const [account] = await ctx.db.select().from(mailAccounts).where(eq(mailAccounts.userId, viewer.userId))
  return {
    account: account
      ? {
          address: account.address,
          displayName: account.displayName,
          host: account.host,
          port: account.port,
          security: account.security,
          username: account.username,
          hasPassword: account.passwordEncrypted !== null,
          authMethod: account.authMethod,
          oauth: {
            tokenUrl: account.oauthTokenUrl,
            clientId: account.oauthClientId,
            hasClientSecret: account.oauthClientSecretEncrypted !== null,
            hasRefreshToken: account.oauthRefreshTokenEncrypted !== null,
          },
          dailyCap: account.dailyCap,
          imap:
            account.imapHost === null
              ? null
              : {
                  host: account.imapHost,
                  port: account.imapPort ?? 993,
                  security: account.imapSecurity ?? ('tls' as const),
                  folder: account.imapFolder,
                  readAt: account.imapReadAt?.toISOString() ?? null,
                  error: account.imapError,
                  stopped: account.imapStoppedAt !== null,
                },
          handshakeSentAt: account.handshakeCode === null ? null : (account.handshakeSentAt?.toISOString() ?? null),
          pausedByPerson: account.state === 'paused' && account.pausedBy !== null,
          state: account.state,
          verifiedAt: account.verifiedAt?.toISOString() ?? null,
          lastError: account.lastError,
        }
      : null,
    suggested: suggestionOf(ctx),
  }
}

const audited = (account: MailAccount | undefined) =>
  account === undefined
    ? {}
    : {
        address: account.address,
        displayName: account.displayName,
        host: account.host,
        port: account.port,
        security: account.security,
        username: account.username,
        authMethod: account.authMethod,
        oauthTokenUrl: account.oauthTokenUrl,
        oauthClientId: account.oauthClientId,
        dailyCap: account.dailyCap,
        imapHost: account.imapHost,
        imapPort: account.imapPort,
        imapSecurity: account.imapSecurity,
        imapFolder: account.imapFolder,
      }

type Stored = typeof mailAccounts.$inferInsert

/** What leads to the SMTP server, and with which secrets: a change makes the account unverified. */
const sending = [
  'address',
  'host',
  'port',
  'security',
  'username',
  'passwordEncrypted',
  'authMethod',
  'oauthTokenUrl',
  'oauthClientId',
  'oauthClientSecretEncrypted',
  'oauthRefreshTokenEncrypted',
] as const satisfies readonly (keyof Stored)[]
/** Where reading takes place: a change begins it anew. */
const reading = ['imapHost', 'imapPort', 'imapSecurity', 'imapFolder', 'username'] as const satisfies readonly (keyof Stored)[]

const same = (before: MailAccount | undefined, after: Stored, fields: readonly (keyof Stored)[]) =>
  before !== undefined && fields.every((field) => (before[field as keyof MailAccount] ?? null) === (after[field] ?? null))

/**
 * Stored secrets stay only where they go to the servers for which they were given. Refuses `mail-password-needed` otherwise: else whoever
 * holds a session could have them sent to themselves.
 */
function secretsOf(ctx: AppContext, before: MailAccount | undefined, input: MailAccountInput, next: Stored) {
  const encrypted = (text: string | null) => (text === null || text === '' ? null : ctx.secrets.encrypt(text))
  const trusted = [before?.host, before?.imapHost].filter((host) => typeof host === 'string').map((host) => host.toLowerCase())
  const goesElsewhere =
    !same(before, next, ['host', 'port', 'security', 'username']) ||
    (next.imapHost != null &&
      !same(before, next, ['imapHost', 'imapPort', 'imapSecurity']) &&
      !trusted.includes(next.imapHost.toLowerCase()))
  const oauth = input.oauth
  const keptPassword = before?.passwordEncrypted ?? null
  if (input.password === undefined && keptPassword !== null && goesElsewhere && input.username !== null)
    throw new Refusal('mail-password-needed', { field: 'password' })
  const tokenElsewhere = goesElsewhere || before?.oauthTokenUrl !== next.oauthTokenUrl
  const keptToken = before?.oauthRefreshTokenEncrypted ?? null
  const keptSecret = before?.oauthClientSecretEncrypted ?? null
  if (next.authMethod === 'oauth2' && tokenElsewhere) {
    if (oauth?.refreshToken === undefined && keptToken !== null)
      throw new Refusal('mail-password-needed', { field: 'oauth.refreshToken' })
    if (oauth?.clientSecret === undefined && keptSecret !== null)
      throw new Refusal('mail-password-needed', { field: 'oauth.clientSecret' })
  }
  return {
    passwordEncrypted: input.password === undefined ? (goesElsewhere ? null : keptPassword) : encrypted(input.password),
    oauthClientSecretEncrypted:
      oauth?.clientSecret === undefined ? (tokenElsewhere ? null : keptSecret) : encrypted(oauth.clientSecret),
    oauthRefreshTokenEncrypted:
      oauth?.refreshToken === undefined ? (tokenElsewhere ? null : keptToken) : encrypted(oauth.refreshToken),
  }
}

/** The account as it would be, from what is stored and what was typed. */
function nextAccount(ctx: AppContext, userId: string, before: MailAccount | undefined, input: MailAccountInput): Stored {
  const { password, authMethod, oauth, dailyCap, imap, ...fields } = input
  const next: Stored = {
    userId,
    ...fields,
    authMethod: authMethod ?? before?.authMethod ?? 'password',
    oauthTokenUrl: oauth ? oauth.tokenUrl : (before?.oauthTokenUrl ?? null),
    oauthClientId: oauth ? oauth.clientId : (before?.oauthClientId ?? null),
    dailyCap: dailyCap === undefined ? (before?.dailyCap ?? null) : dailyCap,
    imapHost: imap === undefined ? (before?.imapHost ?? null) : (imap?.host ?? null),
    imapPort: imap === undefined ? (before?.imapPort ?? null) : (imap?.port ?? null),
    imapSecurity: imap === undefined ? (before?.imapSecurity ?? null) : (imap?.security ?? null),
    imapFolder: imap === undefined ? (before?.imapFolder ?? null) : (imap?.folder ?? null),
  }
  const whole = { ...next, ...secretsOf(ctx, before, input, next) }
  if (whole.authMethod === 'oauth2') {
    const missing = [
      ['username', whole.username],
      ['oauth.tokenUrl', whole.oauthTokenUrl],
      ['oauth.clientId', whole.oauthClientId],
      ['oauth.refreshToken', whole.oauthRefreshTokenEncrypted],
    ].find(([, value]) => value === null || value === '')
    if (missing) throw new Refusal('mail-oauth-incomplete', { field: String(missing[0]) })
  }
  return whole
}

const contractFields: Record<string, string> = {
  imapHost: 'imap.host',
  imapFolder: 'imap.folder',
  oauthTokenUrl: 'oauth.tokenUrl',
  oauthRefreshToken: 'oauth.refreshToken',
}

/** What was typed for OAuth2 and for reading is tried before it is stored, each with its error at its field. */
async function tryBeforeSaving(ctx: AppContext, before: MailAccount | undefined, next: Stored): Promise<void> {
  const account = { ...blank, ...before, ...next, version: 0 } as MailAccount
  try {
    const oauth = next.authMethod === 'oauth2' && !same(before, next, sending)
    if (oauth) {
      forgetAccessToken(account)
      await accessTokenOf(ctx, account)
    }
    if (readsMailbox(account) && !(same(before, next, reading) && same(before, next, sending))) await tryMailbox(ctx, account)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal(error.code, {
      field: contractFields[error.field ?? ''] ?? error.field ?? 'host',
      params: error.params,
    })
  } finally {
    forgetAccessToken(account)
  }
}

const blank = { passwordEncrypted: null, oauthClientSecretEncrypted: null, oauthRefreshTokenEncrypted: null }

/**
 * Defines a person's mail account. What changes the way to the SMTP server makes it unverified again, so that nothing leaves through what
 * nobody tried; the display name, the cap and the reading do not. OAuth2 and reading are tried first. Refuses `mail-address-invalid`,
 * `mail-host-private`, `mail-password-needed`, `mail-oauth-incomplete`, `changed-meanwhile`, and what trying finds, each at its field.
 */
export async function putMailAccount(
  ctx: AppContext,
  owner: Owner,
  input: MailAccountInput,
  actor: Pick<Viewer, 'userId'> | null = owner,
): Promise<void> {
  const refusal = mailAddressRefusal(input.address)
  if (refusal) throw new Refusal(refusal, { field: 'address' })
  refusePrivateHost(input.host, ctx.settings.allowPrivateMailHosts)
  if (input.imap) refusePrivateHost(input.imap.host, ctx.settings.allowPrivateMailHosts, 'imap.host')
  const [seen] = await ctx.db.select().from(mailAccounts).where(eq(mailAccounts.userId, owner.userId))
  const tried = nextAccount(ctx, owner.userId, seen, input)
  await tryBeforeSaving(ctx, seen, tried)
  await ctx.db.transaction(async (tx) => {
    // Locked even when the account is not there yet: two first definitions at once take turns.
    await tx.select({ id: users.id }).from(users).where(eq(users.id, owner.userId)).for('update')
    const before = await lockAccount(tx, owner.userId)
    // Where something was tried, it was tried with what is stored now.
    const next = before?.version === seen?.version ? tried : nextAccount(ctx, owner.userId, before, input)
    if (before?.version !== seen?.version && (next.authMethod === 'oauth2' || next.imapHost != null))
      throw new Refusal('changed-meanwhile')
    const values = {
      ...next,
      ...(same(before, next, sending)
        ? {}
        : {
            // What an administrator paused stays paused, whatever is typed.
            state: before?.state === 'paused' && before.pausedBy !== null ? ('paused' as const) : ('unverified' as const),
            verifiedAt: null,
            lastError: null,
            handshakeCode: null,
            handshakeMessageId: null,
          }),
      ...(same(before, next, reading) ? {} : { imapUidValidity: null, imapLastUid: null, imapReadAt: null }),
      imapError: null,
      imapStoppedAt: null,
      imapLeaseUntil: null,
      imapFailures: 0,
    }
    const [after] = await tx
      .insert(mailAccounts)
      .values(values)
      .onConflictDoUpdate({ target: mailAccounts.userId, set: { ...values, version: (before?.version ?? 0) + 1 } })
      .returning()
    await recordAudit(tx, ctx, actor, {
      action: before ? 'change' : 'create',
      entity: 'mail-account',
      entityId: owner.userId,
      changes: {
        ...(before ? changesBetween(audited(before), audited(after)) : audited(after)),
        ...(input.password === undefined ? {} : { password: 'changed' }),
        ...(input.oauth?.refreshToken === undefined && input.oauth?.clientSecret === undefined
          ? {}
          : { oauthSecrets: 'changed' }),
      },
    })
  })
}

/** Removes the viewer's mail account. Refuses `not-found`. */
export async function removeMailAccount(ctx: AppContext, viewer: Viewer): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const [removed] = await tx.delete(mailAccounts).where(eq(mailAccounts.userId, viewer.userId)).returning()
    if (!removed) throw new Refusal('not-found')
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'mail-account',
      entityId: viewer.userId,
      changes: { address: removed.address },
    })
  })
}

const testMail = {
  es: {
    subject: 'Prueba de su cuenta de correo',
    text: (company: string) =>
      `Este mensaje comprueba que su cuenta de correo funciona. Desde ella saldrán los avisos a los clientes que usted tiene a su cargo en ${company}.\n\nNo hace falta responder.`,
  },
  en: {
    subject: 'Test of your mail account',
    text: (company: string) =>
      `This message proves that your mail account works. The notices to the customers in your charge at ${company} will leave from it.\n\nThere is no need to answer.`,
  },
}

/** A mail to oneself. */
export interface ProofMail {
  subject: string
  text: string
  messageId?: string
}

/** Connects, signs in and mails the address itself; looks into the mailbox where it is read. Throws what nodemailer or the resolver throws. */
async function tryAccount(ctx: AppContext, account: MailAccount, mail: ProofMail): Promise<void> {
  const transport = await openMailTransport(ctx, account)
  try {
    await transport.verify()
    await transport.sendMail({
      from: { name: account.displayName, address: account.address },
      to: { name: '', address: account.address },
      envelope: { from: account.address, to: [account.address] },
      subject: mail.subject,
      text: mail.text,
      ...(mail.messageId === undefined ? {} : { messageId: mail.messageId }),
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
  } finally {
    transport.close()
  }
}

/**
 * Tries the account with a mail to itself and writes what came of it. Refuses `mail-account-missing`, `mail-account-paused` (by an
 * administrator), `mail-account-refused` (the server's answer, shortened), `mail-message-refused`, `mail-server-unreachable`,
 * `mail-host-private`, `mail-password-unreadable`; the reason stays on the account. `changed-meanwhile` when the account was changed while it
 * was being tried.
 */
export async function tryWithMail(
  ctx: AppContext,
  owner: Owner,
  actor: Pick<Viewer, 'userId'> | null,
  mailOf: (account: MailAccount, language: 'es' | 'en', company: string) => ProofMail,
  success: (account: MailAccount) => { set: Partial<Stored>; changes: Record<string, unknown> },
): Promise<void> {
  const [found] = await ctx.db
    .select({ account: mailAccounts, language: users.language })
    .from(mailAccounts)
    .innerJoin(users, eq(users.id, mailAccounts.userId))
    .where(eq(mailAccounts.userId, owner.userId))
  if (!found) throw new Refusal('mail-account-missing')
  const { account } = found
  if (account.state === 'paused' && account.pausedBy !== null) throw new Refusal('mail-account-paused')
  const { name } = await findCompany(ctx.db)
  let refusal: Refusal | null = null
  try {
    await tryAccount(ctx, account, mailOf(account, found.language === 'en' ? 'en' : 'es', name))
  } catch (error) {
    const password = account.passwordEncrypted === null ? null : ctx.secrets.decrypt(account.passwordEncrypted)
    refusal = mailRefusalOf(error, password)
    if (account.authMethod === 'oauth2') forgetAccessToken(account)
  }
  // A server that is away for a moment takes nothing from an account that was proven; a no does.
  const stillProven = account.state === 'verified' && refusal?.code === 'mail-server-unreachable'
  const done = success(account)
  await ctx.db.transaction(async (tx) => {
    const written = await tx
      .update(mailAccounts)
      .set(
        refusal === null
          ? { ...done.set, lastError: null, imapStoppedAt: null, imapLeaseUntil: null, version: account.version + 1 }
          : {
              lastError: String(refusal.params.response ?? refusal.code),
              version: account.version + 1,
              ...(stillProven ? {} : { state: 'unverified' as const, verifiedAt: null }),
            },
      )
      .where(and(eq(mailAccounts.userId, owner.userId), eq(mailAccounts.version, account.version)))
      .returning({ userId: mailAccounts.userId })
    if (written.length === 0) throw new Refusal('changed-meanwhile')
    await recordAudit(tx, ctx, actor, {
      action: 'change',
      entity: 'mail-account',
      entityId: owner.userId,
      changes: refusal === null ? done.changes : { verification: refusal.code },
    })
  })
  if (refusal) throw refusal
}

/**
 * Proves the account with a mail to itself and makes it usable: for the operator's command line, whose word stands for the arrival. A person
 * confirms what arrived (handshake.ts). Refuses as `tryWithMail` does.
 */
export async function verifyMailAccount(
  ctx: AppContext,
  owner: Owner,
  actor: Pick<Viewer, 'userId'> | null = owner,
): Promise<void> {
  await tryWithMail(
    ctx,
    owner,
    actor,
    (_, language, company) => ({ subject: testMail[language].subject, text: testMail[language].text(company) }),
    (account) => ({
      set: { state: 'verified', verifiedAt: ctx.now(), handshakeCode: null },
      changes: { state: [account.state, 'verified'] },
    }),
  )
}
