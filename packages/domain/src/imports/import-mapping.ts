import { searchKey } from '../text.ts'

/** What a file can bring. */
export const importKinds = ['customers', 'receivables'] as const
export type ImportKind = (typeof importKinds)[number]

/**
 * What becomes of a row. `possible-duplicate`: it looks like a record that is there, or like an earlier row, and is left alone. `duplicate`: the
 * same row stands above. `skipped`: there already, or missing, where only the other is wanted. `after-day`: it does not exist yet on the day as of
 * which the file is read.
 */
export const importFates = [
  'create',
  'change',
  'unchanged',
  'possible-duplicate',
  'duplicate',
  'skipped',
  'refused',
  'after-day',
] as const
export type ImportFate = (typeof importFates)[number]

/** The fates that rows of a kind can have, in the order in which a report shows them. */
export function fatesOf(kind: ImportKind): readonly ImportFate[] {
  return importFates.filter((fate) =>
    kind === 'customers' ? fate !== 'after-day' : fate !== 'possible-duplicate' && fate !== 'skipped',
  )
}

export const dateOrders = ['auto', 'dmy', 'mdy', 'ymd'] as const
export type DateOrder = (typeof dateOrders)[number]

/** A field is filled from a column, or from a text in which {column} stands for the row's cell. */
export type FieldSource = { column: string } | { text: string }
export type ImportMapping = Readonly<Record<string, FieldSource>>

/** A heading without accents, case, blanks and punctuation: `Fecha de Emisión` becomes `fechadeemision`. */
export function headingKey(heading: string): string {
  return searchKey(heading).replace(/[^a-z0-9]/g, '')
}

/** Headings of a file in one form, whatever their order: files of the same kind have the same. */
export function headingsKey(columns: readonly string[]): string {
  return columns.map(headingKey).sort().join('|')
}

/** Headings by which a field is known, as `headingKey` writes them, blanks between. */
export function headingWords(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

/** The mapping that the headings suggest, Spanish or English: the first word that a file has wins, each column is used once. */
export function guessMapping(
  fields: readonly { name: string; headings: readonly string[] }[],
  columns: readonly string[],
): Record<string, FieldSource> {
  const byKey = new Map<string, string>()
  for (const column of columns) if (!byKey.has(headingKey(column))) byKey.set(headingKey(column), column)
  const used = new Set<string>()
  const mapping: Record<string, FieldSource> = {}
  for (const { name, headings } of fields) {
    const key = headings.find((word) => byKey.has(word) && !used.has(word))
    const column = key === undefined ? undefined : byKey.get(key)
    if (key === undefined || column === undefined) continue
    used.add(key)
    mapping[name] = { column }
  }
  return mapping
}

/** The text that a source gives for a row, without blanks around it. A column that the row lacks gives ''. */
export function sourceText(source: FieldSource, cellOf: (column: string) => string | undefined): string {
  if ('column' in source) return (cellOf(source.column) ?? '').trim()
  return source.text.replace(/\{([^{}]+)\}/g, (_, column: string) => (cellOf(column) ?? '').trim()).trim()
}

/** The columns that a source reads: what must exist in the file. */
export function columnsOf(source: FieldSource): string[] {
  if ('column' in source) return [source.column]
  return [...source.text.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? '')
}
