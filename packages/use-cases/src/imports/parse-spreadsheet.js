// Reads one sheet of a spreadsheet from standard input and writes its rows as lines of JSON while it goes; the last line is { end } or
// { refusal }. How it is to be read comes as JSON in the first argument. A process of its own, because a hostile file can hang or fill any
// parser: read-spreadsheet.ts limits its memory and kills it after a time. JavaScript and not TypeScript, so that plain node runs it
// from the sources as from the bundle.
import { Readable } from 'node:stream'
import { createInflateRaw, inflateRawSync } from 'node:zlib'
import { parse } from 'csv-parse'
import * as XLSX from 'xlsx'

const maxRows = 100_000
const maxColumns = 100
const maxCell = 32_767
/** What a spreadsheet may unpack to. 25 MiB of an honest one stay far below. */
const maxUnpacked = 300 * 1_048_576
/** Rows from which the headings are guessed and which are shown as the top of the sheet. */
const topRows = 12
const batch = 500

class Refused extends Error {
  /** @param {string} code @param {Record<string, string>} [params] */
  constructor(code, params = {}) {
    super(code)
    this.code = code
    this.params = params
  }
}

const tooManyCells = () => new Refused('file-too-large', { max: `${maxRows} × ${maxColumns}` })
const noSpreadsheet = () => new Refused('file-not-a-spreadsheet')

/** @typedef {{ name: string, method: number, packed: number, claimed: number, start: number }} Entry */
/** @typedef {{ sheet?: string, headerRow?: number, encoding?: string, delimiter?: string }} Reading */

/**
 * The entries of a zip by its directory, refused where they claim to unpack to too much.
 * @param {Buffer} bytes @returns {Map<string, Entry>}
 */
function zipEntries(bytes) {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0 || end + 22 > bytes.length) throw noSpreadsheet()
  const count = bytes.readUInt16LE(end + 10)
  let at = bytes.readUInt32LE(end + 16)
  /** @type {Map<string, Entry>} */
  const entries = new Map()
  let claimed = 0
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) throw noSpreadsheet()
    const nameLength = bytes.readUInt16LE(at + 28)
    const local = bytes.readUInt32LE(at + 42)
    claimed += bytes.readUInt32LE(at + 24)
    if (claimed > maxUnpacked) throw new Refused('file-too-large', { max: '300 MiB' })
    if (local + 30 > bytes.length) throw noSpreadsheet()
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength)
    entries.set(name, {
      name,
      method: bytes.readUInt16LE(at + 10),
      packed: bytes.readUInt32LE(at + 20),
      claimed: bytes.readUInt32LE(at + 24),
      start: local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28),
    })
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  return entries
}

let left = maxUnpacked

/** @param {Buffer} bytes @param {Entry} entry */
function unpacked(bytes, entry) {
  const packed = bytes.subarray(entry.start, entry.start + entry.packed)
  if (entry.method !== 8) {
    left -= packed.length
    return packed
  }
  try {
    const content = inflateRawSync(packed, { maxOutputLength: Math.max(left, 1) })
    left -= content.length
    return content
  } catch (error) {
    throw /** @type {{ code?: string }} */ (error).code === 'ERR_BUFFER_TOO_LARGE'
      ? new Refused('file-too-large', { max: '300 MiB' })
      : noSpreadsheet()
  }
}

/** The text of an entry, piece by piece. @param {Buffer} bytes @param {Entry} entry @returns {AsyncGenerator<string>} */
async function* unpackedText(bytes, entry) {
  const packed = bytes.subarray(entry.start, entry.start + entry.packed)
  const decoder = new TextDecoder('utf-8')
  const source =
    entry.method === 8 ? Readable.from([packed]).pipe(createInflateRaw({ chunkSize: 262_144 })) : Readable.from([packed])
  try {
    for await (const chunk of source) {
      left -= chunk.length
      if (left < 0) throw new Refused('file-too-large', { max: '300 MiB' })
      yield decoder.decode(chunk, { stream: true })
    }
  } catch (error) {
    throw error instanceof Refused ? error : noSpreadsheet()
  }
}

// ---- XML, as far as workbooks use it

/** @type {Record<string, string>} */
const namedEntities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** @param {string} text */
function decodeXml(text) {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{1,8}));/gi, (whole, hex, decimal, name) => {
    if (name) return namedEntities[name] ?? whole
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ''
  })
}

