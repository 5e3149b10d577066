import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'

/** The database as use cases see it. A transaction has the same shape, so a function can take either. */
export type Database = NodePgDatabase
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0]
/** What a query needs: the database or an open transaction. */
export type Querier = Database | Transaction

// Days and 64-bit counts come as text: a Date would shift days by zone. count(*) fits a number here.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text)

export interface Connection {
  db: Database
  pool: pg.Pool
  close(): Promise<void>
}

/** Opens a pool. Statements run at most `statementTimeoutMs` (30 s unless told), so no query can hold a connection for ever. */
export function connect(databaseUrl: string, options: { poolSize?: number; statementTimeoutMs?: number } = {}): Connection {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: options.poolSize ?? 10,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    idle_in_transaction_session_timeout: 60_000,
    application_name: 'cartera',
  })
  // An idle connection that the server ends (restart, failover) must not end the process; the next query opens a new one.
  pool.on('error', () => undefined)
  // Nor one that ends between two statements of a transaction: the next statement says so.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return { db: drizzle(pool, { casing: 'snake_case' }), pool, close: () => pool.end() }
}
