import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, primaryKey, serial, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, day, id, instant, version } from './columns.ts'
import { users } from './organisation.ts'

/** Customers pass from agents to others: at once or on a day, for good or as cover until a day. Seen by its author's present place. */
export const handovers = pgTable(
  'handovers',
  {
    id: id(),
    number: serial().notNull(),
    role: text({ enum: ['preferred', 'collections'] }).notNull(),
    /** planned: its day has not come; covering: until its last day; returned: cover that ended; the others speak for themselves. */
    state: text({ enum: ['planned', 'done', 'covering', 'returned', 'undone', 'cancelled'] }).notNull(),
    /** On the morning of which day of the company it is carried out. */
    startsOn: day().notNull(),
    /** The last day of a cover; null is for good. */
    endsOn: day(),
    note: text(),
    movesFollowUps: boolean().notNull(),
    movesInteractions: boolean().notNull(),
    movesOpportunities: boolean().notNull().default(false),
    movesCases: boolean().notNull().default(false),
    movesQuotes: boolean().notNull().default(false),
    /** Why it waits although its day has come: a refusal code. */
    problem: text(),
    createdBy: uuid()
      .notNull()
      .references(() => users.id),
    createdAt: createdAt(),
    carriedOutAt: instant(),
    endedAt: instant(),
    /** Null where the day did it. */
    endedBy: uuid().references(() => users.id),
    version: version(),
  },
  (t) => [
    uniqueIndex('handovers_number_unique').on(t.number),
    index('handovers_author').on(t.createdBy, t.id),
    index('handovers_waiting').on(t.startsOn).where(sql`state in ('planned', 'covering')`),
    check('handovers_period', sql`${t.endsOn} is null or ${t.endsOn} >= ${t.startsOn}`),
  ],
)

/** From whom to whom, with what was counted when it was carried out. */
export const handoverMoves = pgTable(
  'handover_moves',
  {
    handoverId: uuid()
      .notNull()
      .references(() => handovers.id, { onDelete: 'cascade' }),
    fromUserId: uuid()
      .notNull()
      .references(() => users.id),
    toUserId: uuid()
      .notNull()
      .references(() => users.id),
    customers: integer().notNull().default(0),
    followUps: integer().notNull().default(0),
    interactions: integer().notNull().default(0),
    opportunities: integer().notNull().default(0),
    cases: integer().notNull().default(0),
    quotes: integer().notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.handoverId, t.fromUserId] }),
    check('handover_moves_other', sql`${t.fromUserId} <> ${t.toUserId}`),
  ],
)

/** What was moved, each record as a fact; the outcome is written when a cover returns or somebody undoes it. */
export const handoverChanges = pgTable(
  'handover_changes',
  {
    handoverId: uuid()
      .notNull()
      .references(() => handovers.id, { onDelete: 'cascade' }),
    kind: text({ enum: ['customer', 'follow-up', 'interaction', 'opportunity', 'case', 'quote'] }).notNull(),
    recordId: uuid().notNull(),
    fromUserId: uuid()
      .notNull()
      .references(() => users.id),
    toUserId: uuid()
      .notNull()
      .references(() => users.id),
    /** kept: somebody changed it since, or it had ended, so it stayed. */
    outcome: text({ enum: ['returned', 'kept'] }),
  },
  (t) => [primaryKey({ columns: [t.handoverId, t.kind, t.recordId] })],
)
