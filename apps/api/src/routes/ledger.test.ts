import { receivables } from '@cartera/db/schema/receivables'
import { aCompany, aCustomer, aReceivable } from '@cartera/db/testing/builders'
import { readPdfPages } from '@cartera/use-cases/testing/read-pdf'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { bytes, testApi } from '../testing/test-api.ts'

const api = testApi()
beforeAll(async () => void (await aCompany(api.database.db, { taxId: '900123456-7' })))

type Headers = Record<string, string>
const post = (headers: Headers, url: string, body: object) => api.request().post(`/api/v1${url}`).set(headers).send(body)
const get = (headers: Headers, url: string) => api.request().get(`/api/v1${url}`).set(headers)
const balanceOf = async (id: string) =>
  (await api.database.db.select().from(receivables).where(eq(receivables.id, id)))[0]?.balanceMinor
const fieldsOf = (body: { errors?: { field: string; code: string }[] }) =>
  (body.errors ?? []).map((error) => `${error.field} ${error.code}`)

describe('documents with instalments', () => {
  const invoice = (customerId: string, over: object = {}) => ({
    customerId,
    type: 'invoice',
    number: 'F-1',
    issuedOn: '2026-02-01',
    currency: 'USD',
    total: '100.00',
    instalments: [
      { dueOn: '2026-03-03', amount: '33.33' },
      { dueOn: '2026-04-02', amount: '33.33' },
      { dueOn: '2026-05-02', amount: '33.34' },
    ],
    ...over,
  })

  test('are recorded together with a receivable and a charge for each; a sum that differs is refused with the difference and writes nothing', async () => {
    const { headers, user } = await api.signedIn()
    const customer = await aCustomer(api.database.db)
    const wrong = await post(headers, '/documents', invoice(customer.id, { total: '100.01' })).expect(422)
    expect(wrong.body).toMatchObject({ code: 'instalments-do-not-add-up', errors: [{ field: 'instalments' }] })
    expect(wrong.body.detail).toContain('0.01')
    const made = await post(headers, '/documents', invoice(customer.id)).expect(201)
    expect(made.body.receivables.map((each: { amount: string; balance: string }) => [each.amount, each.balance])).toEqual([
      ['33.33', '33.33'],
      ['33.33', '33.33'],
      ['33.34', '33.34'],
    ])
    const read = await get(headers, `/receivables/${made.body.receivables[2].id}`).expect(200)
    expect(read.body.movements).toMatchObject([
      { kind: 'charge', on: '2026-02-01', amount: '33.34', balance: '33.34', recordedBy: user.name },
    ])
    expect(read.body.instalments).toHaveLength(3)
    const again = await post(headers, '/documents', invoice(customer.id)).expect(409)
    expect(again.body).toMatchObject({ code: 'document-number-taken', errors: [{ field: 'number' }] })
  })

  test('impossible dates and amounts are each named at their field', async () => {
    const { headers } = await api.signedIn()
    const customer = await aCustomer(api.database.db)
    const with1 = (instalment: object, over: object = {}) =>
      post(
        headers,
        '/documents',
        invoice(customer.id, { total: '10.00', instalments: [{ dueOn: '2026-03-03', amount: '10.00', ...instalment }], ...over }),
      )
    expect(fieldsOf((await with1({ dueOn: '2026-01-31' }).expect(422)).body)).toEqual(['instalments.0.dueOn due-before-issue'])
    expect(fieldsOf((await with1({ dueOn: '2326-01-31' }).expect(422)).body)).toEqual(['instalments.0.dueOn due-too-far'])
    expect(fieldsOf((await with1({ amount: '10.001' }).expect(422)).body)).toEqual(['instalments.0.amount amount-too-precise'])
    expect(fieldsOf((await with1({ amount: '0.00' }).expect(422)).body)).toEqual(['instalments.0.amount amount-not-positive'])
    expect(fieldsOf((await with1({}, { currency: 'XXX' }).expect(422)).body)).toContain('currency currency-unknown')
    expect(fieldsOf((await with1({ amount: '10' }, { currency: 'KWD', total: '10.0001' }).expect(422)).body)).toEqual([
      'total amount-too-precise',
    ])
    for (const dueOn of ['10000-01-01', '0000-00-00', '2026-02-30', '']) {
      const refused = await with1({ dueOn }).expect(400)
      expect(refused.body.errors[0].field).toBe('instalments.0.dueOn')
    }
    for (const amount of ['9999999999999999999', '1e3', '1,50', 'NaN']) {
      const refused = await with1({ amount }).expect(400)
      expect(refused.body.errors[0].field).toBe('instalments.0.amount')
    }
    // What fits the wire and not the database's money.
    expect(
      fieldsOf(
        (await with1({ amount: '999999999999999.99' }, { currency: 'CLF', total: '999999999999999.99' }).expect(422)).body,
      ),
    ).toContain('total amount-invalid')
    const list = await get(headers, `/receivables?customerId=${customer.id}`).expect(200)
    expect(list.body.items).toEqual([])
  })

  test('a void document owes nothing from today on; one that is partly paid is not voided', async () => {
    const { headers } = await api.signedIn()
    const customer = await aCustomer(api.database.db)
    const made = (await post(headers, '/documents', invoice(customer.id)).expect(201)).body
    const payment = { customerId: customer.id, paidOn: '2026-03-02', currency: 'USD', amount: '1.00' }
    const paid = (await post(headers, '/payments', payment).expect(201)).body
    expect((await post(headers, `/documents/${made.id}/void`, { reason: 'Duplicada' }).expect(409)).body.code).toBe(
      'document-settled',
    )
    await post(headers, `/payments/${paid.id}/reversal`, { reason: 'Cheque devuelto' }).expect(200)
    await post(headers, `/documents/${made.id}/void`, { reason: 'Duplicada' }).expect(200)
    expect((await post(headers, `/documents/${made.id}/void`, { reason: 'Duplicada' }).expect(409)).body.code).toBe(
      'document-voided',
    )
    const today = await get(headers, `/receivables/aging?customerId=${customer.id}`).expect(200)
    expect(today.body.totals).toEqual([])
    const before = await get(headers, `/receivables/aging?customerId=${customer.id}&asOf=2026-03-01`).expect(200)
    expect(before.body.totals).toMatchObject([{ balance: '100.00', notDue: '100.00' }])
  })
})

