import type { Querier } from '@cartera/db/connect'
import { auditLog } from '@cartera/db/schema/audit'
import { contacts, customers } from '@cartera/db/schema/customers'
import {
  followUpActivities,
  followUpAttachments,
  followUpObservations,
  followUpProgress,
  followUpSituations,
  followUps,
  followUpTypes,
} from '@cartera/db/schema/follow-ups'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { PostponeUntil } from '@cartera/domain/follow-ups/postponement'
import { and, asc, desc, eq, inArray } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { requireVisibleFollowUp, visibleFollowUp } from './visible-follow-ups.ts'

const actions = ['create', 'change', 'postpone', 'close', 'discard', 'reopen'] as const
const namedFields = { ownerId: users, typeId: followUpTypes, contactId: contacts, situationId: followUpSituations } as const
type NamedField = keyof typeof namedFields
const isNamed = (field: string): field is NamedField => field in namedFields
const isPair = (value: unknown): value is [unknown, unknown] => Array.isArray(value) && value.length === 2
const untils: readonly unknown[] = ['tomorrow', 'after-holiday', 'answer'] satisfies PostponeUntil[]
const mostEntries = 500
/** More than any chain that people made: what is beyond is not shown. */
const mostLinks = 1000

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return (typeof value === 'string' ? value : Array.isArray(value) ? String(value.length) : JSON.stringify(value)).slice(0, 5000)
}

/**
 * The tree to which a follow-up belongs, line by line: a follow-up, then what goes on from it. It holds what the viewer sees; where one in between is out
 * of reach the chain ends for them, as if it were not there.
 */
async function findChain(db: Querier, viewer: Viewer, followUpId: string) {
  const { customerId } = await requireVisibleFollowUp(db, viewer, followUpId)
  const rows = await db
    .select({
      id: followUps.id,
      number: followUps.number,
      subject: followUps.subject,
      state: followUps.state,
      type: { id: followUpTypes.id, name: followUpTypes.name },
      owner: { id: users.id, name: users.name },
      dueAt: followUps.dueAt,
      createdAt: followUps.createdAt,
      endedAt: followUps.endedAt,
      endReason: followUps.endReason,
      parentId: followUps.parentId,
    })
    .from(followUps)
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .innerJoin(followUpTypes, eq(followUpTypes.id, followUps.typeId))
    .innerJoin(users, eq(users.id, followUps.ownerId))
    .where(and(eq(followUps.customerId, customerId), visibleFollowUp(viewer)))
    .orderBy(asc(followUps.number))
  const byId = new Map(rows.map((row) => [row.id, row]))
  const children = new Map<string, typeof rows>()
  for (const row of rows) {
    if (row.parentId === null || !byId.has(row.parentId)) continue
    const siblings = children.get(row.parentId)
    if (siblings) siblings.push(row)
    else children.set(row.parentId, [row])
  }
  let first = byId.get(followUpId)
  const met = new Set<string>()
  while (first?.parentId && byId.has(first.parentId) && !met.has(first.id)) {
    met.add(first.id)
    first = byId.get(first.parentId)
  }
  const chain: ((typeof rows)[number] & { depth: number })[] = []
  const seen = new Set<string>()
  const open = first ? [{ row: first, depth: 0 }] : []
  for (let next = open.pop(); next !== undefined && chain.length < mostLinks; next = open.pop()) {
    const { row, depth } = next
    if (seen.has(row.id)) continue
    seen.add(row.id)
    chain.push({ ...row, parentId: depth === 0 ? null : row.parentId, depth: Math.min(depth, 1000) })
    for (const child of (children.get(row.id) ?? []).toReversed()) open.push({ row: child, depth: depth + 1 })
  }
  return chain
}

/** All that a follow-up comes from and all that goes on from there, in the viewer's reach. Refuses `not-found`. */
export async function followUpChain(ctx: AppContext, viewer: Viewer, followUpId: string) {
  const chain = await findChain(ctx.db, viewer, followUpId)
  return {
    items: chain.map(({ dueAt, createdAt, endedAt, ...row }) => ({
      ...row,
      dueAt: dueAt.toISOString(),
      createdAt: createdAt.toISOString(),
      endedAt: endedAt?.toISOString() ?? null,
    })),
  }
}

