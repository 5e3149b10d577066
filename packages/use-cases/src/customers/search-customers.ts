import { unaccented } from '@cartera/db/schema/columns'
import { customers } from '@cartera/db/schema/customers'
import { searchKey } from '@cartera/domain/text'
import { type SQL, sql } from 'drizzle-orm'

/** Text for LIKE in which nothing is a wildcard. */
export const likeEscaped = (text: string) => text.replace(/[\\%_]/g, (sign) => `\\${sign}`)

/**
 * Customers in whose code, names, tax id, e-mail, phones or external id every word of `q` occurs, or in those of one who was merged into them; accents and
 * case do not matter.
 */
export function matchingCustomer(q: string | undefined): SQL | undefined {
  const words = [...new Set(searchKey(q ?? '').split(' '))].filter((word) => word !== '')
  if (words.length === 0) return undefined
  const like = words.map((word) => `%${likeEscaped(word)}%`)
  const said = (text: SQL) =>
    sql.join(
      like.map((each) => sql`${text} like ${each}`),
      sql` and `,
    )
  // Gathered once, from the few that were merged: the trigram index still answers the rest.
  return sql`((${said(sql`${customers.searchText}`)}) or ${customers.id} = any(array(
    select l.merged_into_id from customer_merges m join customers l on l.id = m.merged_id
    where m.undone_at is null and l.merged_into_id is not null and ${said(sql`l.search_text`)})))`
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
