import type { Querier } from '@cartera/db/connect'
import { staffMails } from '@cartera/db/schema/finance'
import { sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { makeMessageId } from '../notices/recheck-notice.ts'

/** Puts a mail to each of the people in the queue, once for what it tells of: asking again changes nothing. Answers how many are new. */
export async function queueStaffMails(
  tx: Querier,
  ctx: AppContext,
  mail: { kind: 'digest' | 'alarm' | 'bank-details' | 'reminder'; about: string; day?: string; userIds: readonly string[] },
): Promise<number> {
  if (mail.userIds.length === 0) return 0
  const made = await tx
    .insert(staffMails)
    .values(
      mail.userIds.map((userId) => ({
        kind: mail.kind,
        about: mail.about,
        day: mail.day ?? null,
        userId,
        state: 'waiting' as const,
        messageId: makeMessageId(null),
        nextAttemptAt: sql`statement_timestamp()`,
        createdAt: ctx.now(),
      })),
    )
    .onConflictDoNothing()
    .returning({ id: staffMails.id })
  return made.length
}
