import type { Transaction } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import { interactionEntries, interactions, interactionTopics } from '@cartera/db/schema/interactions'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, isNotNull, isNull, ne, type SQL, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { type Company, findCompany } from '../company/company-settings.ts'
import { bringBackWaiting } from '../follow-ups/bring-back-waiting.ts'
import { ownerOf } from '../follow-ups/open-follow-up.ts'
import { notifyLive } from '../live/notify-live.ts'
import { installedTexts } from '../set-up/installed-texts.ts'

/** What a customer may read of a conversation: everything but what is internal. A condition over `interaction_entries`. */
export function publishedEntry(): SQL {
  return ne(interactionEntries.kind, 'internal')
}

/** The interactions that a customer sees on their portal: their own, not deleted, with something published in them. A condition over `interactions`. */
export function publishedInteraction(customerId: string): SQL | undefined {
  return and(
    eq(interactions.customerId, customerId),
    isNull(interactions.deletedAt),
    sql`exists (select 1 from ${interactionEntries} where ${interactionEntries.interactionId} = ${interactions.id} and ${publishedEntry()})`,
  )
}

/**
 * Writes what a contact says on the portal, in the caller's transaction; a system use case, whoever calls it has decided that this is the contact. Without
 * an interaction a new one is opened, for the collections agent, else the preferred agent, else the administrator. It waits for an answer from then on,
 * a closed conversation is open again, and follow-ups that wait for the customer come back. Refuses `not-found` for an interaction that the
 * customer does not see.
 */
export async function addPortalMessage(
  tx: Transaction,
  ctx: AppContext,
  contact: { id: string; name: string; customerId: string },
  input: { interactionId: string | null; body: string },
): Promise<{ interactionId: string; entryId: string; ownerId: string }> {
  const now = ctx.now()
  const interaction =
    input.interactionId === null
      ? await openFromPortal(tx, ctx, contact)
      : await lockPublished(tx, contact.customerId, input.interactionId)
  const [entry] = await tx
    .insert(interactionEntries)
    .values({
      interactionId: interaction.id,
      kind: 'incoming',
      entryName: contact.name,
      body: input.body,
      writtenAt: now,
      portalContactId: contact.id,
    })
    .returning({ id: interactionEntries.id })
  if (!entry) throw new Error('the message was not written')
  await tx
    .update(interactions)
    .set({
      state: 'open',
      unansweredSince: interaction.unansweredSince ?? now,
      lastEntryAt: now,
      lastEntryName: contact.name,
    })
    .where(eq(interactions.id, interaction.id))
  await recordAudit(tx, ctx, null, {
    action: 'create',
    entity: 'interaction-entry',
    entityId: entry.id,
    changes: { interactionId: interaction.id, kind: 'incoming', portalContactId: contact.id },
  })
  await notifyLive(tx, { entity: 'interaction', id: interaction.id, action: 'entry' })
  await bringBackWaiting(tx, ctx, contact.customerId)
  return { interactionId: interaction.id, entryId: entry.id, ownerId: interaction.ownerId }
}

/**
 * When the customer first wrote on the portal after an entry that somebody had read; null where nothing came after it, or nobody says what was read.
 * Refuses `reference-unknown` at `seenEntryId` for an entry of elsewhere.
 */
export async function unreadSince(tx: Transaction, interactionId: string, seenEntryId: string | undefined): Promise<Date | null> {
  if (seenEntryId === undefined) return null
  const ofInteraction = eq(interactionEntries.interactionId, interactionId)
  const [seen] = await tx
    .select({ at: interactionEntries.writtenAt })
    .from(interactionEntries)
    .where(and(ofInteraction, eq(interactionEntries.id, seenEntryId)))
  if (!seen) throw new Refusal('reference-unknown', { field: 'seenEntryId' })
  const [unread] = await tx
    .select({ at: interactionEntries.writtenAt })
    .from(interactionEntries)
    .where(
      and(
        ofInteraction,
        isNotNull(interactionEntries.portalContactId),
        sql`(${interactionEntries.writtenAt}, ${interactionEntries.id}) > (${seen.at.toISOString()}::timestamptz, ${seenEntryId}::uuid)`,
      ),
    )
    .orderBy(asc(interactionEntries.writtenAt), asc(interactionEntries.id))
    .limit(1)
  return unread?.at ?? null
}

async function lockPublished(tx: Transaction, customerId: string, interactionId: string) {
  const [row] = await tx
    .select()
    .from(interactions)
    .where(and(eq(interactions.id, interactionId), publishedInteraction(customerId)))
    .for('update')
  if (!row) throw new Refusal('not-found')
  return row
}

async function openFromPortal(tx: Transaction, ctx: AppContext, contact: { id: string; name: string; customerId: string }) {
  const [customer] = await tx.select().from(customers).where(eq(customers.id, contact.customerId)).for('key share')
  if (!customer) throw new Refusal('not-found')
  const [person] = await tx
    .select({ phone: sql<string | null>`coalesce(${contacts.phone}, ${contacts.mobile})`, email: contacts.email })
    .from(contacts)
    .where(eq(contacts.id, contact.id))
  const company = await findCompany(tx)
  const now = ctx.now()
  const [made] = await tx
    .insert(interactions)
    .values({
      customerId: customer.id,
      topicId: await portalTopic(tx, ctx, company),
      ownerId: await ownerOf(tx, company, [customer.collectionsAgentId, customer.preferredAgentId]),
      source: 'portal',
      happenedAt: now,
      contactId: contact.id,
      contactName: contact.name,
      contactPhone: person?.phone ?? null,
      contactEmail: person?.email ?? null,
      salespersonId: customer.preferredAgentId,
      lastEntryAt: now,
      lastEntryName: contact.name,
      createdAt: now,
    })
    .returning()
  if (!made) throw new Error('the interaction was not written')
  await recordAudit(tx, ctx, null, {
    action: 'create',
    entity: 'interaction',
    entityId: made.id,
    changes: { customerId: customer.id, topicId: made.topicId, ownerId: made.ownerId, portalContactId: contact.id },
  })
  return made
}

/** The installed topic "Portal"; where it was renamed the oldest active one; where nothing is active the installed one is added (or switched on) again. */
async function portalTopic(tx: Transaction, ctx: AppContext, company: Company): Promise<string> {
  const name = installedTexts[company.locale.startsWith('en') ? 'en' : 'es'].portalTopic
  const [topic] = await tx
    .select({ id: interactionTopics.id })
    .from(interactionTopics)
    .where(eq(interactionTopics.active, true))
    .orderBy(
      sql`(lower(${interactionTopics.name}) = ${name.toLowerCase()}) desc`,
      asc(interactionTopics.createdAt),
      asc(interactionTopics.name),
    )
    .limit(1)
    .for('key share')
  if (topic) return topic.id
  const { rows } = await tx.execute<{ id: string }>(sql`
    insert into interaction_topics (id, name, created_at) values (${v7()}, ${name}, ${ctx.now().toISOString()}::timestamptz)
    on conflict (lower(name)) do update set active = true, version = interaction_topics.version + 1
    returning id`)
  const [made] = rows
  if (!made) throw new Error('the topic was not written')
  await recordAudit(tx, ctx, null, {
    action: 'create',
    entity: 'interaction-topic',
    entityId: made.id,
    changes: { reason: 'no active topic' },
  })
  return made.id
}
