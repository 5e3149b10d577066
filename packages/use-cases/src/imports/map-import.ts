import { importMappings, importRows, imports } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { columnsOf, type FieldSource, headingsKey, type ImportKind } from '@cartera/domain/imports/import-mapping'
import { requiredReceivableFields } from '@cartera/domain/imports/receivable-fields'
import { isCurrency } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { mappableFields } from './import-fields.ts'
import { type ImportOptions, lockImport, optionsOf, recordOf, requireImport, requireOptions } from './import-record.ts'
import { isOpen } from './upload-import.ts'

export type GivenOptions = { [K in keyof ImportOptions]?: ImportOptions[K] | undefined }

/** The fields without which a file of the kind brings nothing, of those that are not filled. */
export function missingFields(
  kind: ImportKind,
  mapping: Readonly<Record<string, FieldSource | undefined>>,
  options: ImportOptions,
): string[] {
  const empty = (fields: readonly string[]) => fields.filter((field) => mapping[field] === undefined)
  if (kind === 'receivables') return empty(requiredReceivableFields)
  const keys = options.keys ?? []
  if (options.mode !== 'change') return empty(['name', ...keys])
  // Whom a row changes must be found by something.
  return keys.length > 0 ? empty(keys) : ['externalId']
}

/** The keys by which rows are found as long as nobody chose them: those that are one customer's alone, else the tax id. */
function proposedKeys(mapping: Readonly<Record<string, FieldSource | undefined>>) {
  const own = (['externalId', 'code'] as const).filter((key) => mapping[key] !== undefined)
  return own.length > 0 ? own : (['taxId'] as const).filter((key) => mapping[key] !== undefined)
}

/**
 * Says which column or text fills which field, how the file is written and what is to become of its rows; earlier fates are forgotten. With
 * `saveAs` the mapping is kept under that name and proposed for files with the same headings. Refuses `not-found`, `import-not-ready`,
 * `columns-missing`, `column-unknown`, `field-unknown`, `currency-unknown`, and `not-allowed` where an option needs a permission that the
 * viewer lacks.
 */
export async function mapImport(
  ctx: AppContext,
  viewer: Viewer | null,
  importId: string,
  input: {
    mapping: Readonly<Record<string, FieldSource | undefined>>
    options: GivenOptions
    saveAs?: string | undefined
  },
) {
  const company = await findCompany(ctx.db)
  return ctx.db.transaction(async (tx) => {
    const found = await lockImport(tx, viewer, importId)
    // What was chosen in a list says by itself what changes.
    if (!isOpen(found) || optionsOf(found).selection) throw new Refusal('import-not-ready')
    const mapping: Record<string, FieldSource> = {}
    const known = new Set((await mappableFields(tx, found.kind)).map((field) => field.name))
    const columns = new Set(found.columns)
    for (const [field, source] of Object.entries(input.mapping)) {
      if (source === undefined) continue
      if (!known.has(field)) throw new Refusal('field-unknown', { field: `mapping.${field}` })
      for (const column of columnsOf(source))
        if (!columns.has(column))
          throw new Refusal('column-unknown', { field: `mapping.${field}`, params: { column: column.slice(0, 100) } })
      mapping[field] = source
    }
    const given = Object.fromEntries(Object.entries(input.options).filter(([, value]) => value !== undefined)) as ImportOptions
    const options: ImportOptions = { currency: company.currency, dateOrder: 'auto', decimal: 'auto', ...given }
    if (found.kind === 'customers') options.keys ??= [...proposedKeys(mapping)]
    const missing = missingFields(found.kind, mapping, options)
    if (missing.length > 0) throw new Refusal('columns-missing', { field: 'mapping', params: { fields: missing.join(', ') } })
    if (options.currency !== undefined && !isCurrency(options.currency))
      throw new Refusal('currency-unknown', { field: 'options.currency' })
    requireOptions(viewer, options, found.kind)
    const [mapped] = await tx
      .update(imports)
      .set({ mapping, options: { ...options }, state: 'uploaded', counts: {}, error: null, rowsDone: 0 })
      .where(eq(imports.id, importId))
      .returning()
    if (!mapped) throw new Error('the locked import vanished')
    await tx
      .update(importRows)
      .set({ fate: null, errors: null, outcome: null })
      .where(and(eq(importRows.importId, importId), sql`${importRows.fate} is not null`))
    if (input.saveAs !== undefined) {
      const { asOf: _, ...kept } = options
      // The name is the mapping: saving under one that is there replaces it.
      await tx
        .delete(importMappings)
        .where(and(eq(importMappings.kind, found.kind), sql`lower(${importMappings.name}) = lower(${input.saveAs})`))
      const [saved] = await tx
        .insert(importMappings)
        .values({
          kind: found.kind,
          name: input.saveAs,
          headings: headingsKey(found.columns),
          mapping,
          options: { ...kept },
          createdBy: viewer?.userId ?? null,
          createdAt: ctx.now(),
        })
        .returning({ id: importMappings.id })
      if (saved)
        await recordAudit(tx, ctx, viewer, {
          action: 'change',
          entity: 'import-mapping',
          entityId: saved.id,
          changes: { name: input.saveAs, kind: found.kind },
        })
    }
    return recordOf(tx, mapped)
  })
}

/** The saved mappings of a kind, by name. Refuses `not-allowed`. */
export async function listImportMappings(ctx: AppContext, viewer: Viewer, input: { kind?: ImportKind | undefined }) {
  requireImport(viewer)
  const rows = await ctx.db
    .select()
    .from(importMappings)
    .where(input.kind === undefined ? undefined : eq(importMappings.kind, input.kind))
    .orderBy(asc(importMappings.name))
    .limit(200)
  return {
    items: rows.map(({ id, kind, name, mapping, options }) => ({ id, kind, name, mapping, options: options as ImportOptions })),
  }
}

/** Forgets a saved mapping; imports made with it stay. Refuses `not-allowed`, `not-found`. */
export async function removeImportMapping(ctx: AppContext, viewer: Viewer, mappingId: string): Promise<void> {
  requireImport(viewer)
  await ctx.db.transaction(async (tx) => {
    const [gone] = await tx.delete(importMappings).where(eq(importMappings.id, mappingId)).returning()
    if (!gone) throw new Refusal('not-found')
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'import-mapping',
      entityId: mappingId,
      changes: { name: gone.name },
    })
  })
}
