import { computed, type WritableComputedRef } from 'vue'
import { type LocationQuery, useRoute, useRouter } from 'vue-router'

/** A filter's kind of value: text, one of several, or a yes/no. Everything is text in the address. */
type FilterValues<Keys extends string> = Record<Keys, string>

/**
 * Filters, order and search that live in the address, so that reloading (F5), going back and sharing a link all consult the
 * same again. `useUrlFilters({ q: '', active: 'true', sort: 'name' })` gives one ref per key in `refs`; a value equal to its
 * default stays out of the address. `shown` are keys that say how the list is shown (as `sort` does): they narrow nothing, and clearing leaves them.
 */
export function useUrlFilters<const Keys extends string>(defaults: FilterValues<Keys>, shown: readonly NoInfer<Keys>[] = []) {
  const route = useRoute()
  const router = useRouter()
  const keys = Object.keys(defaults) as Keys[]
  const narrowing = keys.filter((key) => key !== 'sort' && !shown.includes(key))
  // Several changes within one tick (clear all) become one step of the address.
  let pending: Partial<FilterValues<Keys>> | null = null
  // What the address is on its way to: a change made before it has arrived builds on it, or the earlier one would be lost.
  let coming: LocationQuery | null = null
  let arrival: Promise<unknown> = Promise.resolve()

  function read(key: Keys): string {
    const raw = route.query[key]
    const one = Array.isArray(raw) ? raw[0] : raw
    return one ?? defaults[key]
  }

  function set(changes: Partial<FilterValues<Keys>>): void {
    if (pending) {
      Object.assign(pending, changes)
      return
    }
    pending = { ...changes }
    queueMicrotask(() => {
      const now = pending ?? {}
      pending = null
      const query = { ...(coming ?? route.query) }
      for (const key of keys) {
        if (!(key in now)) continue
        const value = (now as FilterValues<Keys>)[key]
        if (value === defaults[key]) delete query[key]
        else query[key] = value
      }
      coming = query
      arrival = router.replace({ query, hash: route.hash }).finally(() => {
        if (coming === query) coming = null
      })
    })
  }

  const filters = {} as { [K in Keys]: WritableComputedRef<string> }
  for (const key of keys) {
    filters[key] = computed({
      get: () => read(key),
      set: (value) => set({ [key]: value ?? '' } as Partial<FilterValues<Keys>>),
    })
  }

  return {
    /** One writable ref per filter, for `v-model`: `const { q, sort } = useUrlFilters(...).refs`. */
    refs: filters,
    /** All values at once, for a query's key; empty ones are left out. */
    values: computed(
      () =>
        Object.fromEntries(keys.map((key) => [key, read(key)]).filter(([, value]) => value !== '')) as Partial<
          FilterValues<Keys>
        >,
    ),
    /** Whether anything but the order differs from its default: then an empty list says "nothing matches". */
    filtered: computed(() => narrowing.some((key) => read(key) !== defaults[key])),
    /** Back to the defaults; the order stays. */
    clear(): void {
      set(Object.fromEntries(narrowing.map((key) => [key, defaults[key]])) as Partial<FilterValues<Keys>>)
    },
    /** Once the address says what was set. */
    async settled(): Promise<void> {
      // What was set in this tick goes into the address after it.
      await Promise.resolve()
      await arrival
    },
  }
}