describe('payments and credit notes', () => {
  async function owing(name: string) {
    const customer = await aCustomer(api.database.db, { externalId: name })
    const first = await aReceivable(api.database.db, { customerId: customer.id, externalId: `${name}-1`, dueOn: '2026-02-10' })
    const second = await aReceivable(api.database.db, { customerId: customer.id, externalId: `${name}-2`, dueOn: '2026-03-10' })
    return { customer, first, second }
  }

  test('more than what is applied is refused at the amount unless the rest may stay; what stays is applied later, and undone with its reason', async () => {
    const { headers } = await api.signedIn()
    const { customer, first, second } = await owing('rest')
    const body = { customerId: customer.id, paidOn: '2026-03-02', currency: 'USD', amount: '150.00' }
    const chosen = { applications: [{ receivableId: first.id, amount: '100.00' }] }
    const refused = await post(headers, '/payments', { ...body, ...chosen }).expect(422)
    expect(refused.body).toMatchObject({ code: 'payment-over-balance', errors: [{ field: 'amount' }] })
    expect(refused.body.detail).toContain('50.00')
    const kept = (await post(headers, '/payments', { ...body, ...chosen, keepRest: true }).expect(201)).body
    expect(kept).toMatchObject({ unapplied: '50.00' })
    const aging = await get(headers, `/receivables/aging?customerId=${customer.id}`).expect(200)
    expect(aging.body.totals).toMatchObject([{ balance: '100.00', unapplied: '50.00', net: '50.00' }])
    const over = await post(headers, `/payments/${kept.id}/applications`, {
      applications: [{ receivableId: second.id, amount: '50.01' }],
    }).expect(422)
    expect(over.body.code).toBe('applications-over-amount')
    const applied = (await post(headers, `/payments/${kept.id}/applications`, {}).expect(200)).body
    expect(applied).toMatchObject({ unapplied: '0.00', applications: [{ amount: '100.00' }, { amount: '50.00' }] })
    expect(await balanceOf(second.id)).toBe(5000n)
    const movementId = applied.applications[1].movementId
    const undone = (
      await post(headers, `/receivable-movements/${movementId}/reversal`, { reason: 'Era de otra factura' }).expect(200)
    ).body
    expect(undone).toMatchObject({
      balance: '100.00',
      movements: [{ kind: 'charge' }, { kind: 'payment', undone: true }, { kind: 'reversal', reason: 'Era de otra factura' }],
    })
    expect((await get(headers, `/payments/${kept.id}`).expect(200)).body).toMatchObject({ unapplied: '50.00' })
    const twice = await post(headers, `/receivable-movements/${movementId}/reversal`, { reason: 'Otra vez' }).expect(409)
    expect(twice.body.code).toBe('application-undone')
    const charge = undone.movements[0].id
    expect((await post(headers, `/receivable-movements/${charge}/reversal`, { reason: 'No' }).expect(409)).body.code).toBe(
      'movement-not-reversible',
    )
  })

  test('the same payment by hand twice, also at the same moment, is one unless a person says that it is another', async () => {
    const { headers } = await api.signedIn()
    const { customer } = await owing('twice')
    const body = { customerId: customer.id, paidOn: '2026-03-02', currency: 'USD', amount: '10.00', reference: 'Depósito 7' }
    const answers = await Promise.all([
      post(headers, '/payments', body),
      post(headers, '/payments', body),
      post(headers, '/payments', body),
    ])
    expect(answers.map((each) => each.status).sort()).toEqual([201, 409, 409])
    expect(answers.find((each) => each.status === 409)?.body.code).toBe('payment-looks-repeated')
    await post(headers, '/payments', { ...body, repeated: true }).expect(201)
    await post(headers, '/payments', { ...body, reference: 'Depósito 8' }).expect(201)
  })

  test('a returned cheque is owed again from its day on: until then it was paid, and it cannot be returned twice or before it came', async () => {
    const { headers } = await api.signedIn()
    const { customer, first } = await owing('cheque')
    const paid = (
      await post(headers, '/payments', {
        customerId: customer.id,
        paidOn: '2026-02-15',
        currency: 'USD',
        amount: '100.00',
      }).expect(201)
    ).body
    const early = await post(headers, `/payments/${paid.id}/reversal`, { on: '2026-02-14', reason: 'x' }).expect(422)
    expect(fieldsOf(early.body)).toEqual(['on day-before-record'])
    const late = await post(headers, `/payments/${paid.id}/reversal`, { on: '2026-03-03', reason: 'x' }).expect(422)
    expect(fieldsOf(late.body)).toEqual(['on day-in-future'])
    const both = await Promise.all(
      [1, 2].map(() => post(headers, `/payments/${paid.id}/reversal`, { on: '2026-02-20', reason: 'Cheque devuelto' })),
    )
    expect(both.map((each) => each.status).sort()).toEqual([200, 409])
    expect(await balanceOf(first.id)).toBe(10_000n)
    const at = async (day: string) =>
      (await get(headers, `/receivables/aging?customerId=${customer.id}&asOf=${day}`).expect(200)).body.totals[0].balance
    expect([await at('2026-02-14'), await at('2026-02-15'), await at('2026-02-19'), await at('2026-02-20')]).toEqual([
      '200.00',
      '100.00',
      '100.00',
      '200.00',
    ])
    expect((await post(headers, `/payments/${paid.id}/applications`, {}).expect(409)).body.code).toBe('payment-reversed')
  })

  test('credit notes by external id: the same again is unchanged, also after it was applied by hand; other data is refused', async () => {
    const { headers } = await api.signedIn()
    const { first } = await owing('credit')
    const put = (item: object) =>
      api
        .request()
        .put('/api/v1/credit-notes')
        .set(headers)
        .send({ items: [item] })
    const note = {
      externalId: 'NC-9',
      customerExternalId: 'credit',
      issuedOn: '2026-02-20',
      currency: 'USD',
      total: '40.00',
      applications: [],
    }
    expect((await put(note).expect(200)).body).toEqual({ created: 1, changed: 0, unchanged: 0 })
    const listed = (await get(headers, '/credit-notes?unapplied=true').expect(200)).body.items
    const found = listed.find((each: { externalId: string }) => each.externalId === 'NC-9')
    await post(headers, `/credit-notes/${found.id}/applications`, {}).expect(200)
    expect(await balanceOf(first.id)).toBe(6000n)
    expect((await put(note).expect(200)).body).toEqual({ created: 0, changed: 0, unchanged: 1 })
    expect(fieldsOf((await put({ ...note, total: '41.00' }).expect(409)).body)).toEqual([
      'items.0.externalId credit-note-differs',
    ])
    expect(fieldsOf((await put({ ...note, externalId: 'NC-10', number: 'NC-9' }).expect(409)).body)).toEqual([
      'items.0.number document-number-taken',
    ])
    await post(headers, `/credit-notes/${found.id}/void`, { reason: 'Duplicada' }).expect(200)
    expect(await balanceOf(first.id)).toBe(10_000n)
  })

  test('a write-off takes no more than the balance, leaves the portfolio, and can be undone', async () => {
    const { headers } = await api.signedIn()
    const { first } = await owing('lost')
    expect(
      (await post(headers, `/receivables/${first.id}/write-offs`, { amount: '100.01', reason: 'x' }).expect(422)).body.code,
    ).toBe('amount-over-balance')
    const off = (
      await post(headers, `/receivables/${first.id}/write-offs`, { amount: '100.00', reason: 'Incobrable' }).expect(200)
    ).body
    expect(off).toMatchObject({ balance: '0.00', bucket: null })
    await post(headers, `/receivable-movements/${off.movements[1].id}/reversal`, { reason: 'Apareció' }).expect(200)
    expect(await balanceOf(first.id)).toBe(10_000n)
  })

  test('an amount that another system corrects counts from today; its aging of yesterday still says the old one', async () => {
    const { headers } = await api.signedIn()
    const { customer } = await owing('fix')
    const item = { externalId: 'fix-1', customerExternalId: 'fix', issuedOn: '2026-02-01', dueOn: '2026-02-10', currency: 'USD' }
    const put = (amount: string) =>
      api
        .request()
        .put('/api/v1/receivables')
        .set(headers)
        .send({ items: [{ ...item, amount }] })
    await put('80.00').expect(200)
    const at = async (day: string) =>
      (await get(headers, `/receivables/aging?customerId=${customer.id}&asOf=${day}`).expect(200)).body.totals[0].balance
    expect([await at('2026-03-01'), await at('2026-03-02')]).toEqual(['200.00', '180.00'])
  })
})

