import type { Querier } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import { followUps } from '@cartera/db/schema/follow-ups'
import { interactionEntries, interactions } from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { mailsAbout } from '../customer-mails/customer-mails.ts'
import { readCustomer } from '../customers/customer-row.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { visibleFollowUp } from '../follow-ups/visible-follow-ups.ts'
import { interactionItem, selectInteractions } from './find-interactions.ts'
import { visibleInteraction } from './visible-interaction.ts'

/** Of a longer conversation the newest so many. */
const mostEntries = 500
const mostContacts = 500
const mostFollowUps = 50

/** An interaction whole, with its conversation and the mails that told the customer of it. Refuses `not-found`. */
export async function readInteraction(db: Querier, viewer: Viewer, interactionId: string) {
  const [row] = await selectInteractions(db).where(and(eq(interactions.id, interactionId), visibleInteraction(viewer)))
  if (!row) throw new Refusal('not-found')
  const { interaction } = row
  const nameOf = async (userId: string | null) =>
    userId === null
      ? null
      : ((await db.select({ id: users.id, name: users.name }).from(users).where(eq(users.id, userId)))[0] ?? null)
  const [contact] =
    interaction.contactId === null
      ? []
      : await db.select({ id: contacts.id, name: contacts.name }).from(contacts).where(eq(contacts.id, interaction.contactId))
  const opened = await db
    .select({
      id: followUps.id,
      number: followUps.number,
      subject: followUps.subject,
      state: followUps.state,
      dueAt: followUps.dueAt,
    })
    .from(followUps)
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(and(eq(followUps.interactionId, interactionId), visibleFollowUp(viewer)))
    .orderBy(desc(followUps.number))
    .limit(mostFollowUps)
  const newest = await db
    .select({ entry: interactionEntries, authorName: users.name })
    .from(interactionEntries)
    .leftJoin(users, eq(users.id, interactionEntries.authorId))
    .where(eq(interactionEntries.interactionId, interactionId))
    .orderBy(desc(interactionEntries.writtenAt), desc(interactionEntries.id))
    .limit(mostEntries)
  const mails = await mailsAbout(
    db,
    newest.map(({ entry }) => entry.id),
  )
  return {
    ...interactionItem(row),
    contact: contact ?? null,
    contactPhone: interaction.contactPhone,
    contactEmail: interaction.contactEmail,
    salesContact: interaction.salesContact,
    salesperson: await nameOf(interaction.salespersonId),
    followUps: opened.map((each) => ({ ...each, dueAt: each.dueAt.toISOString() })),
    entries: newest.reverse().map(({ entry, authorName }) => ({
      id: entry.id,
      kind: entry.kind,
      entryName: entry.entryName,
      body: entry.body,
      writtenAt: entry.writtenAt.toISOString(),
      author: entry.authorId === null ? null : { id: entry.authorId, name: authorName ?? '' },
      mails: (mails.get(entry.id) ?? [])
        .slice(-100)
        .map((mail) => ({ ...mail, response: mail.response?.slice(0, 2000) ?? null })),
    })),
    createdAt: interaction.createdAt.toISOString(),
  }
}

/** Whom an interaction with a customer is filled in with where nothing else is said: for the record alone. */
export function filledIn(
  customer: { contactPerson: string | null; phone: string | null; mobile: string | null; email: string | null },
  contact: { name: string; phone: string | null; mobile: string | null; email: string | null } | null,
) {
  const clip = (text: string | null, max: number) => text?.slice(0, max) ?? null
  return {
    contactName: clip(contact?.name ?? customer.contactPerson, 200),
    contactPhone: clip(contact?.phone ?? contact?.mobile ?? customer.phone ?? customer.mobile, 60),
    contactEmail: clip(contact?.email ?? customer.email, 254),
  }
}

/**
 * What the form of an interaction shows of a customer: the credit hold, their people and who of them reads the portal, and what it fills in.
 * Refuses `not-found`.
 */
export async function interactionForm(ctx: AppContext, viewer: Viewer, customerId: string) {
  const row = await findVisibleCustomer(ctx.db, viewer, customerId)
  const customer = await readCustomer(ctx, viewer, customerId)
  const people = await ctx.db
    .select({
      id: contacts.id,
      name: contacts.name,
      position: contacts.position,
      phone: sql<string | null>`coalesce(${contacts.phone}, ${contacts.mobile})`,
      email: contacts.email,
      portal: sql<boolean>`${contacts.portalAccess} and ${contacts.email} is not null and ${contacts.wrongPersonAt} is null`,
    })
    .from(contacts)
    .where(and(eq(contacts.customerId, customerId), isNull(contacts.deletedAt)))
    .orderBy(asc(contacts.name), asc(contacts.id))
    .limit(mostContacts)
  const [salesperson] =
    customer.preferredAgent === null
      ? []
      : await ctx.db
          .select({ id: users.id, name: users.name })
          .from(users)
          .where(and(eq(users.id, customer.preferredAgent.id), eq(users.active, true)))
  return {
    now: ctx.now().toISOString(),
    customer: { id: customer.id, name: customer.name, code: customer.code },
    creditHold: customer.creditHold,
    ...filledIn(row, null),
    salesperson: salesperson ?? null,
    contacts: people,
  }
}
