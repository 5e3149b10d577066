import { randomUUID } from 'node:crypto'
import type { Transaction } from '@cartera/db/connect'
import { mailAccounts, users } from '@cartera/db/schema/organisation'
import { attemptsOfNotice, retryDelayMinutes } from '@cartera/domain/notices/retry-delay'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, getTableName, type InferSelectModel, inArray, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { type MailAccount, smtpOptionsOf } from '../mail-accounts/open-transport.ts'
import { pauseRefusedAccount } from '../mail-accounts/pause-refused-account.ts'
import { type Delivery, SmtpSession } from '../notices/smtp-session.ts'

/** By the clock of the database, as with notices. */
const leaseMinutes = 5
const batchSize = 100
/** How long mails of an account wait whose server is away, or does not take it. */
const awayMinutes = 1
const refusedMinutes = 10

type State = 'waiting' | 'claimed' | 'dispatching' | 'sent' | 'uncertain' | 'failed' | 'skipped'
type DeliveryColumn =
  | 'id'
  | 'state'
  | 'claimToken'
  | 'leaseUntil'
  | 'attempt'
  | 'nextAttemptAt'
  | 'response'
  | 'sentAt'
  | 'source'
interface Row {
  id: string
  attempt: number
}

/**
 * What is to be done with a claimed mail. `secret`: what was sent is not kept, since it holds a key. `stillTrue`: the last look at the gate,
 * which locks what it looks at; where it says no the mail is prepared anew.
 */
export type Prepared =
  | {
      kind: 'mail'
      account: MailAccount
      to: string
      source: Buffer
      secret?: boolean
      stillTrue?: (tx: Transaction) => Promise<boolean>
    }
  | { kind: 'skip'; response: string }
  | { kind: 'wait'; response: string; minutes: number }

/** The verified account of a user who is active, of the administrator for null; or null where there is none. */
export async function findSenderAccount(ctx: AppContext, userId: string | null): Promise<MailAccount | null> {
  const senderId = userId ?? (await findCompany(ctx.db)).administratorId
  if (senderId === null) return null
  const [found] = await ctx.db
    .select({ account: mailAccounts })
    .from(mailAccounts)
    .innerJoin(users, eq(users.id, mailAccounts.userId))
    .where(and(eq(mailAccounts.userId, senderId), eq(mailAccounts.state, 'verified'), eq(users.active, true)))
  return found?.account ?? null
}

/**
 * A table of single mails that leave with the same safety as notices: claimed with token and lease, a gate before the final dot, and never
 * again by itself once the dot may have been sent. `prepare` says what a claimed mail is as things stand now.
 */
