import { followUps } from '@cartera/db/schema/follow-ups'
import { interactionEntries, interactions, interactionTopics } from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import { aCompany, aContact, aCustomer, aFollowUp, anInteraction, anInteractionTopic, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { closeInteraction } from './end-interaction.ts'
import { addPortalMessage, publishedEntry, publishedInteraction } from './portal-conversation.ts'
import { addEntry } from './write-interaction.ts'

const database = testDatabase()
const ctx = testContext(database)

let administratorId: string
beforeAll(async () => {
  administratorId = (await aUser(database.db)).id
  await aCompany(database.db, { administratorId })
  ctx.at('2026-03-02T15:00:00Z')
})

const write = (contact: { id: string; name: string; customerId: string }, body: string, interactionId: string | null = null) =>
  database.db.transaction((tx) => addPortalMessage(tx, ctx, contact, { interactionId, body }))
const stored = async (id: string) => (await database.db.select().from(interactions).where(eq(interactions.id, id)))[0]

test('a first message opens an interaction of the collections agent, in the topic of the portal, that waits for an answer', async () => {
  const [collector, seller] = [await aUser(database.db), await aUser(database.db)]
  await anInteractionTopic(database.db, { name: 'Reclamo' })
  const portal = await anInteractionTopic(database.db, { name: 'Portal' })
  const customer = await aCustomer(database.db, { collectionsAgentId: collector.id, preferredAgentId: seller.id })
  const contact = await aContact(database.db, { customerId: customer.id, name: 'Ana', phone: '555', email: 'ana@x.test' })
  const { interactionId, entryId } = await write(contact, '=1+1 <b>¿Cuánto debo?</b>')
  expect(await stored(interactionId)).toMatchObject({
    customerId: customer.id,
    topicId: portal.id,
    ownerId: collector.id,
    salespersonId: seller.id,
    source: 'portal',
    state: 'open',
    contactName: 'Ana',
    contactPhone: '555',
    contactEmail: 'ana@x.test',
    unansweredSince: ctx.now(),
    lastEntryName: 'Ana',
  })
  const [entry] = await database.db.select().from(interactionEntries).where(eq(interactionEntries.id, entryId))
  expect(entry).toMatchObject({
    kind: 'incoming',
    entryName: 'Ana',
    body: '=1+1 <b>¿Cuánto debo?</b>',
    authorId: null,
    portalContactId: contact.id,
  })
})

test('an owner who has left is passed over: preferred agent, then the administrator', async () => {
  const [gone, seller] = [await aUser(database.db, { active: false }), await aUser(database.db)]
  const one = await aContact(database.db, {
    customerId: (await aCustomer(database.db, { collectionsAgentId: gone.id, preferredAgentId: seller.id })).id,
  })
  const other = await aContact(database.db, { customerId: (await aCustomer(database.db, { collectionsAgentId: gone.id })).id })
  expect((await write(one, 'Hola')).ownerId).toBe(seller.id)
  expect((await write(other, 'Hola')).ownerId).toBe(administratorId)
  await database.db.update(users).set({ active: true }).where(eq(users.id, gone.id))
})

test('without any active topic the installed one comes back', async () => {
  await database.db.update(interactionTopics).set({ active: false })
  const { interactionId } = await write(await aContact(database.db), 'Hola')
  const [topic] = await database.db
    .select()
    .from(interactionTopics)
    .where(eq(interactionTopics.id, (await stored(interactionId))?.topicId ?? ''))
  expect(topic).toMatchObject({ name: 'Portal', active: true })
})

test('a message into a closed conversation opens it again, and the first unanswered message keeps its time', async () => {
  const contact = await aContact(database.db)
  const since = new Date('2026-03-01T10:00:00Z')
  const { id } = await anInteraction(database.db, { customerId: contact.customerId, state: 'closed', unansweredSince: since })
  await write(contact, 'Sigo esperando', id)
  expect(await stored(id)).toMatchObject({ state: 'open', unansweredSince: since, lastEntryAt: ctx.now() })
})

test('what the customer does not see is not there: internal only, deleted, or of another customer', async () => {
  const contact = await aContact(database.db)
  const { customerId } = contact
  const internal = await anInteraction(database.db, { customerId, entry: { kind: 'internal' } })
  const deleted = await anInteraction(database.db, { customerId, deletedAt: ctx.now() })
  const foreign = await anInteraction(database.db)
  const open = await anInteraction(database.db, { customerId })
  await database.db.insert(interactionEntries).values({
    interactionId: open.id,
    kind: 'internal',
    body: 'No pagan',
    entryName: 'Eva',
    writtenAt: ctx.now(),
  })
  for (const { id } of [internal, deleted, foreign])
    await expect(write(contact, 'Hola', id)).rejects.toMatchObject({ code: 'not-found' })
  const seen = await database.db
    .select({ id: interactions.id, kind: interactionEntries.kind })
    .from(interactions)
    .innerJoin(interactionEntries, eq(interactionEntries.interactionId, interactions.id))
    .where(publishedInteraction(customerId))
  expect(seen.map((row) => row.id)).toEqual([open.id, open.id])
  const published = await database.db
    .select({ id: interactionEntries.id, kind: interactionEntries.kind })
    .from(interactionEntries)
    .where(publishedEntry())
  expect(published.some((row) => row.kind === 'internal')).toBe(false)
  expect(published.map((row) => row.id)).toContain(open.entryId)
})

test('follow-ups that wait for this customer are due now; others, and what fell due already, keep their time', async () => {
  const contact = await aContact(database.db)
  const { customerId } = contact
  const later = new Date('2026-03-20T15:00:00Z')
  const past = new Date('2026-03-01T15:00:00Z')
  const waiting = await aFollowUp(database.db, { customerId, dueAt: later, waitsForAnswer: true })
  const fallen = await aFollowUp(database.db, { customerId, dueAt: past, waitsForAnswer: true })
  const other = await aFollowUp(database.db, { customerId, dueAt: later })
  const closed = await aFollowUp(database.db, { customerId, dueAt: later, waitsForAnswer: true, state: 'closed' })
  const foreign = await aFollowUp(database.db, { dueAt: later, waitsForAnswer: true })
  await write(contact, 'Ya pagué')
  const dueOf = async (id: string) => (await database.db.select().from(followUps).where(eq(followUps.id, id)))[0]
  expect(await dueOf(waiting.id)).toMatchObject({ dueAt: ctx.now(), waitsForAnswer: false, version: 2 })
  expect(await dueOf(fallen.id)).toMatchObject({ dueAt: past, waitsForAnswer: false })
  for (const { id } of [other, closed, foreign]) expect(await dueOf(id)).toMatchObject({ dueAt: later, version: 1 })
})

test('an answer answers what was read: what the customer wrote meanwhile waits on, and nobody closes over it unread', async () => {
  const contact = await aContact(database.db)
  const first = await write(contact, '¿Cuánto debo?')
  const viewer = await findViewerByUser(ctx, administratorId)
  if (!viewer) throw new Error('no viewer')
  const answer = (seenEntryId?: string) =>
    addEntry(ctx, viewer, first.interactionId, { kind: 'outgoing', body: 'Le enviamos el detalle.', seenEntryId })
  ctx.at('2026-03-02T15:05:00Z')
  const second = await write(contact, '¿Y hasta cuándo?', first.interactionId)
  ctx.at('2026-03-02T15:06:00Z')
  expect(await answer(first.entryId)).toMatchObject({ unansweredSince: '2026-03-02T15:05:00.000Z' })
  await expect(closeInteraction(ctx, viewer, first.interactionId, first.entryId)).rejects.toMatchObject({
    code: 'message-unread',
  })
  expect(await stored(first.interactionId)).toMatchObject({ state: 'open', unansweredSince: new Date('2026-03-02T15:05:00Z') })
  expect(await answer(second.entryId)).toMatchObject({ unansweredSince: null })
  expect(await closeInteraction(ctx, viewer, first.interactionId, second.entryId)).toMatchObject({ state: 'closed' })

  const elsewhere = await write(await aContact(database.db), 'Hola')
  await write(contact, 'Gracias', first.interactionId)
  await expect(answer(elsewhere.entryId)).rejects.toMatchObject({ code: 'reference-unknown', field: 'seenEntryId' })
})
