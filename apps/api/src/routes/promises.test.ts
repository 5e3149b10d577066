import { auditLog } from '@cartera/db/schema/audit'
import { followUpReceivables, followUps } from '@cartera/db/schema/follow-ups'
import { promises, receivables } from '@cartera/db/schema/receivables'
import { aCompany, aContact, aCustomer, aReceivable } from '@cartera/db/testing/builders'
import { decidePromises, decidePromisesJob } from '@cartera/use-cases/promises/settle-promises'
import { eq } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
const db = () => api.database.db
let agent: Awaited<ReturnType<typeof api.signedIn>>
let clerk: Awaited<ReturnType<typeof api.signedIn>>

beforeAll(async () => {
  api.ctx.at('2026-03-02T15:00:00Z')
  await aCompany(db(), { promiseGraceDays: 1 })
  agent = await api.signedIn({ permissions: [] })
  clerk = await api.signedIn({ permissions: ['manage-receivables'] })
})
beforeEach(() => {
  api.ctx.at('2026-03-02T15:00:00Z')
})

const post = (who: { headers: Record<string, string> }, url: string, body: object) =>
  api.request().post(url).set(who.headers).send(body)
const record = (body: object, who = agent) => post(who, '/api/v1/promises', body)
const standing = async (id: string) => (await db().select().from(promises).where(eq(promises.id, id)))[0]
const until = async (id: string) => (await db().select().from(receivables).where(eq(receivables.id, id)))[0]?.promisedUntil
const followUpOf = async (id: string) =>
  (
    await db()
      .select()
      .from(followUps)
      .where(eq(followUps.originKey, `promise-broken:${id}`))
  )[0]

async function promised(parts = ['60.00', '40.00'], over: object = {}) {
  const customer = await aCustomer(db(), { collectionsAgentId: agent.user.id })
  const owed = []
  for (const _ of parts) owed.push(await aReceivable(db(), { customerId: customer.id }))
  const items = owed.map((one, at) => ({ receivableId: one.id, amount: parts[at] }))
  const answer = await record({ customerId: customer.id, dueOn: '2026-03-05', items, ...over }).expect(201)
  return { customer, owed, promise: answer.body as { id: string; version: number } }
}
/** By somebody who signs in when it is recorded: the clock of these tests outlives a token. */
async function pay(customerId: string, amount: string, applications: object[], paidOn = '2026-03-02') {
  const fresh = await api.signedIn({ permissions: ['manage-receivables'] })
  const answer = await post(fresh, '/api/v1/payments', { customerId, paidOn, currency: 'USD', amount, applications })
  expect([answer.status, answer.body.code]).toEqual([201, undefined])
}

test('a promise pauses its own receivables until the promised day and the days of grace, and no others', async () => {
  const { customer, owed, promise } = await promised()
  const other = await aReceivable(db(), { customerId: customer.id })
  expect(promise).toMatchObject({ state: 'open', graceUntil: '2026-03-06', amount: '100.00', received: '0.00' })
  expect(await until(owed[0]?.id ?? '')).toBe('2026-03-06')
  expect(await until(other.id)).toBeNull()
  const audited = await db().select().from(auditLog).where(eq(auditLog.entityId, promise.id))
  expect(audited).toMatchObject([{ action: 'create', actorId: agent.user.id }])
})

