import { notes } from '@cartera/db/schema/customers'
import { aBranch, aCompany, aDepartment, aNote, aProfile, aUser } from '@cartera/db/testing/builders'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf } from '@cartera/domain/access/access-scope'
import { signIn } from '@cartera/use-cases/session/sign-in'
import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
// Who one is (GET me) speaks of the company.
beforeAll(async () => void (await aCompany(api.database.db)))
const password = 'una clave larga'
const nobody = '00000000-0000-4000-8000-000000000000'

async function aPlace() {
  const [branch, department] = [await aBranch(api.database.db), await aDepartment(api.database.db)]
  return { branchId: branch.id, departmentId: department.id }
}

describe('users over HTTP', () => {
  test('a person who manages users adds one, who then signs in', async () => {
    const { headers } = await api.signedIn()
    const profile = await aProfile(api.database.db, { level: 3, permissions: [] })
    const place = await aPlace()
    const made = await api
      .request()
      .post('/api/v1/users')
      .set(headers)
      .send({ name: ' Ana Vera ', email: 'Ana.Vera@empresa.test', password, profileId: profile.id, language: 'es', ...place })
      .expect(201)
    expect(made.body).toMatchObject({
      name: 'Ana Vera',
      email: 'Ana.Vera@empresa.test',
      active: true,
      profile: { id: profile.id },
      branch: { id: place.branchId },
      department: { id: place.departmentId },
      lastSignInAt: null,
      version: 1,
    })
    expect(JSON.stringify(made.body)).not.toContain('password')
    await api.request().post('/api/v1/session').send({ email: 'ana.vera@empresa.test', password }).expect(200)
    const taken = await api
      .request()
      .post('/api/v1/users')
      .set(headers)
      .send({ name: 'Otra', email: 'ANA.VERA@empresa.test', password, profileId: profile.id, ...place })
      .expect(409)
    expect(taken.body.errors).toMatchObject([{ field: 'email', code: 'email-taken' }])
  })

  test('wrong data is refused at its field', async () => {
    const { headers } = await api.signedIn()
    const profile = await aProfile(api.database.db)
    const place = await aPlace()
    const closed = await aBranch(api.database.db, { active: false })
    const good = { name: 'X', email: 'x@empresa.test', password, profileId: profile.id, ...place }
    for (const [over, status, field, code] of [
      [{ password: 'corta' }, 422, 'password', 'password-too-short'],
      [{ branchId: nobody }, 422, 'branchId', 'reference-unknown'],
      [{ branchId: closed.id }, 422, 'branchId', 'reference-unknown'],
      [{ departmentId: nobody }, 422, 'departmentId', 'reference-unknown'],
      [{ profileId: nobody }, 422, 'profileId', 'reference-unknown'],
      [{ email: 'nadie' }, 400, 'email', 'email'],
      [{ name: '  ' }, 400, 'name', 'required'],
      [{ language: 'fr' }, 400, 'language', 'choice'],
      [{ isAdmin: true }, 400, 'isAdmin', 'unknown'],
    ] as const) {
      const answer = await api
        .request()
        .post('/api/v1/users')
        .set(headers)
        .send({ ...good, ...over })
      expect([over, answer.status, answer.body.errors?.[0]?.field, answer.body.errors?.[0]?.code]).toEqual([
        over,
        status,
        field,
        code,
      ])
    }
  })

  test('everybody reads who works where; what they sign in with and may do, only those who manage users', async () => {
    const other = await aUser(api.database.db, { name: 'Zulema Única', email: 'secreto@empresa.test' })
    const plain = await api.signedIn({ level: 4, permissions: [] })
    const manager = await api.signedIn()
    const seen = await api.request().get('/api/v1/users?q=zulema unica').set(plain.headers).expect(200)
    expect(seen.body.items).toEqual([
      {
        id: other.id,
        name: 'Zulema Única',
        active: true,
        branch: expect.objectContaining({ id: other.branchId }),
        department: expect.objectContaining({ id: other.departmentId }),
        email: null,
        profile: null,
        language: null,
        lastSignInAt: null,
        version: null,
      },
    ])
    const bySecret = await api.request().get('/api/v1/users?q=secreto').set(plain.headers).expect(200)
    expect(bySecret.body.items).toEqual([])
    await api.request().get(`/api/v1/users?profileId=${other.profileId}`).set(plain.headers).expect(403)
    const one = await api.request().get(`/api/v1/users/${other.id}`).set(manager.headers).expect(200)
    expect(one.body).toMatchObject({ email: 'secreto@empresa.test', version: 1 })
    const found = await api.request().get('/api/v1/users?q=SECRETO@').set(manager.headers).expect(200)
    expect(found.body.items).toHaveLength(1)
    await api.request().get(`/api/v1/users/${nobody}`).set(manager.headers).expect(404)
  })

  test('filters by branch, department, none, profile and state', async () => {
    const { headers } = await api.signedIn()
    const place = await aPlace()
    const inPlace = await aUser(api.database.db, place)
    const without = await aUser(api.database.db, { branchId: place.branchId, departmentId: null, active: false })
    const ids = async (query: string) =>
      (await api.request().get(`/api/v1/users?${query}`).set(headers).expect(200)).body.items.map(
        (each: { id: string }) => each.id,
      )
    expect(await ids(`departmentId=${place.departmentId}`)).toEqual([inPlace.id])
    expect(await ids(`branchId=${place.branchId}&departmentId=none`)).toEqual([without.id])
    expect(await ids(`branchId=${place.branchId}&active=true`)).toEqual([inPlace.id])
    expect(await ids(`profileId=${without.profileId}`)).toEqual([without.id])
  })

  test('without the permission nothing is written', async () => {
    const { headers } = await api.signedIn({ permissions: ['manage-catalogues'] })
    const user = await aUser(api.database.db)
    const profile = await aProfile(api.database.db)
    await api.request().patch(`/api/v1/users/${user.id}`).set(headers).send({ name: 'X', version: 1 }).expect(403)
    await api.request().put(`/api/v1/users/${user.id}/password`).set(headers).send({ newPassword: password }).expect(403)
    await api
      .request()
      .post('/api/v1/users')
      .set(headers)
      .send({ name: 'X', email: 'y@empresa.test', password, profileId: profile.id, ...(await aPlace()) })
      .expect(403)
  })

  test('two people who change the same user do not overwrite each other', async () => {
    const { headers } = await api.signedIn()
    const user = await aUser(api.database.db)
    const change = (name: string) => api.request().patch(`/api/v1/users/${user.id}`).set(headers).send({ name, version: 1 })
    const answers = await Promise.all([change('Una'), change('Otra')])
    expect(answers.map((each) => each.status).sort()).toEqual([200, 409])
  })

  test('disabling ends the sessions at once, and enabling does not bring them back', async () => {
    const { headers } = await api.signedIn()
    const victim = await api.signedIn()
    await api.request().get('/api/v1/me').set(victim.headers).expect(200)
    const url = `/api/v1/users/${victim.user.id}`
    const { version } = (await api.request().get(url).set(headers)).body
    await api.request().patch(url).set(headers).send({ active: false, version }).expect(200)
    await api.request().get('/api/v1/me').set(victim.headers).expect(401)
    await api
      .request()
      .patch(url)
      .set(headers)
      .send({ active: true, version: version + 1 })
      .expect(200)
    await api.request().get('/api/v1/me').set(victim.headers).expect(401)
  })

  test('a new password from the administrator replaces the old one and ends the sessions', async () => {
    const { headers } = await api.signedIn()
    const victim = await api.signedIn()
    await api
      .request()
      .put(`/api/v1/users/${victim.user.id}/password`)
      .set(headers)
      .send({ newPassword: 'otra clave larga' })
      .expect(204)
    await api.request().get('/api/v1/me').set(victim.headers).expect(401)
    await expect(signIn(api.ctx, { email: victim.user.email, password: 'otra clave larga' })).resolves.toMatchObject({
      userId: victim.user.id,
    })
    const short = await api.request().put(`/api/v1/users/${victim.user.id}/password`).set(headers).send({ newPassword: 'a' })
    expect([short.status, short.body.code]).toEqual([422, 'password-too-short'])
  })

  test('moving a user takes their past notes along, at once and as a whole', async () => {
    const { headers } = await api.signedIn()
    const [here, there] = [await aPlace(), await aPlace()]
    const author = await aUser(api.database.db, { ...here, level: 4 })
    const note = await aNote(api.database.db, { authorId: author.id })
    const sees = async (level: 2 | 3, place: typeof here) => {
      const scope = accessScopeOf({ userId: nobody, level, ...place })
      const rows = await api.database.db
        .select()
        .from(notes)
        .where(and(eq(notes.id, note.id), visibleTo(scope, notes.authorId)))
      return rows.length === 1
    }
    const picture = async () => [await sees(2, here), await sees(3, here), await sees(2, there), await sees(3, there)]
    expect(await picture()).toEqual([true, true, false, false])
    await api
      .request()
      .patch(`/api/v1/users/${author.id}`)
      .set(headers)
      .send({ ...there, version: 1 })
      .expect(200)
    expect(await picture()).toEqual([false, false, true, true])
    const moved = await api
      .request()
      .patch(`/api/v1/users/${author.id}`)
      .set(headers)
      .send({ departmentId: null, version: 2 })
      .expect(200)
    expect(moved.body.department).toBeNull()
    expect(await picture()).toEqual([false, false, true, false])
  })
})

