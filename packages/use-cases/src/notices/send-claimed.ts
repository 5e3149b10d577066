import type { Querier, Transaction } from '@cartera/db/connect'
import { noticeMessages, noticeRecipients } from '@cartera/db/schema/notices'
import { mailAccounts } from '@cartera/db/schema/organisation'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import type { NoticeReasonCode, NoticeState } from '@cartera/domain/notices/notice-states'
import { attemptsOfNotice, connectDelaySeconds, retryDelayMinutes } from '@cartera/domain/notices/retry-delay'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { type MailAccount, smtpOptionsOf } from '../mail-accounts/open-transport.ts'
import { reportUndeliverable } from '../mail-addresses/report-undeliverable.ts'
import { type Claim, giveBack } from './claim-notices.ts'
import { TemplateProblem } from './liquid-text.ts'
import { itemsThatStand, makeNoticeMails, type NoticeMail } from './message-content.ts'
import { recordEvents } from './notice-events.ts'
import { loadNoticeWorld } from './notice-facts.ts'
import type { JournalLine } from './notice-journal.ts'
import { Gate } from './pass-gate.ts'
import { applyRecheck, findMessageFacts, type MessageFacts, secondsUntilOpen, stateOfVerdict } from './recheck-notice.ts'
import type { Sending } from './sending.ts'
import { insistently, Settler } from './settle-sent.ts'
import { type Delivery, type RefusedRecipient, SmtpSession } from './smtp-session.ts'

/** The state in which a message was left; `again`: the gate stayed closed, look at it again; null: it was not ours any more. */
export type Sent = NoticeState | 'again' | null

/** Connections of one lane: one at a time, kept while the sender stays the same, so that a run of messages signs in once. */
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

interface Outcome {
  state: NoticeState
  reason: NoticeReasonCode | null
  detail?: string | null
  /** The event's reason where it says more than the message's. */
  because?: NoticeReasonCode
  set?: Partial<typeof noticeMessages.$inferInsert>
  retryInSeconds?: number
  burnsAttempt?: boolean
}

/** May leave, its mail to be made. */
interface Cleared {
  claim: Claim
  facts: MessageFacts
  account: MailAccount
}

interface Prepared extends Cleared {
  mail: NoticeMail
}

