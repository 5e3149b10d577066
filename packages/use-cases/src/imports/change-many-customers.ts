import { customers } from '@cartera/db/schema/customers'
import { importRows, imports } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { fieldsOfMany } from '@cartera/domain/imports/customer-import-fields'
import type { FieldSource } from '@cartera/domain/imports/import-mapping'
import { Refusal } from '@cartera/domain/refusal'
import { and, inArray, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCustomerFacts } from '../customers/customer-facts.ts'
import { type CustomerFilters, filteredCustomers } from '../customers/list-customers.ts'
import { matchingCustomer } from '../customers/search-customers.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { startCheck } from './check-import.ts'
import { customerFieldsForImport } from './import-fields.ts'
import { type ImportOptions, type RunOptions, requireImport } from './import-record.ts'

/** As many as a file may bring. */
const most = 100_000

/**
 * Prepares to say the same of many customers: those chosen, or all that the viewer sees under the filters of the list. It stands as an import whose rows are
 * these customers, so that the dry run, the run with its progress, what others changed meanwhile and the undoing are those of imports; nothing
 * changes before it is run. `values` go by the fields of an import, null to clear; numbers with a point, days as YYYY-MM-DD, branch, group and agents by id. Refuses
 * `not-allowed`, `field-unknown`, `value-missing` at what cannot be empty, `not-found` where nobody is chosen, `too-many-customers`.
 */
export async function changeManyCustomers(
  ctx: AppContext,
  viewer: Viewer,
  input: {
    ids?: readonly string[] | undefined
    filters?: (CustomerFilters & { q?: string | undefined }) | undefined
    values: Readonly<Record<string, string | null>>
  },
) {
  const options: ImportOptions & RunOptions = {
    selection: true,
    keys: ['code'],
    mode: 'change',
    empty: 'clear',
    decimal: '.',
    dateOrder: 'ymd',
    runBy: viewer.userId,
  }
  requireImport(viewer, options)
  const { fields } = await customerFieldsForImport(ctx.db)
  const offered: readonly string[] = fieldsOfMany
  const said = Object.entries(input.values).map(([name, value]) => {
    const field = fields.find((each) => each.name === name)
    if (!field || !(offered.includes(name) || name.startsWith('custom.')))
      throw new Refusal('field-unknown', { field: `values.${name}` })
    const text = value?.trim() ?? ''
    if (text === '' && field.kept) throw new Refusal('value-missing', { field: `values.${name}` })
    return { name, text }
  })
  const id = v7()
  await ctx.db.transaction(async (tx) => {
    const facts = await findCustomerFacts(ctx, tx)
    const mapping: Record<string, FieldSource> = { code: { column: 'code' } }
    for (const { name } of said) mapping[name] = { column: name }
    await tx.insert(imports).values({
      id,
      kind: 'customers',
      fileName: 'clientes',
      state: 'checking',
      columns: ['code', 'name', ...said.map((one) => one.name)],
      mapping,
      options: { ...options },
      rowCount: 0,
      counts: {},
      createdAt: ctx.now(),
      createdBy: viewer.userId,
    })
    const chosen = and(
      visibleCustomer(viewer),
      input.ids ? inArray(customers.id, [...input.ids]) : undefined,
      input.filters ? and(filteredCustomers(input.filters, facts), matchingCustomer(input.filters.q)) : undefined,
    )
    const texts = sql.param(JSON.stringify(said.map((one) => one.text)))
    const { rowCount } = await tx.execute(sql`
      insert into ${importRows} (import_id, row_number, cells)
      select ${id}::uuid, row_number() over (order by name_key, id), jsonb_build_array(code, name) || ${texts}::jsonb
      from (select ${customers.id}, ${customers.code}, ${customers.name}, ${customers.nameKey} from ${customers}
        where ${chosen} limit ${most + 1}) chosen`)
    const count = rowCount ?? 0
    if (count === 0) throw new Refusal('not-found')
    if (count > most) throw new Refusal('too-many-customers', { params: { count, max: most } })
    await tx.update(imports).set({ rowCount: count }).where(sql`${imports.id} = ${id}`)
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'import',
      entityId: id,
      changes: { kind: 'customers', rows: count, fields: said.map((one) => one.name) },
    })
  })
  return startCheck(ctx, viewer, id)
}
