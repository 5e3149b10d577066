import type { Querier, Transaction } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import { customerMails } from '@cartera/db/schema/interactions'
import { mailAccounts, users } from '@cartera/db/schema/organisation'
import { portalLinks, portalSessions } from '@cartera/db/schema/portal'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { statusEffects } from '@cartera/domain/customers/customer-status'
import { Refusal, type RefusalCode } from '@cartera/domain/refusal'
import { and, desc, eq, gt, inArray, isNull, max, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { type Contact, toContact } from '../contacts/list-contacts.ts'
import { queueCustomerMail, requireMailAccount, ringCustomerMails } from '../customer-mails/customer-mails.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { countAttempts } from './count-attempts.ts'
import { mayEnterOnceActive } from './may-enter.ts'

const shownDays = 30
const invitationsPerQuarter = 5

function requireManageCustomers(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-customers')
  if (refusal) throw new Refusal(refusal)
}

async function findContact(db: Querier, viewer: Viewer, customerId: string, contactId: string): Promise<Contact> {
  await findVisibleCustomer(db, viewer, customerId)
  const [row] = await db
    .select()
    .from(contacts)
    .where(and(eq(contacts.id, contactId), eq(contacts.customerId, customerId), isNull(contacts.deletedAt)))
  if (!row) throw new Refusal('not-found')
  return row
}

type Closed = 'portal-access-off' | 'portal-customer-inactive'

/** Why the portal does not let a contact in; null where it does. An inactive customer shuts it for as long as that lasts, the rest for good. */
async function closedBecause(db: Querier, contactId: string): Promise<Closed | null> {
  const [row] = await db
    .select({ status: customers.status })
    .from(contacts)
    .innerJoin(customers, eq(customers.id, contacts.customerId))
    .where(and(eq(contacts.id, contactId), mayEnterOnceActive()))
  if (!row) return 'portal-access-off'
  return statusEffects[row.status].portal ? null : 'portal-customer-inactive'
}

/** Whose account an invitation leaves from: the viewer's own where it is verified, else the administrator's (null). Refuses `mail-account-...`. */
async function senderOf(db: Querier, viewer: Viewer): Promise<string | null> {
  const [own] = await db
    .select({ userId: mailAccounts.userId })
    .from(mailAccounts)
    .where(and(eq(mailAccounts.userId, viewer.userId), eq(mailAccounts.state, 'verified')))
  if (own) return own.userId
  const { administratorId } = await findCompany(db)
  if (administratorId === null) throw new Refusal('mail-account-missing')
  await requireMailAccount(db, administratorId)
  return null
}

/** Why an invitation cannot leave, the same before and at the deed; null where it can. */
async function invitationRefusal(ctx: AppContext, db: Querier, viewer: Viewer, contactId: string): Promise<RefusalCode | null> {
  const refusal = permissionRefusal(viewer, 'manage-customers')
  if (refusal) return refusal
  const closed = await closedBecause(db, contactId)
  if (closed) return closed
  if (ctx.settings.publicUrl === null) return 'public-address-missing'
  try {
    await senderOf(db, viewer)
    return null
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

/** How a contact comes into the portal: whether they may, the links and sessions of the last 30 days. Refuses `not-found`. */
export async function readPortalAccess(ctx: AppContext, viewer: Viewer, customerId: string, contactId: string) {
  const contact = await findContact(ctx.db, viewer, customerId, contactId)
  const now = ctx.now()
  const since = new Date(now.getTime() - shownDays * 86_400_000)
  // A link is made as its mail is composed and bears its id.
  const mails = await ctx.db
    .select({ mail: customerMails, link: portalLinks, inviter: users.name })
    .from(customerMails)
    .leftJoin(portalLinks, eq(portalLinks.id, customerMails.id))
    .leftJoin(users, eq(users.id, customerMails.createdBy))
    .where(and(eq(customerMails.contactId, contactId), eq(customerMails.kind, 'portal-link'), gt(customerMails.createdAt, since)))
    .orderBy(desc(customerMails.createdAt), desc(customerMails.id))
    .limit(50)
  const sessions = await ctx.db
    .select()
    .from(portalSessions)
    .where(and(eq(portalSessions.contactId, contactId), gt(portalSessions.createdAt, since)))
    .orderBy(desc(portalSessions.createdAt), desc(portalSessions.id))
    .limit(50)
  const [last] = await ctx.db
    .select({ at: max(portalSessions.createdAt) })
    .from(portalSessions)
    .where(eq(portalSessions.contactId, contactId))
  const closed = await closedBecause(ctx.db, contactId)
  return {
    open: closed === null,
    refusal: await invitationRefusal(ctx, ctx.db, viewer, contact.id),
    lastEntryAt: last?.at?.toISOString() ?? null,
    links: mails.map(({ mail, link, inviter }) => ({
      id: mail.id,
      createdAt: mail.createdAt.toISOString(),
      createdBy: mail.createdBy === null ? null : { id: mail.createdBy, name: inviter ?? '' },
      expiresAt: link?.expiresAt.toISOString() ?? null,
      toAddress: mail.toAddress,
      state: stateOfLink(mail.state, link, now, closed),
      response: mail.state === 'failed' || mail.state === 'skipped' || mail.state === 'waiting' ? mail.response : null,
    })),
    sessions: sessions.map((session) => ({
      id: session.id,
      createdAt: session.createdAt.toISOString(),
      expiresAt: session.expiresAt.toISOString(),
      address: session.address,
      userAgent: session.userAgent,
      state: stateOfSession(session, now, closed),
    })),
  }
}

function stateOfSession(
  session: typeof portalSessions.$inferSelect,
  now: Date,
  closed: Closed | null,
): 'open' | 'paused' | 'ended' {
  if (session.revokedAt !== null || session.expiresAt <= now || closed === 'portal-access-off') return 'ended'
  return closed === null ? 'open' : 'paused'
}

function stateOfLink(
  mail: (typeof customerMails.$inferSelect)['state'],
  link: typeof portalLinks.$inferSelect | null,
  now: Date,
  closed: Closed | null,
): 'sending' | 'failed' | 'waiting' | 'paused' | 'used' | 'expired' | 'revoked' {
  if (link !== null && link.usedAt !== null) return 'used'
  if (link !== null && link.revokedAt !== null) return 'revoked'
  if (mail === 'waiting' || mail === 'claimed' || mail === 'dispatching') return 'sending'
  if (link === null || mail === 'failed' || mail === 'skipped') return 'failed'
  if (link.expiresAt <= now) return 'expired'
  return closed === 'portal-customer-inactive' ? 'paused' : 'waiting'
}

/**
 * Sends a contact a link by mail, from the viewer's account where it is verified, else the administrator's. Refuses `not-found`, `not-allowed`,
 * `portal-access-off`, `portal-customer-inactive`, `public-address-missing`, `mail-account-...`, `too-many-attempts`.
 */
export async function inviteToPortal(ctx: AppContext, viewer: Viewer, customerId: string, contactId: string) {
  const contact = await findContact(ctx.db, viewer, customerId, contactId)
  const refusal = await invitationRefusal(ctx, ctx.db, viewer, contactId)
  if (refusal) throw new Refusal(refusal)
  await countAttempts(ctx, [{ key: `portal-invitation:${contactId}`, limit: invitationsPerQuarter }])
  await ctx.db.transaction(async (tx) => {
    const id = await queueCustomerMail(tx, ctx, {
      kind: 'portal-link',
      customerId,
      contactId,
      senderId: await senderOf(tx, viewer),
      toAddress: contact.email ?? '',
      toName: contact.name,
      createdBy: viewer.userId,
    })
    await recordAudit(tx, ctx, viewer, {
      action: 'send',
      entity: 'portal-link',
      entityId: id,
      changes: { customerId, contactId, contact: contact.name, toAddress: contact.email },
    })
  })
  await ringCustomerMails(ctx)
  return readPortalAccess(ctx, viewer, customerId, contactId)
}

/** Ends every link and session of a contact, also those whose mail has not left yet, in the transaction of what calls for it. Answers how many. */
export async function endPortalAccess(tx: Transaction, ctx: AppContext, contactId: string): Promise<number> {
  const ended = { revokedAt: ctx.now() }
  const links = await tx
    .update(portalLinks)
    .set(ended)
    .where(and(eq(portalLinks.contactId, contactId), isNull(portalLinks.revokedAt), isNull(portalLinks.usedAt)))
    .returning({ id: portalLinks.id })
  const sessions = await tx
    .update(portalSessions)
    .set(ended)
    .where(and(eq(portalSessions.contactId, contactId), isNull(portalSessions.revokedAt)))
    .returning({ id: portalSessions.id })
  // A worker that has one in hand may be making its link at this moment: without the claim its gate stays closed.
  await tx
    .update(customerMails)
    .set({ state: 'skipped', response: 'revoked', nextAttemptAt: null, claimToken: null, leaseUntil: null })
    .where(
      and(
        eq(customerMails.contactId, contactId),
        eq(customerMails.kind, 'portal-link'),
        inArray(customerMails.state, ['waiting', 'claimed']),
      ),
    )
  return links.length + sessions.length
}

/** Ends every portal link and session of a contact; the access itself stays as it is. Refuses `not-found`, `not-allowed`. */
export async function revokePortalAccess(ctx: AppContext, viewer: Viewer, customerId: string, contactId: string) {
  await ctx.db.transaction(async (tx) => {
    const contact = await findContact(tx, viewer, customerId, contactId)
    requireManageCustomers(viewer)
    const ended = await endPortalAccess(tx, ctx, contactId)
    await recordAudit(tx, ctx, viewer, {
      action: 'cancel',
      entity: 'portal-link',
      entityId: contactId,
      changes: { customerId, contact: contact.name, ended },
    })
  })
  return readPortalAccess(ctx, viewer, customerId, contactId)
}

/**
 * Somebody has looked: the contact who said on the portal that they are not the right person is one all the same (or stands for another now). Notices and
 * links go there again; doing it twice changes nothing. Refuses `not-found`, `not-allowed`.
 */
export async function clearWrongPerson(ctx: AppContext, viewer: Viewer, customerId: string, contactId: string) {
  return ctx.db.transaction(async (tx) => {
    const before = await findContact(tx, viewer, customerId, contactId)
    requireManageCustomers(viewer)
    if (before.wrongPersonAt === null) return toContact(before)
    const [after] = await tx
      .update(contacts)
      .set({ wrongPersonAt: null, wrongPersonNote: null, version: sql`${contacts.version} + 1` })
      .where(eq(contacts.id, contactId))
      .returning()
    if (!after) throw new Error('the contact vanished')
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'contact',
      entityId: contactId,
      changes: { wrongPerson: [true, false], wrongPersonNote: [before.wrongPersonNote, null] },
    })
    return toContact(after)
  })
}