describe('a promise is refused at its field', () => {
  test('for a day that has passed or is too far away', async () => {
    const customer = await aCustomer(db())
    const { id } = await aReceivable(db(), { customerId: customer.id })
    const ask = (dueOn: string) => record({ customerId: customer.id, dueOn, items: [{ receivableId: id, amount: '1' }] })
    expect((await ask('2026-03-01')).body).toMatchObject({ status: 422, code: 'promise-day-past', errors: [{ field: 'dueOn' }] })
    expect((await ask('2026-08-30')).body).toMatchObject({ code: 'promise-day-too-far' })
    await ask('2026-08-29').expect(201)
  })

  test('for more than the balance, less than nothing, a stranger’s receivable, another currency, the same twice', async () => {
    const customer = await aCustomer(db())
    const one = await aReceivable(db(), { customerId: customer.id })
    const peso = await aReceivable(db(), { customerId: customer.id, currency: 'COP' })
    const paid = await aReceivable(db(), { customerId: customer.id, balanceMinor: 0n })
    const foreign = await aReceivable(db())
    const contact = await aContact(db())
    const items = (...parts: [string, string][]) => ({
      customerId: customer.id,
      dueOn: '2026-03-05',
      items: parts.map(([receivableId, amount]) => ({ receivableId, amount })),
    })
    const code = async (body: object) => {
      const answer = await record(body)
      return [answer.status, answer.body.code, answer.body.errors?.[0]?.field]
    }
    expect(await code(items([one.id, '100.01']))).toEqual([422, 'amount-over-balance', 'items.0.amount'])
    expect(await code(items([one.id, '0.00']))).toEqual([422, 'amount-not-positive', 'items.0.amount'])
    expect(await code(items([one.id, '1.001']))).toEqual([422, 'amount-too-precise', 'items.0.amount'])
    expect(await code(items([foreign.id, '1']))).toEqual([422, 'receivable-unknown', 'items.0.receivableId'])
    expect(await code(items([one.id, '1'], [peso.id, '1']))).toEqual([422, 'currency-mismatch', 'items.1.receivableId'])
    expect(await code(items([one.id, '1'], [one.id, '2']))).toEqual([422, 'duplicate-in-request', 'items.1.receivableId'])
    expect(await code(items([paid.id, '1']))).toEqual([409, 'receivable-settled', 'items.0.receivableId'])
    expect(await code({ ...items([one.id, '1']), contactId: contact.id })).toEqual([422, 'reference-unknown', 'contactId'])
    expect(await until(one.id)).toBeNull()
  })

  test('while another one is open on the receivable, also when two people record at the same time', async () => {
    const customer = await aCustomer(db())
    const { id } = await aReceivable(db(), { customerId: customer.id })
    const body = { customerId: customer.id, dueOn: '2026-03-05', items: [{ receivableId: id, amount: '1' }] }
    const answers = await Promise.all([record(body), record(body, clerk), record(body)])
    expect(answers.map((each) => each.status).sort()).toEqual([201, 409, 409])
    expect((await record(body)).body).toMatchObject({ code: 'promise-standing' })
  })
})

describe('payments decide', () => {
  test('kept at once when the money came, whichever of the receivables it was applied to; the pause ends', async () => {
    const { customer, owed, promise } = await promised()
    await pay(customer.id, '70.00', [{ receivableId: owed[0]?.id, amount: '70.00' }])
    expect((await standing(promise.id))?.state).toBe('open')
    await pay(customer.id, '30.00', [{ receivableId: owed[1]?.id, amount: '30.00' }])
    expect(await standing(promise.id)).toMatchObject({ state: 'kept', endedBy: null })
    expect(await until(owed[1]?.id ?? '')).toBeNull()
    expect(await followUpOf(promise.id)).toBeUndefined()
  })

  test('nothing on the last day of grace; the day after broken: notices go on and one follow-up opens, however often the job runs', async () => {
    const { owed, promise } = await promised()
    api.ctx.at('2026-03-06T23:00:00Z')
    await decidePromises(api.ctx)
    expect((await standing(promise.id))?.state).toBe('open')
    api.ctx.at('2026-03-07T06:00:00Z')
    await Promise.all([decidePromisesJob.perform(api.ctx, {}), decidePromisesJob.perform(api.ctx, {})])
    await decidePromisesJob.perform(api.ctx, {})
    expect((await standing(promise.id))?.state).toBe('broken')
    expect(await until(owed[0]?.id ?? '')).toBeNull()
    const followUp = await followUpOf(promise.id)
    expect(followUp).toMatchObject({ ownerId: agent.user.id, state: 'active' })
    expect(
      await db()
        .select()
        .from(followUpReceivables)
        .where(eq(followUpReceivables.followUpId, followUp?.id ?? '')),
    ).toHaveLength(2)
    const changes = await db().select().from(auditLog).where(eq(auditLog.entityId, promise.id))
    expect(changes.filter((each) => each.action === 'change')).toHaveLength(1)
  })

  test('some money by the end of the grace is a promise kept in part', async () => {
    const { customer, owed, promise } = await promised()
    await pay(customer.id, '99.99', [
      { receivableId: owed[0]?.id, amount: '60.00' },
      { receivableId: owed[1]?.id, amount: '39.99' },
    ])
    api.ctx.at('2026-03-09T15:00:00Z')
    await decidePromises(api.ctx)
    expect((await standing(promise.id))?.state).toBe('partly-kept')
    expect((await followUpOf(promise.id))?.subject).toContain('USD 99,99')
  })

  test('a payment made in time but recorded late mends the verdict; one made too late does not', async () => {
    const { customer, owed, promise } = await promised()
    const late = await promised()
    api.ctx.at('2026-03-09T15:00:00Z')
    await decidePromises(api.ctx)
    const all = (of: typeof owed) => of.map((one, at) => ({ receivableId: one.id, amount: at === 0 ? '60.00' : '40.00' }))
    await pay(customer.id, '100.00', all(owed), '2026-03-06')
    await pay(late.customer.id, '100.00', all(late.owed), '2026-03-07')
    expect((await standing(promise.id))?.state).toBe('kept')
    expect((await standing(late.promise.id))?.state).toBe('broken')
  })

  test('two payments at once on a promise of two receivables neither deadlock nor miss each other', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { customer, owed, promise } = await promised(['100.00', '99.00'])
      await Promise.all([
        pay(customer.id, '100.00', [{ receivableId: owed[0]?.id, amount: '100.00' }]),
        pay(customer.id, '99.00', [{ receivableId: owed[1]?.id, amount: '99.00' }]),
      ])
      expect((await standing(promise.id))?.state).toBe('kept')
    }
  })
})

