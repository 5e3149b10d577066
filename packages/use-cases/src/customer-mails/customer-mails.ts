import type { Querier, Transaction } from '@cartera/db/connect'
import { customerMails } from '@cartera/db/schema/interactions'
import { mailAccounts } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { isMailAddress } from '@cartera/domain/notices/mail-address'
import { Refusal } from '@cartera/domain/refusal'
import { asc, eq, inArray, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { defineJob } from '../jobs/job.ts'
import { makeMessageId } from '../notices/recheck-notice.ts'
import { composeSingleMail } from '../outbox/compose-single-mail.ts'
import { defineOutbox, findSenderAccount } from '../outbox/outbox.ts'
import { contentOfCustomerMail } from './customer-mail-content.ts'

const withoutAccountMinutes = 10
/** What was to be said a day ago is said by a person, if at all; a link that was asked for an hour ago is asked for again. */
const staleMs = {
  interaction: 24 * 3_600_000,
  'follow-up-document': 24 * 3_600_000,
  quote: 24 * 3_600_000,
  'portal-link': 3_600_000,
} as const

export type CustomerMail = typeof customerMails.$inferSelect

const outbox = defineOutbox(customerMails, async (ctx, mail) => {
  if (ctx.now().getTime() - mail.createdAt.getTime() > staleMs[mail.kind]) return { kind: 'skip', response: 'too-old' }
  const account = await findSenderAccount(ctx, mail.senderId)
  if (!account) return { kind: 'wait', response: 'no-account', minutes: withoutAccountMinutes }
  const content = await contentOfCustomerMail(ctx, mail)
  if (!content) return { kind: 'skip', response: 'nothing-to-say' }
  const source = composeSingleMail(
    {
      fromName: account.displayName,
      fromAddress: account.address,
      to: { address: mail.toAddress, name: mail.toName ?? '' },
      messageId: mail.messageId,
      date: ctx.now(),
      // A person wrote the rest, and wants to know of an absence.
      automatic: mail.kind === 'portal-link',
    },
    content,
  )
  return { kind: 'mail', account, to: mail.toAddress, source, secret: mail.kind === 'portal-link' }
})

/** Whether the user can send mail; refuses `mail-account-missing`, `mail-account-unverified`, `mail-account-paused` where not. */
export async function requireMailAccount(tx: Querier, userId: string): Promise<void> {
  const [account] = await tx.select({ state: mailAccounts.state }).from(mailAccounts).where(eq(mailAccounts.userId, userId))
  if (!account) throw new Refusal('mail-account-missing')
  if (account.state !== 'verified') throw new Refusal(`mail-account-${account.state}`)
}

/**
 * Puts a mail to a person at a customer in the queue; it leaves after the transaction. `senderId` null sends from the administrator's account.
 * Ring with `ringCustomerMails` after the commit, else it leaves within half a minute. Refuses `mail-address-invalid` at `field`, and as
 * `requireMailAccount` for the sender. Answers the mail's id.
 */
export async function queueCustomerMail(
  tx: Transaction,
  ctx: AppContext,
  mail: Pick<CustomerMail, 'kind' | 'customerId' | 'toAddress' | 'senderId'> &
    Partial<Pick<CustomerMail, 'contactId' | 'aboutId' | 'toName' | 'message' | 'createdBy'>>,
  field = 'toAddress',
): Promise<string> {
  if (!isMailAddress(mail.toAddress)) throw new Refusal('mail-address-invalid', { field })
  if (mail.senderId !== null) await requireMailAccount(tx, mail.senderId)
  const [made] = await tx
    .insert(customerMails)
    .values({
      ...mail,
      state: 'waiting',
      messageId: makeMessageId(null),
      nextAttemptAt: sql`statement_timestamp()`,
      createdAt: ctx.now(),
    })
    .returning({ id: customerMails.id })
  if (!made) throw new Error('the mail was not written')
  return made.id
}

/**
 * Sends a mail again that did not leave (or of which nobody knows): a person's decision, audited, and in that person's own name: what somebody else
 * had sent leaves from the viewer's account now. Its record must have been found visible by the caller. Refuses `not-found`, `mail-not-failed` for one
 * that is on its way or left, and as `requireMailAccount` for the viewer.
 */
export async function sendCustomerMailAgain(tx: Transaction, ctx: AppContext, viewer: Viewer, mailId: string): Promise<void> {
  const [mail] = await tx.select().from(customerMails).where(eq(customerMails.id, mailId)).for('update')
  if (!mail) throw new Refusal('not-found')
  if (mail.state !== 'failed' && mail.state !== 'skipped' && mail.state !== 'uncertain') throw new Refusal('mail-not-failed')
  const senderId = mail.senderId === null ? null : viewer.userId
  if (senderId !== null) await requireMailAccount(tx, senderId)
  await tx
    .update(customerMails)
    .set({
      senderId,
      // The same mail to a server that has it already, unless it comes from somebody else.
      ...(senderId === mail.senderId ? {} : { messageId: makeMessageId(null) }),
      state: 'waiting',
      attempt: 0,
      claimToken: null,
      response: null,
      createdAt: ctx.now(),
      nextAttemptAt: sql`statement_timestamp()`,
    })
    .where(eq(customerMails.id, mailId))
  await recordAudit(tx, ctx, viewer, {
    action: 'retry',
    entity: 'customer-mail',
    entityId: mailId,
    changes: {
      state: [mail.state, 'waiting'],
      ...(senderId === mail.senderId ? {} : { senderId: [mail.senderId, senderId] }),
      toAddress: mail.toAddress,
    },
  })
}

/** The mails about each of the records, oldest first, as a screen shows them. */
export async function mailsAbout(db: Querier, aboutIds: readonly string[]) {
  const rows =
    aboutIds.length === 0
      ? []
      : await db
          .select()
          .from(customerMails)
          .where(inArray(customerMails.aboutId, [...aboutIds]))
          .orderBy(asc(customerMails.createdAt), asc(customerMails.id))
  const shown = rows.map(({ id, aboutId, toAddress, state, response, sentAt, createdAt }) => ({
    aboutId,
    mail: {
      id,
      toAddress,
      // Claimed and at the gate are the machine's own; for a person it is on its way.
      state: state === 'claimed' || state === 'dispatching' ? ('waiting' as const) : state,
      response,
      sentAt: sentAt?.toISOString() ?? null,
      createdAt: createdAt.toISOString(),
    },
  }))
  return new Map(
    aboutIds.map((aboutId) => [aboutId, shown.filter((each) => each.aboutId === aboutId).map((each) => each.mail)] as const),
  )
}

/** Sends what waits for people at customers. Answers how many left. */
export const sendCustomerMails = (ctx: AppContext): Promise<number> => outbox.send(ctx)

/** Rings so that what was just queued leaves at once; without a queue the schedule finds it. */
export async function ringCustomerMails(ctx: AppContext): Promise<void> {
  try {
    await ctx.queue.add(sendCustomerMailsJob, {}, { key: 'now' })
  } catch (error) {
    ctx.log.warn({ err: error }, 'could not ring for customer mails')
  }
}

export const sendCustomerMailsJob = defineJob({
  name: 'send-customer-mails',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    await sendCustomerMails(ctx)
  },
})
