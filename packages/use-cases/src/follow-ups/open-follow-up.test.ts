import { auditLog } from '@cartera/db/schema/audit'
import { followUpReceivables, followUps, followUpTypes } from '@cartera/db/schema/follow-ups'
import { company, users } from '@cartera/db/schema/organisation'
import { aCompany, aCustomer, aFollowUpType, aReceivable, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { eq } from 'drizzle-orm'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { testContext } from '../testing/test-context.ts'
import { type OpenFollowUpInput, openFollowUp } from './open-follow-up.ts'

const database = testDatabase()
const ctx = testContext(database)
const open = (input: OpenFollowUpInput) => database.db.transaction((tx) => openFollowUp(tx, ctx, input))

let administratorId: string
beforeAll(async () => {
  administratorId = (await aUser(database.db)).id
  await aCompany(database.db, { administratorId })
})
beforeEach(async () => {
  await database.db.delete(followUps)
  await database.db.delete(followUpTypes)
  ctx.at('2026-03-02T15:00:00Z')
})

test('one origin opens one follow-up, also when two ask at the same time; it is audited once', async () => {
  const customer = await aCustomer(database.db)
  await aFollowUpType(database.db, { name: 'Cobranza' })
  const input = { originKey: 'test:one', customerId: customer.id, subject: 'Corregir la dirección', description: null }
  const answers = await Promise.all([open(input), open(input), open(input)])
  expect(new Set(answers.map((each) => each.id)).size).toBe(1)
  expect(answers.filter((each) => each.opened)).toHaveLength(1)
  expect(await open(input)).toEqual({ id: answers[0]?.id, opened: false })
  expect(await database.db.select().from(followUps)).toHaveLength(1)
  expect(
    await database.db
      .select()
      .from(auditLog)
      .where(eq(auditLog.entityId, answers[0]?.id ?? '')),
  ).toHaveLength(1)
})

test('it belongs to the collections agent, else the preferred agent, else the administrator; who left is passed over', async () => {
  const [collector, seller, gone] = [
    await aUser(database.db),
    await aUser(database.db),
    await aUser(database.db, { active: false }),
  ]
  const ownerFor = async (key: string, agents: { collectionsAgentId?: string; preferredAgentId?: string }) => {
    const customer = await aCustomer(database.db, agents)
    const { id } = await open({ originKey: key, customerId: customer.id, subject: 'Llamar', description: null })
    const [row] = await database.db.select().from(followUps).where(eq(followUps.id, id))
    return row?.ownerId
  }
  expect(await ownerFor('owner:1', { collectionsAgentId: collector.id, preferredAgentId: seller.id })).toBe(collector.id)
  expect(await ownerFor('owner:2', { collectionsAgentId: gone.id, preferredAgentId: seller.id })).toBe(seller.id)
  expect(await ownerFor('owner:3', { collectionsAgentId: gone.id })).toBe(administratorId)
  await database.db.update(users).set({ active: false }).where(eq(users.id, administratorId))
  expect(await ownerFor('owner:4', {})).not.toBe(administratorId)
  await database.db.update(users).set({ active: true }).where(eq(users.id, administratorId))
})

test('it takes the collections type of the catalogue, else the oldest active one, and adds one where none is active', async () => {
  const customer = await aCustomer(database.db)
  const typeFor = async (key: string) => {
    const { id } = await open({ originKey: key, customerId: customer.id, subject: 'Llamar', description: null })
    const [row] = await database.db
      .select({ name: followUpTypes.name })
      .from(followUps)
      .innerJoin(followUpTypes, eq(followUpTypes.id, followUps.typeId))
      .where(eq(followUps.id, id))
    return row?.name
  }
  expect(await typeFor('type:1')).toBe('Cobranza')
  await aFollowUpType(database.db, { name: 'Antigua', createdAt: new Date('2020-01-01') })
  expect(await typeFor('type:2')).toBe('Cobranza')
  await database.db.update(followUpTypes).set({ active: false }).where(eq(followUpTypes.name, 'Cobranza'))
  expect(await typeFor('type:3')).toBe('Antigua')
  await database.db.update(followUpTypes).set({ active: false })
  expect(await typeFor('type:4')).toBe('Cobranza')
})

test('it falls due at once while the company is open, else at the next opening', async () => {
  const customer = await aCustomer(database.db)
  const dueFor = async (key: string, now: string) => {
    ctx.at(now)
    const { id } = await open({ originKey: key, customerId: customer.id, subject: 'Llamar', description: null })
    const [row] = await database.db.select().from(followUps).where(eq(followUps.id, id))
    return row?.dueAt.toISOString()
  }
  await database.db.update(company).set({ opensAt: '08:00', closesAt: '18:00' })
  expect(await dueFor('due:1', '2026-03-02T15:00:00Z')).toBe('2026-03-02T15:00:00.000Z')
  // Friday 23:00 in Bogotá: Monday at eight.
  expect(await dueFor('due:2', '2026-03-07T04:00:00Z')).toBe('2026-03-09T13:00:00.000Z')
})

test('it links the receivables of its customer and of no other', async () => {
  const customer = await aCustomer(database.db)
  const own = await aReceivable(database.db, { customerId: customer.id })
  const foreign = await aReceivable(database.db)
  const { id } = await open({
    originKey: 'links:1',
    customerId: customer.id,
    subject: 'Promesa incumplida',
    description: 'Detalle',
    receivableIds: [own.id, foreign.id, own.id],
  })
  const links = await database.db.select().from(followUpReceivables).where(eq(followUpReceivables.followUpId, id))
  expect(links.map((row) => row.receivableId)).toEqual([own.id])
})
