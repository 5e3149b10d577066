import { promises, receivables } from '@cartera/db/schema/receivables'
import { aCompany, aCustomer, aReceivable } from '@cartera/db/testing/builders'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
let headers: Record<string, string>
beforeAll(async () => {
  await aCompany(api.database.db)
  headers = (await api.signedIn()).headers
})

const post = (url: string, body: object) => api.request().post(`/api/v1${url}`).set(headers).send(body)
const put = (url: string, body: object) => api.request().put(`/api/v1${url}`).set(headers).send(body)
const get = (url: string) => api.request().get(`/api/v1${url}`).set(headers)
const row = async (id: string) => (await api.database.db.select().from(receivables).where(eq(receivables.id, id)))[0]
/** Status and every field with its code; several come as one problem. */
const refused = (answer: { status: number; body: { errors?: { field: string; code: string }[]; code?: string } }) => [
  answer.status,
  ...(answer.body.errors ?? [{ field: '', code: answer.body.code ?? '' }]).map((error) => `${error.field} ${error.code}`.trim()),
]
let serial = 0
async function owing(count = 1) {
  serial += 1
  const externalId = `K-${serial}`
  const customer = await aCustomer(api.database.db, { externalId })
  const rows = []
  for (let at = 0; at < count; at++)
    rows.push(await aReceivable(api.database.db, { customerId: customer.id, externalId: `${externalId}-${at}` }))
  return { customer, externalId, rows, ids: rows.map((one) => one.id) }
}

describe('receivables that another system states', () => {
  const stated = (externalId: string, over: object = {}) => ({
    externalId: `${externalId}-new`,
    customerExternalId: externalId,
    issuedOn: '2026-02-01',
    dueOn: '2026-03-01',
    currency: 'USD',
    amount: '10.00',
    ...over,
  })

  test.each([
    ['a due date in the year 10000', { dueOn: '10000-01-01' }, [400, 'items.0.dueOn']],
    ['a due date centuries ahead', { dueOn: '2326-01-01' }, [422, 'items.0.dueOn due-too-far']],
    ['a due date before the issue date', { dueOn: '2026-01-31' }, [422, 'items.0.dueOn due-before-issue']],
    ['the 30th of February', { issuedOn: '2026-02-30' }, [400, 'items.0.issuedOn']],
    ['a negative amount', { amount: '-10.00' }, [422, 'items.0.amount amount-not-positive']],
    ['nothing', { amount: '0' }, [422, 'items.0.amount amount-not-positive']],
    ['a decimal comma', { amount: '10,50' }, [400, 'items.0.amount']],
    ['thousands of a cent', { amount: '10.001' }, [422, 'items.0.amount amount-too-precise']],
    ['more digits than money has', { amount: '1234567890123456' }, [400, 'items.0.amount']],
    ['a currency that is none', { currency: 'XXX' }, [422, 'items.0.currency currency-unknown']],
    ['an instalment 1001', { instalment: 1001 }, [400, 'items.0.instalment']],
  ])('%s is refused at its field, and nothing is written', async (_, over, expected) => {
    const { customer, externalId } = await owing(0)
    const answer = await put('/receivables', { items: [stated(externalId, over)] })
    // A shape can be wrong in several ways at once, and has no code.
    const [status, ...fields] = refused(answer)
    const said = status === 400 ? new Set(fields.map((each) => String(each).split(' ')[0])) : fields
    expect([status, ...said]).toEqual(expected)
    expect((await get(`/receivables?customerId=${customer.id}`).expect(200)).body.items).toEqual([])
  })

  test('instalments whose sum no document can hold are refused at the one that is too much, also when they come one request after the other', async () => {
    const { externalId } = await owing(0)
    const largest = '999999999999999.99'
    const part = (instalment: number) =>
      stated(externalId, { externalId: `${externalId}-${instalment}`, number: 'F-1', instalment, amount: largest })
    const many = await put('/receivables', { items: Array.from({ length: 120 }, (_, index) => part(index + 1)) })
    expect(refused(many).slice(0, 2)).toEqual([422, 'items.10.amount sum-too-large'])
    await put('/receivables', { items: Array.from({ length: 10 }, (_, index) => part(index + 1)) }).expect(200)
    expect(refused(await put('/receivables', { items: [part(11)] }))).toEqual([422, 'items.0.amount sum-too-large'])
    await put('/receivables', { items: [part(10)] }).expect(200)
  })

  test('a document has one currency', async () => {
    const { externalId } = await owing(0)
    const part = (instalment: number, currency: string) =>
      stated(externalId, { externalId: `${externalId}-${instalment}`, number: 'F-1', instalment, currency, amount: '10' })
    expect(refused(await put('/receivables', { items: [part(1, 'USD'), part(2, 'COP')] }))).toEqual([
      422,
      'items.1.currency currency-mismatch',
    ])
    await put('/receivables', { items: [part(1, 'USD'), part(2, 'USD')] }).expect(200)
    expect(refused(await put('/receivables', { items: [part(2, 'COP')] }))).toEqual([422, 'items.0.currency currency-mismatch'])
    await put('/receivables', { items: [part(2, 'COP'), part(1, 'COP')] }).expect(200)
  })

  test('a portfolio of absurd sums is still shown', async () => {
    const { customer } = await owing(0)
    // More in all than PostgreSQL's bigint holds.
    for (let at = 0; at < 100; at++)
      await aReceivable(api.database.db, { customerId: customer.id, amountMinor: 99_999_999_999_999_999n })
    const query = `customerId=${customer.id}`
    const sum = '99999999999999999.00'
    expect((await get(`/portfolio/customers?${query}`).expect(200)).body.items).toMatchObject([{ balance: sum }])
    expect((await get(`/portfolio/totals?${query}`).expect(200)).body.totals).toMatchObject([{ balance: sum }])
    expect((await get(`/portfolio/breakdown?by=bucket&${query}`).expect(200)).body.items).toMatchObject([{ balance: sum }])
    expect((await get(`/receivables/aging?${query}`).expect(200)).body.totals).toMatchObject([{ balance: sum }])
    expect((await get(`/receivables/aging?${query}&asOf=2026-03-01`).expect(200)).body.totals).toMatchObject([{ balance: sum }])
    expect((await get(`/customers/${customer.id}/statement`).expect(200)).body.accounts).toMatchObject([{ closing: sum }])
    const { items } = (await get(`/receivables?limit=100&${query}`).expect(200)).body
    const promise = await post('/promises', {
      customerId: customer.id,
      dueOn: '2026-03-10',
      items: items.map((one: { id: string; balance: string }) => ({ receivableId: one.id, amount: '999999999999999.99' })),
    })
    expect(refused(promise)).toEqual([422, 'items sum-too-large'])
  })
})

