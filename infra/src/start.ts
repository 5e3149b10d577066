import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { dataDirOf, prepareDataDir } from './data-dir.ts'
import { demoPassword, demoPeople } from './demo-people.ts'
import { deleteEmbeddedDatabase, findRunningDatabase } from './embedded-database.ts'
import { brokenPart, buildApps, type Instance, startInstance } from './instance.ts'
import { explainFileError, OperatorError } from './operator-error.ts'
import { isPortFree } from './ports.ts'
import { watchLaunchers } from './process-life.ts'

const usage = `pnpm start [--port N] [--no-demo] [--fresh]

  --port N    serve on this port (else PORT, else 3000)
  --no-demo   start an empty company instead of the demo
  --fresh     delete the embedded database with all its data and begin anew

  DATABASE_URL      use this PostgreSQL (15 or newer) instead of the embedded one
  REDIS_URL         queue on this Redis instead of the database
  CARTERA_DATA_DIR  where the embedded database and files live (else .cartera)`

interface StartOptions {
  port: number
  demo: boolean | null
  fresh: boolean
}

const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

let onLaunchersGone = endWhileStarting

/** Ctrl-C before everything runs: what was started ends with this process. */
function endWhileStarting(): void {
  process.exit(130)
}

function readOptions(args: string[]): StartOptions {
  const { values } = parseArgs({
    // pnpm hands a "--" through.
    args: args.filter((arg) => arg !== '--'),
    options: {
      port: { type: 'string' },
      'no-demo': { type: 'boolean' },
      demo: { type: 'boolean' },
      fresh: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  const port = Number(values.port ?? process.env.PORT ?? 3000)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new OperatorError(
      'bad-port',
      `"${values.port ?? process.env.PORT}" is not a port. Give a whole number from 1 to 65535.`,
    )
  }
  return { port, fresh: values.fresh, demo: values['no-demo'] ? false : values.demo ? true : null }
}

/** What the folder was first started as stays: a company's real data never gets the demo company beside it by a forgotten flag. */
function settleDemo(dataDir: string, wished: boolean | null): boolean {
  const path = join(dataDir, 'start.json')
  let first: boolean | null = null
  if (existsSync(path)) {
    try {
      first = JSON.parse(readFileSync(path, 'utf8')).demo === true
    } catch {
      first = null
    }
  }
  if (first === false && wished === true) {
    throw new OperatorError(
      'not-a-demo',
      `${dataDir} was started without the demo company. Set CARTERA_DATA_DIR to another folder for a demo, or use --fresh (deletes the data).`,
    )
  }
  const demo = wished ?? first ?? true
  try {
    if (first === null) writeFileSync(path, `${JSON.stringify({ demo })}\n`, { mode: 0o600 })
  } catch (error) {
    throw explainFileError(error, path)
  }
  return demo
}

async function wipe(dataDir: string): Promise<void> {
  if (process.env.DATABASE_URL) {
    throw new OperatorError(
      'not-ours',
      '--fresh deletes the embedded database only; DATABASE_URL is set. Empty that database yourself, or unset DATABASE_URL.',
    )
  }
  await deleteEmbeddedDatabase(dataDir)
  for (const name of ['inbox', 'files', 'logs', 'start.json']) rmSync(join(dataDir, name), { recursive: true, force: true })
}

async function refuseSecondStart(dataDir: string): Promise<void> {
  const running = process.env.DATABASE_URL ? null : await findRunningDatabase(dataDir)
  if (running?.ownerPid) {
    throw new OperatorError(
      'already-running',
      `Cartera is already running on the data folder ${dataDir} (process ${running.ownerPid}). Stop it first, or set CARTERA_DATA_DIR to another folder.`,
    )
  }
}

async function refuseBusyPort(port: number): Promise<void> {
  if (await isPortFree(port)) return
  throw new OperatorError(
    'port-busy',
    `Port ${port} cannot be used: another program listens there, or this user may not. Stop that program, or choose another port: pnpm start --port ${port === 3000 ? 3001 : 3000}`,
  )
}

function makeProgress() {
  const startedAt = performance.now()
  let stepAt = startedAt
  let current: string | null = null
  const seconds = (sinceMs: number) => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`
  const finish = () => {
    if (current !== null) console.log(`  ✓ ${current} (${seconds(stepAt)})`)
    current = null
  }
  return {
    step: (name: string) => {
      finish()
      current = name
      stepAt = performance.now()
      if (process.stdout.isTTY) process.stdout.write(`  … ${name}\r`)
    },
    finish,
    fail: () => {
      if (current !== null) console.log(`  ✗ ${current}`)
      current = null
    },
    total: () => seconds(startedAt),
  }
}

function announce(instance: Instance, demo: boolean, total: string): void {
  const lines = ['', `Cartera is ready: ${instance.baseUrl}   (${total})`, '']
  if (demo) {
    const width = (pick: (person: (typeof demoPeople)[number]) => string) =>
      Math.max(...demoPeople.map((person) => pick(person).length))
    const [names, mails, roles] = [
      width((person) => person.name),
      width((person) => person.email),
      width((person) => person.role),
    ]
    lines.push('Demo people:')
    for (const { name, email, level, role } of demoPeople) {
      lines.push(
        `  ${name.padEnd(names)}  ${email.padEnd(mails)}  level ${level}  ${role.padEnd(roles)}  password ${demoPassword}`,
      )
    }
    lines.push('')
  } else {
    lines.push(`Create the first administrator there, or with: pnpm cartera users create-admin`, '')
  }
  if (instance.inbox)
    lines.push(
      `Demo inbox:  ${instance.inbox.webUrl}   (SMTP on 127.0.0.1:${instance.inbox.smtpPort}; nothing leaves this machine)`,
    )
  lines.push(
    `API:         ${instance.baseUrl}/docs`,
    ...instance.notes.map((note) => `Note: ${note}`),
    '',
    'Ctrl-C ends everything.',
  )
  console.log(lines.join('\n'))
}

/** Waits for Ctrl-C (or SIGTERM, or the end of a part), stops everything in order and answers the exit code. */
async function runUntilEnd(instance: Instance): Promise<number> {
  let signalAt = 0
  const signalled = new Promise<null>((resolve) => {
    const onSignal = () => {
      // A terminal, pnpm and npx may each pass on one Ctrl-C: only a later one is the second.
      if (signalAt !== 0 && performance.now() - signalAt > 700) {
        instance.kill()
        process.exit(130)
      }
      if (signalAt === 0) signalAt = performance.now()
      resolve(null)
    }
    for (const signal of endSignals) process.off(signal, endWhileStarting).on(signal, onSignal)
    onLaunchersGone = () => resolve(null)
  })
  const broken = await Promise.race([signalled, instance.broken])
  if (broken) console.error(`\n${brokenPart(broken.part, broken.how, broken.lastLines).message}\n`)
  else console.log('\nStopping (Ctrl-C again kills)')
  await instance.stop((step) => console.log(`  ${step}`))
  console.log('Stopped.')
  return broken ? 1 : 0
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  const dataDir = dataDirOf(process.env)
  const progress = makeProgress()
  for (const signal of endSignals) process.on(signal, endWhileStarting)
  watchLaunchers(() => onLaunchersGone())
  // Whoever read our lines may be gone before us.
  process.stdout.on('error', () => undefined)
  console.log('Starting Cartera')
  try {
    prepareDataDir(dataDir)
    await refuseSecondStart(dataDir)
    await refuseBusyPort(options.port)
    if (options.fresh) {
      progress.step('Deleting the embedded data')
      await wipe(dataDir)
    }
    const demo = settleDemo(dataDir, options.demo)
    progress.step('Building')
    await buildApps()
    const instance = await startInstance({
      dataDir,
      env: process.env,
      port: options.port,
      demo,
      inboxPorts: { smtp: 2525, web: 2580 },
      onStep: progress.step,
    })
    progress.finish()
    announce(instance, demo, progress.total())
    return await runUntilEnd(instance)
  } catch (error) {
    progress.fail()
    throw error
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isBadArgument = (error as NodeJS.ErrnoException)?.code?.startsWith('ERR_PARSE_ARGS')
    if (error instanceof OperatorError) console.error(`\n${error.message}`)
    else if (isBadArgument) console.error(`${(error as Error).message}\n\n${usage}`)
    else console.error(error)
    process.exit(1)
  },
)
