import { aCompany, aProfile, aUser } from '@cartera/db/testing/builders'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
// Who one is (GET me) speaks of the company.
beforeAll(async () => void (await aCompany(api.database.db)))
const base = '/api/v1/access-profiles'

describe('access profiles over HTTP', () => {
  test('are added, changed and deleted; what they give holds from the next request on', async () => {
    const { headers } = await api.signedIn()
    const made = await api
      .request()
      .post(base)
      .set(headers)
      .send({ name: ' Cobranza ', level: 3, customerLevel: 2, permissions: ['export', 'import', 'export'] })
      .expect(201)
    expect(made.body).toMatchObject({
      name: 'Cobranza',
      level: 3,
      customerLevel: 2,
      permissions: ['import', 'export'],
      userCount: 0,
      version: 1,
    })
    const holder = await api.signedIn({ profileId: made.body.id })
    await api.request().get('/api/v1/company').set(holder.headers).expect(403)
    await api
      .request()
      .patch(`${base}/${made.body.id}`)
      .set(headers)
      .send({ level: 2, permissions: ['company-settings'], version: 1 })
      .expect(200)
    const me = await api.request().get('/api/v1/me').set(holder.headers)
    expect(me.body).toMatchObject({ level: 2, permissions: ['company-settings'] })

    const inUse = await api.request().delete(`${base}/${made.body.id}`).set(headers).expect(409)
    expect(inUse.body.code).toBe('in-use')
    const free = await aProfile(api.database.db)
    await api.request().delete(`${base}/${free.id}`).set(headers).expect(204)
    await api.request().delete(`${base}/${free.id}`).set(headers).expect(404)
  })

  test('a level that does not exist, an unknown permission and a taken name are refused', async () => {
    const { headers } = await api.signedIn()
    await aProfile(api.database.db, { name: 'Tomado' })
    const good = { name: 'Nuevo', level: 4, customerLevel: 4, permissions: [] }
    for (const [over, status, field] of [
      [{ level: 0 }, 400, 'level'],
      [{ level: 5 }, 400, 'level'],
      [{ level: '1' }, 400, 'level'],
      [{ customerLevel: null }, 400, 'customerLevel'],
      [{ permissions: ['everything'] }, 400, 'permissions.0'],
      [{ name: 'TOMADO' }, 409, 'name'],
    ] as const) {
      const answer = await api
        .request()
        .post(base)
        .set(headers)
        .send({ ...good, ...over })
      expect([over, answer.status, answer.body.errors?.[0]?.field]).toEqual([over, status, field])
    }
  })

  test('two people who change the same profile do not overwrite each other', async () => {
    const { headers } = await api.signedIn()
    const profile = await aProfile(api.database.db, { level: 4 })
    await api.request().patch(`${base}/${profile.id}`).set(headers).send({ name: 'Uno', version: 1 }).expect(200)
    const second = await api.request().patch(`${base}/${profile.id}`).set(headers).send({ name: 'Dos', version: 1 }).expect(409)
    expect(second.body.code).toBe('changed-meanwhile')
  })

  test('only those who manage users read or write them', async () => {
    const { headers } = await api.signedIn({ permissions: ['manage-catalogues'] })
    const profile = await aProfile(api.database.db)
    await api.request().get(base).set(headers).expect(403)
    await api.request().patch(`${base}/${profile.id}`).set(headers).send({ name: 'X', version: 1 }).expect(403)
    await api.request().delete(`${base}/${profile.id}`).set(headers).expect(403)
  })

  test('below level 1 nobody makes or keeps changing a profile that has more than they have', async () => {
    const manager = await api.signedIn({ level: 2, permissions: ['manage-users'] })
    const refused = async (body: object) =>
      (
        await api
          .request()
          .post(base)
          .set(manager.headers)
          .send({ name: 'N', level: 3, customerLevel: 3, permissions: [], ...body })
          .expect(403)
      ).body.errors
    expect(await refused({ level: 1 })).toMatchObject([{ field: 'level', code: 'not-allowed' }])
    expect(await refused({ permissions: ['import'] })).toMatchObject([{ field: 'permissions', code: 'not-allowed' }])
    const mine = manager.user.profileId
    await api.request().patch(`${base}/${mine}`).set(manager.headers).send({ level: 1, version: 1 }).expect(403)
    const higher = await aProfile(api.database.db)
    await api.request().patch(`${base}/${higher.id}`).set(manager.headers).send({ level: 4, version: 1 }).expect(403)
    await api.request().delete(`${base}/${higher.id}`).set(manager.headers).expect(403)
  })

  test('the list goes by level and name, pages without gaps, and counts users', async () => {
    const { headers } = await api.signedIn()
    const profile = await aProfile(api.database.db, { name: 'zz A', level: 4 })
    await aProfile(api.database.db, { name: 'zz B', level: 2 })
    await aProfile(api.database.db, { name: 'zz C', level: 2 })
    await aUser(api.database.db, { profileId: profile.id })
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const query: string = `q=zz&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`
      const answer = await api.request().get(`${base}?${query}`).set(headers).expect(200)
      seen.push(...answer.body.items.map((each: { name: string; userCount: number }) => `${each.name} ${each.userCount}`))
      cursor = answer.body.nextCursor
    }
    expect(seen).toEqual(['zz B 0', 'zz C 0', 'zz A 1'])
  })
})
