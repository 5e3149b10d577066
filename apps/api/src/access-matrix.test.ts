import { randomUUID } from 'node:crypto'
import { users } from '@cartera/db/schema/organisation'
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { registered } from './route.ts'
import { testApi } from './testing/test-api.ts'

const api = testApi()

/** The endpoints that anybody may call; a new one must be added here on purpose. */
const publicEndpoints = [
  'GET /api/v1/set-up',
  'POST /api/v1/set-up',
  'POST /api/v1/session',
  'POST /api/v1/session/refreshes',
  'DELETE /api/v1/session',
  'GET /api/v1/portal/company',
  'GET /api/v1/portal/logo',
  'POST /api/v1/portal/link-requests',
  'POST /api/v1/portal/session',
  'DELETE /api/v1/portal/session',
]

const addressed = (url: string) => url.replace(/:\w+/g, () => randomUUID())

describe('every endpoint', () => {
  test('is either on the list of public ones or asks who calls', () => {
    const open = registered
      .filter((endpoint) => endpoint.access === 'public')
      .map((endpoint) => `${endpoint.method} ${endpoint.url}`)
    expect([...new Set(open)].sort()).toEqual([...publicEndpoints].sort())
  })

  test('that needs a viewer answers nobody, a forged token, an ended session and a disabled user alike: 401', async () => {
    const ended = await api.signedIn()
    await api.ctx.pool.query('update sessions set revoked_at = now() where id = $1', [ended.session.sessionId])
    const disabled = await api.signedIn()
    await api.ctx.db.update(users).set({ active: false }).where(eq(users.id, disabled.user.id))
    const callers = {
      nobody: '',
      forged: 'Bearer x.y.z',
      ended: ended.headers.authorization,
      disabled: disabled.headers.authorization,
    }

    const guarded = registered.filter((endpoint) => endpoint.access !== 'public')
    expect(guarded.length).toBeGreaterThan(5)
    for (const endpoint of guarded) {
      for (const [caller, authorization] of Object.entries(callers)) {
        const answer = await api.app.inject({
          method: endpoint.method,
          url: addressed(endpoint.url),
          headers: authorization === '' ? {} : { authorization },
          ...(endpoint.body === undefined ? {} : { payload: {} }),
        })
        expect([endpoint.method, endpoint.url, caller, answer.statusCode]).toEqual([endpoint.method, endpoint.url, caller, 401])
      }
    }
  })

  test('learns from the token alone who acts: no body has a field for it, and every body refuses fields that it does not have', () => {
    const actors =
      /^(author|actor|viewer|creator|(author|actor|viewer|user|sender)Id|(created|recorded|written|postponed|decided|deleted|ended|done|opened|granted)By(Id)?)$/
    const found: string[] = []
    const fieldsOf = (schema: unknown, path: string): void => {
      if (Array.isArray(schema)) for (const each of schema) fieldsOf(each, path)
      else if (schema !== null && typeof schema === 'object') {
        const { properties, additionalProperties, type } = schema as Record<string, unknown>
        for (const name of Object.keys((properties as object | undefined) ?? {}))
          if (actors.test(name)) found.push(`${path} ${name}`)
        if (type === 'object' && properties !== undefined && additionalProperties !== false)
          found.push(`${path} takes unknown fields`)
        for (const each of Object.values(schema)) fieldsOf(each, path)
      }
    }
    for (const { method, url, body } of registered)
      if (body !== undefined) fieldsOf(z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' }), `${method} ${url}`)
    expect([...new Set(found)]).toEqual([])
  })

  test('never answers 5xx to nonsense: foreign ids, bodies of the wrong shape, unknown fields', async () => {
    const { headers } = await api.signedIn()
    const bodies = [
      'null',
      '[]',
      '"text"',
      '{"unknown":1}',
      '{"id":null,"hours":"4","amount":1e400}',
      `{"name":"${'x'.repeat(70_000)}"}`,
      '{"q":"\\u0000"}',
      '{"name":"\\ud800"}',
    ]
    for (const endpoint of registered) {
      const url = addressed(endpoint.url)
      const calls =
        endpoint.method === 'GET' || endpoint.body === undefined
          ? ['', '?unknown=1', '?limit=-1', '?limit=50&cursor=%00', '?q=%00', '?sort=;drop'].map((query) => ({
              url: `${url}${query}`,
              payload: undefined,
            }))
          : bodies.map((payload) => ({ url, payload }))
      for (const call of calls) {
        // What is no nonsense is answered for as long as the caller stays.
        if (endpoint.stream && !call.url.includes('?')) continue
        const answer = await api.app.inject({
          method: endpoint.method,
          url: call.url,
          headers: { ...headers, ...(call.payload === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(call.payload === undefined ? {} : { payload: call.payload }),
        })
        expect([`${endpoint.method} ${call.url} ${call.payload?.slice(0, 60) ?? ''}`, answer.statusCode < 500]).toEqual([
          `${endpoint.method} ${call.url} ${call.payload?.slice(0, 60) ?? ''}`,
          true,
        ])
      }
    }
  }, 120_000)
})
