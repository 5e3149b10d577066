import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { migrateDatabase } from '@cartera/db/migrate'
import { repositoryRoot, secretOf } from './data-dir.ts'
import { startEmbeddedDatabase } from './embedded-database.ts'
import { type MailInbox, startMailInbox } from './mail-inbox.ts'
import { OperatorError } from './operator-error.ts'
import { freePort } from './ports.ts'
import { runToEnd, type SupervisedProcess, superviseNode } from './supervised-process.ts'

export interface InstanceOptions {
  dataDir: string
  /** What the children inherit; DATABASE_URL and REDIS_URL in it are used. */
  env: NodeJS.ProcessEnv
  /** Port of the API; without it any free one. */
  port?: number
  /** Load the demo company, receive its mail in an own inbox. */
  demo: boolean
  /** Receive mail in an own inbox although no demo company is loaded (browser journeys). */
  inbox?: boolean
  /** Wished ports of the inbox; the next free ones where they are busy. */
  inboxPorts?: { smtp: number; web: number }
  /** Told before each step, with a few words on it. */
  onStep?: (step: string) => void
}

/** A running Cartera: database, inbox, API and worker. */
export interface Instance {
  baseUrl: string
  databaseUrl: string
  inbox: MailInbox | null
  /** What the command line needs to work on the same database. */
  env: NodeJS.ProcessEnv
  notes: string[]
  /** Resolves when a part ends by itself: which, and its last lines. */
  broken: Promise<{ part: string; how: string; lastLines: string }>
  /** Ends API and worker and starts them anew, with other variables or without the worker: another day, a worker that is down. */
  restart(options?: { env?: NodeJS.ProcessEnv; worker?: boolean }): Promise<void>
  /** Ends API, worker, inbox and database, in this order. */
  stop(onStep?: (step: string) => void): Promise<void>
  /** Ends everything at once. */
  kill(): void
}

const readyWithinMs = 60_000

/** Builds API, worker and web (or some of them) with turbo: in full the first time, from its cache afterwards. */
export async function buildApps(names: readonly ('api' | 'worker' | 'web')[] = ['api', 'worker', 'web']): Promise<void> {
  const turbo = join(repositoryRoot, 'node_modules', '.bin', 'turbo')
  const apps = names.map((name) => `--filter=@cartera/${name}`)
  const env = {
    ...process.env,
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
    FORCE_COLOR: '0',
    npm_config_verify_deps_before_run: 'false',
  }
  await runToEnd(
    'The build',
    turbo,
    ['run', 'build', ...apps, '--output-logs=errors-only', '--no-update-notifier', '--env-mode=loose'],
    env,
  )
}