/** Sends claimed messages of this process: gate and settlements are shared by all of its lanes. */
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
   * Looks at claimed messages again, all together, and hands those that may leave to their mail servers, one after the other. What it does
   * not come to (`stopping`, a server that is away) is given back without an attempt. Each answer is written down in the journal before
   * the next message is begun, and in the database before this answers.
   */
  async send(
    claims: readonly Claim[],
    sessions: SessionCache,
    options: { day?: CalendarDay | undefined; stopping?: () => boolean } = {},
  ): Promise<Map<string, Sent>> {
    const results = new Map<string, Sent>()
    const settling: Promise<void>[] = []
    let left: readonly Claim[] = claims
    const began = performance.now()
    try {
      const { prepared, decided } = await this.#prepare(claims, options.day ?? null)
      for (const [id, state] of decided) results.set(id, state)
      left = prepared.map((each) => each.claim)
      for (const each of prepared) {
        // What the lease might not last for is given back rather than begun.
        if (options.stopping?.() || performance.now() - began > this.#sending.leaseSeconds * 400) break
        left = left.slice(1)
        const delivery = await this.#deliver(each, sessions)
        const settled = await this.#settle(each, delivery, (work) => settling.push(work), results)
        if (settled === 'server-away') break
      }
    } finally {
      await Promise.all(settling)
      await giveBack(this.#ctx, left).catch((error: unknown) =>
        // Their lease ends.
        this.#ctx.log.warn({ err: error }, 'claims could not be given back'),
      )
    }
    return results
  }

  /** Everything again, as it is now: what may not leave gets its state, what may is rendered. */
  async #prepare(
    claims: readonly Claim[],
    day: CalendarDay | null,
  ): Promise<{ prepared: Prepared[]; decided: Map<string, Sent> }> {
    const ctx = this.#ctx
    const decided = new Map<string, Sent>()
    const cleared: Cleared[] = []
    const prepared: Prepared[] = []
    const ids = claims.map((each) => each.id)
    const world = await loadNoticeWorld(ctx.db)
    const allFacts = new Map((await findMessageFacts(ctx.db, ctx, world, ids, day)).map((each) => [each.message.id, each]))
    const stored = await findStored(ctx.db, ids)
    const senders = [...allFacts.values()].flatMap((each) => each.customer.sender.user?.id ?? [])
    const accounts =
      senders.length === 0 ? [] : await ctx.db.select().from(mailAccounts).where(inArray(mailAccounts.userId, senders))
    const accountOf = new Map(accounts.map((each) => [each.userId, each]))
    for (const claim of claims) {
      const facts = allFacts.get(claim.id)
      if (!facts) continue
      const account = accountOf.get(facts.customer.sender.user?.id ?? '')
      const result = await this.#clear(claim, facts, stored.get(claim.id), account)
      if (result !== null && typeof result === 'object') cleared.push(result)
      else decided.set(claim.id, result)
    }
    const mails = await makeNoticeMails(ctx, world, cleared)
    for (const each of cleared) {
      const mail = mails.get(each.facts.message.id)
      if (mail instanceof TemplateProblem) {
        const failed = { state: 'failed', reason: 'template-invalid', detail: mail.es, burnsAttempt: false } as const
        decided.set(each.claim.id, await this.#finish(each.claim, failed))
      } else if (mail) prepared.push({ ...each, mail })
    }
    return { prepared, decided }
  }

  async #clear(
    claim: Claim,
    facts: MessageFacts,
    stored: Stored | undefined,
    account: MailAccount | undefined,
  ): Promise<Cleared | Sent> {
    const ctx = this.#ctx
    const { verdict } = facts.check
    if (verdict.kind !== 'send') {
      // A message that waits for its hour is looked at again when that comes, not at once.
      const wait = verdict.kind === 'wait' ? { retryInSeconds: secondsUntilOpen(facts.check, ctx.now()) } : {}
      return this.#finish(claim, { ...stateOfVerdict(facts.check), burnsAttempt: false, ...wait }, facts)
    }
    if (facts.message.attempt > attemptsOfNotice) return this.#finish(claim, { state: 'failed', reason: 'too-many-attempts' })
    if (account?.state !== 'verified')
      return this.#finish(claim, { state: 'held', reason: 'no-sender', burnsAttempt: false }, facts)
    if (stored && stored.senderId !== null && stored.senderId !== account.userId)
      // Claimed under the caps of somebody else's account.
      return this.#finish(
        claim,
        { state: 'planned', reason: null, because: 'sender-changed', burnsAttempt: false },
        facts,
        'again',
      )
    if (!isAsStored(facts, stored)) {
      const ours = await whileClaimed(ctx, claim, ['claimed'], (tx) => applyRecheck(tx, ctx, facts))
      if (!ours) return null
    }
    return { claim, facts, account }
  }

  async #finish(claim: Claim, outcome: Outcome, facts?: MessageFacts, as?: 'again'): Promise<Sent> {
    const ours = await whileClaimed(this.#ctx, claim, ['claimed', 'dispatching'], async (tx, from) => {
      if (facts) await applyRecheck(tx, this.#ctx, facts)
      await writeOutcome(tx, this.#ctx, claim.id, from, outcome)
    })
    return ours ? (as ?? outcome.state) : null
  }

  async #deliver({ claim, facts, account, mail }: Prepared, sessions: SessionCache): Promise<Delivery> {
    const receivables = new Map(itemsThatStand(facts).map(({ receivable }) => [receivable.id, receivable]))
    const gate = async () => {
      const began = performance.now()
      const open = await this.#gate.pass({
        ...claim,
        customerId: facts.customer.id,
        day: facts.day,
        subject: mail.subject,
        source: mail.source,
        receivables: [...receivables.values()],
      })
      // A process that was frozen since it asked does not send: its lease may have ended, and somebody may have decided.
      return open && performance.now() - began < this.#sending.leaseSeconds * 500
    }
    try {
      const session = await sessions.of(this.#ctx, account)
      return await session.deliver({ from: account.address, to: mail.to }, mail.source, gate)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      // The account cannot be used as it is: its host became private, or its password cannot be read.
      return error.code === 'mail-server-unreachable'
        ? { kind: 'not-reached', response: String(error.params.response ?? error.code) }
        : { kind: 'account-refused', response: error.code }
    }
  }

  /** Writes what became of it. An acceptance stands in the journal when this answers; `later` gets the work that writes it down for good. */
  async #settle(
    prepared: Prepared,
    delivery: Delivery,
    later: (work: Promise<void>) => void,
    results: Map<string, Sent>,
  ): Promise<'server-away' | 'next'> {
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
      case 'accepted': {
        const line: JournalLine = {
          messageId: claim.id,
          token: claim.token,
          attempt: facts.message.attempt,
          accepted: delivery.accepted,
          refused: delivery.refused,
          response: delivery.response,
          at: ctx.now().toISOString(),
        }
        // A disk that fails now does not undo the acceptance: the database is told at once, and nothing more is sent (see maySend).
        await this.#sending.journal
          .append(line)
          .catch((error: unknown) => ctx.log.error({ err: error }, 'an acceptance could not be written to the journal'))
        later(
          this.#settler
            .settle(line)
            .then(async (settled) => {
              results.set(claim.id, settled ? 'sent' : null)
              if (settled) await this.#correctAddresses(prepared, delivery.refused)
            })
            .catch((error: unknown) => {
              ctx.log.error({ err: error, noticeId: claim.id }, 'an acceptance waits in the journal for the database')
              results.set(claim.id, null)
            }),
        )
        return 'next'
      }
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
        results.set(claim.id, state === null ? null : 'again')
        return 'next'
      }
      case 'unknown':
        results.set(
          claim.id,
          await settle({
            state: 'uncertain',
            reason: 'reply-lost',
            detail: delivery.response,
            set: { smtpResponse: delivery.response },
          }),
        )
        return 'next'
      case 'not-reached':
        // A server that is away says nothing about the message: no attempt is burnt, and the account is left alone for a while.
        results.set(
          claim.id,
          await settle(
            {
              state: 'deferred',
              reason: 'connection-failed',
              detail: delivery.response,
              burnsAttempt: false,
              retryInSeconds: 60,
              set: { smtpResponse: delivery.response },
            },
            (tx) => leaveAlone(tx, account),
          ),
        )
        return 'server-away'
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
        results.set(claim.id, await settle(outcome, (tx) => writeRefused(tx, claim.id, refused)))
        await this.#correctAddresses(prepared, refused)
        return 'next'
      }
      case 'account-refused':
        results.set(
          claim.id,
          await settle(
            {
              state: 'held',
              reason: 'no-sender',
              because: 'account-refused',
              detail: delivery.response,
              burnsAttempt: false,
              set: { smtpResponse: delivery.response },
            },
            (tx) => pauseAccount(tx, ctx, account, delivery.response),
          ),
        )
        return 'server-away'
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

