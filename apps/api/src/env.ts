import { fileEnvironment, fileSettingsOf } from '@cartera/use-cases/files/file-settings'
import { z } from 'zod'

const secret = z.string().min(32, 'must have at least 32 characters')

const environment = z.object({
  ...fileEnvironment,
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  HOST: z.string().default('0.0.0.0'),
  DATABASE_URL: z.string().min(1),
  REDIS_URL: z.string().min(1).optional(),
  CARTERA_SECRET: secret,
  CARTERA_FORMER_SECRETS: z.string().default(''),
  CARTERA_DATA_DIR: z.string().min(1).optional(),
  CARTERA_WEB_DIR: z.string().optional(),
  CARTERA_NOW: z.iso.datetime({ offset: true }).optional(),
  CARTERA_ALLOW_PRIVATE_MAIL_HOSTS: z.enum(['0', '1']).default('0'),
  CARTERA_DEMO_SMTP: z.string().optional(),
  CARTERA_PUBLIC_URL: z.url().optional(),
  CARTERA_TRUST_PROXY: z.enum(['0', '1']).default('0'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
})

/** All that the API is told, read and checked in one place. Throws one message that names every variable that is wrong. */
export function readEnv(variables: NodeJS.ProcessEnv) {
  const read = environment.safeParse(variables)
  if (!read.success) throw new Error(read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'))
  const env = read.data
  return {
    port: env.PORT,
    host: env.HOST,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL ?? null,
    secret: env.CARTERA_SECRET,
    formerSecrets: env.CARTERA_FORMER_SECRETS.split(',').filter((each) => each !== ''),
    webDir: env.CARTERA_WEB_DIR ?? null,
    startsAt: env.CARTERA_NOW === undefined ? null : new Date(env.CARTERA_NOW),
    allowPrivateMailHosts: env.CARTERA_ALLOW_PRIVATE_MAIL_HOSTS === '1',
    demoSmtpUrl: env.CARTERA_DEMO_SMTP ?? null,
    publicUrl: env.CARTERA_PUBLIC_URL ?? null,
    trustProxy: env.CARTERA_TRUST_PROXY === '1',
    files: fileSettingsOf(env, env.CARTERA_DATA_DIR ?? '.cartera'),
    logLevel: env.LOG_LEVEL,
  }
}
