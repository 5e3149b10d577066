import { randomUUID } from 'node:crypto'
import { auditLog } from '@cartera/db/schema/audit'
import { customers } from '@cartera/db/schema/customers'
import { company } from '@cartera/db/schema/organisation'
import { aBranch, aCompany, aContact, aCustomer, aDepartment, aNote, aReceivable, aUser } from '@cartera/db/testing/builders'
import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
beforeAll(async () => {
  await aCompany(api.database.db, { creditToleranceDays: 10 })
})

type Headers = Record<string, string>
const get = (path: string, headers: Headers) => api.request().get(path).set(headers)
const idsOf = (body: { items: { id: string }[] }) => body.items.map((each) => each.id)

async function names(query: string, headers: Headers): Promise<string[]> {
  const answer = await get(`/api/v1/customers?${query}`, headers).expect(200)
  return answer.body.items.map((each: { name: string }) => each.name)
}

describe('creating and changing customers', () => {
  test('a name is enough; the code comes by itself and every field is answered', async () => {
    const { headers } = await api.signedIn()
    const made = await api.request().post('/api/v1/customers').set(headers).send({ name: ' Ferretería Sol ' }).expect(201)
    expect(made.body).toMatchObject({
      name: 'Ferretería Sol',
      kind: 'company',
      status: 'active',
      creditHold: { onHold: false, reason: null, note: null },
      balances: [],
      version: 1,
    })
    expect(made.body.code).toMatch(/^C-\d{6}$/)
    const read = await get(`/api/v1/customers/${made.body.id}`, headers).expect(200)
    expect(read.body).toEqual(made.body)
  })

  test('everything that is given is kept, the tax id in its one form, and the writing is audited', async () => {
    const { headers, user } = await api.signedIn()
    const branch = await aBranch(api.database.db)
    const agent = await aUser(api.database.db, { name: 'Marta Vera' })
    const body = {
      code: 'ESP-1',
      externalId: '00042',
      kind: 'person',
      name: 'Iñaki Peña',
      taxIdType: 'ruc',
      taxId: '17 1003 4065 001',
      country: 'EC',
      email: 'pena@cliente.test',
      website: 'https://pena.example',
      city: 'Quito',
      creditLimit: '1500.50',
      creditDays: 30,
      language: 'en',
      isSupplier: true,
      supplierAccount: '2101',
      phone: '  ',
    }
    const made = await api
      .request()
      .post('/api/v1/customers')
      .set(headers)
      .send({ ...body, branchId: branch.id, preferredAgentId: agent.id })
      .expect(201)
    expect(made.body).toMatchObject({
      ...body,
      taxId: '1710034065001',
      phone: null,
      creditCurrency: 'USD',
      branch: { id: branch.id },
      preferredAgent: { id: agent.id, name: 'Marta Vera' },
    })
    const [audited] = await api.database.db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.entityId, made.body.id), eq(auditLog.action, 'create')))
    expect(audited).toMatchObject({ actorId: user.id, entity: 'customer', address: expect.stringContaining('127.0.0.1') })
    expect(audited?.changes).toMatchObject({ name: [null, 'Iñaki Peña'], creditLimitMinor: [null, '150050'] })
  })

  test('wrong data is refused at its fields and nothing is written', async () => {
    const { headers } = await api.signedIn()
    const shape = await api
      .request()
      .post('/api/v1/customers')
      .set(headers)
      .send({
        name: ' ',
        email: 'a@b',
        website: 'javascript:alert(1)',
        country: 'XX',
        creditDays: 2.5,
        creditLimit: '-1',
        hue: 1,
      })
      .expect(400)
    expect(shape.body.errors.map((each: { field: string }) => each.field).sort()).toEqual([
      'country',
      'creditDays',
      'creditLimit',
      'email',
      'hue',
      'name',
      'website',
    ])
    const facts = await api
      .request()
      .post('/api/v1/customers')
      .set(headers)
      .send({
        name: 'Sin Escribir',
        taxIdType: 'nit',
        taxId: '800197268-5',
        country: 'CO',
        branchId: randomUUID(),
        creditLimit: '1.234',
      })
      .expect(422)
    expect(facts.body.errors.map((each: { field: string; code: string }) => `${each.field} ${each.code}`).sort()).toEqual([
      'branchId reference-unknown',
      'creditLimit amount-too-precise',
      'taxId tax-id-invalid',
    ])
    expect(await names('q=sin%20escribir', headers)).not.toContain('Sin Escribir')
  })

  test('twenty at once get twenty codes, none of them one that somebody gave by hand', async () => {
    const { headers } = await api.signedIn()
    const first = await api.request().post('/api/v1/customers').set(headers).send({ name: 'Primero' }).expect(201)
    const next = `C-${String(Number(first.body.code.slice(2)) + 3).padStart(6, '0')}`
    await api.request().post('/api/v1/customers').set(headers).send({ name: 'A mano', code: next }).expect(201)
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        api
          .request()
          .post('/api/v1/customers')
          .set(headers)
          .send({ name: `Junto ${index}` }),
      ),
    )
    expect(made.map((answer) => answer.status)).toEqual(Array(20).fill(201))
    expect(new Set([next, ...made.map((answer) => answer.body.code)]).size).toBe(21)
  })

  test('codes and external ids are unique; two people do not overwrite each other; what is left out stays', async () => {
    const { headers } = await api.signedIn()
    const taken = await aCustomer(api.database.db, { externalId: 'X-7' })
    const customer = await aCustomer(api.database.db, { city: 'Cuenca' })
    const patch = (body: object) => api.request().patch(`/api/v1/customers/${customer.id}`).set(headers).send(body)
    expect((await patch({ code: taken.code, version: 1 }).expect(409)).body.errors[0]).toMatchObject({
      field: 'code',
      code: 'code-taken',
    })
    expect((await patch({ externalId: 'X-7', version: 1 }).expect(409)).body.errors[0].field).toBe('externalId')
    const changed = await patch({ name: 'Nuevo Nombre', version: 1 }).expect(200)
    expect(changed.body).toMatchObject({ name: 'Nuevo Nombre', city: 'Cuenca', version: 2 })
    expect((await patch({ name: 'Otro', version: 1 }).expect(409)).body.code).toBe('changed-meanwhile')
    expect((await patch({ name: 'Nuevo Nombre', version: 2 }).expect(200)).body.version).toBe(2)
  })

  test('a credit limit in pesos without decimals; the currency does not change under a limit', async () => {
    const { headers } = await api.signedIn()
    const customer = await aCustomer(api.database.db)
    const patch = (body: object) => api.request().patch(`/api/v1/customers/${customer.id}`).set(headers).send(body)
    const set = await patch({ creditLimit: '900000', creditCurrency: 'CLP', version: 1 }).expect(200)
    expect(set.body).toMatchObject({ creditLimit: '900000', creditCurrency: 'CLP' })
    expect((await patch({ creditCurrency: 'USD', version: 2 }).expect(422)).body.errors[0].field).toBe('creditLimit')
    expect((await patch({ creditLimit: null, version: 2 }).expect(200)).body.creditLimit).toBeNull()
  })

  test('only level 1 with the permission deletes, and nobody one who still owes', async () => {
    const one = await api.signedIn()
    const two = await api.signedIn({ level: 2 })
    const plain = await api.signedIn({ permissions: [] })
    const customer = await aCustomer(api.database.db)
    const remove = (headers: Headers, id = customer.id) => api.request().delete(`/api/v1/customers/${id}`).set(headers)
    expect((await remove(two.headers).expect(403)).body.code).toBe('not-allowed')
    expect((await remove(plain.headers).expect(403)).body.code).toBe('not-allowed')
    const { customerId } = await aReceivable(api.database.db)
    expect((await remove(one.headers, customerId).expect(409)).body.code).toBe('in-use')
    await remove(one.headers).expect(204)
    await remove(one.headers).expect(404)
    await get(`/api/v1/customers/${customer.id}`, one.headers).expect(404)
    expect(await names(`q=${encodeURIComponent(customer.name)}`, one.headers)).not.toContain(customer.name)
  })

  test('without the permission nothing is written', async () => {
    const { headers } = await api.signedIn({ permissions: [] })
    const customer = await aCustomer(api.database.db)
    const path = `/api/v1/customers/${customer.id}`
    await api.request().post('/api/v1/customers').set(headers).send({ name: 'No' }).expect(403)
    await api.request().patch(path).set(headers).send({ name: 'No', version: 1 }).expect(403)
    await api.request().put(`${path}/credit-hold`).set(headers).send({ reason: 'No' }).expect(403)
    await api
      .request()
      .put('/api/v1/customers')
      .set(headers)
      .send({ items: [{ externalId: 'no', name: 'No' }] })
      .expect(403)
    expect((await get(path, headers).expect(200)).body.version).toBe(1)
  })
})

