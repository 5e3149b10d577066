import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  index,
  integer,
  numeric,
  pgTable,
  primaryKey,
  serial,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { createdAt, day, id, instant, packedBytes, sortableText, unaccented, version } from './columns.ts'
import { contacts, customers } from './customers.ts'
import { users } from './organisation.ts'

/** What the company offers; what it costs on a price list stands in product_prices. */
export const products = pgTable(
  'products',
  {
    id: id(),
    code: text().notNull(),
    name: text().notNull(),
    /** In which it is sold: piece, bag, hour. */
    unit: text(),
    /** Per cent of tax on its price; null where the company has not said. */
    taxPercent: numeric({ precision: 7, scale: 4 }),
    active: boolean().notNull().default(true),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('products_code_unique').on(sql`lower(${t.code})`),
    uniqueIndex('products_name_unique').on(sql`lower(${t.name})`),
    check('products_tax_percent', sql`${t.taxPercent} between 0 and 100`),
  ],
)

export const interactionTopics = pgTable(
  'interaction_topics',
  { id: id(), name: text().notNull(), active: boolean().notNull().default(true), version: version(), createdAt: createdAt() },
  (t) => [uniqueIndex('interaction_topics_name_unique').on(sql`lower(${t.name})`)],
)

/** A communication with a customer: its facts here, what was said in its entries. Seen by its owner's present place. */
export const interactions = pgTable(
  'interactions',
  {
    id: id(),
    number: serial().notNull(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    topicId: uuid()
      .notNull()
      .references(() => interactionTopics.id),
    ownerId: uuid()
      .notNull()
      .references(() => users.id),
    state: text({ enum: ['open', 'closed'] })
      .notNull()
      .default('open'),
    /** Who opened the conversation. */
    source: text({ enum: ['agent', 'portal'] })
      .notNull()
      .default('agent'),
    happenedAt: instant().notNull(),
    /** When the person at the customer is to be spoken to again. */
    followUpOn: day(),
    contactId: uuid().references(() => contacts.id),
    /** As they hold for this record alone; the customer's and the contact's own stay as they are. */
    contactName: text(),
    contactPhone: text(),
    contactEmail: text(),
    salesContact: text(),
    salespersonId: uuid().references(() => users.id),
    reference: text(),
    /** Since when a message of the customer waits for an answer. */
    unansweredSince: instant(),
    version: version(),
    createdAt: createdAt(),
    createdBy: uuid(),
    /** When the newest entry was written, and under which name: what the list is ordered by. */
    lastEntryAt: instant().notNull(),
    lastEntryName: text().notNull(),
    lastEntryKey: sortableText().notNull().generatedAlwaysAs(unaccented('last_entry_name')),
    deletedAt: instant(),
    deletedBy: uuid(),
  },
  (t) => [
    uniqueIndex('interactions_number_unique').on(t.number),
    index('interactions_customer').on(t.customerId, t.lastEntryAt, t.id).where(sql`deleted_at is null`),
    index('interactions_owner').on(t.ownerId, t.lastEntryAt, t.id).where(sql`deleted_at is null`),
    index('interactions_newest').on(t.lastEntryAt, t.id).where(sql`deleted_at is null`),
    index('interactions_entry_name').on(t.lastEntryKey, t.id).where(sql`deleted_at is null`),
    index('interactions_happened').on(t.happenedAt, t.id).where(sql`deleted_at is null`),
    index('interactions_unanswered').on(t.unansweredSince).where(sql`unanswered_since is not null and deleted_at is null`),
    index('interactions_topic').on(t.topicId),
  ],
)

/** What was said, in order; never changed, so that what a customer has read stays what was written. */
export const interactionEntries = pgTable(
  'interaction_entries',
  {
    id: id(),
    interactionId: uuid()
      .notNull()
      .references(() => interactions.id, { onDelete: 'cascade' }),
    /** internal never leaves the house; incoming: what the customer said; outgoing: what we answered. */
    kind: text({ enum: ['internal', 'incoming', 'outgoing'] }).notNull(),
    /** Under which name it stands; reports sort by it. */
    entryName: text().notNull(),
    entryKey: sortableText().notNull().generatedAlwaysAs(unaccented('entry_name')),
    body: text().notNull(),
    writtenAt: instant().notNull(),
    /** The user who wrote it; null where the customer did, on the portal. */
    authorId: uuid().references(() => users.id),
    portalContactId: uuid().references(() => contacts.id),
  },
  (t) => [
    index('interaction_entries_interaction').on(t.interactionId, t.writtenAt, t.id),
    index('interaction_entries_name').on(t.entryKey, t.writtenAt, t.id),
    index('interaction_entries_newest').on(t.writtenAt, t.id),
  ],
)

export const interactionProducts = pgTable(
  'interaction_products',
  {
    interactionId: uuid()
      .notNull()
      .references(() => interactions.id, { onDelete: 'cascade' }),
    productId: uuid()
      .notNull()
      .references(() => products.id),
  },
  (t) => [primaryKey({ columns: [t.interactionId, t.productId] }), index('interaction_products_product').on(t.productId)],
)

/**
 * A mail to a person at a customer that is no notice: news of an interaction, a document of a follow-up, a link to the portal. Delivered as
 * staff mails are: claimed with token and lease, a gate before the final dot, never again by itself after it.
 */
export const customerMails = pgTable(
  'customer_mails',
  {
    id: id(),
    kind: text({ enum: ['interaction', 'follow-up-document', 'portal-link', 'quote'] }).notNull(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    contactId: uuid().references(() => contacts.id),
    /** What it tells of: the entry, the rendered document, the quote; null for a link. */
    aboutId: uuid(),
    /** From whose account it leaves; null is the administrator's. */
    senderId: uuid().references(() => users.id),
    toAddress: text().notNull(),
    toName: text(),
    /** What the sender wrote above it. */
    message: text(),
    state: text({ enum: ['waiting', 'claimed', 'dispatching', 'sent', 'uncertain', 'failed', 'skipped'] }).notNull(),
    messageId: text().notNull(),
    /** Exactly as handed to the SMTP server; null where it holds a secret. */
    source: packedBytes(),
    response: text(),
    attempt: integer().notNull().default(0),
    nextAttemptAt: instant(),
    claimToken: uuid(),
    leaseUntil: instant(),
    sentAt: instant(),
    createdAt: createdAt(),
    createdBy: uuid(),
  },
  (t) => [
    index('customer_mails_due').on(t.nextAttemptAt).where(sql`state in ('waiting', 'claimed', 'dispatching')`),
    index('customer_mails_about').on(t.aboutId).where(sql`about_id is not null`),
    index('customer_mails_customer').on(t.customerId, t.createdAt),
  ],
)
