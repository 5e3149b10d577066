import { unaccented } from '@cartera/db/schema/columns'
import { products } from '@cartera/db/schema/interactions'
import { priceLists, productPrices } from '@cartera/db/schema/prices'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { formatAmount } from '@cartera/domain/money'
import { readPercent } from '@cartera/domain/quotes/quote-totals'
import { searchKey } from '@cartera/domain/text'
import { and, asc, eq, or, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { likeEscaped } from '../customers/search-customers.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { priceListOf } from '../products/price-list-catalogue.ts'

const mostOffered = 20

/** Products for a line of a customer's quote: unit and tax, and the price on the customer's list, or the standard one, where that is in the quote's currency. Refuses `not-found`. */
export async function offeredProducts(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  input: { q?: string | undefined; currency?: string | undefined },
) {
  const customer = await findVisibleCustomer(ctx.db, viewer, customerId)
  const currency = input.currency ?? (await findCompany(ctx.db)).currency
  const like = `%${likeEscaped(searchKey(input.q ?? ''))}%`
  const rows = await ctx.db
    .select({ product: products, priceMinor: productPrices.priceMinor })
    .from(products)
    .leftJoin(priceLists, and(priceListOf(customer.priceList), eq(priceLists.active, true), eq(priceLists.currency, currency)))
    .leftJoin(productPrices, and(eq(productPrices.productId, products.id), eq(productPrices.priceListId, priceLists.id)))
    .where(
      and(
        eq(products.active, true),
        or(sql`${unaccented('"products"."name"')} like ${like}`, sql`lower(${products.code}) like ${like}`),
      ),
    )
    .orderBy(asc(products.name), asc(products.id))
    .limit(mostOffered)
  return {
    items: rows.map(({ product, priceMinor }) => ({
      id: product.id,
      code: product.code,
      name: product.name,
      unit: product.unit,
      taxPercent: !customer.taxable || product.taxPercent === null ? null : readPercent(product.taxPercent),
      price: priceMinor === null ? null : formatAmount(priceMinor, currency),
    })),
  }
}
