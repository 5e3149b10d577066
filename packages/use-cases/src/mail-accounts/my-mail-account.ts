import type { Querier } from '@cartera/db/connect'
import { mailAccounts, users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { mailAddressRefusal } from '@cartera/domain/notices/mail-address'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
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
      }

/**
 * Defines a person's mail account. Anything but the display name makes it unverified again, so that nothing leaves through what
 * nobody tried. Refuses `mail-address-invalid`, and `mail-password-needed` where a stored password would go to another server or
 * under another name than it was given for: else whoever holds a session could have it sent to themselves.
 */
export async function putMailAccount(
  ctx: AppContext,
  owner: Owner,
  input: MailAccountInput,
  actor: Pick<Viewer, 'userId'> | null = owner,
): Promise<void> {
  const refusal = mailAddressRefusal(input.address)
  if (refusal) throw new Refusal(refusal, { field: 'address' })
  await ctx.db.transaction(async (tx) => {
    // Locked even when the account is not there yet: two first definitions at once take turns.
    await tx.select({ id: users.id }).from(users).where(eq(users.id, owner.userId)).for('update')
    const before = await lockAccount(tx, owner.userId)
    const { password, ...fields } = input
    const sameServer =
      before !== undefined &&
      (['host', 'port', 'security', 'username'] as const).every((field) => before[field] === fields[field])
    if (password === undefined && before?.passwordEncrypted != null && !sameServer && fields.username !== null)
      throw new Refusal('mail-password-needed', { field: 'password' })
    const keptPassword = sameServer ? before.passwordEncrypted : null
    const passwordEncrypted = password === undefined ? keptPassword : password ? ctx.secrets.encrypt(password) : null
    const untouched = sameServer && before.address === fields.address && passwordEncrypted === before.passwordEncrypted
    const values = {
      ...fields,
      passwordEncrypted,
      ...(untouched ? {} : { state: 'unverified' as const, verifiedAt: null, lastError: null }),
    }
    const [after] = await tx
      .insert(mailAccounts)
      .values({ userId: owner.userId, ...values })
      .onConflictDoUpdate({ target: mailAccounts.userId, set: { ...values, version: (before?.version ?? 0) + 1 } })
      .returning()
    await recordAudit(tx, ctx, actor, {
      action: before ? 'change' : 'create',
      entity: 'mail-account',
      entityId: owner.userId,
      changes: {
        ...(before ? changesBetween(audited(before), audited(after)) : audited(after)),
        ...(password === undefined ? {} : { password: 'changed' }),
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

/** Connects, signs in and mails the address itself. Throws what nodemailer or the resolver throws. */
async function tryAccount(ctx: AppContext, account: MailAccount, language: 'es' | 'en'): Promise<void> {
  const { name } = await findCompany(ctx.db)
  const transport = await openMailTransport(ctx, account)
  try {
    await transport.verify()
    await transport.sendMail({
      from: { name: account.displayName, address: account.address },
      to: { name: '', address: account.address },
      envelope: { from: account.address, to: [account.address] },
      subject: testMail[language].subject,
      text: testMail[language].text(name),
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
  } finally {
    transport.close()
  }
}

/**
 * Proves the account with a mail to itself and makes it usable. Refuses `mail-account-missing`, `mail-account-refused` (the server's
 * answer, shortened), `mail-message-refused`, `mail-server-unreachable`, `mail-host-private`, `mail-password-unreadable`; the reason
 * stays on the account. `changed-meanwhile` when the account was changed while it was being tried.
 */
export async function verifyMailAccount(
  ctx: AppContext,
  owner: Owner,
  actor: Pick<Viewer, 'userId'> | null = owner,
): Promise<void> {
  const [found] = await ctx.db
    .select({ account: mailAccounts, language: users.language })
    .from(mailAccounts)
    .innerJoin(users, eq(users.id, mailAccounts.userId))
    .where(eq(mailAccounts.userId, owner.userId))
  if (!found) throw new Refusal('mail-account-missing')
  const { account } = found
  let refusal: Refusal | null = null
  try {
    await tryAccount(ctx, account, found.language === 'en' ? 'en' : 'es')
  } catch (error) {
    const password = account.passwordEncrypted === null ? null : ctx.secrets.decrypt(account.passwordEncrypted)
    refusal = mailRefusalOf(error, password)
  }
  // A server that is away for a moment takes nothing from an account that was proven; a no does.
  const stillProven = account.state === 'verified' && refusal?.code === 'mail-server-unreachable'
  await ctx.db.transaction(async (tx) => {
    const written = await tx
      .update(mailAccounts)
      .set(
        refusal === null
          ? { state: 'verified', verifiedAt: ctx.now(), lastError: null, version: account.version + 1 }
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
      changes: refusal === null ? { state: [account.state, 'verified'] } : { verification: refusal.code },
    })
  })
  if (refusal) throw refusal
}