describe('a promise is withdrawn', () => {
  test('by who recorded it or who manages receivables, with a reason, and pauses nothing any more', async () => {
    const { owed, promise } = await promised()
    const url = `/api/v1/promises/${promise.id}/withdrawals`
    const stranger = await api.signedIn({ permissions: [] })
    expect((await post(stranger, url, { reason: 'No', version: 1 })).body).toMatchObject({ status: 403, code: 'not-allowed' })
    expect((await post(agent, url, { reason: 'No', version: 9 })).body).toMatchObject({ code: 'changed-meanwhile' })
    const answers = await Promise.all([
      post(agent, url, { reason: 'Se equivocó de factura', version: 1 }),
      post(clerk, url, { reason: 'Doble', version: 1 }),
    ])
    expect(answers.map((each) => each.status).sort()).toEqual([200, 409])
    expect((await standing(promise.id))?.state).toBe('withdrawn')
    expect(await until(owed[0]?.id ?? '')).toBeNull()
    api.ctx.at('2026-03-12T15:00:00Z')
    await decidePromises(api.ctx)
    expect((await standing(promise.id))?.state).toBe('withdrawn')
  })
})

test('the record of customers and agents says how much was kept of what was decided', async () => {
  const { customer, owed } = await promised(['100.00'])
  await pay(customer.id, '100.00', [{ receivableId: owed[0]?.id, amount: '100.00' }])
  const again = await aReceivable(db(), { customerId: customer.id })
  await record({ customerId: customer.id, dueOn: '2026-03-03', items: [{ receivableId: again.id, amount: '5.00' }] }).expect(201)
  api.ctx.at('2026-03-20T15:00:00Z')
  await decidePromises(api.ctx)
  const reader = await api.signedIn()
  for (const by of ['customer', 'agent']) {
    const url = `/api/v1/promise-records?by=${by}&customerId=${customer.id}`
    const { body } = await api.request().get(url).set(reader.headers).expect(200)
    expect(body.items).toMatchObject([{ kept: 1, broken: 1, partlyKept: 0, open: 0, keptRate: 50 }])
    expect(body.items[0].subject.id).toBe(by === 'customer' ? customer.id : agent.user.id)
  }
  const list = await api.request().get(`/api/v1/promises?customerId=${customer.id}&state=broken`).set(reader.headers).expect(200)
  expect(list.body.items).toHaveLength(1)
  expect(list.body.items[0]).toMatchObject({
    mayWithdraw: false,
    recordedBy: { id: agent.user.id },
    items: [{ amount: '5.00', balance: '100.00' }],
  })
})

test('the totals add up by currency and by what became of the promises; what was withdrawn is no promise', async () => {
  const taker = await api.signedIn({ permissions: [] })
  const customer = await aCustomer(db())
  const owe = (over: object = {}) => aReceivable(db(), { customerId: customer.id, ...over })
  const take = async (items: object[]) =>
    (await record({ customerId: customer.id, dueOn: '2026-03-05', items }, taker).expect(201)).body as {
      id: string
      version: number
    }
  await take([{ receivableId: (await owe()).id, amount: '60.00' }])
  const kept = await take([{ receivableId: (await owe()).id, amount: '15.50' }])
  await db().update(promises).set({ state: 'kept', endedAt: new Date() }).where(eq(promises.id, kept.id))
  await take([{ receivableId: (await owe({ currency: 'COP' })).id, amount: '1.00' }])
  const gone = await take([{ receivableId: (await owe()).id, amount: '99.00' }])
  await post(taker, `/api/v1/promises/${gone.id}/withdrawals`, { reason: 'Error', version: gone.version }).expect(200)
  const ask = async (query: string, who = taker) =>
    (await api.request().get(`/api/v1/promise-totals?${query}`).set(who.headers).expect(200)).body.totals
  const none = { kept: '0.00', partlyKept: '0.00', broken: '0.00' }
  expect(await ask(`customerId=${customer.id}`)).toEqual([
    { currency: 'COP', count: 1, amount: '1.00', open: '1.00', ...none },
    { currency: 'USD', count: 2, amount: '75.50', open: '60.00', ...none, kept: '15.50' },
  ])
  expect(await ask(`customerId=${customer.id}&state=kept`)).toMatchObject([{ count: 1, amount: '15.50' }])
  expect(await ask(`customerId=${customer.id}`, await api.signedIn({ customerLevel: 4 }))).toEqual([])
})
