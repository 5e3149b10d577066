import { PiniaColada } from '@pinia/colada'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { type Page, useKeysetList } from './keyset-list.ts'
import { useLive } from './live.ts'

interface Row {
  id: string
  name: string
}

/** Readings that the test answers itself, in the order in which they were asked for. */
function readings() {
  const asked: ((...names: string[]) => void)[] = []
  const load = () =>
    new Promise<Page<Row>>((resolve) => {
      asked.push((...names) => resolve({ items: names.map((name) => ({ id: name, name })), nextCursor: null }))
    })
  return { asked, load }
}

let tell: (text: string) => void = () => undefined
let leave: () => void = () => undefined

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  vi.stubGlobal('fetch', async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        tell = (text) => controller.enqueue(new TextEncoder().encode(text))
      },
    })
    return new Response(body)
  })
})
afterEach(() => {
  leave()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('a list that is being read when others change it looks again at the end of that reading, not before, and waits for no clock', async () => {
  const mine = readings()
  const other = readings()
  let list: ReturnType<typeof useKeysetList<Row>> | undefined
  const mounted = mount(
    defineComponent({
      setup() {
        useLive()
        list = useKeysetList<Row>(() => ({ key: ['notes', 'mine'], load: mine.load }))
        useKeysetList<Row>(() => ({ key: ['notes', 'other'], load: other.load }))
        return () => h('p')
      },
    }),
    { global: { plugins: [createPinia(), PiniaColada] } },
  )
  leave = () => mounted.unmount()
  await flushPromises()
  mine.asked[0]?.('Ana')
  other.asked[0]?.('Ana')
  await flushPromises()
  expect(list?.rows.value.map((row) => row.name)).toEqual(['Ana'])

  const read = list?.refetch()
  await flushPromises()
  expect(mine.asked).toHaveLength(2)
  tell(`event: changes\ndata: ${JSON.stringify({ items: [{ entity: 'note', id: '1', action: 'create' }] })}\n\n`)
  await flushPromises()
  // Long enough for the change to be gathered: the list beside it looks again, this one is still being read.
  await vi.advanceTimersByTimeAsync(1000)
  expect([mine.asked.length, other.asked.length]).toEqual([2, 2])

  mine.asked[1]?.('Ana')
  await read
  await flushPromises()
  expect(mine.asked).toHaveLength(3)
  mine.asked[2]?.('Ana', 'Bea')
  await flushPromises()
  expect(list?.news.value).toEqual({ added: 1, gone: 0 })
  expect(list?.rows.value.map((row) => row.name)).toEqual(['Ana'])
})
