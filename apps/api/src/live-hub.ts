import type { LiveChange } from '@cartera/contract/live'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listenForChanges } from '@cartera/use-cases/live/listen-for-changes'
import { mostLiveChanges } from '@cartera/use-cases/live/notify-live'
import { sightOf, visibleChanges } from '@cartera/use-cases/live/visible-changes'
import { findViewersOfSessions } from '@cartera/use-cases/session/find-viewer'

export type LiveMessage = { event: 'ready' | 'refresh' } | { event: 'changes'; items: readonly LiveChange[] } | { event: 'pulse' }

/** One open stream of one person. */
export interface LiveReader {
  userId: string
  sessionId: string
  /** When the access token ends, in milliseconds of the context's clock. */
  tokenEndsAt: number
  send(message: LiveMessage): void
  end(): void
}

/** Changes are gathered for so long before they are told: a deed that writes ten records is one message. */
const gatherMs = 60
/** Also how late, at most, a stream ends whose session ended, whose token ran out or whose user was disabled. */
const pulseMs = 20_000
/** What waits while the database is asked is no more than this: beyond it everything is asked for again anyway. */
const mostWaiting = 5000
/** Streams of one person in one process: some windows on some machines. */
const mostPerUser = 10
/** Questions to the database at one time, of all that the pool has. */
const questionsAtOnce = 3

/**
 * Who looks on in this process. One connection listens for all of them, from the first one on. For each batch of changes every reader
 * is read anew (session, level, place) and gets those that they see now; when anything was or may have been missed they are told to
 * ask for everything again.
 */
export function openLiveHub(ctx: AppContext) {
  const readers = new Set<LiveReader>()
  const unready = new Set<LiveReader>()
  /** From where each one last looked on. */
  const places = new Map<LiveReader, string>()
  let listener: ReturnType<typeof listenForChanges> | null = null
  let waiting: LiveChange[] = []
  /** More than can be asked for one by one: told as "ask for everything again". */
  let tooMany = false
  let timer: NodeJS.Timeout | undefined
  let pulse: NodeJS.Timeout | undefined
  let telling: Promise<void> | null = null
  let closed = false

  function forget(reader: LiveReader): boolean {
    unready.delete(reader)
    places.delete(reader)
    return readers.delete(reader)
  }

  function drop(reader: LiveReader): void {
    if (forget(reader)) reader.end()
  }

  function sendAll(message: LiveMessage): void {
    for (const reader of readers) reader.send(message)
  }

  /** The readers that may still look on, with who they are now; the others are shown out. */
  async function present() {
    const asked = [...readers]
    if (asked.length === 0) return []
    const viewers = await findViewersOfSessions(ctx, [...new Set(asked.map((reader) => reader.sessionId))])
    const now = ctx.now().getTime()
    return asked.flatMap((reader) => {
      const viewer = viewers.get(reader.sessionId)
      if (viewer?.userId !== reader.userId || reader.tokenEndsAt <= now) {
        drop(reader)
        return []
      }
      const place = sightOf(viewer, [])
      // Moved, or of another level: what is on the screen is no longer what they see.
      if (places.has(reader) && places.get(reader) !== place) reader.send({ event: 'refresh' })
      places.set(reader, place)
      return [{ reader, viewer }]
    })
  }

  async function tell(changes: readonly LiveChange[], everything: boolean): Promise<void> {
    const standing = await present()
    if (everything) {
      for (const { reader } of standing) reader.send({ event: 'refresh' })
      return
    }
    const bySight = new Map<string, typeof standing>()
    for (const each of standing) {
      const sight = sightOf(each.viewer, changes)
      bySight.set(sight, [...(bySight.get(sight) ?? []), each])
    }
    const groups = [...bySight.values()]
    const ask = async () => {
      for (let group = groups.pop(); group; group = groups.pop()) {
        const [first] = group
        const items = first ? await visibleChanges(ctx.db, first.viewer, changes) : []
        if (items.length > 0) for (const { reader } of group) reader.send({ event: 'changes', items })
      }
    }
    await Promise.all(Array.from({ length: questionsAtOnce }, ask))
  }

  function tellSoon(): void {
    if (timer !== undefined || telling !== null || closed || (waiting.length === 0 && !tooMany)) return
    timer = setTimeout(() => {
      timer = undefined
      const changes = [...new Map(waiting.map((each) => [`${each.entity} ${each.id} ${each.action}`, each])).values()]
      const everything = tooMany || changes.length > mostLiveChanges
      waiting = []
      tooMany = false
      telling = tell(changes, everything)
        .catch((error: unknown) => {
          // Who may see what cannot be said: they come back by themselves and ask for everything.
          ctx.log.warn({ err: error }, 'live changes could not be told')
          for (const reader of [...readers]) drop(reader)
        })
        .finally(() => {
          telling = null
          tellSoon()
        })
    }, gatherMs)
  }

  function start(): void {
    listener = listenForChanges(ctx, {
      changes(changes) {
        if (readers.size === 0) return
        if (changes === 'many' || waiting.length > mostWaiting) tooMany = true
        else waiting.push(...changes)
        tellSoon()
      },
      connected() {
        // Whoever came while nobody listened is ready now, and whoever was here before may have missed something.
        for (const reader of readers) reader.send({ event: unready.delete(reader) ? 'ready' : 'refresh' })
      },
    })
    pulse = setInterval(() => {
      present().then(
        () => sendAll({ event: 'pulse' }),
        // The database is away: nobody is shown out for that, and nobody is told anything.
        () => sendAll({ event: 'pulse' }),
      )
    }, pulseMs)
  }

  return {
    /** Lets a reader look on until `leave`; false where the person has too many streams already. */
    join(reader: LiveReader, viewer: Viewer): boolean {
      if (closed) return false
      if ([...readers].filter((each) => each.userId === reader.userId).length >= mostPerUser) return false
      readers.add(reader)
      places.set(reader, sightOf(viewer, []))
      if (listener === null) start()
      if (listener?.connected) reader.send({ event: 'ready' })
      else unready.add(reader)
      return true
    },
    leave(reader: LiveReader): void {
      forget(reader)
    },
    async close(): Promise<void> {
      closed = true
      clearTimeout(timer)
      clearInterval(pulse)
      for (const reader of [...readers]) drop(reader)
      await telling
      await listener?.close()
    },
  }
}
