// Reads one spreadsheet from standard input and writes its rows as lines of JSON: the first is { columns } or { refusal }. A process of
// its own, because a hostile file can hang or fill any parser: read-spreadsheet.ts limits its memory and kills it after a time.
// JavaScript and not TypeScript, so that plain node runs it from the sources as from the bundle.
import { inflateRawSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import * as XLSX from 'xlsx'

const maxRows = 100_000
const maxColumns = 100
const maxCell = 32_767
/** What a spreadsheet may unpack to. 25 MiB of an honest one stay far below. */
const maxUnpacked = 300 * 1_048_576

class Refused extends Error {
  /** @param {string} code @param {Record<string, string>} [params] */
  constructor(code, params = {}) {
    super(code)
    this.code = code
    this.params = params
  }
}

const tooManyCells = () => new Refused('file-too-large', { max: `${maxRows} × ${maxColumns}` })

/**
 * The entries of a zip, unpacked once with a limit, so that neither a claimed nor a hidden size can fill the memory.
 * @param {Buffer} bytes
 */
function checkZip(bytes) {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0 || end + 22 > bytes.length) throw new Refused('file-not-a-spreadsheet')
  const count = bytes.readUInt16LE(end + 10)
  let at = bytes.readUInt32LE(end + 16)
  const names = []
  let claimed = 0
  let left = maxUnpacked
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) throw new Refused('file-not-a-spreadsheet')
    const method = bytes.readUInt16LE(at + 10)
    const packed = bytes.readUInt32LE(at + 20)
    claimed += bytes.readUInt32LE(at + 24)
    const nameLength = bytes.readUInt16LE(at + 28)
    const local = bytes.readUInt32LE(at + 42)
    names.push(bytes.toString('utf8', at + 46, at + 46 + nameLength))
    if (claimed > maxUnpacked) throw new Refused('file-too-large', { max: '300 MiB' })
    if (local + 30 > bytes.length) throw new Refused('file-not-a-spreadsheet')
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    if (method === 8) {
      try {
        left -= inflateRawSync(bytes.subarray(start, start + packed), { maxOutputLength: Math.max(left, 1) }).length
      } catch (error) {
        const tooLarge = /** @type {{ code?: string }} */ (error).code === 'ERR_BUFFER_TOO_LARGE'
        throw tooLarge ? new Refused('file-too-large', { max: '300 MiB' }) : new Refused('file-not-a-spreadsheet')
      }
    } else left -= packed
    if (left < 0) throw new Refused('file-too-large', { max: '300 MiB' })
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  if (!names.some((name) => /^(?:xl\/workbook\.(?:xml|bin)|content\.xml)$/i.test(name)))
    throw new Refused('file-not-a-spreadsheet')
}

/**
 * A cell as its writer sees it: codes keep their leading zeros, dates become YYYY-MM-DD, other numbers plain decimals.
 * @param {XLSX.CellObject} cell @param {boolean} date1904
 */
function cellText(cell, date1904) {
  if (cell.v === undefined || cell.v === null || cell.t === 'z') return ''
  if (cell.t === 'n' && typeof cell.v === 'number') {
    const format = String(cell.z ?? 'General')
    if (XLSX.SSF.is_date(format)) {
      const date = XLSX.SSF.parse_date_code(cell.v, { date1904 })
      if (date) return `${String(date.y).padStart(4, '0')}-${String(date.m).padStart(2, '0')}-${String(date.d).padStart(2, '0')}`
    }
    // A format of zeros is a code: 0000000000 shows 0000611365.
    if (/^0{2,}$/.test(format)) return cell.w ?? String(cell.v)
    // Fifteen figures are what a spreadsheet keeps: 0.1 + 0.2 is 0.3 to its writer.
    return plainNumber(cell.v)
  }
  if (cell.t === 'e') return cell.w ?? '#ERROR'
  return String(cell.v)
}

/** @param {number} value */
function plainNumber(value) {
  const short = Number(value.toPrecision(15))
  const text = String(short)
  if (!/e/i.test(text)) return text
  let plain = short.toFixed(Math.abs(short) < 1 ? 12 : 0)
  while (plain.includes('.') && plain.endsWith('0')) plain = plain.slice(0, -1)
  return plain
}

