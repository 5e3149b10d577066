import { auditLog } from '@cartera/db/schema/audit'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { addDays, type CalendarDay, instantOfLocal } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, gte, lt } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'

const longest = 2000

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}

/** A change holds [before, after] per field; every other action holds facts. */
function changesOf(action: string, changes: Record<string, unknown>) {
  return Object.entries(changes)
    .slice(0, 200)
    .map(([field, value]) => {
      const [before, after] = action === 'change' && Array.isArray(value) && value.length === 2 ? value : [null, value]
      return { field: field.slice(0, 200), before: textOf(before), after: textOf(after) }
    })
}

/** Who wrote what, when, from where, newest first unless told; days are the company's. For level 1 only: refuses `not-allowed`. */
export async function listAudit(
  ctx: AppContext,
  viewer: Viewer,
  input: Omit<PageInput, 'q'> & {
    entity?: string | undefined
    entityId?: string | undefined
    action?: string | undefined
    actor?: string | undefined
    from?: CalendarDay | undefined
    to?: CalendarDay | undefined
  },
) {
  if (viewer.level !== 1) throw new Refusal('not-allowed')
  const { timeZone } = await findCompany(ctx.db)
  const startOf = (day: CalendarDay) => instantOfLocal(day, '00:00', timeZone) ?? undefined
  const from = input.from === undefined ? undefined : startOf(input.from)
  const before = input.to === undefined ? undefined : startOf(addDays(input.to, 1))
  const sort = input.sort ?? '-at'
  const descending = sort.startsWith('-')
  const keys = [
    { column: auditLog.at, type: 'timestamptz' },
    { column: auditLog.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select({ entry: auditLog, actor: { id: users.id, name: users.name } })
    .from(auditLog)
    .leftJoin(users, eq(users.id, auditLog.actorId))
    .where(
      and(
        input.entity === undefined ? undefined : eq(auditLog.entity, input.entity),
        input.entityId === undefined ? undefined : eq(auditLog.entityId, input.entityId),
        input.action === undefined ? undefined : eq(auditLog.action, input.action),
        input.actor === undefined ? undefined : eq(auditLog.actorId, input.actor),
        from && gte(auditLog.at, from),
        before && lt(auditLog.at, before),
        keysetAfter(input.cursor, sort, keys, descending),
      ),
    )
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    ({ entry, actor }) => ({
      id: entry.id,
      at: entry.at.toISOString(),
      actor,
      action: entry.action,
      entity: entry.entity,
      entityId: entry.entityId,
      changes: changesOf(entry.action, entry.changes),
      address: entry.address,
    }),
    ({ entry }) => encodeCursor(sort, [entry.at.toISOString(), entry.id]),
  )
}
