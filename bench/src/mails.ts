import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@cartera/db/connect'
import { migrateDatabase } from '@cartera/db/migrate'
import { noticeMessages } from '@cartera/db/schema/notices'
import { aCompany, aMailAccount, aUser } from '@cartera/db/testing/builders'
import { repositoryRoot } from '@cartera/infra/data-dir'
import { startEmbeddedDatabase } from '@cartera/infra/embedded-database'
import { freePort } from '@cartera/infra/ports'
import type { makeNoticeMails } from '@cartera/use-cases/notices/message-content'
import { planDay } from '@cartera/use-cases/notices/plan-day'
import { sendDueNotices } from '@cartera/use-cases/notices/send-notices'
import { openContext } from '@cartera/use-cases/open-context'
import nodemailer from 'nodemailer'
import { scaleOf } from './database.ts'
import { compare, median } from './measure.ts'

// Notices out (claim, facts, rendering, gate, journal, events, outcomes) against a bare nodemailer pool that has the finished mails in memory:
// same mail server (a process of its own whose ledger is forced to disk), same bodies, same number of connections. Then a slow server (50 ms
// per mail), where the number of connections alone decides. Commits are durable on both ends.

const scale = scaleOf(process.argv)
const day = '2026-03-11'
const lanes = 5
const quiet = {
  info: () => undefined,
  warn: () => undefined,
  error: (details: object, text: string) => console.error(text, details),
}

async function startServer(folder: string, delayMs: number): Promise<{ port: number; stop(): Promise<void> }> {
  const port = await freePort()
  const child = fork(
    join(repositoryRoot, 'bench', 'src', 'faults', 'smtp-process.ts'),
    [String(port), join(folder, `ledger-${delayMs}`), String(delayMs), 'light'],
    { execArgv: ['--import', 'tsx'], cwd: repositoryRoot },
  )
  await once(child, 'message')
  return {
    port,
    async stop() {
      child.kill()
      await once(child, 'exit')
    },
  }
}

