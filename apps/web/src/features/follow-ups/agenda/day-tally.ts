import { reactive, watch } from 'vue'

/** Kept while the tab lives and the day lasts: tomorrow everything is there again, and nothing is counted yet. */
function keptOfDay<T extends object>(
  name: string,
  day: () => string | undefined,
  kept: T,
  fill: (from: unknown) => void,
  write: () => unknown,
): T {
  const key = () => `cartera-my-day-${name}`
  watch(
    day,
    (today) => {
      if (!today) return
      try {
        const stored = JSON.parse(sessionStorage.getItem(key()) ?? 'null') as { day?: string; value?: unknown } | null
        if (stored?.day === today) fill(stored.value)
      } catch {
        // What another version left there is nothing to this one.
      }
    },
    { immediate: true },
  )
  watch(kept, () => {
    try {
      sessionStorage.setItem(key(), JSON.stringify({ day: day(), value: write() }))
    } catch {
      // Without storage it holds until the page is left.
    }
  })
  return kept
}

/** What the person put aside for later today. */
export function skippedOf(day: () => string | undefined): Set<string> {
  const ids = reactive(new Set<string>())
  return keptOfDay(
    'skipped',
    day,
    ids,
    (from) => {
      if (Array.isArray(from)) for (const id of from) ids.add(String(id))
    },
    () => [...ids],
  )
}

/** How many were done in this tab today. */
export function tallyOf(day: () => string | undefined): { done: number } {
  const tally = reactive({ done: 0 })
  return keptOfDay(
    'done',
    day,
    tally,
    (from) => {
      if (typeof from === 'number' && Number.isInteger(from) && from >= 0) tally.done = from
    },
    () => tally.done,
  )
}