describe('payments', () => {
  const paid = (customerId: string, over: object = {}) => ({
    customerId,
    paidOn: '2026-03-02',
    currency: 'USD',
    amount: '10.00',
    ...over,
  })

  test.each([
    ['negative', { amount: '-10.00' }, [422, 'amount amount-not-positive']],
    ['nothing', { amount: '0.00' }, [422, 'amount amount-not-positive']],
    ['too precise', { amount: '1.005' }, [422, 'amount amount-too-precise']],
    ['in a currency that is none', { currency: 'ZZZ' }, [422, 'currency currency-unknown']],
    ['of tomorrow', { paidOn: '2026-03-03' }, [422, 'paidOn day-in-future']],
    ['more than what is owed', { amount: '100.01' }, [422, 'amount payment-over-balance']],
  ])('one that is %s is refused at its field', async (_, over, expected) => {
    const { customer, ids } = await owing()
    expect(refused(await post('/payments', paid(customer.id, over)))).toEqual(expected)
    expect((await row(ids[0] ?? ''))?.balanceMinor).toBe(10_000n)
  })

  test.each([
    ['amount', { amount: '10,50' }],
    ['paidOn', { paidOn: '10000-01-01' }],
    ['applications.0.amount', { applications: [{ receivableId: '01a2015d-452e-71e2-8202-7d3178233400', amount: '1,5' }] }],
  ])('one whose %s has no possible shape is refused there', async (field, over) => {
    const { customer } = await owing()
    const answer = await post('/payments', paid(customer.id, over)).expect(400)
    expect(answer.body.errors[0].field).toBe(field)
  })

  test('the rest of a payment stays unapplied where it is told so, and always where another system states it', async () => {
    const { customer, externalId } = await owing()
    const kept = await post('/payments', paid(customer.id, { amount: '130.00', keepRest: true })).expect(201)
    expect(kept.body).toMatchObject({ unapplied: '30.00' })
    const item = { externalId: `P-${externalId}`, customerExternalId: externalId, paidOn: '2026-03-02', currency: 'USD' }
    await put('/payments', { items: [{ ...item, amount: '7.00', applications: [] }] }).expect(200)
    const { totals } = (await get(`/receivables/aging?customerId=${customer.id}`).expect(200)).body
    expect(totals).toMatchObject([{ balance: '0.00', unapplied: '37.00', net: '-37.00' }])
  })

  test('one that is reversed is not reversed again, nor is an application of it undone', async () => {
    const { customer, ids } = await owing()
    const made = (await post('/payments', paid(customer.id)).expect(201)).body
    await post(`/payments/${made.id}/reversal`, { reason: 'Cheque devuelto' }).expect(200)
    expect(refused(await post(`/payments/${made.id}/reversal`, { reason: 'Otra vez' }))).toEqual([409, 'payment-reversed'])
    const [application] = made.applications
    const undone = await post(`/receivable-movements/${application.movementId}/reversal`, { reason: 'Otra vez' })
    expect(refused(undone)).toEqual([409, 'payment-reversed'])
    expect((await row(ids[0] ?? ''))?.balanceMinor).toBe(10_000n)
  })
})

