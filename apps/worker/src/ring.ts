import type { AppContext } from '@cartera/use-cases/app-context'
import type { Job } from '@cartera/use-cases/jobs/job'

/**
 * Rings for every scheduled job at its interval, at once at the start. Plain intervals, never a cron of local times: what is due is
 * asked of PostgreSQL, so a missed ring, a clock step or a skipped hour costs nothing. Several workers may ring; the key joins them.
 */
export function startRinging(
  ctx: AppContext,
  schedule: readonly { job: Job<Record<string, never>>; everyMs: number }[],
): { stop(): void } {
  const ring = (job: Job<Record<string, never>>) => {
    ctx.queue
      .add(job, {}, { key: 'scheduled' })
      .catch((error: unknown) => ctx.log.warn({ err: error, job: job.name }, 'could not ring'))
  }
  const timers = schedule.map(({ job, everyMs }) => {
    ring(job)
    return setInterval(() => ring(job), everyMs)
  })
  return {
    stop: () => {
      for (const timer of timers) clearInterval(timer)
    },
  }
}
