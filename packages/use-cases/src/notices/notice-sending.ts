import { installationEpoch, noticeWorkers } from '@cartera/db/schema/notices'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { asc, gt } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { confirmEpoch } from './installation-epoch.ts'

const heardOfWithinMs = 2 * 60_000

/** Which machines send, for administrators. Refuses `not-allowed`. */
export async function findNoticeSending(ctx: AppContext, viewer: Viewer) {
  const refusal = permissionRefusal(viewer, 'company-settings')
  if (refusal) throw new Refusal(refusal)
  const [row] = await ctx.db.select().from(installationEpoch)
  const workers = await ctx.db
    .select()
    .from(noticeWorkers)
    .where(gt(noticeWorkers.seenAt, new Date(ctx.now().getTime() - heardOfWithinMs)))
    .orderBy(asc(noticeWorkers.host), asc(noticeWorkers.startedAt))
    .limit(100)
  return {
    sending: workers.some((worker) => worker.state === 'sending'),
    epoch: row?.epoch ?? null,
    confirmedAt: row?.confirmedAt.toISOString() ?? null,
    workers: workers.map((worker) => ({
      id: worker.id,
      host: worker.host.slice(0, 300),
      epoch: worker.epoch,
      state: worker.state,
      reason: worker.reason,
      detail: worker.detail?.slice(0, 2000) ?? null,
      seenAt: worker.seenAt.toISOString(),
    })),
  }
}

export interface WorkerHealth {
  /** `silent`: none was heard of within two minutes. `blocked`: those that were may not send. */
  state: 'sending' | 'blocked' | 'silent'
  /** Since the last beat of any of them; null when none was heard of within a day. */
  secondsSinceBeat: number | null
}

/** Whether anybody is there to send, for whoever watches the installation: no names, no reasons. */
export async function findWorkerHealth(ctx: AppContext): Promise<WorkerHealth> {
  const beats = await ctx.db.select({ state: noticeWorkers.state, seenAt: noticeWorkers.seenAt }).from(noticeWorkers)
  const now = ctx.now().getTime()
  const lately = beats.filter(({ seenAt }) => now - seenAt.getTime() < heardOfWithinMs)
  const last = Math.max(...beats.map(({ seenAt }) => seenAt.getTime()))
  return {
    state: lately.length === 0 ? 'silent' : lately.some(({ state }) => state === 'sending') ? 'sending' : 'blocked',
    secondsSinceBeat: beats.length === 0 ? null : Math.max(0, Math.round((now - last) / 1000)),
  }
}

/**
 * An administrator says that the machine of this name is the one that sends. Only one that has been heard of can be named, so that nobody
 * stops all sending by a slip. Refuses `not-allowed`, `reference-unknown`.
 */
export async function confirmNoticeSending(ctx: AppContext, viewer: Viewer, input: { epoch: string }) {
  const found = await findNoticeSending(ctx, viewer)
  if (!found.workers.some((worker) => worker.epoch === input.epoch)) throw new Refusal('reference-unknown', { field: 'epoch' })
  await confirmEpoch(ctx, viewer, input.epoch)
  return findNoticeSending(ctx, viewer)
}