/** Starts everything on a data folder. When a step fails, what was started is stopped before the error is passed on. */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const onStep = options.onStep ?? (() => undefined)
  const stops: { name: string; stop: () => Promise<void>; kill: () => void }[] = []
  const notes: string[] = []
  const stop = async (onStop: (step: string) => void = () => undefined) => {
    for (const part of stops.toReversed()) {
      onStop(`Stopping ${part.name}`)
      await part.stop()
    }
    stops.length = 0
  }
  const kill = () => {
    for (const part of stops.toReversed()) part.kill()
  }
  let reportBroken: (what: { part: string; how: string; lastLines: string }) => void = () => undefined
  const broken = new Promise<{ part: string; how: string; lastLines: string }>((resolve) => {
    reportBroken = resolve
  })

  try {
    let databaseUrl = options.env.DATABASE_URL
    if (!databaseUrl) {
      onStep('Starting PostgreSQL')
      const database = await startEmbeddedDatabase({ dataDir: options.dataDir })
      databaseUrl = database.url
      stops.push({ name: 'PostgreSQL', stop: () => database.stop(), kill: () => database.kill() })
      void database.ended.then(() => reportBroken({ part: 'PostgreSQL', how: 'it ended', lastLines: database.lastLines() }))
      if (database.movedTo)
        notes.push(
          `The database lies in ${database.movedTo}: PostgreSQL does not run as root, and its user cannot enter ${options.dataDir}.`,
        )
    }
    onStep('Bringing the database to the present schema')
    await migrate(databaseUrl)

    let inbox: MailInbox | null = null
    if (options.demo || options.inbox) {
      onStep('Starting the mail inbox')
      const ports = options.inboxPorts
      inbox = await startMailInbox({
        folder: join(options.dataDir, 'inbox'),
        ...(ports ? { smtpPort: ports.smtp, webPort: ports.web } : {}),
      })
      const started = inbox
      stops.push({ name: 'the mail inbox', stop: () => started.stop(), kill: () => undefined })
    }

    const port = options.port ?? (await freePort())
    const baseUrl = `http://localhost:${port}`
    const env: NodeJS.ProcessEnv = {
      NODE_ENV: 'production',
      ...options.env,
      DATABASE_URL: databaseUrl,
      CARTERA_SECRET: secretOf({ ...options.env, CARTERA_DATA_DIR: options.dataDir }),
      CARTERA_DATA_DIR: options.dataDir,
      CARTERA_WEB_DIR: join(repositoryRoot, 'apps', 'web', 'dist'),
      PORT: String(port),
      CARTERA_PUBLIC_URL: options.env.CARTERA_PUBLIC_URL ?? baseUrl,
      ...(inbox
        ? {
            // The inbox is on loopback, where a real installation must not send to.
            CARTERA_ALLOW_PRIVATE_MAIL_HOSTS: '1',
            CARTERA_DEMO_INBOX_URL: inbox.webUrl,
            CARTERA_DEMO_SMTP: inbox.smtpUrl,
          }
        : {}),
      // The demo people's password is known to all: nobody but this machine may reach them.
      ...(options.demo ? { HOST: options.env.HOST ?? '127.0.0.1' } : {}),
    }
    if (options.demo) {
      onStep('Loading the demo company')
      await runToEnd('Loading the demo company', process.execPath, [...commandLine, 'demo', 'load'], env)
    }

    let apps: { api: SupervisedProcess; worker: SupervisedProcess | null } | null = null
    const startApps = async (over: NodeJS.ProcessEnv, withWorker: boolean) => {
      const app = (name: 'worker' | 'API', folder: string) =>
        superviseNode(
          name,
          [join('apps', folder, 'dist', 'main.js')],
          { ...env, ...over },
          join(options.dataDir, 'logs', `${folder}.log`),
        )
      if (withWorker) onStep('Starting the worker')
      const worker = withWorker ? app('worker', 'worker') : null
      onStep('Starting the API')
      const started = { api: app('API', 'api'), worker }
      apps = started
      for (const part of partsOf(started))
        void part.ended.then((how) => {
          // What was asked to end is not broken.
          if (apps === started) reportBroken({ part: part.name, how, lastLines: part.lastLines() })
        })
      await waitUntilReady(`http://127.0.0.1:${port}/readyz`, started.api, partsOf(started))
    }
    const stopApps = async () => {
      const running = apps
      apps = null
      for (const part of running ? partsOf(running) : []) await part.stop()
    }
    stops.push({
      name: 'API and worker',
      stop: stopApps,
      kill: () => {
        for (const part of apps ? partsOf(apps) : []) part.kill()
      },
    })
    await startApps({}, true)
    const restart: Instance['restart'] = async ({ env: over = {}, worker = true } = {}) => {
      await stopApps()
      await startApps(over, worker)
    }
    return { baseUrl, databaseUrl, inbox, env, notes, broken, restart, stop, kill }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Arguments of `node` that run the `cartera` command line from source. */
export const commandLine = ['--import', 'tsx', join('apps', 'cli', 'src', 'main.ts')]

async function migrate(databaseUrl: string): Promise<void> {
  try {
    await migrateDatabase(databaseUrl)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const shown = new URL(databaseUrl)
    shown.password = ''
    if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'ETIMEDOUT' || code === 'EAI_AGAIN') {
      throw new OperatorError(
        'database-unreachable',
        `The database at ${shown.host} does not answer (${code}). Check DATABASE_URL and that the server runs.`,
      )
    }
    // Class 28: refused sign-in; 3D000: no such database.
    if (code?.startsWith('28') || code === '3D000') {
      throw new OperatorError('database-refused', `The database at ${shown.href} refuses: ${message}. Check DATABASE_URL.`)
    }
    if (code === '53100')
      throw new OperatorError('disk-full', 'No space is left on the disk of the database. Free some and start again.')
    throw error
  }
}

const partsOf = ({ api, worker }: { api: SupervisedProcess; worker: SupervisedProcess | null }) =>
  worker === null ? [api] : [api, worker]

async function waitUntilReady(url: string, api: SupervisedProcess, parts: readonly SupervisedProcess[]): Promise<void> {
  const deadline = Date.now() + readyWithinMs
  let answer = 'no answer'
  while (Date.now() < deadline) {
    for (const part of parts) {
      if (part.hasEnded()) throw brokenPart(part.name, await part.ended, part.lastLines())
    }
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
      answer = `${response.status} ${await response.text()}`
      if (response.ok) return
    } catch {
      // Not listening yet.
    }
    await wait(50)
  }
  throw new OperatorError(
    'not-ready',
    `Cartera did not get ready within ${readyWithinMs / 1000} s (${answer}).\n${api.lastLines()}`,
  )
}

/** The error for a part that ended by itself. */
export function brokenPart(part: string, how: string, lastLines: string): OperatorError {
  return new OperatorError('part-ended', `The ${part} ended unexpectedly (${how}). Its last lines:\n${lastLines || '(none)'}`)
}
