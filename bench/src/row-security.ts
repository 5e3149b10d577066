import pg from 'pg'
import { customerId, sizesOf, userId } from './data.ts'
import { scaleOf, withGeneratedDatabase } from './database.ts'
import { compare, print, type Side } from './measure.ts'

// What row level security as a second wall behind visibleTo costs: the same scoped statements without it, in a transaction that says who
// reads (settings must end with the transaction, or the pool leaks them to the next reader), and with policies that hold them to it.

const turns = 400
const role = 'cartera_bench_reader'
const scoped = `author_id = any(array(select id from users where branch_id = $2))`
const statements: readonly [title: string, text: string, values: (branchId: string, noteId: string) => unknown[]][] = [
  ['A note by its id', `select * from notes where id = $1 and ${scoped}`, (branchId, noteId) => [noteId, branchId]],
  [
    'The newest fifty notes of a customer',
    `select * from notes where customer_id = $1 and deleted_at is null and ${scoped} order by created_at desc, id desc limit 51`,
    (branchId) => [customerId(100), branchId],
  ],
  [
    'The newest fifty notes of a branch, author by author',
    `select n.* from users u cross join lateral (select * from notes where author_id = u.id and deleted_at is null
       order by created_at desc, id desc limit $1) n where u.branch_id = $2 order by n.created_at desc, n.id desc limit $1`,
    (branchId) => [51, branchId],
  ],
]

await withGeneratedDatabase(sizesOf(scaleOf(process.argv)), async (url) => {
  const owner = new pg.Client({ connectionString: url })
  await owner.connect()
  await owner.query(`do $$ begin create role ${role} login password 'bench'; exception when duplicate_object then null; end $$;
    grant usage on schema public to ${role}; grant select on all tables in schema public to ${role};
    alter table notes enable row level security;
    drop policy if exists bench_scope on notes;
    create policy bench_scope on notes for select to ${role} using (
      current_setting('cartera.level', true) = '1'
      or author_id = any(array(select id from users where branch_id = nullif(current_setting('cartera.branch', true), '')::uuid)))`)
  const address = new URL(url)
  address.username = role
  address.password = 'bench'
  const held = new pg.Client({ connectionString: address.toString() })
  await held.connect()
  try {
    const { rows } = await owner.query('select branch_id from users where id = $1', [userId(102)])
    const branchId: string = rows[0].branch_id
    const note = await owner.query(
      'select n.id from users u cross join lateral (select id from notes where author_id = u.id limit 1) n where u.branch_id = $1 limit 1',
      [branchId],
    )
    for (const [title, text, valuesOf] of statements) {
      const values = valuesOf(branchId, note.rows[0].id)
      const query = { name: title, text, values }
      const within = (client: pg.Client) => async () => {
        await client.query('begin')
        await client.query({
          name: 'who',
          text: `select set_config('cartera.level', '2', true), set_config('cartera.branch', $1, true)`,
          values: [branchId],
        })
        const found = await client.query(query)
        await client.query('commit')
        return found
      }
      const sides: Side[] = [
        { name: 'visibleTo alone', work: () => owner.query(query) },
        { name: 'in a transaction that says who reads', work: within(owner) },
        { name: 'and with row level security', work: within(held) },
      ]
      const counts = await Promise.all(sides.map(async (side) => ((await side.work()) as pg.QueryResult).rowCount))
      if (new Set(counts).size !== 1) throw new Error(`the sides read ${counts.join(', ')} rows`)
      print(`${title} (${counts[0]} rows)`, await compare(sides, turns))
    }
  } finally {
    await held.end()
    await owner.query(
      `drop policy bench_scope on notes; alter table notes disable row level security; drop owned by ${role}; drop role ${role}`,
    )
    await owner.end()
  }
})
