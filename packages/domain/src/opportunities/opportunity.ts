import { largestAmountMinor } from '../money.ts'
import { type QuoteLineMoney, quoteTotals, readPercent, readQuantity } from '../quotes/quote-totals.ts'
import type { RefusalCode, RefusedField } from '../refusal.ts'

/** The most products of one opportunity. */
export const mostOpportunityProducts = 100

/** What an opportunity counts for in a forecast: its amount by its probability in per cent, rounded to the smallest unit, half up. */
export const weightedMinor = (amountMinor: bigint, probability: number): bigint =>
  (amountMinor * BigInt(probability) + 50n) / 100n

/** Why nothing is done any more with one that is closed; null while it is open. */
export const workRefusal = (state: 'open' | 'won' | 'lost'): RefusalCode | null =>
  state === 'open' ? null : 'opportunity-closed'

/** Everything that is wrong with the numbers of products at once, at their fields. */
export function productErrors(lines: readonly { quantity: string; discountPercent: string }[]): RefusedField[] {
  return lines.flatMap((line, at): RefusedField[] => [
    ...(readQuantity(line.quantity) === null ? [{ field: `products.${at}.quantity`, code: 'quantity-invalid' } as const] : []),
    ...(readPercent(line.discountPercent) === null
      ? [{ field: `products.${at}.discountPercent`, code: 'percent-invalid' } as const]
      : []),
  ])
}

type Line = Pick<QuoteLineMoney, 'quantity' | 'unitPriceMinor' | 'discountPercent'>

/** What each product comes to after its discount, before tax, each rounded once, and their sum; null where that is larger than money can be here. */
export function productTotals(lines: readonly Line[]): { lines: bigint[]; sum: bigint } | null {
  const totals = quoteTotals(
    lines.map((line) => ({ ...line, taxPercent: null })),
    false,
  )
  return totals === null || totals.total > largestAmountMinor ? null : { lines: totals.lines, sum: totals.total }
}
