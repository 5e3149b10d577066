import { sightEndpoints } from '@cartera/contract/sight'
import { notes } from '@cartera/db/schema/customers'
import { interactions, interactionTopics } from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import {
  aBranch,
  aCompany,
  aContact,
  aCustomer,
  aDepartment,
  aFollowUp,
  aNote,
  aReceivable,
  aUser,
} from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { visibleChanges } from '../live/visible-changes.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { explainSight } from './explain-sight.ts'

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db

type Entity = Parameters<typeof explainSight>[2]['entity']
const viewerOf = async (userId: string) => {
  const viewer = await findViewerByUser(ctx, userId)
  if (!viewer) throw new Error('no viewer')
  return viewer
}
const explain = async (userId: string, entity: Entity, id: string) =>
  sightEndpoints.explain.response.parse(await explainSight(ctx, await viewerOf(userId), { entity, id }))

const records: { entity: Entity; id: string }[] = []
const people: { id: string }[] = []
let north = ''
let south = ''
let sales = ''

beforeAll(async () => {
  north = (await aBranch(db(), { name: 'Norte' })).id
  south = (await aBranch(db(), { name: 'Sur' })).id
  sales = (await aDepartment(db(), { name: 'Ventas' })).id
  const credit = (await aDepartment(db(), { name: 'Crédito' })).id
  const places = [
    { branchId: north, departmentId: sales },
    { branchId: north, departmentId: credit },
    { branchId: south, departmentId: sales },
    { branchId: north, departmentId: null },
  ]
  const levels = [1, 2, 3, 4] as const
  for (const place of places)
    for (const level of levels)
      for (const customerLevel of [1, level] as const) people.push(await aUser(db(), { ...place, level, customerLevel }))
  const [administrator] = people
  await aCompany(db(), { administratorId: administrator?.id ?? null })
  const pick = (index: number) => people[index % people.length]?.id ?? ''
  const [topic] = await db().insert(interactionTopics).values({ name: 'Pago' }).returning()
  for (const [index, agents] of [
    [1, { preferredAgentId: pick(7), collectionsAgentId: pick(20) }],
    [2, { preferredAgentId: null, collectionsAgentId: pick(30) }],
    [3, { preferredAgentId: pick(14), collectionsAgentId: null }],
    [4, { preferredAgentId: null, collectionsAgentId: null }],
  ] as const) {
    const customer = await aCustomer(db(), agents)
    const now = ctx.now()
    records.push(
      { entity: 'customer', id: customer.id },
      { entity: 'contact', id: (await aContact(db(), { customerId: customer.id })).id },
      { entity: 'receivable', id: (await aReceivable(db(), { customerId: customer.id })).id },
    )
    for (const owner of [pick(index * 5), pick(index * 9 + 2)]) {
      const [interaction] = await db()
        .insert(interactions)
        .values({
          customerId: customer.id,
          topicId: topic?.id ?? '',
          ownerId: owner,
          happenedAt: now,
          lastEntryAt: now,
          lastEntryName: 'Ana',
        })
        .returning()
      records.push(
        { entity: 'note', id: (await aNote(db(), { customerId: customer.id, authorId: owner })).id },
        { entity: 'follow-up', id: (await aFollowUp(db(), { customerId: customer.id, ownerId: owner })).id },
        { entity: 'interaction', id: interaction?.id ?? '' },
      )
    }
  }
})

describe('why somebody sees a record', () => {
  test('who else sees it are exactly those who would be told of its changes, and of each one the rule', async () => {
    for (const { entity, id } of records) {
      const seers: string[] = []
      for (const person of people)
        if ((await visibleChanges(db(), await viewerOf(person.id), [{ entity, id, action: '' }])).length > 0)
          seers.push(person.id)
      expect(seers.length).toBeGreaterThan(0)
      for (const person of people) {
        if (!seers.includes(person.id)) {
          await expect(explain(person.id, entity, id)).rejects.toMatchObject({ code: 'not-found' })
          continue
        }
        const { others } = await explain(person.id, entity, id)
        const viewer = await viewerOf(person.id)
        const alone = viewer.level === 4 || (viewer.level === 3 && viewer.departmentId === null)
        if (alone) expect(others).toBeNull()
        else
          expect([others?.items.map((each) => each.id).sort(), others?.count]).toEqual([
            seers.filter((each) => each !== person.id).sort(),
            seers.length - 1,
          ])
      }
    }
  }, 60_000)

  test('tells whose it is, where that person stands now, and the nearest rule', async () => {
    const author = await aUser(db(), { branchId: north, departmentId: sales, level: 4, name: 'Eva' })
    const note = await aNote(db(), { authorId: author.id })
    expect(await explain(author.id, 'note', note.id)).toMatchObject({
      record: { rule: 'own', as: 'author', owner: { name: 'Eva', branch: { name: 'Norte' }, department: { name: 'Ventas' } } },
      customer: { rule: 'company', agents: [] },
      others: null,
    })
    const peer = await aUser(db(), { branchId: north, departmentId: sales, level: 3 })
    const chief = await aUser(db(), { branchId: north, level: 2 })
    expect((await explain(peer.id, 'note', note.id)).record?.rule).toBe('department')
    expect((await explain(chief.id, 'note', note.id)).record?.rule).toBe('branch')
    await db().update(users).set({ branchId: south, departmentId: null }).where(eq(users.id, author.id))
    await expect(explain(peer.id, 'note', note.id)).rejects.toMatchObject({ code: 'not-found' })
    await expect(explain(chief.id, 'note', note.id)).rejects.toMatchObject({ code: 'not-found' })
    expect(await explain(author.id, 'note', note.id)).toMatchObject({
      record: { owner: { branch: { name: 'Sur' }, department: null } },
    })
    await db().update(notes).set({ deletedAt: ctx.now() }).where(eq(notes.id, note.id))
    await expect(explain(author.id, 'note', note.id)).rejects.toMatchObject({ code: 'not-found' })
  })

  test('of a disabled owner the record is still explained, and the owner is none of those who see it', async () => {
    const owner = await aUser(db(), { branchId: north, departmentId: sales, level: 4, name: 'Se fue', active: false })
    const followUp = await aFollowUp(db(), { ownerId: owner.id })
    const chief = await aUser(db(), { branchId: north, level: 2 })
    const told = await explain(chief.id, 'follow-up', followUp.id)
    expect(told.record).toMatchObject({ rule: 'branch', as: 'owner', owner: { name: 'Se fue' } })
    expect(told.others?.items.map((each) => each.id)).not.toContain(owner.id)
  })
})
