import type { SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { QueryResultRow } from 'pg'
import type { AppContext } from './app-context.ts'

const dialect = new PgDialect()
/** Every text has one name in this process: a connection takes no second text for a name. */
const names = new Map<string, string>()

/**
 * Runs a statement that is asked over and over with other values: each connection reads and plans it once. Only for texts of which there
 * are few. Values come as PostgreSQL's driver reads them (instants as Date), not as Drizzle does.
 */
export async function runNamed<Row extends QueryResultRow>(ctx: Pick<AppContext, 'pool'>, query: SQL): Promise<Row[]> {
  const { sql: text, params: values } = dialect.sqlToQuery(query)
  let name = names.get(text)
  if (name === undefined) {
    name = `cartera_${names.size}`
    names.set(text, name)
  }
  const { rows } = await ctx.pool.query<Row>({ name, text, values })
  return rows
}
