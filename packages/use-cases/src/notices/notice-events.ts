import type { Querier } from '@cartera/db/connect'
import { noticeEvents } from '@cartera/db/schema/notices'
import type { NoticeReasonCode, NoticeState } from '@cartera/domain/notices/notice-states'
import type { AppContext } from '../app-context.ts'
import { notifyLiveMany } from '../live/notify-live.ts'

export interface NoticeEvent {
  messageId: string
  fromState: NoticeState | null
  toState: NoticeState
  reason: NoticeReasonCode | null
  actorId?: string | null
  /** What the mail server said, or what a person gave as the reason. */
  detail?: string | null
}

/** Writes changes of state, in the transaction of the changes, and tells those who look on. */
export async function recordEvents(tx: Querier, ctx: AppContext, events: readonly NoticeEvent[]): Promise<void> {
  const at = ctx.now()
  for (let from = 0; from < events.length; from += 1000)
    await tx.insert(noticeEvents).values(
      events.slice(from, from + 1000).map((event) => ({
        messageId: event.messageId,
        at,
        fromState: event.fromState,
        toState: event.toState,
        reason: event.reason,
        actorId: event.actorId ?? null,
        detail: event.detail == null ? null : { text: event.detail.slice(0, 2000) },
      })),
    )
  await notifyLiveMany(tx, { entity: 'notice', ids: events.map((event) => event.messageId), action: 'change' })
}
