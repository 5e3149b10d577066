import { customers } from '@cartera/db/schema/customers'
import { followUps } from '@cartera/db/schema/follow-ups'
import { users } from '@cartera/db/schema/organisation'
import { renewalPurchases } from '@cartera/db/schema/renewals'
import { aCompany, aCustomer, aFollowUpType, aProduct, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { listRenewals } from './find-renewals.ts'
import { openRenewalFollowUps, openRenewalFollowUpsJob } from './open-renewals.ts'
import { changeRenewal, createRenewal, endRenewal, removeRenewal, renew, reopenRenewal, restoreRenewal } from './write-renewal.ts'

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db
let viewer: Viewer
let customerId: string
let productId: string
const as = async (userId: string) => {
  const found = await findViewerByUser(ctx, userId)
  if (!found) throw new Error('nobody')
  return found
}
beforeAll(async () => {
  // Renewals are dealt with 30 days ahead unless they say otherwise.
  await aCompany(db(), { timeZone: 'America/Guayaquil' })
  await aFollowUpType(db(), { name: 'Cobranza' })
  await aFollowUpType(db(), { name: 'Pedidos' })
  viewer = await as((await aUser(db())).id)
  productId = (await aProduct(db(), { name: 'Licencia anual' })).id
})
beforeEach(async () => {
  await db().execute(sql`truncate renewals, follow_ups cascade`)
  ctx.at('2026-03-11T15:00:00Z')
  customerId = (await aCustomer(db())).id
})
const make = (over: Partial<Parameters<typeof createRenewal>[2]> = {}, by = viewer) =>
  createRenewal(ctx, by, { customerId, productId, everyMonths: 1, nextOn: '2026-05-31', ...over })
const open = () => db().select().from(followUps)

describe('ahead of its date', () => {
  test('a follow-up of its owner is opened once, in business time, however often and by however many asked', async () => {
    await make({ quantity: '20 usuarios' })
    // Saturday 2 May: the company opens on Monday.
    ctx.at('2026-05-01T04:59:00Z')
    await openRenewalFollowUps(ctx)
    expect(await open()).toEqual([])
    ctx.at('2026-05-02T15:00:00Z')
    await Promise.all([openRenewalFollowUpsJob.perform(ctx, {}), openRenewalFollowUpsJob.perform(ctx, {})])
    await openRenewalFollowUpsJob.perform(ctx, {})
    const [one, ...more] = await open()
    expect(more).toEqual([])
    expect(one).toMatchObject({ ownerId: viewer.userId, customerId, description: '20 usuarios' })
    expect(one?.subject).toContain('Licencia anual')
    expect(one?.dueAt.toISOString().slice(0, 10)).toBe('2026-05-04')
    expect((await listRenewals(ctx, viewer, {})).items).toMatchObject([{ followUp: { id: one?.id, state: 'active' } }])
  })

  test('also when no worker ran on its day, and with as many days as it says itself', async () => {
    await make({ leadDays: 5, nextOn: '2026-03-17' })
    await openRenewalFollowUps(ctx)
    expect(await open()).toEqual([])
    ctx.at('2026-06-01T15:00:00Z')
    await openRenewalFollowUps(ctx)
    expect(await open()).toHaveLength(1)
  })

  test('nothing is opened for an inactive customer, nor for what ended or was deleted', async () => {
    const [ended, deleted] = [await make({ nextOn: '2026-03-20' }), await make({ nextOn: '2026-03-20' })]
    await endRenewal(ctx, viewer, ended.id, { reason: 'Compró a otro', version: 1 })
    await removeRenewal(ctx, viewer, deleted.id)
    const inactive = (await aCustomer(db(), { status: 'inactive' })).id
    await make({ customerId: inactive, nextOn: '2026-03-20' })
    await openRenewalFollowUps(ctx)
    expect(await open()).toEqual([])
    await db().update(customers).set({ status: 'active' }).where(eq(customers.id, inactive))
    await openRenewalFollowUps(ctx)
    expect(await open()).toHaveLength(1)
  })

  test('it goes to somebody who is there when the owner has left', async () => {
    const gone = await aUser(db())
    await make({ ownerId: gone.id, nextOn: '2026-03-20' })
    await db().update(users).set({ active: false }).where(eq(users.id, gone.id))
    await openRenewalFollowUps(ctx)
    expect((await open()).map((one) => one.ownerId)).not.toEqual([gone.id])
  })
})

describe('renewing', () => {
  test('moves the date on in its rhythm, month ends kept, and closes its follow-up', async () => {
    const made = await make({ nextOn: '2026-01-31' })
    await openRenewalFollowUps(ctx)
    expect(await renew(ctx, viewer, made.id, { purchasedOn: '2026-02-05', version: 1 })).toMatchObject({
      lastOn: '2026-02-05',
      nextOn: '2026-02-28',
      version: 2,
      purchases: 1,
    })
    expect(await renew(ctx, viewer, made.id, { purchasedOn: '2026-03-01', version: 2 })).toMatchObject({ nextOn: '2026-03-31' })
    expect((await open()).map((one) => one.state)).toEqual(['closed'])
    await openRenewalFollowUps(ctx)
    expect((await open()).map((one) => one.state).sort()).toEqual(['active', 'closed'])
  })

  test('two persons at the same time renew it once', async () => {
    const made = await make()
    const answers = await Promise.allSettled([
      renew(ctx, viewer, made.id, { version: 1 }),
      renew(ctx, viewer, made.id, { version: 1 }),
    ])
    expect(answers.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await db().$count(renewalPurchases, eq(renewalPurchases.renewalId, made.id))).toBe(1)
    expect((await listRenewals(ctx, viewer, {})).items).toMatchObject([{ nextOn: '2026-06-30', purchases: 1 }])
  })

  test('refuses a purchase to come and a next date that is not later', async () => {
    const made = await make()
    await expect(renew(ctx, viewer, made.id, { purchasedOn: '2026-03-12', version: 1 })).rejects.toMatchObject({
      code: 'day-in-future',
      field: 'purchasedOn',
    })
    await expect(renew(ctx, viewer, made.id, { nextOn: '2026-05-31', version: 1 })).rejects.toMatchObject({
      code: 'renewal-not-later',
      field: 'nextOn',
    })
  })
})

test('not renewed ends it with its reason and its follow-up with it; it can go on again, and a deleted one comes back', async () => {
  const made = await make({ nextOn: '2026-03-20' })
  await openRenewalFollowUps(ctx)
  const ended = await endRenewal(ctx, viewer, made.id, { reason: 'Cerró la planta', version: 1 })
  expect(ended).toMatchObject({ state: 'ended', endReason: 'Cerró la planta', endedBy: { id: viewer.userId } })
  expect((await open()).map((one) => [one.state, one.endReason])).toEqual([['discarded', 'No se renueva: Cerró la planta']])
  await expect(renew(ctx, viewer, made.id, { version: 2 })).rejects.toMatchObject({ code: 'changed-meanwhile' })
  expect((await listRenewals(ctx, viewer, {})).items).toEqual([])
  await reopenRenewal(ctx, viewer, made.id, { version: 2 })
  await openRenewalFollowUps(ctx)
  expect(await open()).toHaveLength(1)
  await removeRenewal(ctx, viewer, made.id)
  expect((await listRenewals(ctx, viewer, { deleted: true })).items).toMatchObject([{ id: made.id, mayRestore: true }])
  expect(await restoreRenewal(ctx, viewer, made.id)).toMatchObject({ state: 'active' })
})

test('another date is another rhythm: the open follow-up ends and a new one comes ahead of the new date', async () => {
  const made = await make({ nextOn: '2026-03-20' })
  await openRenewalFollowUps(ctx)
  await changeRenewal(ctx, viewer, made.id, { nextOn: '2026-04-05', amount: '1250.50', version: 1 })
  await openRenewalFollowUps(ctx)
  expect((await open()).map((one) => one.state).sort()).toEqual(['active', 'discarded'])
  expect((await listRenewals(ctx, viewer, {})).items).toMatchObject([{ nextOn: '2026-04-05', amount: '1250.50' }])
})

test('its owner is the preferred agent in reach, else who records it; the owner’s place decides who sees it', async () => {
  const agent = await as((await aUser(db(), { level: 4 })).id)
  const seller = await aUser(db())
  await db().update(customers).set({ preferredAgentId: seller.id }).where(eq(customers.id, customerId))
  expect((await make({ nextOn: '2026-06-01' })).owner.id).toBe(seller.id)
  const own = await make({ nextOn: '2026-07-01' }, agent)
  expect(own.owner.id).toBe(agent.userId)
  expect((await listRenewals(ctx, agent, { from: '2026-01-01', to: '2026-12-31' })).items.map((one) => one.id)).toEqual([own.id])
  expect((await listRenewals(ctx, viewer, { from: '2026-06-01', to: '2026-06-30' })).items).toHaveLength(1)
  await expect(make({ ownerId: seller.id }, agent)).rejects.toMatchObject({ code: 'reference-unknown', field: 'ownerId' })
})
