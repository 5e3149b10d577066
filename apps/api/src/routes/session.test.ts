import { createHmac } from 'node:crypto'
import { users } from '@cartera/db/schema/organisation'
import { aBranch, aDepartment, aProfile, aUser } from '@cartera/db/testing/builders'
import { hashPassword } from '@cartera/use-cases/session/passwords'
import { describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
const password = 'correct horse battery'

async function aPersonWithPassword(email: string) {
  return aUser(api.database.db, { email, passwordHash: await hashPassword(password) })
}

const cookieOf = (answer: { headers: Record<string, unknown> }) => {
  const cookies = answer.headers['set-cookie'] as unknown as string[]
  return cookies[0] ?? ''
}

describe('session over HTTP', () => {
  test('the installation is set up once; afterwards the same request is refused', async () => {
    const body = {
      company: { name: 'Comercial Andina', timeZone: 'America/Bogota', currency: 'COP', language: 'es' },
      administrator: { name: 'Ana', email: 'ana@andina.test', password },
    }
    expect((await api.request().get('/api/v1/set-up').expect(200)).body).toEqual({ needed: true })
    const wrong = await api
      .request()
      .post('/api/v1/set-up')
      .send({ ...body, company: { ...body.company, timeZone: 'Mars/Olympus' } })
      .expect(422)
    expect(wrong.body.errors[0]).toMatchObject({ field: 'company.timeZone', code: 'time-zone-unknown' })
    const short = await api
      .request()
      .post('/api/v1/set-up')
      .send({ ...body, administrator: { ...body.administrator, password: 'short' } })
      .expect(422)
    expect(short.body.errors[0]).toMatchObject({ field: 'administrator.password', code: 'password-too-short' })

    const made = await api.request().post('/api/v1/set-up').send(body).expect(201)
    const me = await api.request().get('/api/v1/me').set('authorization', `Bearer ${made.body.accessToken}`).expect(200)
    expect(me.body).toMatchObject({
      name: 'Ana',
      level: 1,
      company: { name: 'Comercial Andina', timeZone: 'America/Bogota', today: '2026-03-02' },
    })
    expect((await api.request().get('/api/v1/set-up').expect(200)).body).toEqual({ needed: false })
    await api.request().post('/api/v1/set-up').send(body).expect(409)
  })

  test('a wrong password, an unknown account and a disabled one answer alike', async () => {
    await aPersonWithPassword('known@andina.test')
    await aUser(api.database.db, { email: 'gone@andina.test', passwordHash: await hashPassword(password), active: false })
    const answers = await Promise.all(
      [
        { email: 'known@andina.test', password: 'wrong' },
        { email: 'unknown@andina.test', password },
        { email: 'gone@andina.test', password },
      ].map((body) => api.request().post('/api/v1/session').send(body)),
    )
    for (const answer of answers) {
      const { requestId, ...same } = answer.body
      expect(requestId).toBeTypeOf('string')
      expect(same).toEqual({
        type: '/problems/credentials-wrong',
        title: expect.any(String),
        status: 401,
        code: 'credentials-wrong',
        detail: expect.any(String),
      })
    }
  })

  test('guessing is stopped, even with the right password at last, until the window has passed', async () => {
    await aPersonWithPassword('guessed@andina.test')
    for (let attempt = 0; attempt < 8; attempt++)
      await api
        .request()
        .post('/api/v1/session')
        .send({ email: 'Guessed@andina.test', password: `wrong ${attempt}` })
        .expect(401)
    const stopped = await api.request().post('/api/v1/session').send({ email: 'guessed@andina.test', password }).expect(429)
    expect(stopped.body.code).toBe('too-many-attempts')
    api.ctx.at('2026-03-02T15:16:00Z')
    await api.request().post('/api/v1/session').send({ email: 'guessed@andina.test', password }).expect(200)
    api.ctx.at('2026-03-02T15:00:00Z')
  })

  test('the refresh cookie is out of reach of scripts and is rotated; reuse after the grace ends the session', async () => {
    await aPersonWithPassword('rotating@andina.test')
    const signedIn = await api.request().post('/api/v1/session').send({ email: 'rotating@andina.test', password }).expect(200)
    const first = cookieOf(signedIn)
    expect(first).toMatch(/HttpOnly/)
    expect(first).toMatch(/SameSite=Strict/)
    const second = await api.request().post('/api/v1/session/refreshes').set('cookie', first).expect(200)
    const again = await api.request().post('/api/v1/session/refreshes').set('cookie', first).expect(200)
    expect(cookieOf(again).split(';')[0]).toBe(cookieOf(second).split(';')[0])
    api.ctx.at('2026-03-02T15:01:00Z')
    await api.request().post('/api/v1/session/refreshes').set('cookie', first).expect(401)
    await api.request().post('/api/v1/session/refreshes').set('cookie', cookieOf(second)).expect(401)
    await api.request().get('/api/v1/me').set('authorization', `Bearer ${second.body.accessToken}`).expect(401)
    api.ctx.at('2026-03-02T15:00:00Z')
  })

  test('signing out ends the session at once, also for tokens already issued', async () => {
    await aPersonWithPassword('leaving@andina.test')
    const signedIn = await api.request().post('/api/v1/session').send({ email: 'leaving@andina.test', password }).expect(200)
    await api.request().delete('/api/v1/session').set('cookie', cookieOf(signedIn)).expect(204)
    await api.request().get('/api/v1/me').set('authorization', `Bearer ${signedIn.body.accessToken}`).expect(401)
  })

  test('a disabled user is out at once; place and level are those of now', async () => {
    const { user, headers } = await api.signedIn({ level: 4 })
    const elsewhere = await aBranch(api.database.db, { name: 'Otra sucursal' })
    const department = await aDepartment(api.database.db, { name: 'Cobranza central' })
    const profile = await aProfile(api.database.db, { level: 2, permissions: ['export'] })
    await api.ctx.db.update(users).set({ branchId: elsewhere.id, departmentId: department.id, profileId: profile.id })
    const me = await api.request().get('/api/v1/me').set(headers)
    if (me.status === 200) expect(me.body).toMatchObject({ level: 2, branch: { name: 'Otra sucursal' }, permissions: ['export'] })
    await api.ctx.db.update(users).set({ active: false })
    await api.request().get('/api/v1/me').set(headers).expect(401)
    await api.ctx.db.update(users).set({ active: true })
    expect(user.active).toBe(true)
  })

  test('every fault of a token is the same 401', async () => {
    const { token } = await api.signedIn()
    const [head = '', claims = '', signature = ''] = token.split('.')
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const payload = JSON.parse(Buffer.from(claims, 'base64url').toString())
    const signed = (value: object, header: object = { alg: 'HS256', typ: 'JWT' }) => {
      const input = `${encode(header)}.${encode(value)}`
      return `${input}.${createHmac('sha256', api.ctx.secrets.tokenKey).update(input).digest('base64url')}`
    }
    const { sub, exp, aud, iss, ...rest } = payload
    const tokens: Record<string, string> = {
      empty: '',
      nonsense: 'nonsense',
      'wrong signature': `${head}.${claims}.${signature.slice(0, -4)}AAAA`,
      'alg none': `${encode({ alg: 'none', typ: 'JWT' })}.${claims}.`,
      expired: signed({ ...payload, exp: exp - 10_000 }),
      'no expiry': signed({ ...rest, sub, aud, iss }),
      'no subject': signed({ ...rest, exp, aud, iss }),
      'other issuer': signed({ ...payload, iss: 'someone' }),
      'other audience': signed({ ...payload, aud: 'someone' }),
      'subject that is no id': signed({ ...payload, sub: "' or 1=1" }),
      'unknown user': signed({ ...payload, sub: '00000000-0000-7000-8000-000000000000' }),
    }
    expect(
      (
        await api
          .request()
          .get('/api/v1/me')
          .set('authorization', `Bearer ${signed(payload)}`)
      ).status,
    ).toBe(200)
    for (const [fault, each] of Object.entries(tokens)) {
      const answer = await api.request().get('/api/v1/me').set('authorization', `Bearer ${each}`)
      expect([fault, answer.status, answer.body.code]).toEqual([fault, 401, 'token-invalid'])
    }
  })

  test('changing the password needs the present one and ends the other sessions', async () => {
    await aPersonWithPassword('changing@andina.test')
    const signIn = () => api.request().post('/api/v1/session').send({ email: 'changing@andina.test', password }).expect(200)
    const [here, elsewhere] = [await signIn(), await signIn()]
    const put = (body: object) =>
      api.request().put('/api/v1/me/password').set('authorization', `Bearer ${here.body.accessToken}`).send(body)
    expect((await put({ currentPassword: 'wrong', newPassword: 'a new password' }).expect(422)).body.errors[0].field).toBe(
      'currentPassword',
    )
    await put({ currentPassword: password, newPassword: 'a new password' }).expect(204)
    await api.request().get('/api/v1/me').set('authorization', `Bearer ${elsewhere.body.accessToken}`).expect(401)
    await api.request().get('/api/v1/me').set('authorization', `Bearer ${here.body.accessToken}`).expect(200)
    await api.request().post('/api/v1/session').send({ email: 'changing@andina.test', password: 'a new password' }).expect(200)
  })

  test('what is no JSON, too large or of another type is refused without a fault', async () => {
    await api.request().post('/api/v1/session').set('content-type', 'application/json').send('{"email":').expect(400)
    await api.request().post('/api/v1/session').set('content-type', 'text/plain').send('hello').expect(415)
    await api
      .request()
      .post('/api/v1/session')
      .send({ email: 'a', password: 'x'.repeat(2_000_000) })
      .expect(413)
    await api
      .request()
      .post('/api/v1/session')
      .set('content-type', 'application/json')
      .send('{"email":"a","password":"b","__proto__":{"admin":true}}')
      .expect(400)
    expect((await api.request().get('/api/v1/nothing').expect(404)).body.code).toBe('not-found')
  })
})
