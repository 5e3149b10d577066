import { customerGroups, customers } from '@cartera/db/schema/customers'
import { followUpAttachments, followUpProgress } from '@cartera/db/schema/follow-ups'
import { interactionProducts } from '@cartera/db/schema/interactions'
import { opportunities, opportunityLossReasons, opportunityStages } from '@cartera/db/schema/opportunities'
import { priceLists } from '@cartera/db/schema/prices'
import {
  aBranch,
  aCase,
  aCaseType,
  aCompany,
  aCustomer,
  aDepartment,
  aFollowUp,
  aFollowUpActivity,
  aFollowUpDocument,
  aFollowUpSituation,
  aFollowUpType,
  anInteraction,
  anInteractionTopic,
  aProduct,
  aReceivable,
  aUser,
} from '@cartera/db/testing/builders'
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
const db = () => api.database.db
let last = 0

async function aStage(name?: string) {
  last += 1
  const [made] = await db()
    .insert(opportunityStages)
    .values({ name: name ?? `Etapa ${last}`, position: 10, probability: 50 })
    .returning()
  return { id: made?.id ?? '' }
}
async function aPriceList(over: Partial<typeof priceLists.$inferInsert> = {}) {
  last += 1
  const [made] = await db()
    .insert(priceLists)
    .values({ name: `Lista ${last}`, currency: 'USD', ...over })
    .returning()
  return { id: made?.id ?? '', version: 1 }
}
async function anOpportunity(over: Pick<typeof opportunities.$inferInsert, 'stageId' | 'lossReasonId' | 'state' | 'closedOn'>) {
  const owner = await aUser(db())
  const customer = await aCustomer(db())
  const terms = { name: 'Obra', amountMinor: 100n, currency: 'USD', probability: 10, expectedOn: '2026-04-01' }
  await db()
    .insert(opportunities)
    .values({ customerId: customer.id, ownerId: owner.id, ...terms, ...over })
}

interface Catalogue {
  name: string
  withCode: boolean
  /** What an entry must say besides its words. */
  more?: object
  count: string
  entry(name?: string): Promise<{ id: string }>
  use(id: string): Promise<unknown>
}

