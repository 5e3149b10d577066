import { randomUUID } from 'node:crypto'
import { noticeWorkers } from '@cartera/db/schema/notices'
import { aCompany } from '@cartera/db/testing/builders'
import { beforeAll, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
const url = '/api/v1/notice-sending'

beforeAll(async () => void (await aCompany(api.database.db)))

test('a worker that is silent or may not send is seen from outside, and makes the API no less ready', async () => {
  const { ctx } = api
  const ready = async () => (await api.request().get('/readyz').expect(200)).body
  expect(await ready()).toMatchObject({ status: 'ready', worker: { state: 'silent', secondsSinceBeat: null } })
  const beatAgo = (seconds: number, state: 'sending' | 'blocked') =>
    api.database.db.insert(noticeWorkers).values({
      id: randomUUID(),
      host: 'servidor',
      state,
      startedAt: ctx.now(),
      seenAt: new Date(ctx.now().getTime() - seconds * 1000),
    })
  await beatAgo(300, 'sending')
  expect((await ready()).worker).toEqual({ state: 'silent', secondsSinceBeat: 300 })
  await beatAgo(60, 'blocked')
  expect((await ready()).worker).toEqual({ state: 'blocked', secondsSinceBeat: 60 })
  await beatAgo(5, 'sending')
  expect(await ready()).toMatchObject({ database: 'ok', worker: { state: 'sending', secondsSinceBeat: 5 } })
  await api.request().get('/healthz').expect(200, { status: 'alive' })
  await api.database.db.delete(noticeWorkers)
})

test('an administrator sees a worker that must not send, and confirms it by its name; nobody else does', async () => {
  const { ctx } = api
  const worker = { host: 'servidor-nuevo', epoch: 'nueva', startedAt: ctx.now(), seenAt: ctx.now() }
  await api.database.db.insert(noticeWorkers).values([
    { id: randomUUID(), ...worker, state: 'blocked', reason: 'epoch-mismatch' },
    { id: randomUUID(), ...worker, epoch: 'vieja', state: 'sending', seenAt: new Date(ctx.now().getTime() - 600_000) },
  ])
  const agent = await api.signedIn({ permissions: [] })
  await api.request().get(url).set(agent.headers).expect(403)
  const confirmation = `${url}/confirmations`
  await api.request().post(confirmation).set(agent.headers).send({ epoch: 'nueva' }).expect(403)
  const { headers } = await api.signedIn({ permissions: ['company-settings'] })
  const seen = await api.request().get(url).set(headers).expect(200)
  expect(seen.body).toMatchObject({ sending: false, workers: [{ host: 'servidor-nuevo', reason: 'epoch-mismatch' }] })
  // A machine that nobody has heard of lately cannot be named by a slip.
  await api.request().post(confirmation).set(headers).send({ epoch: 'vieja' }).expect(422)
  const confirmed = await api.request().post(confirmation).set(headers).send({ epoch: 'nueva' }).expect(200)
  expect(confirmed.body).toMatchObject({ epoch: 'nueva' })
})
