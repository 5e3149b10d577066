import { customers } from '@cartera/db/schema/customers'
import { interactions } from '@cartera/db/schema/interactions'
import { interests } from '@cartera/db/schema/interests'
import { aCompany, aContact, aCustomer, anInteractionTopic, aProduct, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { eq } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { changeInteraction, createInteraction } from '../interactions/write-interaction.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { listInterests } from './find-interests.ts'
import { changeInterest, createInterest, removeInterest, restoreInterest } from './write-interest.ts'

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db
let viewer: Viewer
let customerId: string
let topicId: string
const as = async (userId: string) => {
  const found = await findViewerByUser(ctx, userId)
  if (!found) throw new Error('nobody')
  return found
}
beforeAll(async () => {
  await aCompany(db(), { timeZone: 'America/Guayaquil' })
  viewer = await as((await aUser(db())).id)
  topicId = (await anInteractionTopic(db())).id
})
beforeEach(async () => {
  ctx.at('2026-03-11T03:00:00Z')
  customerId = (await aCustomer(db())).id
})
const listed = async () => (await listInterests(ctx, viewer, { customerId })).items
const talk = (productIds: string[], contactId: string | null = null) =>
  createInteraction(ctx, viewer, {
    customerId,
    topicId,
    contactId,
    productIds,
    entries: [{ kind: 'internal', body: 'Preguntó por precios' }],
  } as Parameters<typeof createInteraction>[2])

describe('an interest', () => {
  test('is shown today in the company’s time zone unless told, by the customer or a person there, once each', async () => {
    const product = await aProduct(db())
    const eva = await aContact(db(), { customerId })
    expect(await createInterest(ctx, viewer, { customerId, productId: product.id })).toMatchObject({
      shownOn: '2026-03-10',
      contact: null,
      origin: 'person',
    })
    await createInterest(ctx, viewer, { customerId, productId: product.id, contactId: eva.id, shownOn: '2026-03-01' })
    await expect(createInterest(ctx, viewer, { customerId, productId: product.id, contactId: eva.id })).rejects.toMatchObject({
      code: 'interest-known',
      field: 'productId',
    })
    expect((await listed()).map((one) => one.shownOn)).toEqual(['2026-03-10', '2026-03-01'])
  })

  test('refuses what is not there, not active, of another customer, or of a day to come, at the field', async () => {
    const product = await aProduct(db())
    const off = await aProduct(db(), { active: false })
    const stranger = await aContact(db(), { customerId: (await aCustomer(db())).id })
    const refused = (over: object) => createInterest(ctx, viewer, { customerId, productId: product.id, ...over })
    await expect(refused({ productId: off.id })).rejects.toMatchObject({ code: 'reference-unknown', field: 'productId' })
    await expect(refused({ contactId: stranger.id })).rejects.toMatchObject({ code: 'reference-unknown', field: 'contactId' })
    await expect(refused({ shownOn: '2026-03-11' })).rejects.toMatchObject({ code: 'day-in-future', field: 'shownOn' })
    expect(await listed()).toEqual([])
  })

  test('is changed by one of two at the same time; deleted ones are restored by who deleted them and by level 1, not by others', async () => {
    const made = await createInterest(ctx, viewer, { customerId, productId: (await aProduct(db())).id })
    await changeInterest(ctx, viewer, made.id, { note: 'Para mayo', version: 1 })
    await expect(changeInterest(ctx, viewer, made.id, { note: 'Otra', version: 1 })).rejects.toMatchObject({
      code: 'changed-meanwhile',
    })
    const agent = await as((await aUser(db(), { level: 4 })).id)
    const other = await as((await aUser(db(), { level: 4 })).id)
    await removeInterest(ctx, agent, made.id)
    expect(await listed()).toEqual([])
    await expect(removeInterest(ctx, agent, made.id)).rejects.toMatchObject({ code: 'not-found' })
    await expect(restoreInterest(ctx, other, made.id)).rejects.toMatchObject({ code: 'not-found' })
    expect((await listInterests(ctx, other, { customerId, deleted: true })).items).toEqual([])
    expect((await listInterests(ctx, agent, { customerId, deleted: true })).items).toMatchObject([{ mayRestore: true }])
    await restoreInterest(ctx, agent, made.id)
    await removeInterest(ctx, agent, made.id)
    await restoreInterest(ctx, viewer, made.id)
    expect(await listed()).toMatchObject([{ note: 'Para mayo' }])
  })
})

describe('products of interest of an interaction', () => {
  test('are noted once with their origin; a second interaction about the same adds nothing', async () => {
    const [one, two] = [await aProduct(db()), await aProduct(db())]
    const first = await talk([one.id, two.id])
    await talk([one.id])
    const found = await listed()
    expect(found.map((each) => [each.product.id, each.origin, each.interaction?.id]).sort()).toEqual(
      [
        [one.id, 'interaction', first.id],
        [two.id, 'interaction', first.id],
      ].sort(),
    )
  })

  test('two interactions at the same time note a product once', async () => {
    const product = await aProduct(db())
    await Promise.all([talk([product.id]), talk([product.id])])
    expect(await listed()).toHaveLength(1)
  })

  test('taken from the interaction again they go while nobody touched them; what a person deleted or changed stays so', async () => {
    const [one, two, three] = [await aProduct(db()), await aProduct(db()), await aProduct(db())]
    const { id } = await talk([one.id, two.id, three.id])
    const of = async (productId: string) => (await listed()).find((each) => each.product.id === productId)
    await removeInterest(ctx, viewer, (await of(two.id))?.id ?? '')
    const third = await of(three.id)
    await changeInterest(ctx, viewer, third?.id ?? '', { note: 'Quiere 20', version: 1 })
    await changeInteraction(ctx, viewer, id, { productIds: [], version: 1 })
    expect((await listed()).map((each) => each.product.id)).toEqual([three.id])
    await changeInteraction(ctx, viewer, id, { productIds: [one.id, two.id, three.id], version: 2 })
    expect((await listed()).map((each) => each.product.id).sort()).toEqual([one.id, three.id].sort())
  })

  test('who does not see the interaction sees the interest without the way to it', async () => {
    const agent = await as((await aUser(db(), { level: 4 })).id)
    await talk([(await aProduct(db())).id])
    const { items } = await listInterests(ctx, agent, { customerId })
    expect(items).toMatchObject([{ origin: 'interaction', interaction: null }])
  })
})

test('“who is interested in product X” holds the customers in sight alone', async () => {
  const product = await aProduct(db())
  const agent = await as((await aUser(db(), { level: 4, customerLevel: 4 })).id)
  await createInterest(ctx, viewer, { customerId, productId: product.id })
  const mine = await aCustomer(db(), { preferredAgentId: agent.userId })
  await createInterest(ctx, agent, { customerId: mine.id, productId: product.id })
  expect((await listInterests(ctx, viewer, { productId: product.id })).items).toHaveLength(2)
  expect((await listInterests(ctx, agent, { productId: product.id })).items.map((one) => one.customer.id)).toEqual([mine.id])
  await expect(createInterest(ctx, agent, { customerId, productId: product.id })).rejects.toMatchObject({
    code: 'reference-unknown',
    field: 'customerId',
  })
  expect(await db().$count(interests, eq(interests.customerId, customerId))).toBe(1)
  expect(await db().$count(interactions, eq(interactions.customerId, customerId))).toBe(0)
  await db().update(customers).set({ deletedAt: ctx.now() }).where(eq(customers.id, mine.id))
  expect((await listInterests(ctx, agent, {})).items).toEqual([])
})
