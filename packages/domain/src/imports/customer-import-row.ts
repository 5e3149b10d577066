import { countryCodes } from '../customers/country-codes.ts'
import { type TaxIdType, taxIdTypes } from '../customers/tax-id.ts'
import { isCurrency, parseLocalizedAmount } from '../money.ts'
import { isMailAddress } from '../notices/mail-address.ts'
import type { RefusalCode } from '../refusal.ts'
import { searchKey } from '../text.ts'
import type { CustomerImportField, EmptyMeaning } from './customer-import-fields.ts'
import { type DateOrder, headingKey, type ImportMapping, sourceText } from './import-mapping.ts'
import { unstorable, withoutEmptyDecimals } from './receivable-row.ts'
import { bareAmount, decimalShownBy, type NumberOrder, orderShownBy, readDay, readYesNo } from './written-values.ts'

interface CustomerRowError {
  field: string
  code: RefusalCode
  params?: Record<string, string | number>
}

/** What a cell says: null where it says that the field is empty. */
type ImportedValue = string | number | boolean | null
/** By field name; what the file says nothing about is not there. */
export type CustomerRowValues = Record<string, ImportedValue>

/** How amounts and days of one file are written, decided once for the whole file. */
export interface DecidedReading {
  decimal: '.' | ','
  dateOrder: DateOrder
  shown: NumberOrder | null
}

type CellOf = (column: string) => string | undefined

/**
 * Decides how the file writes amounts and days from those that it has: one 1.234,56 and one 13/02 say how all others are meant. What is
 * chosen is not guessed at.
 */
export function decideReading(
  options: { decimal: '.' | ',' | 'auto'; dateOrder: DateOrder },
  texts: { amounts: Iterable<string>; days: Iterable<string> },
): DecidedReading {
  return {
    decimal: options.decimal === 'auto' ? decimalShownBy(texts.amounts) : options.decimal,
    dateOrder: options.dateOrder,
    shown: options.dateOrder === 'auto' ? orderShownBy(texts.days) : null,
  }
}

/** Reads a row as people write it; every wrong cell is named. Branch, group and agents stay words: only the database knows them. */
export function readCustomerRow(
  fields: readonly CustomerImportField[],
  mapping: ImportMapping,
  reading: DecidedReading,
  empty: EmptyMeaning,
  cellOf: CellOf,
): { values: CustomerRowValues; errors: CustomerRowError[] } {
  const values: CustomerRowValues = {}
  const errors: CustomerRowError[] = []
  for (const field of fields) {
    const source = mapping[field.name]
    if (source === undefined) continue
    const text = sourceText(source, cellOf)
    if (text === '') {
      if (empty === 'clear' && !field.kept) values[field.name] = null
      continue
    }
    const read = unstorable.test(text) ? badValue(text.replace(unstorable, '?')) : readValue(field, text, reading)
    if ('value' in read) values[field.name] = read.value
    else errors.push({ field: field.name, ...read })
  }
  return { values, errors }
}

type Read = { value: ImportedValue } | { code: RefusalCode; params?: Record<string, string | number> }

const badValue = (text: string): Read => ({ code: 'value-invalid', params: { value: text.slice(0, 60) } })
const chosen = (value: ImportedValue | undefined, text: string): Read => (value === undefined ? badValue(text) : { value })

