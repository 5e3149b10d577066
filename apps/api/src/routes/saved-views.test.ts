import { randomUUID } from 'node:crypto'
import { savedViews } from '@cartera/db/schema/customers'
import { aCompany } from '@cartera/db/testing/builders'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
type Headers = Record<string, string>
interface Person {
  headers: Headers
}
let ana: Person
let luis: Person
let admin: Person
beforeAll(async () => {
  await aCompany(api.database.db)
  ana = await api.signedIn({ level: 4, permissions: [] })
  luis = await api.signedIn({ level: 2 })
  admin = await api.signedIn()
})
beforeEach(async () => {
  await api.database.db.delete(savedViews)
})

const view = {
  list: 'customers',
  query: 'status=active&sort=-name',
  columns: ['name', 'city', 'custom.zona'],
  density: 'compact',
}
const save = async ({ headers }: Person, body: object, status = 201) =>
  (
    await api
      .request()
      .post('/api/v1/saved-views')
      .set(headers)
      .send({ ...view, ...body })
      .expect(status)
  ).body
const change = async ({ headers }: Person, id: string, body: object, status = 200) =>
  (await api.request().patch(`/api/v1/saved-views/${id}`).set(headers).send(body).expect(status)).body
const remove = ({ headers }: Person, id: string, status = 204) =>
  api.request().delete(`/api/v1/saved-views/${id}`).set(headers).expect(status)
const open = ({ headers }: Person, viewId: string | null, status = 204) =>
  api.request().put('/api/v1/saved-views/default').set(headers).send({ list: 'customers', viewId }).expect(status)
const offered = async ({ headers }: Person) =>
  (await api.request().get('/api/v1/saved-views?list=customers').set(headers).expect(200)).body
const namesOf = async (person: Person) => (await offered(person)).items.map((one: { name: string }) => one.name)

test('a view keeps filters, columns and density; what one keeps to oneself is not there for anybody else', async () => {
  const mine = await save(ana, { name: ' Morosos de Quito ' })
  const { list: _, ...kept } = view
  expect(mine).toMatchObject({ ...kept, name: 'Morosos de Quito', mine: true, shared: false })
  expect(await namesOf(luis)).toEqual([])
  for (const person of [luis, admin]) {
    expect((await change(person, mine.id, { name: 'X', version: 1 }, 404)).code).toBe('not-found')
    await remove(person, mine.id, 404)
    await open(person, mine.id, 404)
  }
  await change(ana, mine.id, { shared: true, version: 1 })
  expect((await offered(luis)).items).toEqual([expect.objectContaining({ id: mine.id, mine: false, shared: true })])
  expect((await change(luis, mine.id, { name: 'X', version: 2 }, 403)).code).toBe('not-allowed')
  await remove(luis, mine.id, 403)
  await remove(admin, mine.id)
  expect(await namesOf(ana)).toEqual([])
})

test('a list opens with what a person chose, else with the one for everybody, which level 1 names and of which there is one', async () => {
  const first = await save(ana, { name: 'A', shared: true })
  const second = await save(luis, { name: 'B' })
  expect((await offered(luis)).defaultViewId).toBeNull()
  expect((await change(luis, second.id, { forEverybody: true, version: 1 }, 403)).code).toBe('not-allowed')
  await change(admin, first.id, { forEverybody: true, version: 1 })
  expect((await offered(luis)).defaultViewId).toBe(first.id)
  await open(luis, second.id)
  expect((await offered(luis)).defaultViewId).toBe(second.id)
  await open(luis, null)
  expect((await offered(luis)).defaultViewId).toBeNull()
  const third = await save(admin, { name: 'C' })
  expect(await change(admin, third.id, { forEverybody: true, version: 1 })).toMatchObject({ shared: true, forEverybody: true })
  const items = (await offered(ana)).items as { name: string; forEverybody: boolean }[]
  expect(items.filter((one) => one.forEverybody).map((one) => one.name)).toEqual(['C'])
  // Kept to oneself again, it opens for nobody else.
  expect(await change(admin, third.id, { shared: false, version: 2 })).toMatchObject({ shared: false, forEverybody: false })
  expect((await offered(ana)).defaultViewId).toBeNull()
  // Whoever opened the list with a view that is deleted opens it as it is.
  await open(luis, second.id)
  await remove(luis, second.id)
  expect((await offered(luis)).defaultViewId).toBeNull()
})

test('wrong data is refused at its field, and two who save at the same time do not overwrite each other', async () => {
  const mine = await save(ana, { name: 'A' })
  expect((await save(ana, { name: 'a' }, 409)).errors[0].field).toBe('name')
  await save(luis, { name: 'A' })
  for (const body of [
    { name: ' ' },
    { name: 'x'.repeat(81) },
    { name: 'x', query: 'x'.repeat(3001) },
    { name: 'x', columns: [] },
    { name: 'x', list: 'users' },
    { name: 'x', density: 'tiny' },
  ])
    await save(ana, body, 400)
  await change(ana, mine.id, { name: 'B', version: 1 })
  expect((await change(ana, mine.id, { name: 'C', version: 1 }, 409)).code).toBe('changed-meanwhile')
  expect((await change(ana, randomUUID(), { name: 'C', version: 1 }, 404)).code).toBe('not-found')
})