describe('the statement of account', () => {
  test('opens, moves and closes by currency, on screen, as PDF in the language of the customer and as Excel', async () => {
    const { headers } = await api.signedIn()
    const customer = await aCustomer(api.database.db, { name: 'Almacén Ñandú', language: 'es', taxId: '800999' })
    const invoice = {
      customerId: customer.id,
      type: 'invoice',
      currency: 'USD',
      issuedOn: '2026-01-10',
      number: 'F-77',
      total: '90.00',
    }
    await post(headers, '/documents', { ...invoice, instalments: [{ dueOn: '2026-02-10', amount: '90.00' }] }).expect(201)
    await post(headers, '/payments', {
      customerId: customer.id,
      paidOn: '2026-02-20',
      currency: 'USD',
      amount: '100.00',
      keepRest: true,
      reference: 'Depósito 55',
    }).expect(201)
    const read = await get(headers, `/customers/${customer.id}/statement?from=2026-02-01&to=2026-03-02`).expect(200)
    expect(read.body.accounts).toMatchObject([
      {
        currency: 'USD',
        opening: '90.00',
        charged: '0.00',
        credited: '100.00',
        closing: '-10.00',
        lines: [{ on: '2026-02-20', kind: 'payment', amount: '-100.00', balance: '-10.00', number: 'Depósito 55' }],
        items: [],
        unapplied: [{ kind: 'payment', unapplied: '10.00' }],
        aging: { balance: '0.00', unapplied: '10.00', net: '-10.00' },
      },
    ])
    const past = await get(headers, `/customers/${customer.id}/statement?to=2026-02-15`).expect(200)
    expect(past.body.accounts).toMatchObject([
      { closing: '90.00', items: [{ number: 'F-77', daysOverdue: 5, bucket: 'days1To30' }], unapplied: [] },
    ])

    const pdf = await get(headers, `/customers/${customer.id}/statement.pdf?to=2026-02-15`).buffer(true).parse(bytes).expect(200)
    expect(pdf.headers['content-type']).toBe('application/pdf')
    // A line may break at a hyphen or a blank: what is said counts, not where.
    const said = (words: string) => words.replaceAll('\n', '').replaceAll(' ', '')
    const text = said(readPdfPages(pdf.body).join(''))
    for (const words of [
      'Estado de cuenta',
      'Comercial Andina',
      '900123456-7',
      'Almacén Ñandú',
      'Factura F-77',
      '90,00',
      '15/02/2026',
      'Página 1 de 1',
    ])
      expect(text).toContain(said(words))
    const english = await get(headers, `/customers/${customer.id}/statement.pdf?language=en`)
      .buffer(true)
      .parse(bytes)
      .expect(200)
    expect(readPdfPages(english.body).join('\n')).toContain('Statement of account')

    const workbook = await get(headers, `/customers/${customer.id}/statement.xlsx`).buffer(true).parse(bytes).expect(200)
    expect(workbook.body.subarray(0, 2).toString()).toBe('PK')
    const reader = await api.signedIn({ permissions: [] })
    await get(reader.headers, `/customers/${customer.id}/statement.xlsx`).expect(403)
    await get(reader.headers, `/customers/${customer.id}/statement`).expect(200)
  })

  test('days that cannot be are named at their field', async () => {
    const { headers } = await api.signedIn()
    const customer = await aCustomer(api.database.db)
    const at = (query: string) => get(headers, `/customers/${customer.id}/statement?${query}`)
    expect(fieldsOf((await at('to=2026-03-03').expect(422)).body)).toEqual(['to day-in-future'])
    expect(fieldsOf((await at('from=2026-03-02&to=2026-03-01').expect(422)).body)).toEqual(['from period-reversed'])
    await at('to=10000-01-01').expect(400)
    await at('from=0000-00-00').expect(400)
    expect((await at('from=1900-01-01&to=1900-01-02').expect(200)).body.accounts).toEqual([])
  })
})
