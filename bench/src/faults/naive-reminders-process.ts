import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import pg from 'pg'

// What everybody writes first: a delayed job per follow-up, which tells when its time has come. The fault test must fail it.
// node naive-reminders-process.ts DATABASE_URL REDIS_URL

const [databaseUrl = '', redisUrl = ''] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: databaseUrl, max: 5 })
pool.on('error', () => undefined)
pool.on('connect', (client) => client.on('error', () => undefined))
const queue = new Queue('naive-reminders', { connection: new Redis(redisUrl, { maxRetriesPerRequest: null }) })
queue.on('error', () => undefined)

interface Due {
  id: string
  owner_id: string
  due_at: Date
}
const seen = new Map<string, string>()
// A change rings once; what was told is remembered by nobody.
setInterval(() => {
  pool
    .query<Due>(`select id, owner_id, due_at from follow_ups where state = 'active'`)
    .then(async ({ rows }) => {
      for (const row of rows) {
        const stamp = `${row.due_at.toISOString()} ${row.owner_id}`
        if (seen.get(row.id) === stamp) continue
        seen.set(row.id, stamp)
        const delay = Math.max(0, row.due_at.getTime() - Date.now())
        await queue.add(
          'tell',
          { id: row.id, userId: row.owner_id, dueAt: row.due_at.toISOString() },
          { delay: delay + 200, attempts: 5 },
        )
      }
    })
    .catch(() => undefined)
}, 300)

const worker = new Worker(
  'naive-reminders',
  async (job: { data: { id: string; userId: string; dueAt: string } }) => {
    const { id, userId, dueAt } = job.data
    await pool.query('insert into ledger_told (follow_up_id, due_at, user_id) values ($1, $2, $3)', [id, dueAt, userId])
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
