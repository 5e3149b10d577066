import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, inject } from 'vitest'
import { type Connection, connect } from '../connect.ts'
import { migrateDatabase } from '../migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL server with the right to make databases; started by the test run's global set-up. */
    databaseServerUrl: string
  }
}

const templateName = 'cartera_template'

async function onServer<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: inject('databaseServerUrl') })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function urlOf(name: string): string {
  const url = new URL(inject('databaseServerUrl'))
  url.pathname = `/${name}`
  return url.toString()
}

/** Makes a database of its own, cloned from the migrated template (made once per run), and says its address. */
export async function createTestDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await onServer(async (client) => {
    // Files start side by side: the lock lets one make the template while the others wait.
    await client.query(`select pg_advisory_lock(hashtext('cartera test template'))`)
    const found = await client.query('select 1 from pg_database where datname = $1', [templateName])
    if (found.rowCount === 0) {
      await client.query(`create database ${templateName}_making`)
      await migrateDatabase(urlOf(`${templateName}_making`))
      await client.query(`alter database ${templateName}_making rename to ${templateName}`)
    }
    await client.query(`create database ${name} template ${templateName}`)
  })
  return {
    url: urlOf(name),
    drop: () => onServer(async (client) => void (await client.query(`drop database ${name} with (force)`))),
  }
}

/** For a test file: a database of its own for all its tests, dropped at the end. Read `.db` inside tests only. */
export function testDatabase(): { readonly url: string } & Pick<Connection, 'db' | 'pool'> {
  let connection: Connection | undefined
  let made: Awaited<ReturnType<typeof createTestDatabase>> | undefined
  beforeAll(async () => {
    made = await createTestDatabase()
    connection = connect(made.url, { poolSize: 8 })
  })
  afterAll(async () => {
    await connection?.close()
    await made?.drop()
  })
  const open = () => {
    if (!connection || !made) throw new Error('the test database is there only while tests run')
    return { connection, made }
  }
  return {
    get db() {
      return open().connection.db
    },
    get pool() {
      return open().connection.pool
    },
    get url() {
      return open().made.url
    },
  }
}
