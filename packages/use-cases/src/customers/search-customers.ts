import { unaccented } from '@cartera/db/schema/columns'
import { customers } from '@cartera/db/schema/customers'
import { searchKey } from '@cartera/domain/text'
import { and, type SQL, sql } from 'drizzle-orm'

/** Text for LIKE in which nothing is a wildcard. */
export const likeEscaped = (text: string) => text.replace(/[\\%_]/g, (sign) => `\\${sign}`)

/** Customers in whose code, names, tax id, e-mail, phones or external id every word of `q` occurs; accents and case do not matter. */
export function matchingCustomer(q: string | undefined): SQL | undefined {
  const words = [...new Set(searchKey(q ?? '').split(' '))].filter((word) => word !== '')
  return and(...words.map((word) => sql`${customers.searchText} like ${`%${likeEscaped(word)}%`}`))
}

/** Customers that look like `q`, typing errors included; how much, for the order. Rides on the trigram index. */
export function similarCustomer(q: string): { where: SQL; likeness: SQL } {
  const key = searchKey(q)
  return { where: sql`${key} <% ${customers.searchText}`, likeness: sql`word_similarity(${key}, ${customers.searchText})` }
}

/** How alike a word must be for `<%`; PostgreSQL's own 0.6 misses one wrong letter in a short name. */
export const similarityThreshold = sql`set local pg_trgm.word_similarity_threshold = 0.5`

/** Equality of free text without accents and case. */
export function sameText(column: 'city' | 'customer_type', value: string): SQL {
  return sql`${unaccented(column)} = ${searchKey(value)}`
}
