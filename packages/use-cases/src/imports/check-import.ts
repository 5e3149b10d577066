import { imports } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { requiredReceivableFields } from '@cartera/domain/imports/receivable-fields'
import { Refusal } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { companyToday } from '../company/company-settings.ts'
import { findImport, lockImport, mappingOf, optionsOf, recordOf } from './import-record.ts'
import { planImport, readImportRows, storeFates } from './plan-import.ts'

/**
 * The dry run: says of every row what would become of it (create, change, unchanged, duplicate, refused, after-day) and changes nothing
 * else. The day as of which the file is read is fixed here. Refuses `not-found`, `import-not-ready`, `columns-missing`.
 */
export async function checkImport(ctx: AppContext, viewer: Viewer | null, importId: string) {
  const before = await findImport(ctx.db, viewer, importId)
  const missing = requiredReceivableFields.filter((field) => mappingOf(before)[field] === undefined)
  if (missing.length > 0) throw new Refusal('columns-missing', { field: 'mapping', params: { fields: missing.join(', ') } })
  const asOf = optionsOf(before).asOf ?? (await companyToday(ctx))
  const rows = await readImportRows(ctx.db, before, asOf)
  return ctx.db.transaction(async (tx) => {
    const found = await lockImport(tx, viewer, importId)
    const same = JSON.stringify([found.mapping, found.options]) === JSON.stringify([before.mapping, before.options])
    if (!same || (found.state !== 'uploaded' && found.state !== 'checked' && found.state !== 'failed'))
      throw new Refusal('import-not-ready')
    const plan = await planImport(tx, viewer, found, rows, false)
    await storeFates(tx, importId, plan.rows)
    const [checked] = await tx
      .update(imports)
      .set({ state: 'checked', counts: plan.counts, options: { ...found.options, asOf }, error: null, rowsDone: 0 })
      .where(eq(imports.id, importId))
      .returning()
    if (!checked) throw new Error('the locked import vanished')
    return recordOf(tx, checked)
  })
}
