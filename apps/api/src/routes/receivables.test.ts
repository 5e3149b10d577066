import { receivables } from '@cartera/db/schema/receivables'
import { aBranch, aCompany, aCustomer, aDepartment, aReceivable, aUser } from '@cartera/db/testing/builders'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
// The clock of tests stands on Monday 2026-03-02.
beforeAll(async () => void (await aCompany(api.database.db)))

type Headers = Record<string, string>
const item = (over: object = {}) => ({
  externalId: 'F-1',
  customerExternalId: 'ERP-1',
  issuedOn: '2026-01-10',
  dueOn: '2026-02-10',
  currency: 'USD',
  amount: '100.50',
  ...over,
})
const put = (headers: Headers, items: unknown) => api.request().put('/api/v1/receivables').set(headers).send({ items })
const fields = (answer: { body: { errors?: { field: string; code: string }[] } }) =>
  (answer.body.errors ?? []).map((each) => `${each.field} ${each.code}`)
const all = async (headers: Headers, query = '') =>
  (await api.request().get(`/api/v1/receivables?limit=200&${query}`).set(headers).expect(200)).body.items as Record<
    string,
    never
  >[]
const numbers = (rows: Record<string, unknown>[]) => rows.map((row) => row.number)

describe('the bulk upsert of receivables', () => {
  test('creates, changes and leaves alone; sending the same twice changes nothing', async () => {
    const { headers } = await api.signedIn()
    await aCustomer(api.database.db, { externalId: 'TWICE' })
    const items = [
      item({ externalId: '0001', customerExternalId: 'TWICE' }),
      item({ externalId: '0002', customerExternalId: 'TWICE', number: '0000611365', instalment: 2, documentType: 'debit-note' }),
    ]
    expect((await put(headers, items).expect(200)).body).toEqual({ created: 2, changed: 0, unchanged: 0 })
    expect((await put(headers, items).expect(200)).body).toEqual({ created: 0, changed: 0, unchanged: 2 })
    const changed = [{ ...items[0], amount: '90.00', dueOn: '2026-02-20' }, items[1], items[1]]
    expect((await put(headers, changed).expect(200)).body).toEqual({ created: 0, changed: 1, unchanged: 2 })
    const rows = await all(headers, 'q=TWICE&sort=dueOn')
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatchObject({ number: '0000611365', instalment: 2, documentType: 'debit-note', daysOverdue: 20 })
    expect(rows[1]).toMatchObject({ externalId: '0001', amount: '90.00', balance: '90.00', daysOverdue: 10, bucket: 'days1To30' })
  })

  test('names every error at its row and field, and writes nothing of the request', async () => {
    const { headers } = await api.signedIn()
    await aCustomer(api.database.db, { externalId: 'ERR' })
    const good = item({ externalId: 'GOOD', customerExternalId: 'ERR' })
    const answer = await put(headers, [
      good,
      item({ externalId: 'A', customerExternalId: 'nobody' }),
      item({ externalId: 'B', customerExternalId: 'ERR', issuedOn: '2026-03-01', dueOn: '2026-02-28' }),
      item({ externalId: 'C', customerExternalId: 'ERR', amount: '1.005' }),
      item({ externalId: 'D', customerExternalId: 'ERR', currency: 'XQX' }),
      item({ externalId: 'E', customerExternalId: 'ERR', amount: '0' }),
      item({ externalId: 'F', customerExternalId: 'ERR', amount: '-5' }),
      { ...good, amount: '7.00' },
    ]).expect(422)
    expect(answer.body.code).toBe('items-refused')
    expect(fields(answer).sort()).toEqual([
      'items.1.customerExternalId customer-unknown',
      'items.2.dueOn due-before-issue',
      'items.3.amount amount-too-precise',
      'items.4.currency currency-unknown',
      'items.5.amount amount-not-positive',
      'items.6.amount amount-not-positive',
      'items.7.externalId duplicate-in-request',
    ])
    expect(await all(headers, 'q=GOOD')).toEqual([])
  })

  test('wrong shapes are 400 with every field: impossible days, null, numbers for text, unknown fields, none at all', async () => {
    const { headers } = await api.signedIn()
    const answer = await put(headers, [
      item({ dueOn: '2026-02-29' }),
      item({ dueOn: '31/04/2026' }),
      item({ issuedOn: '10000-01-01' }),
      item({ number: null }),
      item({ amount: 12.5 }),
      item({ colour: 'red' }),
    ]).expect(400)
    expect(fields(answer).map((each) => each.split(' ')[0])).toEqual(
      expect.arrayContaining([
        'items.0.dueOn',
        'items.1.dueOn',
        'items.2.issuedOn',
        'items.3.number',
        'items.4.amount',
        'items.5.colour',
      ]),
    )
    await put(headers, []).expect(400)
    await put(headers, null).expect(400)
    await put(
      headers,
      Array.from({ length: 5001 }, () => item()),
    ).expect(400)
  })

  test('a body over 8 MiB is 413', async () => {
    const { headers } = await api.signedIn()
    const answer = await put(headers, [item({ number: 'x'.repeat(9 * 1_048_576) })])
    expect(answer.status).toBe(413)
  })

  test('an amount below what is paid, another customer’s id and another’s instalment are refused', async () => {
    const { headers } = await api.signedIn()
    const { db } = api.database
    const customer = await aCustomer(db, { externalId: 'PAID' })
    await aCustomer(db, { externalId: 'OTHER' })
    await aReceivable(db, { customerId: customer.id, externalId: 'P-1', amountMinor: 10_000n, balanceMinor: 4_000n })
    const over = { externalId: 'P-1', customerExternalId: 'PAID', number: 'P-1', issuedOn: '2026-02-01', dueOn: '2026-03-03' }
    const below = await put(headers, [item({ ...over, amount: '59.99' })]).expect(409)
    expect(below.body).toMatchObject({ code: 'amount-below-paid', errors: [{ field: 'items.0.amount' }] })
    expect(below.body.detail).toContain('60.00')
    expect((await put(headers, [item({ ...over, amount: '60.00' })]).expect(200)).body.changed).toBe(1)
    expect((await all(headers, 'q=P-1'))[0]).toMatchObject({ amount: '60.00', balance: '0.00', bucket: null })
    await put(headers, [item({ ...over, customerExternalId: 'OTHER' })]).expect(409)
    const taken = await put(headers, [item({ externalId: 'P-2', customerExternalId: 'PAID', number: 'P-1' })]).expect(409)
    expect(taken.body.code).toBe('instalment-taken')
  })

  test('two that send the same at the same time write it once', async () => {
    const { headers } = await api.signedIn()
    await aCustomer(api.database.db, { externalId: 'RACE' })
    const items = Array.from({ length: 50 }, (_, n) => item({ externalId: `R-${n}`, customerExternalId: 'RACE' }))
    const answers = await Promise.all([1, 2, 3].map(() => put(headers, items).expect(200)))
    expect(answers.map((each) => each.body.created).sort()).toEqual([0, 0, 50])
  })

  test('5,000 items are one request; the same again changes nothing', async () => {
    const { headers } = await api.signedIn()
    await aCustomer(api.database.db, { externalId: 'MANY' })
    const items = Array.from({ length: 5000 }, (_, n) => item({ externalId: `M-${n}`, customerExternalId: 'MANY' }))
    expect((await put(headers, items).expect(200)).body).toMatchObject({ created: 5000 })
    expect((await put(headers, items).expect(200)).body).toMatchObject({ created: 0, changed: 0 })
  })

  test('without the permission it is refused, and a customer out of sight is unknown', async () => {
    const { headers } = await api.signedIn({ permissions: [] })
    await put(headers, [item()]).expect(403)
    await aCustomer(api.database.db, { externalId: 'HIDDEN' })
    const own = await api.signedIn({ level: 4, customerLevel: 4, permissions: ['manage-receivables'] })
    const answer = await put(own.headers, [item({ externalId: 'H-1', customerExternalId: 'HIDDEN' })]).expect(422)
    expect(fields(answer)).toEqual(['items.0.customerExternalId customer-unknown'])
  })
})

