import type { Transaction } from '@cartera/db/connect'
import { handovers } from '@cartera/db/schema/handovers'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, type SQL } from 'drizzle-orm'

export type Handover = typeof handovers.$inferSelect

/** The column of a customer that a role stands in. */
export const agentColumns = {
  preferred: { field: 'preferredAgentId', name: 'preferred_agent_id' },
  collections: { field: 'collectionsAgentId', name: 'collections_agent_id' },
} as const

/** Refuses `not-allowed` to whoever may not change agents. */
export function requireChangeAgents(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'change-agents')
  if (refusal) throw new Refusal(refusal)
}

/** The handovers that exist for a viewer: whose author stands within their scope now. A condition over `handovers`. */
export const visibleHandover = (viewer: Viewer): SQL | undefined => visibleTo(accessScopeOf(viewer), handovers.createdBy)

/** The viewer's row, locked until the transaction ends; refuses `not-found` alike for a missing and an out-of-scope one. */
export async function lockVisibleHandover(tx: Transaction, viewer: Viewer, handoverId: string): Promise<Handover> {
  const [row] = await tx
    .select()
    .from(handovers)
    .where(and(eq(handovers.id, handoverId), visibleHandover(viewer)))
    .for('update')
  if (!row) throw new Refusal('not-found')
  return row
}
