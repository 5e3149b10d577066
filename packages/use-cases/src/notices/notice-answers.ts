import type { Viewer } from '@cartera/domain/access/access-scope'
import { sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findVisibleNotice } from './find-notice.ts'

/** As much of a mail as a screen shows. */
const longestText = 20_000
const most = 100

/**
 * What came back to the sender's mailbox about a notice, replies and bounces, the newest first. Refuses `not-allowed`, `not-found`.
 */
export async function findNoticeAnswers(ctx: AppContext, viewer: Viewer, noticeId: string) {
  await findVisibleNotice(ctx, viewer, noticeId)
  const { rows } = await ctx.db.execute<{
    id: string
    kind: 'reply' | 'bounce'
    at: string
    address: string
    subject: string
    text: string
    permanent: boolean | null
  }>(sql`
    select id, kind, to_char(received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
      left(case when kind = 'bounce' and failed_address <> '' then failed_address else from_address end, 254) as address,
      left(subject, 1000) as subject, left(case when kind = 'bounce' then coalesce(diagnostic, body) else body end, ${longestText}) as text,
      permanent
    from mailbox_messages where notice_message_id = ${noticeId}
    order by received_at desc, id desc limit ${most}`)
  return { items: rows }
}
