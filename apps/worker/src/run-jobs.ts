import type { AppContext } from '@cartera/use-cases/app-context'
import { type AnyJob, PayloadRefused } from '@cartera/use-cases/jobs/job'
import { type QueuePlace, queueConnection, queueName } from '@cartera/use-cases/jobs/job-queue'
import { createPostgresBackend, type Job as QueuedJob, UnrecoverableError, Worker } from 'bullmq'

/** Runs one queued job: finds it by name and performs it; what can never work is not tried again. */
export async function runJob(ctx: AppContext, jobs: readonly AnyJob[], queued: { name: string; data: unknown }): Promise<void> {
  const job = jobs.find((each) => each.name === queued.name)
  if (!job) throw new UnrecoverableError(`there is no job named ${queued.name}`)
  try {
    await job.perform(ctx, queued.data)
  } catch (error) {
    throw error instanceof PayloadRefused ? new UnrecoverableError(error.message) : error
  }
}

/** Starts taking jobs from the queue; `close` lets those that run finish. */
export function startRunner(
  ctx: AppContext,
  jobs: readonly AnyJob[],
  place: QueuePlace,
  concurrency: number,
): { close(): Promise<void> } {
  const where = queueConnection(place)
  const process = async (queued: QueuedJob) => runJob(ctx, jobs, queued)
  const worker =
    where.backend === 'redis'
      ? new Worker(queueName, process, { connection: where.connection, concurrency })
      : new Worker(queueName, process, { connection: where.connection, concurrency }, createPostgresBackend)
  worker.on('error', (error) => ctx.log.error({ err: error }, 'queue'))
  worker.on('failed', (queued, error) =>
    ctx.log.warn({ job: queued?.name, attempt: queued?.attemptsMade, err: error }, 'job failed'),
  )
  return {
    async close() {
      await worker.close()
      if (where.backend === 'redis') where.connection.disconnect()
    },
  }
}