describe('credit notes', () => {
  const note = (customerId: string, over: object = {}) => ({
    customerId,
    number: `NC-${serial}`,
    issuedOn: '2026-03-02',
    currency: 'USD',
    total: '10.00',
    ...over,
  })

  test('one above the balance pays it and keeps the rest; told to pay more than a balance it is refused at that application', async () => {
    const { customer, ids } = await owing()
    const applications = [{ receivableId: ids[0] ?? '', amount: '100.01' }]
    const over = await post('/credit-notes', note(customer.id, { total: '150.00', applications }))
    expect(refused(over)).toEqual([422, 'applications.0.amount amount-over-balance'])
    const made = (await post('/credit-notes', note(customer.id, { total: '150.00' })).expect(201)).body
    expect(made).toMatchObject({ unapplied: '50.00', applications: [{ amount: '100.00' }] })
    expect((await row(ids[0] ?? ''))?.balanceMinor).toBe(0n)
    expect(refused(await post('/credit-notes', note(customer.id, { total: '150.00' })))).toEqual([
      409,
      'number document-number-taken',
    ])
    await post(`/credit-notes/${made.id}/void`, { reason: 'Duplicada' }).expect(200)
    expect(refused(await post(`/credit-notes/${made.id}/void`, { reason: 'Otra vez' }))).toEqual([409, 'document-voided'])
    expect(refused(await post(`/credit-notes/${made.id}/applications`, {}))).toEqual([409, 'document-voided'])
    expect((await row(ids[0] ?? ''))?.balanceMinor).toBe(10_000n)
  })

  test.each([
    [{ total: '-1.00' }, [422, 'total amount-not-positive']],
    [{ total: '1.001' }, [422, 'total amount-too-precise']],
    [{ issuedOn: '2026-03-03' }, [422, 'issuedOn day-in-future']],
    [{ currency: 'ZZZ' }, [422, 'currency currency-unknown']],
  ])('%j is refused at its field', async (over, expected) => {
    const { customer } = await owing()
    expect(refused(await post('/credit-notes', note(customer.id, over)))).toEqual(expected)
  })
})

