import { randomUUID } from 'node:crypto'
import type { Transaction } from '@cartera/db/connect'
import { noticeMessages, noticeRecipients } from '@cartera/db/schema/notices'
import { mailAccounts } from '@cartera/db/schema/organisation'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import type { NoticeReasonCode, NoticeState } from '@cartera/domain/notices/notice-states'
import { attemptsOfNotice, retryDelayMinutes } from '@cartera/domain/notices/retry-delay'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { defineJob } from '../jobs/job.ts'
import { type MailAccount, smtpOptionsOf } from '../mail-accounts/open-transport.ts'
import { itemsThatStand, makeNoticeMail, type NoticeMail } from './message-content.ts'
import { recordEvents } from './notice-events.ts'
import { loadNoticeWorld } from './notice-facts.ts'
import { applyRecheck, findMessageFacts, type MessageFacts, stateOfVerdict } from './recheck-notice.ts'
import { TemplateProblem } from './render-notice.ts'
import { type Delivery, SmtpSession } from './smtp-session.ts'

/** Minutes for which a claim holds; by the clock of the database, so that clocks of machines do not matter. */
const leaseMinutes = 5

/** Open connections of one sender after the other: a run of many messages signs in once per account and lane. */
export class SessionCache {
  #key = ''
  #session: SmtpSession | undefined

  async of(ctx: AppContext, account: MailAccount): Promise<SmtpSession> {
    const key = `${account.userId} ${account.version}`
    if (this.#session && this.#key === key) return this.#session
    this.close()
    this.#session = new SmtpSession(await smtpOptionsOf(ctx, account))
    this.#key = key
    return this.#session
  }

  close(): void {
    this.#session?.quit()
    this.#session = undefined
  }
}

/**
 * Sends one message if it is due: claims it, checks everything again, renders it, and hands it to the sender's mail server with the gate
 * before the final dot. Safe to call for any id at any time, any number of times, side by side. Answers the state in which it left the
 * message, or null when it was not its to send.
 */
export async function dispatchNotice(
  ctx: AppContext,
  messageId: string,
  options: { day?: CalendarDay; sessions?: SessionCache } = {},
): Promise<NoticeState | null> {
  const token = randomUUID()
  // A payment exactly at the gate sends the message back to be looked at again, at once.
  for (let round = 0; round < 3; round += 1) {
    if (!(await claim(ctx, messageId, token, round > 0))) return null
    const state = await attempt(ctx, messageId, token, options)
    if (state !== 'again') return state
  }
  return 'planned'
}

async function claim(ctx: AppContext, messageId: string, token: string, again: boolean): Promise<boolean> {
  return ctx.db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ from_state: NoticeState }>(sql`
      update notice_messages m
      set state = 'claimed', claim_token = ${token}, lease_until = statement_timestamp() + ${leaseMinutes} * interval '1 minute',
        attempt = m.attempt + ${again ? 0 : 1}, version = m.version + 1, updated_at = ${ctx.now().toISOString()}
      from (select id, state from notice_messages where id = ${messageId} for update) old
      where m.id = old.id and old.state in ('planned', 'deferred')
        and (m.next_attempt_at is null or m.next_attempt_at <= statement_timestamp())
      returning old.state as from_state`)
    const [row] = rows
    if (!row) return false
    await recordEvents(tx, ctx, [{ messageId, fromState: row.from_state, toState: 'claimed', reason: null }])
    return true
  })
}

/** Runs `work` if the message is still ours; says whether it was. */
async function whileClaimed(
  ctx: AppContext,
  messageId: string,
  token: string,
  states: readonly NoticeState[],
  work: (tx: Transaction, state: NoticeState) => Promise<void>,
): Promise<boolean> {
  return ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .select({ state: noticeMessages.state })
      .from(noticeMessages)
      .where(
        and(eq(noticeMessages.id, messageId), eq(noticeMessages.claimToken, token), inArray(noticeMessages.state, [...states])),
      )
      .for('update')
    if (!row) return false
    await work(tx, row.state)
    return true
  })
}

interface Outcome {
  state: NoticeState
  reason: NoticeReasonCode | null
  detail?: string | null
  /** The event's reason where it says more than the message's. */
  because?: NoticeReasonCode
  set?: Partial<typeof noticeMessages.$inferInsert>
  retryInMinutes?: number
  burnsAttempt?: boolean
}

