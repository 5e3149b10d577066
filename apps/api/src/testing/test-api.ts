import { aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { openSession } from '@cartera/use-cases/session/sign-in'
import { type TestContext, testContext } from '@cartera/use-cases/testing/test-context'
import type { FastifyInstance } from 'fastify'
import supertest from 'supertest'
import { afterAll, beforeAll } from 'vitest'
import { buildApp } from '../app.ts'

type Person = NonNullable<Parameters<typeof aUser>[1]>

/** For `.parse()` of a request that downloads a file. */
export function bytes(response: Pick<NodeJS.EventEmitter, 'on'>, done: (error: Error | null, body: Buffer) => void): void {
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  response.on('end', () => done(null, Buffer.concat(chunks)))
}

/** For a route's test: the whole API over a database of its own, and people who are signed in. */
export function testApi() {
  const database = testDatabase()
  const ctx: TestContext = testContext(database)
  let app: FastifyInstance | undefined
  beforeAll(async () => {
    app = await buildApp(ctx, { logger: false, trustProxy: false, webDir: null, requestsPerMinute: 100_000, busyAfterMs: 0 })
    await app.ready()
  })
  afterAll(async () => app?.close())
  const running = () => {
    if (!app) throw new Error('the API is there only while tests run')
    return app
  }
  return {
    ctx,
    database,
    get app() {
      return running()
    },
    request: () => supertest(running().server),
    /** Makes a user and signs them in; `token` goes into the authorization header. */
    async signedIn(person: Person = {}) {
      const user = await aUser(database.db, person)
      const session = await openSession(ctx, user.id)
      const seconds = Math.floor(ctx.now().getTime() / 1000)
      const token = running().jwt.sign({ sub: user.id, sid: session.sessionId, iat: seconds, exp: seconds + 900 } as never)
      return { user, session, token, headers: { authorization: `Bearer ${token}`, 'accept-language': 'en' } }
    },
  }
}
