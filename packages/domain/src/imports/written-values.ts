import { type CalendarDay, isCalendarDay } from '../calendar-day.ts'
import type { RefusalCode } from '../refusal.ts'
import { searchKey } from '../text.ts'
import type { DateOrder } from './import-mapping.ts'

/** Day and month first, in that sense; `ymd` cannot be mistaken. */
export type NumberOrder = 'dmy' | 'mdy'

interface DateParts {
  first: number
  second: number
  year: number
  yearFirst: boolean
}

/** A date of three numbers, perhaps with a time behind it that does not matter; null for anything else. */
function partsOf(text: string): DateParts | null {
  const bare = text.trim().replace(/[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|\s?[ap]\.?\s?m\.?)?$/i, '')
  const yearFirst = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(bare)
  if (yearFirst) return { year: Number(yearFirst[1]), first: Number(yearFirst[2]), second: Number(yearFirst[3]), yearFirst: true }
  const yearLast = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})$/.exec(bare)
  if (!yearLast) return null
  const year = Number(yearLast[3])
  return {
    first: Number(yearLast[1]),
    second: Number(yearLast[2]),
    // Two figures mean this century: nobody collects what fell due in 1998.
    year: yearLast[3]?.length === 2 ? 2000 + year : year,
    yearFirst: false,
  }
}

const written = (year: number, month: number, day: number): CalendarDay =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`

/**
 * Which order the texts of one column show: any 13/02 says day first, any 02/13 month first. Null where none decides, or
 * where they contradict each other.
 */
export function orderShownBy(texts: Iterable<string>): NumberOrder | null {
  let dayFirst = false
  let monthFirst = false
  for (const text of texts) {
    const parts = partsOf(text)
    if (!parts || parts.yearFirst) continue
    if (parts.first > 12 && parts.second <= 12) dayFirst = true
    if (parts.second > 12 && parts.first <= 12) monthFirst = true
  }
  if (dayFirst === monthFirst) return null
  return dayFirst ? 'dmy' : 'mdy'
}

export type ReadDay = { day: CalendarDay } | { refusal: RefusalCode; params: Record<string, string> }

/**
 * A date as files write it: 2013-02-28, 28/02/2013, 2/28/2013, 28.2.13. `order` says which number is the day; under
 * `auto` the order that the column `shown` decides, and one that could be either (03/04/2013) is `date-order-ambiguous`.
 * Days that do not exist are `day-invalid`.
 */
export function readDay(text: string, order: DateOrder, shown: NumberOrder | null): ReadDay {
  const invalid: ReadDay = { refusal: 'day-invalid', params: {} }
  const parts = partsOf(text)
  if (!parts) return invalid
  const { year, first, second, yearFirst } = parts
  const taken = (day: CalendarDay): ReadDay => (isCalendarDay(day) ? { day } : invalid)
  if (yearFirst) return taken(written(year, first, second))
  if (order === 'ymd') return invalid
  const dayFirst = written(year, second, first)
  const monthFirst = written(year, first, second)
  const decided = order === 'auto' ? shown : order
  if (decided === 'dmy') return taken(dayFirst)
  if (decided === 'mdy') return taken(monthFirst)
  const dayFirstExists = isCalendarDay(dayFirst)
  const monthFirstExists = isCalendarDay(monthFirst)
  if (dayFirstExists && monthFirstExists && dayFirst !== monthFirst)
    return { refusal: 'date-order-ambiguous', params: { value: text.slice(0, 40), first: dayFirst, second: monthFirst } }
  return dayFirstExists ? taken(dayFirst) : taken(monthFirst)
}

/** The decimal sign that the amounts of a column show: a comma before one or two last figures and never a dot there; else the dot. */
export function decimalShownBy(texts: Iterable<string>): '.' | ',' {
  let comma = false
  let dot = false
  for (const text of texts) {
    const trimmed = text.trim()
    if (/,\d{1,2}$/.test(trimmed) || /\.\d{3},\d+$/.test(trimmed)) comma = true
    if (/\.\d{1,2}$/.test(trimmed) || /,\d{3}\.\d+$/.test(trimmed)) dot = true
  }
  return comma && !dot ? ',' : '.'
}

/** An amount without the signs and codes that people write around it: `$ 1,234.50`, `USD 10`, `10 €`. */
export function bareAmount(text: string): string {
  // Blanks go first, in separate steps: a pattern with several runs of blanks would try them in every way.
  const bare = text.trim()
  const sign = bare.startsWith('-') ? '-' : ''
  const behindSign = bare.slice(sign.length).trimStart()
  const number = behindSign
    .replace(/^(?:[A-Z]{3}\b|[A-Z]{0,2}\$|€|£|S\/\.?|Q|₡|₲)/u, '')
    .replace(/(?:[A-Z]{3}|€|£|\$)$/u, '')
    .trim()
  return `${sign}${number}`
}

const yes = new Set(['yes', 'y', 'si', 's', 'true', '1', 'x', 'verdadero', 'v'])
const no = new Set(['no', 'n', 'false', '0', '', 'falso', 'f', '-'])

/** Yes or no in Spanish and English; null for any other word. */
export function readYesNo(text: string): boolean | null {
  const key = searchKey(text)
  return yes.has(key) ? true : no.has(key) ? false : null
}

const documentTypes = new Map<string, 'invoice' | 'debit-note'>(
  [
    ['invoice', 'factura fac fact fv f invoice inv'],
    ['debit-note', 'nota de debito|nota debito|nd|debit note|debit-note|nota-debito'],
  ].flatMap(([type = '', names = '']) =>
    names.split(names.includes('|') ? '|' : ' ').map((name) => [name, type as 'invoice' | 'debit-note'] as const),
  ),
)

/** The kinds of document that give rise to receivables, in Spanish and English; null for any other word. */
export function readDocumentType(text: string): 'invoice' | 'debit-note' | null {
  return documentTypes.get(searchKey(text)) ?? null
}
