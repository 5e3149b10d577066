import type { Querier } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { and } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import type { WorkbookCell, WorkbookColumn } from '../exports/write-workbook.ts'
import { customerFieldsForImport } from '../imports/import-fields.ts'
import { customerJudge, shownValue } from '../imports/judge-customers.ts'
import { encodeCursor, keysetAfter, orderOf } from '../paging.ts'
import { findCustomerFacts } from './customer-facts.ts'
import { customerHeadings, type Language, sayCustomerValue } from './customer-words.ts'
import { type CustomerFilters, filteredCustomers } from './list-customers.ts'
import { matchingCustomer } from './search-customers.ts'
import { visibleCustomer } from './visible-customer.ts'

const batch = 1000

/** Mail addresses of agents tell two of the same name apart: an import reads these columns first. */
const agentMailHeadings = {
  preferredAgent: { es: 'Correo del agente de ventas', en: 'Sales agent e-mail' },
  collectionsAgent: { es: 'Correo del agente de cobranza', en: 'Collections agent e-mail' },
} as const
const isAgent = (field: string): field is keyof typeof agentMailHeadings => field in agentMailHeadings

/** The columns of customers in files: every field that an import knows, under headings that it recognises. */
export async function customerColumns(db: Querier, language: Language): Promise<WorkbookColumn[]> {
  const { fields, custom } = await customerFieldsForImport(db)
  const own = new Map(custom.map((field) => [`custom.${field.key}`, field.name]))
  return fields.flatMap((field): WorkbookColumn[] => {
    const header = own.get(field.name) ?? customerHeadings[field.name]?.[language] ?? field.name
    if (field.name === 'creditLimit') return [{ header, type: 'money' }]
    if (field.type === 'integer') return [{ header, type: 'integer' }]
    if (field.type === 'date') return [{ header, type: 'day' }]
    const mail = isAgent(field.name) ? [{ header: agentMailHeadings[field.name][language], type: 'text' as const }] : []
    return [{ header, type: 'text', ...(field.name === 'name' ? { width: 36 } : {}) }, ...mail]
  })
}

/**
 * The customers that the viewer sees under the filters of the list, by name, in the columns of `customerColumns`. `viewerNow` is asked before each
 * thousand: whoever may no longer see them gets no more.
 */
export async function* customerRows(
  ctx: AppContext,
  viewerNow: () => Promise<Viewer>,
  filters: CustomerFilters & { q?: string | undefined },
  language: Language,
): AsyncGenerator<WorkbookCell[]> {
  const facts = await findCustomerFacts(ctx, ctx.db)
  const judge = await customerJudge(ctx.db, {})
  const mails = new Map(
    (await ctx.db.select({ id: users.id, email: users.email }).from(users)).map((user) => [user.id, user.email]),
  )
  const keys = [
    { column: customers.nameKey, type: 'text' },
    { column: customers.id, type: 'uuid' },
  ] as const
  for (let cursor: string | undefined; ; ) {
    const viewer = await viewerNow()
    const rows = await ctx.db
      .select()
      .from(customers)
      .where(
        and(
          visibleCustomer(viewer),
          filteredCustomers(filters, facts),
          matchingCustomer(filters.q),
          keysetAfter(cursor, 'name', keys, false),
        ),
      )
      .orderBy(...orderOf(keys, false))
      .limit(batch)
    for (const customer of rows)
      yield judge.fields.flatMap((field): WorkbookCell[] => {
        const value = shownValue(judge, customer, field)
        if (field.name === 'creditLimit')
          return [value === '' ? null : { amount: value, currency: customer.creditCurrency ?? facts.company.currency }]
        if (field.type === 'integer') return [value === '' ? null : Number(value)]
        const said = [value === '' ? null : sayCustomerValue(field.type, value, language)]
        if (!isAgent(field.name)) return said
        const agentId = field.name === 'preferredAgent' ? customer.preferredAgentId : customer.collectionsAgentId
        return [...said, agentId === null ? null : (mails.get(agentId) ?? null)]
      })
    const last = rows.at(-1)
    if (!last || rows.length < batch) return
    cursor = encodeCursor('name', [last.nameKey, last.id])
  }
}
