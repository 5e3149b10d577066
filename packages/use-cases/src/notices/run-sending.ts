import { setTimeout as wait } from 'node:timers/promises'
import { noticeWorkers } from '@cartera/db/schema/notices'
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { keepBeating } from './installation-epoch.ts'
import { Departed, startLiving } from './living-process.ts'
import { type SendingProblem, sendDueNotices } from './send-notices.ts'
import type { Sending } from './sending.ts'
import { sweepNotices, takeBack } from './sweep-notices.ts'
import { setWake } from './wake-sending.ts'

const pollMs = 1000
/** After a run that sent something or was interrupted: there may be more at once. */
const shortlyMs = 100
const lookMs = 1000
/** Every so many looks: leases, journals, the beat, and what this worker says of itself. */
const looksPerSweep = 5

/** A worker's sending in the background. */
export interface Background {
  /** Something may be due now; without it a look is taken every second. */
  wake(): void
  /** Lets messages in hand finish and gives the other claims back. */
  stop(): Promise<void>
  /** Null while it may send. */
  problem(): SendingProblem | null
}

/**
 * Sends what is due for as long as the process lives. The database says what that is, and is asked at least every second: a queue that is
 * away or was emptied delays nothing. Every few seconds it sweeps, replays its journal, and says in `notice_workers` how it is.
 */
export function startSending(ctx: AppContext): Background {
  const { sending } = ctx
  if (sending === null) throw new Error('this process was not made to send notices')
  const id = v7()
  const startedAt = ctx.now()
  const stopped = new AbortController()
  const { signal } = stopped
  let problem: SendingProblem | null = null
  let asked = new AbortController()
  /** Ends early when something may be due, or at the end. */
  const pause = (ms: number) => wait(ms, undefined, { signal: asked.signal }).catch(() => undefined)
  const say = (error: unknown, what: string) => ctx.log.warn({ err: error }, what)

  const send = async () => {
    while (!signal.aborted) {
      asked = new AbortController()
      let pauseMs = pollMs
      try {
        const answer = await sendDueNotices(ctx, { signal })
        if (answer.problem && problem === null) ctx.log.error(answer.problem, 'this worker must not send notices')
        problem = answer.problem
        if (answer.sent > 0) pauseMs = shortlyMs
      } catch (error) {
        pauseMs = shortlyMs
        say(error, 'sending was interrupted')
      }
      await pause(pauseMs)
    }
  }
  const sweep = async () => {
    const departed = new Departed(ctx)
    for (let n = 0; !signal.aborted; n += 1) {
      try {
        const gone = await departed.look()
        if (gone.length > 0 && (await takeBack(ctx, gone)) > 0) background.wake()
        if (n % looksPerSweep === 0) {
          await sending.journal.touch()
          await sweepNotices(ctx)
          if (problem === null) await keepBeating(ctx, sending)
          await report(ctx, sending, { id, startedAt, problem })
        }
      } catch (error) {
        say(error, 'the sweep was interrupted')
      }
      await wait(lookMs, undefined, { signal }).catch(() => undefined)
    }
  }
  const living = startLiving(ctx)
  const background: Background = {
    wake: () => asked.abort(),
    async stop() {
      stopped.abort()
      asked.abort()
      await running
      await living.stop()
      setWake(ctx, null)
      await ctx.db.execute(sql`delete from ${noticeWorkers} where id = ${id}`).catch(() => undefined)
    },
    problem: () => problem,
  }
  const running = Promise.all([send(), sweep()])
  setWake(ctx, background.wake)
  return background
}

async function report(
  ctx: AppContext,
  sending: Sending,
  worker: { id: string; startedAt: Date; problem: SendingProblem | null },
): Promise<void> {
  const row = {
    host: sending.host,
    epoch: sending.epoch,
    state: worker.problem === null ? ('sending' as const) : ('blocked' as const),
    reason: worker.problem?.reason ?? null,
    detail: worker.problem?.detail ?? null,
    seenAt: ctx.now(),
  }
  await ctx.db
    .insert(noticeWorkers)
    .values({ id: worker.id, startedAt: worker.startedAt, ...row })
    .onConflictDoUpdate({ target: noticeWorkers.id, set: row })
  await ctx.db.execute(
    sql`delete from ${noticeWorkers} where seen_at < ${new Date(ctx.now().getTime() - 24 * 3_600_000).toISOString()}::timestamptz`,
  )
}
