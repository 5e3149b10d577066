import { join } from 'node:path'
import { migrateDatabase } from '@cartera/db/migrate'
import { dataDirOf, secretOf } from '@cartera/infra/data-dir'
import { openDatabase } from '@cartera/infra/embedded-database'
import type { AppContext } from '@cartera/use-cases/app-context'
import { openContext } from '@cartera/use-cases/open-context'
import { readEnv } from './env.ts'

/**
 * Runs a command against the installation's database: DATABASE_URL, else the embedded one, which is found where the server runs it
 * or started for as long as the command takes. The schema is brought up to date first.
 */
export async function withContext<T>(work: (ctx: AppContext) => Promise<T>): Promise<T> {
  const env = readEnv(process.env, dataDirOf(process.env))
  const secret = env.secret ?? secretOf({ CARTERA_DATA_DIR: dataDirOf(process.env) })
  const database = await openDatabase(process.env)
  try {
    await migrateDatabase(database.url)
    const warn = (details: object, message: string) => {
      const reason = 'err' in details && details.err instanceof Error ? `: ${details.err.message}` : ''
      process.stderr.write(`${message}${reason}\n`)
    }
    const { ctx, close } = openContext({
      ...env,
      databaseUrl: database.url,
      secret,
      // The same folder as the worker of this machine, so that both are one sender.
      sending: {
        journalDir: env.journalDir ?? join(dataDirOf(process.env), 'journal'),
        epoch: env.epoch,
        lanes: 4,
        leaseSeconds: 300,
      },
      log: { info: () => undefined, warn, error: warn },
    })
    try {
      return await work(ctx)
    } finally {
      await close()
    }
  } finally {
    await database.close()
  }
}
