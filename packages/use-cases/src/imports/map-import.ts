import { importRows, imports } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import {
  columnsOf,
  type ReceivableField,
  type ReceivableMapping,
  requiredReceivableFields,
} from '@cartera/domain/imports/receivable-fields'
import { isCurrency } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { type ImportOptions, lockImport, recordOf, requireOptions } from './import-record.ts'

export type GivenOptions = { [K in keyof ImportOptions]?: ImportOptions[K] | undefined }

/**
 * Says which column or text fills which field, and how the file is written; earlier fates are forgotten. Refuses `not-found`,
 * `import-not-ready`, `columns-missing`, `column-unknown`, `currency-unknown`, and `not-allowed` where creating customers or switching notices
 * on needs a permission that the viewer lacks.
 */
export async function mapImport(
  ctx: AppContext,
  viewer: Viewer | null,
  importId: string,
  input: { mapping: Partial<Record<ReceivableField, ReceivableMapping[ReceivableField] | undefined>>; options: GivenOptions },
) {
  const company = await findCompany(ctx.db)
  return ctx.db.transaction(async (tx) => {
    const found = await lockImport(tx, viewer, importId)
    if (found.state !== 'uploaded' && found.state !== 'checked' && found.state !== 'failed') throw new Refusal('import-not-ready')
    const mapping = Object.fromEntries(
      Object.entries(input.mapping).filter(([, source]) => source !== undefined),
    ) as ReceivableMapping
    for (const [field, source] of Object.entries(mapping))
      for (const column of columnsOf(source))
        if (!found.columns.includes(column))
          throw new Refusal('column-unknown', { field: `mapping.${field}`, params: { column: column.slice(0, 100) } })
    const missing = requiredReceivableFields.filter((field) => mapping[field] === undefined)
    if (missing.length > 0) throw new Refusal('columns-missing', { field: 'mapping', params: { fields: missing.join(', ') } })
    const given = Object.fromEntries(Object.entries(input.options).filter(([, value]) => value !== undefined)) as ImportOptions
    const options: ImportOptions = { currency: company.currency, dateOrder: 'auto', decimal: 'auto', ...given }
    if (options.currency !== undefined && !isCurrency(options.currency))
      throw new Refusal('currency-unknown', { field: 'options.currency' })
    requireOptions(viewer, options)
    const [mapped] = await tx
      .update(imports)
      .set({ mapping, options: { ...options }, state: 'uploaded', counts: {}, error: null, rowsDone: 0 })
      .where(eq(imports.id, importId))
      .returning()
    if (!mapped) throw new Error('the locked import vanished')
    await tx.update(importRows).set({ fate: null, errors: null }).where(eq(importRows.importId, importId))
    return recordOf(tx, mapped)
  })
}