const folder = mkdtempSync(join(tmpdir(), 'cartera-mails-'))
const database = await startEmbeddedDatabase({ dataDir: join(folder, 'data') })
try {
  await migrateDatabase(database.url)
  const connection = connect(database.url)
  const fast = await startServer(folder, 0)
  const slow = await startServer(folder, 50)
  await aCompany(connection.db, { noticeActive: true, timeZone: 'UTC' })
  const agent = await aUser(connection.db)
  await aMailAccount(connection.db, { userId: agent.id, port: fast.port, address: 'cobranza@andina.test' })
  const count = Math.round(2000 * scale)
  await connection.pool.query(
    `insert into customers (id, code, name, email, collections_agent_id)
     select gen_random_uuid(), 'C-' || n, 'Cliente ' || n, 'pagos' || n || '@cliente.test', $2 from generate_series(1, $1) n`,
    [count, agent.id],
  )
  await connection.pool.query(`
    insert into documents (id, customer_id, number, issued_on, currency, total_minor)
    select gen_random_uuid(), c.id, c.code || '-' || k, '2026-02-01', 'USD', 10000 from customers c cross join generate_series(1, 3) k`)
  await connection.pool.query(`
    insert into receivables (id, document_id, customer_id, external_id, issued_on, due_on, currency, amount_minor, balance_minor)
    select gen_random_uuid(), id, customer_id, number, issued_on, '2026-03-18', 'USD', 10000, 10000 from documents`)
  await connection.pool.query('analyze')
  const { ctx, close } = openContext({
    databaseUrl: database.url,
    redisUrl: null,
    secret: 'benchmarks sign nothing of value with this secret',
    formerSecrets: [],
    poolSize: 2 * lanes + 5,
    startsAt: new Date(`${day}T15:00:00Z`),
    allowPrivateMailHosts: true,
    demoSmtpUrl: null,
    publicUrl: null,
    files: { dir: join(tmpdir(), 'cartera-bench-files'), mostBytes: 1, s3: null },
    sending: { journalDir: join(folder, 'journal'), epoch: 'bench', lanes, leaseSeconds: 300 },
    log: quiet,
  })
  try {
    await planDay(ctx, day)
    const sendAll = async (expected: number, over: number) => {
      const { sent, problem } = await sendDueNotices(ctx, { lanes: over })
      if (sent !== expected) throw new Error(`${sent} of ${expected} notices were sent ${JSON.stringify(problem)}`)
    }
    await sendAll(count, lanes)
    const { rows: customers } = await connection.pool.query<{ id: string; email: string }>('select id, email from customers')
    const emailOf = new Map(customers.map(({ id, email }) => [id, email]))
    const rows = (await connection.db.select().from(noticeMessages)).map(({ id, customerId, subject, source }) => {
      const email = emailOf.get(customerId)
      if (subject === null || email === undefined || source === null) throw new Error('a notice that was sent has no mail')
      return { id, subject, email, source }
    })
    const madeBefore = new Map(rows.map(({ id, subject, source, email }) => [id, { subject, source, to: [email] }]))
    const ready: typeof makeNoticeMails = async (_ctx, _world, messages) =>
      new Map(
        messages.flatMap(({ facts }) => {
          const mail = madeBefore.get(facts.message.id)
          return mail ? [[facts.message.id, mail] as const] : []
        }),
      )
    const { sending } = ctx
    if (sending === null) throw new Error('no sending')
    const withReadyMails = async (expected: number, over: number) => {
      sending.makeMails = ready
      try {
        await sendAll(expected, over)
      } finally {
        delete sending.makeMails
      }
    }
    const average = Math.round(rows.reduce((sum, row) => sum + row.source.length, 0) / rows.length)
    process.stdout.write(`\n${rows.length} mails of ${average} bytes on average, three receivables each\n`)
    const again = async (howMany: number) => {
      await connection.pool.query('truncate notice_events, contact_attempts')
      await connection.pool.query(`update notice_messages set state = 'sent', sent_at = now()`)
      await connection.pool.query(
        `update notice_messages set state = 'planned', sent_at = null, attempt = 0, source = null, next_attempt_at = now()
         where id in (select id from notice_messages order by id limit $1)`,
        [howMany],
      )
      await connection.pool.query('vacuum notice_messages')
    }
    const bare = async (port: number, howMany: number, connections: number) => {
      const pool = nodemailer.createTransport({
        pool: true,
        host: '127.0.0.1',
        port,
        ignoreTLS: true,
        maxConnections: connections,
        maxMessages: Number.POSITIVE_INFINITY,
      })
      await Promise.all(
        rows
          .slice(0, howMany)
          .map(({ email, source }) => pool.sendMail({ envelope: { from: 'cobranza@andina.test', to: email }, raw: source })),
      )
      pool.close()
    }
    /** The sides in turn, with the time that this process itself computes. */
    const compareAll = async (title: string, port: number, howMany: number, over: number, turns: number) => {
      const cpu = new Map<string, number[]>()
      const side = (name: string, work: () => Promise<void>, before?: () => Promise<void>) => ({
        name,
        ...(before ? { before } : {}),
        async work() {
          const began = process.cpuUsage()
          await work()
          const { user, system } = process.cpuUsage(began)
          cpu.set(name, [...(cpu.get(name) ?? []), (user + system) / 1000 / howMany])
        },
      })
      const results = await compare(
        [
          side('bare nodemailer pool', () => bare(port, howMany, over)),
          side(
            'notices, mails made before',
            () => withReadyMails(howMany, over),
            () => again(howMany),
          ),
          side(
            'notices',
            () => sendAll(howMany, over),
            () => again(howMany),
          ),
        ],
        turns,
      )
      const perSecond = results.map(({ medianMs }) => (howMany / medianMs) * 1000)
      process.stdout.write(`\n${title}\n`)
      for (const [index, { name }] of results.entries())
        process.stdout.write(
          `  ${name.padEnd(28)} ${Math.round(perSecond[index] ?? 0)
            .toString()
            .padStart(
              6,
            )} mails/s   ${(((perSecond[index] ?? 0) / (perSecond[0] ?? 1)) * 100).toFixed(0).padStart(4)} %   ${median(
            cpu.get(name) ?? [],
          )
            .toFixed(2)
            .padStart(6)} ms of its own per mail\n`,
        )
    }
    await compareAll(`Fast server, ${lanes} connections`, fast.port, count, lanes, 5)
    await connection.pool.query('update mail_accounts set port = $1, version = version + 1', [slow.port])
    for (const over of [5, 10])
      await compareAll(
        `Slow server (50 ms), ${over} connections; ${over * 20} mails/s is all there is`,
        slow.port,
        Math.min(count, Math.round(40 * over * Math.min(1, scale * 4))),
        over,
        3,
      )
  } finally {
    await close()
    await fast.stop()
    await slow.stop()
    await connection.close()
  }
} finally {
  await database.stop()
  rmSync(folder, { recursive: true, force: true })
}