const catalogues: Catalogue[] = [
  {
    name: 'branches',
    withCode: true,
    count: 'userCount',
    entry: (name) => aBranch(db(), name === undefined ? {} : { name }),
    use: (branchId) => aUser(db(), { branchId }),
  },
  {
    name: 'departments',
    withCode: true,
    count: 'userCount',
    entry: (name) => aDepartment(db(), name === undefined ? {} : { name }),
    use: (departmentId) => aUser(db(), { departmentId }),
  },
  {
    name: 'follow-up-types',
    withCode: false,
    count: 'followUpCount',
    entry: (name) => aFollowUpType(db(), name === undefined ? {} : { name }),
    use: (typeId) => aFollowUp(db(), { typeId }),
  },
  {
    name: 'interaction-topics',
    withCode: false,
    count: 'interactionCount',
    entry: (name) => anInteractionTopic(db(), name === undefined ? {} : { name }),
    use: (topicId) => anInteraction(db(), { topicId }),
  },
  {
    name: 'case-types',
    withCode: false,
    count: 'caseCount',
    entry: (name) => aCaseType(db(), name === undefined ? {} : { name }),
    use: (typeId) => aCase(db(), { typeId }),
  },
  {
    name: 'products',
    withCode: true,
    count: 'interactionCount',
    entry: (name) => aProduct(db(), name === undefined ? {} : { name }),
    use: async (productId) =>
      db()
        .insert(interactionProducts)
        .values({ productId, interactionId: (await anInteraction(db())).id }),
  },
  {
    name: 'price-lists',
    withCode: false,
    more: { currency: 'USD' },
    count: 'customerCount',
    entry: (name) => aPriceList(name === undefined ? {} : { name }),
    async use(id) {
      const [list] = await db().select().from(priceLists).where(eq(priceLists.id, id))
      return aCustomer(db(), { priceList: list?.name.toUpperCase() ?? null })
    },
  },
  {
    name: 'opportunity-stages',
    withCode: false,
    more: { position: 10, probability: 50 },
    count: 'opportunityCount',
    entry: (name) => aStage(name),
    use: (stageId) => anOpportunity({ stageId }),
  },
  {
    name: 'opportunity-loss-reasons',
    withCode: false,
    count: 'opportunityCount',
    async entry(name) {
      last += 1
      const [made] = await db()
        .insert(opportunityLossReasons)
        .values({ name: name ?? `Motivo ${last}` })
        .returning()
      return { id: made?.id ?? '' }
    },
    async use(lossReasonId) {
      return anOpportunity({ stageId: (await aStage()).id, lossReasonId, state: 'lost', closedOn: '2026-03-01' })
    },
  },
  {
    name: 'follow-up-situations',
    withCode: false,
    more: { kind: 'setback' },
    count: 'followUpCount',
    entry: (name) => aFollowUpSituation(db(), name === undefined ? {} : { name }),
    use: (situationId) => aFollowUp(db(), { situationId }),
  },
  {
    name: 'follow-up-activities',
    withCode: false,
    more: { direction: 'neutral' },
    count: 'useCount',
    entry: (name) => aFollowUpActivity(db(), name === undefined ? {} : { name }),
    async use(activityId) {
      const { id, ownerId, dueAt } = await aFollowUp(db())
      return db().insert(followUpProgress).values({ followUpId: id, activityId, doneAt: dueAt, doneBy: ownerId })
    },
  },
  {
    name: 'follow-up-documents',
    withCode: false,
    more: { title: 'Circular', body: 'Hola {{ customer.name }}', language: 'es', lists: 'open' },
    count: 'useCount',
    entry: (name) => aFollowUpDocument(db(), name === undefined ? {} : { name }),
    async use(documentId) {
      const { id, ownerId } = await aFollowUp(db())
      const content = Buffer.from('%PDF-')
      return db().insert(followUpAttachments).values({ followUpId: id, documentId, name: 'a.pdf', content, createdBy: ownerId })
    },
  },
  {
    name: 'customer-groups',
    withCode: false,
    count: 'customerCount',
    async entry(name) {
      last += 1
      const [made] = await db()
        .insert(customerGroups)
        .values({ name: name ?? `Grupo ${last}` })
        .returning()
      return { id: made?.id ?? '' }
    },
    use: (groupId) => aCustomer(db(), { groupId }),
  },
]

