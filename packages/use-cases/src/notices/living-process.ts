import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { AppContext } from '../app-context.ts'

// A process that sends holds a lock in a session of its own for as long as it lives. The lock goes with the process, however that ends, so
// that others need not wait for the leases of what it had claimed.

/** The class of these locks among PostgreSQL's advisory ones. */
const lockClass = 0x6e6f7469
const againMs = 200
/** A process that lost its session (PostgreSQL restarted) has so long to come back before it counts as dead. */
const graceMs = 2000

const marks = new WeakMap<AppContext, number>()

/**
 * A token for a claim. That of a process that holds its lock carries the lock's number in its first eight digits, and is a UUID of
 * version 8; any other (a command, a process without its session) is a random one, and only its lease ends it.
 */
export function makeClaimToken(ctx: AppContext): string {
  const token = randomUUID()
  const mark = marks.get(ctx)
  return mark === undefined ? token : `${mark.toString(16).padStart(8, '0')}${token.slice(8, 14)}8${token.slice(15)}`
}

/** Holds the lock of this process until told to stop. */
export function startLiving(ctx: AppContext): { stop(): Promise<void> } {
  const mark = randomInt(1, 0x7fffffff)
  const ended = new AbortController()
  const live = async () => {
    while (!ended.signal.aborted) {
      try {
        await holdLock(ctx, mark, ended.signal)
      } catch (error) {
        ctx.log.warn({ err: error }, 'the lock of this process is lost; its claims hold by their leases')
      }
      marks.delete(ctx)
      await wait(againMs, undefined, { signal: ended.signal }).catch(() => undefined)
    }
  }
  const living = live()
  return {
    async stop() {
      ended.abort()
      await living
    },
  }
}

/** Returns when told to, or throws when the session ends. */
async function holdLock(ctx: AppContext, mark: number, signal: AbortSignal): Promise<void> {
  const client = await ctx.pool.connect()
  let broken: Error | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('error', reject)
      client.once('end', () => reject(new Error('the session ended')))
      signal.addEventListener('abort', () => resolve(), { once: true })
      if (signal.aborted) return resolve()
      // Waited for: a former session of this process may not have ended yet.
      client.query('select pg_advisory_lock($1, $2)', [lockClass, mark]).then(() => marks.set(ctx, mark), reject)
    })
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error))
    throw broken
  } finally {
    // The session goes, and the lock with it.
    client.release(broken ?? true)
  }
}

/** Tells which processes are gone, by what they had claimed and do not hold any more. */
export class Departed {
  readonly #ctx: AppContext
  /** Since when a lock has been missing, by this process's own look. */
  readonly #missing = new Map<number, number>()

  constructor(ctx: AppContext) {
    this.#ctx = ctx
  }

  /**
   * The marks of processes that left claims behind. Only one that sees its own lock judges others: behind a pooler that shares sessions no
   * lock means anything.
   */
  async look(): Promise<number[]> {
    const own = marks.get(this.#ctx)
    if (own === undefined) {
      this.#missing.clear()
      return []
    }
    const { rows } = await this.#ctx.pool.query<{ mark: number; missing: boolean }>(
      `with held as (
         select objid::bigint as mark from pg_locks
         where locktype = 'advisory' and classid = $1 and objsubid = 2 and granted
           and database = (select oid from pg_database where datname = current_database())
       ), owners as (
         select distinct ('x' || left(claim_token::text, 8))::bit(32)::bigint as mark from notice_messages
         where state = 'claimed' and substr(claim_token::text, 15, 1) = '8'
       )
       select mark::integer, true as missing from owners where mark not in (select mark from held)
       union all
       select mark::integer, false from held where mark = $2`,
      [lockClass, own],
    )
    const missing = rows.filter((row) => row.missing).map((row) => row.mark)
    const now = performance.now()
    for (const mark of this.#missing.keys()) if (!missing.includes(mark)) this.#missing.delete(mark)
    if (!rows.some((row) => !row.missing)) return []
    for (const mark of missing) if (!this.#missing.has(mark)) this.#missing.set(mark, now)
    return missing.filter((mark) => now - (this.#missing.get(mark) ?? now) >= graceMs)
  }
}
