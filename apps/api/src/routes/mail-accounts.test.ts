import { aCompany } from '@cartera/db/testing/builders'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
beforeAll(async () => void (await aCompany(api.database.db)))
const url = '/api/v1/me/mail-account'
const good = {
  address: 'ana@empresa.test',
  displayName: 'Ana',
  host: '127.0.0.1',
  port: 1,
  security: 'none',
  username: 'ana',
  password: 'secreta',
}

describe('my mail account over HTTP', () => {
  test('is defined, read without its password, tried, and removed; each person has their own', async () => {
    const { headers } = await api.signedIn({ level: 4, permissions: [] })
    const other = await api.signedIn()
    expect((await api.request().get(url).set(headers).expect(200)).body).toEqual({ account: null, suggested: null })
    const put = await api.request().put(url).set(headers).send(good).expect(200)
    expect(put.body.account).toEqual({
      address: 'ana@empresa.test',
      displayName: 'Ana',
      host: '127.0.0.1',
      port: 1,
      security: 'none',
      username: 'ana',
      hasPassword: true,
      authMethod: 'password',
      oauth: { tokenUrl: null, clientId: null, hasClientSecret: false, hasRefreshToken: false },
      dailyCap: null,
      imap: null,
      handshakeSentAt: null,
      pausedByPerson: false,
      state: 'unverified',
      verifiedAt: null,
      lastError: null,
    })
    expect((await api.request().get(url).set(other.headers)).body.account).toBeNull()
    const tried = await api.request().post(`${url}/verifications`).set(headers).expect(422)
    expect(tried.body).toMatchObject({ code: 'mail-server-unreachable', errors: [{ field: 'host' }] })
    expect(tried.body.detail).toContain('ECONNREFUSED')
    await api.request().post(`${url}/verifications`).set(other.headers).expect(409)
    await api.request().delete(url).set(other.headers).expect(404)
    await api.request().delete(url).set(headers).expect(204)
    expect((await api.request().get(url).set(headers)).body.account).toBeNull()
  })

  test('wrong data is refused at its field', async () => {
    const { headers } = await api.signedIn()
    for (const [over, status, field] of [
      [{ address: 'ana' }, 400, 'address'],
      [{ address: 'ana@localhost' }, [400, 422], 'address'],
      [{ port: 0 }, 400, 'port'],
      [{ port: 65536 }, 400, 'port'],
      [{ port: '25' }, 400, 'port'],
      [{ security: 'ssl' }, 400, 'security'],
      [{ host: 'a b' }, 400, 'host'],
      [{ host: 'smtp://x' }, 400, 'host'],
      [{ host: 'x\r\nRCPT' }, 400, 'host'],
      [{ displayName: ' ' }, 400, 'displayName'],
      [{ state: 'verified' }, 400, 'state'],
    ] as const) {
      const answer = await api
        .request()
        .put(url)
        .set(headers)
        .send({ ...good, ...over })
      expect([over, [status].flat().includes(answer.status as never), answer.body.errors?.[0]?.field]).toEqual([
        over,
        true,
        field,
      ])
    }
  })

  test('nobody without a session', async () => {
    await api.request().get(url).expect(401)
    await api.request().put(url).send(good).expect(401)
    await api.request().post(`${url}/verifications`).expect(401)
  })
})
