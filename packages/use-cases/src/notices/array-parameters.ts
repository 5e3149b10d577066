import { type SQL, sql } from 'drizzle-orm'

// Arrays as PostgreSQL reads them. The driver quotes and escapes every value, most of which need it not; with thousands of them that takes
// longer than planning.

/** An array of ids, numbers, days and codes: nothing in it needs quotes. */
export function plainArray(values: Iterable<string | number | bigint | null>): SQL {
  const parts: (string | number | bigint)[] = []
  for (const value of values) parts.push(value ?? 'NULL')
  return sql`${sql.param(`{${parts.join(',')}}`)}`
}

const needsNoQuotes = /^[A-Za-z0-9_.@<>:+-]+$/

/** An array of any texts. */
export function textArray(values: readonly (string | null)[]): SQL {
  const parts = values.map((value) => {
    if (value === null) return 'NULL'
    return needsNoQuotes.test(value) && value.toLowerCase() !== 'null'
      ? value
      : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  })
  return sql`${sql.param(`{${parts.join(',')}}`)}`
}