describe.each(catalogues)('$name over HTTP', ({ name, withCode, more = {}, count, entry, use }) => {
  const path = `/api/v1/${name}`
  const words = (one: string, code: string) => ({ ...more, ...(withCode ? { code, name: one } : { name: one }) })

  test('a person with the permission adds, renames, switches off and deletes an entry', async () => {
    const { headers } = await api.signedIn()
    const made = await api.request().post(path).set(headers).send(words(' Norte ', ' B2 ')).expect(201)
    expect(made.body).toMatchObject({ ...words('Norte', 'B2'), active: true, [count]: 0, version: 1 })
    const one = `${path}/${made.body.id}`
    const changed = await api.request().patch(one).set(headers).send({ name: 'Norte Grande', version: 1 }).expect(200)
    expect(changed.body).toMatchObject({ ...words('Norte Grande', 'B2'), active: true, version: 2 })
    const off = await api.request().patch(one).set(headers).send({ active: false, version: 2 }).expect(200)
    expect(off.body).toMatchObject({ name: 'Norte Grande', active: false, version: 3 })
    const found = async (active: boolean) =>
      (await api.request().get(`${path}?q=norte&active=${active}`).set(headers).expect(200)).body.items
    expect([await found(true), await found(false)]).toMatchObject([[], [{ id: made.body.id }]])
    await api.request().delete(one).set(headers).expect(204)
    await api.request().delete(one).set(headers).expect(404)
    const { rows } = await api.database.pool.query('select action from audit_log where entity_id = $1 order by id', [
      made.body.id,
    ])
    expect(rows.map((row) => row.action)).toEqual(['create', 'change', 'change', 'delete'])
  })

  test('a change that changes nothing writes nothing', async () => {
    const { headers } = await api.signedIn()
    const { id } = await entry('igual')
    const same = await api.request().patch(`${path}/${id}`).set(headers).send({ name: 'igual', version: 1 }).expect(200)
    expect(same.body).toMatchObject({ name: 'igual', version: 1 })
    const { rows } = await api.database.pool.query('select 1 from audit_log where entity_id = $1', [id])
    expect(rows).toEqual([])
  })

  test('two people who change the same entry do not overwrite each other', async () => {
    const { headers } = await api.signedIn()
    const { id } = await entry()
    const send = (body: object) => api.request().patch(`${path}/${id}`).set(headers).send(body)
    await send({ name: 'Una', version: 1 }).expect(200)
    expect((await send({ name: 'Otra', version: 1 }).expect(409)).body).toMatchObject({ code: 'changed-meanwhile' })
  })

  test('without the permission the answer is a refusal with its sentence in the reader’s language', async () => {
    const { headers } = await api.signedIn({ permissions: [] })
    const answer = await api
      .request()
      .post(path)
      .set({ ...headers, 'accept-language': 'es' })
      .send(words('X', 'X'))
      .expect(403)
    expect(answer.body).toMatchObject({ code: 'not-allowed', status: 403, detail: 'Su perfil de acceso no permite hacer esto.' })
    expect(answer.headers['content-type']).toContain('application/problem+json')
  })

  test('every field that is wrong is named at once; nothing is coerced, unknown fields are errors', async () => {
    const { headers } = await api.signedIn()
    const sent = { ...more, ...(withCode ? { code: null } : {}), name: ['x'], colour: 'red' }
    const answer = await api.request().post(path).set(headers).send(sent).expect(400)
    expect(answer.body.errors.map((each: { field: string; code: string }) => `${each.field} ${each.code}`).sort()).toEqual([
      ...(withCode ? ['code type'] : []),
      'colour unknown',
      'name type',
    ])
  })

  test('a word that is taken, whatever its capitals, is refused at its field', async () => {
    const { headers } = await api.signedIn()
    const send = (body: object) => api.request().post(path).set(headers).send(body)
    await send(words('Tomado', 'TOMADO')).expect(201)
    expect((await send(words('tomado', 'LIBRE')).expect(409)).body.errors).toEqual([
      { field: 'name', code: 'name-taken', detail: 'Another one has that name.' },
    ])
    if (withCode)
      expect((await send(words('Distinta', 'tomado')).expect(409)).body.errors).toEqual([
        { field: 'code', code: 'code-taken', detail: 'Another one has that code.' },
      ])
  })

  test('an entry in use is counted and not deleted', async () => {
    const { headers } = await api.signedIn()
    const { id } = await entry('contada')
    for (let n = 0; n < 2; n += 1) await use(id)
    const answer = await api.request().get(`${path}?q=CONTADA`).set(headers).expect(200)
    expect(answer.body.items).toMatchObject([{ id, [count]: 2 }])
    expect((await api.request().delete(`${path}/${id}`).set(headers).expect(409)).body.code).toBe('in-use')
  })

  test('pages follow each other without gaps or repeats, in either direction; accents and capitals do not matter', async () => {
    const { headers } = await api.signedIn()
    for (const one of ['zz-Álamo', 'ZZ-azúcar', 'zz-bote']) await entry(one)
    for (const sort of ['name', '-name']) {
      const seen: string[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const query: string = `q=zz-&limit=2&sort=${sort}${cursor === '' ? '' : `&cursor=${cursor}`}`
        const answer = await api.request().get(`${path}?${query}`).set(headers).expect(200)
        seen.push(...answer.body.items.map((each: { name: string }) => each.name))
        cursor = answer.body.nextCursor
      }
      const inOrder = ['zz-Álamo', 'ZZ-azúcar', 'zz-bote']
      expect(seen).toEqual(sort === 'name' ? inOrder : inOrder.reverse())
    }
  })

  test('a forged cursor or page size is refused, never a fault', async () => {
    const { headers } = await api.signedIn()
    for (const query of [
      'cursor=x',
      'limit=0',
      'limit=-1',
      'limit=1e9',
      'limit=201',
      'sort=colour',
      `cursor=${Buffer.from('["name","a","b"]').toString('base64url')}`,
    ]) {
      const answer = await api.request().get(`${path}?${query}`).set(headers)
      expect([query, answer.status]).toEqual([query, 400])
    }
  })
})

