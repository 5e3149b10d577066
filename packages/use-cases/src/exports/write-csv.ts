import { localTimeOf } from '@cartera/domain/calendar-day'
import type { WorkbookCell, WorkbookColumn } from './write-workbook.ts'

/** The content type of what is written here. */
export const csvContentType = 'text/csv; charset=utf-8'

const quoted = (cell: string) => (/[",;\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
/** Text that a spreadsheet program would run as a formula gets an apostrophe, which an import takes away again; plain numbers stay numbers. */
export const neutralCell = (cell: string) =>
  /^'*[=+\-@\t\r]/.test(cell) && !/^-?\d+(?:[.,]\d+)*$/.test(cell) ? `'${cell}` : cell

const two = (number: number) => String(number).padStart(2, '0')

function written(type: WorkbookColumn['type'], value: WorkbookCell | undefined, timeZone: string): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'object' && !(value instanceof Date)) return value.amount
  if (type === 'instant') {
    const instant = new Date(value)
    if (!Number.isNaN(instant.getTime())) {
      const { day, minutes } = localTimeOf(instant, timeZone)
      return `${day} ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
    }
  }
  return neutralCell(value instanceof Date ? value.toISOString() : String(value))
}

/**
 * The same columns and rows as a workbook takes, as CSV piece by piece: UTF-8 with its mark, decimal points, days as YYYY-MM-DD, instants on the
 * company's wall clock. A number of fifteen figures and more, or one with leading zeros, is text to whoever opens it as such.
 */
export async function* csvBytes(
  columns: readonly WorkbookColumn[],
  rows: Iterable<readonly WorkbookCell[]> | AsyncIterable<readonly WorkbookCell[]>,
  timeZone: string,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  let pending = `\ufeff${columns.map((column) => quoted(neutralCell(column.header))).join(',')}\r\n`
  for await (const row of rows) {
    pending += `${columns.map((column, index) => quoted(written(column.type, row[index], timeZone))).join(',')}\r\n`
    if (pending.length < 65_536) continue
    yield encoder.encode(pending)
    pending = ''
  }
  yield encoder.encode(pending)
}
