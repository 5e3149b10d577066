import { sql } from 'drizzle-orm'
import { boolean, check, index, pgTable, serial, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant, version } from './columns.ts'
import { contacts, customers } from './customers.ts'
import { interactions } from './interactions.ts'
import { users } from './organisation.ts'

/** What cases are about: complaints, returns, billing, ... */
export const caseTypes = pgTable(
  'case_types',
  { id: id(), name: text().notNull(), active: boolean().notNull().default(true), version: version(), createdAt: createdAt() },
  (t) => [uniqueIndex('case_types_name_unique').on(sql`lower(${t.name})`)],
)

/** Something that is wrong for a customer, until it is resolved. Seen by its owner's present place. */
export const cases = pgTable(
  'cases',
  {
    id: id(),
    number: serial().notNull(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    contactId: uuid().references(() => contacts.id),
    typeId: uuid().references(() => caseTypes.id),
    ownerId: uuid()
      .notNull()
      .references(() => users.id),
    subject: text().notNull(),
    description: text(),
    state: text({ enum: ['new', 'in-progress', 'waiting', 'resolved'] })
      .notNull()
      .default('new'),
    priority: text({ enum: ['low', 'normal', 'high'] })
      .notNull()
      .default('normal'),
    /** By what way it came. */
    channel: text({ enum: ['call', 'email', 'visit', 'message', 'other'] })
      .notNull()
      .default('call'),
    dueAt: instant().notNull(),
    /** The interaction in which it was told. */
    interactionId: uuid().references(() => interactions.id),
    /** What was done or answered; a resolved case always has it. */
    resolution: text(),
    resolvedAt: instant(),
    resolvedBy: uuid().references(() => users.id),
    version: version(),
    createdAt: createdAt(),
    createdBy: uuid().references(() => users.id),
    deletedAt: instant(),
    deletedBy: uuid(),
  },
  (t) => [
    uniqueIndex('cases_number_unique').on(t.number),
    index('cases_owner_due').on(t.ownerId, t.dueAt, t.id).where(sql`state <> 'resolved' and deleted_at is null`),
    index('cases_due').on(t.dueAt, t.id).where(sql`state <> 'resolved' and deleted_at is null`),
    index('cases_all_due').on(t.dueAt, t.id).where(sql`deleted_at is null`),
    index('cases_customer').on(t.customerId, t.createdAt, t.id).where(sql`deleted_at is null`),
    index('cases_type').on(t.typeId).where(sql`type_id is not null`),
    index('cases_interaction').on(t.interactionId).where(sql`interaction_id is not null`),
    check(
      'cases_resolved_with_words',
      sql`${t.state} <> 'resolved' or (${t.resolution} is not null and ${t.resolvedAt} is not null)`,
    ),
  ],
)

/** What was said in a case, in order, never changed: remarks, each resolution, and why it was reopened. */
export const caseComments = pgTable(
  'case_comments',
  {
    id: id(),
    caseId: uuid()
      .notNull()
      .references(() => cases.id, { onDelete: 'cascade' }),
    kind: text({ enum: ['comment', 'resolution', 'reopening'] })
      .notNull()
      .default('comment'),
    body: text().notNull(),
    writtenAt: instant().notNull(),
    authorId: uuid()
      .notNull()
      .references(() => users.id),
  },
  (t) => [index('case_comments_case').on(t.caseId, t.writtenAt, t.id)],
)
