import { sql } from 'drizzle-orm'
import { boolean, char, index, integer, pgTable, primaryKey, serial, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { cases } from './cases.ts'
import { bytes, createdAt, id, instant, version } from './columns.ts'
import { contacts, customers } from './customers.ts'
import { interactions } from './interactions.ts'
import { opportunities } from './opportunities.ts'
import { users } from './organisation.ts'
import { quotes } from './quotes.ts'
import { receivables } from './receivables.ts'

export const followUpTypes = pgTable(
  'follow_up_types',
  { id: id(), name: text().notNull(), active: boolean().notNull().default(true), version: version(), createdAt: createdAt() },
  (t) => [uniqueIndex('follow_up_types_name_unique').on(sql`lower(${t.name})`)],
)

/** Why a follow-up goes on, or what went wrong with it (Spanish: estado). Says more than active, closed and discarded. */
export const followUpSituations = pgTable(
  'follow_up_situations',
  {
    id: id(),
    name: text().notNull(),
    kind: text({ enum: ['ongoing', 'setback'] })
      .notNull()
      .default('ongoing'),
    active: boolean().notNull().default(true),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('follow_up_situations_name_unique').on(sql`lower(${t.name})`)],
)

/** What was done in a follow-up: for information, a step ahead or back. */
export const followUpActivities = pgTable(
  'follow_up_activities',
  {
    id: id(),
    name: text().notNull(),
    direction: text({ enum: ['progress', 'setback', 'neutral'] })
      .notNull()
      .default('progress'),
    active: boolean().notNull().default(true),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('follow_up_activities_name_unique').on(sql`lower(${t.name})`)],
)

/** A template of a document that supports follow-ups, such as the collection circular. */
export const followUpDocuments = pgTable(
  'follow_up_documents',
  {
    id: id(),
    name: text().notNull(),
    title: text().notNull(),
    body: text().notNull(),
    language: char({ length: 2 }).$type<'es' | 'en'>().notNull().default('es'),
    /** Which of the customer's open receivables it lists: those of the follow-up, the overdue ones, all, or none. */
    lists: text({ enum: ['linked', 'overdue', 'open', 'none'] })
      .notNull()
      .default('overdue'),
    active: boolean().notNull().default(true),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('follow_up_documents_name_unique').on(sql`lower(${t.name})`)],
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
    situationId: uuid().references(() => followUpSituations.id),
    /** Comes back at once when the customer answers (portal, reply), else at its due time. */
    waitsForAnswer: boolean().notNull().default(false),
    parentId: uuid(),
    /** The interaction from which it was opened. */
    interactionId: uuid().references(() => interactions.id),
    /** The sale, case or quote of the same customer whose next step it is. */
    opportunityId: uuid().references(() => opportunities.id),
    caseId: uuid().references(() => cases.id),
    quoteId: uuid().references(() => quotes.id),
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
    index('follow_ups_situation').on(t.situationId),
    index('follow_ups_parent').on(t.parentId).where(sql`parent_id is not null`),
    index('follow_ups_interaction').on(t.interactionId).where(sql`interaction_id is not null`),
    index('follow_ups_opportunity').on(t.opportunityId).where(sql`opportunity_id is not null`),
    index('follow_ups_case').on(t.caseId).where(sql`case_id is not null`),
    index('follow_ups_quote').on(t.quoteId).where(sql`quote_id is not null`),
    index('follow_ups_waiting').on(t.customerId).where(sql`waits_for_answer and state = 'active'`),
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
    /** Null where the new time was named, not a number of hours. */
    hours: integer(),
    until: text({ enum: ['hours', 'tomorrow', 'after-holiday', 'answer'] })
      .notNull()
      .default('hours'),
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

export const followUpObservations = pgTable(
  'follow_up_observations',
  {
    id: id(),
    followUpId: uuid()
      .notNull()
      .references(() => followUps.id, { onDelete: 'cascade' }),
    body: text().notNull(),
    observedAt: instant().notNull(),
    authorId: uuid()
      .notNull()
      .references(() => users.id),
    createdAt: createdAt(),
  },
  (t) => [index('follow_up_observations_follow_up').on(t.followUpId, t.observedAt)],
)

/** An activity that was done in a follow-up. */
export const followUpProgress = pgTable(
  'follow_up_progress',
  {
    id: id(),
    followUpId: uuid()
      .notNull()
      .references(() => followUps.id, { onDelete: 'cascade' }),
    activityId: uuid()
      .notNull()
      .references(() => followUpActivities.id),
    comment: text(),
    doneAt: instant().notNull(),
    doneBy: uuid()
      .notNull()
      .references(() => users.id),
  },
  (t) => [
    index('follow_up_progress_follow_up').on(t.followUpId, t.doneAt),
    index('follow_up_progress_activity').on(t.activityId),
  ],
)

/** A document rendered for a follow-up: kept exactly as it was made, since it is what the customer got. */
export const followUpAttachments = pgTable(
  'follow_up_attachments',
  {
    id: id(),
    followUpId: uuid()
      .notNull()
      .references(() => followUps.id, { onDelete: 'cascade' }),
    documentId: uuid()
      .notNull()
      .references(() => followUpDocuments.id),
    name: text().notNull(),
    /** PDF. */
    content: bytes().notNull(),
    createdBy: uuid()
      .notNull()
      .references(() => users.id),
    createdAt: createdAt(),
  },
  (t) => [
    index('follow_up_attachments_follow_up').on(t.followUpId, t.createdAt),
    index('follow_up_attachments_document').on(t.documentId),
  ],
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
    /** Since when its mail waits or is sent; null where none is wanted, or not yet. */
    mailedAt: instant(),
  },
  (t) => [uniqueIndex('reminders_once').on(t.followUpId, t.dueAt, t.userId), index('reminders_user').on(t.userId, t.remindedAt)],
)
