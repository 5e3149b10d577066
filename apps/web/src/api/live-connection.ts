import type { LiveChange } from '@cartera/contract/live'
import { createParser } from 'eventsource-parser'
import { ApiProblem } from './api-problem.ts'

interface LiveConnectionSettings {
  /** Opens the stream of events; throws an ApiProblem where it is refused. */
  open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>
  /** Records that changed, as others see them too. */
  onChanges: (changes: readonly LiveChange[]) => void
  /** Something was or may have been missed: whatever is shown is to be asked for again. */
  onMissed: () => void
  wait: (ms: number, signal: AbortSignal) => Promise<void>
}

const firstWaitMs = 1_000
const longestWaitMs = 30_000
/** Too many windows, or a server that cannot now: no hurry. */
const refusedWaitMs = 60_000
/** The server says something every 20 seconds; silence for longer is a connection that is none any more. */
const silenceMs = 50_000

/**
 * Keeps one stream of live events open from `start` to `stop`: a lost one is opened again, later each time. Once it stands (again) the
 * reader is told that something may have been missed.
 */
export function createLiveConnection(settings: LiveConnectionSettings) {
  let running: AbortController | null = null

  async function readOnce(outer: AbortSignal, stands: () => void): Promise<void> {
    const inner = new AbortController()
    const end = () => inner.abort()
    outer.addEventListener('abort', end)
    let silence = setTimeout(end, silenceMs)
    try {
      const reader = (await settings.open(inner.signal)).getReader()
      inner.signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined))
      const parser = createParser({
        onEvent({ event, data }) {
          if (event === 'changes') settings.onChanges((JSON.parse(data) as { items: LiveChange[] }).items)
          else if (event === 'ready' || event === 'refresh') {
            stands()
            settings.onMissed()
          }
        },
      })
      const decoder = new TextDecoder()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        clearTimeout(silence)
        silence = setTimeout(end, silenceMs)
        parser.feed(decoder.decode(value, { stream: true }))
      }
    } finally {
      clearTimeout(silence)
      outer.removeEventListener('abort', end)
      inner.abort()
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      let waitMs = Math.min(firstWaitMs * 2 ** failures, longestWaitMs)
      failures += 1
      try {
        await readOnce(signal, () => {
          failures = 0
        })
      } catch (error) {
        if (signal.aborted) return
        // The session is over: the client has said so, and signing in starts anew.
        if (error instanceof ApiProblem && error.status === 401) return
        if (error instanceof ApiProblem && error.status === 429) waitMs = refusedWaitMs
      }
      // Not all at the same moment after a restart of the server.
      await settings.wait(waitMs * (0.75 + Math.random() / 2), signal)
    }
  }

  return {
    start(): void {
      if (running) return
      const mine = new AbortController()
      running = mine
      void run(mine.signal).finally(() => {
        if (running === mine) running = null
      })
    },
    stop(): void {
      running?.abort()
      running = null
    },
  }
}

/** Waits, or less where it is called off. */
export function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
