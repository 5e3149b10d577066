import { openContext } from '@cartera/use-cases/open-context'
import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { buildApp } from './app.ts'
import { readEnv } from './env.ts'

const env = readEnv(process.env)
const log = pino({ level: env.logLevel })
const { ctx, close } = openContext({ ...env, log })
const app = await buildApp(ctx, {
  logger: { level: env.logLevel },
  trustProxy: env.trustProxy,
  webDir: env.webDir,
  requestsPerMinute: 1200,
  busyAfterMs: 1500,
})
closeWithGrace({ delay: 10_000 }, async ({ err }) => {
  if (err) log.error({ err }, 'ending after an error')
  await app.close()
  await close()
})
await app.listen({ port: env.port, host: env.host })
