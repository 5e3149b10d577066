import { noticeWorkers } from '@cartera/db/schema/notices'
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { keepBeating } from './installation-epoch.ts'
import { type SendingProblem, sendDueNotices } from './send-notices.ts'
import type { Sending } from './sending.ts'
import { sweepNotices } from './sweep-notices.ts'
import { setWake } from './wake-sending.ts'

const pollMs = 1000
const sweepMs = 5000

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
  let stopping = false
  let problem: SendingProblem | null = null
  let wakeUp: () => void = () => undefined
  let asked = false
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      if (asked || stopping) return resolve()
      const timer = setTimeout(resolve, ms)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const say = (error: unknown, what: string) => ctx.log.warn({ err: error }, what)

  const send = async () => {
    while (!stopping) {
      asked = false
      try {
        const answer = await sendDueNotices(ctx, { stopping: () => stopping })
        if (answer.problem && problem === null) ctx.log.error(answer.problem, 'this worker must not send notices')
        problem = answer.problem
      } catch (error) {
        say(error, 'sending was interrupted')
      }
      await pause(pollMs)
    }
  }
  const sweep = async () => {
    while (!stopping) {
      try {
        await sending.journal.touch()
        await sweepNotices(ctx)
        if (problem === null) await keepBeating(ctx, sending)
        await report(ctx, sending, { id, startedAt, problem })
      } catch (error) {
        say(error, 'the sweep was interrupted')
      }
      for (let waited = 0; waited < sweepMs && !stopping; waited += 250) await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }
  const running = Promise.all([send(), sweep()])
  const background: Background = {
    wake() {
      asked = true
      wakeUp()
    },
    async stop() {
      stopping = true
      wakeUp()
      await running
      setWake(ctx, null)
      await ctx.db.execute(sql`delete from ${noticeWorkers} where id = ${id}`).catch(() => undefined)
    },
    problem: () => problem,
  }
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
