import { noticeEvents, noticeMessages, noticeRecipients } from '@cartera/db/schema/notices'
import { mailAccounts, users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { formatAmount } from '@cartera/domain/money'
import type { NoticeReasonCode, NoticeState } from '@cartera/domain/notices/notice-states'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, sql } from 'drizzle-orm'
import PostalMime, { type Email } from 'postal-mime'
import type { AppContext } from '../app-context.ts'
import { TemplateProblem } from './liquid-text.ts'
import { noticeOnWire, requireSeeNotices, selectNotices } from './list-notices.ts'
import { contentOf, renderMessage } from './message-content.ts'
import { loadNoticeWorld } from './notice-facts.ts'
import { findMessageFacts } from './recheck-notice.ts'
import { visibleNotice } from './visible-notice.ts'

const beforeLeaving: readonly NoticeState[] = ['planned', 'claimed', 'deferred', 'held', 'failed']

/** The notice as lists show it; refuses `not-allowed`, and `not-found` alike for a missing and an out-of-scope one. */
export async function findVisibleNotice(ctx: AppContext, viewer: Viewer, id: string) {
  requireSeeNotices(viewer)
  const [row] = await selectNotices(ctx.db).where(and(eq(noticeMessages.id, id), visibleNotice(viewer)))
  if (!row) throw new Refusal('not-found')
  return row
}

/** A notice with items, recipients, history and the mail, as sent or as it would be sent now. Refuses `not-allowed`, `not-found`. */
export async function findNotice(ctx: AppContext, viewer: Viewer, id: string) {
  const row = await findVisibleNotice(ctx, viewer, id)
  const { rows: items } = await ctx.db.execute<{
    receivable_id: string
    external_id: string | null
    number: string
    rule: string
    rule_version: number
    due_on: string
    matures_on: string
    balance_minor: string
    currency: string
    dropped_reason: NoticeReasonCode | null
  }>(sql`
    select i.receivable_id, r.external_id, d.number, n.code as rule, i.rule_version, i.due_on, i.matures_on, i.balance_minor, i.currency,
      i.dropped_reason
    from notice_items i
    join receivables r on r.id = i.receivable_id
    join documents d on d.id = r.document_id
    join notice_rules n on n.id = i.rule_id
    where i.message_id = ${id}
    order by i.due_on, r.external_id, i.receivable_id, n.code`)
  const recipients = await ctx.db
    .select()
    .from(noticeRecipients)
    .where(eq(noticeRecipients.messageId, id))
    .orderBy(asc(noticeRecipients.id))
  const events = await ctx.db
    .select({ event: noticeEvents, actorName: users.name })
    .from(noticeEvents)
    .leftJoin(users, eq(users.id, noticeEvents.actorId))
    .where(eq(noticeEvents.messageId, id))
    .orderBy(asc(noticeEvents.id))
    .limit(10_000)
  const [reviewer] =
    row.reviewedBy === null ? [] : await ctx.db.select({ name: users.name }).from(users).where(eq(users.id, row.reviewedBy))
  return {
    ...noticeOnWire(row),
    messageId: row.messageId,
    items: items.map((item) => ({
      receivableId: item.receivable_id,
      externalId: item.external_id,
      number: item.number,
      rule: item.rule,
      ruleVersion: item.rule_version,
      dueOn: item.due_on,
      maturesOn: item.matures_on,
      balance: formatAmount(BigInt(item.balance_minor), item.currency),
      currency: item.currency,
      droppedReason: item.dropped_reason,
    })),
    recipients: recipients.map(({ address, name, contactId, outcome, response }) => ({
      address,
      name,
      contactId,
      outcome,
      response,
    })),
    events: events.map(({ event, actorName }) => ({
      id: event.id,
      at: event.at.toISOString(),
      fromState: event.fromState as NoticeState | null,
      toState: event.toState as NoticeState,
      reason: event.reason as NoticeReasonCode | null,
      actor: event.actorId === null ? null : { id: event.actorId, name: actorName ?? '' },
      detail: typeof event.detail?.text === 'string' ? event.detail.text : null,
    })),
    reviewedBy: row.reviewedBy === null ? null : { id: row.reviewedBy, name: reviewer?.name ?? '' },
    reviewedAt: row.reviewedAt?.toISOString() ?? null,
    content: await contentOfNotice(ctx, id, row.state),
  }
}

async function contentOfNotice(ctx: AppContext, id: string, state: NoticeState) {
  const [stored] = await ctx.db.select({ source: noticeMessages.source }).from(noticeMessages).where(eq(noticeMessages.id, id))
  if (!beforeLeaving.includes(state)) {
    if (!stored?.source) return null
    const mail = await PostalMime.parse(stored.source)
    return { subject: mail.subject ?? '', html: withImages(mail), text: mail.text ?? '', asSent: true }
  }
  const world = await loadNoticeWorld(ctx.db)
  const [facts] = await findMessageFacts(ctx.db, ctx, world, [id], null)
  if (!facts) return null
  const [account] = await ctx.db
    .select()
    .from(mailAccounts)
    .where(sql`${mailAccounts.userId} = ${facts.customer.sender.user?.id ?? null}::uuid`)
  const sender = account ?? { displayName: facts.customer.sender.user?.name ?? '', address: '' }
  // Before it leaves all that stands is shown, disputed items too: that is what waits.
  const shown = { ...facts, check: { ...facts.check, setAside: [] } }
  if (contentOf(world, shown, sender, facts.day).receivables.length === 0) return null
  try {
    return { ...(await renderMessage(ctx, world, shown, sender)), asSent: false }
  } catch (error) {
    if (error instanceof TemplateProblem) return null
    throw error
  }
}

/** The HTML with its inline images in the page, where a screen can show them. */
function withImages(mail: Email): string {
  return mail.attachments.reduce((html, { contentId, mimeType, content }) => {
    const cid = contentId?.replace(/^<|>$/g, '')
    if (!cid || mimeType !== 'image/png' || typeof content === 'string') return html
    return html.replaceAll(`cid:${cid}`, `data:image/png;base64,${Buffer.from(content as ArrayBuffer).toString('base64')}`)
  }, mail.html ?? '')
}

/** The mail exactly as handed to the mail server. Refuses `not-allowed`, `not-found` (also before anything was handed over). */
export async function findNoticeSource(ctx: AppContext, viewer: Viewer, id: string): Promise<Buffer> {
  await findVisibleNotice(ctx, viewer, id)
  const [row] = await ctx.db
    .select({ source: noticeMessages.source })
    .from(noticeMessages)
    .where(and(eq(noticeMessages.id, id), sql`${noticeMessages.state} in ('dispatching', 'sent', 'uncertain')`))
  if (!row?.source) throw new Refusal('not-found')
  return row.source
}