/** Runs `work` if the message is still ours; says whether it was. */
async function whileClaimed(
  ctx: AppContext,
  claim: Claim,
  states: readonly NoticeState[],
  work: (tx: Transaction, state: NoticeState) => Promise<void>,
): Promise<boolean> {
  return ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .select({ state: noticeMessages.state })
      .from(noticeMessages)
      .where(
        and(
          eq(noticeMessages.id, claim.id),
          eq(noticeMessages.claimToken, claim.token),
          inArray(noticeMessages.state, [...states]),
        ),
      )
      .for('update')
    if (!row) return false
    await work(tx, row.state)
    return true
  })
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
      // The token stays on what the journal could still settle.
      ...(outcome.state === 'uncertain' ? {} : { claimToken: null }),
      leaseUntil: null,
      nextAttemptAt: waits ? sql`statement_timestamp() + ${outcome.retryInSeconds ?? 0} * interval '1 second'` : null,
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

function deferredOrFailed(attempt: number, detail: string): Outcome {
  const delay = retryDelayMinutes(attempt)
  const set = { smtpResponse: detail }
  return delay === null
    ? { state: 'failed', reason: 'refused-temporarily', detail, set }
    : { state: 'deferred', reason: 'refused-temporarily', detail, retryInSeconds: delay * 60, set }
}

