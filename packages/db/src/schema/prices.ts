import { sql } from 'drizzle-orm'
import { boolean, char, check, index, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, minor, version } from './columns.ts'
import { products } from './interactions.ts'

/**
 * What products cost for some customers; a customer has the list of the same name, whatever its capitals (`customers.price_list`), and without one
 * the standard list.
 */
export const priceLists = pgTable(
  'price_lists',
  {
    id: id(),
    name: text().notNull(),
    currency: char({ length: 3 }).notNull(),
    /** For customers without a list of their own. */
    standard: boolean().notNull().default(false),
    active: boolean().notNull().default(true),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('price_lists_name_unique').on(sql`lower(${t.name})`),
    uniqueIndex('price_lists_standard_once').on(t.standard).where(sql`standard`),
  ],
)

/** What a unit of a product costs on a price list, before tax, in the list's currency. */
export const productPrices = pgTable(
  'product_prices',
  {
    productId: uuid()
      .notNull()
      .references(() => products.id, { onDelete: 'cascade' }),
    priceListId: uuid()
      .notNull()
      .references(() => priceLists.id),
    priceMinor: minor().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.productId, t.priceListId] }),
    index('product_prices_list').on(t.priceListId),
    check('product_prices_price', sql`${t.priceMinor} >= 0`),
  ],
)