async function writeOutcome(
  tx: Transaction,
  ctx: AppContext,
  messageId: string,
  from: NoticeState,
  outcome: Outcome,
): Promise<void> {
  const waits = outcome.state === 'planned' || outcome.state === 'deferred'
  await tx
    .update(noticeMessages)
    .set({
      state: outcome.state,
      reason: outcome.reason,
      // The token stays on what a late answer could still settle.
      ...(outcome.state === 'uncertain' ? {} : { claimToken: null }),
      leaseUntil: null,
      nextAttemptAt: waits ? sql`statement_timestamp() + ${outcome.retryInMinutes ?? 0} * interval '1 minute'` : null,
      ...(outcome.burnsAttempt === false ? { attempt: sql`greatest(${noticeMessages.attempt} - 1, 0)` } : {}),
      version: sql`${noticeMessages.version} + 1`,
      updatedAt: ctx.now(),
      ...outcome.set,
    })
    .where(eq(noticeMessages.id, messageId))
  await recordEvents(tx, ctx, [
    {
      messageId,
      fromState: from,
      toState: outcome.state,
      reason: outcome.because ?? outcome.reason,
      detail: outcome.detail ?? null,
    },
  ])
}

async function attempt(
  ctx: AppContext,
  messageId: string,
  token: string,
  options: { day?: CalendarDay; sessions?: SessionCache },
): Promise<NoticeState | 'again' | null> {
  const finish = async (outcome: Outcome, facts?: MessageFacts): Promise<NoticeState | null> => {
    const ours = await whileClaimed(ctx, messageId, token, ['claimed', 'dispatching'], async (tx, from) => {
      if (facts) await applyRecheck(tx, ctx, facts)
      await writeOutcome(tx, ctx, messageId, from, outcome)
    })
    return ours ? outcome.state : null
  }

  // Everything again, as it is now.
  const world = await loadNoticeWorld(ctx.db)
  const [facts] = await findMessageFacts(ctx.db, ctx, world, [messageId], options.day ?? null)
  if (!facts) return null
  const { check } = facts
  if (check.verdict.kind !== 'send')
    return finish({ ...stateOfVerdict(check), burnsAttempt: false, ...waitOf(check.verdict.kind) }, facts)
  if (facts.message.attempt > attemptsOfNotice) return finish({ state: 'failed', reason: 'too-many-attempts' })
  if (!(await whileClaimed(ctx, messageId, token, ['claimed'], (tx) => applyRecheck(tx, ctx, facts)))) return null

  const [account] = await ctx.db
    .select()
    .from(mailAccounts)
    .where(eq(mailAccounts.userId, facts.customer.sender.user?.id ?? ''))
  if (account?.state !== 'verified') return finish({ state: 'held', reason: 'no-sender', burnsAttempt: false })

  const standing = itemsThatStand(facts)
  let mail: NoticeMail
  try {
    mail = await makeNoticeMail(ctx, world, facts, account)
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error
    return finish({ state: 'failed', reason: 'template-invalid', detail: error.es, burnsAttempt: false })
  }
  const { subject, source, to } = mail

  const own = options.sessions === undefined
  const sessions = options.sessions ?? new SessionCache()
  try {
    const session = await sessions.of(ctx, account)
    const delivery = await session.deliver({ from: account.address, to }, source, () =>
      passGate(ctx, messageId, token, standing, { subject, source }),
    )
    return await settleDelivery(ctx, messageId, token, facts, account, delivery)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    // The account cannot be used as it is: its host became private, or its password cannot be read.
    if (error.code === 'mail-server-unreachable')
      return settleDelivery(ctx, messageId, token, facts, account, {
        kind: 'not-reached',
        response: String(error.params.response ?? error.code),
      })
    return settleDelivery(ctx, messageId, token, facts, account, { kind: 'account-refused', response: error.code })
  } finally {
    if (own) sessions.close()
  }
}

/** A message that waits for a business day is looked at again in a while, not at once. */
function waitOf(verdict: string): { retryInMinutes?: number } {
  return verdict === 'wait' ? { retryInMinutes: 15 } : {}
}

/**
 * The point of no return, while the server waits for the final dot: the receivables are locked against payments and are still what the
 * mail says, and the message is still ours; then, and only then, it moves to `dispatching` with the mail exactly as handed over.
 */
async function passGate(
  ctx: AppContext,
  messageId: string,
  token: string,
  standing: MessageFacts['items'],
  mail: { subject: string; source: Buffer },
): Promise<boolean> {
  return ctx.db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ id: string; balance_minor: string; due_on: string; disputed: boolean }>(sql`
      select id, balance_minor, due_on, disputed_at is not null as disputed from receivables
      where id = any(${sql.param([...new Set(standing.map((item) => item.receivable.id))])}::uuid[])
      order by id for share`)
    const now = new Map(rows.map((row) => [row.id, row]))
    const unchanged = standing.every(({ receivable }) => {
      const row = now.get(receivable.id)
      return row && !row.disputed && BigInt(row.balance_minor) === receivable.balanceMinor && row.due_on === receivable.dueOn
    })
    if (!unchanged) return false
    const moved = await tx
      .update(noticeMessages)
      .set({
        state: 'dispatching',
        reason: null,
        subject: mail.subject,
        source: mail.source,
        leaseUntil: sql`statement_timestamp() + ${leaseMinutes} * interval '1 minute'`,
        version: sql`${noticeMessages.version} + 1`,
        updatedAt: ctx.now(),
      })
      .where(
        and(
          eq(noticeMessages.id, messageId),
          eq(noticeMessages.claimToken, token),
          eq(noticeMessages.state, 'claimed'),
          sql`${noticeMessages.leaseUntil} > statement_timestamp()`,
        ),
      )
      .returning({ id: noticeMessages.id })
    if (moved.length === 0) return false
    await recordEvents(tx, ctx, [{ messageId, fromState: 'claimed', toState: 'dispatching', reason: null }])
    return true
  })
}

