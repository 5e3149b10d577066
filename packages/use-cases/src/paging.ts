import { Refusal } from '@cartera/domain/refusal'
import { type AnyColumn, type SQL, sql } from 'drizzle-orm'

export const defaultPageSize = 50

/** What every list takes. */
export interface PageInput {
  limit?: number | undefined
  cursor?: string | undefined
  q?: string | undefined
  sort?: string | undefined
}

/** A position in a list: the sort it belongs to and the sort keys of the last row, the unique one last. */
export function encodeCursor(sort: string, keys: readonly (string | number | null)[]): string {
  return Buffer.from(JSON.stringify([sort, ...keys])).toString('base64url')
}

/**
 * The keys of a cursor made by `encodeCursor` for the same sort; refuses (`cursor-invalid`) anything else. Keys are only ever
 * compared with columns as parameters, so a forged one can do no more than start elsewhere in what the viewer sees anyway.
 */
export function decodeCursor(cursor: string, sort: string, count: number): string[] {
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    throw new Refusal('cursor-invalid', { field: 'cursor' })
  }
  if (!Array.isArray(parts) || parts.length !== count + 1 || parts[0] !== sort)
    throw new Refusal('cursor-invalid', { field: 'cursor' })
  return parts.slice(1).map((part: unknown) => {
    const key = typeof part === 'number' ? String(part) : part
    if (typeof key !== 'string' || key.includes('\u0000')) throw new Refusal('cursor-invalid', { field: 'cursor' })
    return key
  })
}

/** How a list can be ordered: columns in order (the last one unique) with the SQL type that a cursor's key is cast to. */
export interface SortKey {
  column: AnyColumn | SQL
  type: 'text' | 'uuid' | 'date' | 'timestamptz' | 'bigint' | 'numeric' | 'integer'
}

const validKey: Record<SortKey['type'], RegExp> = {
  text: /(?:)/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  date: /^\d{4}-\d{2}-\d{2}$/,
  timestamptz: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/,
  bigint: /^-?\d{1,18}$/,
  numeric: /^-?\d{1,30}$/,
  integer: /^-?\d{1,9}$/,
}

/** The condition "after this cursor" as a row comparison, which rides on an index over the same columns. */
export function keysetAfter(
  cursor: string | undefined,
  sort: string,
  keys: readonly SortKey[],
  descending: boolean,
): SQL | undefined {
  if (cursor === undefined) return undefined
  const values = decodeCursor(cursor, sort, keys.length)
  const left = sql.join(
    keys.map((key) => sql`${key.column}`),
    sql`, `,
  )
  const right = sql.join(
    keys.map((key, index) => {
      const value = values[index] ?? ''
      const impossibleDay = key.type === 'date' && Number.isNaN(Date.parse(value))
      const impossibleInstant = key.type === 'timestamptz' && Number.isNaN(Date.parse(value))
      if (!validKey[key.type].test(value) || impossibleDay || impossibleInstant)
        throw new Refusal('cursor-invalid', { field: 'cursor' })
      return sql`${value}::${sql.raw(key.type)}`
    }),
    sql`, `,
  )
  return descending ? sql`(${left}) < (${right})` : sql`(${left}) > (${right})`
}

/** `order by` for the same keys. */
export function orderOf(keys: readonly SortKey[], descending: boolean): SQL[] {
  return keys.map((key) => (descending ? sql`${key.column} desc` : sql`${key.column}`))
}

/** Cuts a result that was asked for with one row more than the limit into a page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  cursorOf: (row: Row) => string,
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(toItem), nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null }
}
