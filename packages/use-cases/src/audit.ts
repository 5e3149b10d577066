import type { Querier } from '@cartera/db/connect'
import { auditLog } from '@cartera/db/schema/audit'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { AppContext } from './app-context.ts'
import { toldLive } from './live/notify-live.ts'

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
