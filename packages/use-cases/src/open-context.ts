import { connect } from '@cartera/db/connect'
import type { AppContext, Log } from './app-context.ts'
import type { FileSettings } from './files/file-settings.ts'
import { openFileStore } from './files/file-store.ts'
import { type JobQueue, openJobQueue } from './jobs/job-queue.ts'
import { openSending, type SendingSettings } from './notices/open-sending.ts'
import { makeSecrets } from './secrets.ts'

/** What a process must be told; each app reads it from its environment in its own env.ts. */
export interface ContextSettings {
  databaseUrl: string
  redisUrl: string | null
  secret: string
  formerSecrets: readonly string[]
  poolSize?: number
  /** Shifts the clock so that it starts at this instant and then ticks (demonstrations and tests); null for the real time. */
  startsAt: Date | null
  allowPrivateMailHosts: boolean
  demoSmtpUrl: string | null
  publicUrl: string | null
  files: FileSettings
  /** Left out in a process that never sends notices. */
  sending?: SendingSettings | undefined
  log: Log
}

/** Opens what a process works with. `close` ends it in order: queue, then database. */
export function openContext(settings: ContextSettings): { ctx: AppContext; close(): Promise<void> } {
  const connection = connect(settings.databaseUrl, settings.poolSize === undefined ? {} : { poolSize: settings.poolSize })
  const offsetMs = settings.startsAt === null ? 0 : settings.startsAt.getTime() - Date.now()
  // The command line often needs no queue at all: it is opened when first used.
  let opened: JobQueue | undefined
  const queue = (): JobQueue => {
    opened ??= openJobQueue(
      settings.redisUrl === null ? { databaseUrl: settings.databaseUrl } : { redisUrl: settings.redisUrl },
      (error) => settings.log.error({ err: error }, 'queue'),
    )
    return opened
  }
  const ctx: AppContext = {
    db: connection.db,
    pool: connection.pool,
    now: () => new Date(Date.now() + offsetMs),
    secrets: makeSecrets(settings.secret, settings.formerSecrets),
    queue: {
      add: (job, payload, options) => queue().add(job, payload, options),
      ping: () => queue().ping(),
      close: async () => opened?.close(),
    },
    files: openFileStore(settings.files),
    sending: settings.sending === undefined ? null : openSending(settings.sending),
    log: settings.log,
    origin: { address: null, userAgent: null },
    settings: {
      allowPrivateMailHosts: settings.allowPrivateMailHosts,
      demoSmtpUrl: settings.demoSmtpUrl,
      publicUrl: settings.publicUrl,
    },
  }
  return {
    ctx,
    async close() {
      await opened?.close()
      await ctx.sending?.journal.close()
      await connection.close()
    },
  }
}