/** What people wrote down and made, beside what they changed. */
async function findRecords(db: Querier, ids: readonly string[]) {
  const observed = await db
    .select({ row: followUpObservations, actor: { id: users.id, name: users.name } })
    .from(followUpObservations)
    .innerJoin(users, eq(users.id, followUpObservations.authorId))
    .where(inArray(followUpObservations.followUpId, [...ids]))
    .orderBy(desc(followUpObservations.createdAt))
    .limit(mostEntries)
  const done = await db
    .select({ row: followUpProgress, activity: followUpActivities, actor: { id: users.id, name: users.name } })
    .from(followUpProgress)
    .innerJoin(followUpActivities, eq(followUpActivities.id, followUpProgress.activityId))
    .innerJoin(users, eq(users.id, followUpProgress.doneBy))
    .where(inArray(followUpProgress.followUpId, [...ids]))
    .orderBy(desc(followUpProgress.doneAt))
    .limit(mostEntries)
  const made = await db
    .select({
      id: followUpAttachments.id,
      followUpId: followUpAttachments.followUpId,
      name: followUpAttachments.name,
      at: followUpAttachments.createdAt,
      actor: { id: users.id, name: users.name },
    })
    .from(followUpAttachments)
    .innerJoin(users, eq(users.id, followUpAttachments.createdBy))
    .where(inArray(followUpAttachments.followUpId, [...ids]))
    .orderBy(desc(followUpAttachments.createdAt))
    .limit(mostEntries)
  const nothing = { reason: null, text: null, activity: null, hours: null, until: null, changes: [] }
  return [
    ...observed.map(({ row, actor }) => ({
      ...nothing,
      id: row.id,
      at: row.observedAt.toISOString(),
      actor,
      followUpId: row.followUpId,
      action: 'observe' as const,
      text: row.body,
    })),
    ...done.map(({ row, activity, actor }) => ({
      ...nothing,
      id: row.id,
      at: row.doneAt.toISOString(),
      actor,
      followUpId: row.followUpId,
      action: 'progress' as const,
      text: row.comment,
      activity: { name: activity.name, direction: activity.direction },
    })),
    ...made.map(({ at, followUpId, id, name, actor }) => ({
      ...nothing,
      id,
      at: at.toISOString(),
      actor,
      followUpId,
      action: 'document' as const,
      text: name,
    })),
  ]
}

async function findChanges(db: Querier, ids: readonly string[]) {
  const rows = await db
    .select({ audit: auditLog, actor: { id: users.id, name: users.name } })
    .from(auditLog)
    .leftJoin(users, eq(users.id, auditLog.actorId))
    .where(and(eq(auditLog.entity, 'follow-up'), inArray(auditLog.entityId, [...ids]), inArray(auditLog.action, [...actions])))
    .orderBy(desc(auditLog.at), desc(auditLog.id))
    .limit(mostEntries)

  const names = new Map<string, string>()
  for (const field of Object.keys(namedFields).filter(isNamed)) {
    const named = rows
      .flatMap(({ audit }) => (isPair(audit.changes[field]) ? audit.changes[field] : []))
      .filter((id) => id !== null)
    if (named.length === 0) continue
    const table = namedFields[field]
    const found = await db
      .select({ id: table.id, name: table.name })
      .from(table)
      .where(inArray(table.id, [...new Set(named.map(String))]))
    for (const one of found) names.set(one.id, one.name)
  }

  return rows.map(({ audit, actor }) => {
    const { hours, reason, until } = audit.changes
    return {
      id: audit.id,
      at: audit.at.toISOString(),
      actor,
      followUpId: audit.entityId,
      action: audit.action as (typeof actions)[number],
      reason: typeof reason === 'string' ? reason : null,
      text: null,
      activity: null,
      hours: typeof hours === 'number' ? hours : null,
      until: untils.includes(until) ? (until as PostponeUntil) : null,
      // What was created stands in the follow-up itself; the origin is told by the chain.
      changes: (audit.action === 'create' ? [] : Object.entries(audit.changes)).flatMap(([field, value]) => {
        if (!isPair(value) || field === 'parentId') return []
        const [before, after] = value.map((each) => (isNamed(field) && each !== null ? names.get(String(each)) : asText(each)))
        return [{ field, before: before ?? null, after: after ?? null }]
      }),
    }
  })
}

/**
 * What happened to a follow-up that the viewer sees, newest first: every deed with who, when, why and what it changed, what was observed and done, and the
 * documents that were made; with `chain` of the whole chain in reach. Refuses `not-found`.
 */
export async function followUpHistory(
  ctx: AppContext,
  viewer: Viewer,
  followUpId: string,
  input: { chain?: boolean | undefined } = {},
) {
  const chain = await findChain(ctx.db, viewer, followUpId)
  const numbers = new Map(chain.map((row) => [row.id, row.number]))
  const ids = input.chain ? [...numbers.keys()] : [followUpId]
  const entries = [...(await findChanges(ctx.db, ids)), ...(await findRecords(ctx.db, ids))]
  return {
    items: entries
      .toSorted((a, b) => (a.at === b.at ? (a.id < b.id ? 1 : -1) : a.at < b.at ? 1 : -1))
      .slice(0, mostEntries)
      .map(({ followUpId: id, ...entry }) => ({ ...entry, followUp: { id, number: numbers.get(id) ?? 1 } })),
  }
}
