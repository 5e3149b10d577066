import type { Querier, Transaction } from '@cartera/db/connect'
import { noticeMessages, noticeRecipients } from '@cartera/db/schema/notices'
import type { NoticeReasonCode } from '@cartera/domain/notices/notice-states'
import { and, eq, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordEvents } from './notice-events.ts'

/** What something other than the lost answer says of a message. */
export interface NoticeEvidence {
  /** RFC 5322 Message-ID, with its angle brackets. */
  messageId: string
  /** Accepted, or definitely refused, by the first server. */
  outcome: 'accepted' | 'refused'
  /** In the words of the source: shown in the history. */
  detail: string
  at?: Date | undefined
}

export type EvidenceSource = Extract<NoticeReasonCode, 'relay-evidence' | 'mailbox-evidence' | 'bounce-evidence'>

/**
 * Resolves uncertain messages by evidence: accepted ones are sent, refused ones have failed, where a person may retry. Messages in any
 * other state, and ones that are unknown, stay as they are. Answers how many of each.
 */
export async function settleByEvidence(
  ctx: AppContext,
  source: EvidenceSource,
  evidence: readonly NoticeEvidence[],
): Promise<{ sent: number; failed: number; untouched: number }> {
  const counts = { sent: 0, failed: 0, untouched: 0 }
  for (const each of evidence) {
    const became = await ctx.db.transaction((tx) => settleOne(tx, ctx, source, each))
    counts[became] += 1
  }
  return counts
}

/** As `settleByEvidence`, for one message within a transaction of the caller. */
export async function settleOne(
  tx: Transaction,
  ctx: AppContext,
  source: EvidenceSource,
  evidence: NoticeEvidence,
): Promise<'sent' | 'failed' | 'untouched'> {
  const [message] = await tx
    .select({ id: noticeMessages.id, customerId: noticeMessages.customerId, updatedAt: noticeMessages.updatedAt })
    .from(noticeMessages)
    .where(and(eq(noticeMessages.messageId, evidence.messageId), eq(noticeMessages.state, 'uncertain')))
    .for('update')
  if (!message) return 'untouched'
  const accepted = evidence.outcome === 'accepted'
  await tx
    .update(noticeMessages)
    .set({
      state: accepted ? 'sent' : 'failed',
      reason: accepted ? null : 'refused',
      // When it was handed over; the evidence may be of much later.
      ...(accepted ? { sentAt: evidence.at ?? message.updatedAt } : {}),
      smtpResponse: evidence.detail.slice(0, 500),
      claimToken: null,
      leaseUntil: null,
      nextAttemptAt: null,
      version: sql`${noticeMessages.version} + 1`,
      updatedAt: ctx.now(),
    })
    .where(eq(noticeMessages.id, message.id))
  if (accepted) await recordContact(tx, message.id, message.customerId, evidence.at ?? message.updatedAt)
  await tx
    .update(noticeRecipients)
    .set({ outcome: accepted ? 'accepted' : 'refused' })
    .where(and(eq(noticeRecipients.messageId, message.id), eq(noticeRecipients.outcome, 'pending')))
  await recordEvents(tx, ctx, [
    {
      messageId: message.id,
      fromState: 'uncertain',
      toState: accepted ? 'sent' : 'failed',
      reason: source,
      detail: evidence.detail,
    },
  ])
  return accepted ? 'sent' : 'failed'
}

/** A mail that left counts as a contact, once. */
export async function recordContact(tx: Querier, noticeId: string, customerId: string, at: Date): Promise<void> {
  await tx.execute(sql`
    insert into contact_attempts (id, customer_id, channel, at, notice_message_id)
    values (${v7()}, ${customerId}, 'email', ${at.toISOString()}::timestamptz, ${noticeId}) on conflict do nothing`)
}
