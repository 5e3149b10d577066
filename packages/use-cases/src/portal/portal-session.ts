import { contacts, customers } from '@cartera/db/schema/customers'
import { mailAccounts } from '@cartera/db/schema/organisation'
import { portalLinks, portalSessions } from '@cartera/db/schema/portal'
import type { PortalContact } from '@cartera/domain/access/portal-contact'
import { portalExpiryStale, portalSessionExpiry } from '@cartera/domain/portal/portal-session'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { queueCustomerMail, ringCustomerMails } from '../customer-mails/customer-mails.ts'
import { defineJob } from '../jobs/job.ts'
import { countAttempts } from './count-attempts.ts'
import { mayEnterPortal } from './may-enter.ts'
import { hashOfToken, newToken } from './portal-token.ts'

/** An address asks more seldom than a place, behind which a whole office may sit. */
const limits = { address: 5, place: 30, entries: 60 }

const place = (ctx: AppContext) => ctx.origin.address ?? 'none'

/**
 * Somebody asks for a link to an address. What happens here is the same whether anybody has it: a count and a job that carries the address under our key;
 * only the job looks. Refuses `too-many-attempts` by address and by place, alike for known and unknown ones.
 */
export async function requestPortalLink(ctx: AppContext, input: { email: string }): Promise<void> {
  const email = input.email.trim().toLowerCase()
  await countAttempts(ctx, [
    { key: `portal-address:${ctx.secrets.digest('portal-link', email)}`, limit: limits.address },
    { key: `portal-place:${place(ctx)}`, limit: limits.place },
  ])
  await ctx.queue.add(sendRequestedLinksJob, { sealed: ctx.secrets.encrypt(email), askedAt: ctx.now().toISOString() })
}

/** What was asked for longer ago than this is asked for again. */
const staleMs = 15 * 60_000
/** One person may be the contact of several customers; more than this is a mistake in the data. */
const mostCustomers = 10

/** Queues a link for each customer whose portal the address may enter, from the collections agent's account or the administrator's. */
async function sendRequestedLinks(ctx: AppContext, email: string): Promise<void> {
  const found = await ctx.db
    .select({
      contactId: contacts.id,
      name: contacts.name,
      email: contacts.email,
      customerId: customers.id,
      senderId: mailAccounts.userId,
    })
    .from(contacts)
    .innerJoin(customers, eq(customers.id, contacts.customerId))
    .leftJoin(mailAccounts, and(eq(mailAccounts.userId, customers.collectionsAgentId), eq(mailAccounts.state, 'verified')))
    .where(and(eq(sql`lower(${contacts.email})`, email), mayEnterPortal()))
    .orderBy(contacts.id)
    .limit(mostCustomers)
  for (const contact of found) {
    const queued = await ctx.db.transaction((tx) =>
      queueCustomerMail(tx, ctx, {
        kind: 'portal-link',
        customerId: contact.customerId,
        contactId: contact.contactId,
        senderId: contact.senderId,
        toAddress: contact.email ?? '',
        toName: contact.name,
      }).catch((error: unknown) => {
        if (error instanceof Refusal) return null
        throw error
      }),
    )
    if (queued === null) ctx.log.warn({ contactId: contact.contactId }, 'no portal link: the address is none')
  }
  if (found.length > 0) await ringCustomerMails(ctx)
}

/** Run twice it sends two links, each good for one entry: no harm is done. */
export const sendRequestedLinksJob = defineJob({
  name: 'send-requested-portal-links',
  payload: z.strictObject({ sealed: z.string().max(1000), askedAt: z.iso.datetime() }),
  attempts: 3,
  async run(ctx, { sealed, askedAt }) {
    const email = ctx.secrets.decrypt(sealed)
    if (email === null || ctx.now().getTime() - new Date(askedAt).getTime() > staleMs) return
    await sendRequestedLinks(ctx, email)
  },
})

/**
 * Enters with the token of a link, which is used up: answers the token of the session for the cookie and the end of its life. Refuses
 * `portal-link-invalid` alike for a used, expired, revoked, forged one and for a contact that may no longer enter; `too-many-attempts`.
 */
