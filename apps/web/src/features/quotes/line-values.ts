import { parseAmount } from '@cartera/domain/money'
import {
  type QuoteLineMoney,
  type QuoteTotals,
  quoteTotals,
  readPercent,
  readQuantity,
} from '@cartera/domain/quotes/quote-totals'
import { writtenAmount } from '../../ui/written-amount.ts'
import type { Quote } from './queries.ts'

/** A line as it is typed. */
export interface LineValues {
  productId: string | null
  description: string
  quantity: string
  unit: string
  unitPrice: string
  discountPercent: string
  taxPercent: string
}

export const emptyLine = (): LineValues => ({
  productId: null,
  description: '',
  quantity: '1',
  unit: '',
  unitPrice: '',
  discountPercent: '',
  taxPercent: '',
})

/** The lines as they are typed; `typed` writes a decimal with the reader's sign. */
export const linesOf = (quote: Quote, typed: (decimal: string) => string): LineValues[] =>
  quote.lines.map((line) => ({
    productId: line.productId,
    description: line.description,
    quantity: typed(line.quantity),
    unit: line.unit ?? '',
    unitPrice: typed(line.unitPrice),
    discountPercent: line.discountPercent === '0' ? '' : typed(line.discountPercent),
    taxPercent: typed(line.taxPercent ?? ''),
  }))

/** Nothing was written in it yet: it is not saved. */
export const isBlank = (line: LineValues): boolean => line.description.trim() === '' && line.unitPrice.trim() === ''

const decimal = (typed: string) => typed.trim().replace(',', '.')

/** The line as the API takes it. */
export const lineBody = (line: LineValues) => ({
  productId: line.productId,
  description: line.description,
  quantity: decimal(line.quantity),
  unit: line.unit,
  unitPrice: writtenAmount(line.unitPrice),
  discountPercent: decimal(line.discountPercent) || '0',
  taxPercent: decimal(line.taxPercent) || null,
})

function moneyOf(line: LineValues, currency: string): QuoteLineMoney | null {
  const body = lineBody(line)
  const quantity = readQuantity(body.quantity)
  const discountPercent = readPercent(body.discountPercent)
  const taxPercent = body.taxPercent === null ? null : readPercent(body.taxPercent)
  const price = parseAmount(body.unitPrice, currency)
  if (quantity === null || discountPercent === null || (body.taxPercent !== null && taxPercent === null)) return null
  if ('refusal' in price || price.amountMinor < 0n) return null
  return { quantity, unitPriceMinor: price.amountMinor, discountPercent, taxPercent }
}

/** The sums of what is typed, by the same reckoning as the saved quote; null while a line cannot be read. */
export function typedTotals(lines: readonly LineValues[], currency: string, taxIncluded: boolean): QuoteTotals | null {
  const money = lines.filter((line) => !isBlank(line)).map((line) => moneyOf(line, currency))
  return money.some((each) => each === null)
    ? null
    : quoteTotals(
        money.flatMap((each) => (each === null ? [] : [each])),
        taxIncluded,
      )
}
