import { openContext } from '@cartera/use-cases/open-context'
import { buildApp } from './app.ts'

// Prints the OpenAPI document without a database: for linting and for generating clients.
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
const { ctx } = openContext({
  databaseUrl: 'postgres://nobody@127.0.0.1:1/none',
  redisUrl: null,
  secret: 'only to build the routes, nothing is signed with this',
  formerSecrets: [],
  startsAt: null,
  allowPrivateMailHosts: false,
  demoSmtpUrl: null,
  publicUrl: null,
  files: { dir: '.cartera/files', mostBytes: 1, s3: null },
  log: quiet,
})
const app = await buildApp(ctx, { logger: false, trustProxy: false, webDir: null, requestsPerMinute: 1, busyAfterMs: 0 })
await app.ready()
process.stdout.write(`${JSON.stringify(app.swagger(), null, 2)}\n`)
await app.close()