describe('credit hold', () => {
  test('by hand with a reason, and back', async () => {
    const { headers, user } = await api.signedIn()
    const customer = await aCustomer(api.database.db)
    const path = `/api/v1/customers/${customer.id}/credit-hold`
    await api.request().put(path).set(headers).send({ reason: '   ' }).expect(400)
    const held = await api.request().put(path).set(headers).send({ reason: 'Cheque devuelto' }).expect(200)
    expect(held.body).toMatchObject({
      creditHold: { onHold: true, reason: 'manual', note: 'Cheque devuelto' },
      creditHoldBy: { id: user.id },
      version: 2,
    })
    const again = await api.request().put(path).set(headers).send({ reason: 'Cheque devuelto' }).expect(200)
    expect(again.body.version).toBe(2)
    const released = await api.request().delete(path).set(headers).expect(200)
    expect(released.body.creditHold).toEqual({ onHold: false, reason: null, note: null })
  })

  test('automatic when the limit is passed or the tolerance is over; the filter says the same as the read', async () => {
    const { headers } = await api.signedIn()
    const db = api.database.db
    const city = `Retenida-${randomUUID().slice(0, 8)}`
    // Today is 2026-03-02; ten days are tolerated.
    const make = async (over: Parameters<typeof aCustomer>[1], owes: NonNullable<Parameters<typeof aReceivable>[1]>[] = []) => {
      const customer = await aCustomer(db, { city, ...over })
      for (const each of owes) await aReceivable(db, { customerId: customer.id, issuedOn: '2026-01-01', ...each })
      return customer.id
    }
    const expected: Record<string, string | null> = {}
    expected[await make({})] = null
    expected[await make({ creditHoldReason: ' ' })] = null
    expected[await make({ creditHoldReason: 'Quiebra' })] = 'manual'
    expected[await make({ creditLimitMinor: 10_000n }, [{ amountMinor: 10_000n }])] = null
    expected[await make({ creditLimitMinor: 10_000n }, [{ amountMinor: 10_001n }])] = 'limit-passed'
    expected[await make({ creditLimitMinor: 0n })] = null
    expected[await make({ creditLimitMinor: 1n, creditCurrency: 'EUR' }, [{ amountMinor: 10_000n, currency: 'USD' }])] = null
    expected[await make({}, [{ dueOn: '2026-02-20' }])] = null
    expected[await make({}, [{ dueOn: '2026-02-19' }])] = 'overdue'
    expected[await make({}, [{ dueOn: '2026-02-19', balanceMinor: 0n }])] = null
    for (const [id, reason] of Object.entries(expected)) {
      const read = await get(`/api/v1/customers/${id}`, headers).expect(200)
      expect([id, read.body.creditHold.reason, read.body.creditHold.onHold]).toEqual([id, reason, reason !== null])
    }
    const held = await get(`/api/v1/customers?city=${city}&onHold=true`, headers).expect(200)
    const free = await get(`/api/v1/customers?city=${city.toUpperCase()}&onHold=false`, headers).expect(200)
    expect(idsOf(held.body).sort()).toEqual(
      Object.keys(expected)
        .filter((id) => expected[id] !== null)
        .sort(),
    )
    expect(idsOf(free.body)).toHaveLength(Object.keys(expected).length - held.body.items.length)
    await db.update(company).set({ creditToleranceDays: null })
    const withoutTolerance = await get(`/api/v1/customers?city=${city}&onHold=true`, headers).expect(200)
    expect(withoutTolerance.body.items).toHaveLength(2)
    await db.update(company).set({ creditToleranceDays: 10 })
  })

  test('the read tells balances by currency, what is overdue and since when', async () => {
    const { headers } = await api.signedIn()
    const customer = await aCustomer(api.database.db)
    await aContact(api.database.db, { customerId: customer.id })
    const owe = (over: object) => aReceivable(api.database.db, { customerId: customer.id, issuedOn: '2026-01-01', ...over })
    await owe({ dueOn: '2026-02-25', amountMinor: 12_345n })
    await owe({ dueOn: '2026-03-02', amountMinor: 100n })
    await owe({ dueOn: '2026-04-01', amountMinor: 5_000n, currency: 'CLP' })
    const { body } = await get(`/api/v1/customers/${customer.id}`, headers).expect(200)
    expect(body).toMatchObject({
      balances: [
        { currency: 'CLP', balance: '5000', overdue: '0' },
        { currency: 'USD', balance: '124.45', overdue: '123.45' },
      ],
      oldestOverdueOn: '2026-02-25',
      oldestOverdueDays: 5,
      contactCount: 1,
    })
  })
})

