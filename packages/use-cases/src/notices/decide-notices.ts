import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { noticeMessages } from '@cartera/db/schema/notices'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import type { NoticeReasonCode, NoticeReasonParams, NoticeState } from '@cartera/domain/notices/notice-states'
import { Refusal, type RefusalCode } from '@cartera/domain/refusal'
import { and, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { type AuditEntry, recordAudit } from '../audit.ts'
import { dispatchNoticeJob } from './dispatch-notice.ts'
import { recordEvents } from './notice-events.ts'
import { loadNoticeWorld } from './notice-facts.ts'
import { applyRecheck, findMessageFacts } from './recheck-notice.ts'
import { visibleNotice } from './visible-notice.ts'

interface Decision {
  ids: readonly string[]
  /** Why, in the person's words; kept in the notice's history. */
  reason?: string | null | undefined
}

interface Decided {
  id: string
  outcome: 'done' | 'refused'
  code: RefusalCode | null
  /** Why it cannot be released, where that is the refusal. */
  reason: NoticeReasonCode | null
  params: NoticeReasonParams
  state: NoticeState | null
}

/** What keeps a notice back still stands: the answer says what, and until when. */
class StillKept extends Refusal {
  readonly kept: { reason: NoticeReasonCode; params: NoticeReasonParams }
  constructor(reason: NoticeReasonCode, params: NoticeReasonParams = {}) {
    super(reason === 'disputed' ? 'receivable-disputed' : 'notice-not-releasable')
    this.kept = { reason, params }
  }
}

interface Locked {
  id: string
  state: NoticeState
  reason: string | null
}

interface Step {
  state: NoticeState
  reason: NoticeReasonCode | null
  because: NoticeReasonCode | null
  set: Partial<Omit<typeof noticeMessages.$inferInsert, 'version'>>
}

/**
 * One decision on many notices, each in a transaction of its own, so that one that cannot be done does not undo the others. Of two
 * people who decide at once the lock lets one win; the other finds another state.
 */
async function decide(
  ctx: AppContext,
  viewer: Viewer,
  input: Decision,
  action: AuditEntry['action'],
  step: (tx: Transaction, notice: Locked) => Promise<Step>,
) {
  const refusal = permissionRefusal(viewer, 'review-notices')
  if (refusal) throw new Refusal(refusal)
  const results: Decided[] = []
  const toRing: string[] = []
  for (const id of new Set(input.ids)) {
    let known: NoticeState | null = null
    try {
      const state = await ctx.db.transaction(async (tx) => {
        const [notice] = await tx
          .select({ id: noticeMessages.id, state: noticeMessages.state, reason: noticeMessages.reason })
          .from(noticeMessages)
          .innerJoin(customers, eq(customers.id, noticeMessages.customerId))
          .where(and(eq(noticeMessages.id, id), visibleNotice(viewer)))
          .for('update', { of: noticeMessages })
        if (!notice) throw new Refusal('not-found')
        known = notice.state
        const next = await step(tx, notice)
        await tx
          .update(noticeMessages)
          .set({
            ...next.set,
            state: next.state,
            reason: next.reason,
            claimToken: null,
            leaseUntil: null,
            nextAttemptAt: next.state === 'planned' ? sql`statement_timestamp()` : null,
            version: sql`${noticeMessages.version} + 1`,
            updatedAt: ctx.now(),
          })
          .where(eq(noticeMessages.id, id))
        await recordEvents(tx, ctx, [
          {
            messageId: id,
            fromState: notice.state,
            toState: next.state,
            reason: next.because ?? next.reason,
            actorId: viewer.userId,
            detail: input.reason ?? null,
          },
        ])
        await recordAudit(tx, ctx, viewer, {
          action,
          entity: 'notice',
          entityId: id,
          changes: { state: [notice.state, next.state], ...(input.reason ? { reason: input.reason } : {}) },
        })
        return next.state
      })
      if (state === 'planned') toRing.push(id)
      results.push({ id, outcome: 'done', code: null, reason: null, params: {}, state })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { reason, params } = error instanceof StillKept ? error.kept : { reason: null, params: {} }
      results.push({ id, outcome: 'refused', code: error.code, reason, params, state: known })
    }
  }
  // The sweep rings again: a queue that is away must not undo what was decided.
  for (const id of toRing)
    await ctx.queue
      .add(dispatchNoticeJob, { id }, { key: id })
      .catch((error: unknown) => ctx.log.warn({ err: error }, 'could not ring for a notice'))
  const done = results.filter((result) => result.outcome === 'done').length
  return { done, refused: results.length - done, results }
}

/**
 * Releases held notices: reviewed ones, and others whose reason is gone. A pause, a promise, a limit of contacts or silent balances are not
 * overruled here: whoever may end them ends them where they stand. Refuses per id `not-found`, `notice-state-conflict`,
 * `receivable-disputed` and `notice-not-releasable`, the last two with the reason that stands and until when; all at once `not-allowed`.
 */
export async function releaseNotices(ctx: AppContext, viewer: Viewer, input: Decision) {
  const world = await loadNoticeWorld(ctx.db)
  return decide(ctx, viewer, input, 'release', async (tx, notice) => {
    if (notice.state !== 'held') throw new Refusal('notice-state-conflict')
    const approved = { reviewedBy: viewer.userId, reviewedAt: ctx.now() }
    const [facts] = await findMessageFacts(tx, ctx, world, [notice.id], null)
    if (!facts) throw new Refusal('not-found')
    const { verdict } = facts.check
    const inReview = notice.reason === 'review'
    // A review that comes late is still a person's decision. What has come up since it waits for review is told: it would not leave.
    const late = inReview && verdict.kind === 'cancel' && verdict.reason === 'too-old'
    if (verdict.kind === 'cancel' && !late) throw new StillKept(verdict.reason)
    if (verdict.kind === 'hold' && verdict.reason !== 'review') throw new StillKept(verdict.reason, verdict.params)
    if (!inReview) await applyRecheck(tx, ctx, facts)
    return { state: 'planned', reason: null, because: null, set: approved }
  })
}

const cancellable: readonly NoticeState[] = ['planned', 'deferred', 'held', 'failed']

/** Cancels notices that have not left; they never leave. Refuses per id `not-found`, `notice-state-conflict`; all at once `not-allowed`. */
export async function cancelNotices(ctx: AppContext, viewer: Viewer, input: Decision) {
  return decide(ctx, viewer, input, 'cancel', async (_tx, notice) => {
    if (!cancellable.includes(notice.state)) throw new Refusal('notice-state-conflict')
    return { state: 'cancelled', reason: 'cancelled-by-hand', because: null, set: {} }
  })
}

/** Tries failed or deferred notices again at once. Refuses per id `not-found`, `notice-state-conflict`; all at once `not-allowed`. */
export async function retryNotices(ctx: AppContext, viewer: Viewer, input: Decision) {
  return decide(ctx, viewer, input, 'retry', async (_tx, notice) => {
    if (notice.state !== 'failed' && notice.state !== 'deferred') throw new Refusal('notice-state-conflict')
    return {
      state: 'planned',
      reason: null,
      because: null,
      set: { attempt: 0, reviewedBy: viewer.userId, reviewedAt: ctx.now() },
    }
  })
}

/**
 * Decides uncertain notices: they were sent, or they are sent again, knowing that the customer may get them twice. Refuses per id
 * `not-found`, `notice-state-conflict`; all at once `not-allowed`.
 */
export async function resolveNotices(ctx: AppContext, viewer: Viewer, input: Decision & { as: 'sent' | 'send-again' }) {
  return decide(ctx, viewer, input, input.as === 'sent' ? 'close' : 'retry', async (tx, notice) => {
    if (notice.state !== 'uncertain') throw new Refusal('notice-state-conflict')
    if (input.as === 'sent') {
      const [row] = await tx.select({ at: noticeMessages.updatedAt }).from(noticeMessages).where(eq(noticeMessages.id, notice.id))
      return { state: 'sent', reason: null, because: 'marked-as-sent', set: { sentAt: row?.at ?? ctx.now() } }
    }
    return {
      state: 'planned',
      reason: null,
      because: 'sent-again',
      set: { attempt: 0, reviewedBy: viewer.userId, reviewedAt: ctx.now() },
    }
  })
}
