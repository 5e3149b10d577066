import { customers } from '@cartera/db/schema/customers'
import { interests } from '@cartera/db/schema/interests'
import { opportunityLossReasons, opportunityStages } from '@cartera/db/schema/opportunities'
import { users } from '@cartera/db/schema/organisation'
import { priceLists, productPrices } from '@cartera/db/schema/prices'
import { aBranch, aCompany, aCustomer, aProduct, aProfile, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { removeInterest } from '../interests/write-interest.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { customerTimeline } from '../timeline/customer-timeline.ts'
import { listOpportunities, opportunityBoard, readOpportunity, totalOpportunities } from './find-opportunities.ts'
import { opportunityStageCatalogue } from './opportunity-catalogues.ts'
import {
  changeOpportunity,
  createOpportunity,
  loseOpportunity,
  moveOpportunity,
  removeOpportunity,
  reopenOpportunity,
  restoreOpportunity,
  winOpportunity,
} from './write-opportunity.ts'

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db
let viewer: Viewer
let customerId: string
let productId: string
let first: string
let second: string
let off: string
let reason: string
const as = async (userId: string) => {
  const found = await findViewerByUser(ctx, userId)
  if (!found) throw new Error('nobody')
  return found
}
beforeAll(async () => {
  await aCompany(db(), { timeZone: 'America/Guayaquil', currency: 'USD' })
  viewer = await as((await aUser(db())).id)
  productId = (await aProduct(db(), { name: 'Cemento' })).id
  const stages = await db()
    .insert(opportunityStages)
    .values([
      { name: 'Propuesta', position: 20, probability: 50 },
      { name: 'Prospecto', position: 10, probability: 10 },
      { name: 'Antigua', position: 5, probability: 5, active: false },
    ])
    .returning()
  ;[second = '', first = '', off = ''] = stages.map((stage) => stage.id)
  const [made] = await db().insert(opportunityLossReasons).values({ name: 'Precio' }).returning()
  reason = made?.id ?? ''
})
beforeEach(async () => {
  await db().execute(sql`truncate opportunities, interests cascade`)
  ctx.at('2026-03-11T15:00:00Z')
  customerId = (await aCustomer(db())).id
})
const make = (over: Partial<Parameters<typeof createOpportunity>[2]> = {}, by = viewer) =>
  createOpportunity(ctx, by, { customerId, name: 'Obra norte', expectedOn: '2026-04-01', amount: '1000', ...over })
const interestsNow = () => db().select().from(interests)

describe('a new one', () => {
  test('stands in the first active stage with its probability, is the viewer’s own and in the company’s currency', async () => {
    expect(await make()).toMatchObject({
      stage: { id: first },
      probability: 10,
      owner: { id: viewer.userId },
      currency: 'USD',
      amount: '1000.00',
      weighted: '100.00',
      state: 'open',
    })
  })

  test('comes to what its products come to, at the prices of the customer’s list, whatever its capitals', async () => {
    const [list] = await db().insert(priceLists).values({ name: 'Mayorista', currency: 'USD' }).returning()
    await db()
      .insert(productPrices)
      .values({ productId, priceListId: list?.id ?? '', priceMinor: 1_050n })
    await db().update(customers).set({ priceList: 'MAYORISTA' }).where(eq(customers.id, customerId))
    const made = await make({
      amount: null,
      products: [
        { productId, quantity: '2', discountPercent: '10' },
        { productId, quantity: '1.5', unitPrice: '3.33' },
      ],
    })
    expect(made.amount).toBe('23.90')
    expect(made.products.map((line) => [line.quantity, line.unitPrice, line.amount])).toEqual([
      ['2', '10.50', '18.90'],
      ['1.5', '3.33', '5.00'],
    ])
    // The same list in another currency says nothing.
    expect(await make({ amount: null, currency: 'EUR', products: [{ productId, quantity: '2' }] })).toMatchObject({
      amount: '0.00',
    })
  })

  test.each([
    [{ stageId: () => off }, 'stageId'],
    [{ ownerId: () => '00000000-0000-7000-8000-000000000001' }, 'ownerId'],
    [{ contactId: () => '00000000-0000-7000-8000-000000000001' }, 'contactId'],
    [{ interactionId: () => '00000000-0000-7000-8000-000000000001' }, 'interactionId'],
  ])('refuses at its field what is not there or switched off', async (over, field) => {
    const given = Object.fromEntries(Object.entries(over).map(([key, of]) => [key, of()]))
    await expect(make(given)).rejects.toMatchObject({ code: 'reference-unknown', field })
  })

  test('refuses amounts and products that cannot be, each at its field', async () => {
    await expect(make({ amount: '-1' })).rejects.toMatchObject({ code: 'amount-invalid', field: 'amount' })
    await expect(make({ amount: '1.555' })).rejects.toMatchObject({ code: 'amount-too-precise' })
    await expect(make({ currency: 'XXX' })).rejects.toMatchObject({ code: 'currency-unknown', field: 'currency' })
    await expect(
      make({
        products: [
          { productId, quantity: '0' },
          { productId: customerId, quantity: '1', discountPercent: '101' },
        ],
      }),
    ).rejects.toMatchObject({
      code: 'items-refused',
      errors: [
        { field: 'products.0.quantity', code: 'quantity-invalid' },
        { field: 'products.1.discountPercent', code: 'percent-invalid' },
        { field: 'products.1.productId', code: 'reference-unknown' },
      ],
    })
    expect((await listOpportunities(ctx, viewer, {})).items).toEqual([])
  })
})

describe('products of an opportunity', () => {
  const lines = [{ productId: '', quantity: '1', unitPrice: '5' }]
  const withProduct = () => lines.map((line) => ({ ...line, productId }))

  test('become interests of the customer once, with where they came from', async () => {
    const made = await make({ products: withProduct() })
    await make({ products: withProduct() })
    expect(await interestsNow()).toMatchObject([
      { customerId, productId, origin: 'opportunity', opportunityId: made.id, shownOn: '2026-03-11' },
    ])
  })

  test('an interest that somebody deleted does not come back with the same opportunity; one that nobody touched goes with its product', async () => {
    const made = await make({ products: withProduct() })
    const [interest] = await interestsNow()
    const without = await changeOpportunity(ctx, viewer, made.id, { products: [], version: 1 })
    expect(await interestsNow()).toEqual([])
    const again = await changeOpportunity(ctx, viewer, made.id, { products: withProduct(), version: without.version })
    const [next] = await interestsNow()
    expect(next?.id).not.toBe(interest?.id)
    await removeInterest(ctx, viewer, next?.id ?? '')
    const none = await changeOpportunity(ctx, viewer, made.id, { products: [], version: again.version })
    await changeOpportunity(ctx, viewer, made.id, { products: withProduct(), version: none.version })
    expect((await interestsNow()).filter((row) => row.deletedAt === null)).toEqual([])
  })

  test('another currency asks for the amounts anew', async () => {
    const made = await make({ products: withProduct() })
    await expect(changeOpportunity(ctx, viewer, made.id, { currency: 'EUR', version: 1 })).rejects.toMatchObject({
      code: 'currency-mismatch',
      field: 'amount',
    })
    await expect(changeOpportunity(ctx, viewer, made.id, { currency: 'EUR', amount: '9', version: 1 })).rejects.toMatchObject({
      field: 'products',
    })
    expect(
      await changeOpportunity(ctx, viewer, made.id, { currency: 'EUR', amount: null, products: withProduct(), version: 1 }),
    ).toMatchObject({ currency: 'EUR', amount: '5.00', version: 2 })
  })

  test('a change that changes nothing is none', async () => {
    const made = await make({ products: withProduct() })
    expect(
      await changeOpportunity(ctx, viewer, made.id, { products: withProduct(), name: 'Obra norte', version: 1 }),
    ).toMatchObject({
      version: 1,
    })
  })
})

describe('moving and closing', () => {
  test('another stage gives its probability; of two who move it at once one is told', async () => {
    const made = await make({ probability: 33 })
    const both = await Promise.allSettled([
      moveOpportunity(ctx, viewer, made.id, { stageId: second, version: 1 }),
      moveOpportunity(ctx, viewer, made.id, { stageId: second, version: 1 }),
    ])
    expect(both.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(both.find((each) => each.status === 'rejected')).toMatchObject({ reason: { code: 'changed-meanwhile' } })
    expect(await readOpportunity(db(), ctx, viewer, made.id)).toMatchObject({
      stage: { id: second },
      probability: 50,
      version: 2,
    })
    await expect(moveOpportunity(ctx, viewer, made.id, { stageId: off, version: 2 })).rejects.toMatchObject({ field: 'stageId' })
  })

  test('a won one counts whole, a lost one not at all, and neither is worked on until it is reopened', async () => {
    const [won, lost] = [await make(), await make({ amount: '77' })]
    expect(await winOpportunity(ctx, viewer, won.id, { version: 1, closeNote: 'Firmó' })).toMatchObject({
      state: 'won',
      closedOn: '2026-03-11',
      weighted: '1000.00',
      closedBy: { id: viewer.userId },
    })
    expect(
      await loseOpportunity(ctx, viewer, lost.id, { version: 1, lossReasonId: reason, closedOn: '2026-03-10' }),
    ).toMatchObject({
      state: 'lost',
      lossReason: { name: 'Precio' },
      weighted: '0.00',
    })
    for (const deed of [
      () => moveOpportunity(ctx, viewer, won.id, { stageId: second, version: 2 }),
      () => changeOpportunity(ctx, viewer, won.id, { name: 'x', version: 2 }),
      () => loseOpportunity(ctx, viewer, won.id, { lossReasonId: reason, version: 2 }),
    ])
      await expect(deed()).rejects.toMatchObject({ code: 'opportunity-closed' })
    expect(await totalOpportunities(ctx, viewer, { state: 'all' })).toEqual({
      items: [{ currency: 'USD', count: 2, amount: '1077.00', weighted: '1000.00' }],
    })
    expect(await reopenOpportunity(ctx, viewer, lost.id, { version: 2 })).toMatchObject({
      state: 'open',
      lossReason: null,
      closedOn: null,
      stage: { id: first },
    })
    await expect(winOpportunity(ctx, viewer, lost.id, { version: 3, closedOn: '2026-03-12' })).rejects.toMatchObject({
      code: 'day-in-future',
    })
  })

  test('what happened stands on the customer’s timeline', async () => {
    const made = await make()
    await winOpportunity(ctx, viewer, made.id, { version: 1, closeNote: 'Firmó' })
    expect((await customerTimeline(ctx, viewer, customerId, { kind: 'opportunity' })).items).toMatchObject([
      { id: made.id, detail: 'won', text: 'Firmó', opportunity: { amount: '1000.00', currency: 'USD' } },
    ])
  })
})

describe('the board', () => {
  test('has a column per active stage in their order, with sums per currency, the nearest first, and the rest by the list', async () => {
    for (let at = 0; at < 22; at += 1)
      await make({ name: `Obra ${at}`, expectedOn: `2026-04-${String(28 - at).padStart(2, '0')}` })
    await make({ currency: 'EUR', amount: '10', stageId: second })
    const { columns } = await opportunityBoard(ctx, viewer, {})
    expect(columns.map((column) => [column.stage.name, column.count, column.items.length])).toEqual([
      ['Prospecto', 22, 20],
      ['Propuesta', 1, 1],
    ])
    const [prospects, proposals] = columns
    expect(prospects?.sums).toEqual([{ currency: 'USD', count: 22, amount: '22000.00', weighted: '2200.00' }])
    expect(proposals?.sums).toEqual([{ currency: 'EUR', count: 1, amount: '10.00', weighted: '5.00' }])
    expect(prospects?.items[0]?.expectedOn).toBe('2026-04-07')
    const rest = await listOpportunities(ctx, viewer, { stageId: first, cursor: prospects?.nextCursor ?? '' })
    expect(rest.items.map((one) => one.expectedOn)).toEqual(['2026-04-27', '2026-04-28'])
    expect(proposals?.nextCursor).toBeNull()
  })

  test('shows a stage that is switched off only while something stands in it', async () => {
    const made = await make()
    await db().execute(sql`update opportunities set stage_id = ${off} where id = ${made.id}`)
    expect((await opportunityBoard(ctx, viewer, {})).columns.map((column) => column.stage.name)).toEqual([
      'Antigua',
      'Prospecto',
      'Propuesta',
    ])
  })
})

describe('who sees it', () => {
  test('goes by where the owner stands now; out of reach it does not exist', async () => {
    const [here, there] = [await aBranch(db()), await aBranch(db())]
    const branch = await aProfile(db(), { level: 2 })
    const owner = await aUser(db(), { branchId: here.id })
    const manager = await as((await aUser(db(), { branchId: here.id, profileId: branch.id })).id)
    const made = await make({ ownerId: owner.id })
    expect(await readOpportunity(db(), ctx, manager, made.id)).toMatchObject({ id: made.id })
    expect((await listOpportunities(ctx, viewer, { branchId: here.id })).items).toHaveLength(1)
    await db().update(users).set({ branchId: there.id }).where(eq(users.id, owner.id))
    await expect(readOpportunity(db(), ctx, manager, made.id)).rejects.toMatchObject({ code: 'not-found' })
    expect((await opportunityBoard(ctx, manager, {})).columns.every((column) => column.count === 0)).toBe(true)
    expect(await totalOpportunities(ctx, manager, {})).toEqual({ items: [] })
    expect((await listOpportunities(ctx, viewer, { branchId: here.id })).items).toEqual([])
  })

  test('deleting needs its permission, and is restored by level 1', async () => {
    const plain = await aProfile(db(), { level: 1, permissions: [] })
    const clerk = await as((await aUser(db(), { profileId: plain.id })).id)
    const made = await make()
    await expect(removeOpportunity(ctx, clerk, made.id)).rejects.toMatchObject({ code: 'not-allowed' })
    await removeOpportunity(ctx, viewer, made.id)
    await expect(readOpportunity(db(), ctx, viewer, made.id)).rejects.toMatchObject({ code: 'not-found' })
    expect(await totalOpportunities(ctx, viewer, {})).toEqual({ items: [] })
    expect((await listOpportunities(ctx, clerk, { deleted: true })).items).toMatchObject([{ id: made.id, mayRestore: true }])
    expect(await restoreOpportunity(ctx, clerk, made.id)).toMatchObject({ id: made.id, deletedAt: null })
  })
})

test('the stages come in their order on the board, page after page, whatever their names', async () => {
  const names: string[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await opportunityStageCatalogue.list(ctx, viewer, { sort: 'position', limit: 1, cursor })
    names.push(...page.items.map((stage) => stage.name))
    if (page.nextCursor === null) break
    cursor = page.nextCursor
  }
  expect(names).toEqual(['Antigua', 'Prospecto', 'Propuesta'])
})
