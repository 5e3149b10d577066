import type { LiveChange, LiveEntity } from '@cartera/contract/live'
import type { Querier } from '@cartera/db/connect'
import { type SQL, sql } from 'drizzle-orm'

/** The channel of PostgreSQL on which changes are told; told at commit, and never what was rolled back. */
export const liveChannel = 'cartera_live'

/** Exhaustive, so that an entity of the contract cannot be forgotten here. */
const known: Record<LiveEntity, true> = {
  case: true,
  contact: true,
  'contact-attempt': true,
  customer: true,
  document: true,
  file: true,
  'follow-up': true,
  interaction: true,
  interest: true,
  note: true,
  notice: true,
  'notice-receivable-settings': true,
  'notice-settings': true,
  opportunity: true,
  payment: true,
  'payment-claim': true,
  promise: true,
  quote: true,
  receivable: true,
  renewal: true,
  reminder: true,
}
const isUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** What one statement tells with, as an expression of it; null for entities that nobody looks on at. */
export function toldLive(change: { entity: string; id: string; action: string }): SQL<void> | null {
  if (!Object.hasOwn(known, change.entity) || !isUuid.test(change.id)) return null
  const payload = JSON.stringify({ entity: change.entity, id: change.id, action: change.action })
  return sql<void>`pg_notify(${liveChannel}, ${payload})`
}

/** Tells of a change that has no audit row, when the transaction commits. */
export async function notifyLive(tx: Querier, change: LiveChange): Promise<void> {
  const told = toldLive(change)
  if (told !== null) await tx.execute(sql`select ${told}`)
}

/** So many ids fit into one notification: PostgreSQL takes up to 8000 bytes. */
const idsAtOnce = 150
/** Of more than these nobody asks one by one: whoever looks on is told to ask for everything again. */
export const mostLiveChanges = 500

/** Tells of many changes of one kind, when the transaction commits: few notifications, and of very many a single one that names none. */
export async function notifyLiveMany(
  tx: Querier,
  { entity, ids, action }: { entity: string; ids: readonly string[]; action: string },
): Promise<void> {
  if (ids.length === 0 || !Object.hasOwn(known, entity)) return
  const parts: (readonly string[])[] = []
  if (ids.length > mostLiveChanges) parts.push([])
  else for (let at = 0; at < ids.length; at += idsAtOnce) parts.push(ids.slice(at, at + idsAtOnce))
  const payloads = parts.map((part) => JSON.stringify({ entity, ids: part, action }))
  await tx.execute(sql`select pg_notify(${liveChannel}, told) from unnest(${sql.param(payloads)}::text[]) as told`)
}

/** A notification as it arrives: what changed, `many` where it names none of them; null for one that is not of ours. */
export function readLive(payload: string): readonly LiveChange[] | 'many' | null {
  let told: unknown
  try {
    told = JSON.parse(payload)
  } catch {
    return null
  }
  if (typeof told !== 'object' || told === null) return null
  const { entity, id, ids, action } = told as Record<string, unknown>
  const all: unknown[] = Array.isArray(ids) ? ids : [id]
  if (typeof entity !== 'string' || typeof action !== 'string' || !Object.hasOwn(known, entity)) return null
  if (all.length === 0) return 'many'
  const named = all.filter((each): each is string => typeof each === 'string' && isUuid.test(each))
  if (named.length < all.length) return null
  return named.map((each) => ({ entity: entity as LiveEntity, id: each, action: action.slice(0, 40) }))
}
