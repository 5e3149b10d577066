import { Worker } from 'bullmq'
import { Redis } from 'ioredis'
import nodemailer from 'nodemailer'
import pg from 'pg'

// What everybody writes first: a job per message, send it, mark it sent; the queue tries again what failed. The fault test must fail it.
// node naive-process.ts DATABASE_URL REDIS_URL SMTP_PORT

const [databaseUrl = '', redisUrl = '', smtpPort = ''] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 })
pool.on('error', () => undefined)
pool.on('connect', (client) => client.on('error', () => undefined))
const transport = nodemailer.createTransport({
  pool: true,
  host: '127.0.0.1',
  port: Number(smtpPort),
  ignoreTLS: true,
  maxConnections: 5,
})
const worker = new Worker(
  'naive',
  async (job: { data: { id: string } }) => {
    const { rows } = await pool.query(
      `select m.message_id, m.state, c.email, array_agg(d.number) as numbers
       from notice_messages m join customers c on c.id = m.customer_id join notice_items i on i.message_id = m.id
       join receivables r on r.id = i.receivable_id and r.balance_minor > 0 join documents d on d.id = r.document_id
       where m.id = $1 group by m.id, c.id`,
      [job.data.id],
    )
    const [row] = rows
    if (!row || row.state === 'sent') return
    await transport.sendMail({
      from: 'cobranza@andina.test',
      to: row.email,
      subject: 'Aviso de vencimiento',
      messageId: row.message_id,
      text: row.numbers.join(' '),
    })
    await pool.query(`update notice_messages set state = 'sent', sent_at = now() where id = $1`, [job.data.id])
  },
  {
    connection: new Redis(redisUrl, { maxRetriesPerRequest: null }),
    concurrency: 5,
    stalledInterval: 2000,
    lockDuration: 4000,
    maxStalledCount: 100,
  },
)
worker.on('error', () => undefined)
process.once('disconnect', () => process.exit(0))
