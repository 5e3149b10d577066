import { customers } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { searchKey } from '@cartera/domain/text'
import { and, desc, or, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { likeEscaped } from './search-customers.ts'
import { visibleCustomer } from './visible-customer.ts'

const bareNumber = (column: SQL) => sql`regexp_replace(upper(${column}), '[^0-9A-ZÑ&]', '', 'g')`

/** Customers that the viewer sees and that may be the one about to be added: same tax id, same e-mail, or nearly the same name. A hint; nothing is blocked. */
export async function findDuplicates(
  ctx: AppContext,
  viewer: Viewer,
  input: { taxId?: string | undefined; email?: string | undefined; name?: string | undefined },
) {
  const taxId = (input.taxId ?? '').toUpperCase().replace(/[^0-9A-ZÑ&]/g, '')
  const email = searchKey(input.email ?? '')
  const name = searchKey(input.name ?? '')
  const none = sql`false`
  // Each first by the trigram index over the search text, then exactly. A number may be stored with its check digit set off.
  const withHyphen = `${taxId.slice(0, -1)}-${taxId.slice(-1)}`
  const sameTaxId =
    taxId.length < 4
      ? none
      : sql`((${customers.searchText} like ${`%${searchKey(taxId)}%`} or ${customers.searchText} like ${`%${searchKey(withHyphen)}%`}
          or ${customers.searchText} like ${`%${likeEscaped(searchKey(input.taxId ?? ''))}%`})
          and ${bareNumber(sql`${customers.taxId}`)} = ${taxId})`
  const sameEmail =
    email.length < 5
      ? none
      : sql`(${customers.searchText} like ${`%${likeEscaped(email)}%`} and lower(${customers.email}) = ${email})`
  const likeName =
    name.length < 4 ? none : sql`(${name} <% ${customers.searchText} and similarity(${name}, ${customers.nameKey}) >= 0.55)`
  if (sameTaxId === none && sameEmail === none && likeName === none) return { items: [] }
  const rows = await ctx.db
    .select({
      id: customers.id,
      code: customers.code,
      name: customers.name,
      taxId: customers.taxId,
      email: customers.email,
      city: customers.city,
      byTaxId: sql<boolean>`coalesce(${sameTaxId}, false)`,
      byEmail: sql<boolean>`coalesce(${sameEmail}, false)`,
      byName: sql<boolean>`coalesce(${likeName}, false)`,
    })
    .from(customers)
    .where(and(visibleCustomer(viewer), or(sameTaxId, sameEmail, likeName)))
    .orderBy(desc(sql`7`), desc(sql`8`), desc(sql`similarity(${name}, ${customers.nameKey})`), customers.id)
    .limit(10)
  return {
    items: rows.map(({ byTaxId, byEmail, byName, ...customer }) => ({
      ...customer,
      alike: [
        ...(byTaxId ? (['taxId'] as const) : []),
        ...(byEmail ? (['email'] as const) : []),
        ...(byName ? (['name'] as const) : []),
      ],
    })),
  }
}
