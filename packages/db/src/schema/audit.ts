import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { id, instant } from './columns.ts'

/** Who wrote what, when, from where: one row per write, in the same transaction. */
export const auditLog = pgTable(
  'audit_log',
  {
    id: id(),
    at: instant().notNull(),
    /** Null where the system itself acts (worker, command line). */
    actorId: uuid(),
    action: text().notNull(),
    entity: text().notNull(),
    entityId: text().notNull(),
    changes: jsonb().$type<Record<string, unknown>>().notNull(),
    address: text(),
  },
  (t) => [index('audit_log_entity').on(t.entity, t.entityId, t.at), index('audit_log_at').on(t.at)],
)
