import type { Querier } from '@cartera/db/connect'
import { products } from '@cartera/db/schema/interactions'
import type { quoteLines } from '@cartera/db/schema/quotes'
import { parseAmount } from '@cartera/domain/money'
import {
  type QuoteLineMoney,
  type QuoteTotals,
  quoteTotals,
  readPercent,
  readQuantity,
} from '@cartera/domain/quotes/quote-totals'
import { Refusal, type RefusedField } from '@cartera/domain/refusal'
import { inArray } from 'drizzle-orm'

type Stored = Pick<typeof quoteLines.$inferSelect, 'quantity' | 'unitPriceMinor' | 'discountPercent' | 'taxPercent'>

/** A line as somebody wrote it. */
export interface WrittenLine {
  productId?: string | null | undefined
  description: string
  unit?: string | null | undefined
  quantity: string
  unitPrice: string
  discountPercent?: string | undefined
  taxPercent?: string | null | undefined
}

/** The money of a stored line: decimals without the zeros that the column adds. */
export const moneyOfLine = ({ quantity, unitPriceMinor, discountPercent, taxPercent }: Stored): QuoteLineMoney => ({
  quantity: readQuantity(quantity) ?? quantity,
  unitPriceMinor,
  discountPercent: readPercent(discountPercent) ?? discountPercent,
  taxPercent: taxPercent === null ? null : (readPercent(taxPercent) ?? taxPercent),
})

/**
 * Lines as they are stored, with their sums. Refuses every wrong field at once: `quantity-invalid`, `percent-invalid`, `amount-...`, `reference-unknown`
 * for a product that is none or is not in use and stood in no line before (`known`), and `sum-too-large`.
 */
export async function readLines(
  db: Querier,
  lines: readonly WrittenLine[],
  { currency, taxIncluded, known = [] }: { currency: string; taxIncluded: boolean; known?: readonly (string | null)[] },
) {
  const wanted = [...new Set(lines.flatMap(({ productId }) => (productId ? [productId] : [])))]
  const found =
    wanted.length === 0
      ? []
      : await db
          .select({ id: products.id, active: products.active })
          .from(products)
          .where(inArray(products.id, wanted))
          .for('key share')
  const usable = new Set(found.filter((each) => each.active || known.includes(each.id)).map((each) => each.id))
  const errors: RefusedField[] = []
  const read = lines.map((line, position) => {
    const at = (field: string) => `lines.${position}.${field}`
    const quantity = readQuantity(line.quantity)
    const discountPercent = readPercent(line.discountPercent ?? '0')
    const taxPercent = line.taxPercent == null ? null : readPercent(line.taxPercent)
    const price = parseAmount(line.unitPrice, currency)
    if (quantity === null) errors.push({ field: at('quantity'), code: 'quantity-invalid' })
    if (discountPercent === null) errors.push({ field: at('discountPercent'), code: 'percent-invalid' })
    if (line.taxPercent != null && taxPercent === null) errors.push({ field: at('taxPercent'), code: 'percent-invalid' })
    if ('refusal' in price) errors.push({ field: at('unitPrice'), code: price.refusal })
    else if (price.amountMinor < 0n) errors.push({ field: at('unitPrice'), code: 'amount-invalid' })
    if (line.productId && !usable.has(line.productId)) errors.push({ field: at('productId'), code: 'reference-unknown' })
    return {
      position,
      productId: line.productId ?? null,
      description: line.description,
      unit: line.unit ?? null,
      quantity: quantity ?? '1',
      unitPriceMinor: 'refusal' in price ? 0n : price.amountMinor,
      discountPercent: discountPercent ?? '0',
      taxPercent,
    }
  })
  if (errors.length > 0) throw new Refusal('items-refused', { errors })
  const totals: QuoteTotals | null = quoteTotals(read, taxIncluded)
  if (!totals) throw new Refusal('sum-too-large', { field: 'lines' })
  return { lines: read, totals }
}
