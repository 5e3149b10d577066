import { randomUUID } from 'node:crypto'
import { aContact, aCustomer } from '@cartera/db/testing/builders'
import { describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()

describe('contacts over HTTP', () => {
  test('a contact is added, changed, listed and deleted', async () => {
    const { headers } = await api.signedIn()
    const customer = await aCustomer(api.database.db)
    const path = `/api/v1/customers/${customer.id}/contacts`
    const made = await api
      .request()
      .post(path)
      .set(headers)
      .send({ name: 'Rosa Ibáñez', email: 'rosa@cliente.test', position: 'Tesorera', receivesNotices: true })
      .expect(201)
    expect(made.body).toMatchObject({ name: 'Rosa Ibáñez', receivesNotices: true, mobile: null, version: 1 })
    const changed = await api
      .request()
      .patch(`${path}/${made.body.id}`)
      .set(headers)
      .send({ mobile: '099', email: '', version: 1 })
      .expect(200)
    expect(changed.body).toMatchObject({ mobile: '099', email: null, position: 'Tesorera', version: 2 })
    const stale = await api.request().patch(`${path}/${made.body.id}`).set(headers).send({ name: 'x', version: 1 }).expect(409)
    expect(stale.body.code).toBe('changed-meanwhile')
    const listed = await api.request().get(`${path}?q=ibanez`).set(headers).expect(200)
    expect(listed.body.items).toEqual([changed.body])
    await api.request().delete(`${path}/${made.body.id}`).set(headers).expect(204)
    await api.request().delete(`${path}/${made.body.id}`).set(headers).expect(404)
    expect((await api.request().get(path).set(headers).expect(200)).body.items).toEqual([])
  })

  test('a contact is reached through its own customer only', async () => {
    const { headers } = await api.signedIn()
    const contact = await aContact(api.database.db)
    const other = await aCustomer(api.database.db)
    for (const id of [other.id, randomUUID()]) {
      const path = `/api/v1/customers/${id}/contacts/${contact.id}`
      await api.request().patch(path).set(headers).send({ name: 'x', version: 1 }).expect(404)
      await api.request().delete(path).set(headers).expect(404)
    }
  })

  test('without the permission contacts are read and not written; wrong data is refused at its field', async () => {
    const plain = await api.signedIn({ permissions: [] })
    const contact = await aContact(api.database.db)
    const path = `/api/v1/customers/${contact.customerId}/contacts`
    expect((await api.request().get(path).set(plain.headers).expect(200)).body.items).toHaveLength(1)
    await api.request().post(path).set(plain.headers).send({ name: 'x' }).expect(403)
    await api.request().delete(`${path}/${contact.id}`).set(plain.headers).expect(403)
    const { headers } = await api.signedIn()
    const answer = await api.request().post(path).set(headers).send({ email: 'rosa@', receivesNotices: 'yes' }).expect(400)
    expect(answer.body.errors.map((each: { field: string }) => each.field).sort()).toEqual(['email', 'name', 'receivesNotices'])
  })
})
