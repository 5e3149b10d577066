import { describe, expect, it, vi } from 'vitest'
import { ApiProblem } from './api-problem.ts'
import { createLiveConnection } from './live-connection.ts'

/** A server whose streams the test writes itself. */
function serverOf() {
  const opened: { write(text: string): void; end(): void; signal: AbortSignal }[] = []
  const waits: number[] = []
  let refuse: ApiProblem | null = null
  let goOn: (() => void) | null = null
  const heard: unknown[] = []
  const connection = createLiveConnection({
    async open(signal) {
      if (refuse) throw refuse
      let controller: ReadableStreamDefaultController<Uint8Array> | undefined
      const body = new ReadableStream<Uint8Array>({
        start(given) {
          controller = given
        },
      })
      opened.push({
        signal,
        write: (text) => controller?.enqueue(new TextEncoder().encode(text)),
        end: () => controller?.close(),
      })
      return body
    },
    onChanges: (changes) => heard.push(...changes),
    onMissed: () => heard.push('missed'),
    wait: (ms) => {
      waits.push(ms)
      return new Promise((resolve) => {
        goOn = resolve
      })
    },
  })
  return {
    connection,
    opened,
    waits,
    heard,
    refuseWith: (problem: ApiProblem | null) => {
      refuse = problem
    },
    goOn: () => goOn?.(),
  }
}

const change = { entity: 'note', id: '1', action: 'create' }
const told = (value: unknown) => `event: changes\ndata: ${JSON.stringify({ items: [value] })}\n\n`

describe('the live connection', () => {
  it('tells of changes, also where a message arrives in pieces, and is quiet about the pulse', async () => {
    const server = serverOf()
    server.connection.start()
    await vi.waitFor(() => expect(server.opened).toHaveLength(1))
    const text = told(change)
    server.opened[0]?.write(': here\n\n')
    server.opened[0]?.write(text.slice(0, 20))
    server.opened[0]?.write(text.slice(20))
    await vi.waitFor(() => expect(server.heard).toEqual([change]))
    server.connection.stop()
  })

  it('comes back after a loss, later each time, and says each time it stands that something may have been missed', async () => {
    const server = serverOf()
    server.connection.start()
    await vi.waitFor(() => expect(server.opened).toHaveLength(1))
    server.opened[0]?.write('event: ready\ndata: {}\n\n')
    await vi.waitFor(() => expect(server.heard).toEqual(['missed']))
    server.opened[0]?.end()
    for (let n = 1; n <= 3; n++) {
      await vi.waitFor(() => expect(server.waits).toHaveLength(n))
      server.goOn()
      await vi.waitFor(() => expect(server.opened).toHaveLength(n + 1))
      if (n < 3) server.opened[n]?.end()
    }
    const [first = 0, , third = 0] = server.waits
    expect(third).toBeGreaterThan(first)
    server.opened[3]?.write('event: ready\ndata: {}\n\n')
    await vi.waitFor(() => expect(server.heard).toEqual(['missed', 'missed']))
    server.connection.stop()
  })

  it('ends with the session, and has no hurry where there are too many windows', async () => {
    const server = serverOf()
    server.refuseWith(new ApiProblem({ status: 429, code: 'rate-limited' }))
    server.connection.start()
    await vi.waitFor(() => expect(server.waits).toHaveLength(1))
    expect(server.waits[0]).toBeGreaterThan(40_000)
    server.refuseWith(new ApiProblem({ status: 401, code: 'token-invalid' }))
    server.goOn()
    await Promise.resolve()
    await vi.waitFor(() => expect(server.waits).toHaveLength(1))
    expect(server.opened).toHaveLength(0)
  })

  it('stop lets go of the stream, start opens a new one', async () => {
    const server = serverOf()
    server.connection.start()
    await vi.waitFor(() => expect(server.opened).toHaveLength(1))
    server.connection.stop()
    await vi.waitFor(() => expect(server.opened[0]?.signal.aborted).toBe(true))
    server.connection.start()
    await vi.waitFor(() => expect(server.opened).toHaveLength(2))
    server.connection.stop()
  })
})
