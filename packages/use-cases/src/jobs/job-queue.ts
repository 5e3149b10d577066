import { createPostgresBackend, Queue, type QueueOptions } from 'bullmq'
import { Redis } from 'ioredis'
import type { Job } from './job.ts'

export const queueName = 'cartera'

/** Where the queue lives: Redis where there is one, else BullMQ's own tables in PostgreSQL (schema `bullmq`). */
export type QueuePlace = { redisUrl: string } | { databaseUrl: string }

export interface JobQueue {
  /** Rings for a job. With `key`, a job that already waits under the same key is not doubled. */
  add<Payload>(job: Job<Payload>, payload: Payload, options?: { key?: string; delayMs?: number }): Promise<void>
  /** Rejects when the queue cannot be reached. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Connection settings that a BullMQ queue or worker takes for the place. */
export function queueConnection(
  place: QueuePlace,
):
  | { backend: 'redis'; connection: Redis }
  | { backend: 'postgres'; connection: { connectionString: string; schema: string; migrate: true; max: number } } {
  if ('redisUrl' in place)
    return { backend: 'redis', connection: new Redis(place.redisUrl, { maxRetriesPerRequest: null, enableOfflineQueue: true }) }
  return { backend: 'postgres', connection: { connectionString: place.databaseUrl, schema: 'bullmq', migrate: true, max: 4 } }
}

/** Opens the queue for adding jobs. The worker app opens its own reading side. */
export function openJobQueue(place: QueuePlace, onError: (error: Error) => void): JobQueue {
  const where = queueConnection(place)
  const defaultJobOptions: QueueOptions['defaultJobOptions'] = {
    removeOnComplete: { age: 3600, count: 1000 },
    removeOnFail: { age: 7 * 24 * 3600, count: 1000 },
    backoff: { type: 'exponential', delay: 1000 },
  }
  const queue =
    where.backend === 'redis'
      ? new Queue(queueName, { connection: where.connection, defaultJobOptions })
      : new Queue(queueName, { connection: where.connection, defaultJobOptions }, createPostgresBackend)
  queue.on('error', onError)
  return {
    async add(job, payload, options = {}) {
      await queue.add(job.name, payload, {
        attempts: job.attempts,
        ...(options.delayMs === undefined ? {} : { delay: options.delayMs }),
        // A finished job keeps its id for a while; deduplication ends with the job, so the same key can ring again.
        ...(options.key === undefined ? {} : { deduplication: { id: `${job.name}-${options.key}` } }),
      })
    },
    async ping() {
      await queue.getJobCounts('waiting')
    },
    async close() {
      await queue.close()
      if (where.backend === 'redis') where.connection.disconnect()
    },
  }
}
