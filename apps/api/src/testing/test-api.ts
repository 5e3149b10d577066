import { relative, resolve } from 'node:path'
import { aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { AppContext } from '@cartera/use-cases/app-context'
import { openSession } from '@cartera/use-cases/session/sign-in'
import { type TestContext, testContext } from '@cartera/use-cases/testing/test-context'
import type { FastifyInstance } from 'fastify'
import supertest from 'supertest'
import { afterAll, beforeAll, expect, type RunnerTask } from 'vitest'
import { buildApp } from '../app.ts'
import { auditedIn } from './audited-writes.ts'

type Person = NonNullable<Parameters<typeof aUser>[1]>

/** For `.parse()` of a request that downloads a file. */
export function bytes(response: Pick<NodeJS.EventEmitter, 'on'>, done: (error: Error | null, body: Buffer) => void): void {
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  response.on('end', () => done(null, Buffer.concat(chunks)))
}

const sources = resolve(import.meta.dirname, '..')
const passed = (task: RunnerTask): boolean => (task.type === 'suite' ? task.tasks.every(passed) : task.result?.state === 'pass')

/** Notes the writes that succeeded and left an audit line of whoever called before they were answered. */
function watchWrites(app: FastifyInstance, pool: AppContext['pool'], audited: Set<string>): void {
  const before = new WeakMap<object, { caller: string | null; lines: number }>()
  const linesOf = async (caller: string | null) => {
    const { rows } = await pool.query<{ lines: number }>(
      'select count(*)::integer as lines from audit_log where $1::uuid is null or actor_id = $1',
      [caller],
    )
    return rows[0]?.lines ?? 0
  }
  app.addHook('preHandler', async (request) => {
    if (request.method === 'GET') return
    const [, claims] = request.headers.authorization?.match(/^Bearer [^.]+\.([^.]+)\./) ?? []
    const { sub } = (claims ? JSON.parse(Buffer.from(claims, 'base64url').toString()) : {}) as { sub?: string }
    const caller = sub ?? null
    before.set(request, { caller, lines: await linesOf(caller) })
  })
  app.addHook('onSend', async (request, reply) => {
    const seen = before.get(request)
    if (!seen || reply.statusCode >= 300 || (await linesOf(seen.caller)) === seen.lines) return
    audited.add(`${request.method} ${request.routeOptions.url?.replace('/api/v1', '')}`)
  })
}

/** For a route's test: the whole API over a database of its own, and people who are signed in. */
export function testApi() {
  const database = testDatabase()
  const ctx: TestContext = testContext(database)
  let app: FastifyInstance | undefined
  const audited = new Set<string>()
  beforeAll(async () => {
    app = await buildApp(ctx, { logger: false, trustProxy: false, webDir: null, requestsPerMinute: 100_000, busyAfterMs: 0 })
    watchWrites(app, database.pool, audited)
    await app.ready()
  })
  // biome-ignore lint/correctness/noEmptyPattern: the runner parses this pattern for what it is to prepare, which is nothing
  afterAll(async ({}, file) => {
    await app?.close()
    // A run of some tests of a file alone, or one that failed anyway, need not have made every write.
    const name = relative(sources, 'filepath' in file ? file.filepath : '')
    if (file.tasks.every(passed)) expect((auditedIn[name] ?? []).filter((write) => !audited.has(write))).toEqual([])
  })
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
