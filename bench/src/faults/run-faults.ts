import { setTimeout as wait } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { judge, type Verdict } from './judge.ts'
import { World, type WorldOptions } from './world.ts'

export interface FaultOptions extends WorldOptions {
  seed: number
  faults: number
  /** Only this fault, again and again; else all, mixed by the seed. */
  only: FaultName | null
}

export const faultNames = [
  'worker-killed',
  'worker-frozen',
  'smtp-killed',
  'smtp-busy',
  'reply-lost',
  'postgres-killed',
  'redis-killed',
  'redis-emptied',
] as const
export type FaultName = (typeof faultNames)[number]

export interface FaultRun {
  verdict: Verdict
  faults: Record<string, number>
  /** Per fault, the longest time from its end to the next mail that was accepted, in milliseconds. */
  recovery: Record<string, number>
  payments: number
  seconds: number
}

/** A generator of numbers from 0 to 1 that the seed decides (mulberry32). */
export function numbersOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Sends all notices of a world while things break, payments come in and rules are edited; then lets the ledger judge. */
export async function runFaults(options: FaultOptions, say: (line: string) => void): Promise<FaultRun> {
  const random = numbersOf(options.seed)
  const began = performance.now()
  const world = await World.start(options)
  const background = new AbortController()
  try {
    if (options.worker === 'naive') await ringNaively(world)
    world.startWorkers()
    const paying = payAllTheWhile(world, numbersOf(options.seed + 1), background.signal)
    const editing = options.worker === 'naive' ? Promise.resolve() : editRules(world, background.signal)

    const counts: Record<string, number> = {}
    const recovery: Record<string, number> = {}
    const names = faultNames.filter(
      (name) => options.backend === 'redis' || options.worker === 'naive' || !name.startsWith('redis'),
    )
    for (let n = 0; n < options.faults; n += 1) {
      // Spread over the sending: the next fault comes when its share of the mails has left, or nothing has for a while.
      const target = ((n + 1) * options.notices * 0.9) / (options.faults + 1)
      await untilAccepted(world, target, 4000)
      const name = options.only ?? names[Math.floor(random() * names.length)] ?? 'worker-killed'
      counts[name] = (counts[name] ?? 0) + 1
      await faults[name](world, random)
      if (options.only) recovery[name] = Math.max(recovery[name] ?? 0, await timeToNext(world))
      if (n % 20 === 19) say(`${n + 1} faults, ${world.accepted()} mails`)
    }
    await untilSettled(world, options)
    background.abort()
    const payments = await paying
    await editing
    const verdict = await judge(world, options)
    if (!verdict.passed && options.worker === 'cartera') say(world.logs())
    return { verdict, faults: counts, recovery, payments, seconds: Math.round((performance.now() - began) / 1000) }
  } catch (error) {
    say(world.logs())
    throw error
  } finally {
    background.abort()
    await world.stop()
  }
}

/** Each leaves the world running again. */
const faults: Record<FaultName, (world: World, random: () => number) => Promise<void>> = {
  async 'worker-killed'(world, random) {
    world.cutOff += 1
    world.signal(Math.floor(random() * world.options.workers), 'SIGKILL')
  },
  async 'worker-frozen'(world, random) {
    const slot = Math.floor(random() * world.options.workers)
    // Its lease may end meanwhile, and what it had at the gate then counts as a kill would.
    world.cutOff += 1
    world.signal(slot, 'SIGSTOP')
    await wait(500 + random() * 12_000)
    world.signal(slot, 'SIGCONT')
  },
  async 'smtp-killed'(world, random) {
    world.cutOff += world.options.workers
    await world.killSmtp()
    await wait(random() * 1500)
    await world.startSmtp()
  },
  async 'smtp-busy'(world, random) {
    world.tellSmtp({ busy: true })
    await wait(50 + random() * 200)
    world.tellSmtp({ busy: false })
  },
  async 'reply-lost'(world, random) {
    world.lostReplies += 1
    world.tellSmtp({ losing: random() < 0.5 ? 'written' : 'refused' })
  },
  async 'postgres-killed'(world, random) {
    world.cutOff += world.options.workers
    await world.killDatabase()
    await wait(random() * 500)
    await world.startDatabase()
  },
  async 'redis-killed'(world, random) {
    await world.killRedis()
    await wait(random() * 1000)
    await world.startRedis()
  },
  async 'redis-emptied'(world) {
    const redis = new Redis(world.redisUrl, { lazyConnect: true })
    await redis.connect()
    await redis.flushall()
    redis.disconnect()
  },
}

async function untilAccepted(world: World, count: number, patienceMs: number): Promise<void> {
  const began = performance.now()
  let last = world.accepted()
  let since = performance.now()
  // Before the first mail it is the planning that takes its time: a fault then would measure the planner's next turn.
  while (performance.now() - since < patienceMs || (last === 0 && performance.now() - began < 120_000)) {
    const now = world.accepted()
    if (now >= count) return
    if (now > last) {
      last = now
      since = performance.now()
    }
    await wait(20)
  }
}

