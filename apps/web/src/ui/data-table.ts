/** A column of a DataTable. Its cells come from `value`, or from the slot `cell-<id>` (`{ row }`) for anything more than text. */
export interface Column<Row> {
  id: string
  label: string
  value?: (row: Row) => string | number | null | undefined
  /** The API's sort word; `true` when it is the column's id. */
  sort?: string | true
  /** Numbers and money stand at the end. */
  align?: 'start' | 'end'
  /** Tailwind classes for width or wrapping, on head and cells: 'w-32', 'min-w-48 whitespace-normal'. */
  class?: string
  /** On a phone: the title of the card, beside the title, in its list of facts (unless told), or nowhere. */
  card?: 'title' | 'aside' | 'fact' | 'hide'
}

/** What a click on a head does to the order: up, down, and back to the list's own. `-name` is descending. */
export function nextSort(current: string, word: string): string {
  if (current === word) return `-${word}`
  return current === `-${word}` ? '' : word
}
