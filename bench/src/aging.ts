import { portfolioBreakdown } from '@cartera/use-cases/portfolio/find-portfolio'
import { agingOfReceivables } from '@cartera/use-cases/receivables/aging'
import { findStatement } from '@cartera/use-cases/statements/find-statement'
import pg from 'pg'
import { benchContext, viewerOfLevel } from './context.ts'
import { customerId, planDay as day, sizesOf, userId } from './data.ts'
import { scaleOf, withGeneratedDatabase } from './database.ts'
import { compare, print } from './measure.ts'

// Aging per agent against the raw SQL that answers the same, parts of it against the whole, every access level, and what the past costs: in the
// generated data a sixtieth of half of the receivables is paid each day, so half as many as are open have moved in the last 30 days.

const buckets = `
  coalesce(sum(r.balance_minor) filter (where r.due_on >= $1::date), 0)::text,
  coalesce(sum(r.balance_minor) filter (where r.due_on between $1::date - 30 and $1::date - 1), 0)::text,
  coalesce(sum(r.balance_minor) filter (where r.due_on between $1::date - 60 and $1::date - 31), 0)::text,
  coalesce(sum(r.balance_minor) filter (where r.due_on between $1::date - 90 and $1::date - 61), 0)::text,
  coalesce(sum(r.balance_minor) filter (where r.due_on < $1::date - 90), 0)::text`
const openOnes = `from receivables r join customers c on c.id = r.customer_id where r.balance_minor > 0 and c.deleted_at is null`

const rawWhole = `select r.currency, sum(r.balance_minor)::text as balance, count(*)::int, ${buckets} ${openOnes} group by 1`
const rawPerAgent = `
  select c.collections_agent_id, r.currency, sum(r.balance_minor)::text as balance, count(*)::int, ${buckets},
         count(distinct r.customer_id)::int, min(r.due_on)::text, coalesce(sum(r.balance_minor) filter (where r.due_on < $1::date), 0)::text,
         coalesce(sum(r.balance_minor) filter (where r.disputed_at is not null), 0)::text,
         coalesce(sum(r.balance_minor) filter (where r.promised_until >= $1::date), 0)::text
  ${openOnes} group by 1, 2`

const sizes = sizesOf(scaleOf(process.argv))
await withGeneratedDatabase(sizes, async (url) => {
  const { ctx, close } = benchContext(url)
  const raw = new pg.Client({ connectionString: url })
  await raw.connect()
  const before = (days: number) => new Date(Date.parse(day) - days * 86_400_000).toISOString().slice(0, 10)
  try {
    const viewer = await viewerOfLevel(ctx, 1)
    const agent = userId(7)
    const runRaw = () => raw.query(rawPerAgent, [day])
    const perAgent = () => portfolioBreakdown(ctx, viewer, { by: 'agent' })
    const [byRaw, ours] = [await runRaw(), await perAgent()]
    const sum = ours.items.reduce((all, item) => all + BigInt(item.balance.replace('.', '')), 0n)
    const rawSum = byRaw.rows.reduce((all, row) => all + BigInt(row.balance), 0n)
    if (sum !== rawSum || byRaw.rows.length !== ours.items.length)
      throw new Error(
        `the sides differ: ${rawSum} in ${byRaw.rows.length} rows by raw SQL, ${sum} in ${ours.items.length} by the use case`,
      )
    process.stdout.write(`\nreceivables ${sizes.receivables}; ${ours.items.length} agents\n`)
    print(
      'The whole by age',
      await compare(
        [
          { name: 'raw SQL', work: () => raw.query(rawWhole, [day]) },
          { name: 'agingOfReceivables', work: () => agingOfReceivables(ctx, viewer, {}) },
          { name: 'as of yesterday', work: () => agingOfReceivables(ctx, viewer, { asOf: before(1) }) },
          { name: 'as of 30 days ago', work: () => agingOfReceivables(ctx, viewer, { asOf: before(30) }) },
        ],
        9,
      ),
    )
    print(
      'Per agent, with customers, disputed and promised',
      await compare(
        [
          { name: 'raw SQL', work: runRaw },
          { name: 'portfolioBreakdown', work: perAgent },
          { name: 'as of yesterday', work: () => portfolioBreakdown(ctx, viewer, { by: 'agent', asOf: before(1) }) },
          { name: 'as of 30 days ago', work: () => portfolioBreakdown(ctx, viewer, { by: 'agent', asOf: before(30) }) },
        ],
        9,
      ),
    )
    print(
      'Parts against the whole report',
      await compare(
        [
          { name: 'whole report', work: () => agingOfReceivables(ctx, viewer, {}) },
          { name: "one agent's customers", work: () => agingOfReceivables(ctx, viewer, { agentId: agent }) },
          {
            name: 'the same as of 30 days ago',
            work: () => agingOfReceivables(ctx, viewer, { agentId: agent, asOf: before(30) }),
          },
          { name: 'one customer', work: () => agingOfReceivables(ctx, viewer, { customerId: customerId(77) }) },
          {
            name: 'one customer, as of 30 days ago',
            work: () => agingOfReceivables(ctx, viewer, { customerId: customerId(77), asOf: before(30) }),
          },
          {
            name: 'statement of one customer',
            work: () => findStatement(ctx.db, customerId(77), { from: before(365), to: day, timeZone: 'America/Bogota' }),
          },
          {
            name: 'statement to 30 days ago',
            work: () => findStatement(ctx.db, customerId(77), { from: before(365), to: before(30), timeZone: 'America/Bogota' }),
          },
        ],
        9,
      ),
    )
    const viewers = await Promise.all(([1, 2, 3, 4] as const).map((level) => viewerOfLevel(ctx, level)))
    print(
      'The whole report for each access level',
      await compare(
        viewers.map((each) => ({ name: `level ${each.level}`, work: () => agingOfReceivables(ctx, each, {}) })),
        9,
      ),
    )
  } finally {
    await raw.end()
    await close()
  }
})