async function timeToNext(world: World): Promise<number> {
  const before = world.accepted()
  const began = performance.now()
  while (performance.now() - began < 30_000) {
    if (world.accepted() > before) return performance.now() - began
    await wait(10)
  }
  return Number.POSITIVE_INFINITY
}

/** Until nothing is on its way any more. Waiting times of the back-off are passed over, as if they had gone by. */
async function untilSettled(world: World, options: FaultOptions): Promise<void> {
  const began = performance.now()
  let last = -1
  let since = performance.now()
  while (performance.now() - began < 300_000) {
    if (options.worker === 'cartera') {
      const [row] = await world.ask<{ open: number; made: number }>(
        `select count(*) filter (where state in ('planned', 'claimed', 'dispatching', 'deferred'))::int as open, count(*)::int as made from notice_messages`,
      )
      if (row && row.made > 0 && row.open === 0) return
      await world.ask(`update notice_messages set next_attempt_at = now() where state = 'deferred' and next_attempt_at > now()`)
    } else {
      const now = world.accepted()
      if (now !== last) {
        last = now
        since = performance.now()
      }
      if (performance.now() - since > 8000) return
    }
    await wait(500)
  }
}

/** Payments by the dozen while mails leave, every second one of a receivable whose message is on its way at this moment. */
async function payAllTheWhile(world: World, random: () => number, signal: AbortSignal): Promise<number> {
  let payments = 0
  // Most must stay owed, or there is nothing to lose.
  while (!signal.aborted && payments < world.options.notices * 0.3) {
    const onItsWay = random() < 0.5
    const pick = onItsWay
      ? `select r.id from notice_messages m join notice_items i on i.message_id = m.id join receivables r on r.id = i.receivable_id
         where m.state in ('claimed', 'dispatching') and r.balance_minor > 0 limit 20`
      : `select r.id from receivables r tablesample system (5) where r.balance_minor > 0 limit 20`
    try {
      const { rows } = await world.pool.query<{ id: string }>(pick)
      const row = rows[Math.floor(random() * rows.length)]
      if (row) {
        const client = await world.pool.connect()
        try {
          await client.query('begin')
          await client.query('select 1 from receivables where id = $1 for update', [row.id])
          if (random() < 0.3) await wait(random() * 20)
          await client.query(
            'update receivables set balance_minor = 0, version = version + 1 where id = $1 and balance_minor > 0',
            [row.id],
          )
          await client.query('insert into fault_payments values ($1) on conflict do nothing', [row.id])
          await client.query('commit')
          payments += 1
        } finally {
          client.release(true)
        }
      }
    } catch {
      // The database is away.
    }
    await wait(5 + random() * 25, undefined, { signal }).catch(() => undefined)
  }
  return payments
}

/** A rule that is edited again and again while its notices leave. */
async function editRules(world: World, signal: AbortSignal): Promise<void> {
  for (let n = 0; !signal.aborted; n += 1) {
    await world.pool
      .query(
        `with edited as (update notice_rules set days = $1, version = version + 1 where code = 'preventive-7' returning id, version, days, description)
         insert into notice_rule_versions (rule_id, version, description, days) select id, version, description, days from edited`,
        [[8, 7][n % 2]],
      )
      .catch(() => undefined)
    await wait(700, undefined, { signal }).catch(() => undefined)
  }
}

/** What the control's planner does: a row and a job per message. */
async function ringNaively(world: World): Promise<void> {
  await world.ask(`
    insert into notice_messages (id, customer_id, kind, plan_on, written_on, state, message_id)
    select gen_random_uuid(), id, 'preventive', current_date, current_date, 'planned', '<' || gen_random_uuid() || '@andina.test>' from customers`)
  await world.ask(`
    insert into notice_items (id, message_id, receivable_id, rule_id, rule_version, occurrence, due_on, matures_on, balance_minor, currency)
    select gen_random_uuid(), m.id, r.id, rule.id, 1, 1, r.due_on, current_date, r.balance_minor, r.currency
    from notice_messages m join receivables r on r.customer_id = m.customer_id join notice_rules rule on rule.code = 'preventive-7'`)
  const connection = new Redis(world.redisUrl, { maxRetriesPerRequest: null })
  const queue = new Queue('naive', { connection })
  const rows = await world.ask<{ id: string }>('select id from notice_messages')
  await queue.addBulk(
    rows.map(({ id }) => ({ name: 'send', data: { id }, opts: { attempts: 10, backoff: { type: 'fixed', delay: 500 } } })),
  )
  await queue.close()
  connection.disconnect()
}
