import { join } from 'node:path'
import { fileEnvironment, fileSettingsOf } from '@cartera/use-cases/files/file-settings'
import { z } from 'zod'

const environment = z.object({
  ...fileEnvironment,
  DATABASE_URL: z.string().min(1),
  REDIS_URL: z.string().min(1).optional(),
  CARTERA_SECRET: z.string().min(32, 'must have at least 32 characters'),
  CARTERA_FORMER_SECRETS: z.string().default(''),
  CARTERA_NOW: z.iso.datetime({ offset: true }).optional(),
  CARTERA_ALLOW_PRIVATE_MAIL_HOSTS: z.enum(['0', '1']).default('0'),
  CARTERA_DEMO_SMTP: z.string().optional(),
  CARTERA_PUBLIC_URL: z.url().optional(),
  CARTERA_WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(100).default(5),
  CARTERA_DATA_DIR: z.string().min(1).optional(),
  CARTERA_JOURNAL_DIR: z.string().min(1).optional(),
  CARTERA_EPOCH: z.string().max(200).optional(),
  CARTERA_NOTICE_LANES: z.coerce.number().int().min(1).max(50).default(5),
  CARTERA_NOTICE_LEASE_SECONDS: z.coerce.number().int().min(2).max(3600).default(300),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
})

/** All that the worker is told, read and checked in one place. Throws one message that names every variable that is wrong. */
export function readEnv(variables: NodeJS.ProcessEnv) {
  const read = environment.safeParse(variables)
  if (!read.success) throw new Error(read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'))
  const env = read.data
  // The data folder's usual place, as the command line has it: both are one sender.
  const journalDir = env.CARTERA_JOURNAL_DIR ?? join(env.CARTERA_DATA_DIR ?? '.cartera', 'journal')
  return {
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL ?? null,
    secret: env.CARTERA_SECRET,
    formerSecrets: env.CARTERA_FORMER_SECRETS.split(',').filter((each) => each !== ''),
    startsAt: env.CARTERA_NOW === undefined ? null : new Date(env.CARTERA_NOW),
    allowPrivateMailHosts: env.CARTERA_ALLOW_PRIVATE_MAIL_HOSTS === '1',
    demoSmtpUrl: env.CARTERA_DEMO_SMTP ?? null,
    publicUrl: env.CARTERA_PUBLIC_URL ?? null,
    concurrency: env.CARTERA_WORKER_CONCURRENCY,
    sending: {
      journalDir,
      epoch: env.CARTERA_EPOCH || null,
      lanes: env.CARTERA_NOTICE_LANES,
      leaseSeconds: env.CARTERA_NOTICE_LEASE_SECONDS,
    },
    files: fileSettingsOf(env, env.CARTERA_DATA_DIR ?? '.cartera'),
    logLevel: env.LOG_LEVEL,
  }
}
