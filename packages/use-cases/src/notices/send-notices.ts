import type { CalendarDay } from '@cartera/domain/calendar-day'
import type { AppContext } from '../app-context.ts'
import { claimNotices, type DueScope, findSenderOf, giveBack } from './claim-notices.ts'
import { type EpochProblem, epochProblem } from './installation-epoch.ts'
import { type Prepared, prepareNotices, type Sent } from './prepare-notices.ts'
import { newLane, Sender } from './send-claimed.ts'
import type { Sending } from './sending.ts'
import { SendingRun } from './sending-run.ts'
import { SessionPool } from './session-pool.ts'

/** Why this process sends nothing now. */
export interface SendingProblem {
  reason: EpochProblem | 'journal-unwritable'
  detail: string | null
}

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
  if ((await sendingProblem(ctx)) !== null) return null
  const sessions = new SessionPool(ctx, 1)
  try {
    // A payment exactly at the gate sends the message back to be looked at again, at once.
    for (let round = 0; round < 3; round += 1) {
      const state = await dispatchOnce(ctx, messageId, sessions, options.day)
      if (state === 'not-due') return round === 0 ? null : 'planned'
      if (state !== 'again') return state
    }
    return 'planned'
  } finally {
    sessions.close()
  }
}

async function dispatchOnce(
  ctx: AppContext,
  messageId: string,
  sessions: SessionPool,
  day: CalendarDay | undefined,
): Promise<Sent | 'not-due'> {
  const { sending, sender } = partsOf(ctx)
  const whose = await findSenderOf(ctx.db, messageId)
  if (!whose) return 'not-due'
  const claims = await claimNotices(ctx, sending, whose, 1, { ids: [messageId] })
  const ready: Prepared[] = []
  const { decided, left, error } = await prepareNotices(ctx, sending, claims, (prepared) => ready.push(prepared), { day })
  await giveBack(ctx, left)
  if (error !== undefined) throw error
  const [prepared] = ready
  if (!prepared) return decided.get(messageId) ?? null
  return (await sender.deliver(prepared, sessions, newLane())).settled
}

/**
 * Sends all that is due (within the scope), in as many lanes as the process has, until nothing is. Answers how many were accepted. With
 * `signal` aborted it finishes what it has in hand and gives the rest back.
 */
export async function sendDueNotices(
  ctx: AppContext,
  options: DueScope & { day?: CalendarDay; lanes?: number; signal?: AbortSignal } = {},
): Promise<{ sent: number; problem: SendingProblem | null }> {
  const { sending, sender } = partsOf(ctx)
  const problem = await sendingProblem(ctx)
  if (problem !== null) return { sent: 0, problem }
  const sent = await new SendingRun(ctx, sending, sender, { ...options, lanes: options.lanes ?? sending.lanes }).run()
  return { sent, problem: null }
}
