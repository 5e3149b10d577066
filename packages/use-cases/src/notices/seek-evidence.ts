import { noticeEvents, noticeMessages } from '@cartera/db/schema/notices'
import { and, asc, eq, gt, isNotNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { defineJob } from '../jobs/job.ts'
import { findByMessageId } from '../mailboxes/find-by-message-id.ts'
import { recordEvents } from './notice-events.ts'
import { settleByEvidence } from './settle-uncertain.ts'

/** Which of the Message-IDs a person's sent folder holds; null where it cannot be looked at now. */
type LookUp = (ctx: AppContext, userId: string, messageIds: readonly string[]) => Promise<Set<string> | null>

const lookBackDays = 14
const mostAtOnce = 500

/**
 * Looks for uncertain notices in the sent folders of their accounts. What is found was sent. What is not found proves nothing: that is
 * said once in the notice's history, for the person who decides.
 */
export async function seekEvidence(ctx: AppContext, lookUp: LookUp = findByMessageId): Promise<void> {
  const since = new Date(ctx.now().getTime() - lookBackDays * 86_400_000)
  const uncertain = await ctx.db
    .select({ id: noticeMessages.id, messageId: noticeMessages.messageId, senderId: noticeMessages.senderId })
    .from(noticeMessages)
    .where(and(eq(noticeMessages.state, 'uncertain'), isNotNull(noticeMessages.senderId), gt(noticeMessages.updatedAt, since)))
    .orderBy(asc(noticeMessages.id))
    .limit(mostAtOnce)
  const senders = new Set(uncertain.flatMap((each) => each.senderId ?? []))
  for (const senderId of senders) {
    const messages = uncertain.filter((each) => each.senderId === senderId)
    const found = await lookUp(
      ctx,
      senderId,
      messages.map((each) => each.messageId),
    )
    if (found === null) continue
    await settleByEvidence(
      ctx,
      'mailbox-evidence',
      messages
        .filter((each) => found.has(each.messageId))
        .map((each) => ({ messageId: each.messageId, outcome: 'accepted', detail: '' })),
    )
    for (const each of messages) if (!found.has(each.messageId)) await sayNotFound(ctx, each.id)
  }
}

async function sayNotFound(ctx: AppContext, id: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const [message] = await tx
      .select({ state: noticeMessages.state })
      .from(noticeMessages)
      .where(and(eq(noticeMessages.id, id), eq(noticeMessages.state, 'uncertain')))
      .for('update')
    if (!message) return
    const [said] = await tx
      .select({ id: noticeEvents.id })
      .from(noticeEvents)
      .where(and(eq(noticeEvents.messageId, id), sql`${noticeEvents.reason} = 'not-in-mailbox'`))
      .limit(1)
    if (said) return
    await recordEvents(tx, ctx, [{ messageId: id, fromState: 'uncertain', toState: 'uncertain', reason: 'not-in-mailbox' }])
  })
}

/** Every few minutes: mail servers file their copy late. */
export const seekEvidenceJob = defineJob({
  name: 'seek-evidence',
  payload: z.strictObject({}),
  attempts: 1,
  run: (ctx) => seekEvidence(ctx),
})
