import type { Querier } from '@cartera/db/connect'
import { contacts } from '@cartera/db/schema/customers'
import { interactionEntries, interactions, interactionTopics } from '@cartera/db/schema/interactions'
import type { PortalContact } from '@cartera/domain/access/portal-contact'
import { Refusal } from '@cartera/domain/refusal'
import { and, desc, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { addPortalMessage, publishedEntry, publishedInteraction } from '../interactions/portal-conversation.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { countDeed } from './portal-deeds.ts'

const mostEntries = 500

const entryColumns = {
  id: interactionEntries.id,
  interactionId: interactionEntries.interactionId,
  kind: interactionEntries.kind,
  entryName: interactionEntries.entryName,
  body: interactionEntries.body,
  writtenAt: interactionEntries.writtenAt,
  contact: contacts.name,
}

interface EntryRow {
  id: string
  kind: string
  entryName: string
  body: string
  writtenAt: Date
  contact: string | null
}

/** What the customer said stands for them, also where an agent wrote it down. */
const toEntry = (row: EntryRow) => ({
  id: row.id,
  side: row.kind === 'incoming' ? ('customer' as const) : ('company' as const),
  name: row.contact ?? row.entryName,
  body: row.body,
  writtenAt: row.writtenAt.toISOString(),
})

const conversationColumns = {
  id: interactions.id,
  number: interactions.number,
  topic: interactionTopics.name,
  reference: interactions.reference,
  // By what is published: an internal entry moves nothing that the customer sees.
  lastEntryAt: sql<Date>`(select max(${interactionEntries.writtenAt}) from ${interactionEntries}
    where ${interactionEntries.interactionId} = ${interactions.id} and ${publishedEntry()})`.mapWith(interactions.lastEntryAt),
}

/** The conversations of the contact's customer in which something is published, the last spoken in first. */
export async function portalConversations(ctx: AppContext, contact: PortalContact, input: PageInput) {
  const sort = '-lastEntryAt'
  const keys = [
    { column: sql`${conversationColumns.lastEntryAt}`, type: 'timestamptz' },
    { column: interactions.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select(conversationColumns)
    .from(interactions)
    .innerJoin(interactionTopics, eq(interactionTopics.id, interactions.topicId))
    .where(and(publishedInteraction(contact.customerId), keysetAfter(input.cursor, sort, keys, true)))
    .orderBy(...orderOf(keys, true))
    .limit(limit + 1)
  const newest = await ctx.db
    .selectDistinctOn([interactionEntries.interactionId], entryColumns)
    .from(interactionEntries)
    .leftJoin(contacts, eq(contacts.id, interactionEntries.portalContactId))
    .where(and(sql`${interactionEntries.interactionId} = any(${sql.param(rows.map((row) => row.id))}::uuid[])`, publishedEntry()))
    .orderBy(interactionEntries.interactionId, desc(interactionEntries.writtenAt), desc(interactionEntries.id))
  return pageOf(
    rows,
    limit,
    (row) => {
      const last = newest.find(({ interactionId }) => interactionId === row.id)
      return { ...row, lastEntryAt: row.lastEntryAt.toISOString(), last: last === undefined ? null : toEntry(last) }
    },
    (row) => encodeCursor(sort, [row.lastEntryAt.toISOString(), row.id]),
  )
}

async function findConversation(db: Querier, contact: PortalContact, interactionId: string) {
  const [row] = await db
    .select(conversationColumns)
    .from(interactions)
    .innerJoin(interactionTopics, eq(interactionTopics.id, interactions.topicId))
    .where(and(eq(interactions.id, interactionId), publishedInteraction(contact.customerId)))
  if (!row) throw new Refusal('not-found')
  const entries = await db
    .select(entryColumns)
    .from(interactionEntries)
    .leftJoin(contacts, eq(contacts.id, interactionEntries.portalContactId))
    .where(and(eq(interactionEntries.interactionId, interactionId), publishedEntry()))
    .orderBy(desc(interactionEntries.writtenAt), desc(interactionEntries.id))
    .limit(mostEntries)
  return { ...row, lastEntryAt: row.lastEntryAt.toISOString(), entries: entries.reverse().map(toEntry) }
}

/** What is published of a conversation. Refuses `not-found` alike for a foreign, an internal, a deleted and a missing one. */
export const readPortalConversation = (ctx: AppContext, contact: PortalContact, interactionId: string) =>
  findConversation(ctx.db, contact, interactionId)

/** A contact writes to the company, in a conversation or (null) in a new one. Refuses `not-found`, `too-many-attempts`. */
export async function writeOnPortal(
  ctx: AppContext,
  contact: PortalContact,
  interactionId: string | null,
  input: { body: string },
) {
  await countDeed(ctx, contact)
  return ctx.db.transaction(async (tx) => {
    const written = await addPortalMessage(
      tx,
      ctx,
      { id: contact.contactId, name: contact.name, customerId: contact.customerId },
      { interactionId, body: input.body },
    )
    return findConversation(tx, contact, written.interactionId)
  })
}
