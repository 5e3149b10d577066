import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connect } from '@cartera/db/connect'
import { aMailAccount, aUser } from '@cartera/db/testing/builders'
import { Refusal } from '@cartera/domain/refusal'
import { buildApps } from '@cartera/infra/instance'
import { closeFollowUp, reopenFollowUp } from '@cartera/use-cases/follow-ups/end-follow-up'
import { postponeFollowUp } from '@cartera/use-cases/follow-ups/postpone-follow-up'
import { changeFollowUp } from '@cartera/use-cases/follow-ups/write-follow-up'
import { openContext } from '@cartera/use-cases/open-context'
import { remindDueFollowUpsJob } from '@cartera/use-cases/reminders/remind-due-follow-ups'
import { findViewerByUser } from '@cartera/use-cases/session/find-viewer'
import { Redis } from 'ioredis'
import { numbersOf } from './run-faults.ts'
import { World } from './world.ts'

// tsx bench/src/faults/reminders.ts [--seed N] [--follow-ups N] [--seconds N] [--worker cartera|naive-reminders] [--json]
// Workers are killed, Redis is killed and emptied and answers of the mail server are lost while people change, postpone, hand over, close and
// reopen follow-ups. The judge is a ledger that triggers of the test keep in PostgreSQL (every version of a follow-up, every telling, by the
// order of commits), and the mail server's own. Ends with 1 when the verdict is not the expected one.

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    'follow-ups': { type: 'string', default: '60' },
    seconds: { type: 'string', default: '30' },
    worker: { type: 'string', default: 'cartera' },
    json: { type: 'boolean', default: false },
  },
})
const random = numbersOf(Number(values.seed))
const seconds = Number(values.seconds)
const count = Number(values['follow-ups'])
const naive = values.worker === 'naive-reminders'

interface Verdict {
  told: number
  mails: number
  /** Due times that stand at the end, and of which the owner was never told. */
  lost: number
  /** Told more than once of one due time. */
  twice: number
  /** Told of a time that was no longer the follow-up's when the telling was committed. */
  old: number
  mailedTwice: number
  /** Mails whose gate was passed after their follow-up had another time. */
  mailedOld: number
  passed: boolean
}

/** Every version of a follow-up and every telling, by the order in which they were committed: nothing of the product writes here. */
const ledgerTables = `
  create table ledger_versions (n bigserial primary key, follow_up_id uuid, due_at timestamptz, owner_id uuid, state text);
  create table ledger_told (n bigserial primary key, follow_up_id uuid, due_at timestamptz, user_id uuid, at timestamptz default clock_timestamp());
  create table ledger_gates (n bigserial primary key, reminder_id uuid);
  create function ledger_version() returns trigger language plpgsql as $$ begin
    if tg_op = 'INSERT' or (old.due_at, old.owner_id, old.state) is distinct from (new.due_at, new.owner_id, new.state) then
      insert into ledger_versions (follow_up_id, due_at, owner_id, state) values (new.id, new.due_at, new.owner_id, new.state);
    end if; return new; end $$;
  create trigger ledger_version after insert or update on follow_ups for each row execute function ledger_version();
  create function ledger_tell() returns trigger language plpgsql as $$ begin
    insert into ledger_told (follow_up_id, due_at, user_id) values (new.follow_up_id, new.due_at, new.user_id); return new; end $$;
  create trigger ledger_tell after insert on reminders for each row execute function ledger_tell();
  create function ledger_gate() returns trigger language plpgsql as $$ begin
    if new.state = 'dispatching' and old.state <> 'dispatching' then insert into ledger_gates (reminder_id) values (new.about::uuid); end if;
    return new; end $$;
  create trigger ledger_gate after update on staff_mails for each row when (new.kind = 'reminder') execute function ledger_gate();`

