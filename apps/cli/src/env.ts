import { fileEnvironment, fileSettingsOf } from '@cartera/use-cases/files/file-settings'
import { z } from 'zod'

const environment = z.object({
  ...fileEnvironment,
  REDIS_URL: z.string().min(1).optional(),
  CARTERA_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  CARTERA_FORMER_SECRETS: z.string().default(''),
  CARTERA_NOW: z.iso.datetime({ offset: true }).optional(),
  CARTERA_ALLOW_PRIVATE_MAIL_HOSTS: z.enum(['0', '1']).default('0'),
  CARTERA_DEMO_SMTP: z.string().optional(),
  CARTERA_PUBLIC_URL: z.url().optional(),
  CARTERA_JOURNAL_DIR: z.string().min(1).optional(),
  CARTERA_EPOCH: z.string().max(200).optional(),
})

/** What the command line is told, read and checked in one place; database and data folder are found by infra. */
export function readEnv(variables: NodeJS.ProcessEnv, dataDir: string) {
  const read = environment.safeParse(variables)
  if (!read.success) throw new Error(read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'))
  const env = read.data
  return {
    redisUrl: env.REDIS_URL ?? null,
    secret: env.CARTERA_SECRET ?? null,
    formerSecrets: env.CARTERA_FORMER_SECRETS.split(',').filter((each) => each !== ''),
    startsAt: env.CARTERA_NOW === undefined ? null : new Date(env.CARTERA_NOW),
    allowPrivateMailHosts: env.CARTERA_ALLOW_PRIVATE_MAIL_HOSTS === '1',
    demoSmtpUrl: env.CARTERA_DEMO_SMTP ?? null,
    publicUrl: env.CARTERA_PUBLIC_URL ?? null,
    files: fileSettingsOf(env, dataDir),
    journalDir: env.CARTERA_JOURNAL_DIR ?? null,
    epoch: env.CARTERA_EPOCH || null,
  }
}
