import type { Database } from '@cartera/db/connect'
import { drizzle } from 'drizzle-orm/node-postgres'
import type { QueryConfig } from 'pg'
import type { AppContext } from './app-context.ts'

/** Every text has one name in this process: a connection takes no second text for a name. */
const names = new Map<string, string>()
/** Each name costs every connection its plan: texts beyond these are asked without one. */
const mostNames = 200

function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= mostNames) return known
  const name = `cartera_${names.size}`
  names.set(text, name)
  return name
}

const named = new WeakMap<AppContext['pool'], Database>()

/**
 * The database for statements that are asked over and over with other values: each connection reads and plans each text once. For the
 * texts of a loop, of which there are few, and whose plan does not depend on their values. Its transactions are ordinary ones.
 */
export function namedStatements({ pool }: Pick<AppContext, 'pool'>): Database {
  const known = named.get(pool)
  if (known) return known
  // A pool in all else, also for Drizzle, which takes a connection of it for a transaction.
  const asking: AppContext['pool'] = Object.create(pool, {
    query: {
      value: (config: QueryConfig, values: unknown[]) => pool.query({ ...config, name: nameOf(config.text) }, values),
    },
    connect: { value: () => pool.connect() },
  })
  const db = drizzle(asking, { casing: 'snake_case' })
  named.set(pool, db)
  return db
}
