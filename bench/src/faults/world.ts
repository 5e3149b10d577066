import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { connect } from '@cartera/db/connect'
import { migrateDatabase } from '@cartera/db/migrate'
import { aCompany, aMailAccount, aUser } from '@cartera/db/testing/builders'
import { repositoryRoot } from '@cartera/infra/data-dir'
import { type EmbeddedDatabase, startEmbeddedDatabase } from '@cartera/infra/embedded-database'
import { freePort, isListening } from '@cartera/infra/ports'
import { endWithThisProcess } from '@cartera/infra/process-life'
import { findRedisServer } from '@cartera/infra/test-machine'
import pg from 'pg'
import type { LedgerLine, SmtpCommand } from './smtp-process.ts'

export interface WorldOptions {
  notices: number
  backend: 'redis' | 'postgres'
  /** The product's worker, or the control that must fail. */
  worker: 'cartera' | 'naive' | 'naive-reminders'
  workers: number
  lanes: number
  /** How long the mail server takes over each mail. */
  smtpDelayMs: number
}

/** Short, so that what a killed worker held is taken up again within the test. */
export const leaseSeconds = 10

/**
 * A real PostgreSQL, Redis, mail server and workers, each a process that can be killed and comes back on the same port. Receivables are
 * due in seven days, so that all notices are due today; the mail server's ledger is the only judge of what left.
 */
export class World {
  readonly options: WorldOptions
  readonly folder: string
  readonly ledgerPath: string
  /** Workers that were ended, frozen or cut off from mail server or database: each may leave as many in doubt as it has lanes. */
  cutOff = 0
  lostReplies = 0
  #database: EmbeddedDatabase | undefined
  #databasePort = 0
  #smtpPort = 0
  #smtp: ChildProcess | undefined
  #redisPort = 0
  #redis: ChildProcess | undefined
  #workers: (ChildProcess | undefined)[] = []
  #callOffs = new Map<number, () => void>()
  #stopping = false
  #read = 0
  #accepted = 0
  #pool: pg.Pool | undefined

  private constructor(options: WorldOptions) {
    this.options = options
    this.folder = mkdtempSync(join('/tmp', 'cartera-faults-'))
    chmodSync(this.folder, 0o711)
    this.ledgerPath = join(this.folder, 'ledger.jsonl')
  }

  static async start(options: WorldOptions): Promise<World> {
    const world = new World(options)
    try {
      world.#databasePort = await freePort()
      world.#smtpPort = await freePort()
      world.#redisPort = await freePort()
      await world.startDatabase()
      await migrateDatabase(world.databaseUrl)
      await world.#fill()
      await world.startSmtp()
      if (options.backend === 'redis' || options.worker !== 'cartera') await world.startRedis()
      return world
    } catch (error) {
      await world.stop()
      throw error
    }
  }

  get databaseUrl(): string {
    if (!this.#database) throw new Error('the database does not run')
    return this.#database.url
  }

  get redisUrl(): string {
    return `redis://127.0.0.1:${this.#redisPort}`
  }

  get smtpPort(): number {
    return this.#smtpPort
  }

  /** A pool that outlives the database's ends; queries fail while it is away. */
  get pool(): pg.Pool {
    if (!this.#pool) {
      this.#pool = new pg.Pool({ connectionString: this.databaseUrl, max: 6 })
      this.#pool.on('error', () => undefined)
      this.#pool.on('connect', (client) => client.on('error', () => undefined))
    }
    return this.#pool
  }

  /** As `pool.query`, and again until the database is back. */
  async ask<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    for (let tries = 0; ; tries += 1)
      try {
        return (await this.pool.query<Row>(text, values)).rows
      } catch (error) {
        if (tries > 200) throw error
        await wait(100)
      }
  }

