import { planDay } from '@cartera/use-cases/notices/plan-day'
import pg from 'pg'
import { benchContext } from './context.ts'
import { planDay as day, sizesOf } from './data.ts'
import { scaleOf, withGeneratedDatabase } from './database.ts'
import { compare, print } from './measure.ts'

// The daily plan for real (messages, items, recipients, events) against the raw set-based SQL that writes the same rows; then the same
// day with a table ten times as large in which no more matures (--grown, on by itself up to scale 0.3).

/** What planning comes down to when nothing is explained and nothing can be held: two statements over the due dates in play. */
const rawPlan = [
  `create temporary table found as
   select r.id as receivable_id, r.customer_id, rule.id as rule_id, rule.kind, r.due_on, r.balance_minor, r.currency,
          case when rule.kind = 'preventive' then r.due_on - rule.days else r.due_on + rule.days end as matures_on
   from notice_rules rule
   join receivables r on r.due_on = any(case when rule.kind = 'preventive' then $1::date[] else $2::date[] end) and r.balance_minor > 0
   join customers c on c.id = r.customer_id and c.deleted_at is null and c.status = 'active'
   where not exists (select 1 from notice_items i where i.receivable_id = r.id and i.rule_id = rule.id)`,
  `with message as (
     insert into notice_messages (id, customer_id, kind, plan_on, written_on, state, message_id, sender_id, created_at, updated_at, next_attempt_at)
     select gen_random_uuid(), f.customer_id, f.kind, '${day}', '${day}', 'planned', gen_random_uuid() || '@bench.test', c.collections_agent_id, now(), now(), now()
     from (select distinct customer_id, kind from found) f join customers c on c.id = f.customer_id returning id, customer_id, kind),
   item as (
     insert into notice_items (id, message_id, receivable_id, rule_id, rule_version, due_on, matures_on, balance_minor, currency)
     select gen_random_uuid(), m.id, f.receivable_id, f.rule_id, 1, f.due_on, f.matures_on, f.balance_minor, f.currency
     from found f join message m using (customer_id, kind) on conflict do nothing),
   recipient as (
     insert into notice_recipients (id, message_id, address, name) select gen_random_uuid(), m.id, c.email, c.name from message m join customers c on c.id = m.customer_id)
   insert into notice_events (id, message_id, at, to_state) select gen_random_uuid(), id, now(), 'planned' from message`,
  'drop table found',
]

/** Receivables nine times over, paid or due at other times: none of them is in play on the day. */
async function growTenfold(raw: pg.Client): Promise<number> {
  let added = 0
  for (let copy = 1; copy <= 9; copy += 1) {
    const { rowCount } = await raw.query(
      `insert into receivables (id, document_id, customer_id, external_id, instalment, issued_on, due_on, currency, amount_minor, balance_minor)
       select gen_random_uuid(), document_id, customer_id, external_id || '-' || $1::int, 1 + $1::int, issued_on, due_on + 900 + 30 * $1::int, currency, amount_minor, balance_minor
       from receivables where instalment = 1`,
      [copy],
    )
    added += rowCount ?? 0
  }
  await raw.query('vacuum analyze receivables')
  return added
}

/** The median of seven, in milliseconds. */
async function timed(before: () => Promise<unknown>, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let turn = 0; turn < 7; turn += 1) {
    await before()
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[3] ?? Number.NaN
}

// Nothing here reads notes.
const sizes = { ...sizesOf(scaleOf(process.argv)), notes: 0 }
await withGeneratedDatabase(sizes, async (url) => {
  const { ctx, close } = benchContext(url)
  const raw = new pg.Client({ connectionString: url })
  await raw.connect()
  const shift = (days: number[]) => days.map((n) => new Date(Date.parse(day) + n * 86_400_000).toISOString().slice(0, 10))
  // The plan's day is a Wednesday: reminders of Monday to Wednesday, and overdue notices of Saturday to Wednesday, mature by then.
  const due = [shift([5, 6, 7]), shift([-7, -8, -9, -10, -11])]
  const forget = () => raw.query('truncate notice_messages, notice_items, notice_recipients, notice_events, mailbox_messages')
  const counted = async () =>
    (await raw.query('select count(*)::int as items, count(distinct message_id)::int as messages from notice_items')).rows[0]
  try {
    const runRaw = async () => {
      await raw.query('begin')
      await raw.query(rawPlan[0] ?? '', due)
      await raw.query(rawPlan[1] ?? '')
      await raw.query(rawPlan[2] ?? '')
      await raw.query('commit')
    }
    await forget()
    await runRaw()
    const byRaw = await counted()
    await forget()
    await planDay(ctx, day)
    const byPlan = await counted()
    const memory = process.memoryUsage().rss
    await planDay(ctx, day)
    const again = await counted()
    if (byRaw.items !== byPlan.items)
      throw new Error(`the sides differ: ${byRaw.items} items by raw SQL, ${byPlan.items} by the plan`)
    process.stdout.write(
      `\nreceivables ${sizes.receivables}; raw ${byRaw.messages} messages, ${byRaw.items} items; plan ${byPlan.messages} messages, ${byPlan.items} items; second run of the day adds ${again.items - byPlan.items}; memory of the process ${Math.round(memory / 1_048_576)} MB\n`,
    )
    print(
      'Planning a day',
      await compare(
        [
          { name: 'raw SQL', before: forget, work: runRaw },
          { name: 'planDay', before: forget, work: () => planDay(ctx, day) },
          { name: 'planDay again (nothing to do)', work: () => planDay(ctx, day) },
        ],
        7,
      ),
    )
    const memories: number[] = []
    for (let turn = 0; turn < 10; turn += 1) {
      await forget()
      await planDay(ctx, day)
      globalThis.gc?.()
      memories.push(Math.round(process.memoryUsage().rss / 1_048_576))
    }
    process.stdout.write(`memory over ten plans: ${memories.join(', ')} MB\n`)
    if (scaleOf(process.argv) <= 0.3 || process.argv.includes('--grown')) {
      const small = await timed(forget, () => planDay(ctx, day))
      const added = await growTenfold(raw)
      const large = await timed(forget, () => planDay(ctx, day))
      const after = await counted()
      if (after.items !== byPlan.items) throw new Error(`the larger table plans ${after.items} items instead of ${byPlan.items}`)
      process.stdout.write(
        `\nTen times the table, the same matches: ${added} receivables more\n  ${small.toFixed(1)} ms -> ${large.toFixed(1)} ms  ${(large / small).toFixed(2)}x\n`,
      )
    }
  } finally {
    await raw.end()
    await close()
  }
})
