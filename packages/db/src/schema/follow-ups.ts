import { sql } from 'drizzle-orm'
import { boolean, index, integer, pgTable, primaryKey, serial, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant, version } from './columns.ts'
import { contacts, customers } from './customers.ts'
import { users } from './organisation.ts'
import { receivables } from './receivables.ts'

export const followUpTypes = pgTable(
  'follow_up_types',
  { id: id(), name: text().notNull(), active: boolean().notNull().default(true), version: version(), createdAt: createdAt() },
  (t) => [uniqueIndex('follow_up_types_name_unique').on(sql`lower(${t.name})`)],
)

export const followUps = pgTable(
  'follow_ups',
  {
    id: id(),
    number: serial().notNull(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    contactId: uuid().references(() => contacts.id),
    typeId: uuid()
      .notNull()
      .references(() => followUpTypes.id),
    ownerId: uuid()
      .notNull()
      .references(() => users.id),
    state: text({ enum: ['active', 'closed', 'discarded'] })
      .notNull()
      .default('active'),
    subject: text().notNull(),
    description: text(),
    priority: text({ enum: ['low', 'normal', 'high'] })
      .notNull()
      .default('normal'),
    channel: text({ enum: ['call', 'email', 'visit', 'message', 'other'] })
      .notNull()
      .default('call'),
    dueAt: instant().notNull(),
    parentId: uuid(),
    /** What opened it by itself (a bounce, a broken promise), once; null when a person did. */
    originKey: text(),
    /** Why it was discarded, or with what result it was closed. */
    endReason: text(),
    endedAt: instant(),
    endedBy: uuid().references(() => users.id),
    version: version(),
    createdAt: createdAt(),
    createdBy: uuid(),
  },
  (t) => [
    uniqueIndex('follow_ups_number_unique').on(t.number),
    uniqueIndex('follow_ups_origin_once').on(t.originKey),
    index('follow_ups_owner_due').on(t.ownerId, t.dueAt, t.id).where(sql`state = 'active'`),
    index('follow_ups_due').on(t.dueAt, t.id).where(sql`state = 'active'`),
    index('follow_ups_customer').on(t.customerId, t.dueAt),
    index('follow_ups_all_due').on(t.dueAt, t.id),
    index('follow_ups_type').on(t.typeId),
    // Who was dealt with lately: what the portfolio's coverage reads.
    index('follow_ups_opened').on(t.createdAt).where(sql`created_by is not null`),
    index('follow_ups_ended').on(t.endedAt).where(sql`ended_at is not null`),
  ],
)

export const followUpReceivables = pgTable(
  'follow_up_receivables',
  {
    followUpId: uuid()
      .notNull()
      .references(() => followUps.id, { onDelete: 'cascade' }),
    receivableId: uuid()
      .notNull()
      .references(() => receivables.id),
  },
  (t) => [primaryKey({ columns: [t.followUpId, t.receivableId] }), index('follow_up_receivables_receivable').on(t.receivableId)],
)

/** Every postponement is a fact: who, when, from, to, why. */
export const postponements = pgTable(
  'postponements',
  {
    id: id(),
    followUpId: uuid()
      .notNull()
      .references(() => followUps.id, { onDelete: 'cascade' }),
    hours: integer().notNull(),
    fromDueAt: instant().notNull(),
    toDueAt: instant().notNull(),
    reason: text(),
    postponedBy: uuid()
      .notNull()
      .references(() => users.id),
    postponedAt: instant().notNull(),
  },
  (t) => [index('postponements_follow_up').on(t.followUpId, t.postponedAt), index('postponements_newest').on(t.postponedAt)],
)

/** What a user is told in the interface: once per follow-up and due time; a new owner is told too. */
export const reminders = pgTable(
  'reminders',
  {
    id: id(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    followUpId: uuid()
      .notNull()
      .references(() => followUps.id, { onDelete: 'cascade' }),
    dueAt: instant().notNull(),
    remindedAt: instant().notNull(),
    readAt: instant(),
    mailedAt: instant(),
  },
  (t) => [uniqueIndex('reminders_once').on(t.followUpId, t.dueAt, t.userId), index('reminders_user').on(t.userId, t.remindedAt)],
)
