import { auditLog } from '@cartera/db/schema/audit'
import { customers } from '@cartera/db/schema/customers'
import { imports } from '@cartera/db/schema/receivables'
import { aBranch, aCompany, aCustomer, aUser } from '@cartera/db/testing/builders'
import { runImportJob } from '@cartera/use-cases/imports/run-import'
import { undoImportJob } from '@cartera/use-cases/imports/undo-import'
import { and, eq, inArray } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
beforeAll(async () => void (await aCompany(api.database.db)))

type Headers = Record<string, string>
const prepare = (headers: Headers, body: object) => api.request().post('/api/v1/customer-changes').set(headers).send(body)
const rowsOf = async (headers: Headers, id: string) =>
  (await api.request().get(`/api/v1/imports/${id}/rows?limit=200`).set(headers).expect(200)).body.items as {
    fate: string
    cells: string[]
    errors: { field: string; code: string }[]
    changes: { field: string; before: string; after: string }[]
  }[]
async function run(headers: Headers, id: string) {
  await api.request().post(`/api/v1/imports/${id}/runs`).set(headers).send({}).expect(202)
  await runImportJob.perform(api.ctx, { importId: id })
  return (await api.request().get(`/api/v1/imports/${id}`).set(headers).expect(200)).body
}
const stored = async (ids: string[]) =>
  api.database.db.select().from(customers).where(inArray(customers.id, ids)).orderBy(customers.name)

