import { receivables } from '@cartera/db/schema/receivables'
import { aCompany, aCustomer, aReceivable } from '@cartera/db/testing/builders'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
beforeAll(async () => void (await aCompany(api.database.db)))

type Headers = Record<string, string>
const put = (headers: Headers, items: unknown) => api.request().put('/api/v1/payments').set(headers).send({ items })
const post = (headers: Headers, body: object) => api.request().post('/api/v1/payments').set(headers).send(body)
const balanceOf = async (id: string) =>
  (await api.database.db.select().from(receivables).where(eq(receivables.id, id)))[0]?.balanceMinor

/** A customer with receivables of 100.00 USD: `<name>-1` due first. */
async function portfolio(name: string) {
  const customer = await aCustomer(api.database.db, { externalId: name })
  const first = await aReceivable(api.database.db, { customerId: customer.id, externalId: `${name}-1`, dueOn: '2026-02-10' })
  const second = await aReceivable(api.database.db, { customerId: customer.id, externalId: `${name}-2`, dueOn: '2026-03-10' })
  return { customer, first, second }
}
const item = (name: string, over: object = {}) => ({
  externalId: `PAY-${name}`,
  customerExternalId: name,
  paidOn: '2026-02-15',
  currency: 'USD',
  amount: '60.00',
  applications: [{ receivableExternalId: `${name}-1`, amount: '60.00' }],
  ...over,
})

describe('payments by external id', () => {
  test('are recorded once: the same again is unchanged, other data is refused', async () => {
    const { headers } = await api.signedIn()
    const { first } = await portfolio('once')
    expect((await put(headers, [item('once')]).expect(200)).body).toEqual({ created: 1, changed: 0, unchanged: 0 })
    expect((await put(headers, [item('once'), item('once')]).expect(200)).body).toEqual({ created: 0, changed: 0, unchanged: 2 })
    const other = await put(headers, [item('once', { paidOn: '2026-02-16' })]).expect(409)
    expect(other.body).toMatchObject({ code: 'payment-differs', errors: [{ field: 'items.0.externalId' }] })
    expect(await balanceOf(first.id)).toBe(4000n)
    const read = await api.request().get(`/api/v1/receivables/${first.id}`).set(headers).expect(200)
    expect(read.body).toMatchObject({ balance: '40.00', paid: '60.00', payments: [{ amount: '60.00', externalId: 'PAY-once' }] })
  })

  test('more than the balance is refused with the balance, also when two of one request add up to more; nothing is written', async () => {
    const { headers } = await api.signedIn()
    const { first } = await portfolio('over')
    const answer = await put(headers, [item('over'), item('over', { externalId: 'PAY-over-2' })]).expect(422)
    expect(answer.body).toMatchObject({
      code: 'amount-over-balance',
      errors: [{ field: 'items.1.applications.0.amount', code: 'amount-over-balance' }],
    })
    expect(answer.body.detail).toContain('40.00')
    expect(await balanceOf(first.id)).toBe(10_000n)
  })

  test('unknown customers and receivables, other currencies, too much applied and bad shapes are named at their place', async () => {
    const { headers } = await api.signedIn()
    await portfolio('bad')
    await portfolio('foreign')
    const answer = await put(headers, [
      item('bad', { externalId: '1', customerExternalId: 'nobody' }),
      item('bad', { externalId: '2', applications: [{ receivableExternalId: 'nothing', amount: '1.00' }] }),
      item('bad', { externalId: '3', applications: [{ receivableExternalId: 'foreign-1', amount: '1.00' }] }),
      item('bad', { externalId: '4', currency: 'EUR' }),
      item('bad', { externalId: '5', amount: '10.00' }),
      item('bad', { externalId: '6', amount: '0.00', applications: [] }),
      item('bad', {
        externalId: '7',
        applications: [
          { receivableExternalId: 'bad-2', amount: '1.00' },
          { receivableExternalId: 'bad-2', amount: '1.00' },
        ],
      }),
    ]).expect(422)
    expect(answer.body.errors.map((each: { field: string; code: string }) => `${each.field} ${each.code}`)).toEqual([
      'items.0.customerExternalId customer-unknown',
      'items.1.applications.0.receivableExternalId receivable-unknown',
      'items.2.applications.0.receivableExternalId receivable-unknown',
      'items.3.applications.0.receivableExternalId currency-mismatch',
      'items.4.applications applications-over-amount',
      'items.5.amount amount-not-positive',
      'items.6.applications.1.receivableExternalId duplicate-in-request',
    ])
    await put(headers, [item('bad', { paidOn: '2026-02-30' })]).expect(400)
    await put(headers, [item('bad', { amount: null })]).expect(400)
    await put(headers, [item('bad', { applications: undefined })]).expect(400)
    await put((await api.signedIn({ permissions: [] })).headers, [item('bad')]).expect(403)
  })
})

