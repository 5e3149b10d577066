import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { interactionProducts, interactions, products } from '@cartera/db/schema/interactions'
import { priceLists, productPrices } from '@cartera/db/schema/prices'
import { formatAmount, parseAmount } from '@cartera/domain/money'
import { readPercent } from '@cartera/domain/quotes/quote-totals'
import { Refusal, type RefusedField } from '@cartera/domain/refusal'
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { defineCatalogue } from '../catalogues/define-catalogue.ts'
import { visibleInteraction } from '../interactions/visible-interaction.ts'

interface WrittenPrice {
  priceListId: string
  /** Null takes it away. */
  price: string | null
}

/**
 * Writes prices of a product and answers those that changed, as name of the list -> [before, after]. The lists stay as they are until the end: their
 * currency decides what a price means. Refuses every wrong one at once, at `prices.<place>.price`.
 */
async function writePrices(
  tx: Transaction,
  productId: string,
  written: readonly WrittenPrice[],
): Promise<Record<string, unknown>> {
  const ids = written.map(({ priceListId }) => priceListId)
  if (ids.length === 0) return {}
  const lists = new Map(
    (await tx.select().from(priceLists).where(inArray(priceLists.id, ids)).orderBy(asc(priceLists.id)).for('share')).map(
      (list) => [list.id, list],
    ),
  )
  const kept = new Map(
    (
      await tx
        .select()
        .from(productPrices)
        .where(and(eq(productPrices.productId, productId), inArray(productPrices.priceListId, ids)))
    ).map((row) => [row.priceListId, row.priceMinor]),
  )
  const errors: RefusedField[] = []
  const changes: Record<string, [string | null, string | null]> = {}
  const set: (typeof productPrices.$inferInsert)[] = []
  const gone: string[] = []
  for (const [at, { priceListId, price }] of written.entries()) {
    const list = lists.get(priceListId)
    if (!list || ids.indexOf(priceListId) !== at) {
      errors.push({ field: `prices.${at}.priceListId`, code: 'reference-unknown' })
      continue
    }
    const read = price === null ? null : parseAmount(price, list.currency)
    if (read !== null && 'refusal' in read) errors.push({ field: `prices.${at}.price`, code: read.refusal })
    else if (read !== null && read.amountMinor < 0n) errors.push({ field: `prices.${at}.price`, code: 'amount-invalid' })
    else {
      const before = kept.get(priceListId) ?? null
      const after = read === null ? null : read.amountMinor
      if (before === after) continue
      const shown = (minor: bigint | null) => (minor === null ? null : formatAmount(minor, list.currency))
      changes[`${list.name} (${list.currency})`] = [shown(before), shown(after)]
      if (after === null) gone.push(priceListId)
      else set.push({ productId, priceListId, priceMinor: after })
    }
  }
  if (errors.length > 0) throw new Refusal('items-refused', { errors })
  if (gone.length > 0)
    await tx.delete(productPrices).where(and(eq(productPrices.productId, productId), inArray(productPrices.priceListId, gone)))
  if (set.length > 0)
    await tx
      .insert(productPrices)
      .values(set)
      .onConflictDoUpdate({
        target: [productPrices.productId, productPrices.priceListId],
        set: { priceMinor: sql`excluded.price_minor` },
      })
  return changes
}

interface PriceRow {
  id: string
  name: string
  currency: string
  minor: string
}

/** The products with their prices; the count is of the interactions about each that the viewer sees. */
export const productCatalogue = defineCatalogue({
  table: products,
  entity: 'product',
  words: ['name', 'code'],
  columns: ['unit', 'taxPercent'],
  check(_db, _viewer, { taxPercent }) {
    if (taxPercent != null && readPercent(taxPercent) === null) throw new Refusal('percent-invalid', { field: 'taxPercent' })
  },
  normal: ({ unit, taxPercent }) => ({ unit, taxPercent: taxPercent == null ? taxPercent : readPercent(taxPercent) }),
  beside: (tx, _ctx, _viewer, { id }, { prices }: { prices?: readonly WrittenPrice[] | undefined }) =>
    writePrices(tx, id, prices ?? []),
  facts: (viewer) => ({
    taxPercent: sql`products.tax_percent`.mapWith((stored: string): string | null => readPercent(stored)),
    prices: sql`coalesce((
        select json_agg(json_build_object(
          'id', price_lists.id, 'name', price_lists.name, 'currency', price_lists.currency, 'minor', product_prices.price_minor::text
        ) order by lower(price_lists.name))
        from ${productPrices} join ${priceLists} on price_lists.id = product_prices.price_list_id
        where product_prices.product_id = products.id
      ), '[]')`.mapWith((rows: PriceRow[]) =>
      rows.map(({ id, name, currency, minor }) => ({
        priceList: { id, name },
        currency,
        price: formatAmount(BigInt(minor), currency),
      })),
    ),
    // All products are counted in one pass, whatever the page: nothing in the inner query depends on the entry.
    interactionCount: sql`coalesce(((select json_object_agg(product_id, n) from (
        select interaction_products.product_id, count(*) as n from ${interactionProducts}
        join ${interactions} on ${eq(interactions.id, interactionProducts.interactionId)}
        join ${customers} on ${eq(customers.id, interactions.customerId)}
        where ${visibleInteraction(viewer) ?? sql`true`} group by interaction_products.product_id
      ) counted) ->> products.id::text)::integer, 0)`.mapWith(Number),
  }),
})
