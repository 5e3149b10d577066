// @vitest-environment happy-dom
import { PiniaColada, useQuery, useQueryCache } from '@pinia/colada'
import { createPinia } from 'pinia'
import { afterEach, expect, test } from 'vitest'
import { type App, createApp, h } from 'vue'
import { useRefresh } from './use-refresh.ts'

let app: App | undefined
afterEach(() => app?.unmount())

/** A page with one query whose readings are answered by hand, in any order. */
async function page() {
  const readings: { answer(text: string): void; fail(): void }[] = []
  const made: { refresh?: ReturnType<typeof useRefresh>; cache?: ReturnType<typeof useQueryCache> } = {}
  const query: { data?: () => string | undefined } = {}
  app = createApp({
    setup() {
      const found = useQuery({
        key: ['promises', 'list'],
        query: ({ signal }) =>
          new Promise<string>((resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason))
            readings.push({ answer: resolve, fail: () => reject(new Error('The network went')) })
          }),
      })
      query.data = () => found.data.value
      made.refresh = useRefresh()
      made.cache = useQueryCache()
      return () => h('p', found.data.value)
    },
  })
  app.use(createPinia())
  app.use(PiniaColada)
  app.mount(document.createElement('div'))
  const { refresh, cache } = made
  if (!refresh || !cache) throw new Error('not mounted')
  readings[0]?.answer('before')
  await expect.poll(() => query.data?.()).toBe('before')
  return { readings, refresh, cache, shown: () => query.data?.() }
}

test('a deed that is read back while a live event reads the same again ends with the newer reading, and does not fail', async () => {
  const { readings, refresh, cache, shown } = await page()
  let ended = false
  const done = refresh(['promises']).then(() => {
    ended = true
  })
  void cache.invalidateQueries({ key: ['promises'] })
  expect(readings).toHaveLength(3)
  await new Promise((resolve) => setImmediate(resolve))
  expect(ended).toBe(false)
  readings[2]?.answer('after')
  await done
  expect(shown()).toBe('after')
})

test('a deed that cannot be read back is done all the same', async () => {
  const { readings, refresh, shown } = await page()
  const done = refresh(['promises'])
  readings[1]?.fail()
  await done
  expect(shown()).toBe('before')
})
