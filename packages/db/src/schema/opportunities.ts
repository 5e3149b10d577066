import { sql } from 'drizzle-orm'
import { boolean, char, check, index, integer, numeric, pgTable, serial, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, day, id, instant, minor, version } from './columns.ts'
import { contacts, customers } from './customers.ts'
import { interactions, products } from './interactions.ts'
import { users } from './organisation.ts'

/** The steps of a sale, in their order: the columns of the board. */
export const opportunityStages = pgTable(
  'opportunity_stages',
  {
    id: id(),
    name: text().notNull(),
    position: integer().notNull(),
    /** Per cent that an opportunity gets when it comes to the stage. */
    probability: integer().notNull(),
    active: boolean().notNull().default(true),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('opportunity_stages_name_unique').on(sql`lower(${t.name})`),
    check('opportunity_stages_probability', sql`${t.probability} between 0 and 100`),
  ],
)

/** Why opportunities are lost. */
export const opportunityLossReasons = pgTable(
  'opportunity_loss_reasons',
  { id: id(), name: text().notNull(), active: boolean().notNull().default(true), version: version(), createdAt: createdAt() },
  (t) => [uniqueIndex('opportunity_loss_reasons_name_unique').on(sql`lower(${t.name})`)],
)

/** A sale that may come to be. Seen by its owner's present place. */
export const opportunities = pgTable(
  'opportunities',
  {
    id: id(),
    number: serial().notNull(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    contactId: uuid().references(() => contacts.id),
    ownerId: uuid()
      .notNull()
      .references(() => users.id),
    name: text().notNull(),
    description: text(),
    /** Where it came from, in the words of the company: fair, recommendation, website. */
    source: text(),
    stageId: uuid()
      .notNull()
      .references(() => opportunityStages.id),
    /** Of an open one the chance stands in `probability`; a closed one stays in the stage in which it was. */
    state: text({ enum: ['open', 'won', 'lost'] })
      .notNull()
      .default('open'),
    amountMinor: minor().notNull(),
    currency: char({ length: 3 }).notNull(),
    /** Per cent. */
    probability: integer().notNull(),
    expectedOn: day().notNull(),
    /** The interaction from which it was opened. */
    interactionId: uuid().references(() => interactions.id),
    closedOn: day(),
    closedBy: uuid().references(() => users.id),
    /** Of a lost one. */
    lossReasonId: uuid().references(() => opportunityLossReasons.id),
    /** What decided it, in words. */
    closeNote: text(),
    createdBy: uuid().references(() => users.id),
    createdAt: createdAt(),
    version: version(),
    deletedAt: instant(),
    deletedBy: uuid(),
  },
  (t) => [
    uniqueIndex('opportunities_number_unique').on(t.number),
    index('opportunities_customer').on(t.customerId).where(sql`deleted_at is null`),
    index('opportunities_owner').on(t.ownerId, t.expectedOn, t.id).where(sql`deleted_at is null`),
    index('opportunities_expected').on(t.expectedOn, t.id).where(sql`deleted_at is null`),
    index('opportunities_board').on(t.stageId, t.expectedOn, t.id).where(sql`state = 'open' and deleted_at is null`),
    index('opportunities_stage').on(t.stageId),
    index('opportunities_loss_reason').on(t.lossReasonId).where(sql`loss_reason_id is not null`),
    index('opportunities_interaction').on(t.interactionId).where(sql`interaction_id is not null`),
    check('opportunities_amount', sql`${t.amountMinor} >= 0`),
    check('opportunities_probability', sql`${t.probability} between 0 and 100`),
    check('opportunities_closed', sql`(${t.state} = 'open') = (${t.closedOn} is null)`),
  ],
)

/** What is to be sold in an opportunity, in the order in which it was written. */
export const opportunityProducts = pgTable(
  'opportunity_products',
  {
    id: id(),
    opportunityId: uuid()
      .notNull()
      .references(() => opportunities.id, { onDelete: 'cascade' }),
    productId: uuid()
      .notNull()
      .references(() => products.id),
    position: integer().notNull(),
    description: text(),
    quantity: numeric({ precision: 13, scale: 4 }).notNull(),
    /** Before tax, in the opportunity's currency. */
    unitPriceMinor: minor().notNull(),
    discountPercent: numeric({ precision: 7, scale: 4 }).notNull().default('0'),
  },
  (t) => [
    index('opportunity_products_opportunity').on(t.opportunityId, t.position),
    index('opportunity_products_product').on(t.productId),
    check('opportunity_products_quantity', sql`${t.quantity} > 0`),
    check('opportunity_products_price', sql`${t.unitPriceMinor} >= 0`),
    check('opportunity_products_discount', sql`${t.discountPercent} between 0 and 100`),
  ],
)