  async startDatabase(): Promise<void> {
    this.#database = await startEmbeddedDatabase({
      dataDir: join(this.folder, 'data'),
      port: this.#databasePort,
      // What was committed before what is asked of PostgreSQL itself, to the microsecond.
      settings: { track_commit_timestamp: 'on', max_connections: '150' },
    })
  }

  async killDatabase(): Promise<void> {
    const database = this.#database
    database?.kill()
    await database?.ended
  }

  async startSmtp(): Promise<void> {
    const child = fork(
      join(repositoryRoot, 'bench', 'src', 'faults', 'smtp-process.ts'),
      [String(this.#smtpPort), this.ledgerPath, String(this.options.smtpDelayMs)],
      { execArgv: ['--import', 'tsx'], cwd: repositoryRoot, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    )
    this.#smtp = child
    await once(child, 'message')
  }

  tellSmtp(command: SmtpCommand): void {
    if (this.#smtp?.connected) this.#smtp.send(command, () => undefined)
  }

  async killSmtp(): Promise<void> {
    await end(this.#smtp)
  }

  async startRedis(): Promise<void> {
    const program = findRedisServer()
    if (!program) throw new Error('no redis-server: install one, or set CARTERA_REDIS_SERVER')
    const settings = { port: String(this.#redisPort), bind: '127.0.0.1', dir: this.folder, save: '', appendonly: 'no' }
    const child = spawn(
      program,
      Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
      { stdio: 'ignore' },
    )
    this.#redis = child
    if (child.pid !== undefined) this.#callOffs.set(child.pid, endWithThisProcess(child.pid, 'TERM'))
    while (!(await isListening(this.#redisPort))) await wait(20)
  }

  async killRedis(): Promise<void> {
    await end(this.#redis)
  }

  /** Starts all workers; one that ends is started again, as by any supervisor. */
  startWorkers(): void {
    for (let slot = 0; slot < this.options.workers; slot += 1) this.#startWorker(slot)
  }

  #startWorker(slot: number): void {
    const log = openSync(join(this.folder, `worker-${slot}.log`), 'a')
    const child =
      this.options.worker !== 'cartera'
        ? fork(
            join(repositoryRoot, 'bench', 'src', 'faults', `${this.options.worker}-process.ts`),
            [this.databaseUrl, this.redisUrl, String(this.#smtpPort)],
            { execArgv: ['--import', 'tsx'], cwd: repositoryRoot, stdio: ['ignore', log, log, 'ipc'] },
          )
        : spawn(process.execPath, [join('apps', 'worker', 'dist', 'main.js')], {
            cwd: repositoryRoot,
            stdio: ['ignore', log, log],
            env: {
              PATH: process.env.PATH ?? '',
              NODE_ENV: 'production',
              DATABASE_URL: this.databaseUrl,
              ...(this.options.backend === 'redis' ? { REDIS_URL: this.redisUrl } : {}),
              CARTERA_SECRET: 'a secret for the fault test, thirty-two and more',
              CARTERA_ALLOW_PRIVATE_MAIL_HOSTS: '1',
              CARTERA_JOURNAL_DIR: join(this.folder, 'journal'),
              CARTERA_NOTICE_LANES: String(this.options.lanes),
              CARTERA_NOTICE_LEASE_SECONDS: String(leaseSeconds),
              LOG_LEVEL: 'warn',
            },
          })
    closeSync(log)
    this.#workers[slot] = child
    const { pid } = child
    if (pid !== undefined) this.#callOffs.set(pid, endWithThisProcess(pid, 'TERM'))
    child.once('exit', () => {
      if (pid !== undefined) {
        this.#callOffs.get(pid)?.()
        this.#callOffs.delete(pid)
      }
      if (!this.#stopping) setTimeout(() => !this.#stopping && this.#startWorker(slot), 100)
    })
  }

  /** Sends a signal to one worker. */
  signal(slot: number, signal: NodeJS.Signals): void {
    this.#workers[slot]?.kill(signal)
  }

  /** How many mails the ledger has, reading only what is new. */
  accepted(): number {
    if (!existsSync(this.ledgerPath)) return 0
    const file = openSync(this.ledgerPath, 'r')
    try {
      const buffer = Buffer.alloc(1_048_576)
      for (;;) {
        const length = readSync(file, buffer, 0, buffer.length, this.#read)
        if (length === 0) return this.#accepted
        this.#read += length
        for (let at = 0; at < length; at += 1) if (buffer[at] === 10) this.#accepted += 1
      }
    } finally {
      closeSync(file)
    }
  }

  ledger(): LedgerLine[] {
    if (!existsSync(this.ledgerPath)) return []
    return readFileSync(this.ledgerPath, 'utf8')
      .split('\n')
      .flatMap((line) => {
        try {
          return line === '' ? [] : [JSON.parse(line) as LedgerLine]
        } catch {
          // Torn by the server's end: never answered.
          return []
        }
      })
  }

  logs(): string {
    return Array.from({ length: this.options.workers }, (_, slot) => {
      const path = join(this.folder, `worker-${slot}.log`)
      return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(-30).join('\n') : ''
    }).join('\n')
  }

  async #fill(): Promise<void> {
    const { notices } = this.options
    const connection = connect(this.databaseUrl)
    try {
      await aCompany(connection.db, { noticeActive: true, timeZone: 'UTC', businessWeekdays: [1, 2, 3, 4, 5, 6, 7] })
      const agents: string[] = []
      for (let n = 0; n < 8; n += 1) {
        const user = await aUser(connection.db)
        await aMailAccount(connection.db, { userId: user.id, port: this.#smtpPort, address: `cobranza${n}@andina.test` })
        agents.push(user.id)
      }
      const { pool } = connection
      await pool.query(
        `insert into customers (id, code, name, email, collections_agent_id)
         select gen_random_uuid(), 'C-' || n, 'Cliente ' || n, 'pagos' || n || '@cliente.test', ($2::uuid[])[1 + n % array_length($2::uuid[], 1)]
         from generate_series(1, $1) n`,
        [notices, agents],
      )
      // Every third customer owes two.
      await pool.query(`
        insert into documents (id, customer_id, number, issued_on, currency, total_minor)
        select gen_random_uuid(), c.id, 'R-' || lpad((substring(c.code from 3)::int * 10 + k)::text, 7, '0'), current_date - 30, 'USD', 10000
        from customers c cross join generate_series(0, 1) k where k = 0 or substring(c.code from 3)::int % 3 = 0`)
      await pool.query(`
        insert into receivables (id, document_id, customer_id, external_id, issued_on, due_on, currency, amount_minor, balance_minor)
        select gen_random_uuid(), id, customer_id, number, issued_on, current_date + 7, 'USD', 10000, 10000 from documents`)
      await pool.query('create table fault_payments (receivable_id uuid primary key)')
      await pool.query('analyze')
    } finally {
      await connection.close()
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true
    for (const worker of this.#workers) {
      worker?.kill('SIGCONT')
      await end(worker)
    }
    await end(this.#smtp)
    await end(this.#redis)
    for (const callOff of this.#callOffs.values()) callOff()
    await this.#pool?.end().catch(() => undefined)
    await this.#database?.stop().catch(() => undefined)
    rmSync(this.folder, { recursive: true, force: true })
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