describe('correcting and voiding a document', () => {
  const invoice = {
    type: 'invoice',
    number: 'F-9',
    issuedOn: '2026-02-01',
    total: '90.00',
    instalments: [
      { dueOn: '2026-03-01', amount: '45.00' },
      { dueOn: '2026-04-01', amount: '45.00' },
    ],
  }
  async function recorded() {
    const { customer } = await owing(0)
    const made = (await post('/documents', { ...invoice, customerId: customer.id, currency: 'USD' }).expect(201)).body
    return { customer, made, balances: async () => (await get(`/documents/${made.id}`).expect(200)).body.receivables }
  }

  test('an amount counts from today on, a date always did, and further instalments can be added', async () => {
    const { customer, made } = await recorded()
    const { body } = await put(`/documents/${made.id}`, {
      ...invoice,
      version: 1,
      number: 'F-10',
      issuedOn: '2026-02-05',
      total: '100.00',
      instalments: [
        { dueOn: '2026-03-02', amount: '40.00' },
        { dueOn: '2026-04-01', amount: '45.00' },
        { dueOn: '2026-05-01', amount: '15.00' },
      ],
    }).expect(200)
    expect(body).toMatchObject({
      version: 2,
      number: 'F-10',
      total: '100.00',
      receivables: [
        { instalment: 1, dueOn: '2026-03-02', balance: '40.00' },
        { instalment: 2, balance: '45.00' },
        { instalment: 3, balance: '15.00' },
      ],
    })
    const at = async (day: string) =>
      (await get(`/receivables/aging?customerId=${customer.id}&asOf=${day}`).expect(200)).body.totals[0]?.balance ?? null
    // The third was charged with the document, whatever the day on which somebody noticed.
    expect([await at('2026-02-04'), await at('2026-02-05'), await at('2026-03-01'), await at('2026-03-02')]).toEqual([
      null,
      '105.00',
      '105.00',
      '100.00',
    ])
    const read = (await get(`/receivables/${body.receivables[0].id}`).expect(200)).body
    expect(read.movements.at(-1)).toMatchObject({ kind: 'correction', on: '2026-03-02', amount: '-5.00', balance: '40.00' })
  })

  test('what cannot be is refused at its field, and changes nothing', async () => {
    const { customer, made, balances } = await recorded()
    await post('/payments', { customerId: customer.id, paidOn: '2026-03-01', currency: 'USD', amount: '30.00' }).expect(201)
    const correct = (over: object) => put(`/documents/${made.id}`, { ...invoice, version: 1, ...over })
    const instalments = (first: string, second: string) => ({
      instalments: [
        { dueOn: '2026-03-01', amount: first },
        { dueOn: '2026-04-01', amount: second },
      ],
    })
    expect(refused(await correct(instalments('29.99', '60.01')))).toEqual([409, 'instalments.0.amount amount-below-paid'])
    expect(refused(await correct(instalments('45.00', '45.01')))).toEqual([422, 'instalments instalments-do-not-add-up'])
    expect(refused(await correct({ instalments: [{ dueOn: '2026-03-01', amount: '90.00' }] }))).toEqual([
      422,
      'instalments instalments-missing',
    ])
    expect(refused(await correct({ issuedOn: '2026-03-15' }))).toEqual([422, 'instalments.0.dueOn due-before-issue'])
    expect(refused(await correct({ version: 7 }))).toEqual([409, 'changed-meanwhile'])
    await post('/documents', { ...invoice, number: 'F-8', customerId: customer.id, currency: 'USD' }).expect(201)
    expect(refused(await correct({ number: 'F-8' }))).toEqual([409, 'number document-number-taken'])
    expect((await balances()).map((each: { balance: string }) => each.balance)).toEqual(['15.00', '45.00'])
  })

  test('one that another system states is corrected there', async () => {
    const { rows } = await owing()
    const id = rows[0]?.documentId ?? ''
    expect((await get(`/documents/${id}`).expect(200)).body).toMatchObject({ fromElsewhere: true, version: 1 })
    const answer = await put(`/documents/${id}`, {
      ...invoice,
      version: 1,
      total: '1.00',
      instalments: [{ dueOn: '2026-03-01', amount: '1.00' }],
    })
    expect(refused(answer)).toEqual([409, 'kept-elsewhere'])
  })

  test('voiding says before what it ends, and ends it: the promise on it is settled, and what it owed is owed no more', async () => {
    const { customer, made } = await recorded()
    await post('/promises', {
      customerId: customer.id,
      dueOn: '2026-03-10',
      items: [{ receivableId: made.receivables[0].id, amount: '45.00' }],
    }).expect(201)
    expect((await get(`/documents/${made.id}`).expect(200)).body).toMatchObject({ openPromises: 1, waitingNotices: 0 })
    const voided = (await post(`/documents/${made.id}/void`, { reason: 'Duplicada' }).expect(200)).body
    expect(voided).toMatchObject({ voidedOn: '2026-03-02', openPromises: 0, version: 2 })
    const [promise] = await api.database.db.select().from(promises).where(eq(promises.customerId, customer.id))
    expect(promise).toMatchObject({ state: 'withdrawn', endReason: 'settled' })
    expect(await row(made.receivables[0].id)).toMatchObject({ balanceMinor: 0n, promisedUntil: null })
    expect(refused(await put(`/documents/${made.id}`, { ...invoice, version: 2 }))).toEqual([409, 'document-voided'])
  })

  test('a void document stays void when its source repeats it; told anything else of it, the source is refused', async () => {
    const { externalId, rows } = await owing()
    await post(`/documents/${rows[0]?.documentId}/void`, { reason: 'Duplicada' }).expect(200)
    const item = {
      externalId: `${externalId}-0`,
      customerExternalId: externalId,
      issuedOn: '2026-02-01',
      dueOn: '2026-03-03',
      currency: 'USD',
      amount: '100.00',
    }
    expect((await put('/receivables', { items: [item] }).expect(200)).body).toEqual({ created: 0, changed: 0, unchanged: 1 })
    expect(refused(await put('/receivables', { items: [{ ...item, amount: '90.00' }] }))).toEqual([
      409,
      'items.0.externalId document-voided',
    ])
    expect((await row(rows[0]?.id ?? ''))?.balanceMinor).toBe(0n)
  })
})