async function run(): Promise<{
  verdict: Verdict
  faults: Record<string, number>
  deeds: number
  refused: number
  settledAfterSeconds: number
}> {
  const world = await World.start({
    notices: 1,
    backend: 'redis',
    worker: naive ? 'naive-reminders' : 'cartera',
    workers: 2,
    lanes: 2,
    smtpDelayMs: 5,
  })
  const faults: Record<string, number> = {}
  const connection = connect(world.databaseUrl)
  const { ctx, close } = openContext({
    databaseUrl: world.databaseUrl,
    redisUrl: world.redisUrl,
    secret: 'a secret for the fault test, thirty-two and more',
    formerSecrets: [],
    startsAt: null,
    allowPrivateMailHosts: true,
    demoSmtpUrl: null,
    publicUrl: null,
    files: { dir: join(tmpdir(), 'cartera-bench-files'), mostBytes: 1, s3: null },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  })
  const stop = new AbortController()
  let deeds = 0
  let refused = 0
  try {
    await world.pool.query(ledgerTables)
    const administrator = await aUser(connection.db, { level: 1 })
    await aMailAccount(connection.db, { userId: administrator.id, port: world.smtpPort, address: 'cartera@andina.test' })
    await world.pool.query('update company set administrator_id = $1', [administrator.id])
    const people: string[] = []
    for (let n = 0; n < 4; n++) people.push((await aUser(connection.db, { level: 1, remindByMail: n % 2 === 0 })).id)
    const [customer] = await world.ask<{ id: string }>('select id from customers limit 1')
    const { rows: made } = await world.pool.query<{ id: string }>(
      `with type as (insert into follow_up_types (id, name) values (gen_random_uuid(), 'Cobranza') returning id)
       insert into follow_ups (id, customer_id, type_id, owner_id, subject, due_at)
       select gen_random_uuid(), $1, type.id, ($2::uuid[])[1 + n % 4], 'Llamar', date_trunc('minute', now()) - n * interval '1 minute' from type, generate_series(1, $3) n
       returning id`,
      [customer?.id, people, count],
    )
    const viewer = await findViewerByUser(ctx, administrator.id)
    if (!viewer) throw new Error('no viewer')
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T

    /** One deed of a person, through the product's own use cases. */
    async function deed(): Promise<void> {
      if (!viewer) return
      const { id } = pick(made)
      const kind = random()
      try {
        const [row] = await world.ask<{ version: number }>('select version from follow_ups where id = $1', [id])
        if (kind < 0.45) {
          // A minute that has gone by: due at once.
          const at = new Date(Date.now() - Math.floor(random() * 600) * 60_000).toISOString()
          await changeFollowUp(ctx, viewer, id, { dueOn: at.slice(0, 10), dueTime: at.slice(11, 16), version: row?.version ?? 1 })
        } else if (kind < 0.6) await postponeFollowUp(ctx, viewer, id, { hours: 1 + Math.floor(random() * 4) })
        else if (kind < 0.75) await changeFollowUp(ctx, viewer, id, { ownerId: pick(people), version: row?.version ?? 1 })
        else if (kind < 0.85) await closeFollowUp(ctx, viewer, id, {})
        else await reopenFollowUp(ctx, viewer, id)
        deeds += 1
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        refused += 1
      }
    }
    const working = [1, 2, 3].map(async () => {
      while (!stop.signal.aborted) {
        await deed()
        await wait(random() * 60)
      }
    })
    // The doorbell, far more often than the product's own, so that telling and changing meet.
    const ringing = (async () => {
      while (!stop.signal.aborted) {
        if (!naive)
          await Promise.race([ctx.queue.add(remindDueFollowUpsJob, {}, { key: 'scheduled' }).catch(() => undefined), wait(500)])
        await wait(60)
      }
    })()
    world.startWorkers()

    const names = ['worker-killed', 'worker-killed', 'redis-emptied', 'redis-killed', 'reply-lost', 'worker-frozen'] as const
    const began = performance.now()
    // What a fresh process needs to start at all.
    await wait(3000)
    while (performance.now() - began < seconds * 1000) {
      const name = pick(names)
      faults[name] = (faults[name] ?? 0) + 1
      if (name === 'worker-killed') world.signal(Math.floor(random() * 2), 'SIGKILL')
      else if (name === 'redis-killed') {
        await world.killRedis()
        await wait(random() * 500)
        await world.startRedis()
      } else if (name === 'redis-emptied') {
        const redis = new Redis(world.redisUrl, { lazyConnect: true })
        await redis.connect()
        await redis.flushall()
        redis.disconnect()
      } else if (name === 'reply-lost') world.tellSmtp({ losing: random() < 0.5 ? 'written' : 'refused' })
      else {
        const slot = Math.floor(random() * 2)
        world.signal(slot, 'SIGSTOP')
        await wait(random() * 1500)
        world.signal(slot, 'SIGCONT')
      }
      await wait(700 + random() * 1500)
    }
    stop.abort()
    await Promise.all([...working, ringing])
    const settledAfterSeconds = await untilQuiet(world)
    return { verdict: await judge(world), faults, deeds, refused, settledAfterSeconds }
  } finally {
    stop.abort()
    await close().catch(() => undefined)
    await connection.close()
    await world.stop()
  }
}

