import { reactive } from 'vue'
import { ApiProblem } from '../../api/api-problem.ts'
import { upload } from '../../api/client.ts'
import { fieldSentence, problemSentence } from '../../api/problem-sentence.ts'

/** A file on its way. */
export interface Upload {
  id: number
  name: string
  size: number
  state: 'waiting' | 'sending' | 'checking' | 'failed'
  /** How much of it has left, from 0 to 1. */
  share: number
  /** Why it was not kept. */
  problem: string | null
  /** It was not even sent: sending it again changes nothing. */
  hopeless: boolean
}

const atOnce = 2

/**
 * Sends files to a customer, two at a time, each with its progress; one that fails does not stop the others. What is done leaves the list, what failed
 * stays with its reason.
 */
export function createUploadQueue(settings: {
  customerId: () => string
  /** Why a file need not be sent at all; null sends it. */
  refusal: (file: File) => string | null
  /** One was kept. */
  kept: () => void
  /** All are through: how many of them were kept. */
  done: (kept: number) => void
  send?: typeof upload
}) {
  const uploads = reactive<Upload[]>([])
  const files = new Map<number, { file: File; stop: AbortController; customerId: string }>()
  const send = settings.send ?? upload
  let last = 0
  let kept = 0

  function forget(id: number): void {
    const at = uploads.findIndex((one) => one.id === id)
    if (at >= 0) uploads.splice(at, 1)
    files.delete(id)
  }

  async function run(one: Upload): Promise<void> {
    const held = files.get(one.id)
    if (!held) return
    one.state = 'sending'
    try {
      await send('POST /api/v1/customers/:id/files', { id: held.customerId }, held.file, {
        signal: held.stop.signal,
        onProgress(share) {
          one.share = share
          if (share >= 1) one.state = 'checking'
        },
      })
      kept += 1
      forget(one.id)
      settings.kept()
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return forget(one.id)
      one.state = 'failed'
      one.problem = problemOf(error)
    } finally {
      next()
    }
  }

  function problemOf(error: unknown): string {
    const field = error instanceof ApiProblem ? error.fieldErrors.find((one) => one.field === 'file') : undefined
    return field ? fieldSentence(field) : problemSentence(error)
  }

  function next(): void {
    const sending = uploads.filter((one) => one.state === 'sending' || one.state === 'checking').length
    const waiting = uploads.filter((one) => one.state === 'waiting')
    for (const one of waiting.slice(0, atOnce - sending)) void run(one)
    if (sending === 0 && waiting.length === 0 && kept > 0) {
      const through = kept
      kept = 0
      settings.done(through)
    }
  }

  return {
    uploads,
    add(chosen: readonly File[]): void {
      for (const file of chosen) {
        last += 1
        const problem = settings.refusal(file)
        uploads.push({
          id: last,
          name: file.name,
          size: file.size,
          state: problem === null ? 'waiting' : 'failed',
          share: 0,
          problem,
          hopeless: problem !== null,
        })
        files.set(last, { file, stop: new AbortController(), customerId: settings.customerId() })
      }
      next()
    },
    /** Stops one that is on its way, or takes away one that failed. */
    cancel(one: Upload): void {
      files.get(one.id)?.stop.abort()
      if (one.state === 'waiting' || one.state === 'failed') forget(one.id)
    },
    retry(one: Upload): void {
      const held = files.get(one.id)
      if (!held) return
      held.stop = new AbortController()
      one.state = 'waiting'
      one.problem = null
      one.share = 0
      next()
    },
    cancelAll(): void {
      for (const one of [...uploads]) this.cancel(one)
    },
  }
}