export function defineOutbox<T extends PgTable & Record<DeliveryColumn, PgColumn>>(
  table: T,
  prepare: (ctx: AppContext, mail: InferSelectModel<T>) => Promise<Prepared>,
) {
  type Mail = InferSelectModel<T> & Row
  const name = sql.identifier(getTableName(table))
  const set = (ctx: AppContext, values: Record<string, unknown>) => ctx.db.update(table as PgTable).set(values)
  const leased = sql`statement_timestamp() + ${leaseMinutes} * interval '1 minute'`

  /** A worker that died before the dot gives the mail back; one that died after it leaves it uncertain. */
  async function endLeases(ctx: AppContext): Promise<void> {
    await ctx.db.execute(sql`
      update ${name} set lease_until = null, claim_token = case when state = 'dispatching' then claim_token end,
        state = case when state = 'dispatching' then 'uncertain' else 'waiting' end,
        response = case when state = 'dispatching' then 'lease-expired' else response end
      where state in ('claimed', 'dispatching') and lease_until < statement_timestamp()`)
  }

  async function claim(ctx: AppContext, token: string): Promise<Mail | null> {
    const rows = await set(ctx, {
      state: 'claimed',
      claimToken: token,
      leaseUntil: leased,
      attempt: sql`${table.attempt} + 1`,
    })
      .where(
        eq(
          table.id,
          sql`(select id from ${name} where state = 'waiting' and next_attempt_at <= statement_timestamp()
            order by next_attempt_at, id limit 1 for update skip locked)`,
        ),
      )
      .returning()
    return (rows[0] as Mail | undefined) ?? null
  }

  const held = (mail: Mail, token: string, from: readonly State[]) =>
    and(eq(table.id, mail.id), eq(table.claimToken, token), inArray(table.state, [...from]))

  /** The point of no return, while the server waits for the final dot. */
  async function passGate(
    ctx: AppContext,
    mail: Mail,
    token: string,
    source: Buffer | null,
    stillTrue: (tx: Transaction) => Promise<boolean> = async () => true,
  ): Promise<boolean> {
    return ctx.db.transaction(async (tx) => {
      if (!(await stillTrue(tx))) return false
      const moved = await tx
        .update(table as PgTable)
        .set({ state: 'dispatching', source, leaseUntil: leased })
        .where(and(held(mail, token, ['claimed']), sql`${table.leaseUntil} > statement_timestamp()`))
        .returning({ id: table.id })
      return moved.length > 0
    })
  }

  async function settle(
    ctx: AppContext,
    mail: Mail,
    token: string,
    from: readonly State[],
    to: { state: State; response: string; sentAt?: Date },
  ): Promise<boolean> {
    const moved = await set(ctx, {
      ...to,
      claimToken: to.state === 'uncertain' ? token : null,
      leaseUntil: null,
      nextAttemptAt: null,
    })
      .where(held(mail, token, from))
      .returning({ id: table.id })
    return moved.length > 0
  }

  async function giveBack(ctx: AppContext, mail: Mail, token: string, response: string, minutes: number, burns: boolean) {
    await set(ctx, {
      state: 'waiting',
      response,
      claimToken: null,
      leaseUntil: null,
      nextAttemptAt: sql`statement_timestamp() + ${minutes} * interval '1 minute'`,
      ...(burns ? {} : { attempt: sql`greatest(${table.attempt} - 1, 0)` }),
    }).where(and(eq(table.id, mail.id), eq(table.claimToken, token)))
  }

  async function settleDelivery(
    ctx: AppContext,
    account: MailAccount,
    mail: Mail,
    token: string,
    delivery: Delivery,
  ): Promise<boolean> {
    const response = 'response' in delivery ? delivery.response : ''
    switch (delivery.kind) {
      case 'accepted':
        // With the answer in hand it is sent, also where its lease ran out meanwhile.
        return settle(ctx, mail, token, ['dispatching', 'uncertain'], { state: 'sent', response, sentAt: ctx.now() })
      case 'unknown':
        await settle(ctx, mail, token, ['dispatching'], { state: 'uncertain', response })
        return false
      case 'gate-closed':
        await giveBack(ctx, mail, token, 'gate-closed', 1, true)
        return false
      case 'account-refused':
        await ctx.db.transaction((tx) => pauseRefusedAccount(tx, ctx, account, response))
        await giveBack(ctx, mail, token, 'account-refused', refusedMinutes, false)
        return false
      case 'refused':
        if (delivery.permanent) {
          await settle(ctx, mail, token, ['claimed', 'dispatching'], { state: 'failed', response })
          return false
        }
    }
    const delay = mail.attempt >= attemptsOfNotice ? null : retryDelayMinutes(mail.attempt)
    if (delay === null) await settle(ctx, mail, token, ['claimed', 'dispatching'], { state: 'failed', response })
    else await giveBack(ctx, mail, token, response, delay, true)
    return false
  }

  return {
    /** Sends what waits and is due. Any number of workers may run. Answers how many left. */
    async send(ctx: AppContext): Promise<number> {
      await endLeases(ctx)
      const sessions = new Map<string, SmtpSession>()
      /** Whose server was away: one that answers nobody must not hold up the mails of all others. */
      const away = new Map<string, string>()
      let sent = 0
      try {
        for (let n = 0; n < batchSize; n++) {
          const token = randomUUID()
          const mail = await claim(ctx, token)
          if (!mail) break
          // One that ends its worker each time must not do so for ever.
          if (mail.attempt > attemptsOfNotice) {
            await settle(ctx, mail, token, ['claimed'], { state: 'failed', response: 'too-many-attempts' })
            continue
          }
          const prepared = await prepare(ctx, mail)
          if (prepared.kind === 'skip') {
            await settle(ctx, mail, token, ['claimed'], { state: 'skipped', response: prepared.response })
            continue
          }
          if (prepared.kind === 'wait') {
            await giveBack(ctx, mail, token, prepared.response, prepared.minutes, false)
            continue
          }
          const { account, to, source, secret, stillTrue } = prepared
          const silent = away.get(account.userId)
          if (silent !== undefined) {
            await giveBack(ctx, mail, token, silent, awayMinutes, false)
            continue
          }
          let delivery: Delivery
          try {
            const session = sessions.get(account.userId) ?? new SmtpSession(await smtpOptionsOf(ctx, account))
            sessions.set(account.userId, session)
            delivery = await session.deliver({ from: account.address, to: [to] }, source, () =>
              passGate(ctx, mail, token, secret ? null : source, stillTrue),
            )
          } catch (error) {
            if (!(error instanceof Refusal)) throw error
            delivery = { kind: 'not-reached', response: error.code }
          }
          if (delivery.kind === 'not-reached') away.set(account.userId, delivery.response)
          if (await settleDelivery(ctx, account, mail, token, delivery)) sent += 1
        }
      } finally {
        for (const session of sessions.values()) session.quit()
      }
      return sent
    },
  }
}
