import { randomUUID } from 'node:crypto'
import { auditLog } from '@cartera/db/schema/audit'
import { customers, customFields } from '@cartera/db/schema/customers'
import { aCompany } from '@cartera/db/testing/builders'
import { mostCustomFields } from '@cartera/domain/customers/custom-fields'
import { and, eq } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
const db = () => api.database.db
type Headers = Record<string, string>
let headers: Headers
beforeAll(async () => {
  await aCompany(db())
  headers = (await api.signedIn()).headers
})
beforeEach(async () => {
  await db().delete(customers)
  await db().delete(customFields)
})

const define = async (body: object, status = 201) =>
  (await api.request().post('/api/v1/custom-fields').set(headers).send(body).expect(status)).body
const redefine = async (id: string, body: object, status = 200) =>
  (await api.request().patch(`/api/v1/custom-fields/${id}`).set(headers).send(body).expect(status)).body
const write = async (body: object, status = 201) =>
  (await api.request().post('/api/v1/customers').set(headers).send(body).expect(status)).body
const change = async (id: string, body: object, status = 200) =>
  (await api.request().patch(`/api/v1/customers/${id}`).set(headers).send(body).expect(status)).body
const listed = async (custom: string, status = 200) => {
  const query = new URLSearchParams({ custom })
  const { body } = await api.request().get(`/api/v1/customers?${query}`).set(headers).expect(status)
  return status === 200 ? body.items.map((one: { name: string }) => one.name) : body
}

const segment = { name: 'Segmento', kind: 'choice', choices: [{ label: 'Oro' }, { label: 'Plata' }] }

describe('defining fields', () => {
  test('level 1 defines them, their key comes from the name, everybody reads them in their order', async () => {
    const first = await define({ name: 'Línea de crédito', kind: 'text', help: 'La que aprobó el comité', listed: true })
    expect(first).toMatchObject({ key: 'linea_de_credito', required: false, listed: true, choices: [], active: true, version: 1 })
    const second = await define(segment)
    expect(second.choices).toEqual([
      { key: 'oro', label: 'Oro', active: true },
      { key: 'plata', label: 'Plata', active: true },
    ])
    const agent = await api.signedIn({ level: 4, permissions: [] })
    const read = await api.request().get('/api/v1/custom-fields').set(agent.headers).expect(200)
    expect(read.body.items).toEqual([first, second])
    const turned = await api
      .request()
      .put('/api/v1/custom-fields/order')
      .set(headers)
      .send({ ids: [second.id, first.id] })
      .expect(200)
    expect(turned.body.items.map((one: { key: string }) => one.key)).toEqual(['segmento', 'linea_de_credito'])
    for (const ids of [[first.id], [first.id, first.id], [first.id, second.id, randomUUID()]])
      await api.request().put('/api/v1/custom-fields/order').set(headers).send({ ids }).expect(409)
    const manager = await api.signedIn({ level: 2 })
    await api.request().post('/api/v1/custom-fields').set(manager.headers).send({ name: 'X', kind: 'text' }).expect(403)
    const [audited] = await db()
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.entityId, first.id), eq(auditLog.action, 'create')))
    expect(audited).toMatchObject({ entity: 'custom-field', changes: { key: [null, 'linea_de_credito'] } })
  })

  test('what cannot be a field is refused at its place', async () => {
    await define({ name: 'Zona', kind: 'text' })
    expect((await define({ name: 'zona', kind: 'number' }, 409)).errors[0].field).toBe('name')
    expect((await define({ name: 'Otra', key: 'zona', kind: 'number' }, 409)).errors[0].field).toBe('key')
    expect((await define({ name: 'S', kind: 'choice' }, 422)).errors[0]).toMatchObject({ field: 'choices' })
    expect((await define({ name: 'S', kind: 'choice', choices: [{ label: 'Sí' }, { label: 'si' }] }, 409)).errors[0].field).toBe(
      'choices.1.label',
    )
    for (const body of [
      { name: ' ', kind: 'text' },
      { name: 'x', kind: 'money' },
      { name: 'x', kind: 'text', key: '__proto__' },
      { name: 'x', kind: 'text', key: 'Con Espacio' },
      { name: 'x'.repeat(81), kind: 'text' },
      { name: 'x', kind: 'text', hue: 1 },
    ])
      await define(body, 400)
    for (let index = 1; index < mostCustomFields; index += 1) await define({ name: `Campo ${index}`, kind: 'text' })
    expect((await define({ name: 'Uno más', kind: 'text' }, 409)).code).toBe('too-many-custom-fields')
  })

  test('kind and key stay; two who change one field at the same time do not overwrite each other', async () => {
    const field = await define(segment)
    await redefine(field.id, { kind: 'text', version: 1 }, 400)
    await redefine(field.id, { key: 'otro', version: 1 }, 400)
    const after = await redefine(field.id, { name: 'Categoría', required: true, version: 1 })
    expect(after).toMatchObject({ name: 'Categoría', key: 'segmento', required: true, version: 2 })
    expect((await redefine(field.id, { name: 'X', version: 1 }, 409)).code).toBe('changed-meanwhile')
    expect((await redefine(randomUUID(), { name: 'X', version: 1 }, 404)).code).toBe('not-found')
  })

  test('a choice or a field that some customer has is not deleted, deleted customers included; it is switched off', async () => {
    const field = await define(segment)
    const made = await write({ name: 'Ferretería Sol', custom: { segmento: 'oro' } })
    const [gold, silver] = field.choices
    expect((await redefine(field.id, { choices: [silver], version: 1 }, 409)).code).toBe('in-use')
    await db().update(customers).set({ deletedAt: new Date() }).where(eq(customers.id, made.id))
    expect((await redefine(field.id, { choices: [silver], version: 1 }, 409)).code).toBe('in-use')
    await api.request().delete(`/api/v1/custom-fields/${field.id}`).set(headers).expect(409)
    const after = await redefine(field.id, { choices: [{ ...gold, active: false }, silver, { label: 'Oro viejo' }], version: 1 })
    expect(after.choices).toEqual([
      { key: 'oro', label: 'Oro', active: false },
      { key: 'plata', label: 'Plata', active: true },
      { key: 'oro_viejo', label: 'Oro viejo', active: true },
    ])
    await db().update(customers).set({ custom: {} })
    await redefine(field.id, { choices: [silver], version: 2 })
    await api.request().delete(`/api/v1/custom-fields/${field.id}`).set(headers).expect(204)
  })
})

