import type { Querier } from '@cartera/db/connect'
import type { CustomField } from '@cartera/domain/customers/custom-fields'
import { type CustomerImportField, customerImportFields, customImportField } from '@cartera/domain/imports/customer-import-fields'
import { bareTaxId } from '@cartera/domain/imports/customer-import-row'
import { type FieldSource, guessMapping, type ImportKind } from '@cartera/domain/imports/import-mapping'
import { guessReceivableMapping, receivableFields, requiredReceivableFields } from '@cartera/domain/imports/receivable-fields'
import { isMailAddress } from '@cartera/domain/notices/mail-address'
import { findCustomFields } from '../custom-fields/custom-field-definitions.ts'
import type { SheetRow } from './read-spreadsheet.ts'

/** A field that a column can fill, as the mapping shows it. */
interface MappableField {
  name: string
  /** The company's own name of a custom field; the others have theirs in each language. */
  label: string | null
  required: boolean
}

/** The fields of a customer that a file can fill, the company's own behind the others; and these as the rule needs them. */
export async function customerFieldsForImport(
  db: Querier,
): Promise<{ fields: CustomerImportField[]; custom: (CustomField & { name: string })[] }> {
  const custom = await findCustomFields(db)
  const offered = custom.filter((field) => field.active)
  return { fields: [...customerImportFields, ...offered.map(customImportField)], custom }
}

/** What a file of the kind can fill. */
export async function mappableFields(db: Querier, kind: ImportKind): Promise<MappableField[]> {
  if (kind === 'receivables') {
    const required = new Set<string>(requiredReceivableFields)
    return receivableFields.map((name) => ({ name, label: null, required: required.has(name) }))
  }
  const { fields, custom } = await customerFieldsForImport(db)
  const names = new Map(custom.map((field) => [`custom.${field.key}`, field.name]))
  return fields.map(({ name }) => ({ name, label: names.get(name) ?? null, required: name === 'name' }))
}

/** The mapping that headings suggest, and where they do not, what stands below them. */
export async function guessFor(
  db: Querier,
  kind: ImportKind,
  columns: readonly string[],
  top: readonly SheetRow[],
): Promise<Record<string, FieldSource>> {
  if (kind === 'receivables') return { ...guessReceivableMapping(columns) } as Record<string, FieldSource>
  const { fields } = await customerFieldsForImport(db)
  const mapping = guessMapping(fields, columns)
  const used = new Set(Object.values(mapping).flatMap((source) => ('column' in source ? [source.column] : [])))
  const fill = (field: string, fits: (cell: string) => boolean) => {
    if (mapping[field]) return
    const column = columns.find((each, index) => {
      if (used.has(each)) return false
      const cells = top.map(([, row]) => (row[index] ?? '').trim()).filter((cell) => cell !== '' && cell !== each)
      return cells.length > 0 && cells.filter(fits).length * 2 > cells.length
    })
    if (column === undefined) return
    used.add(column)
    mapping[field] = { column }
  }
  fill('email', isMailAddress)
  fill('website', (cell) => /^(?:https?:\/\/|www\.)\S+$/i.test(cell))
  fill('taxId', (cell) => /^\d{8,13}$/.test(bareTaxId(cell)) && /^\d[\d.\s-]*$/.test(cell) && cell.length <= 20)
  return mapping
}
