import { index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, id, instant } from './columns.ts'
import { users } from './organisation.ts'

/** A list that somebody has made into a file; its bytes are in file_chunks under the same id until they lapse. */
export const exports = pgTable(
  'exports',
  {
    id: id(),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    list: text().notNull(),
    format: text({ enum: ['xlsx', 'csv'] }).notNull(),
    /** The filters and order of the list, as its endpoint takes them. */
    filters: jsonb().$type<Record<string, unknown>>().notNull(),
    language: text({ enum: ['es', 'en'] }).notNull(),
    state: text({ enum: ['waiting', 'done', 'failed', 'lapsed'] }).notNull(),
    rowsDone: integer().notNull().default(0),
    fileName: text().notNull(),
    size: integer(),
    error: text(),
    createdAt: createdAt(),
    finishedAt: instant(),
    /** From then on the file is gone. */
    lapsesAt: instant().notNull(),
  },
  (t) => [index('exports_mine').on(t.userId, t.createdAt), index('exports_open').on(t.state)],
)
