import { allJobs, schedule } from '@cartera/use-cases/all-jobs'
import { startSending } from '@cartera/use-cases/notices/run-sending'
import { openContext } from '@cartera/use-cases/open-context'
import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { readEnv } from './env.ts'
import { startRinging } from './ring.ts'
import { startRunner } from './run-jobs.ts'

const env = readEnv(process.env)
const log = pino({ level: env.logLevel })
const { ctx, close } = openContext({ ...env, poolSize: env.concurrency + env.sending.lanes + 6, log })
const place = env.redisUrl === null ? { databaseUrl: env.databaseUrl } : { redisUrl: env.redisUrl }
const sending = startSending(ctx)
const runner = startRunner(ctx, allJobs, place, env.concurrency)
const ringing = startRinging(ctx, schedule)
log.info({ queue: env.redisUrl === null ? 'postgresql' : 'redis', jobs: allJobs.length }, 'worker started')
closeWithGrace({ delay: 25_000 }, async ({ err }) => {
  if (err) log.error({ err }, 'ending after an error')
  ringing.stop()
  await sending.stop()
  await runner.close()
  await close()
})