interface Stored {
  senderId: string | null
  senderAddress: string | null
  senderIsFallback: boolean
  addresses: string[]
  items: Map<string, string>
}

/** What stands in the database of claimed messages, for many at once. */
async function findStored(db: Querier, ids: readonly string[]): Promise<Map<string, Stored>> {
  const { rows } = await db.execute<{
    id: string
    sender_id: string | null
    sender_address: string | null
    sender_is_fallback: boolean
    addresses: string[]
    items: [string, string, string, string][] | null
  }>(sql`
    select m.id, m.sender_id, m.sender_address, m.sender_is_fallback,
      coalesce((select array_agg(r.address) from notice_recipients r where r.message_id = m.id), '{}') as addresses,
      (select json_agg(json_build_array(i.id, i.due_on::text, i.matures_on::text, i.balance_minor::text))
        from notice_items i where i.message_id = m.id and i.dropped_reason is null) as items
    from notice_messages m where m.id = any(${sql.param([...ids])}::uuid[])`)
  return new Map(
    rows.map((row) => [
      row.id,
      {
        senderId: row.sender_id,
        senderAddress: row.sender_address,
        senderIsFallback: row.sender_is_fallback,
        addresses: row.addresses,
        items: new Map((row.items ?? []).map(([id, ...rest]) => [id, rest.join(' ')])),
      },
    ]),
  )
}

/** Whether a recheck would change nothing: the usual case, which then costs no writing. */
function isAsStored(facts: MessageFacts, stored: Stored | undefined): boolean {
  if (!stored) return false
  const { check, customer, items, message } = facts
  if (check.drops.length > 0 || check.setAside.length > 0 || check.freedOn !== null) return false
  if (check.kind !== message.kind || check.level !== message.level || message.reasonParams !== null) return false
  if (message.messageId.endsWith('@cartera.invalid>')) return false
  const { sender } = customer
  if (
    stored.senderId !== (sender.user?.id ?? null) ||
    stored.senderAddress !== sender.address ||
    stored.senderIsFallback !== sender.fallback
  )
    return false
  const addresses = customer.recipients.filter((each) => each.usable).map((each) => each.address)
  if (addresses.length !== stored.addresses.length || !addresses.every((each) => stored.addresses.includes(each))) return false
  const receivableOf = new Map(items.map((item) => [item.id, item.receivable]))
  return (
    check.stands.length === stored.items.size &&
    check.stands.every(({ id, maturesOn }) => {
      const receivable = receivableOf.get(id)
      return receivable && stored.items.get(id) === `${receivable.dueOn} ${maturesOn} ${receivable.balanceMinor}`
    })
  )
}

async function writeRefused(tx: Transaction, messageId: string, refused: readonly RefusedRecipient[]): Promise<void> {
  for (const each of refused)
    await tx
      .update(noticeRecipients)
      .set({ outcome: 'refused', response: each.response })
      .where(and(eq(noticeRecipients.messageId, messageId), eq(noticeRecipients.address, each.address)))
}

/** Only the account as it was tried: somebody may have corrected it meanwhile. */
async function pauseAccount(tx: Transaction, ctx: AppContext, account: MailAccount, response: string): Promise<void> {
  const paused = await tx
    .update(mailAccounts)
    .set({ state: 'paused', lastError: response.slice(0, 500), version: account.version + 1 })
    .where(
      and(eq(mailAccounts.userId, account.userId), eq(mailAccounts.version, account.version), eq(mailAccounts.state, 'verified')),
    )
    .returning({ userId: mailAccounts.userId })
  if (paused.length === 0) return
  await recordAudit(tx, ctx, null, {
    action: 'change',
    entity: 'mail-account',
    entityId: account.userId,
    changes: { state: ['verified', 'paused'], answer: response.slice(0, 500) },
  })
  ctx.log.error({ userId: account.userId, answer: response }, 'mail account paused: the server refused it')
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
