import { sql } from 'drizzle-orm'
import { char, check, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, day, id, instant, minor, version } from './columns.ts'
import { customers } from './customers.ts'
import { followUps } from './follow-ups.ts'
import { products } from './interactions.ts'
import { users } from './organisation.ts'

/** A product that a customer buys every so many months. Seen by its owner's present place. */
export const renewals = pgTable(
  'renewals',
  {
    id: id(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    productId: uuid()
      .notNull()
      .references(() => products.id),
    ownerId: uuid()
      .notNull()
      .references(() => users.id),
    everyMonths: integer().notNull(),
    /** The day of the month that it keeps: 31 stays 31 after a February. */
    anchorDay: integer().notNull(),
    lastOn: day(),
    nextOn: day().notNull(),
    quantity: text(),
    amountMinor: minor(),
    currency: char({ length: 3 }),
    note: text(),
    /** How many days ahead the follow-up is opened; null as the company says. */
    leadDays: integer(),
    /** The next date for which a follow-up was opened. */
    openedFor: day(),
    /** The newest follow-up that was opened for it. */
    followUpId: uuid().references(() => followUps.id),
    state: text({ enum: ['active', 'ended'] })
      .notNull()
      .default('active'),
    /** Why it is not renewed any more. */
    endReason: text(),
    endedAt: instant(),
    endedBy: uuid().references(() => users.id),
    createdBy: uuid().references(() => users.id),
    createdAt: createdAt(),
    version: version(),
    deletedAt: instant(),
    deletedBy: uuid(),
  },
  (t) => [
    index('renewals_customer').on(t.customerId).where(sql`deleted_at is null`),
    index('renewals_next').on(t.nextOn, t.id).where(sql`deleted_at is null`),
    index('renewals_owner').on(t.ownerId, t.nextOn, t.id).where(sql`deleted_at is null`),
    index('renewals_product').on(t.productId),
    index('renewals_follow_up').on(t.followUpId).where(sql`follow_up_id is not null`),
    check('renewals_months', sql`${t.everyMonths} between 1 and 120`),
    check('renewals_anchor', sql`${t.anchorDay} between 1 and 31`),
  ],
)

/** That it was renewed: a fact for each date that it was due on, and so once. */
export const renewalPurchases = pgTable(
  'renewal_purchases',
  {
    renewalId: uuid()
      .notNull()
      .references(() => renewals.id, { onDelete: 'cascade' }),
    dueOn: day().notNull(),
    purchasedOn: day().notNull(),
    nextOn: day().notNull(),
    renewedBy: uuid()
      .notNull()
      .references(() => users.id),
    renewedAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.renewalId, t.dueOn] })],
)
