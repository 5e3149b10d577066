import type { CalendarDay } from '@cartera/domain/calendar-day'
import type { AppContext } from '../app-context.ts'
import { type Claim, claimNotices, type DueScope, type DueSender, findDueSenders, giveBack } from './claim-notices.ts'
import { type Prepared, prepareNotices, type Sent } from './prepare-notices.ts'
import { newLane, type Sender } from './send-claimed.ts'
import type { Sending } from './sending.ts'
import { SessionPool } from './session-pool.ts'
import { insistently } from './settle-sent.ts'

/** Enough to load their facts together, few enough that what is known of them is fresh. */
const mostPerClaim = 32
/** Messages that wait with their mails made, per lane, while others are delivered. */
const readyPerLane = 12
/** Messages that a lane delivers for one sender before it looks who else waits. */
const mostPerTurn = 16
/** Connections to one mail account at a time, over all lanes of a process: providers refuse more. */
const mostLanesPerSender = 10
const restMs = 1000

/** What of one sender is due, and what is ready to leave. */
interface Line {
  sender: DueSender
  /** Due and not yet claimed, as far as is known. */
  due: number
  ready: { prepared: Prepared; claimedAt: number }[]
  /** Lanes that deliver for it now. */
  lanes: number
  /** What a message takes a lane, of late. */
  msPerMessage: number | null
  /** Nothing could be claimed, or its server is away: it is left alone for a moment. */
  restsUntil: number
}

export interface RunOptions extends DueScope {
  /** The day as which messages are looked at; without it each as of its own. */
  day?: CalendarDay | undefined
  lanes: number
  /** Once it is aborted only what lanes have in hand is finished; the rest is given back. */
  signal?: AbortSignal | undefined
}

/**
 * Sends all that is due until nothing is. One feeder claims and prepares the next messages while the lanes deliver, sender by sender in turn;
 * what the servers answered is written down beside it. So a lane does nothing but talk to mail servers, and pass the gate.
 */
export class SendingRun {
  readonly #ctx: AppContext
  readonly #sending: Sending
  readonly #sender: Sender
  readonly #options: RunOptions
  readonly #sessions: SessionPool
  /** In the order of their turns. */
  #lines: Line[] = []
  /** What is still being written. */
  readonly #pending = new Set<Promise<void>>()
  #waiters: (() => void)[] = []
  #loadedAt = Number.NEGATIVE_INFINITY
  /** Something may have become due that was not when the list was loaded. */
  #stale = false
  #fed = false
  #sent = 0
  #failed: unknown

  constructor(ctx: AppContext, sending: Sending, sender: Sender, options: RunOptions) {
    this.#ctx = ctx
    this.#sending = sending
    this.#sender = sender
    this.#options = options
    this.#sessions = new SessionPool(ctx, 2 * options.lanes)
  }

  /** How many were accepted; throws what interrupted it when nothing was. */
  async run(): Promise<number> {
    const { signal, lanes } = this.#options
    const stop = () => this.#stop()
    signal?.addEventListener('abort', stop, { once: true })
    try {
      const delivering = Promise.all(Array.from({ length: lanes }, () => this.#deliver()))
      await this.#feed().catch((error: unknown) => this.#fail(error))
      this.#fed = true
      this.#wake()
      await delivering
      this.#stop()
      while (this.#pending.size > 0) await Promise.all(this.#pending)
    } finally {
      signal?.removeEventListener('abort', stop)
      this.#sessions.close()
    }
    if (this.#failed !== undefined && this.#sent === 0) throw this.#failed
    return this.#sent
  }

  /** Nothing more is begun: stopped from outside, or an acceptance could not be written down. */
  get #stopped(): boolean {
    return this.#options.signal?.aborted === true || this.#sending.journal.broken
  }

  #fail(error: unknown): void {
    this.#ctx.log.warn({ err: error }, 'sending was interrupted')
    this.#failed = error
  }

  /** What is ready goes back at once, whatever the lanes still have in hand. */
  #stop(): void {
    for (const line of this.#lines) this.#giveBack(line.ready.splice(0).map(({ prepared }) => prepared.claim))
    this.#wake()
  }

  #giveBack(claims: readonly Claim[]): void {
    if (claims.length > 0) this.#track(insistently(this.#ctx, () => giveBack(this.#ctx, claims)))
  }

  /** Work that nobody waits for before the end. What fails here ends with the lease. */
  #track(work: Promise<unknown>): void {
    const tracked = work
      .then(
        () => undefined,
        (error: unknown) => this.#ctx.log.warn({ err: error }, 'what became of a notice could not be written'),
      )
      .finally(() => {
        this.#pending.delete(tracked)
        this.#wake()
      })
    this.#pending.add(tracked)
  }