/** @param {Buffer} bytes @returns {string[][]} */
function workbookRows(bytes) {
  /** @type {XLSX.WorkBook} */
  let book
  try {
    book = XLSX.read(bytes, {
      type: 'buffer',
      cellDates: false,
      cellNF: true,
      cellText: true,
      cellHTML: false,
      cellFormula: false,
      bookVBA: false,
    })
  } catch {
    throw new Refused('file-not-a-spreadsheet')
  }
  const date1904 = book.Workbook?.WBProps?.date1904 === true
  for (const [index, name] of book.SheetNames.entries()) {
    if (book.Workbook?.Sheets?.[index]?.Hidden) continue
    const sheet = book.Sheets[name]
    if (!sheet) continue
    /** @type {Map<number, Map<number, string>>} */
    const rows = new Map()
    // By the cells that exist, never by the range that the sheet claims.
    for (const address of Object.keys(sheet)) {
      if (address.startsWith('!')) continue
      const text = cellText(sheet[address], date1904)
      if (text.trim() === '') continue
      const { r, c } = XLSX.utils.decode_cell(address)
      if (c >= maxColumns) throw tooManyCells()
      const row = rows.get(r) ?? new Map()
      rows.set(r, row.set(c, text))
      if (rows.size > maxRows + 1) throw tooManyCells()
    }
    if (rows.size === 0) continue
    return [...rows.entries()]
      .sort(([a], [b]) => a - b)
      .map(([, row]) => Array.from({ length: Math.max(...row.keys()) + 1 }, (_, column) => row.get(column) ?? ''))
  }
  return []
}

/** @param {Buffer} bytes */
function decode(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

/** The sign that stands most often, and equally often, in the first lines outside of quotes. @param {string} text */
function delimiterOf(text) {
  const lines = text
    .slice(0, 65_536)
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '')
    .slice(0, 20)
  let best = ','
  let bestScore = 0
  for (const candidate of [',', ';', '\t', '|']) {
    const counts = lines.map((line) => line.replace(/"(?:[^"]|"")*"/g, '').split(candidate).length - 1)
    const first = counts[0] ?? 0
    const score = first === 0 ? 0 : first * counts.filter((count) => count === first).length
    if (score > bestScore) {
      best = candidate
      bestScore = score
    }
  }
  return best
}

/** @param {Buffer} bytes @returns {string[][]} */
function textRows(bytes) {
  let text = decode(bytes).replace(/^\ufeff/, '')
  const start = text.trimStart().slice(0, 200)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells a picture from a table
  if (/[\u0000-\u0008\u000e-\u001f]/.test(text) || /^[<{[]|^%PDF/.test(start)) throw new Refused('file-not-a-spreadsheet')
  let delimiter
  const told = /^sep=(.)\r?\n/i.exec(text)
  if (told) {
    delimiter = told[1]
    text = text.slice(told[0].length)
  } else delimiter = delimiterOf(text)
  /** @type {string[][]} */
  let rows
  try {
    rows = parse(text, {
      delimiter,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      to: maxRows + 2,
      max_record_size: 1_048_576,
    })
  } catch {
    throw new Refused('file-not-a-spreadsheet')
  }
  return rows
}

/** @param {Buffer} bytes */
function read(bytes) {
  if (bytes.length === 0) throw new Refused('file-empty')
  const isZip = bytes.length > 22 && bytes.readUInt32BE(0) === 0x504b0304
  const isOldWorkbook = bytes.length > 8 && bytes.readUInt32BE(0) === 0xd0cf11e0
  if (isZip) checkZip(bytes)
  const all = isZip || isOldWorkbook ? workbookRows(bytes) : textRows(bytes)
  const rows = all.filter((row) => row.some((cell) => cell.trim() !== ''))
  const [head, ...body] = rows
  if (!head || body.length === 0) throw new Refused('file-empty')
  if (body.length > maxRows) throw tooManyCells()
  const width = rows.reduce((widest, row) => Math.max(widest, row.length), 0)
  if (width > maxColumns) throw tooManyCells()
  return { columns: columnNames(head, width), rows: body, width }
}

/** Every column gets a name of its own: blank headings their place, repeated ones a number. @param {string[]} head @param {number} width */
function columnNames(head, width) {
  const used = new Set()
  return Array.from({ length: width }, (_, index) => {
    const wanted = (head[index] ?? '').replace(/\s+/g, ' ').trim().slice(0, 190) || `#${index + 1}`
    let name = wanted
    for (let again = 2; used.has(name); again += 1) name = `${wanted} (${again})`
    used.add(name)
    return name
  })
}

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
try {
  const { columns, rows, width } = read(Buffer.concat(chunks.length > 0 ? chunks : [Buffer.alloc(0)]))
  process.stdout.write(`${JSON.stringify({ columns })}\n`)
  for (let at = 0; at < rows.length; at += 500) {
    const batch = rows
      .slice(at, at + 500)
      .map((row) => Array.from({ length: width }, (_, column) => (row[column] ?? '').slice(0, maxCell)))
    if (!process.stdout.write(`${JSON.stringify({ rows: batch })}\n`))
      await new Promise((resolve) => process.stdout.once('drain', () => resolve(undefined)))
  }
  process.stdout.write(`${JSON.stringify({ end: true })}\n`)
} catch (error) {
  if (!(error instanceof Refused)) throw error
  process.stdout.write(`${JSON.stringify({ refusal: error.code, params: error.params })}\n`)
}
