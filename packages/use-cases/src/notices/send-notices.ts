import type { CalendarDay } from '@cartera/domain/calendar-day'
import type { AppContext } from '../app-context.ts'
import { claimNotices, type DueScope, type DueSender, findDueSenders, findSenderOf } from './claim-notices.ts'
import { type EpochProblem, epochProblem } from './installation-epoch.ts'
import { Sender, type Sent, SessionCache } from './send-claimed.ts'
import type { Sending } from './sending.ts'

/** Why this process sends nothing now. */
export interface SendingProblem {
  reason: EpochProblem | 'journal-unwritable'
  detail: string | null
}

/** Messages that a lane takes at a time: enough to load their facts together, few enough that what it knows of them is fresh. */
const mostPerClaim = 16
const firstPerClaim = 4
const restMs = 1000
/** Connections to one mail account at a time, over all lanes of a process: providers refuse more. */
const mostLanesPerSender = 10

const senders = new WeakMap<AppContext, Sender>()

/** What a process sends with, one per context. */
function partsOf(ctx: AppContext): { sending: Sending; sender: Sender } {
  const { sending } = ctx
  if (sending === null) throw new Error('this process was not made to send notices')
  let sender = senders.get(ctx)
  if (!sender) {
    sender = new Sender(ctx, sending)
    senders.set(ctx, sender)
  }
  return { sending, sender }
}

/** Whether this process may send: the database is the one that it sends for, and its journal takes lines. Null when it may. */
export async function sendingProblem(ctx: AppContext): Promise<SendingProblem | null> {
  const { sending } = partsOf(ctx)
  const problem = await sending.journal.problem()
  if (problem !== null) return { reason: 'journal-unwritable', detail: problem }
  const epoch = await epochProblem(ctx, sending)
  return epoch === null ? null : { reason: epoch, detail: null }
}

/**
 * Sends one message if it is due, asked for by its id. Safe to call for any id at any time, any number of times, side by side. Answers
 * the state in which it left the message, or null when it was not its to send.
 */
export async function dispatchNotice(
  ctx: AppContext,
  messageId: string,
  options: { day?: CalendarDay } = {},
): Promise<Exclude<Sent, 'again'>> {
  const { sending, sender } = partsOf(ctx)
  if ((await sendingProblem(ctx)) !== null) return null
  const sessions = new SessionCache()
  try {
    // A payment exactly at the gate sends the message back to be looked at again, at once.
    for (let round = 0; round < 3; round += 1) {
      const whose = await findSenderOf(ctx.db, messageId)
      if (!whose) return round === 0 ? null : 'planned'
      const claims = await claimNotices(ctx, sending, whose, 1, { ids: [messageId] })
      if (claims.length === 0) return null
      const state = (await sender.send(claims, sessions, { day: options.day })).get(messageId) ?? null
      if (state !== 'again') return state
    }
    return 'planned'
  } finally {
    sessions.close()
  }
}

/**
 * Sends all that is due (within `scope`), in as many lanes as the process has, until nothing is: sender by sender in turn, so that one with
 * thousands does not keep the others waiting. Answers how many were accepted.
 */
export async function sendDueNotices(
  ctx: AppContext,
  options: DueScope & { day?: CalendarDay; lanes?: number; stopping?: () => boolean } = {},
): Promise<{ sent: number; problem: SendingProblem | null }> {
  const { sending, sender } = partsOf(ctx)
  const problem = await sendingProblem(ctx)
  if (problem !== null) return { sent: 0, problem }
  const { day, lanes = sending.lanes, stopping = () => false, ...scope } = options
  const turns = new Turns(ctx, scope)
  let sent = 0
  // A claim's messages should leave within a tenth of its lease, however slow server and machine are.
  let most = firstPerClaim
  let failed: unknown
  const lane = async () => {
    const sessions = new SessionCache()
    try {
      while (!stopping()) {
        const turn = await turns.take()
        if (turn === 'over') break
        if (turn === 'wait') {
          await new Promise((resolve) => setTimeout(resolve, 50))
          continue
        }
        let claimed = 0
        try {
          const limit = turn.connectFailures > 0 ? 1 : Math.max(1, Math.min(most, Math.ceil(turn.due / lanes)))
          const claims = await claimNotices(ctx, sending, turn, limit, scope)
          claimed = claims.length
          if (claimed === 0) continue
          const began = performance.now()
          for (const state of (await sender.send(claims, sessions, { day, stopping })).values()) if (state === 'sent') sent += 1
          const perMessage = (performance.now() - began) / claimed
          most = Math.max(1, Math.min(mostPerClaim, 2 * most, Math.floor((sending.leaseSeconds * 100) / perMessage)))
        } catch (error) {
          // A moment without database ends a turn, not the lane.
          ctx.log.warn({ err: error }, 'sending was interrupted')
          failed = error
          await new Promise((resolve) => setTimeout(resolve, 200))
        } finally {
          turns.done(turn, claimed)
        }
      }
    } finally {
      sessions.close()
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane))
  for (const each of ended) if (each.status === 'rejected') throw each.reason
  if (failed !== undefined && sent === 0) throw failed
  return { sent, problem: null }
}

/** Whose turn it is. */
class Turns {
  readonly #ctx: AppContext
  readonly #scope: DueScope
  #list: DueSender[] = []
  #loading: Promise<void> | undefined
  readonly #busy = new Map<string | null, number>()
  /** Senders of whom nothing could be claimed just now: others were quicker, or this machine may not send any more. */
  readonly #resting = new Map<string | null, number>()

  constructor(ctx: AppContext, scope: DueScope) {
    this.#ctx = ctx
    this.#scope = scope
  }

  /** The next sender; `wait` while others are at work and may leave something; `over` when nothing is due. */
  async take(): Promise<DueSender | 'wait' | 'over'> {
    for (const fresh of [false, true]) {
      if (fresh) {
        this.#loading ??= findDueSenders(this.#ctx.db, this.#scope)
          .then((list) => {
            const now = performance.now()
            this.#list = list.filter((each) => (this.#resting.get(each.senderId) ?? 0) <= now)
          })
          .finally(() => {
            this.#loading = undefined
          })
        await this.#loading
      }
      const at = this.#list.findIndex((each) => (this.#busy.get(each.senderId) ?? 0) < allowed(each))
      const turn = this.#list[at]
      if (!turn) continue
      // To the end of the row, so that the others come first.
      this.#list.splice(at, 1)
      this.#list.push(turn)
      this.#busy.set(turn.senderId, (this.#busy.get(turn.senderId) ?? 0) + 1)
      return turn
    }
    return [...this.#busy.values()].some((count) => count > 0) ? 'wait' : 'over'
  }

  done(turn: DueSender, claimed: number): void {
    this.#busy.set(turn.senderId, (this.#busy.get(turn.senderId) ?? 1) - 1)
    if (claimed === 0) this.#resting.set(turn.senderId, performance.now() + restMs)
    const left = turn.due - claimed
    this.#list = this.#list.filter((each) => each.senderId !== turn.senderId || (claimed > 0 && left > 0))
    const still = this.#list.find((each) => each.senderId === turn.senderId)
    if (still) still.due = left
  }
}

const allowed = (sender: DueSender) => (sender.connectFailures > 0 ? 1 : mostLanesPerSender)