describe('prices of products', () => {
  const sent = (headers: Record<string, string>, method: 'post' | 'patch' | 'delete', path: string, body: object = {}) =>
    api.request()[method](`/api/v1/${path}`).set(headers).send(body)
  const auditOf = async (id: string) =>
    (await api.database.pool.query('select action, changes from audit_log where entity_id = $1 order by id', [id])).rows

  test('a product has unit, tax and a price on each list in its currency; each change of a price stands in the audit', async () => {
    const { headers } = await api.signedIn()
    const [pesos, dollars] = [await aPriceList({ name: 'Pesos', currency: 'CLP' }), await aPriceList({ name: 'Dólares' })]
    const prices = [
      { priceListId: pesos.id, price: '1250' },
      { priceListId: dollars.id, price: '1.35' },
    ]
    const made = (
      await sent(headers, 'post', 'products', {
        code: 'PR-1',
        name: 'Con precio',
        unit: ' bulto ',
        taxPercent: '19.00',
        prices,
      }).expect(201)
    ).body
    const shown = (list: { id: string }, name: string, currency: string, price: string) => ({
      priceList: { id: list.id, name },
      currency,
      price,
    })
    const both = [shown(dollars, 'Dólares', 'USD', '1.35'), shown(pesos, 'Pesos', 'CLP', '1250')]
    expect(made).toMatchObject({ unit: 'bulto', taxPercent: '19', prices: both, version: 1 })
    const one = `products/${made.id}`
    // The same said otherwise is no change.
    const same = { unit: 'bulto', taxPercent: '19.0', prices: [{ priceListId: dollars.id, price: '1.35' }], version: 1 }
    expect((await sent(headers, 'patch', one, same).expect(200)).body).toMatchObject({ prices: both, version: 1 })
    const change = { prices: [{ priceListId: dollars.id, price: '1.40' }], version: 1 }
    expect((await sent(headers, 'patch', one, change).expect(200)).body).toMatchObject({
      prices: [shown(dollars, 'Dólares', 'USD', '1.40'), both[1]],
      version: 2,
    })
    const gone = { prices: [{ priceListId: pesos.id, price: null }], taxPercent: null, version: 2 }
    expect((await sent(headers, 'patch', one, gone).expect(200)).body).toMatchObject({
      taxPercent: null,
      prices: [shown(dollars, 'Dólares', 'USD', '1.40')],
      version: 3,
    })
    expect((await auditOf(made.id)).map((row) => row.changes)).toMatchObject([
      { 'Pesos (CLP)': [null, '1250'], 'Dólares (USD)': [null, '1.35'] },
      { 'Dólares (USD)': ['1.35', '1.40'] },
      { 'Pesos (CLP)': ['1250', null], taxPercent: ['19', null] },
    ])
    await sent(headers, 'delete', one).expect(204)
  })

  test('every price that is wrong is named at its field, and nothing is written', async () => {
    const { headers } = await api.signedIn()
    const [whole, usual] = [await aPriceList({ currency: 'CLP' }), await aPriceList()]
    const prices = [
      { priceListId: whole.id, price: '10.5' },
      { priceListId: usual.id, price: '-1' },
      { priceListId: usual.id, price: '1' },
      { priceListId: '00000000-0000-7000-8000-000000000000', price: '1' },
    ]
    const answer = await sent(headers, 'post', 'products', { code: 'PR-2', name: 'Mal preciado', prices }).expect(422)
    expect(answer.body.errors.map((each: { field: string; code: string }) => `${each.field} ${each.code}`)).toEqual([
      'prices.0.price amount-too-precise',
      'prices.1.price amount-invalid',
      'prices.2.priceListId reference-unknown',
      'prices.3.priceListId reference-unknown',
    ])
    const tax = await sent(headers, 'post', 'products', { code: 'PR-2', name: 'Mal preciado', taxPercent: '101' }).expect(422)
    expect(tax.body.errors).toMatchObject([{ field: 'taxPercent', code: 'percent-invalid' }])
    expect((await api.request().get('/api/v1/products?q=preciado').set(headers).expect(200)).body.items).toEqual([])
  })

  test('a list with prices keeps its currency and is not deleted; a new name goes to its customers', async () => {
    const { headers } = await api.signedIn()
    const list = await aPriceList({ name: 'Vieja' })
    const product = await aProduct(db())
    await sent(headers, 'patch', `products/${product.id}`, {
      prices: [{ priceListId: list.id, price: '9.90' }],
      version: 1,
    }).expect(200)
    const currency = await sent(headers, 'patch', `price-lists/${list.id}`, { currency: 'CLP', version: 1 }).expect(409)
    expect(currency.body.errors).toMatchObject([{ field: 'currency', code: 'price-list-has-prices' }])
    const unknown = await sent(headers, 'patch', `price-lists/${list.id}`, { currency: 'XXX', version: 1 }).expect(422)
    expect(unknown.body.errors).toMatchObject([{ field: 'currency', code: 'currency-unknown' }])
    expect((await sent(headers, 'delete', `price-lists/${list.id}`).expect(409)).body.code).toBe('in-use')
    const [its, other] = [await aCustomer(db(), { priceList: 'VIEJA' }), await aCustomer(db(), { priceList: 'Otra' })]
    const renamed = await sent(headers, 'patch', `price-lists/${list.id}`, { name: 'Nueva', version: 1 }).expect(200)
    expect(renamed.body).toMatchObject({ name: 'Nueva', productCount: 1, customerCount: 1, version: 2 })
    const listOf = async (id: string) => (await db().select().from(customers).where(eq(customers.id, id)))[0]?.priceList
    expect([await listOf(its.id), await listOf(other.id)]).toEqual(['Nueva', 'Otra'])
    expect(await auditOf(its.id)).toMatchObject([{ action: 'change', changes: { priceList: ['VIEJA', 'Nueva'] } }])
  })

  test('a customer without a list is offered the prices of the standard list, of which there is one at most', async () => {
    const { headers } = await api.signedIn()
    const product = await aProduct(db(), { name: 'Ofrecido', taxPercent: '19' })
    const make = async (name: string, price: string) => {
      const list = (await sent(headers, 'post', 'price-lists', { name, currency: 'USD', standard: true }).expect(201)).body
      const { version } = (await api.request().get('/api/v1/products?q=Ofrecido').set(headers).expect(200)).body.items[0]
      await sent(headers, 'patch', `products/${product.id}`, { prices: [{ priceListId: list.id, price }], version }).expect(200)
      return list
    }
    const [first, second] = [await make('General', '10.00'), await make('General 2', '12.00')]
    const buyers = [
      await aCustomer(db(), { priceList: null }),
      await aCustomer(db(), { priceList: 'general' }),
      await aCustomer(db(), { priceList: 'No existe' }),
    ]
    const offered = async () =>
      Promise.all(
        buyers.map(async ({ id }) => {
          const answer = await api.request().get(`/api/v1/customers/${id}/quote-products?q=Ofrecido&currency=USD`).set(headers)
          return answer.body.items[0].price
        }),
      )
    expect(await offered()).toEqual(['12.00', '10.00', null])
    expect(await auditOf(first.id)).toMatchObject([{ action: 'create' }, { changes: { standard: [true, false] } }])
    await sent(headers, 'patch', `price-lists/${second.id}`, { standard: false, version: 1 }).expect(200)
    expect(await offered()).toEqual([null, '10.00', null])
  })
})

