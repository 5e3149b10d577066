import type { Querier } from '@cartera/db/connect'
import { auditLog } from '@cartera/db/schema/audit'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from './app-context.ts'
import { notifyLiveMany, toldLive } from './live/notify-live.ts'

export interface AuditEntry {
  action:
    | 'create'
    | 'change'
    | 'delete'
    | 'restore'
    | 'sign-in'
    | 'import'
    | 'send'
    | 'release'
    | 'cancel'
    | 'retry'
    | 'postpone'
    | 'close'
    | 'discard'
    | 'reopen'
    | 'export'
    | 'merge'
    | 'unmerge'
  entity: string
  entityId: string
  /** What changed: field -> [before, after], or the facts of an action. Never a password. */
  changes?: Record<string, unknown>
}

/**
 * Writes the audit row in the transaction of the change it tells of, and tells those who look on once that is committed. `viewer` is null
 * where the system itself acts.
 */
export async function recordAudit(
  tx: Querier,
  ctx: AppContext,
  viewer: Pick<Viewer, 'userId'> | null,
  entry: AuditEntry,
): Promise<void> {
  const told = toldLive({ entity: entry.entity, id: entry.entityId, action: entry.action })
  const written = tx.insert(auditLog).values({
    at: ctx.now(),
    actorId: viewer?.userId ?? null,
    action: entry.action,
    entity: entry.entity,
    entityId: entry.entityId,
    changes: entry.changes ?? {},
    address: ctx.origin.address,
  })
  await (told === null ? written : written.returning({ told }))
}

/** The same for many records of one kind, in one statement. */
export async function recordAudits(
  tx: Querier,
  ctx: AppContext,
  viewer: Pick<Viewer, 'userId'> | null,
  entity: string,
  entries: readonly { id: string; action: AuditEntry['action']; changes: Record<string, unknown> }[],
): Promise<void> {
  if (entries.length === 0) return
  const rows = entries.map((entry) => ({ ...entry, key: v7() }))
  await tx.execute(sql`
    insert into audit_log (id, at, actor_id, action, entity, entity_id, changes, address)
    select a.key, ${ctx.now().toISOString()}::timestamptz, ${viewer?.userId ?? null}::uuid, a.action, ${entity}, a.id, a.changes,
           ${ctx.origin.address}::text
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as a(key uuid, id text, action text, changes jsonb)`)
  for (const action of new Set(entries.map((entry) => entry.action)))
    await notifyLiveMany(tx, {
      entity,
      action,
      ids: entries.flatMap((entry) => (entry.action === action ? [entry.id] : [])),
    })
}

const comparable = (value: unknown) =>
  JSON.stringify(value ?? null, (_, each: unknown) => (typeof each === 'bigint' ? each.toString() : each))

/** The fields of `after` that differ from `before`, as field -> [before, after], ready for the audit row. */
export function changesBetween(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): Record<string, [unknown, unknown]> {
  const changes: Record<string, [unknown, unknown]> = {}
  for (const [field, value] of Object.entries(after)) {
    if (value === undefined || comparable(before[field]) === comparable(value)) continue
    changes[field] = JSON.parse(comparable([before[field] ?? null, value ?? null])) as [unknown, unknown]
  }
  return changes
}
