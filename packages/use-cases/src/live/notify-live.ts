import type { LiveChange, LiveEntity } from '@cartera/contract/live'
import type { Querier } from '@cartera/db/connect'
import { type SQL, sql } from 'drizzle-orm'

/** The channel of PostgreSQL on which changes are told; told at commit, and never what was rolled back. */
export const liveChannel = 'cartera_live'

/** Exhaustive, so that an entity of the contract cannot be forgotten here. */
const known: Record<LiveEntity, true> = {
  contact: true,
  'contact-attempt': true,
  customer: true,
  document: true,
  'follow-up': true,
  interaction: true,
  note: true,
  notice: true,
  'notice-receivable-settings': true,
  'notice-settings': true,
  payment: true,
  'payment-claim': true,
  promise: true,
  receivable: true,
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

/** A notification as it arrives; null for one that is not of ours. */
export function readLive(payload: string): LiveChange | null {
  let told: unknown
  try {
    told = JSON.parse(payload)
  } catch {
    return null
  }
  if (typeof told !== 'object' || told === null) return null
  const { entity, id, action } = told as Record<string, unknown>
  if (typeof entity !== 'string' || typeof id !== 'string' || typeof action !== 'string') return null
  if (!Object.hasOwn(known, entity) || !isUuid.test(id)) return null
  return { entity: entity as LiveEntity, id, action: action.slice(0, 40) }
}