test('a group of which only a deleted customer is left is still in use', async () => {
  const { headers } = await api.signedIn()
  const made = await api.request().post('/api/v1/customer-groups').set(headers).send({ name: 'De antes' }).expect(201)
  const customer = await aCustomer(db(), { groupId: made.body.id })
  await api.request().delete(`/api/v1/customers/${customer.id}`).set(headers).expect(204)
  const answer = await api.request().delete(`/api/v1/customer-groups/${made.body.id}`).set(headers).expect(409)
  expect(answer.body.code).toBe('in-use')
})

test('a document whose text names what does not exist is refused at the field, in the reader’s language, and stays as it was', async () => {
  const { headers } = await api.signedIn()
  const text = { name: 'Circular A', title: 'Circular', body: 'Hola {{ customer.name }}', language: 'es', lists: 'open' }
  const send = (body: object) =>
    api
      .request()
      .post('/api/v1/follow-up-documents')
      .set({ ...headers, 'accept-language': 'es' })
      .send(body)
  for (const [field, source] of [
    ['title', '{{ cliente }}'],
    ['body', 'Hola {{ customer.name }'],
    ['body', '{% include "x" %}'],
    ['body', '{% for a in (1..999999) %}{% for b in (1..999999) %}x{% endfor %}{% endfor %}'],
  ] as const) {
    const answer = await send({ ...text, [field]: source }).expect(422)
    expect([source, answer.body.errors]).toMatchObject([source, [{ field, code: 'template-invalid' }]])
  }
  const made = await send(text).expect(201)
  const changed = await api
    .request()
    .patch(`/api/v1/follow-up-documents/${made.body.id}`)
    .set(headers)
    .send({ body: '{{ nada }}', version: 1 })
    .expect(422)
  expect(changed.body.errors).toMatchObject([{ field: 'body', code: 'template-invalid' }])
  const { body } = await api.request().get('/api/v1/follow-up-documents?q=circular a').set(headers).expect(200)
  expect(body.items).toMatchObject([{ id: made.body.id, body: text.body, version: 1 }])
})