describe('listing and searching', () => {
  test('accents and case do not matter, every word must occur, and signs are no wildcards', async () => {
    const { headers } = await api.signedIn()
    await aCustomer(api.database.db, { name: 'Muñoz e Hijos', phone: '0998877665', taxId: '1790016919001' })
    await aCustomer(api.database.db, { name: 'Descuento 100% Real', email: 'x_y@cliente.test' })
    for (const q of ['munoz', 'MUÑÓZ', 'hijos muñoz', 'munoz 09988', '1790016919', 'HIJOS'])
      expect([q, await names(`q=${encodeURIComponent(q)}`, headers)]).toEqual([q, ['Muñoz e Hijos']])
    expect(await names(`q=${encodeURIComponent('100%')}`, headers)).toEqual(['Descuento 100% Real'])
    expect(await names(`q=${encodeURIComponent('x_y')}`, headers)).toEqual(['Descuento 100% Real'])
    expect(await names(`q=${encodeURIComponent('%%%')}`, headers)).toEqual([])
    expect(await names(`q=${encodeURIComponent("'; --")}`, headers)).toEqual([])
  })

  test('the one before and after follow the filters and the sort of the list, to its ends', async () => {
    const { headers } = await api.signedIn()
    const ids: Record<string, string> = {}
    for (const name of ['Vecino A', 'Vecino B', 'Vecino C', 'Vecino D'])
      ids[name] = (
        await aCustomer(api.database.db, { name, city: 'Vecindad', status: name.endsWith('B') ? 'inactive' : 'active' })
      ).id
    const beside = async (name: string, query: string) => {
      const { body } = await get(`/api/v1/customers/${ids[name]}/neighbours?${query}`, headers).expect(200)
      return [body.previous?.name ?? null, body.next?.name ?? null]
    }
    expect(await beside('Vecino B', 'city=vecindad')).toEqual(['Vecino A', 'Vecino C'])
    expect(await beside('Vecino B', 'city=vecindad&sort=-name')).toEqual(['Vecino C', 'Vecino A'])
    expect(await beside('Vecino A', 'city=vecindad&status=active')).toEqual([null, 'Vecino C'])
    expect(await beside('Vecino D', 'city=vecindad&sort=createdAt')).toEqual(['Vecino C', null])
    // One that the filters do not hold keeps its place.
    expect(await beside('Vecino B', 'q=vecino&status=active')).toEqual(['Vecino A', 'Vecino C'])
    expect(await beside('Vecino B', 'city=otra')).toEqual([null, null])
    await get(`/api/v1/customers/${ids['Vecino B']}/neighbours?cursor=x`, headers).expect(400)
    await get(`/api/v1/customers/${randomUUID()}/neighbours`, headers).expect(404)
  })

  test('a search that finds nothing finds what was probably meant', async () => {
    const { headers } = await api.signedIn()
    await aCustomer(api.database.db, { name: 'Distribuidora Guayacán' })
    for (const q of ['distribuidroa guayacan', 'guayakan', 'Distrivuidora'])
      expect([q, (await names(`q=${encodeURIComponent(q)}`, headers))[0]]).toEqual([q, 'Distribuidora Guayacán'])
    expect(await names('q=zzqqxxww', headers)).toEqual([])
  })

  test('equal names are neither lost nor repeated between pages, in any order', async () => {
    const { headers } = await api.signedIn()
    const city = randomUUID()
    for (let index = 0; index < 5; index += 1) await aCustomer(api.database.db, { name: 'Igual', city })
    await aCustomer(api.database.db, { name: 'Ígual', city })
    for (const sort of ['name', '-name', 'code', '-code', 'createdAt', '-createdAt']) {
      const seen: string[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const path: string = `/api/v1/customers?city=${city}&limit=2&sort=${sort}${cursor && `&cursor=${cursor}`}`
        const answer = await get(path, headers).expect(200)
        seen.push(...idsOf(answer.body))
        cursor = answer.body.nextCursor
      }
      expect([sort, seen.length, new Set(seen).size]).toEqual([sort, 6, 6])
    }
  })

  test('filters narrow, and nonsense in them is refused, never a fault', async () => {
    const { headers } = await api.signedIn()
    const branch = await aBranch(api.database.db)
    const agent = await aUser(api.database.db)
    const customer = await aCustomer(api.database.db, {
      branchId: branch.id,
      preferredAgentId: agent.id,
      collectionsAgentId: agent.id,
      status: 'suspended',
      kind: 'person',
      customerType: 'Mayorísta',
    })
    for (const query of [
      `branchId=${branch.id}`,
      `preferredAgentId=${agent.id}`,
      `collectionsAgentId=${agent.id}`,
      'status=suspended',
      'customerType=MAYORISTA',
      `kind=person&branchId=${branch.id}`,
    ])
      expect([query, idsOf((await get(`/api/v1/customers?${query}`, headers).expect(200)).body)]).toEqual([query, [customer.id]])
    for (const query of ['status=x', 'branchId=1', 'onHold=yes', 'limit=0', 'sort=city', 'colour=red', 'cursor=x'])
      expect([query, (await get(`/api/v1/customers?${query}`, headers)).status]).toEqual([query, 400])
    await get('/api/v1/customers?q=%00', headers).expect((answer) => expect(answer.status).toBeLessThan(500))
  })
})

