import { aBranch, aCompany } from '@cartera/db/testing/builders'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
beforeAll(async () => void (await aCompany(api.database.db)))

describe('audit over HTTP', () => {
  test('says who changed what, from what to what, and from where', async () => {
    const { headers, user } = await api.signedIn()
    const branch = await aBranch(api.database.db, { name: 'Antes' })
    await api.request().patch(`/api/v1/branches/${branch.id}`).set(headers).send({ name: 'Después', version: 1 }).expect(200)
    const answer = await api.request().get(`/api/v1/audit?entity=branch&entityId=${branch.id}`).set(headers).expect(200)
    expect(answer.body.items).toMatchObject([
      {
        action: 'change',
        actor: { id: user.id, name: user.name },
        changes: [{ field: 'name', before: 'Antes', after: 'Después' }],
        at: '2026-03-02T15:00:00.000Z',
      },
    ])
    expect(answer.body.items[0].address).toContain('127.0.0.1')
  })

  test('filters by person and by days of the company, and pages without gaps', async () => {
    const { headers, user } = await api.signedIn()
    // 04:30 UTC of the 11th is still the 10th in Bogota.
    for (const [index, at] of ['2026-03-10T04:30:00Z', '2026-03-11T04:30:00Z', '2026-03-11T05:00:00Z'].entries()) {
      api.ctx.at(at)
      await api
        .request()
        .post('/api/v1/branches')
        .set({ authorization: (await api.signedIn({ profileId: user.profileId })).headers.authorization })
        .send({ code: `A${index}`, name: `Auditada ${index}` })
        .expect(201)
    }
    const later = await api.signedIn({ profileId: user.profileId })
    const query = 'entity=branch&from=2026-03-10&to=2026-03-10'
    const found = await api.request().get(`/api/v1/audit?${query}`).set(later.headers).expect(200)
    expect(found.body.items.map((each: { at: string }) => each.at)).toEqual(['2026-03-11T04:30:00.000Z'])
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: string = `entity=branch&from=2026-03-09&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`
      const answer = await api.request().get(`/api/v1/audit?${page}`).set(later.headers).expect(200)
      seen.push(...answer.body.items.map((each: { at: string }) => each.at.slice(0, 16)))
      cursor = answer.body.nextCursor
    }
    expect(seen).toEqual(['2026-03-11T05:00', '2026-03-11T04:30', '2026-03-10T04:30'])
    const own = await api.request().get(`/api/v1/audit?actor=${later.user.id}`).set(later.headers).expect(200)
    expect(own.body.items.map((each: { action: string }) => each.action)).toEqual(['sign-in'])
    expect(headers.authorization).toBeTruthy()
  })

  test('is for level 1 alone, whatever the permissions', async () => {
    for (const level of [2, 3, 4] as const) {
      const { headers } = await api.signedIn({ level })
      await api.request().get('/api/v1/audit').set(headers).expect(403)
    }
    const { headers } = await api.signedIn()
    for (const query of ['from=ayer', 'actor=1', 'limit=0', 'cursor=x', 'entity=', 'q=x'])
      expect([query, (await api.request().get(`/api/v1/audit?${query}`).set(headers)).status]).toEqual([query, 400])
  })
})