test('a preview says the text to a real customer, markup as text, and tells where it cannot be read', async () => {
  const { headers } = await api.signedIn()
  await aCompany(db())
  const customer = await aCustomer(db(), { name: '<b>Ñandú & Hijos</b> {{ company.name }}' })
  await aReceivable(db(), {
    customerId: customer.id,
    issuedOn: '2025-12-01',
    dueOn: '2026-01-05',
    balanceMinor: 12_345n,
    amountMinor: 12_345n,
  })
  const ask = (more: object) =>
    api
      .request()
      .post('/api/v1/follow-up-documents/previews')
      .set(headers)
      .send({
        title: 'A {{ customer.name }}',
        body: 'Hola\n\n{{ receivables_table }}',
        language: 'es',
        lists: 'overdue',
        customerId: customer.id,
        ...more,
      })
  const { body } = await ask({}).expect(200)
  expect(body).toMatchObject({ problems: [], title: `A ${customer.name}`, paragraphs: ['Hola', null] })
  expect(body.table.rowCount).toBe(1)
  expect(body.table.totals[0].at(-1)).toContain('123,45')
  expect((await ask({ lists: 'none' }).expect(200)).body.table.rowCount).toBe(0)
  expect((await ask({ body: 'Hola\n{{ nadie }}' }).expect(200)).body.problems).toMatchObject([{ field: 'body', line: 2 }])
  const pdf = await api
    .request()
    .post('/api/v1/follow-up-documents/preview-pdfs')
    .set(headers)
    .send({ title: 'Circular', body: 'Hola', language: 'es', lists: 'open', customerId: customer.id })
  expect([pdf.status, pdf.headers['content-type'], pdf.body.subarray(0, 5).toString()]).toEqual([200, 'application/pdf', '%PDF-'])
})
