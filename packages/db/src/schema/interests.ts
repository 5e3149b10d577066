import { sql } from 'drizzle-orm'
import { index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, day, id, instant, version } from './columns.ts'
import { contacts, customers } from './customers.ts'
import { interactions, products } from './interactions.ts'
import { opportunities } from './opportunities.ts'
import { users } from './organisation.ts'

/** That a customer, or a person there, showed interest in a product; seen by whoever sees the customer. */
export const interests = pgTable(
  'interests',
  {
    id: id(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    productId: uuid()
      .notNull()
      .references(() => products.id),
    /** Who shows it; null is the customer itself. */
    contactId: uuid().references(() => contacts.id),
    shownOn: day().notNull(),
    note: text(),
    /** By whom it came: written by a person, or added by itself from an interaction or an opportunity. */
    origin: text({ enum: ['person', 'interaction', 'opportunity'] })
      .notNull()
      .default('person'),
    interactionId: uuid().references(() => interactions.id),
    opportunityId: uuid().references(() => opportunities.id),
    createdBy: uuid().references(() => users.id),
    createdAt: createdAt(),
    version: version(),
    deletedAt: instant(),
    deletedBy: uuid(),
  },
  (t) => [
    uniqueIndex('interests_once')
      .on(t.customerId, t.productId, sql`coalesce(contact_id, customer_id)`)
      .where(sql`deleted_at is null`),
    // Once from each interaction and opportunity, also after somebody deleted it.
    uniqueIndex('interests_interaction_once').on(t.interactionId, t.productId).where(sql`interaction_id is not null`),
    uniqueIndex('interests_opportunity_once').on(t.opportunityId, t.productId).where(sql`opportunity_id is not null`),
    index('interests_product').on(t.productId, t.shownOn, t.id).where(sql`deleted_at is null`),
    index('interests_newest').on(t.shownOn, t.id).where(sql`deleted_at is null`),
    index('interests_contact').on(t.contactId).where(sql`contact_id is not null`),
  ],
)
