import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { migrateDatabase } from './migrate.ts'

const migrations = fileURLToPath(new URL('../migrations', import.meta.url))

/** A database as an installation had it before the named migration, with `work` done in it; dropped at the end. */
async function upgraded(before: string, work: (client: pg.Client, upgrade: () => Promise<void>) => Promise<void>) {
  const server = new pg.Client({ connectionString: inject('databaseServerUrl') })
  await server.connect()
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const folder = await mkdtemp(join(tmpdir(), 'migrations-'))
  const url = new URL(inject('databaseServerUrl'))
  url.pathname = `/${name}`
  await server.query(`create database ${name}`)
  const client = new pg.Client({ connectionString: url.toString() })
  try {
    const journal = JSON.parse(await readFile(join(migrations, 'meta/_journal.json'), 'utf8')) as { entries: { tag: string }[] }
    const entries = journal.entries.slice(
      0,
      journal.entries.findIndex((each) => each.tag === before),
    )
    await mkdir(join(folder, 'meta'))
    await writeFile(join(folder, 'meta/_journal.json'), JSON.stringify({ ...journal, entries }))
    for (const { tag } of entries) await copyFile(join(migrations, `${tag}.sql`), join(folder, `${tag}.sql`))
    await client.connect()
    await migrate(drizzle(client, { casing: 'snake_case' }), { migrationsFolder: folder })
    await work(client, () => migrateDatabase(url.toString()))
  } finally {
    await client.end()
    await server.query(`drop database ${name} with (force)`)
    await server.end()
    await rm(folder, { recursive: true })
  }
}

const aCompanyIn = (client: pg.Client, locale: string) =>
  client.query(`insert into company (name, time_zone, currency, locale) values ('Andina', 'America/Bogota', 'COP', $1)`, [locale])
async function cataloguesOf(client: pg.Client) {
  const { rows } = await client.query<{ kind: string; name: string; detail: string }>(`
    select 'topic' as kind, name, '' as detail from interaction_topics
    union all select 'situation', name, kind from follow_up_situations
    union all select 'activity', name, direction from follow_up_activities
    union all select 'document', name, lists || ' ' || language from follow_up_documents`)
  return rows.map(({ kind, name, detail }) => `${kind}: ${name} ${detail}`.trim()).sort()
}

test('an installation from before the catalogues of the day’s work finds them filled, in the company’s language', async () => {
  for (const [locale, some, count] of [
    [
      'es-CO',
      ['situation: Sin respuesta ongoing', 'activity: No contestó setback', 'document: Circular de cobro overdue es'],
      24,
    ],
    ['en', ['situation: No answer ongoing', 'activity: Did not answer setback', 'document: Collection circular overdue en'], 24],
  ] as const)
    await upgraded('0018_activity', async (client, upgrade) => {
      await aCompanyIn(client, locale)
      await upgrade()
      const found = await cataloguesOf(client)
      expect(found).toHaveLength(count)
      expect(found).toEqual(expect.arrayContaining([...some]))
      // The next version finds them as people left them.
      await client.query('delete from follow_up_situations')
      await upgrade()
      expect((await cataloguesOf(client)).filter((each) => each.startsWith('situation'))).toEqual([])
    })
})

test('an upgrade adds nothing to what people made or deleted, nor where nothing is set up yet', async () => {
  await upgraded('0022_catalogues_for_all', async (client, upgrade) => {
    await aCompanyIn(client, 'es')
    await client.query(`insert into follow_up_situations (id, name) values (gen_random_uuid(), 'Mía')`)
    await client.query(`insert into interaction_topics (id, name) values (gen_random_uuid(), 'Portal')`)
    await client.query(`insert into audit_log (id, at, actor_id, action, entity, entity_id, changes)
      values (gen_random_uuid(), now(), gen_random_uuid(), 'delete', 'follow-up-activity', 'x', '{}')`)
    await upgrade()
    const found = await cataloguesOf(client)
    expect(found.filter((each) => /^(situation|activity)/.test(each))).toEqual(['situation: Mía ongoing'])
    // The portal adds its topic by itself; that is no choice of anybody.
    expect(found.filter((each) => each.startsWith('topic'))).toHaveLength(6)
    expect(found.filter((each) => each.startsWith('document'))).toHaveLength(2)
  })
  await upgraded('0022_catalogues_for_all', async (client, upgrade) => {
    await upgrade()
    expect(await cataloguesOf(client)).toEqual([])
  })
})

test('products of interest in interactions from before are interests of their customers, once each, from the first of them', async () => {
  await upgraded('0029_interests_and_renewals', async (client, upgrade) => {
    await aCompanyIn(client, 'es-CO')
    const id = (n: number) => `00000000-0000-7000-8000-00000000000${n}`
    await client.query(`
      insert into branches (id, code, name) values ('${id(1)}', 'B', 'B');
      insert into access_profiles (id, name, level, permissions) values ('${id(1)}', 'P', 1, '{}');
      insert into users (id, name, email, password_hash, branch_id, profile_id) values ('${id(1)}', 'Ana', 'a@b.test', 'x', '${id(1)}', '${id(1)}');
      insert into customers (id, code, name) values ('${id(1)}', 'C', 'C');
      insert into products (id, code, name) values ('${id(1)}', 'P', 'P');
      insert into interaction_topics (id, name) values ('${id(1)}', 'T');
      insert into interactions (id, customer_id, topic_id, owner_id, happened_at, last_entry_at, last_entry_name, deleted_at) values
        ('${id(2)}', '${id(1)}', '${id(1)}', '${id(1)}', '2026-03-05T15:00:00Z', now(), 'Ana', null),
        ('${id(3)}', '${id(1)}', '${id(1)}', '${id(1)}', '2026-03-02T03:00:00Z', now(), 'Ana', null),
        ('${id(4)}', '${id(1)}', '${id(1)}', '${id(1)}', '2026-03-01T03:00:00Z', now(), 'Ana', now());
      insert into interaction_products (interaction_id, product_id) select i.id, '${id(1)}' from interactions i`)
    await upgrade()
    const { rows } = await client.query('select customer_id, product_id, interaction_id, shown_on::text, origin from interests')
    expect(rows).toEqual([
      { customer_id: id(1), product_id: id(1), interaction_id: id(3), shown_on: '2026-03-01', origin: 'interaction' },
    ])
  })
})

test('an installation in use finds stages and loss reasons in its language, and the price lists that its customers name, once each', async () => {
  await upgraded('0033_opportunities', async (client, upgrade) => {
    await aCompanyIn(client, 'es-CO')
    await client.query(`
      insert into customers (id, code, name, price_list) values (gen_random_uuid(), 'A', 'A', 'Mayorista'), (gen_random_uuid(), 'B', 'B', 'mayorista'),
        (gen_random_uuid(), 'C', 'C', null)`)
    await upgrade()
    const stages = await client.query('select name, probability from opportunity_stages order by position')
    expect(stages.rows).toEqual([
      { name: 'Prospecto', probability: 10 },
      { name: 'Calificada', probability: 25 },
      { name: 'Propuesta', probability: 50 },
      { name: 'Negociación', probability: 75 },
    ])
    expect((await client.query('select name from opportunity_loss_reasons')).rows).toHaveLength(5)
    const lists = await client.query('select lower(name) as name from price_lists')
    expect(lists.rows).toEqual([{ name: 'mayorista' }])
  })
})
