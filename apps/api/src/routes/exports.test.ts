import { exportQueries } from '@cartera/contract/exports'
import { customers } from '@cartera/db/schema/customers'
import { exports } from '@cartera/db/schema/exports'
import { priceLists, productPrices } from '@cartera/db/schema/prices'
import { aCompany, aCustomer, aProduct } from '@cartera/db/testing/builders'
import { makeExportJob, resumeExportsJob } from '@cartera/use-cases/exports/make-export'
import { checkImportJob } from '@cartera/use-cases/imports/check-import'
import { runImportJob } from '@cartera/use-cases/imports/run-import'
import { messyCustomers } from '@cartera/use-cases/testing/messy-customers'
import { and, count, eq, isNull } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
beforeAll(async () => void (await aCompany(api.database.db)))

type Headers = Record<string, string>
const create = (headers: Headers, body: object) => api.request().post('/api/v1/exports').set(headers).send(body)
const fileOf = async (headers: Headers, id: string): Promise<Buffer> =>
  (
    await api
      .request()
      .get(`/api/v1/exports/${id}/file`)
      .set(headers)
      .buffer(true)
      .parse((response, done) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () => done(null, Buffer.concat(parts)))
      })
      .expect(200)
  ).body

/** Uploads, tries out with the guessed mapping, and answers the record. */
async function checked(headers: Headers, bytes: Buffer, name: string, options: object = {}) {
  const made = (await api.request().post('/api/v1/imports?kind=customers').set(headers).attach('file', bytes, name).expect(201))
    .body
  await api.request().put(`/api/v1/imports/${made.id}/mapping`).set(headers).send({ mapping: made.mapping, options }).expect(200)
  await api.request().post(`/api/v1/imports/${made.id}/checks`).set(headers).expect(200)
  await checkImportJob.perform(api.ctx, { importId: made.id })
  return (await api.request().get(`/api/v1/imports/${made.id}`).set(headers).expect(200)).body
}
async function exported(headers: Headers, body: object): Promise<Buffer> {
  const made = (await create(headers, body).expect(201)).body
  if (made.state === 'waiting') await makeExportJob.perform(api.ctx, { exportId: made.id })
  return fileOf(headers, made.id)
}

describe('customers in and out', () => {
  test('a messy workbook goes in as it was made to, and comes out so that every row is unchanged when it goes in again: Excel and CSV, in both languages', async () => {
    const { headers } = await api.signedIn()
    const messy = messyCustomers(2600)
    const record = await checked(headers, messy.bytes, 'viejo.xlsx')
    expect(record).toMatchObject({
      reading: { headerRow: 3 },
      rowCount: messy.rows,
      counts: {
        create: messy.create,
        duplicate: messy.duplicate,
        'possible-duplicate': messy.possibleDuplicate,
        refused: messy.refused,
      },
    })
    await api.request().post(`/api/v1/imports/${record.id}/runs`).set(headers).send({}).expect(202)
    await runImportJob.perform(api.ctx, { importId: record.id })
    const [made] = await api.database.db.select({ n: count() }).from(customers).where(isNull(customers.deletedAt))
    expect(made?.n).toBe(messy.create)
    const [one] = await api.database.db.select().from(customers).where(eq(customers.externalId, '00000001'))
    expect(one).toMatchObject({ taxId: '090000000000', address: '=HYPERLINK("x";"Calle 1")' })
    expect(one?.name).not.toMatch(/\s$/)
    for (const [format, language] of [
      ['xlsx', 'es'],
      ['csv', 'es'],
      ['xlsx', 'en'],
      ['csv', 'en'],
    ] as const) {
      const spoken = { ...headers, 'accept-language': language }
      const file = await exported(spoken, { list: 'customers', format })
      const again = await checked(spoken, file, `clientes.${format}`, { empty: 'clear' })
      expect([format, language, again.rowCount, again.counts.unchanged]).toEqual([format, language, messy.create, messy.create])
    }
  }, 240_000)
})

