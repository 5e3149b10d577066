import type { CalendarDay } from '../calendar-day.ts'
import { parseLocalizedAmount } from '../money.ts'
import { isMailAddress } from '../notices/mail-address.ts'
import { readTerms } from '../receivables/receivable-terms.ts'
import type { RefusalCode } from '../refusal.ts'
import { type DateOrder, sourceText } from './import-mapping.ts'
import { type ReceivableField, type ReceivableMapping, requiredReceivableFields } from './receivable-fields.ts'
import {
  bareAmount,
  decimalShownBy,
  type NumberOrder,
  orderShownBy,
  readDay,
  readDocumentType,
  readYesNo,
} from './written-values.ts'

export interface RowError {
  field: ReceivableField
  code: RefusalCode
  params?: Record<string, string | number>
}

/** How the file is to be read. `decimal` and `dateOrder` left open are decided by the columns. */
export interface ReadingOptions {
  asOf: CalendarDay
  currency: string | null
  dateOrder: DateOrder
  decimal: '.' | ',' | 'auto'
}

/** A row understood. `settledOn` only where it was settled by the day as of which the file is read. */
export interface ReceivableRow {
  customerExternalId: string
  customerName: string | null
  customerEmail: string | null
  externalId: string
  number: string
  instalment: number
  documentType: 'invoice' | 'debit-note'
  issuedOn: CalendarDay
  dueOn: CalendarDay
  currency: string
  amountMinor: bigint
  /** Undefined where the file says nothing about disputes. */
  disputed: boolean | undefined
  settledOn: CalendarDay | null
}

export type CellOf = (column: string) => string | undefined
export type ReadRow = { row: ReceivableRow } | { afterDay: true } | { errors: RowError[] }

const longest: Partial<Record<ReceivableField, number>> = {
  customerExternalId: 120,
  externalId: 120,
  number: 120,
  customerName: 300,
  customerEmail: 254,
}
const dateFields = ['issuedOn', 'dueOn', 'settledOn'] as const
/** PostgreSQL cannot store NUL, UTF-8 cannot say a lone surrogate. */
export const unstorable = /\0|\p{Cs}/u

/**
 * A reader for the rows of one file: looks through the columns of dates and amounts first, so that one 13/02 decides how
 * every 03/04 beside it is read. A column that decides nothing takes the order that the other columns agree on.
 */