describe('values of customers', () => {
  beforeEach(async () => {
    for (const body of [
      { name: 'Zona', kind: 'text' },
      { name: 'Metros', kind: 'number' },
      { name: 'Visita', kind: 'date' },
      { name: 'Socio', kind: 'yes-no' },
      segment,
    ])
      await define(body)
  })

  test('they are written, read, changed one by one and audited by their own names', async () => {
    const custom = { zona: 'Norte', metros: 12.5, visita: '2026-03-01', socio: false, segmento: 'oro' }
    const made = await write({ name: 'Ferretería Sol', custom })
    expect(made.custom).toEqual(custom)
    const after = await change(made.id, { custom: { zona: null, metros: 13 }, version: 1 })
    expect(after.custom).toEqual({ metros: 13, visita: '2026-03-01', socio: false, segmento: 'oro' })
    expect(after.version).toBe(2)
    const [audited] = await db()
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.entityId, made.id), eq(auditLog.action, 'change')))
    expect(audited?.changes).toEqual({ 'custom.zona': ['Norte', null], 'custom.metros': [12.5, 13] })
    // The same again is no change.
    expect((await change(made.id, { custom: { metros: 13, segmento: 'oro' }, version: 2 })).version).toBe(2)
  })

  test('what is wrong is refused at its field and loses nothing', async () => {
    const answer = await write({ name: 'Ferretería Sol', custom: { metros: 'doce', visita: '2026-02-29', nada: 'x' } }, 422)
    expect(answer.errors.map((error: { field: string; code: string }) => [error.field, error.code])).toEqual([
      ['custom.metros', 'value-invalid'],
      ['custom.visita', 'value-invalid'],
      ['custom.nada', 'custom-field-unknown'],
    ])
    await write({ name: 'X', custom: { zona: ['Norte'] } }, 400)
    await write({ name: 'X', custom: { __proto__x: 'Norte' } }, 400)
    await write({ name: 'X', custom: { zona: 'x'.repeat(501) } }, 400)
    expect(await db().$count(customers)).toBe(0)
  })

  test('a required field is asked of new customers, and of whoever writes them by external id', async () => {
    await define({ name: 'Ruta', kind: 'text', required: true })
    expect((await write({ name: 'X' }, 422)).errors).toEqual([
      expect.objectContaining({ field: 'custom.ruta', code: 'value-missing' }),
    ])
    const upsert = (items: object[]) => api.request().put('/api/v1/customers').set(headers).send({ items })
    const refused = await upsert([{ externalId: 'E1', name: 'Uno' }])
    expect([refused.status, refused.body.errors[0]]).toEqual([
      422,
      expect.objectContaining({ field: 'items.0.custom.ruta', code: 'value-missing' }),
    ])
    const item = { externalId: 'E1', name: 'Uno', custom: { ruta: 'R1', segmento: 'oro', visita: '2026-03-01' } }
    expect((await upsert([item]).expect(200)).body).toEqual({ created: 1, changed: 0, unchanged: 0 })
    expect((await upsert([item]).expect(200)).body).toEqual({ created: 0, changed: 0, unchanged: 1 })
    expect((await upsert([{ ...item, custom: { segmento: 'plata' } }]).expect(200)).body.changed).toBe(1)
    const [row] = await db().select().from(customers)
    expect(row?.custom).toEqual({ ruta: 'R1', segmento: 'plata', visita: '2026-03-01' })
  })

  test('the list is filtered by each kind, and by who has no value', async () => {
    await write({ name: 'A', custom: { zona: 'Zona Ñuñoa 50%', metros: 9, visita: '2026-03-01', socio: true, segmento: 'oro' } })
    await write({ name: 'B', custom: { zona: 'Sur', metros: 10, visita: '2026-04-01', socio: false, segmento: 'plata' } })
    await write({ name: 'C' })
    expect(await listed('zona=nunoa')).toEqual(['A'])
    expect(await listed('zona=50%25')).toEqual(['A'])
    expect(await listed('zona=5_')).toEqual([])
    expect(await listed('segmento=oro')).toEqual(['A'])
    expect(await listed('segmento=oro,plata')).toEqual(['A', 'B'])
    expect(await listed('socio=false')).toEqual(['B'])
    expect(await listed('socio.empty=true')).toEqual(['C'])
    expect(await listed('metros.from=9.5')).toEqual(['B'])
    expect(await listed('metros.to=10&metros.from=9')).toEqual(['A', 'B'])
    expect(await listed('visita.from=2026-03-02&visita.to=2026-04-01')).toEqual(['B'])
    expect(await listed('visita.to=2026-03-31&segmento=plata')).toEqual([])
    for (const wrong of [
      'nada=1',
      'metros=9',
      'metros.from=x',
      'metros.from=1e9',
      'visita.from=2026-02-30',
      'socio=quiza',
      'socio.empty=x',
      'zona.like=x',
      'zona.empty.x=true',
      "zona'=x",
    ])
      expect([wrong, (await listed(wrong, 422)).code]).toEqual([wrong, 'value-invalid'])
  })
})