describe('a payment by hand', () => {
  test('pays the oldest receivable first and says what is left', async () => {
    const { headers } = await api.signedIn()
    const { customer, first, second } = await portfolio('oldest')
    const body = { customerId: customer.id, paidOn: '2026-03-02', currency: 'USD', amount: '150.00', reference: ' Depósito 12 ' }
    const made = await post(headers, body).expect(201)
    expect(made.body).toMatchObject({ amount: '150.00', unapplied: '0.00', reference: 'Depósito 12' })
    expect(made.body.applications.map((part: { amount: string }) => part.amount)).toEqual(['100.00', '50.00'])
    expect([await balanceOf(first.id), await balanceOf(second.id)]).toEqual([0n, 5000n])
    const more = await post(headers, { ...body, amount: '80.00', keepRest: true }).expect(201)
    expect(more.body).toMatchObject({ unapplied: '30.00' })
    const list = await api.request().get(`/api/v1/payments?customerId=${customer.id}`).set(headers).expect(200)
    expect(list.body.items.map((each: { amount: string }) => each.amount).sort()).toEqual(['150.00', '80.00'])
  })

  test('pays the chosen receivables; more than the balance is refused with the balance at its field', async () => {
    const { headers } = await api.signedIn()
    const { customer, second } = await portfolio('chosen')
    const body = { customerId: customer.id, paidOn: '2026-03-02', currency: 'USD', amount: '200.00' }
    const chosen = (amount: string) =>
      post(headers, { ...body, applications: [{ receivableId: second.id, amount }], keepRest: true })
    const over = await chosen('100.01').expect(422)
    expect(over.body).toMatchObject({ code: 'amount-over-balance', errors: [{ field: 'applications.0.amount' }] })
    expect(over.body.detail).toContain('100.00')
    await chosen('25.00').expect(201)
    expect(await balanceOf(second.id)).toBe(7500n)
  })

  test('two at the same time never take a balance below zero', async () => {
    const { headers } = await api.signedIn()
    const { customer, first, second } = await portfolio('race')
    const body = { customerId: customer.id, paidOn: '2026-03-02', currency: 'USD', amount: '140.00' }
    const parts = [
      { receivableId: first.id, amount: '70.00' },
      { receivableId: second.id, amount: '70.00' },
    ]
    const answers = await Promise.all([
      post(headers, { ...body, applications: parts }),
      post(headers, { ...body, applications: [...parts].reverse(), repeated: true }),
    ])
    expect(answers.map((each) => each.status).sort()).toEqual([201, 422])
    expect([await balanceOf(first.id), await balanceOf(second.id)]).toEqual([3000n, 3000n])
  })

  test('a customer out of sight does not exist, and without the permission it is refused', async () => {
    const { customer } = await portfolio('scope')
    const body = { customerId: customer.id, paidOn: '2026-03-02', currency: 'USD', amount: '1.00' }
    const hidden = await api.signedIn({ customerLevel: 4 })
    await post(hidden.headers, body).expect(404)
    const list = await api.request().get(`/api/v1/payments?customerId=${customer.id}`).set(hidden.headers).expect(200)
    expect(list.body.items).toEqual([])
    const reader = await api.signedIn({ permissions: [] })
    await post(reader.headers, body).expect(403)
  })
})