  #wake(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const wake of waiters) wake()
  }

  async #change(withinMs?: number): Promise<void> {
    const timer = withinMs === undefined ? undefined : setTimeout(() => this.#wake(), withinMs)
    await new Promise<void>((resolve) => this.#waiters.push(resolve))
    clearTimeout(timer)
  }

  async #feed(): Promise<void> {
    while (!this.#stopped) {
      const line = this.#nextToFeed()
      if (line) {
        await this.#claim(line)
        continue
      }
      const working = this.#pending.size > 0 || this.#lines.some((each) => each.lanes > 0 || each.ready.length > 0)
      const known = this.#lines.some((each) => each.due > 0)
      const age = performance.now() - this.#loadedAt
      // What has become due meanwhile is looked for now and then, however long the lanes are busy.
      if (working ? age > restMs || (this.#stale && !known && age > 50) : !known || age > restMs) {
        await this.#load()
        if (!working && !this.#lines.some((each) => each.due > 0)) return
      } else await this.#change(this.#stale ? 50 : restMs)
    }
  }

  async #load(): Promise<void> {
    this.#loadedAt = performance.now()
    this.#stale = false
    const due = new Map((await findDueSenders(this.#ctx.db, this.#options)).map((each) => [each.senderId, each]))
    const now = performance.now()
    for (const line of this.#lines) {
      const found = due.get(line.sender.senderId)
      due.delete(line.sender.senderId)
      if (found) line.sender = found
      line.due = found && line.restsUntil <= now ? found.due : 0
    }
    for (const sender of due.values())
      this.#lines.push({ sender, due: sender.due, ready: [], lanes: 0, msPerMessage: null, restsUntil: 0 })
    this.#lines = this.#lines.filter((line) => line.due > 0 || line.ready.length > 0 || line.lanes > 0 || line.restsUntil > now)
  }

  /** Lanes that a sender may have: not all while others wait, so that a server that hangs does not hold up everybody. */
  #allowed(line: Line, crowded: boolean): number {
    if (line.sender.connectFailures > 0) return 1
    return Math.min(mostLanesPerSender, crowded ? Math.ceil(this.#options.lanes / 2) : this.#options.lanes)
  }

  /** Whether more than one sender has anything to send. */
  #crowded(): boolean {
    return this.#lines.filter((line) => line.due > 0 || line.ready.length > 0).length > 1
  }

  /** How many may be ready: what a claim holds should leave within a tenth of its lease, however slow server and machine are. */
  #room(line: Line, crowded: boolean): number {
    if (line.sender.connectFailures > 0) return line.lanes === 0 ? 1 : 0
    const { lanes } = this.#options
    if (line.msPerMessage === null) return 2 * lanes
    const inTime = Math.floor((this.#sending.leaseSeconds * 100 * this.#allowed(line, crowded)) / line.msPerMessage)
    return Math.max(1, Math.min(readyPerLane * lanes, inTime))
  }

  #nextToFeed(): Line | undefined {
    const crowded = this.#crowded()
    const deliverable = this.#lines.reduce(
      (sum, line) => sum + (line.lanes < this.#allowed(line, crowded) ? line.ready.length : 0),
      0,
    )
    if (deliverable > (readyPerLane * this.#options.lanes) / 2) return undefined
    return this.#inTurn((line) => {
      const room = line.due > 0 ? this.#room(line, crowded) : 0
      return line.ready.length < room && 2 * line.ready.length <= room
    })
  }

  #nextToDeliver(): Line | undefined {
    const crowded = this.#crowded()
    return this.#inTurn((line) => line.ready.length > 0 && line.lanes < this.#allowed(line, crowded))
  }

  /** The first that fits; it goes to the end, so that the others come before it next time. */
  #inTurn(fits: (line: Line) => boolean): Line | undefined {
    const at = this.#lines.findIndex(fits)
    const [line] = at < 0 ? [] : this.#lines.splice(at, 1)
    if (line) this.#lines.push(line)
    return line
  }

  async #claim(line: Line): Promise<void> {
    const { day } = this.#options
    const limit = Math.min(mostPerClaim, line.due, Math.max(1, this.#room(line, this.#crowded()) - line.ready.length))
    const claimedAt = performance.now()
    const claims = await claimNotices(this.#ctx, this.#sending, line.sender, limit, this.#options)
    if (claims.length === 0) return this.#rest(line)
    line.due = Math.max(0, line.due - claims.length)
    const ready = (prepared: Prepared) => {
      line.ready.push({ prepared, claimedAt })
      this.#wake()
    }
    const stopping = () => this.#stopped
    const { decided, left, error } = await prepareNotices(this.#ctx, this.#sending, claims, ready, { day, stopping })
    if ([...decided.values()].includes('again')) this.#stale = true
    this.#giveBack(left)
    if (error !== undefined) throw error
    if (this.#stopped) this.#stop()
  }

  #rest(line: Line): void {
    line.due = 0
    line.restsUntil = performance.now() + restMs
  }

  /** One lane: delivers what is ready, one message after the other. */
  async #deliver(): Promise<void> {
    const lane = newLane()
    while (!this.#stopped) {
      const line = this.#nextToDeliver()
      if (line) {
        line.lanes += 1
        for (let n = 0; n < mostPerTurn && !this.#stopped; n += 1) if (!(await this.#deliverNext(line, lane))) break
        line.lanes -= 1
        this.#wake()
      } else if (this.#fed) return
      else await this.#change()
    }
  }

  /** Whether the line's next message may follow. */
  async #deliverNext(line: Line, lane: ReturnType<typeof newLane>): Promise<boolean> {
    const next = line.ready.shift()
    if (!next) return false
    this.#wake()
    const { prepared, claimedAt } = next
    const began = performance.now()
    // What the lease might not last for is given back rather than begun.
    if (began - claimedAt > this.#sending.leaseSeconds * 400) {
      this.#giveBack([prepared.claim])
      return true
    }
    try {
      const { away, settled } = await this.#sender.deliver(prepared, this.#sessions, lane)
      const took = performance.now() - began
      line.msPerMessage = line.msPerMessage === null ? took : 0.8 * line.msPerMessage + 0.2 * took
      this.#track(settled.then((state) => this.#count(state)))
      if (!away) {
        if (line.sender.connectFailures > 0) line.sender = { ...line.sender, connectFailures: 0 }
        return true
      }
      this.#giveBack(line.ready.splice(0).map((each) => each.prepared.claim))
      this.#rest(line)
    } catch (error) {
      this.#fail(error)
      this.#giveBack([prepared.claim])
    }
    return false
  }

  #count(state: Sent): void {
    if (state === 'sent') this.#sent += 1
    if (state === 'again') this.#stale = true
  }
}
