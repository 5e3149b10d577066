import { aDepartment, aUser } from '@cartera/db/testing/builders'
import { describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()

describe('departments over HTTP', () => {
  test('a person with the permission adds, renames and deletes a department', async () => {
    const { headers } = await api.signedIn()
    const made = await api.request().post('/api/v1/departments').set(headers).send({ code: ' B2 ', name: 'Norte' }).expect(201)
    expect(made.body).toMatchObject({ code: 'B2', name: 'Norte', active: true, userCount: 0, version: 1 })
    const changed = await api
      .request()
      .patch(`/api/v1/departments/${made.body.id}`)
      .set(headers)
      .send({ name: 'Norte Grande', version: 1 })
      .expect(200)
    expect(changed.body).toMatchObject({ name: 'Norte Grande', version: 2 })
    await api.request().delete(`/api/v1/departments/${made.body.id}`).set(headers).expect(204)
    await api.request().delete(`/api/v1/departments/${made.body.id}`).set(headers).expect(404)
  })

  test('two people who change the same department do not overwrite each other', async () => {
    const { headers } = await api.signedIn()
    const department = await aDepartment(api.database.db)
    await api.request().patch(`/api/v1/departments/${department.id}`).set(headers).send({ name: 'Una', version: 1 }).expect(200)
    const second = await api
      .request()
      .patch(`/api/v1/departments/${department.id}`)
      .set(headers)
      .send({ name: 'Otra', version: 1 })
      .expect(409)
    expect(second.body).toMatchObject({ code: 'changed-meanwhile' })
  })

  test('without the permission the answer is a refusal with its sentence in the reader’s language', async () => {
    const { headers } = await api.signedIn({ permissions: [] })
    const answer = await api
      .request()
      .post('/api/v1/departments')
      .set({ ...headers, 'accept-language': 'es' })
      .send({ code: 'X', name: 'X' })
      .expect(403)
    expect(answer.body).toMatchObject({ code: 'not-allowed', status: 403, detail: 'Su perfil de acceso no permite hacer esto.' })
    expect(answer.headers['content-type']).toContain('application/problem+json')
  })

  test('every field that is wrong is named at once; nothing is coerced, unknown fields are errors', async () => {
    const { headers } = await api.signedIn()
    const answer = await api
      .request()
      .post('/api/v1/departments')
      .set(headers)
      .send({ code: null, name: ['x'], colour: 'red' })
      .expect(400)
    expect(answer.body.errors.map((each: { field: string; code: string }) => `${each.field} ${each.code}`).sort()).toEqual([
      'code type',
      'colour unknown',
      'name type',
    ])
  })

  test('a code that is taken is refused at its field', async () => {
    const { headers } = await api.signedIn()
    const department = await aDepartment(api.database.db, { code: 'TOMADO' })
    const answer = await api
      .request()
      .post('/api/v1/departments')
      .set(headers)
      .send({ code: 'tomado', name: 'Distinta' })
      .expect(409)
    expect(department.code).toBe('TOMADO')
    expect(answer.body.errors).toEqual([{ field: 'code', code: 'code-taken', detail: 'Another one has that code.' }])
  })

  test('a department with people cannot be deleted', async () => {
    const { headers } = await api.signedIn()
    const department = await aDepartment(api.database.db)
    await aUser(api.database.db, { departmentId: department.id })
    const answer = await api.request().delete(`/api/v1/departments/${department.id}`).set(headers).expect(409)
    expect(answer.body.code).toBe('in-use')
  })

  test('the list says how many people each department has', async () => {
    const { headers } = await api.signedIn()
    const department = await aDepartment(api.database.db, { name: 'contada' })
    for (let n = 0; n < 2; n += 1) await aUser(api.database.db, { departmentId: department.id })
    const answer = await api.request().get('/api/v1/departments?q=contada').set(headers).expect(200)
    expect(answer.body.items).toMatchObject([{ id: department.id, userCount: 2 }])
  })

  test('pages follow each other without gaps or repeats, in either direction', async () => {
    const { headers } = await api.signedIn()
    for (const name of ['zz-1', 'zz-2', 'zz-3']) await aDepartment(api.database.db, { name })
    for (const sort of ['name', '-name']) {
      const seen: string[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const query: string = `q=zz-&limit=2&sort=${sort}${cursor === '' ? '' : `&cursor=${cursor}`}`
        const answer = await api.request().get(`/api/v1/departments?${query}`).set(headers).expect(200)
        seen.push(...answer.body.items.map((each: { name: string }) => each.name))
        cursor = answer.body.nextCursor
      }
      expect(seen).toEqual(sort === 'name' ? ['zz-1', 'zz-2', 'zz-3'] : ['zz-3', 'zz-2', 'zz-1'])
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
      const answer = await api.request().get(`/api/v1/departments?${query}`).set(headers)
      expect([query, answer.status]).toEqual([query, 400])
    }
  })
})