/** Due times that stand, and of which the owner was not told. */
const untold = `follow_ups f where f.state = 'active' and f.due_at <= now() - interval '1 second'
  and not exists (select from ledger_told t where t.follow_up_id = f.id and t.due_at = f.due_at and t.user_id = f.owner_id)`
/** After this what is not told is lost: a queue takes a job back from a killed worker within a minute. */
const mostSettlingMs = 180_000

/**
 * Until nothing more is told and nothing waits to be: leases of ended workers are passed over, as if their time had gone by. Answers after how
 * many seconds the last owner was told.
 */
async function untilQuiet(world: World): Promise<number> {
  const began = performance.now()
  let last = -1
  let settled = began
  for (let still = 0; still < 8 && performance.now() - began < mostSettlingMs; ) {
    await world.ask(`update staff_mails set lease_until = now() - interval '1 second' where state in ('claimed', 'dispatching')`)
    await world.ask(`update staff_mails set next_attempt_at = now() where state = 'waiting'`)
    await wait(2500)
    const [row] = await world.ask<{ n: number }>('select count(*)::int as n from ledger_told')
    const now = (row?.n ?? 0) + world.accepted()
    const [waiting] = await world.ask<{ n: number }>(`select count(*)::int as n from ${untold}`)
    if (waiting?.n !== 0) settled = performance.now()
    still = now === last && (naive || waiting?.n === 0) ? still + 1 : 0
    last = now
  }
  return Math.round((settled - began) / 1000)
}

async function judge(world: World): Promise<Verdict> {
  const one = async (text: string) =>
    Number((await world.ask<{ n: number }>(`select count(*)::int as n from ${text}`))[0]?.n ?? 0)
  // By the order of commits, to the microsecond: the version that stood when the telling was committed is the last one before it.
  const standing = (row: string, id: string) => `(
    select v.due_at, v.owner_id, v.state from ledger_versions v
    where v.follow_up_id = ${id} and pg_xact_commit_timestamp(v.xmin) <= pg_xact_commit_timestamp(${row}.xmin) order by v.n desc limit 1)`
  const [told, lost, twice, old] = [
    await one('ledger_told'),
    await one(untold),
    await one('(select from ledger_told group by follow_up_id, due_at, user_id having count(*) > 1) x'),
    await one(`ledger_told t cross join lateral ${standing('t', 't.follow_up_id')} v
      where (v.due_at, v.owner_id, v.state) is distinct from (t.due_at, t.user_id, 'active')`),
  ]
  const mailedOld =
    await one(`ledger_gates g join reminders r on r.id = g.reminder_id cross join lateral ${standing('g', 'r.follow_up_id')} v
    where (v.due_at, v.owner_id, v.state) is distinct from (r.due_at, r.user_id, 'active')`)
  // The company's one notice leaves too; it names its receivable, and reminders name none.
  const ids = world
    .ledger()
    .filter((line) => line.numbers.length === 0)
    .map((line) => line.messageId)
  const perMail = new Map<string, number>()
  for (const id of ids) perMail.set(id, (perMail.get(id) ?? 0) + 1)
  const mailedTwice = [...perMail.values()].filter((n) => n > 1).length
  return {
    told,
    mails: ids.length,
    lost,
    twice,
    old,
    mailedTwice,
    mailedOld,
    passed:
      told > 0 && lost === 0 && twice === 0 && old === 0 && mailedTwice === 0 && mailedOld === 0 && (naive || ids.length > 0),
  }
}

if (process.env.CARTERA_FAULTS_BUILT !== '1') await buildApps()
const result = await run()
console.log(JSON.stringify(values.json ? result : { worker: values.worker, ...result }))
process.exit(result.verdict.passed ? 0 : 1)
