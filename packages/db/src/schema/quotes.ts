import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  boolean,
  char,
  check,
  index,
  integer,
  numeric,
  pgTable,
  serial,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { bytes, createdAt, day, id, instant, minor, version } from './columns.ts'
import { contacts, customers } from './customers.ts'
import { products } from './interactions.ts'
import { opportunities } from './opportunities.ts'
import { users } from './organisation.ts'

/** An offer to a customer with its prices. Only a draft changes; what left the house has a new version. Seen by its owner's present place. */
export const quotes = pgTable(
  'quotes',
  {
    id: id(),
    /** All versions of a quote have the same one. */
    number: serial().notNull(),
    revision: integer().notNull().default(1),
    /** The version whose place it takes once it leaves. */
    previousId: uuid().references((): AnyPgColumn => quotes.id),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    contactId: uuid().references(() => contacts.id),
    /** The sale that it is for. */
    opportunityId: uuid().references(() => opportunities.id),
    ownerId: uuid()
      .notNull()
      .references(() => users.id),
    state: text({ enum: ['draft', 'issued', 'accepted', 'rejected', 'withdrawn', 'replaced'] })
      .notNull()
      .default('draft'),
    subject: text().notNull(),
    currency: char({ length: 3 }).notNull(),
    taxIncluded: boolean().notNull().default(false),
    language: char({ length: 2 }).$type<'es' | 'en'>().notNull(),
    validUntil: day().notNull(),
    /** Printed under the lines. */
    terms: text(),
    /** For the house alone. */
    notes: text(),
    /** The sums of the lines as the domain reckons them, kept for lists and their order. */
    netMinor: minor().notNull(),
    taxMinor: minor().notNull(),
    totalMinor: minor().notNull(),
    issuedOn: day(),
    issuedAt: instant(),
    issuedBy: uuid().references(() => users.id),
    /** It was handed over without a mail of ours. */
    byHand: boolean().notNull().default(false),
    /** The document exactly as the customer got it. */
    pdf: bytes(),
    /** The day on which the customer said yes or no, or on which it was taken back. */
    decidedOn: day(),
    decidedAt: instant(),
    decidedBy: uuid().references(() => users.id),
    reason: text(),
    createdBy: uuid()
      .notNull()
      .references(() => users.id),
    createdAt: createdAt(),
    version: version(),
    deletedAt: instant(),
    deletedBy: uuid(),
  },
  (t) => [
    uniqueIndex('quotes_number_once').on(t.number, t.revision),
    uniqueIndex('quotes_previous_once').on(t.previousId).where(sql`deleted_at is null`),
    index('quotes_customer').on(t.customerId, t.createdAt),
    index('quotes_opportunity').on(t.opportunityId).where(sql`opportunity_id is not null`),
    index('quotes_owner').on(t.ownerId, t.number),
    index('quotes_newest').on(t.createdAt, t.id).where(sql`deleted_at is null`),
    check('quotes_issued', sql`${t.state} = 'draft' or (${t.issuedOn} is not null and ${t.pdf} is not null)`),
  ],
)

/** A line of a quote, with the name and unit that its product had when it was written. */
export const quoteLines = pgTable(
  'quote_lines',
  {
    id: id(),
    quoteId: uuid()
      .notNull()
      .references(() => quotes.id, { onDelete: 'cascade' }),
    position: integer().notNull(),
    productId: uuid().references(() => products.id),
    description: text().notNull(),
    unit: text(),
    quantity: numeric({ precision: 13, scale: 4 }).notNull(),
    unitPriceMinor: minor().notNull(),
    discountPercent: numeric({ precision: 7, scale: 4 }).notNull().default('0'),
    /** Null is not taxed. */
    taxPercent: numeric({ precision: 7, scale: 4 }),
  },
  (t) => [
    uniqueIndex('quote_lines_order').on(t.quoteId, t.position),
    index('quote_lines_product').on(t.productId).where(sql`product_id is not null`),
    check('quote_lines_quantity', sql`${t.quantity} > 0`),
    check('quote_lines_price', sql`${t.unitPriceMinor} >= 0`),
    check('quote_lines_discount', sql`${t.discountPercent} between 0 and 100`),
    check('quote_lines_tax', sql`${t.taxPercent} between 0 and 100`),
  ],
)
