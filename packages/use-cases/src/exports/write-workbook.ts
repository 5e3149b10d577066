import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type CalendarDay, localTimeOf } from '@cartera/domain/calendar-day'
import { minorDigits } from '@cartera/domain/money'
import { Zip, ZipDeflate } from 'fflate'

export interface WorkbookMoney {
  /** The decimal of the wire, `1250.50`. */
  amount: string
  currency: string
}

/** What a cell of each column type is made from; null leaves it empty. */
interface CellOf {
  text: string
  integer: number
  money: WorkbookMoney
  /** `YYYY-MM-DD`. */
  day: CalendarDay
  /** ISO text or Date; shown in the workbook's time zone. */
  instant: string | Date
}

export interface WorkbookColumn {
  header: string
  type: keyof CellOf
  /** In characters; by type unless told. */
  width?: number
}

export type WorkbookCell = CellOf[keyof CellOf] | null

export interface WorkbookSheet {
  name: string
  columns: readonly WorkbookColumn[]
  /** One array per row, in the order of the columns. Pulled only as fast as the file is read. */
  rows: Iterable<readonly WorkbookCell[]> | AsyncIterable<readonly WorkbookCell[]>
}

export interface WorkbookOptions {
  /** The company's: instants are shown on its wall clock. */
  timeZone: string
}

/** The content type of what is written here. */
export const workbookContentType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

const defaultWidths: Record<keyof CellOf, number> = { text: 24, integer: 10, money: 16, day: 12, instant: 18 }
const longestText = 32_767
const mostRowsOfSheet = 1_048_576
/** Excel keeps 15 significant digits; a longer amount would change silently. */
const mostDigitsOfNumber = 15
/** 1899-12-30, day 0 of Excel's numbering for every day from March 1900 on. */
const firstSerialDay = Date.UTC(1899, 11, 30)
const msPerDay = 86_400_000
const chunkSize = 64 * 1024
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const needsEscape = /[&<>"_\u0000-\u001f\ufffe\uffff]/

/** Indexes of `cellXfs` in `stylesXml`. */
const styleOf = { header: 1, text: 2, integer: 3, day: 4, instant: 5, money: [6, 7, 8, 9, 10] } as const

const stylesXml = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="3"><numFmt numFmtId="164" formatCode="#,##0.0"/><numFmt numFmtId="165" formatCode="#,##0.000"/><numFmt numFmtId="166" formatCode="#,##0.0000"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font><font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFE8ECF1"/><bgColor indexed="64"/></patternFill></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="11"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="1" fillId="2" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyAlignment="1"><alignment vertical="center" wrapText="1"/></xf>${[49, 3, 14, 22, 3, 164, 4, 165, 166].map((format) => `<xf numFmtId="${format}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>`).join('')}</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

/**
 * Text as it stands in XML. What XML cannot carry (control characters) is written the way Excel writes it, `_x000B_`, and text that
 * happens to look like that is escaped, so that every text comes back as it was.
 */
function escapeText(text: string): string {
  if (!needsEscape.test(text)) return text
  let escaped = ''
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    const char = text[at]
    if (char === '&') escaped += '&amp;'
    else if (char === '<') escaped += '&lt;'
    else if (char === '>') escaped += '&gt;'
    else if (char === '"') escaped += '&quot;'
    else if (char === '_' && /^_x[0-9A-Fa-f]{4}_/.test(text.slice(at, at + 7))) escaped += '_x005F_'
    else if ((unit < 32 && unit !== 9 && unit !== 10) || unit === 0xfffe || unit === 0xffff)
      escaped += `_x${unit.toString(16).toUpperCase().padStart(4, '0')}_`
    else escaped += char
  }
  return escaped
}

function columnName(index: number): string {
  let name = ''
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26))
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name
  return name
}

function textCell(at: string, text: string, style: number): string {
  const kept = text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text
  // Lone surrogates become U+FFFD when the text is encoded.
  return `<c r="${at}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escapeText(kept)}</t></is></c>`
}

function serialOfDay(day: CalendarDay): number | null {
  const ms = Date.parse(`${day}T00:00:00Z`)
  if (Number.isNaN(ms)) return null
  const serial = Math.round((ms - firstSerialDay) / msPerDay)
  // Excel believes in a 29 February 1900; what lies before is written as text.
  return serial >= 61 ? serial : null
}

function cell(at: string, type: keyof CellOf, value: WorkbookCell | undefined, timeZone: string): string {
  if (value === null || value === undefined || value === '') return ''
  const number = (figures: string | number, style: number) => `<c r="${at}" s="${style}"><v>${figures}</v></c>`
  if (typeof value === 'object' && !(value instanceof Date)) {
    if (!/^-?\d{1,20}(\.\d{1,4})?$/.test(value.amount)) return textCell(at, value.amount, styleOf.text)
    const significant = value.amount.replace(/^-?0*/, '').replace('.', '').length
    return significant > mostDigitsOfNumber
      ? textCell(at, value.amount, styleOf.text)
      : number(value.amount, styleOf.money[minorDigits(value.currency)] ?? styleOf.money[2])
  }
  if (type === 'instant') {
    const instant = new Date(value)
    if (!Number.isNaN(instant.getTime())) {
      const { day, minutes } = localTimeOf(instant, timeZone)
      const serial = serialOfDay(day)
      if (serial !== null) return number(serial + minutes / 1440, styleOf.instant)
    }
  }
  if (type === 'day' && typeof value === 'string') {
    const serial = serialOfDay(value)
    if (serial !== null) return number(serial, styleOf.day)
  }
  if (
    typeof value === 'number' &&
    type === 'integer' &&
    Number.isSafeInteger(value) &&
    String(Math.abs(value)).length <= mostDigitsOfNumber
  )
    return number(value, styleOf.integer)
  return textCell(at, value instanceof Date ? value.toISOString() : String(value), styleOf.text)
}

