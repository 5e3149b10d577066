import { expect, test } from 'vitest'
import { ApiProblem } from '../../api/api-problem.ts'
import type { upload } from '../../api/client.ts'
import { createUploadQueue } from './upload-queue.ts'

interface Sent {
  file: File
  signal: AbortSignal
  tell: (share: number) => void
  keep: () => void
  refuse: (problem: ApiProblem) => void
}

function queueOf(refusal: (file: File) => string | null = () => null) {
  const sent: Sent[] = []
  const through: number[] = []
  const queue = createUploadQueue({
    customerId: () => 'c1',
    refusal,
    kept: () => undefined,
    done: (kept) => through.push(kept),
    send: ((_key: string, _params: object, file: File, options: { signal: AbortSignal; onProgress: (share: number) => void }) =>
      new Promise((resolve, reject) => {
        options.signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
        sent.push({
          file,
          signal: options.signal,
          tell: options.onProgress,
          keep: () => resolve({}),
          refuse: reject,
        })
      })) as unknown as typeof upload,
  })
  return { queue, sent, through, names: () => queue.uploads.map((one) => `${one.name} ${one.state}`) }
}
const file = (name: string) => new File(['x'], name)
/** What was promised is told after the present turn. */
const settled = () => new Promise((resolve) => setTimeout(resolve))

test('two files are sent at a time, in their order, and what is kept leaves the list', async () => {
  const { queue, sent, through, names } = queueOf()
  queue.add([file('a'), file('b'), file('c')])
  expect(names()).toEqual(['a sending', 'b sending', 'c waiting'])
  sent[0]?.tell(0.5)
  expect(queue.uploads[0]?.share).toBe(0.5)
  sent[0]?.tell(1)
  expect(names()[0]).toBe('a checking')
  sent[0]?.keep()
  await settled()
  expect(names()).toEqual(['b sending', 'c sending'])
  sent[1]?.keep()
  sent[2]?.keep()
  await settled()
  expect([names(), through]).toEqual([[], [3]])
})

test('one that is refused says why and stops no other; it can be sent again', async () => {
  const { queue, sent, through, names } = queueOf()
  queue.add([file('a'), file('b')])
  const error = { field: 'file', code: 'file-is-program', detail: 'Los programas no se guardan.' }
  sent[0]?.refuse(new ApiProblem({ status: 415, code: 'file-is-program', errors: [error] }))
  sent[1]?.keep()
  await settled()
  expect([names(), through]).toEqual([['a failed'], [1]])
  expect(queue.uploads[0]?.problem).toMatch(/^(Los programas no se guardan|Programs are not kept)/)
  const [failed] = queue.uploads
  if (failed) queue.retry(failed)
  expect(names()).toEqual(['a sending'])
  sent[2]?.keep()
  await settled()
  expect([names(), through]).toEqual([[], [1, 1]])
})

test('one is cancelled on its way or while it waits; the next takes its place', async () => {
  const { queue, sent, names } = queueOf()
  queue.add([file('a'), file('b'), file('c'), file('d')])
  const [first, , , last] = queue.uploads
  if (last) queue.cancel(last)
  if (first) queue.cancel(first)
  await settled()
  expect(sent[0]?.signal.aborted).toBe(true)
  expect(names()).toEqual(['b sending', 'c sending'])
})

test('what need not be sent at all is not sent', () => {
  const { queue, sent, names } = queueOf((one) => (one.name === 'a' ? 'demasiado grande' : null))
  queue.add([file('a'), file('b')])
  expect([names(), sent.map((one) => one.file.name)]).toEqual([['a failed', 'b sending'], ['b']])
  expect(queue.uploads[0]).toMatchObject({ problem: 'demasiado grande', hopeless: true })
})
