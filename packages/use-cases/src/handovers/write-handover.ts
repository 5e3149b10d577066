import { handoverMoves, handovers } from '@cartera/db/schema/handovers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import { coverErrors, handoverErrors } from '@cartera/domain/handovers/handover'
import { Refusal } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { companyToday } from '../company/company-settings.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { refuseItems } from '../receivables/refuse-items.ts'
import { carryOut, doDueHandoversJob, giveBack } from './carry-out.ts'
import { findMovers, previewHandover, showHandover } from './find-handovers.ts'
import { alongCounts, type Moved } from './moved-kinds.ts'
import { type Handover, lockVisibleHandover, requireChangeAgents } from './visible-handover.ts'

interface SeenMove {
  fromUserId: string
  toUserId: string
  customers: number
  followUps?: number | undefined
  interactions?: number | undefined
  opportunities?: number | undefined
  cases?: number | undefined
  quotes?: number | undefined
}

export interface NewHandover {
  role: Handover['role']
  followUps: boolean
  interactions: boolean
  opportunities: boolean
  cases: boolean
  quotes: boolean
  startsOn?: CalendarDay | null | undefined
  endsOn?: CalendarDay | null | undefined
  note?: string | null | undefined
  moves: readonly SeenMove[]
}

/** More customers than these are moved by the worker at once, not while the person's request waits. */
const mostInRequest = 10_000

/**
 * Hands the customers of agents, as far as the viewer sees them, to others: today at once, else on its day; with `endsOn` as cover that returns by
 * itself. What the person saw must still hold, else `changed-meanwhile`. Refuses `not-allowed`, `reference-unknown`, `handover-same-agent`,
 * `duplicate-in-request`, `day-in-past`, `day-too-far`, `period-reversed`.
 */
export async function createHandover(ctx: AppContext, viewer: Viewer, input: NewHandover) {
  requireChangeAgents(viewer)
  const today = await companyToday(ctx)
  const startsOn = input.startsOn ?? today
  const endsOn = input.endsOn ?? null
  refuseItems(handoverErrors({ moves: input.moves, startsOn, endsOn }, today))
  const seen = await previewHandover(ctx, viewer, input)
  const counts = new Map(seen.items.map((item) => [item.from.id, item]))
  requireAsSeen(input, counts)
  const moved = [...counts.values()].reduce((sum, item) => sum + item.customers, 0)
  const atOnce = startsOn === today && moved <= mostInRequest
  const handoverId = await ctx.db.transaction(async (tx) => {
    await findMovers(tx, input.moves)
    const [made] = await tx
      .insert(handovers)
      .values({
        role: input.role,
        state: 'planned',
        startsOn,
        endsOn,
        note: input.note ?? null,
        movesFollowUps: input.followUps,
        movesInteractions: input.interactions,
        movesOpportunities: input.opportunities,
        movesCases: input.cases,
        movesQuotes: input.quotes,
        createdBy: viewer.userId,
        createdAt: ctx.now(),
      })
      .returning()
    if (!made) throw new Error('the handover was not written')
    await tx
      .insert(handoverMoves)
      .values(input.moves.map(({ fromUserId, toUserId }) => ({ handoverId: made.id, fromUserId, toUserId })))
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'handover',
      entityId: made.id,
      changes: { ...input, moves: input.moves.map(({ fromUserId, toUserId }) => ({ fromUserId, toUserId })), startsOn, endsOn },
    })
    // Counted again under the locks: what moves is what was seen, or nothing does.
    if (atOnce) requireAsSeen(input, await carryOut(tx, ctx, viewer, made))
    return made.id
  })
  if (startsOn === today && !atOnce) await ctx.queue.add(doDueHandoversJob, {})
  return showHandover(ctx.db, viewer, handoverId)
}

/** What moves along and was not chosen, or not seen, does not count. */
function requireAsSeen(input: NewHandover, found: ReadonlyMap<string, Moved>): void {
  for (const move of input.moves) {
    const now = found.get(move.fromUserId)
    const same =
      now?.customers === move.customers &&
      alongCounts.every((count) => !input[count] || move[count] === undefined || now[count] === move[count])
    if (!same) throw new Refusal('changed-meanwhile')
  }
}

const gone = () => new Refusal('changed-meanwhile')

/**
 * Moves the first day of what is planned, or the last day of what is planned or covers; without a last day a cover stays for good. Refuses `not-allowed`,
 * `not-found`, `changed-meanwhile` (also where it is past changing), `day-in-past`, `day-too-far`, `period-reversed`.
 */
export async function changeHandover(
  ctx: AppContext,
  viewer: Viewer,
  handoverId: string,
  input: { startsOn?: CalendarDay | undefined; endsOn?: CalendarDay | null | undefined; version: number },
) {
  requireChangeAgents(viewer)
  const today = await companyToday(ctx)
  return ctx.db.transaction(async (tx) => {
    const before = await lockVisibleHandover(tx, viewer, handoverId)
    const changeable = before.state === 'planned' || (before.state === 'covering' && input.startsOn === undefined)
    if (before.version !== input.version || !changeable) throw gone()
    const after = {
      startsOn: input.startsOn ?? before.startsOn,
      endsOn: input.endsOn === undefined ? before.endsOn : input.endsOn,
    }
    refuseItems(
      before.state === 'planned'
        ? handoverErrors({ moves: [], ...after }, today)
        : coverErrors(after.startsOn, after.endsOn, today),
    )
    const state = before.state === 'covering' && after.endsOn === null ? ('done' as const) : before.state
    const changes = changesBetween(before, { ...after, state })
    if (Object.keys(changes).length > 0) {
      await tx
        .update(handovers)
        .set({ ...after, state, problem: null, version: before.version + 1 })
        .where(eq(handovers.id, handoverId))
      await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'handover', entityId: handoverId, changes })
    }
    return showHandover(tx, viewer, handoverId)
  })
}

/** Cancels what is planned, before its day. Refuses `not-allowed`, `not-found`, `changed-meanwhile`. */
export async function cancelHandover(ctx: AppContext, viewer: Viewer, handoverId: string, input: { version: number }) {
  requireChangeAgents(viewer)
  return ctx.db.transaction(async (tx) => {
    const before = await lockVisibleHandover(tx, viewer, handoverId)
    if (before.version !== input.version || before.state !== 'planned') throw gone()
    await tx
      .update(handovers)
      .set({ state: 'cancelled', endedAt: ctx.now(), endedBy: viewer.userId, problem: null, version: before.version + 1 })
      .where(eq(handovers.id, handoverId))
    await recordAudit(tx, ctx, viewer, {
      action: 'cancel',
      entity: 'handover',
      entityId: handoverId,
      changes: { state: [before.state, 'cancelled'] },
    })
    return showHandover(tx, viewer, handoverId)
  })
}

/**
 * Gives back what still stands as a handover left it; the author all of it, another of what they see. Refuses `not-allowed`, `not-found`,
 * `changed-meanwhile` (also where it is not carried out, or is undone already).
 */
export async function undoHandover(ctx: AppContext, viewer: Viewer, handoverId: string, input: { version: number }) {
  requireChangeAgents(viewer)
  return ctx.db.transaction(async (tx) => {
    const before = await lockVisibleHandover(tx, viewer, handoverId)
    if (before.version !== input.version || (before.state !== 'done' && before.state !== 'covering')) throw gone()
    const within = before.createdBy === viewer.userId ? undefined : visibleCustomer(viewer)
    await giveBack(tx, ctx, viewer, before, { state: 'undone', within })
    return showHandover(tx, viewer, handoverId)
  })
}