/** What Excel writes for characters that XML cannot carry: _x000B_. @param {string} text */
const decodeEscapes = (text) =>
  text.includes('_x') ? text.replace(/_x([0-9a-f]{4})_/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))) : text

/** The value of an attribute of a tag's inside, or null. @param {string} tag @param {string} name */
function attribute(tag, name) {
  for (let from = 0; ; ) {
    const at = tag.indexOf(`${name}=`, from)
    if (at < 0) return null
    const before = tag.charCodeAt(at - 1)
    const quote = tag[at + name.length + 1]
    if ((before === 32 || before === 10 || before === 13 || before === 9) && (quote === '"' || quote === "'")) {
      const end = tag.indexOf(quote, at + name.length + 2)
      return end < 0 ? null : decodeXml(tag.slice(at + name.length + 2, end))
    }
    from = at + name.length
  }
}

/**
 * Goes through XML tag by tag: `open(name, inside)`, `close(name)` (also of `<a/>`), `text(text)`. Names come without their prefix.
 * @param {AsyncIterable<string> | Iterable<string>} chunks
 * @param {{ open(name: string, tag: string): void, close(name: string): void, text(text: string): void, ready?(): Promise<void> | undefined }} handler
 */
async function walkXml(chunks, handler) {
  let rest = ''
  /** @param {string} tag */
  const nameOf = (tag) => {
    let end = 0
    while (end < tag.length && !' \n\r\t/'.includes(tag[end] ?? '')) end += 1
    const name = tag.slice(0, end)
    const colon = name.indexOf(':')
    return colon < 0 ? name : name.slice(colon + 1)
  }
  for await (const chunk of chunks) {
    rest = rest === '' ? chunk : rest + chunk
    let at = 0
    for (;;) {
      const start = rest.indexOf('<', at)
      if (start < 0) break
      if (rest.startsWith('<!--', start)) {
        const end = rest.indexOf('-->', start + 4)
        if (end < 0) break
        at = end + 3
        continue
      }
      if (rest.startsWith('<![CDATA[', start)) {
        const end = rest.indexOf(']]>', start + 9)
        if (end < 0) break
        handler.text(rest.slice(start + 9, end))
        at = end + 3
        continue
      }
      // A document type could define entities that grow without end; no workbook has one.
      if (rest.startsWith('<!DOCTYPE', start)) throw noSpreadsheet()
      const end = rest.indexOf('>', start)
      if (end < 0) break
      if (start > at) handler.text(decodeXml(rest.slice(at, start)))
      const tag = rest.slice(start + 1, end)
      if (tag.startsWith('/')) handler.close(nameOf(tag.slice(1)))
      else if (!tag.startsWith('?') && !tag.startsWith('!')) {
        const name = nameOf(tag)
        handler.open(name, tag)
        if (tag.endsWith('/')) handler.close(name)
      }
      at = end + 1
    }
    rest = rest.slice(at)
    if (rest.length > 8 * 1_048_576) throw noSpreadsheet()
    const wait = handler.ready?.()
    if (wait) await wait
  }
}

// ---- cells

