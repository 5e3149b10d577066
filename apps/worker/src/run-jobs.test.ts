import { testDatabase } from '@cartera/db/testing/test-database'
import { defineJob } from '@cartera/use-cases/jobs/job'
import { openJobQueue, type QueuePlace } from '@cartera/use-cases/jobs/job-queue'
import { testContext } from '@cartera/use-cases/testing/test-context'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { runJob, startRunner } from './run-jobs.ts'

const database = testDatabase()
const redisUrl = process.env.TEST_REDIS_URL

const places: [string, () => QueuePlace][] = [['PostgreSQL', () => ({ databaseUrl: database.url })]]
if (redisUrl) places.push(['Redis', () => ({ redisUrl })])

describe.each(places)('the queue on %s', (_name, place) => {
  test('a job that is rung for runs with its payload, and again after a failure', async () => {
    const ctx = testContext(database)
    const seen: number[] = []
    let finished: () => void = () => undefined
    const done = new Promise<void>((resolve) => {
      finished = resolve
    })
    const job = defineJob({
      name: 'count',
      payload: z.strictObject({ n: z.number() }),
      attempts: 2,
      async run(_ctx, { n }) {
        seen.push(n)
        if (seen.length === 1) throw new Error('the first time fails')
        finished()
      },
    })
    const queue = openJobQueue(place(), () => undefined)
    const runner = startRunner(ctx, [job], place(), 2)
    await queue.add(job, { n: 7 })
    await done
    expect(seen).toEqual([7, 7])
    await queue.ping()
    await runner.close()
    await queue.close()
  })
})

test('an unknown job or a payload that the job does not take is never retried', async () => {
  const job = defineJob({ name: 'known', payload: z.strictObject({ id: z.uuid() }), attempts: 5, run: async () => undefined })
  const ctx = testContext(database)
  await expect(runJob(ctx, [job], { name: 'unknown', data: {} })).rejects.toThrow(/no job named unknown/)
  await expect(runJob(ctx, [job], { name: 'known', data: { id: 'x' } })).rejects.toThrow(/payload of known/)
})
