import type { LiveChange } from '@cartera/contract/live'
import type { FastifyInstance } from 'fastify'

interface Arrived {
  event: string
  data: string
}

/** Opens the live events over real HTTP, as a browser does, and keeps all that arrives. Answers once the stream is ready. */
export async function liveStream(app: FastifyInstance, headers: Record<string, string>) {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('the API does not listen')
  const leaving = new AbortController()
  const response = await fetch(`http://127.0.0.1:${address.port}/api/v1/events`, { headers, signal: leaving.signal })
  const arrived: Arrived[] = []
  const changes: LiveChange[] = []
  let ended = false
  const looks: (() => void)[] = []
  const tell = () => {
    for (const look of looks.splice(0)) look()
  }

  async function read(): Promise<void> {
    const decoder = new TextDecoder()
    let text = ''
    for await (const part of response.body ?? []) {
      text += decoder.decode(part as Uint8Array, { stream: true })
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const lines = text.slice(0, end).split('\n')
        text = text.slice(end + 2)
        const event = lines.find((line) => line.startsWith('event: '))?.slice(7)
        if (event === undefined) continue
        const data = lines.find((line) => line.startsWith('data: '))?.slice(6) ?? ''
        arrived.push({ event, data })
        if (event === 'changes') changes.push(...(JSON.parse(data) as { items: LiveChange[] }).items)
        tell()
      }
    }
  }
  const reading = read()
    .catch(() => undefined)
    .finally(() => {
      ended = true
      tell()
    })

  async function until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      if (ended) throw new Error('the stream ended')
      await new Promise<void>((resolve) => {
        looks.push(resolve)
      })
    }
  }

  const stream = {
    response,
    arrived,
    changes,
    event: (name: string, count = 1) => until(() => arrived.filter((each) => each.event === name)[count - 1]),
    change: (wanted: (change: LiveChange) => boolean) => until(() => changes.find(wanted)),
    ended: reading,
    close: () => leaving.abort(),
  }
  if (response.ok) await stream.event('ready')
  return stream
}