describe('saying the same of many customers', () => {
  test('shows what would change of each, changes nothing before it is run, and is undone', async () => {
    const db = api.database.db
    const manager = await api.signedIn({ permissions: ['manage-customers'] })
    const branch = await aBranch(db, { name: 'Cuenca', code: 'CU' })
    const agent = await aUser(db, { name: 'Lucía Peña' })
    // Somebody of the same name: only the id tells which of the two is meant.
    await aUser(db, { name: 'Lucía Peña' })
    const one = await aCustomer(db, { name: 'Mucho A', city: 'Loja', creditDays: 15 })
    const two = await aCustomer(db, { name: 'Mucho B', city: 'Quito', branchId: branch.id, collectionsAgentId: agent.id })
    const other = await aCustomer(db, { name: 'Mucho C', city: 'Loja' })
    const made = (
      await prepare(manager.headers, {
        ids: [one.id, two.id],
        values: {
          city: 'Quito',
          branch: branch.id,
          collectionsAgent: agent.id,
          creditDays: null,
          creditLimit: '1234.50',
          taxable: 'false',
        },
      }).expect(201)
    ).body
    expect(made).toMatchObject({ selection: true, state: 'checked', rowCount: 2, counts: { change: 2 } })
    const rows = await rowsOf(manager.headers, made.id)
    expect(
      rows.map((row) => [row.cells[1], row.changes.map((change) => `${change.field}: ${change.before} > ${change.after}`)]),
    ).toEqual([
      [
        'Mucho A',
        [
          'city: Loja > Quito',
          'taxable: Yes > No',
          'branch:  > Cuenca',
          'collectionsAgent:  > Lucía Peña',
          'creditDays: 15 > ',
          'creditLimit:  > 1234.50',
          'creditCurrency:  > USD',
        ],
      ],
      ['Mucho B', expect.not.arrayContaining([expect.stringContaining('city')])],
    ])
    expect((await stored([one.id]))[0]).toMatchObject({ city: 'Loja', version: 1 })

    expect(await run(manager.headers, made.id)).toMatchObject({ state: 'done', undoable: true })
    expect(await stored([one.id, two.id, other.id])).toMatchObject([
      {
        city: 'Quito',
        branchId: branch.id,
        collectionsAgentId: agent.id,
        creditDays: null,
        creditLimitMinor: 123450n,
        taxable: false,
      },
      { city: 'Quito', branchId: branch.id, taxable: false },
      { city: 'Loja', version: 1 },
    ])
    const audited = await db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.entityId, one.id), eq(auditLog.action, 'change')))
    expect(audited).toMatchObject([{ actorId: manager.user.id, changes: { city: ['Loja', 'Quito'] } }])

    // What somebody changed since stays.
    await db.update(customers).set({ city: 'Ambato', version: 9 }).where(eq(customers.id, two.id))
    await api.request().post(`/api/v1/imports/${made.id}/undoings`).set(manager.headers).expect(202)
    await undoImportJob.perform(api.ctx, { importId: made.id })
    expect(await stored([one.id, two.id])).toMatchObject([
      { city: 'Loja', branchId: null, collectionsAgentId: null, creditDays: 15, creditLimitMinor: null, taxable: true },
      { city: 'Ambato', collectionsAgentId: agent.id, taxable: true },
    ])
  })

  test('all under the filters of the list, and nobody out of sight', async () => {
    const db = api.database.db
    const owner = await api.signedIn({ level: 4, customerLevel: 4, permissions: ['manage-customers'] })
    const mine = await aCustomer(db, { name: 'Filtro Uno', city: 'Manta', collectionsAgentId: owner.user.id })
    await aCustomer(db, { name: 'Filtro Dos', city: 'Loja', collectionsAgentId: owner.user.id })
    const foreign = await aCustomer(db, { name: 'Filtro Tres', city: 'Manta' })
    const values = { priority: 'high' }
    const made = (await prepare(owner.headers, { filters: { q: 'filtro', city: 'Manta' }, values }).expect(201)).body
    expect(made.rowCount).toBe(1)
    await run(owner.headers, made.id)
    expect(await stored([mine.id, foreign.id])).toMatchObject([{ priority: 'normal' }, { priority: 'high' }])
    const hidden = await prepare(owner.headers, { ids: [foreign.id], values }).expect(404)
    expect(hidden.body.code).toBe('not-found')
    expect(await db.select().from(imports).where(eq(imports.rowCount, 0))).toEqual([])
  })

  test('refuses at the field what cannot be said of many, or is no value', async () => {
    const manager = await api.signedIn({ permissions: ['manage-customers'] })
    const { id } = await aCustomer(api.database.db, { name: 'Nadie' })
    const refused = async (values: object, status: number) =>
      (await prepare(manager.headers, { ids: [id], values }).expect(status)).body
    expect((await refused({ taxId: '1' }, 422)).errors).toMatchObject([{ field: 'values.taxId', code: 'field-unknown' }])
    expect((await refused({ status: null }, 422)).errors).toMatchObject([{ field: 'values.status', code: 'value-missing' }])
    await refused({}, 400)
    await prepare(manager.headers, { values: { city: 'Quito' } }).expect(400)
    const made = await refused({ status: 'gone', creditDays: '9999', collectionsAgent: 'Nadie Conocido' }, 201)
    expect(made.counts).toMatchObject({ refused: 1, change: 0 })
    const [row] = await rowsOf(manager.headers, made.id)
    expect(row?.errors.map((error) => `${error.field} ${error.code}`).sort()).toEqual([
      'collectionsAgent reference-unknown',
      'creditDays number-out-of-range',
      'status value-invalid',
    ])
  })

  test('needs the permission to change customers, and no other; files stay with those who may import', async () => {
    const manager = await api.signedIn({ permissions: ['manage-customers'] })
    const reader = await api.signedIn({ permissions: ['import'] })
    const { id } = await aCustomer(api.database.db, { name: 'Permiso' })
    const body = { ids: [id], values: { city: 'Quito' } }
    await prepare(reader.headers, body).expect(403)
    const made = (await prepare(manager.headers, body).expect(201)).body
    await api.request().get(`/api/v1/imports/${made.id}`).set(reader.headers).expect(403)
    await api.request().get('/api/v1/imports').set(manager.headers).expect(403)
    // Its fields are said once: mapped anew it would be a file that is none.
    const mapping = { mapping: { name: { column: 'code' }, code: { column: 'code' } }, options: {} }
    const again = await api.request().put(`/api/v1/imports/${made.id}/mapping`).set(manager.headers).send(mapping).expect(409)
    expect(again.body.code).toBe('import-not-ready')
  })
})
