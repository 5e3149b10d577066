import type { Transaction } from '@cartera/db/connect'
import { noticeRecipients } from '@cartera/db/schema/notices'
import { mailAccounts } from '@cartera/db/schema/organisation'
import { dayOfInstant } from '@cartera/domain/calendar-day'
import { connectDelaySeconds, retryDelayMinutes } from '@cartera/domain/notices/retry-delay'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import type { MailAccount } from '../mail-accounts/open-transport.ts'
import { pauseRefusedAccount } from '../mail-accounts/pause-refused-account.ts'
import { reportUndeliverable } from '../mail-addresses/report-undeliverable.ts'
import { giveBack } from './claim-notices.ts'
import { itemsThatStand } from './message-content.ts'
import type { JournalLine } from './notice-journal.ts'
import { Gate } from './pass-gate.ts'
import type { Prepared, Sent } from './prepare-notices.ts'
import type { Sending } from './sending.ts'
import type { Lent, SessionPool } from './session-pool.ts'
import { insistently, Settler } from './settle-sent.ts'
import type { Delivery, RefusedRecipient } from './smtp-session.ts'
import { type Outcome, whileClaimed, writeOutcome } from './write-outcome.ts'

/** One connection's worth of sending: one message after the other. */
export interface Lane {
  /** Whether the lane's last acceptance could be written to the journal: the next gate waits for it, so a lane has one in doubt at most. */
  written: Promise<boolean>
}

export const newLane = (): Lane => ({ written: Promise.resolve(true) })

/** What the delivery of a message came to. */
interface Delivered {
  /** Its server cannot be used at all now. */
  away: boolean
  /** The state in which the message was left, once that is in the database. */
  settled: Promise<Sent>
}

/** Sends prepared messages of this process: gate and settlements are shared by all of its lanes. */
export class Sender {
  readonly #ctx: AppContext
  readonly #sending: Sending
  readonly #gate: Gate
  readonly #settler: Settler
  /** How often in a row the gate stayed closed for a message: facts that disagree for long must not spin. */
  readonly #closed = new Map<string, number>()

  constructor(ctx: AppContext, sending: Sending) {
    this.#ctx = ctx
    this.#sending = sending
    this.#gate = new Gate(ctx, sending)
    this.#settler = new Settler(ctx, sending)
  }

