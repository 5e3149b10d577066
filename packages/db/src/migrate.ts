import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'

/** Where the migrations lie: beside the sources in a checkout, and beside the bundle's folder in the image (infra/Dockerfile). */
const migrationsDir = fileURLToPath(new URL('../migrations', import.meta.url))

/** Brings the database to the present schema. Any number of processes may ask at once: one works, the others wait and find it done. */
export async function migrateDatabase(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query(`select pg_advisory_lock(hashtext('cartera migrations'))`)
    await migrate(drizzle(client, { casing: 'snake_case' }), { migrationsFolder: migrationsDir })
    await client.query('select watch_customer_references()')
  } finally {
    await client.end()
  }
}