describe('the list and the aging', () => {
  test('filters by state, bucket, currency, due days, agent and branch; buckets add up to the balance', async () => {
    const { headers } = await api.signedIn()
    const { db } = api.database
    const branch = await aBranch(db)
    const agent = await aUser(db)
    const customer = await aCustomer(db, { collectionsAgentId: agent.id, branchId: branch.id, name: 'Almacén Ñandú' })
    const at = (number: string, over: Parameters<typeof aReceivable>[1]) =>
      aReceivable(db, { customerId: customer.id, number, issuedOn: '2025-01-01', ...over })
    await at('today', { dueOn: '2026-03-02' })
    await at('d1', { dueOn: '2026-03-01' })
    await at('d30', { dueOn: '2026-01-31' })
    await at('d31', { dueOn: '2026-01-30' })
    await at('d90', { dueOn: '2025-12-02', disputedAt: new Date(), disputeReason: 'x' })
    await at('d91', { dueOn: '2025-12-01', currency: 'CLP', amountMinor: 5000n })
    await at('paid', { dueOn: '2025-12-01', balanceMinor: 0n })
    const of = async (query: string) => numbers(await all(headers, `customerId=${customer.id}&${query}`)).sort()
    expect(await of('')).toHaveLength(7)
    expect(await of('state=paid')).toEqual(['paid'])
    expect(await of('state=overdue')).toEqual(['d1', 'd30', 'd31', 'd90', 'd91'])
    expect(await of('state=disputed')).toEqual(['d90'])
    expect(await of('bucket=notDue')).toEqual(['today'])
    expect(await of('bucket=days1To30')).toEqual(['d1', 'd30'])
    expect(await of('bucket=days31To60')).toEqual(['d31'])
    expect(await of('bucket=days61To90')).toEqual(['d90'])
    expect(await of('bucket=over90')).toEqual(['d91'])
    expect(await of('currency=CLP')).toEqual(['d91'])
    expect(await of('dueFrom=2026-03-01&dueTo=2026-03-01')).toEqual(['d1'])
    expect(numbers(await all(headers, `agentId=${agent.id}`))).toHaveLength(7)
    expect(numbers(await all(headers, `branchId=${branch.id}`))).toHaveLength(7)
    expect(numbers(await all(headers, `q=nandu`))).toHaveLength(7)
    expect(numbers(await all(headers, `q=%25_%25`))).toEqual([])

    const aging = await api.request().get(`/api/v1/receivables/aging?agentId=${agent.id}`).set(headers).expect(200)
    expect(aging.body).toEqual({
      asOf: '2026-03-02',
      totals: [
        {
          currency: 'CLP',
          count: 1,
          balance: '5000',
          notDue: '0',
          days1To30: '0',
          days31To60: '0',
          days61To90: '0',
          over90: '5000',
          unapplied: '0',
          net: '5000',
        },
        {
          currency: 'USD',
          count: 5,
          balance: '500.00',
          notDue: '100.00',
          days1To30: '200.00',
          days31To60: '100.00',
          days61To90: '100.00',
          over90: '0.00',
          unapplied: '0.00',
          net: '500.00',
        },
      ],
    })
  })

  test('pages follow each other without gaps or repeats, in either direction', async () => {
    const { headers } = await api.signedIn()
    const customer = await aCustomer(api.database.db)
    for (const n of [1, 2, 3, 4, 5])
      await aReceivable(api.database.db, { customerId: customer.id, number: `${n}`, dueOn: n < 4 ? '2026-03-05' : '2026-03-06' })
    for (const sort of ['dueOn', '-dueOn']) {
      const seen: string[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const answer: { body: { items: { number: string }[]; nextCursor: string | null } } = await api
          .request()
          .get(`/api/v1/receivables?customerId=${customer.id}&limit=2&sort=${sort}${cursor === '' ? '' : `&cursor=${cursor}`}`)
          .set(headers)
          .expect(200)
        seen.push(...answer.body.items.map((each) => each.number))
        cursor = answer.body.nextCursor
      }
      expect([...seen].sort()).toEqual(['1', '2', '3', '4', '5'])
      expect(seen[0]).toMatch(sort === 'dueOn' ? /[123]/ : /[45]/)
    }
  })

  test('each level sees the receivables of its own customers, in lists, totals and single reads; moving the agent moves them', async () => {
    const { db } = api.database
    const [here, there] = [await aBranch(db), await aBranch(db)]
    const [sales, credit] = [await aDepartment(db), await aDepartment(db)]
    const place = (branchId: string, departmentId: string, level: 1 | 2 | 3 | 4) =>
      api.signedIn({ branchId, departmentId, level: 1, customerLevel: level, permissions: ['manage-receivables'] })
    const [one, two, three, four] = [
      await place(here.id, sales.id, 1),
      await place(here.id, sales.id, 2),
      await place(here.id, sales.id, 3),
      await place(here.id, sales.id, 4),
    ]
    const agents = {
      own: four.user,
      department: await aUser(db, { branchId: here.id, departmentId: sales.id }),
      branch: await aUser(db, { branchId: here.id, departmentId: credit.id }),
      company: await aUser(db, { branchId: there.id, departmentId: sales.id }),
    }
    const ids: Record<string, string> = {}
    for (const [name, agent] of Object.entries(agents)) {
      const customer = await aCustomer(db, { collectionsAgentId: agent.id })
      ids[name] = (await aReceivable(db, { customerId: customer.id, number: `LEVEL-${name}`, currency: 'PEN' })).id
    }
    const seen = async (who: { headers: Headers }) => {
      const listed = numbers(await all(who.headers, 'q=LEVEL-')).sort()
      const aging = await api.request().get('/api/v1/receivables/aging?currency=PEN').set(who.headers).expect(200)
      expect(aging.body.totals[0]?.count ?? 0).toBe(listed.length)
      for (const [name, id] of Object.entries(ids)) {
        const visible = listed.includes(`LEVEL-${name}`)
        await api
          .request()
          .get(`/api/v1/receivables/${id}`)
          .set(who.headers)
          .expect(visible ? 200 : 404)
        const dispute = api.request().put(`/api/v1/receivables/${id}/dispute`).set(who.headers).send({ reason: 'r' })
        await dispute.expect(visible ? 200 : 404)
      }
      return listed
    }
    expect(await seen(one)).toHaveLength(4)
    expect(await seen(two)).toEqual(['LEVEL-branch', 'LEVEL-department', 'LEVEL-own'])
    expect(await seen(three)).toEqual(['LEVEL-department', 'LEVEL-own'])
    expect(await seen(four)).toEqual(['LEVEL-own'])
    await api.database.pool.query('update users set department_id = $1 where id = $2', [credit.id, agents.department.id])
    expect(await seen(three)).toEqual(['LEVEL-own'])
    const missing = await api.request().get('/api/v1/receivables/0197a000-0000-7000-8000-000000000000').set(four.headers)
    const hidden = await api.request().get(`/api/v1/receivables/${ids.company}`).set(four.headers)
    expect({ ...hidden.body, requestId: '' }).toEqual({ ...missing.body, requestId: '' })
  })
})

describe('a dispute', () => {
  test('is marked with a reason, shown, and ended; without the permission it is refused', async () => {
    const { headers } = await api.signedIn()
    const receivable = await aReceivable(api.database.db)
    const address = `/api/v1/receivables/${receivable.id}/dispute`
    const marked = await api.request().put(address).set(headers).send({ reason: ' Mercadería incompleta ' }).expect(200)
    expect(marked.body).toMatchObject({ disputed: true, disputeReason: 'Mercadería incompleta' })
    await api.request().put(address).set(headers).send({ reason: ' ' }).expect(400)
    const reader = await api.signedIn({ permissions: [] })
    await api.request().delete(address).set(reader.headers).expect(403)
    await api.request().delete(address).set(headers).expect(204)
    await api.request().delete(address).set(headers).expect(204)
    const [row] = await api.database.db.select().from(receivables).where(eq(receivables.id, receivable.id))
    expect(row).toMatchObject({ disputedAt: null, disputeReason: null, version: 3 })
  })
})
