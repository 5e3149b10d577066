import { type EntryKey, useQueryCache } from '@pinia/colada'
import { toValue } from 'vue'

/**
 * What was read under these keys is out of date: what is on the screen is read again, the rest when it is next wanted. Ends when the screen is up to date, and
 * never fails: a deed that is done is done, also when reading it back was cut short (a live event reads the same again) or the network went. The query
 * shows its own error.
 */
export function useRefresh(): (...keys: EntryKey[]) => Promise<void> {
  const cache = useQueryCache()
  type Entry = ReturnType<typeof cache.getEntries>[number]

  async function readAgain(entry: Entry): Promise<void> {
    cache.invalidate(entry)
    if (!entry.active || !toValue(entry.options?.enabled)) return
    for (let reading: Promise<unknown> | undefined = cache.fetch(entry); reading; reading = entry.pending?.refreshCall) {
      try {
        await reading
        return
      } catch {
        // Cut short by a newer reading: that one counts. Otherwise nothing is pending, and the entry holds its error.
      }
    }
  }

  return async (...keys) => {
    const entries = new Set(keys.flatMap((key) => cache.getEntries({ key })))
    await Promise.all([...entries].map(readAgain))
  }
}
