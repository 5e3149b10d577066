import { auditLog } from '@cartera/db/schema/audit'
import { contacts, customers } from '@cartera/db/schema/customers'
import { followUps, followUpTypes } from '@cartera/db/schema/follow-ups'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, desc, eq, inArray } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { visibleFollowUp } from './visible-follow-ups.ts'

const actions = ['create', 'change', 'postpone', 'close', 'discard', 'reopen'] as const
const namedFields = { ownerId: users, typeId: followUpTypes, contactId: contacts } as const
type NamedField = keyof typeof namedFields
const isNamed = (field: string): field is NamedField => field in namedFields
const isPair = (value: unknown): value is [unknown, unknown] => Array.isArray(value) && value.length === 2

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return (typeof value === 'string' ? value : Array.isArray(value) ? String(value.length) : JSON.stringify(value)).slice(0, 5000)
}

/** What happened to a follow-up that the viewer sees, newest first: every deed with who, when, why, and what it changed. */
export async function followUpHistory(ctx: AppContext, viewer: Viewer, followUpId: string) {
  const [visible] = await ctx.db
    .select({ id: followUps.id })
    .from(followUps)
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(and(eq(followUps.id, followUpId), visibleFollowUp(viewer)))
  if (!visible) throw new Refusal('not-found')
  const rows = await ctx.db
    .select({ audit: auditLog, actor: { id: users.id, name: users.name } })
    .from(auditLog)
    .leftJoin(users, eq(users.id, auditLog.actorId))
    .where(and(eq(auditLog.entity, 'follow-up'), eq(auditLog.entityId, followUpId), inArray(auditLog.action, [...actions])))
    .orderBy(desc(auditLog.at), desc(auditLog.id))
    .limit(500)

  const names = new Map<string, string>()
  for (const field of Object.keys(namedFields).filter(isNamed)) {
    const ids = rows
      .flatMap(({ audit }) => (isPair(audit.changes[field]) ? audit.changes[field] : []))
      .filter((id) => id !== null)
    if (ids.length === 0) continue
    const table = namedFields[field]
    const found = await ctx.db
      .select({ id: table.id, name: table.name })
      .from(table)
      .where(inArray(table.id, [...new Set(ids.map(String))]))
    for (const one of found) names.set(one.id, one.name)
  }

  return {
    items: rows.map(({ audit, actor }) => {
      const { hours, reason } = audit.changes
      return {
        id: audit.id,
        at: audit.at.toISOString(),
        actor,
        action: audit.action as (typeof actions)[number],
        reason: typeof reason === 'string' ? reason : null,
        hours: typeof hours === 'number' ? hours : null,
        // What was created stands in the follow-up itself.
        changes: (audit.action === 'create' ? [] : Object.entries(audit.changes)).flatMap(([field, value]) => {
          if (!isPair(value)) return []
          const [before, after] = value.map((each) => (isNamed(field) && each !== null ? names.get(String(each)) : asText(each)))
          return [{ field, before: before ?? null, after: after ?? null }]
        }),
      }
    }),
  }
}