/** @param {string} format */
const isDateFormat = (format) =>
  /[dmyhs]/i.test(format.replace(/"[^"]*"|\\.|\[[^\][]*\]|_.|General/gi, '')) && !/^[#0.,%?\s]+$/.test(format)
const builtinDates = new Set([
  14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 45, 46, 47, 50, 51, 52, 53, 54, 55, 56, 57, 58,
])

/** @param {number} serial @param {boolean} date1904 */
function dayOfSerial(serial, date1904) {
  const days = Math.floor(serial) + (date1904 ? 1462 : 0)
  // Excel believes in a 29 February 1900.
  const date = new Date(Date.UTC(1899, 11, days < 60 ? 31 : 30) + days * 86_400_000)
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 || days < 0 ? null : date.toISOString().slice(0, 10)
}

/** Fifteen figures are what a spreadsheet keeps: 0.1 + 0.2 is 0.3 to its writer. @param {number} value */
function plainNumber(value) {
  const short = Number(value.toPrecision(15))
  const text = String(short)
  if (!/e/i.test(text)) return text
  let plain = short.toFixed(Math.abs(short) < 1 ? 12 : 0)
  while (plain.includes('.') && plain.endsWith('0')) plain = plain.slice(0, -1)
  return plain.endsWith('.') ? plain.slice(0, -1) : plain
}

/** A number as its writer sees it: dates become YYYY-MM-DD, a format of zeros is a code: 0000000000 shows 0000611365. @param {number} value @param {string} format @param {boolean} isDate @param {boolean} date1904 */
function numberText(value, format, isDate, date1904) {
  if (isDate) {
    const day = dayOfSerial(value, date1904)
    if (day) return day
  }
  if (/^0{2,}$/.test(format) && Number.isInteger(value) && value >= 0) return plainNumber(value).padStart(format.length, '0')
  return plainNumber(value)
}

// ---- what is read goes out

/** Takes the rows of a sheet one after the other: finds the headings, and lets out what stands below them in batches. */
class Rows {
  /** @param {Reading} reading */
  constructor(reading) {
    this.wanted = reading.headerRow
    /** @type {[number, string[]][]} */
    this.top = []
    /** @type {[number, string[]][]} */
    this.pending = []
    this.headerRow = 0
    /** @type {string[]} */
    this.head = []
    this.width = 0
    this.count = 0
    this.decided = false
  }

  /** @param {number} rowNumber from one @param {string[]} cells */
  add(rowNumber, cells) {
    let width = cells.length
    while (width > 0 && (cells[width - 1] ?? '').trim() === '') width -= 1
    if (width === 0) return
    if (width > maxColumns) throw tooManyCells()
    const kept = cells.slice(0, width).map((cell) => (cell ?? '').slice(0, maxCell))
    if (this.top.length < topRows) this.top.push([rowNumber, kept])
    if (this.decided) this.take(rowNumber, kept)
    else {
      this.pending.push([rowNumber, kept])
      if (this.wanted === undefined ? this.pending.length >= topRows : rowNumber >= this.wanted) this.decide()
    }
  }

  decide() {
    if (this.decided) return
    this.decided = true
    const waiting = this.pending
    this.pending = []
    const [header, cells] = this.headingsOf(waiting)
    this.headerRow = header
    this.head = cells
    this.width = cells.length
    for (const [rowNumber, row] of waiting) if (rowNumber > header) this.take(rowNumber, row)
  }

  /** The row of the headings: the first that is nearly as full as the fullest and holds no numbers. Titles above it are shorter. @param {[number, string[]][]} rows @returns {[number, string[]]} */
  headingsOf(rows) {
    if (this.wanted !== undefined) return rows.find(([rowNumber]) => rowNumber === this.wanted) ?? [this.wanted, []]
    const filled = (/** @type {string[]} */ cells) => cells.filter((cell) => cell.trim() !== '')
    const fullest = Math.max(0, ...rows.map(([, cells]) => filled(cells).length))
    const first = rows.find(
      ([, cells]) =>
        filled(cells).length >= fullest * 0.6 && filled(cells).every((cell) => !/^-?[\d.,/\s:-]+$/.test(cell.trim())),
    )
    return first ?? rows[0] ?? [0, []]
  }

  /** @param {number} rowNumber @param {string[]} cells */
  take(rowNumber, cells) {
    this.count += 1
    if (this.count > maxRows) throw tooManyCells()
    if (cells.length > this.width) this.width = cells.length
    this.pending.push([rowNumber, cells])
    if (this.pending.length >= batch) this.full = true
  }

  /** Lets out what is full; a promise where the reader is slower. @returns {Promise<void> | undefined} */
  flush(all = false) {
    if (!this.decided || this.pending.length === 0 || !(all || this.full)) return undefined
    this.full = false
    const rows = this.pending
    this.pending = []
    if (process.stdout.write(`${JSON.stringify({ rows })}\n`)) return undefined
    return new Promise((resolve) => process.stdout.once('drain', () => resolve(undefined)))
  }

  /** @param {Record<string, unknown>} about */
  async end(about) {
    this.decide()
    await this.flush(true)
    const { headerRow, count } = this
    const end = { columns: columnNames(this.head, this.width), headerRow, count, top: this.top, ...about }
    process.stdout.write(`${JSON.stringify({ end })}\n`)
  }
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

// ---- xlsx

/** @param {string} path @param {string} target */
function resolved(path, target) {
  if (target.startsWith('/')) return target.slice(1)
  const parts = path.split('/').slice(0, -1)
  for (const part of target.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** @param {string} reference */
function columnOf(reference) {
  let column = 0
  for (let at = 0; at < reference.length; at += 1) {
    const letter = reference.charCodeAt(at) & 0xdf
    if (letter < 65 || letter > 90) break
    column = column * 26 + (letter - 64)
    if (column > 16_384) throw tooManyCells()
  }
  return column - 1
}

/** @param {Buffer} bytes @param {Map<string, Entry>} entries @param {Reading} reading */
async function readXlsx(bytes, entries, reading) {
  const part = (/** @type {string} */ name) => {
    const entry = entries.get(name)
    return entry ? [unpacked(bytes, entry).toString('utf8')] : []
  }
  const nothing = { open() {}, close() {}, text() {} }
  /** @type {{ name: string, id: string, hidden: boolean }[]} */
  const sheets = []
  let date1904 = false
  await walkXml(part('xl/workbook.xml'), {
    ...nothing,
    open(name, tag) {
      if (name === 'workbookPr') date1904 = /^(1|true)$/.test(attribute(tag, 'date1904') ?? '')
      const id = name === 'sheet' ? (attribute(tag, 'r:id') ?? /\s\w+:id="([^"]{1,100})"/.exec(tag)?.[1]) : undefined
      if (id)
        sheets.push({
          name: attribute(tag, 'name') ?? '',
          id,
          hidden: attribute(tag, 'state') !== null && attribute(tag, 'state') !== 'visible',
        })
    },
  })
  /** @type {Map<string, string>} */
  const targets = new Map()
  await walkXml(part('xl/_rels/workbook.xml.rels'), {
    ...nothing,
    open(name, tag) {
      if (name === 'Relationship')
        targets.set(attribute(tag, 'Id') ?? '', resolved('xl/workbook.xml', attribute(tag, 'Target') ?? ''))
    },
  })
  /** @type {Map<number, string>} */
  const formats = new Map()
  /** @type {{ format: string, isDate: boolean }[]} */
  const styles = []
  let inCellStyles = false
  await walkXml(part('xl/styles.xml'), {
    ...nothing,
    open(name, tag) {
      if (name === 'numFmt') formats.set(Number(attribute(tag, 'numFmtId')), attribute(tag, 'formatCode') ?? '')
      else if (name === 'cellXfs') inCellStyles = true
      else if (name === 'xf' && inCellStyles) {
        const id = Number(attribute(tag, 'numFmtId') ?? 0)
        const format = formats.get(id) ?? ''
        styles.push({ format, isDate: builtinDates.has(id) || (format !== '' && isDateFormat(format)) })
      }
    },
    close(name) {
      if (name === 'cellXfs') inCellStyles = false
    },
  })
  /** @type {string[]} */
  const strings = []
  const stringsEntry = entries.get('xl/sharedStrings.xml')
  if (stringsEntry) {
    let text = ''
    let inText = false
    let phonetic = false
    await walkXml(unpackedText(bytes, stringsEntry), {
      open(name) {
        if (name === 'si') text = ''
        else if (name === 'rPh') phonetic = true
        else if (name === 't') inText = !phonetic
      },
      text(piece) {
        if (inText && text.length <= maxCell) text += piece
      },
      close(name) {
        if (name === 'si') strings.push(decodeEscapes(text))
        else if (name === 'rPh') phonetic = false
        else if (name === 't') inText = false
      },
    })
  }
  const visible = sheets.filter((sheet) => !sheet.hidden)
  const names = visible.map((sheet) => sheet.name)
  const wanted = reading.sheet === undefined ? visible : visible.filter((sheet) => sheet.name === reading.sheet)
  for (const sheet of wanted) {
    const entry = entries.get(targets.get(sheet.id) ?? '')
    if (!entry) continue
    const rows = new Rows(reading)
    await readSheet(unpackedText(bytes, entry), { strings, styles, date1904 }, rows)
    if (rows.top.length > 0) return rows.end({ format: 'xlsx', sheets: names, sheet: sheet.name })
  }
  throw new Refused('file-empty')
}

/** @param {AsyncIterable<string>} chunks @param {{ strings: string[], styles: { format: string, isDate: boolean }[], date1904: boolean }} book @param {Rows} rows */
async function readSheet(chunks, { strings, styles, date1904 }, rows) {
  let rowNumber = 0
  /** @type {string[]} */
  let cells = []
  let column = -1
  let type = ''
  let style = 0
  let value = ''
  let taking = false
  let inCell = false
  let phonetic = false
  let inData = false
  await walkXml(chunks, {
    ready: () => rows.flush(),
    open(name, tag) {
      if (name === 'sheetData') inData = true
      if (!inData) return
      if (name === 'row') {
        const told = Number(attribute(tag, 'r') ?? 0)
        rowNumber = Number.isInteger(told) && told > 0 ? told : rowNumber + 1
        cells = []
        column = -1
      } else if (name === 'c') {
        const reference = attribute(tag, 'r')
        column = reference ? columnOf(reference) : column + 1
        type = attribute(tag, 't') ?? 'n'
        style = Number(attribute(tag, 's') ?? 0)
        value = ''
        inCell = true
      } else if (name === 'rPh') phonetic = true
      // The text of a formula (<f>) is never taken: what the cell shows stands in <v>.
      else if (inCell && (name === 'v' || name === 't')) taking = !phonetic
    },
    text(piece) {
      if (taking && value.length <= maxCell) value += piece
    },
    close(name) {
      if (!inData) return
      if (name === 'v' || name === 't') taking = false
      else if (name === 'rPh') phonetic = false
      else if (name === 'c') {
        inCell = false
        const text = cellText()
        if (text.trim() === '') return
        if (column < 0 || column >= maxColumns) throw tooManyCells()
        while (cells.length < column) cells.push('')
        cells[column] = text
      } else if (name === 'row') {
        if (cells.length > 0) rows.add(rowNumber, cells)
      } else if (name === 'sheetData') inData = false
    },
  })
  function cellText() {
    if (value === '') return ''
    if (type === 's') return strings[Number(value)] ?? ''
    if (type === 'b') return value === '1' ? 'true' : 'false'
    if (type === 'inlineStr' || type === 'str') return decodeEscapes(value)
    if (type === 'd') return /^\d{4}-\d{2}-\d{2}/.test(value) ? value.slice(0, 10) : value
    if (type === 'e') return value
    const number = Number(value)
    if (!Number.isFinite(number)) return value
    const how = styles[style] ?? { format: '', isDate: false }
    return numberText(number, how.format, how.isDate, date1904)
  }
}

// ---- xls, ods and xlsb, by SheetJS

/** @param {Buffer} bytes @param {Reading} reading @param {string} format */
async function readOther(bytes, reading, format) {
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
  } catch (error) {
    throw /password|encrypt/i.test(String(error)) ? new Refused('file-encrypted') : noSpreadsheet()
  }
  const date1904 = book.Workbook?.WBProps?.date1904 === true
  const visible = book.SheetNames.filter((_, index) => !book.Workbook?.Sheets?.[index]?.Hidden)
  for (const name of reading.sheet === undefined ? visible : visible.filter((each) => each === reading.sheet)) {
    const sheet = book.Sheets[name]
    if (!sheet) continue
    /** @type {Map<number, string[]>} */
    const found = new Map()
    // By the cells that exist, never by the range that the sheet claims.
    for (const address of Object.keys(sheet)) {
      if (address.startsWith('!')) continue
      const text = otherText(sheet[address], date1904)
      if (text.trim() === '') continue
      const { r, c } = XLSX.utils.decode_cell(address)
      if (c >= maxColumns) throw tooManyCells()
      const cells = found.get(r) ?? []
      while (cells.length < c) cells.push('')
      cells[c] = text
      found.set(r, cells)
      if (found.size > maxRows + topRows) throw tooManyCells()
    }
    if (found.size === 0) continue
    const rows = new Rows(reading)
    for (const [r, cells] of [...found].sort(([a], [b]) => a - b)) {
      rows.add(r + 1, cells)
      const wait = rows.flush()
      if (wait) await wait
    }
    return rows.end({ format, sheets: visible, sheet: name })
  }
  throw new Refused('file-empty')
}

/** @param {XLSX.CellObject} cell @param {boolean} date1904 */
function otherText(cell, date1904) {
  if (cell.v === undefined || cell.v === null || cell.t === 'z') return ''
  if (cell.t === 'n' && typeof cell.v === 'number') {
    const format = String(cell.z ?? 'General')
    return numberText(cell.v, format, Boolean(XLSX.SSF.is_date(format)), date1904)
  }
  if (cell.t === 'e') return cell.w ?? '#ERROR'
  return String(cell.v)
}

// ---- text

/** @param {Buffer} bytes */
function encodingOf(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  // Without its mark: every other byte of Latin text is nought.
  const sample = bytes.subarray(0, 400)
  let odd = 0
  let even = 0
  for (const [index, byte] of sample.entries()) if (byte === 0) index % 2 === 1 ? odd++ : even++
  if (odd > sample.length * 0.4) return 'utf-16le'
  if (even > sample.length * 0.4) return 'utf-16be'
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return 'utf-8'
  } catch {
    return 'windows-1252'
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
    const times = new Map()
    for (const count of counts) if (count > 0) times.set(count, (times.get(count) ?? 0) + 1)
    const score = Math.max(0, ...[...times].map(([count, lineCount]) => count * lineCount))
    if (score > bestScore) {
      best = candidate
      bestScore = score
    }
  }
  return best
}

/** @param {Buffer} bytes @param {Reading} reading */
async function readText(bytes, reading) {
  const encoding = reading.encoding ?? encodingOf(bytes)
  let text = new TextDecoder(encoding).decode(bytes).replace(/^\ufeff/, '')
  const start = text.trimStart().slice(0, 200)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells a picture from a table
  if (/[\u0000-\u0008\u000e-\u001f]/.test(text) || /^[<{[]|^%PDF/.test(start)) throw noSpreadsheet()
  let delimiter = reading.delimiter
  const told = /^sep=(.)\r?\n/i.exec(text)
  if (told) {
    delimiter ??= told[1]
    text = text.slice(told[0].length)
  }
  delimiter ??= delimiterOf(text)
  const rows = new Rows(reading)
  const pieces = function* () {
    for (let at = 0; at < text.length; at += 65_536) yield text.slice(at, at + 65_536)
  }
  const parser = Readable.from(pieces()).pipe(
    parse({ delimiter, relax_column_count: true, relax_quotes: true, skip_empty_lines: false, max_record_size: 1_048_576 }),
  )
  let rowNumber = told ? 1 : 0
  try {
    for await (const record of parser) {
      rowNumber += 1
      if (record.length > maxColumns && record.slice(maxColumns).some((/** @type {string} */ cell) => cell.trim() !== ''))
        throw tooManyCells()
      // What an export of ours marked as text, so that no program takes it for a formula.
      rows.add(
        rowNumber,
        record.map((/** @type {string} */ cell) => (/^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell)),
      )
      const wait = rows.flush()
      if (wait) await wait
    }
  } catch (error) {
    throw error instanceof Refused ? error : noSpreadsheet()
  }
  if (rows.top.length === 0) throw new Refused('file-empty')
  return rows.end({ format: 'csv', sheets: [], sheet: null, encoding, delimiter })
}

// ---- the file

/** @param {Buffer} bytes @param {Reading} reading */
async function read(bytes, reading) {
  if (bytes.length === 0) throw new Refused('file-empty')
  const isZip = bytes.length > 22 && bytes.readUInt32BE(0) === 0x504b0304
  const isOldWorkbook = bytes.length > 8 && bytes.readUInt32BE(0) === 0xd0cf11e0
  if (isOldWorkbook) {
    if (bytes.includes(Buffer.from('EncryptedPackage', 'utf16le'))) throw new Refused('file-encrypted')
    return readOther(bytes, reading, 'xls')
  }
  if (!isZip) return readText(bytes, reading)
  const entries = zipEntries(bytes)
  if (entries.has('xl/workbook.xml')) return readXlsx(bytes, entries, reading)
  const manifest = entries.get('META-INF/manifest.xml')
  if (manifest && unpacked(bytes, manifest).includes('encryption-data')) throw new Refused('file-encrypted')
  if (!entries.has('content.xml') && !entries.has('xl/workbook.bin')) throw noSpreadsheet()
  // SheetJS unpacks for itself: everything is unpacked once before, so that no hidden size can fill the memory.
  for (const entry of entries.values()) unpacked(bytes, entry)
  return readOther(bytes, reading, entries.has('content.xml') ? 'ods' : 'xlsb')
}

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
try {
  await read(Buffer.concat(chunks), JSON.parse(process.argv[2] ?? '{}'))
} catch (error) {
  if (!(error instanceof Refused)) throw error
  process.stdout.write(`${JSON.stringify({ refusal: error.code, params: error.params })}\n`)
}