function readValue(field: CustomerImportField, text: string, reading: DecidedReading): Read {
  const key = headingKey(text)
  switch (field.type) {
    case 'mail':
      return isMailAddress(text) ? { value: text } : { code: 'mail-address-invalid' }
    case 'web': {
      const address = /^https?:\/\//i.test(text) ? text : `https://${text}`
      return address.length <= 300 && /^https?:\/\/[^\s/]+(?:\/\S*)?$/i.test(address) && address.includes('.')
        ? { value: address }
        : badValue(text)
    }
    case 'integer': {
      const digits = /^(\d{1,5})(?:[.,]0{1,2})?(?: ?(?:d|dias|días|days|d\.))?$/i.exec(text)?.[1]
      if (digits === undefined) return badValue(text)
      return Number(digits) <= 3650 ? { value: Number(digits) } : { code: 'number-out-of-range', params: { min: 0, max: 3650 } }
    }
    case 'amount': {
      const plain = parseLocalizedAmount(bareAmount(text), reading.decimal)
      if ('refusal' in plain || plain.text.startsWith('-')) return { code: 'amount-invalid' }
      return { value: withoutEmptyDecimals(plain.text) }
    }
    case 'number': {
      const plain = parseLocalizedAmount(bareAmount(text), reading.decimal)
      return 'refusal' in plain ? badValue(text) : { value: Number(plain.text) }
    }
    case 'currency':
      return isCurrency(text.toUpperCase()) ? { value: text.toUpperCase() } : { code: 'currency-unknown' }
    case 'country':
      return chosen(countryOf(text), text)
    case 'tax-id-type':
      return chosen(taxIdTypeWords.get(key), text)
    case 'kind':
    case 'status':
    case 'priority':
    case 'terms':
    case 'language':
      return chosen(words[field.type].get(key), text)
    case 'yes-no': {
      const answer = readYesNo(text)
      return answer === null ? badValue(text) : { value: answer }
    }
    case 'date': {
      const day = readDay(text, reading.dateOrder, reading.shown)
      return 'day' in day ? { value: day.day } : { code: day.refusal, params: day.params }
    }
    case 'choice':
      return chosen(
        field.choices?.find((choice) => choice.key === text || searchKey(choice.label) === searchKey(text))?.key,
        text,
      )
    default: {
      const max = field.max ?? 500
      return text.length <= max ? { value: text } : { code: 'text-too-long', params: { max } }
    }
  }
}

function wordMap<Value extends string>(meanings: Record<Value, string>): ReadonlyMap<string, Value> {
  return new Map(
    (Object.entries(meanings) as [Value, string][]).flatMap(([value, written]) =>
      [headingKey(value), ...written.split(' ')].map((word) => [word, value] as const),
    ),
  )
}

const words = {
  kind: wordMap({
    person: 'personanatural personafisica natural fisica individuo persona naturalperson individual n pn pf',
    company:
      'personajuridica personamoral juridica moral empresa compania sociedad legalentity business organization organisation j pj pm',
  }),
  status: wordMap({
    active: 'activo activa a vigente habilitado enabled',
    inactive: 'inactivo inactiva i baja deshabilitado disabled',
    restricted: 'restringido restringida r limitado limited',
    suspended: 'suspendido suspendida s bloqueado bloqueada blocked',
  }),
  priority: wordMap({ low: 'baja bajo l b', normal: 'media medio medium n m', high: 'alta alto h' }),
  terms: wordMap({ cash: 'contado alcontado efectivo decontado prepago', credit: 'credito acredito plazo oncredit' }),
  language: wordMap({ es: 'espanol castellano spanish spa', en: 'ingles english eng' }),
}

const taxIdTypeWords = wordMap<TaxIdType>({
  ...(Object.fromEntries(taxIdTypes.map((type) => [type, type])) as Record<TaxIdType, string>),
  cedula: 'cc ci ceduladeciudadania ceduladeidentidad ced',
  nif: 'cif nie',
  cuit: 'cuil',
  passport: 'pasaporte pas pp',
  other: 'otro otra otros',
})

/** Names of countries that people write besides the official ones. */
const otherCountryNames: Record<string, string> = {
  eeuu: 'US',
  usa: 'US',
  estadosunidosdeamerica: 'US',
  uk: 'GB',
  inglaterra: 'GB',
  repdominicana: 'DO',
  republicadominicana: 'DO',
  mexico: 'MX',
  holanda: 'NL',
}

let countryNames: ReadonlyMap<string, string> | null = null

/** The code of a country by its code or its name in Spanish or English. */
function countryOf(text: string): string | undefined {
  const code = text.toUpperCase()
  if (countryCodes.includes(code)) return code
  countryNames ??= new Map([
    ...['es', 'en'].flatMap((language) => {
      const names = new Intl.DisplayNames([language], { type: 'region' })
      return countryCodes.map((each) => [headingKey(names.of(each) ?? each), each] as const)
    }),
    ...Object.entries(otherCountryNames),
  ])
  return countryNames.get(headingKey(text))
}

/** A name without accents, case, blanks and punctuation, as it is compared: `Comercial Andina, S.A.` is `comercialandinasa`. */
export const bareName = (name: string): string => headingKey(name)

/** A tax id without its signs, as it is compared. */
export const bareTaxId = (taxId: string): string => taxId.toUpperCase().replace(/[^0-9A-ZÑ&]/g, '')