function rowXml(row: number, cells: string): string {
  return `<row r="${row}">${cells}</row>`
}

/** Names that Excel takes: at most 31 characters, without its signs, each once whatever the case. */
function sheetNamer() {
  const taken = new Set<string>()
  return (wanted: string): string => {
    const plain =
      wanted
        .replace(/[[\]:*?/\\]/g, ' ')
        .replace(/^'+/, '')
        .trim() || 'Hoja'
    for (let n = 1; ; n++) {
      const suffix = n === 1 ? '' : ` (${n})`
      const name = plain.slice(0, 31 - suffix.length).replace(/'$/, '') + suffix
      if (taken.has(name.toLowerCase())) continue
      taken.add(name.toLowerCase())
      return name
    }
  }
}

async function* workbookBytes(sheets: readonly WorkbookSheet[], { timeZone }: WorkbookOptions): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = []
  let problem: Error | null = null
  const zip = new Zip((error, chunk) => {
    if (error) problem = error
    else if (chunk.length > 0) ready.push(chunk)
  })
  const take = function* () {
    if (problem) throw problem
    const chunks = ready
    ready = []
    yield* chunks
  }
  const encoder = new TextEncoder()
  const file = (path: string, content: string) => {
    const entry = new ZipDeflate(path, { level: 6 })
    zip.add(entry)
    entry.push(encoder.encode(content), true)
  }

  const nameSheet = sheetNamer()
  const names: string[] = []
  for (const sheet of sheets) {
    const iterator = Symbol.asyncIterator in sheet.rows ? sheet.rows[Symbol.asyncIterator]() : sheet.rows[Symbol.iterator]()
    try {
      let next = await iterator.next()
      // What does not fit goes on in another sheet, with the header again.
      do {
        names.push(nameSheet(sheet.name))
        const entry = new ZipDeflate(`xl/worksheets/sheet${names.length}.xml`, { level: 6 })
        zip.add(entry)
        const columnNames = sheet.columns.map((_, index) => columnName(index))
        const widths = sheet.columns
          .map(
            ({ width, type }, index) =>
              `<col min="${index + 1}" max="${index + 1}" width="${width ?? defaultWidths[type]}" customWidth="1"/>`,
          )
          .join('')
        const header = sheet.columns
          .map((column, index) => textCell(`${columnNames[index]}1`, column.header, styleOf.header))
          .join('')
        let pending = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>${widths === '' ? '' : `<cols>${widths}</cols>`}<sheetData>${rowXml(1, header)}`
        let row = 1
        while (!next.done && row < mostRowsOfSheet) {
          row++
          const cells = next.value
          pending += rowXml(
            row,
            sheet.columns
              .map((column, index) => cell(`${columnNames[index]}${row}`, column.type, cells[index], timeZone))
              .join(''),
          )
          if (pending.length >= chunkSize) {
            entry.push(encoder.encode(pending))
            pending = ''
            yield* take()
          }
          next = await iterator.next()
        }
        const filter = sheet.columns.length === 0 ? '' : `<autoFilter ref="A1:${columnNames.at(-1)}${row}"/>`
        entry.push(encoder.encode(`${pending}</sheetData>${filter}</worksheet>`), true)
        yield* take()
      } while (!next.done)
    } finally {
      await iterator.return?.()
    }
  }

  const numbers = names.map((_, index) => index + 1)
  file('xl/styles.xml', stylesXml)
  file(
    'xl/workbook.xml',
    `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>${names.map((name, index) => `<sheet name="${escapeText(name)}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`).join('')}</sheets></workbook>`,
  )
  file(
    'xl/_rels/workbook.xml.rels',
    `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${numbers.map((n) => `<Relationship Id="rId${n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet${n}.xml"/>`).join('')}<Relationship Id="rIdStyles" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`,
  )
  file(
    '_rels/.rels',
    `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  )
  file(
    '[Content_Types].xml',
    `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>${numbers.map((n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`).join('')}</Types>`,
  )
  zip.end()
  yield* take()
}

/**
 * An Excel workbook as a stream that pulls rows only as it is read: memory does not grow with the rows. Text is always text (never a
 * formula, also not after somebody edits the cell; long ids keep their digits), amounts are numbers with their currency's decimals,
 * days and instants are dates. A reader who goes away ends the iteration of the rows.
 */
export function workbookStream(sheets: readonly WorkbookSheet[], options: WorkbookOptions): Readable {
  return Readable.from(workbookBytes(sheets, options), { objectMode: false })
}

/** The same in memory, for what is attached to a mail. */
export async function writeWorkbook(sheets: readonly WorkbookSheet[], options: WorkbookOptions): Promise<Buffer> {
  return buffer(workbookStream(sheets, options))
}