describe('exports', () => {
  test('hold what the list shows under its filters, and nothing out of scope; who may not export makes none', async () => {
    const chief = await api.signedIn()
    const mine = await api.signedIn({ level: 4, customerLevel: 4 })
    await aCustomer(api.database.db, { name: 'Visible Ávila', city: 'Tena', preferredAgentId: mine.user.id })
    await aCustomer(api.database.db, { name: 'Ajena Tena', city: 'Tena' })
    const names = async (headers: Headers, filters: object) =>
      (await exported(headers, { list: 'customers', format: 'csv', filters })).toString('utf8')
    const all = await names(chief.headers, { city: 'Tena' })
    expect([all.includes('Visible Ávila'), all.includes('Ajena Tena'), all.includes('Quito')]).toEqual([true, true, false])
    const narrow = await names(mine.headers, { city: 'Tena' })
    expect([narrow.includes('Visible Ávila'), narrow.includes('Ajena Tena')]).toEqual([true, false])
    await create(chief.headers, { list: 'customers', format: 'csv', filters: { colour: 'red' } }).expect(422)
    await create(chief.headers, { list: 'secrets', format: 'csv' }).expect(400)
    await create((await api.signedIn({ permissions: [] })).headers, { list: 'customers', format: 'csv' }).expect(403)
    // The audit is level 1's, whatever the file.
    await create(mine.headers, { list: 'audit', format: 'csv' }).expect(403)
  })

  test('every list becomes Excel and CSV', async () => {
    const { headers } = await api.signedIn()
    for (const list of Object.keys(exportQueries))
      for (const format of ['xlsx', 'csv']) {
        const file = await exported(headers, { list, format })
        expect([list, format, file.subarray(0, 2).toString('latin1') === 'PK']).toEqual([list, format, format === 'xlsx'])
      }
  }, 120_000)

  test('products leave with a column per price list', async () => {
    const { headers } = await api.signedIn()
    const [list] = await api.database.db.insert(priceLists).values({ name: 'De archivo', currency: 'USD' }).returning()
    const product = await aProduct(api.database.db, { code: 'ARCH-1', unit: 'caja' })
    await aProduct(api.database.db, { code: 'ARCH-2' })
    await api.database.db.insert(productPrices).values({ productId: product.id, priceListId: list?.id ?? '', priceMinor: 725n })
    const file = (await exported(headers, { list: 'products', format: 'csv', filters: { q: 'ARCH', sort: 'code' } })).toString(
      'utf8',
    )
    const [head = [], one = [], other = []] = file.split('\r\n').map((line) => line.split(/[;,]/))
    const at = head.indexOf('De archivo (USD)')
    expect([one.includes('caja'), one[at], other[at]]).toEqual([true, '7.25', ''])
  })

  test('are their maker’s alone, and gone when they lapse or are deleted', async () => {
    const { headers } = await api.signedIn()
    const made = (await create(headers, { list: 'products', format: 'xlsx' }).expect(201)).body
    const other = await api.signedIn()
    for (const rest of ['', '/file']) await api.request().get(`/api/v1/exports/${made.id}${rest}`).set(other.headers).expect(404)
    await api.request().delete(`/api/v1/exports/${made.id}`).set(other.headers).expect(404)
    expect((await api.request().get('/api/v1/exports').set(other.headers).expect(200)).body.items).toEqual([])
    await api.database.db
      .update(exports)
      .set({ lapsesAt: new Date(api.ctx.now().getTime() - 1) })
      .where(eq(exports.id, made.id))
    await api.request().get(`/api/v1/exports/${made.id}/file`).set(headers).expect(409)
    await resumeExportsJob.perform(api.ctx, {})
    expect((await api.request().get(`/api/v1/exports/${made.id}`).set(headers).expect(200)).body.state).toBe('lapsed')
    await api.request().delete(`/api/v1/exports/${made.id}`).set(headers).expect(204)
    await api.request().get(`/api/v1/exports/${made.id}`).set(headers).expect(404)
  })

  test('a long one is made by the worker with the rights of that moment; a disabled user’s stops', async () => {
    const { headers, user } = await api.signedIn()
    const [some] = await api.database.db
      .select({ n: count() })
      .from(customers)
      .where(and(isNull(customers.deletedAt)))
    expect(some?.n).toBeGreaterThan(2000)
    const made = (await create(headers, { list: 'customers', format: 'csv' }).expect(201)).body
    expect(made).toMatchObject({ state: 'waiting', size: null })
    await api.request().get(`/api/v1/exports/${made.id}/file`).set(headers).expect(409)
    await resumeExportsJob.perform(api.ctx, {})
    expect(api.ctx.rung.at(-1)).toMatchObject({ job: { name: 'make-export' }, payload: { exportId: made.id } })
    await api.database.pool.query('update users set active = false where id = $1', [user.id])
    await makeExportJob.perform(api.ctx, { exportId: made.id })
    const [stopped] = await api.database.db.select().from(exports).where(eq(exports.id, made.id))
    expect(stopped).toMatchObject({ state: 'failed', error: 'not-allowed', size: null })
    await api.database.pool.query('update users set active = true where id = $1', [user.id])
    const again = (await create(headers, { list: 'customers', format: 'csv' }).expect(201)).body
    await Promise.all([
      makeExportJob.perform(api.ctx, { exportId: again.id }),
      makeExportJob.perform(api.ctx, { exportId: again.id }),
    ])
    const lines = (await fileOf(headers, again.id)).toString('utf8').match(/\r\n/g)?.length ?? 0
    expect(lines - 1).toBe(some?.n)
  }, 60_000)
})