export function receivableReader(
  mapping: ReceivableMapping,
  options: ReadingOptions,
  rows: readonly CellOf[],
): (cellOf: CellOf) => ReadRow {
  const textOf = (field: ReceivableField, cellOf: CellOf) => {
    const source = mapping[field]
    return source === undefined ? '' : sourceText(source, cellOf)
  }
  const own = new Map<string, NumberOrder | null>(
    dateFields.map((field) => [field, mapping[field] ? orderShownBy(rows.map((cellOf) => textOf(field, cellOf))) : null]),
  )
  const agreed = new Set([...own.values()].filter((order) => order !== null))
  const common = agreed.size === 1 ? [...agreed][0] : undefined
  const decimal =
    options.decimal === 'auto' ? decimalShownBy(rows.map((cellOf) => bareAmount(textOf('amount', cellOf)))) : options.decimal

  return (cellOf) => {
    const errors: RowError[] = []
    const values = Object.fromEntries(
      (Object.keys(mapping) as ReceivableField[]).map((field) => [field, textOf(field, cellOf)]),
    ) as Partial<Record<ReceivableField, string>>
    for (const field of requiredReceivableFields) if (!values[field]) errors.push({ field, code: 'value-missing' })
    for (const [field, text] of Object.entries(values) as [ReceivableField, string][]) {
      const max = longest[field]
      if (max !== undefined && text.length > max) errors.push({ field, code: 'text-too-long', params: { max } })
      else if (unstorable.test(text)) errors.push(badValue(field, text.replace(unstorable, '?')))
    }

    const days: Partial<Record<(typeof dateFields)[number], CalendarDay>> = {}
    for (const field of dateFields) {
      const text = values[field]
      if (!text) continue
      const read = readDay(text, options.dateOrder, own.get(field) ?? common ?? null)
      if ('day' in read) days[field] = read.day
      else errors.push({ field, code: read.refusal, params: read.params })
    }

    const disputed = mapping.disputed === undefined ? undefined : readYesNo(values.disputed ?? '')
    if (disputed === null) errors.push(badValue('disputed', values.disputed))
    const documentType = values.documentType ? readDocumentType(values.documentType) : 'invoice'
    if (documentType === null) errors.push(badValue('documentType', values.documentType))
    const instalment = values.instalment ? readInstalment(values.instalment) : 1
    if (instalment === null) errors.push(badValue('instalment', values.instalment))
    if (values.customerEmail && !isMailAddress(values.customerEmail))
      errors.push({ field: 'customerEmail', code: 'mail-address-invalid' })

    const currency = (values.currency || options.currency || '').toUpperCase()
    if (currency === '') errors.push({ field: 'currency', code: 'value-missing' })
    let amountMinor: bigint | undefined
    if (values.amount && currency !== '' && days.issuedOn && days.dueOn) {
      const plain = parseLocalizedAmount(bareAmount(values.amount), decimal)
      if ('refusal' in plain) errors.push({ field: 'amount', code: plain.refusal })
      else {
        const terms = readTerms({
          issuedOn: days.issuedOn,
          dueOn: days.dueOn,
          currency,
          amount: withoutEmptyDecimals(plain.text),
        })
        if ('amountMinor' in terms) amountMinor = terms.amountMinor
        else for (const { field, ...refused } of terms.errors) errors.push({ ...refused, field: field as ReceivableField })
      }
    } else if (values.amount && 'refusal' in parseLocalizedAmount(bareAmount(values.amount), decimal))
      errors.push({ field: 'amount', code: 'amount-invalid' })

    // What does not exist yet is no error, whatever else stands in its row.
    if (days.issuedOn !== undefined && days.issuedOn > options.asOf && !errors.some((error) => error.field === 'issuedOn'))
      return { afterDay: true }
    if (
      errors.length > 0 ||
      amountMinor === undefined ||
      days.issuedOn === undefined ||
      days.dueOn === undefined ||
      disputed === null ||
      documentType === null ||
      instalment === null
    )
      return { errors }
    const settledOn = days.settledOn !== undefined && days.settledOn <= options.asOf ? days.settledOn : null
    const number = values.number ?? ''
    return {
      row: {
        customerExternalId: values.customerExternalId ?? '',
        customerName: values.customerName || null,
        customerEmail: values.customerEmail || null,
        externalId: values.externalId || number,
        number,
        instalment,
        documentType,
        issuedOn: days.issuedOn,
        dueOn: days.dueOn,
        currency,
        amountMinor,
        disputed: disputed === undefined ? undefined : disputed && settledOn === null,
        settledOn,
      },
    }
  }
}

const badValue = (field: ReceivableField, value: string | undefined): RowError => ({
  field,
  code: 'value-invalid',
  params: { value: (value ?? '').slice(0, 60) },
})

function readInstalment(text: string): number | null {
  return /^[1-9]\d{0,3}$/.test(text) && Number(text) <= 1000 ? Number(text) : null
}

/** Spreadsheets write 1500.00 for pesos that have no cents: zeros behind the dot say nothing. */
export function withoutEmptyDecimals(text: string): string {
  if (!text.includes('.')) return text
  let end = text.length
  while (text[end - 1] === '0') end -= 1
  return text.slice(0, text[end - 1] === '.' ? end - 1 : end)
}

/**
 * Rows of the same external id: identical ones count once (the later ones are `duplicate`), ones that differ are all refused,
 * because nobody can say which is true. Answers, by position, what the rows are beside one another.
 */
export function repeatedRows(rows: readonly (ReceivableRow | null)[]): ('only' | 'duplicate' | 'contradicts' | null)[] {
  const keyOf = (row: ReceivableRow) =>
    JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
  const contents = new Map<string, Set<string>>()
  for (const row of rows) {
    if (!row) continue
    const seen = contents.get(row.externalId) ?? new Set()
    contents.set(row.externalId, seen.add(keyOf(row)))
  }
  const met = new Set<string>()
  return rows.map((row) => {
    if (!row) return null
    if ((contents.get(row.externalId)?.size ?? 0) > 1) return 'contradicts'
    if (met.has(row.externalId)) return 'duplicate'
    met.add(row.externalId)
    return 'only'
  })
}
