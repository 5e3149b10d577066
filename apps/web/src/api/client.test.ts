import { describe, expect, it, vi } from 'vitest'
import { ApiProblem } from './api-problem.ts'
import { addressOf, createClient } from './client.ts'

interface Seen {
  key: string
  authorization: string | null
}

/** A server of one's own: answers by `METHOD path`, and remembers what it was asked. */
function serverOf(answer: (seen: Seen) => Response | Promise<Response>) {
  const seen: Seen[] = []
  const fetch = vi.fn(async (path: unknown, init?: RequestInit) => {
    const one = { key: `${init?.method} ${path}`, authorization: new Headers(init?.headers).get('authorization') }
    seen.push(one)
    return await answer(one)
  }) as unknown as typeof globalThis.fetch
  return { fetch, seen }
}

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status })

describe('the client', () => {
  it('renews the session once for all requests that wait for it, and repeats each', async () => {
    const { fetch, seen } = serverOf(async ({ key, authorization }) => {
      if (key.startsWith('POST /api/v1/session/refreshes')) {
        await new Promise((resolve) => setTimeout(resolve, 10))
        return json({ accessToken: 'new', expiresAt: '' })
      }
      return authorization === 'Bearer new' ? json({ items: [], nextCursor: null }) : json({ code: 'session-expired' }, 401)
    })
    const client = createClient({ fetch, onSignedOut: () => expect.unreachable() })
    client.setAccessToken('old')
    const answers = await Promise.all([1, 2, 3].map(() => client.call('GET /api/v1/branches', {})))
    expect(answers).toHaveLength(3)
    expect(seen.filter((one) => one.key.includes('refreshes'))).toHaveLength(1)
  })

  it('does not renew again for a request whose 401 arrives after another has renewed', async () => {
    let renewals = 0
    const { fetch } = serverOf(async ({ key, authorization }) => {
      if (key.includes('refreshes')) {
        renewals += 1
        return json({ accessToken: 'new', expiresAt: '' })
      }
      if (authorization === 'Bearer new') return json({ needed: false })
      if (key.includes('branches')) await new Promise((resolve) => setTimeout(resolve, 20))
      return json({}, 401)
    })
    const client = createClient({ fetch, onSignedOut: () => expect.unreachable() })
    client.setAccessToken('old')
    await Promise.all([client.call('GET /api/v1/branches', {}), client.call('GET /api/v1/me')])
    expect(renewals).toBe(1)
  })

  it('signs out when the session cannot be renewed', async () => {
    const { fetch } = serverOf(() => json({ code: 'session-expired' }, 401))
    const onSignedOut = vi.fn()
    const client = createClient({ fetch, onSignedOut })
    client.setAccessToken('old')
    await expect(client.call('GET /api/v1/me')).rejects.toMatchObject({ status: 401 })
    expect(onSignedOut).toHaveBeenCalledOnce()
  })

  it('does not sign out when the server is down while renewing', async () => {
    const { fetch } = serverOf(({ key }) => (key.includes('refreshes') ? json({}, 503) : json({}, 401)))
    const onSignedOut = vi.fn()
    const client = createClient({ fetch, onSignedOut })
    await expect(client.call('GET /api/v1/me')).rejects.toMatchObject({ status: 503 })
    expect(onSignedOut).not.toHaveBeenCalled()
  })

  it('takes a wrong password for what it is and renews nothing', async () => {
    const { fetch, seen } = serverOf(() => json({ code: 'credentials-wrong', status: 401 }, 401))
    const client = createClient({ fetch, onSignedOut: () => expect.unreachable() })
    await expect(client.call('POST /api/v1/session', { body: { email: 'a', password: 'b' } })).rejects.toMatchObject({
      code: 'credentials-wrong',
    })
    expect(seen).toHaveLength(1)
  })

  it('carries code, request id and every wrong field of a problem', async () => {
    const errors = [{ field: 'lines.3.amount', code: 'amount-invalid', detail: 'x' }]
    const { fetch } = serverOf(() => json({ code: 'validation-failed', status: 400, requestId: 'r1', errors }, 400))
    const client = createClient({ fetch, onSignedOut: () => {} })
    const error = await client.call('GET /api/v1/branches', {}).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ApiProblem)
    expect(error).toMatchObject({ code: 'validation-failed', requestId: 'r1', fieldErrors: errors })
  })

  it('makes a problem of an answer that is none, and of no answer at all', async () => {
    const broken = createClient({ fetch: serverOf(() => new Response('<html>', { status: 502 })).fetch, onSignedOut: () => {} })
    await expect(broken.call('GET /api/v1/branches', {})).rejects.toMatchObject({ code: 'unexpected', status: 502 })
    const offline = createClient({
      fetch: (() => Promise.reject(new TypeError('network'))) as typeof globalThis.fetch,
      onSignedOut: () => {},
    })
    await expect(offline.call('GET /api/v1/branches', {})).rejects.toMatchObject({ code: 'offline' })
  })
})

it('fills an address in: parameters escaped, empty query values left out, lists repeated', () => {
  expect(
    addressOf('/api/v1/things/:id/parts', { params: { id: 'a/b' }, query: { q: '', on: undefined, state: ['x', 'y'], n: 3 } }),
  ).toBe('/api/v1/things/a%2Fb/parts?state=x&state=y&n=3')
})