export async function enterPortal(
  ctx: AppContext,
  input: { token: string; formerSession: string | null },
): Promise<{ token: string; expiresAt: Date }> {
  await countAttempts(ctx, [{ key: `portal-entry:${place(ctx)}`, limit: limits.entries }])
  const token = newToken()
  const now = ctx.now()
  return ctx.db.transaction(async (tx) => {
    const [link] = await tx
      .select({ id: portalLinks.id, contactId: portalLinks.contactId, contactName: contacts.name })
      .from(portalLinks)
      .innerJoin(contacts, eq(contacts.id, portalLinks.contactId))
      .innerJoin(customers, eq(customers.id, contacts.customerId))
      .where(
        and(
          eq(portalLinks.tokenHash, hashOfToken(input.token)),
          isNull(portalLinks.usedAt),
          isNull(portalLinks.revokedAt),
          gt(portalLinks.expiresAt, now),
          mayEnterPortal(),
        ),
      )
      .for('update', { of: portalLinks })
    if (!link) throw new Refusal('portal-link-invalid')
    await tx.update(portalLinks).set({ usedAt: now }).where(eq(portalLinks.id, link.id))
    // A browser has one session: the one it had is over.
    if (input.formerSession !== null) await endSession(tx, ctx, input.formerSession)
    const expiresAt = portalSessionExpiry(now, now)
    await tx.insert(portalSessions).values({
      contactId: link.contactId,
      tokenHash: hashOfToken(token),
      address: ctx.origin.address,
      userAgent: ctx.origin.userAgent?.slice(0, 300) ?? null,
      expiresAt,
      createdAt: now,
    })
    await recordAudit(tx, ctx, null, {
      action: 'sign-in',
      entity: 'contact',
      entityId: link.contactId,
      changes: { contact: link.contactName, linkId: link.id },
    })
    return { token, expiresAt }
  })
}

async function endSession(db: Pick<AppContext['db'], 'update'>, ctx: AppContext, token: string): Promise<void> {
  await db
    .update(portalSessions)
    .set({ revokedAt: ctx.now() })
    .where(and(eq(portalSessions.tokenHash, hashOfToken(token)), isNull(portalSessions.revokedAt)))
}

/** Ends the session of a browser. An unknown one is no error: the aim is reached. */
export const leavePortal = (ctx: AppContext, token: string): Promise<void> => endSession(ctx.db, ctx, token)

/**
 * The contact behind a portal session as they stand now; null where the session ended, the access was switched off, the contact or customer deleted or the
 * customer inactive: each holds on the next request. A session that is used lives on, up to its greatest age.
 */
export async function findPortalContact(ctx: AppContext, token: string): Promise<PortalContact | null> {
  const [row] = await ctx.db
    .select({
      sessionId: portalSessions.id,
      createdAt: portalSessions.createdAt,
      expiresAt: portalSessions.expiresAt,
      contactId: contacts.id,
      name: contacts.name,
      customerId: customers.id,
      language: customers.language,
    })
    .from(portalSessions)
    .innerJoin(contacts, eq(contacts.id, portalSessions.contactId))
    .innerJoin(customers, eq(customers.id, contacts.customerId))
    .where(
      and(
        eq(portalSessions.tokenHash, hashOfToken(token)),
        isNull(portalSessions.revokedAt),
        gt(portalSessions.expiresAt, ctx.now()),
        mayEnterPortal(),
      ),
    )
  if (!row) return null
  const next = portalSessionExpiry(row.createdAt, ctx.now())
  if (portalExpiryStale(row.expiresAt, next))
    await ctx.db.update(portalSessions).set({ expiresAt: next }).where(eq(portalSessions.id, row.sessionId))
  return {
    contactId: row.contactId,
    customerId: row.customerId,
    sessionId: row.sessionId,
    name: row.name,
    language: row.language === 'en' ? 'en' : 'es',
  }
}
