import type { LiveEntity } from '@cartera/contract/live'
import { auditLog } from '@cartera/db/schema/audit'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { and, desc, eq, isNotNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { requireVisibleRecord } from './visible-changes.ts'

const mostChanges = 10
const isUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const isPair = (value: unknown): value is [unknown, unknown] => Array.isArray(value) && value.length === 2

function asText(value: unknown, names: ReadonlyMap<string, string>): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return (names.get(value) ?? value).slice(0, 500)
  // Words are shown, of records how many.
  if (Array.isArray(value) && value.every((each) => typeof each === 'string' && !isUuid.test(each)))
    return value.join(', ').slice(0, 500)
  return Array.isArray(value) ? String(value.length) : JSON.stringify(value).slice(0, 500)
}

/** Who changed a record that the viewer sees last, and what: for whom it changed under their hands. Refuses `not-found`, also once it is deleted. */
export async function recordChanges(ctx: AppContext, viewer: Viewer, { entity, id }: { entity: LiveEntity; id: string }) {
  await requireVisibleRecord(ctx.db, viewer, entity, id)
  const rows = await ctx.db
    .select({ audit: auditLog, actor: { id: users.id, name: users.name } })
    .from(auditLog)
    .leftJoin(users, eq(users.id, auditLog.actorId))
    .where(and(eq(auditLog.entity, entity), eq(auditLog.entityId, id), isNotNull(auditLog.changes)))
    .orderBy(desc(auditLog.at), desc(auditLog.id))
    .limit(mostChanges)
  const ids = rows.flatMap(({ audit }) =>
    Object.values(audit.changes).flatMap((value) =>
      isPair(value) ? value.filter((each): each is string => typeof each === 'string' && isUuid.test(each)) : [],
    ),
  )
  const names = new Map<string, string>()
  if (ids.length > 0) {
    const chosen = sql`any(${sql.param([...new Set(ids)])}::uuid[])`
    const found = await ctx.db.execute<{ id: string; name: string }>(sql`
      select id, name from users where id = ${chosen} union all select id, name from contacts where id = ${chosen}
      union all select id, name from follow_up_types where id = ${chosen} union all select id, name from follow_up_situations where id = ${chosen}
      union all select id, name from branches where id = ${chosen} union all select id, name from customer_groups where id = ${chosen}
      union all select id, name from interaction_topics where id = ${chosen} union all select id, name from opportunity_stages where id = ${chosen}
      union all select id, name from opportunity_loss_reasons where id = ${chosen}`)
    for (const one of found.rows) names.set(one.id, one.name)
  }
  return {
    items: rows.map(({ audit, actor }) => ({
      id: audit.id,
      at: audit.at.toISOString(),
      actor,
      action: audit.action,
      changes: Object.entries(audit.changes)
        .flatMap(([field, value]) =>
          isPair(value) && field !== 'version'
            ? [{ field: field.slice(0, 60), before: asText(value[0], names), after: asText(value[1], names) }]
            : [],
        )
        .slice(0, 30),
    })),
  }
}