describe('customers under a customer level', () => {
  test('levels 2, 3 and 4 see those of whose agents they see; the rest is nowhere: list, read, search, values, duplicates, sub-resources', async () => {
    const db = api.database.db
    const [branch, elsewhere, department, other] = [
      await aBranch(db),
      await aBranch(db),
      await aDepartment(db),
      await aDepartment(db),
    ]
    const mine = { branchId: branch.id, departmentId: department.id }
    const colleague = await aUser(db, mine)
    const neighbour = await aUser(db, { branchId: branch.id, departmentId: other.id })
    const stranger = await aUser(db, { branchId: elsewhere.id, departmentId: department.id })
    const mark = `marca${randomUUID().slice(0, 8)}`
    const make = (agentId: string | null, field: 'preferredAgentId' | 'collectionsAgentId' = 'preferredAgentId') =>
      aCustomer(db, { name: `Alcance ${mark}`, city: mark, taxId: mark, email: `${randomUUID()}@${mark}.test`, [field]: agentId })
    for (const customerLevel of [1, 2, 3, 4] as const) {
      const { headers, user } = await api.signedIn({ ...mine, customerLevel })
      const own = await make(user.id)
      const ownByCollections = await make(user.id, 'collectionsAgentId')
      const ofColleague = await make(colleague.id)
      const ofNeighbour = await make(neighbour.id, 'collectionsAgentId')
      const ofStranger = await make(stranger.id)
      const nobodys = await make(null)
      const all = [own, ownByCollections, ofColleague, ofNeighbour, ofStranger, nobodys]
      const seen = all.slice(0, { 1: 6, 2: 4, 3: 3, 4: 2 }[customerLevel])
      const listed = idsOf((await get(`/api/v1/customers?q=${mark}&limit=200`, headers).expect(200)).body)
      expect(all.filter((each) => listed.includes(each.id)).map((each) => each.id)).toEqual(seen.map((each) => each.id))
      const unseen = all.slice(seen.length)
      for (const each of seen) await get(`/api/v1/customers/${each.id}`, headers).expect(200)
      const missing = await get(`/api/v1/customers/${randomUUID()}`, headers).expect(404)
      for (const each of unseen) {
        const path = `/api/v1/customers/${each.id}`
        const refused = await get(path, headers).expect(404)
        expect({ ...refused.body, requestId: '' }).toEqual({ ...missing.body, requestId: '' })
        for (const sub of ['notes', 'contacts']) await get(`${path}/${sub}`, headers).expect(404)
        await api.request().post(`${path}/notes`).set(headers).send({ body: 'x' }).expect(404)
        await api.request().post(`${path}/contacts`).set(headers).send({ name: 'x' }).expect(404)
        await api.request().patch(path).set(headers).send({ name: 'x', version: 1 }).expect(404)
        await api.request().delete(path).set(headers).expect(404)
        await api.request().put(`${path}/credit-hold`).set(headers).send({ reason: 'x' }).expect(404)
        const byMail = await get(`/api/v1/customers/duplicates?email=${each.email}`, headers).expect(200)
        expect(byMail.body.items).toEqual([])
      }
      const { body: values } = await get(`/api/v1/customers/values?field=city&q=${mark}`, headers).expect(200)
      expect(values.items[0].customers).toBe(listed.length)
      const duplicates = await get(`/api/v1/customers/duplicates?taxId=${mark}`, headers).expect(200)
      expect(idsOf(duplicates.body).every((id) => listed.includes(id))).toBe(true)
    }
  })

  test('what somebody with a narrow level adds without an agent becomes theirs, so they still see it', async () => {
    const { headers, user } = await api.signedIn({ customerLevel: 4 })
    const made = await api.request().post('/api/v1/customers').set(headers).send({ name: 'Del agente' }).expect(201)
    expect(made.body.preferredAgent.id).toBe(user.id)
    await get(`/api/v1/customers/${made.body.id}`, headers).expect(200)
  })

  test('moving an agent moves their customers at once', async () => {
    const branch = await aBranch(api.database.db)
    const { headers } = await api.signedIn({ branchId: branch.id, customerLevel: 2 })
    const agent = await aUser(api.database.db)
    const customer = await aCustomer(api.database.db, { collectionsAgentId: agent.id })
    await get(`/api/v1/customers/${customer.id}`, headers).expect(404)
    await api.database.pool.query('update users set branch_id = $1 where id = $2', [branch.id, agent.id])
    await get(`/api/v1/customers/${customer.id}`, headers).expect(200)
  })
})

