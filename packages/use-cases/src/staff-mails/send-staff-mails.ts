import { randomUUID } from 'node:crypto'
import { staffMails } from '@cartera/db/schema/finance'
import { mailAccounts, users } from '@cartera/db/schema/organisation'
import { attemptsOfNotice, retryDelayMinutes } from '@cartera/domain/notices/retry-delay'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { planDigests } from '../digests/plan-digests.ts'
import { defineJob } from '../jobs/job.ts'
import { type MailAccount, smtpOptionsOf } from '../mail-accounts/open-transport.ts'
import { type Delivery, SmtpSession } from '../notices/smtp-session.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { setUpNeeded } from '../set-up/set-up-installation.ts'
import { composeStaffMail } from './compose-staff-mail.ts'
import { contentOfStaffMail } from './staff-mail-content.ts'

/** By the clock of the database, as with notices. */
const leaseMinutes = 5
const withoutAccountMinutes = 10
/** News that old is no news: an account that comes back must not flood anyone. */
const staleMs = 24 * 3_600_000
const batchSize = 100

type StaffMail = typeof staffMails.$inferSelect

/**
 * Sends what waits, from the administrator's verified account, with the same safety as notices: claimed with token and lease, a gate
 * before the final dot, and never again by itself once the dot may have been sent. Any number of workers may run. Answers how many left.
 */
export async function sendStaffMails(ctx: AppContext): Promise<number> {
  await endLeases(ctx)
  let session: SmtpSession | undefined
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
      const account = await findSenderAccount(ctx)
      if (!account) {
        await giveBack(ctx, mail, token, 'no-account', withoutAccountMinutes, false)
        continue
      }
      if (ctx.now().getTime() - mail.createdAt.getTime() > staleMs) {
        await settle(ctx, mail, token, ['claimed'], { state: 'skipped', response: 'too-old' })
        continue
      }
      const viewer = await findViewerByUser(ctx, mail.userId)
      const [person] = await ctx.db.select({ language: users.language }).from(users).where(eq(users.id, mail.userId))
      const language = person?.language === 'en' ? 'en' : 'es'
      const content = viewer ? await contentOfStaffMail(ctx, mail, viewer, language) : null
      if (!viewer || !content) {
        await settle(ctx, mail, token, ['claimed'], { state: 'skipped', response: 'nothing-to-say' })
        continue
      }
      const source = composeStaffMail(
        {
          fromName: account.displayName,
          fromAddress: account.address,
          to: { address: viewer.email, name: viewer.name },
          messageId: mail.messageId,
          date: ctx.now(),
        },
        content,
      )
      let delivery: Delivery
      try {
        session ??= new SmtpSession(await smtpOptionsOf(ctx, account))
        delivery = await session.deliver({ from: account.address, to: [viewer.email] }, source, () =>
          passGate(ctx, mail, token, source),
        )
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        delivery = { kind: 'not-reached', response: error.code }
      }
      if (await settleDelivery(ctx, mail, token, delivery)) sent += 1
    }
  } finally {
    session?.quit()
  }
  return sent
}

async function findSenderAccount(ctx: AppContext): Promise<MailAccount | null> {
  const { administratorId } = await findCompany(ctx.db)
  if (administratorId === null) return null
  const [account] = await ctx.db
    .select()
    .from(mailAccounts)
    .where(and(eq(mailAccounts.userId, administratorId), eq(mailAccounts.state, 'verified')))
  return account ?? null
}

/** A worker that died before the dot gives the mail back; one that died after it leaves it uncertain. */
async function endLeases(ctx: AppContext): Promise<void> {
  await ctx.db.execute(sql`
    update staff_mails set lease_until = null, claim_token = case when state = 'dispatching' then claim_token end,
      state = case when state = 'dispatching' then 'uncertain' else 'waiting' end,
      response = case when state = 'dispatching' then 'lease-expired' else response end
    where state in ('claimed', 'dispatching') and lease_until < statement_timestamp()`)
}

async function claim(ctx: AppContext, token: string): Promise<StaffMail | null> {
  const [mail] = await ctx.db
    .update(staffMails)
    .set({
      state: 'claimed',
      claimToken: token,
      leaseUntil: sql`statement_timestamp() + ${leaseMinutes} * interval '1 minute'`,
      attempt: sql`${staffMails.attempt} + 1`,
    })
    .where(
      eq(
        staffMails.id,
        sql`(select id from staff_mails where state = 'waiting' and next_attempt_at <= statement_timestamp()
          order by next_attempt_at, id limit 1 for update skip locked)`,
      ),
    )
    .returning()
  return mail ?? null
}

/** The point of no return, while the server waits for the final dot. */
async function passGate(ctx: AppContext, mail: StaffMail, token: string, source: Buffer): Promise<boolean> {
  const moved = await ctx.db
    .update(staffMails)
    .set({ state: 'dispatching', source, leaseUntil: sql`statement_timestamp() + ${leaseMinutes} * interval '1 minute'` })
    .where(
      and(
        eq(staffMails.id, mail.id),
        eq(staffMails.claimToken, token),
        eq(staffMails.state, 'claimed'),
        sql`${staffMails.leaseUntil} > statement_timestamp()`,
      ),
    )
    .returning({ id: staffMails.id })
  return moved.length > 0
}

async function settle(
  ctx: AppContext,
  mail: StaffMail,
  token: string,
  from: readonly StaffMail['state'][],
  set: { state: StaffMail['state']; response: string; sentAt?: Date },
): Promise<boolean> {
  const moved = await ctx.db
    .update(staffMails)
    .set({ ...set, claimToken: set.state === 'uncertain' ? token : null, leaseUntil: null, nextAttemptAt: null })
    .where(
      and(
        eq(staffMails.id, mail.id),
        eq(staffMails.claimToken, token),
        sql`${staffMails.state} in (${sql.join(
          from.map((state) => sql`${state}`),
          sql`, `,
        )})`,
      ),
    )
    .returning({ id: staffMails.id })
  return moved.length > 0
}

async function giveBack(ctx: AppContext, mail: StaffMail, token: string, response: string, minutes: number, burns: boolean) {
  await ctx.db
    .update(staffMails)
    .set({
      state: 'waiting',
      response,
      claimToken: null,
      leaseUntil: null,
      nextAttemptAt: sql`statement_timestamp() + ${minutes} * interval '1 minute'`,
      ...(burns ? {} : { attempt: sql`greatest(${staffMails.attempt} - 1, 0)` }),
    })
    .where(and(eq(staffMails.id, mail.id), eq(staffMails.claimToken, token)))
}

async function settleDelivery(ctx: AppContext, mail: StaffMail, token: string, delivery: Delivery): Promise<boolean> {
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

/** Rung for every minute: makes the day's digests when their hour has come, and sends what waits. */
export const sendStaffMailsJob = defineJob({
  name: 'send-staff-mails',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    if (await setUpNeeded(ctx)) return
    await planDigests(ctx)
    await sendStaffMails(ctx)
  },
})