describe('granting', () => {
  test('below level 1 nobody gives a level, a customer level or a permission that they lack', async () => {
    const manager = await api.signedIn({ level: 2, customerLevel: 2, permissions: ['manage-users', 'import'] })
    const db = api.database.db
    const profiles = {
      level: await aProfile(db, { level: 1, customerLevel: 2, permissions: [] }),
      customerLevel: await aProfile(db, { level: 2, customerLevel: 1, permissions: [] }),
      permissions: await aProfile(db, { level: 4, customerLevel: 4, permissions: ['company-settings'] }),
    }
    const place = { branchId: manager.user.branchId, departmentId: null }
    const own = await aProfile(db, { level: 2, customerLevel: 2, permissions: ['import'] })
    for (const [why, profile] of Object.entries(profiles)) {
      const answer = await api
        .request()
        .post('/api/v1/users')
        .set(manager.headers)
        .send({ name: 'X', email: `${why}@empresa.test`, password, profileId: profile.id, ...place })
      expect([why, answer.status, answer.body.errors?.[0]?.field]).toEqual([why, 403, 'profileId'])
    }
    const made = await api
      .request()
      .post('/api/v1/users')
      .set(manager.headers)
      .send({ name: 'X', email: 'own@empresa.test', password, profileId: own.id, ...place })
      .expect(201)
    const raised = await api
      .request()
      .patch(`/api/v1/users/${made.body.id}`)
      .set(manager.headers)
      .send({ profileId: profiles.level.id, version: 1 })
      .expect(403)
    expect(raised.body.errors[0].field).toBe('profileId')
    const elsewhere = await api
      .request()
      .patch(`/api/v1/users/${made.body.id}`)
      .set(manager.headers)
      .send({ branchId: (await aBranch(db)).id, version: 1 })
      .expect(403)
    expect(elsewhere.body.errors[0].field).toBe('branchId')
  })

  test('nor takes over the account of somebody who has more, or who is elsewhere', async () => {
    const manager = await api.signedIn({ level: 2, permissions: ['manage-users'] })
    const boss = await aUser(api.database.db, { branchId: manager.user.branchId, level: 1 })
    const elsewhere = await aUser(api.database.db, { level: 4, permissions: [] })
    for (const user of [boss, elsewhere]) {
      await api
        .request()
        .put(`/api/v1/users/${user.id}/password`)
        .set(manager.headers)
        .send({ newPassword: password })
        .expect(403)
      await api
        .request()
        .patch(`/api/v1/users/${user.id}`)
        .set(manager.headers)
        .send({ email: 'm@m.test', version: 1 })
        .expect(403)
    }
    const self = await api
      .request()
      .patch(`/api/v1/users/${manager.user.id}`)
      .set(manager.headers)
      .send({ branchId: elsewhere.branchId, version: 1 })
    expect(self.status).toBe(403)
  })
})