describe('possible duplicates', () => {
  test('same tax id however written, same e-mail, nearly the same name; each says what is alike', async () => {
    const { headers } = await api.signedIn()
    const customer = await aCustomer(api.database.db, {
      name: 'Importadora Cóndor S.A.',
      taxId: '860002964-4',
      email: 'Ventas@Condor.test',
    })
    const ask = async (query: Record<string, string>) => {
      const { body } = await get(`/api/v1/customers/duplicates?${new URLSearchParams(query)}`, headers).expect(200)
      return body.items.filter((each: { id: string }) => each.id === customer.id).map((each: { alike: string[] }) => each.alike)
    }
    expect(await ask({ taxId: '860.002.964-4' })).toEqual([['taxId']])
    expect(await ask({ taxId: '8600029644' })).toEqual([['taxId']])
    expect(await ask({ email: 'ventas@condor.test' })).toEqual([['email']])
    expect(await ask({ name: 'importadora condor sa', taxId: '860002964-4' })).toEqual([['taxId', 'name']])
    expect(await ask({ name: 'Panadería Trigal' })).toEqual([])
    expect(await ask({})).toEqual([])
  })
})

describe('bulk upsert by external id', () => {
  const put = (headers: Headers, items: object[]) => api.request().put('/api/v1/customers').set(headers).send({ items })

  test('adds, changes, and the same again changes nothing', async () => {
    const { headers } = await api.signedIn()
    const branch = await aBranch(api.database.db, { code: 'Norte-9' })
    const agent = await aUser(api.database.db, { email: 'Agente9@cartera.test' })
    const items = [
      {
        externalId: '0001',
        name: 'Uno',
        taxIdType: 'rut',
        taxId: '97.004.000-5',
        country: 'CL',
        creditLimit: '10.50',
        branchCode: 'norte-9',
        collectionsAgentEmail: 'agente9@cartera.test',
      },
      { externalId: '1', name: 'Dos', city: 'Lima' },
    ]
    expect((await put(headers, items).expect(200)).body).toEqual({ created: 2, changed: 0, unchanged: 0 })
    expect((await put(headers, items).expect(200)).body).toEqual({ created: 0, changed: 0, unchanged: 2 })
    expect((await put(headers, [{ externalId: '1', name: 'Dos', phone: '555' }]).expect(200)).body).toEqual({
      created: 0,
      changed: 1,
      unchanged: 0,
    })
    const rows = await api.database.db.select().from(customers).where(eq(customers.branchId, branch.id))
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ externalId: '0001', taxId: '97004000-5', collectionsAgentId: agent.id, version: 1 })
    const [two] = await api.database.db.select().from(customers).where(eq(customers.externalId, '1'))
    expect(two).toMatchObject({ city: 'Lima', phone: '555', version: 2 })
  })

  test('one wrong row refuses all, and every error is named at its place', async () => {
    const { headers } = await api.signedIn()
    const taken = await aCustomer(api.database.db)
    const answer = await put(headers, [
      { externalId: 'e-1', name: 'Bien' },
      { externalId: 'e-2', name: 'Mal', collectionsAgentEmail: 'nadie@cartera.test', branchCode: 'no hay' },
      { externalId: 'e-1', name: 'Distinto' },
      { externalId: 'e-3', name: 'Código', code: taken.code, creditLimit: '1.999' },
      { externalId: 'e-4', name: 'Ruc', taxIdType: 'ruc', country: 'PE', taxId: '20100070971' },
    ]).expect(422)
    expect(answer.body.code).toBe('items-refused')
    expect(answer.body.errors.map((each: { field: string; code: string }) => `${each.field} ${each.code}`)).toEqual([
      'items.1.branchCode reference-unknown',
      'items.1.collectionsAgentEmail reference-unknown',
      'items.2.externalId duplicate-in-request',
      'items.3.code code-taken',
      'items.3.creditLimit amount-too-precise',
      'items.4.taxId tax-id-invalid',
    ])
    expect(await api.database.db.select().from(customers).where(eq(customers.externalId, 'e-1'))).toEqual([])
    const shape = await put(headers, [
      { externalId: 'e-1', name: 'Bien' },
      { externalId: 'e-2', name: null, email: 'x' },
    ]).expect(400)
    expect(shape.body.errors.map((each: { field: string }) => each.field)).toEqual(['items.1.email', 'items.1.name'])
    await put(headers, []).expect(400)
  })

  test('two writers that bring the same new customers agree instead of colliding', async () => {
    const { headers } = await api.signedIn()
    const items = Array.from({ length: 30 }, (_, index) => ({ externalId: `par-${index}`, name: `Par ${index}` }))
    const answers = await Promise.all([put(headers, items), put(headers, [...items].reverse())])
    expect(answers.map((each) => each.status)).toEqual([200, 200])
    expect(answers.map((each) => each.body.created).sort()).toEqual([0, 30])
  })

  test('a thousand rows pass, a customer that was deleted comes back, one out of reach is not touched', async () => {
    const { headers } = await api.signedIn()
    const many = Array.from({ length: 1000 }, (_, index) => ({ externalId: `mil-${index}`, name: `Mil ${index}` }))
    expect((await put(headers, many).expect(200)).body.created).toBe(1000)
    const deleted = await aCustomer(api.database.db, { externalId: 'vuelve', deletedAt: new Date() })
    expect((await put(headers, [{ externalId: 'vuelve', name: deleted.name }]).expect(200)).body.changed).toBe(1)
    await get(`/api/v1/customers/${deleted.id}`, headers).expect(200)
    const narrow = await api.signedIn({ customerLevel: 4 })
    const answer = await put(narrow.headers, [{ externalId: 'vuelve', name: 'Robado' }]).expect(422)
    expect(answer.body.errors).toMatchObject([{ field: 'items.0.externalId', code: 'external-id-taken' }])
  })
})

describe('choices', () => {
  test('agents are the active users; names are found without accents', async () => {
    const { headers } = await api.signedIn({ level: 4, customerLevel: 4, permissions: [] })
    const active = await aUser(api.database.db, { name: 'Ángela Núñez' })
    await aUser(api.database.db, { name: 'Ángela Nuñezca', active: false })
    const { body } = await get('/api/v1/customers/agents?q=angela%20nunez', headers).expect(200)
    expect(idsOf(body)).toEqual([active.id])
  })

  test('a note of somebody out of scope is not counted in the profile', async () => {
    const { headers, user } = await api.signedIn({ level: 4 })
    const customer = await aCustomer(api.database.db)
    await aNote(api.database.db, { customerId: customer.id })
    await aNote(api.database.db, { customerId: customer.id, authorId: user.id })
    expect((await get(`/api/v1/customers/${customer.id}`, headers).expect(200)).body.noteCount).toBe(1)
  })
})