async function settleDelivery(
  ctx: AppContext,
  messageId: string,
  token: string,
  facts: MessageFacts,
  account: MailAccount,
  delivery: Delivery,
): Promise<NoticeState | 'again' | null> {
  const settle = async (outcome: Outcome, more?: (tx: Transaction) => Promise<void>) => {
    // With the answer in hand a message that the sweep already called uncertain is settled too, unless somebody decided meanwhile.
    const states: NoticeState[] = delivery.kind === 'accepted' ? ['dispatching', 'uncertain'] : ['claimed', 'dispatching']
    const ours = await insistently(ctx, () =>
      whileClaimed(ctx, messageId, token, states, async (tx, from) => {
        await more?.(tx)
        await writeOutcome(tx, ctx, messageId, from, outcome)
      }),
    )
    return ours ? outcome.state : null
  }
  const deferredOrFailed = (reason: NoticeReasonCode, detail: string): Outcome => {
    const delay = retryDelayMinutes(facts.message.attempt)
    return delay === null
      ? { state: 'failed', reason, detail, set: { smtpResponse: detail } }
      : { state: 'deferred', reason, detail, retryInMinutes: delay, set: { smtpResponse: detail } }
  }

  switch (delivery.kind) {
    case 'accepted':
      return settle(
        {
          state: 'sent',
          reason: null,
          detail: delivery.response,
          set: { sentAt: ctx.now(), smtpResponse: delivery.response },
        },
        (tx) => writeRecipientOutcomes(tx, messageId, delivery.refused, delivery.accepted, delivery.response),
      )
    case 'gate-closed':
      // Paid, disputed or changed meanwhile, or no longer ours: nothing was accepted; look again at once.
      return (await settle({ state: 'planned', reason: null, because: 'changed-at-gate' })) === null ? null : 'again'
    case 'unknown':
      return settle({
        state: 'uncertain',
        reason: 'reply-lost',
        detail: delivery.response,
        set: { smtpResponse: delivery.response },
      })
    case 'not-reached':
      return settle(deferredOrFailed('connection-failed', delivery.response))
    case 'refused': {
      const allRefused = delivery.refused.length > 0
      return settle(
        delivery.permanent
          ? {
              state: 'failed',
              reason: allRefused ? 'recipients-refused' : 'refused',
              detail: delivery.response,
              set: { smtpResponse: delivery.response },
            }
          : deferredOrFailed('refused-temporarily', delivery.response),
        (tx) => writeRecipientOutcomes(tx, messageId, delivery.refused, [], ''),
      )
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
        async (tx) => {
          // Only the account as it was tried: somebody may have corrected it meanwhile.
          const paused = await tx
            .update(mailAccounts)
            .set({ state: 'paused', lastError: delivery.response.slice(0, 500), version: account.version + 1 })
            .where(and(eq(mailAccounts.userId, account.userId), eq(mailAccounts.version, account.version)))
            .returning({ userId: mailAccounts.userId })
          if (paused.length > 0) ctx.log.error({ userId: account.userId }, 'mail account paused: the server refused it')
        },
      )
  }
}

/** What the server answered must not be lost to a moment without database. */
async function insistently<T>(ctx: AppContext, work: () => Promise<T>): Promise<T> {
  for (const waitMs of [200, 1000, 3000]) {
    try {
      return await work()
    } catch (error) {
      ctx.log.warn({ err: error }, 'the outcome of a notice could not be written; trying again')
      await new Promise((resolve) => setTimeout(resolve, waitMs))
    }
  }
  return work()
}

async function writeRecipientOutcomes(
  tx: Transaction,
  messageId: string,
  refused: readonly { address: string; response: string }[],
  accepted: readonly string[],
  response: string,
): Promise<void> {
  if (accepted.length > 0)
    await tx
      .update(noticeRecipients)
      .set({ outcome: 'accepted', response })
      .where(and(eq(noticeRecipients.messageId, messageId), inArray(noticeRecipients.address, [...accepted])))
  for (const each of refused)
    await tx
      .update(noticeRecipients)
      .set({ outcome: 'refused', response: each.response })
      .where(and(eq(noticeRecipients.messageId, messageId), eq(noticeRecipients.address, each.address)))
}

/** The doorbell: carries the id only; the database says whether there is anything to do. */
export const dispatchNoticeJob = defineJob({
  name: 'dispatch-notice',
  payload: z.strictObject({ id: z.uuid() }),
  attempts: 1,
  async run(ctx, { id }) {
    await dispatchNotice(ctx, id)
  },
})