  /**
   * Delivers one message. Answers once its server has spoken; the journal and the database are told meanwhile, and the lane's next gate
   * waits for the journal.
   */
  async deliver(prepared: Prepared, sessions: SessionPool, lane: Lane): Promise<Delivered> {
    const { claim, facts, account, mail, stamp } = prepared
    const receivables = new Map(itemsThatStand(facts).map(({ receivable }) => [receivable.id, receivable]))
    let unwritten = false
    const gate = async () => {
      if (!(await lane.written) || this.#sending.journal.broken) {
        unwritten = true
        return false
      }
      // What may leave today may be late tomorrow.
      if (dayOfInstant(this.#ctx.now(), prepared.timeZone) !== prepared.lookedOn) return false
      const began = performance.now()
      const open = await this.#gate.pass({
        ...claim,
        stamp,
        customerId: facts.customer.id,
        kind: facts.check.kind,
        day: facts.day,
        limits: facts.limits,
        subject: mail.subject,
        source: mail.source,
        receivables: [...receivables.values()],
      })
      // A process that was frozen since it asked does not send: its lease may have ended, and somebody may have decided.
      return open && performance.now() - began < this.#sending.leaseSeconds * 500
    }
    let delivery: Delivery
    let lent: Lent | undefined
    try {
      lent = await sessions.take(account)
      delivery = await lent.session.deliver({ from: account.address, to: mail.to }, mail.source, gate)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      // The account cannot be used as it is: its host became private, or its password cannot be read.
      delivery =
        error.code === 'mail-server-unreachable'
          ? { kind: 'not-reached', response: String(error.params.response ?? error.code) }
          : { kind: 'account-refused', response: error.code }
    } finally {
      if (lent) sessions.giveBack(lent)
    }
    if (delivery.kind === 'accepted') return { away: false, settled: this.#accepted(prepared, delivery, lane) }
    if (delivery.kind === 'gate-closed' && unwritten)
      return { away: true, settled: insistently(this.#ctx, () => giveBack(this.#ctx, [claim])).then(() => 'planned') }
    return {
      away: delivery.kind === 'not-reached' || delivery.kind === 'account-refused',
      settled: this.#notAccepted(prepared, delivery),
    }
  }

  /** An acceptance: the journal first, then the database. */
  async #accepted(prepared: Prepared, delivery: Extract<Delivery, { kind: 'accepted' }>, lane: Lane): Promise<Sent> {
    const ctx = this.#ctx
    const { claim, facts, account } = prepared
    const line: JournalLine = {
      messageId: claim.id,
      token: claim.token,
      attempt: facts.message.attempt,
      accepted: delivery.accepted,
      refused: delivery.refused,
      response: delivery.response,
      at: ctx.now().toISOString(),
    }
    // A disk that fails now does not undo the acceptance: the database is told at once, and no gate opens any more.
    const written = this.#sending.journal.append(line).then(
      () => true,
      (error: unknown) => {
        ctx.log.error({ err: error }, 'an acceptance could not be written to the journal')
        return false
      },
    )
    lane.written = written
    this.#closed.delete(claim.id)
    await written
    try {
      if (account.connectFailures > 0) await forgetFailures(ctx, account)
      if (!(await this.#settler.settle(line))) return null
      await this.#correctAddresses(prepared, delivery.refused)
      return 'sent'
    } catch (error) {
      ctx.log.error({ err: error, noticeId: claim.id }, 'an acceptance waits in the journal for the database')
      return null
    }
  }

  /** Writes what became of a message that was not accepted, or of which nobody knows. */
  async #notAccepted(prepared: Prepared, delivery: Exclude<Delivery, { kind: 'accepted' }>): Promise<Sent> {
    const ctx = this.#ctx
    const { claim, facts, account } = prepared
    const settle = async (outcome: Outcome, more?: (tx: Transaction) => Promise<void>): Promise<Sent> => {
      const ours = await insistently(ctx, () =>
        whileClaimed(ctx, claim, ['claimed', 'dispatching'], async (tx, from) => {
          await more?.(tx)
          await writeOutcome(tx, ctx, claim.id, from, outcome)
        }),
      )
      return ours ? outcome.state : null
    }
    if (delivery.kind !== 'gate-closed') this.#closed.delete(claim.id)
    if (delivery.kind !== 'not-reached' && account.connectFailures > 0) await forgetFailures(ctx, account)

    switch (delivery.kind) {
      case 'gate-closed': {
        // Paid, disputed or changed meanwhile, or no longer ours: nothing was accepted; looked at again at once.
        const rounds = (this.#closed.get(claim.id) ?? 0) + 1
        if (rounds < 3) this.#closed.set(claim.id, rounds)
        else this.#closed.delete(claim.id)
        const state = await settle({
          state: 'planned',
          reason: null,
          because: 'changed-at-gate',
          burnsAttempt: false,
          retryInSeconds: rounds < 3 ? 0 : 60,
        })
        return state === null ? null : 'again'
      }
      case 'unknown':
        return settle({
          state: 'uncertain',
          reason: 'reply-lost',
          detail: delivery.response,
          set: { smtpResponse: delivery.response },
        })
      case 'not-reached':
        // A server that is away says nothing about the message: no attempt is burnt, and the account is left alone for a while.
        return settle(
          {
            state: 'deferred',
            reason: 'connection-failed',
            detail: delivery.response,
            burnsAttempt: false,
            retryInSeconds: 60,
            set: { smtpResponse: delivery.response },
          },
          (tx) => leaveAlone(tx, account),
        )
      case 'refused': {
        const { permanent, refused, response } = delivery
        const outcome = permanent
          ? ({
              state: 'failed',
              reason: refused.length > 0 ? 'recipients-refused' : 'refused',
              detail: response,
              set: { smtpResponse: response },
            } as const)
          : deferredOrFailed(facts.message.attempt, response)
        const state = await settle(outcome, (tx) => writeRefused(tx, claim.id, refused))
        await this.#correctAddresses(prepared, refused)
        return state
      }
      case 'account-refused':
        return settle(
          {
            state: 'held',
            reason: 'no-sender',
            because: 'account-refused',
            detail: delivery.response,
            burnsAttempt: false,
            set: { smtpResponse: delivery.response },
          },
          (tx) => pauseRefusedAccount(tx, ctx, account, delivery.response),
        )
    }
  }

  /** Addresses refused for good: not written to again until a person has looked, and a task for the agent. */
  async #correctAddresses({ claim, facts }: Prepared, refused: readonly RefusedRecipient[]): Promise<void> {
    const ctx = this.#ctx
    for (const { address, response, permanent } of refused)
      if (permanent && address !== '')
        await ctx.db
          .transaction((tx) =>
            reportUndeliverable(tx, ctx, {
              customerId: facts.customer.id,
              address,
              reason: 'refused',
              detail: response,
              noticeMessageId: claim.id,
            }),
          )
          .catch((error: unknown) => ctx.log.error({ err: error, address }, 'a refused address could not be flagged'))
  }
}

function deferredOrFailed(attempt: number, detail: string): Outcome {
  const delay = retryDelayMinutes(attempt)
  const set = { smtpResponse: detail }
  return delay === null
    ? { state: 'failed', reason: 'refused-temporarily', detail, set }
    : { state: 'deferred', reason: 'refused-temporarily', detail, retryInSeconds: delay * 60, set }
}

async function writeRefused(tx: Transaction, messageId: string, refused: readonly RefusedRecipient[]): Promise<void> {
  for (const each of refused)
    await tx
      .update(noticeRecipients)
      .set({ outcome: 'refused', response: each.response })
      .where(and(eq(noticeRecipients.messageId, messageId), eq(noticeRecipients.address, each.address)))
}

/** A server that is away is tried again after a while, by one message at a time: it must not hold up the others' lanes. */
async function leaveAlone(tx: Transaction, account: MailAccount): Promise<void> {
  const seconds = connectDelaySeconds(account.connectFailures + 1)
  await tx
    .update(mailAccounts)
    .set({
      connectFailures: account.connectFailures + 1,
      unreachableUntil: sql`greatest(${mailAccounts.unreachableUntil}, statement_timestamp() + ${seconds} * interval '1 second')`,
    })
    .where(eq(mailAccounts.userId, account.userId))
}

async function forgetFailures(ctx: AppContext, account: MailAccount): Promise<void> {
  account.connectFailures = 0
  await ctx.db
    .update(mailAccounts)
    .set({ connectFailures: 0, unreachableUntil: null })
    .where(eq(mailAccounts.userId, account.userId))
    .catch((error: unknown) => ctx.log.warn({ err: error }, 'a mail server is back, which could not be noted'))
}
