import type { LiveEntity } from '@cartera/contract/live'
import { useQueryCache } from '@pinia/colada'
import { onBeforeUnmount, onMounted, onScopeDispose, reactive, ref } from 'vue'
import { hasOpenForm, onNoForm } from '../ui/form-context.ts'
import { stream } from './client.ts'
import { createLiveConnection, waitFor } from './live-connection.ts'

/** The queries (by the first word of their keys) that show something of a kind of record. */
const shownIn: Record<LiveEntity, readonly string[]> = {
  case: ['cases', 'timeline'],
  contact: ['contacts', 'address-flags'],
  'contact-attempt': ['notices', 'timeline', 'contact-attempts'],
  customer: ['customers', 'address-flags', 'handovers'],
  document: ['receivables', 'portfolio', 'timeline'],
  file: ['files', 'timeline'],
  'follow-up': ['follow-ups', 'timeline', 'portfolio'],
  interaction: ['interactions', 'timeline'],
  interest: ['interests', 'timeline'],
  note: ['notes', 'timeline'],
  notice: ['notices', 'timeline', 'finance'],
  'notice-receivable-settings': ['notices'],
  'notice-settings': ['notices'],
  opportunity: ['opportunities', 'timeline'],
  payment: ['receivables', 'portfolio', 'promises', 'timeline'],
  'payment-claim': ['payment-claims', 'timeline'],
  promise: ['promises', 'timeline', 'portfolio'],
  receivable: ['receivables', 'portfolio', 'promises', 'timeline'],
  reminder: ['reminders'],
  quote: ['quotes', 'timeline'],
  renewal: ['renewals', 'timeline'],
}

/** Which queries something was told of; 'all' where anything may have been missed. */
type Touched = ReadonlySet<string> | 'all'
type Hearer = (touches: (root: unknown) => boolean) => void

const hearers = new Set<Hearer>()
/** Keys of lists that look again by themselves, so that nothing moves under the reader's hands. */
const lists = new Map<string, number>()
const nameOf = (key: unknown) => JSON.stringify(key)

/** Calls when something was told that a list may show: it looks again by itself instead of being replaced. */
export function onLiveChange(hearer: Hearer): void {
  hearers.add(hearer)
  onScopeDispose(() => hearers.delete(hearer))
}

/** While it is shown, live changes do not replace the query of this key. Answers the end of that. */
export function keepFromLive(key: unknown): () => void {
  const name = nameOf(key)
  lists.set(name, (lists.get(name) ?? 0) + 1)
  return () => {
    const left = (lists.get(name) ?? 1) - 1
    if (left > 0) lists.set(name, left)
    else lists.delete(name)
  }
}

/** Records that others changed while somebody types here; `root id`. Told above the form, and read anew when the person wants it. */
const waitingRecords = reactive(new Set<string>())
const waitingName = (entity: LiveEntity, id: string) => `${shownIn[entity][0]} ${id}`

/** Whether others changed the record while a form stood over it. */
export const hasWaitingChange = (entity: LiveEntity, id: string): boolean => waitingRecords.has(waitingName(entity, id))

/** The newest of the record is read: nothing of it waits any more. */
export function clearWaitingChange(entity: LiveEntity, id: string): void {
  waitingRecords.delete(waitingName(entity, id))
}

/** Someone wants to be told also while the page is out of sight: then the connection stays. */
export const stayLiveWhileHidden = ref(false)

/** What cannot be read any more (others deleted it) is told where it is shown: the query holds its error. */
const ownError = () => undefined

const hiddenStopMs = 30_000
const gatherMs = 150
/** However fast others write (an ERP that sends its customers), what is shown is asked for again no more often than this. */
const restMs = 2_000

/**
 * For the shell: live events from now on, while the page is in sight. What they touch is asked for again: lists look by themselves, the
 * rest is replaced, and an open record only where nobody is typing.
 */
export function useLive(): void {
  const cache = useQueryCache()
  let touched: Set<string> | 'all' = new Set()
  const records = new Set<string>()
  let missedWhileTyping = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let flushedAt = -restMs
  let hiding: ReturnType<typeof setTimeout> | undefined

  function flush(): void {
    timer = undefined
    flushedAt = performance.now()
    const now: Touched = touched
    const changed = new Set(records)
    touched = new Set()
    records.clear()
    const touches = (root: unknown) => now === 'all' || now.has(String(root))
    const typing = hasOpenForm()
    cache
      .invalidateQueries({
        predicate(entry) {
          const [root, kind, id] = entry.key
          if (!touches(root) || lists.has(nameOf(entry.key))) return false
          if (kind !== 'one' || !typing) return true
          const record = `${root} ${id}`
          if (now === 'all') missedWhileTyping = true
          else if (changed.has(record)) waitingRecords.add(record)
          return false
        },
      })
      .catch(ownError)
    for (const hear of [...hearers]) hear(touches)
  }
  /** The form is gone: what waited for that is read now. */
  const unwait = onNoForm(() => {
    const waiting = new Set(waitingRecords)
    waitingRecords.clear()
    const all = missedWhileTyping
    missedWhileTyping = false
    if (all || waiting.size > 0)
      cache
        .invalidateQueries({
          predicate: ({ key: [root, kind, id] }) => kind === 'one' && (all || waiting.has(`${root} ${id}`)),
        })
        .catch(ownError)
  })
  function soon(): void {
    timer ??= setTimeout(flush, Math.max(gatherMs, flushedAt + restMs - performance.now()))
  }

  const connection = createLiveConnection({
    open: (signal) => stream('GET /api/v1/events', { signal }),
    onChanges(changes) {
      for (const { entity, id } of changes)
        for (const root of shownIn[entity] ?? []) {
          if (touched !== 'all') touched.add(root)
          records.add(`${root} ${id}`)
        }
      soon()
    },
    onMissed() {
      touched = 'all'
      soon()
    },
    wait: waitFor,
  })

  function look(): void {
    clearTimeout(hiding)
    if (document.visibilityState === 'visible') connection.start()
    else if (!stayLiveWhileHidden.value) hiding = setTimeout(() => connection.stop(), hiddenStopMs)
  }
  onMounted(() => {
    connection.start()
    document.addEventListener('visibilitychange', look)
  })
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', look)
    clearTimeout(hiding)
    clearTimeout(timer)
    connection.stop()
    unwait()
    waitingRecords.clear()
  })
}
