import { largestAmountMinor } from '../money.ts'

/** What of a line decides its money. Decimals are text without sign: `2.5`; percentages `12.5` for 12.5 %. */
export interface QuoteLineMoney {
  quantity: string
  unitPriceMinor: bigint
  discountPercent: string
  /** Null is not taxed at all; 0 % is a tax of its own and shown. */
  taxPercent: string | null
}

export interface QuoteTotals {
  /** What each line comes to after its discount, in the order of the lines. */
  lines: bigint[]
  /** Before discounts; taxes are in it where the prices have them in. */
  subtotal: bigint
  discount: bigint
  /** Each rate once, the highest first, with what it is taken of. */
  taxes: { percent: string; base: bigint; tax: bigint }[]
  /** Without taxes. */
  net: bigint
  tax: bigint
  /** What the customer is to pay: net and tax. */
  total: bigint
}

/** Decimals that a quantity may have. */
export const quantityDigits = 4
/** Decimals that a percentage may have: rates such as 8.875 % are real. */
export const percentDigits = 4
const hundredPercent = 100n * 10n ** BigInt(percentDigits)
const oneUnit = 10n ** BigInt(quantityDigits)

/** A decimal without sign as a whole number of its last place; null for anything else, and for more decimals than `digits`. */
function scaled(text: string, digits: number): bigint | null {
  const match = /^(\d{1,12})(?:\.(\d{1,4}))?$/.exec(text)
  if (!match) return null
  const [, whole = '', decimals = ''] = match
  return decimals.length > digits ? null : BigInt(whole + decimals.padEnd(digits, '0'))
}

const plain = (value: bigint, digits: number): string => {
  const figures = value.toString().padStart(digits + 1, '0')
  const decimals = figures.slice(-digits).replace(/0{1,4}$/, '')
  return decimals === '' ? figures.slice(0, -digits) : `${figures.slice(0, -digits)}.${decimals}`
}

/** The quantity in its shortest form, `2.50` as `2.5`; null unless it is more than zero, below a thousand million, with at most four decimals. */
export function readQuantity(text: string): string | null {
  const value = scaled(text, quantityDigits)
  return value === null || value === 0n || value >= 1_000_000_000n * oneUnit ? null : plain(value, quantityDigits)
}

/** The percentage in its shortest form; null unless it lies between 0 and 100, with at most four decimals. */
export function readPercent(text: string): string | null {
  const value = scaled(text, percentDigits)
  return value === null || value > hundredPercent ? null : plain(value, percentDigits)
}

/** Half goes away from zero; nothing here is negative. */
const divided = (dividend: bigint, divisor: bigint): bigint => (2n * dividend + divisor) / (2n * divisor)

function required(text: string, digits: number): bigint {
  const value = scaled(text, digits)
  if (value === null) throw new RangeError(`not a decimal: ${text}`)
  return value
}

/**
 * The money of a quote. Each line is rounded once, to the currency's smallest unit, after its discount; each tax is rounded once, over the sum of the
 * lines of its rate. So the printed lines add up to the printed sums, and the tax is what EN 16931 asks of invoices (BR-CO-10: sum of the rounded
 * lines; BR-CO-17: taxable amount of a rate times the rate, rounded). With `taxIncluded` the tax is taken out of the sum of its rate, so that the
 * total is exactly what the prices promised. Null where a sum is larger than money can be here.
 */
export function quoteTotals(lines: readonly QuoteLineMoney[], taxIncluded: boolean): QuoteTotals | null {
  const amounts: bigint[] = []
  const perRate = new Map<string, bigint>()
  let subtotal = 0n
  let untaxed = 0n
  let discount = 0n
  for (const line of lines) {
    const full = required(line.quantity, quantityDigits) * line.unitPriceMinor
    const off = required(line.discountPercent, percentDigits)
    const before = divided(full, oneUnit)
    const amount = divided(full * (hundredPercent - off), oneUnit * hundredPercent)
    amounts.push(amount)
    subtotal += before
    discount += before - amount
    if (line.taxPercent === null) untaxed += amount
    else {
      const percent = plain(required(line.taxPercent, percentDigits), percentDigits)
      perRate.set(percent, (perRate.get(percent) ?? 0n) + amount)
    }
  }
  const rate = (percent: string) => required(percent, percentDigits)
  const taxes = [...perRate]
    .map(([percent, sum]) => {
      const tax = taxIncluded
        ? divided(sum * rate(percent), hundredPercent + rate(percent))
        : divided(sum * rate(percent), hundredPercent)
      return { percent, base: taxIncluded ? sum - tax : sum, tax }
    })
    .sort((a, b) => (rate(a.percent) < rate(b.percent) ? 1 : -1))
  const net = taxes.reduce((sum, { base }) => sum + base, untaxed)
  const tax = taxes.reduce((sum, each) => sum + each.tax, 0n)
  const total = net + tax
  return subtotal > largestAmountMinor || total > largestAmountMinor
    ? null
    : { lines: amounts, subtotal, discount, taxes, net, tax, total }
}
