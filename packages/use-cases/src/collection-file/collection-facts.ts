import { customers } from '@cartera/db/schema/customers'
import { noticeMessages } from '@cartera/db/schema/notices'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { can, permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { listContactAttempts } from '../contact-attempts/contact-attempts.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { listFollowUps } from '../follow-ups/list-follow-ups.ts'
import { listNotesOfCustomer } from '../notes/list-notes.ts'
import { visibleNotice } from '../notices/visible-notice.ts'
import { languageOf } from '../portfolio/portfolio-workbook.ts'
import { listPromises } from '../promises/list-promises.ts'

/** The most rows that one section of the paper shows; the mails themselves are all in the ZIP. */
export const mostRowsOfSection = 600

/** Part of a list, the newest first, and whether there is more. */
interface Section<Item> {
  items: Item[]
  more: boolean
}

async function collect<Item>(
  page: (cursor: string | undefined) => Promise<{ items: Item[]; nextCursor: string | null }>,
): Promise<Section<Item>> {
  const items: Item[] = []
  for (let cursor: string | undefined; ; ) {
    const found = await page(cursor)
    items.push(...found.items)
    if (found.nextCursor === null) return { items, more: false }
    if (items.length >= mostRowsOfSection) return { items: items.slice(0, mostRowsOfSection), more: true }
    cursor = found.nextCursor
  }
}

const firstOf = <Item>(rows: readonly Item[]): Section<Item> => ({
  items: rows.slice(0, mostRowsOfSection),
  more: rows.length > mostRowsOfSection,
})

/** What a reply or a server says at most on the paper. */
const longestAnswer = 2000

export interface FiledNotice {
  id: string
  kind: 'preventive' | 'overdue'
  planOn: string
  state: 'sent' | 'uncertain' | 'failed'
  sentAt: Date | null
  createdAt: Date
  subject: string | null
  senderAddress: string | null
  messageId: string
  smtpResponse: string | null
  recipients: { address: string; outcome: string; response: string | null }[]
}

/** What was mailed, or may have been: each as it was, a batch at a time in the order in which they were made. Without the mails. */
export async function* filedNotices(ctx: AppContext, viewer: Viewer, customerId: string): AsyncGenerator<FiledNotice> {
  for (let after: string | null = null; ; ) {
    const rows: Omit<FiledNotice, 'recipients'>[] = (await ctx.db
      .select({
        id: noticeMessages.id,
        kind: noticeMessages.kind,
        planOn: noticeMessages.planOn,
        state: noticeMessages.state,
        sentAt: noticeMessages.sentAt,
        createdAt: noticeMessages.createdAt,
        subject: noticeMessages.subject,
        senderAddress: noticeMessages.senderAddress,
        messageId: noticeMessages.messageId,
        smtpResponse: noticeMessages.smtpResponse,
      })
      .from(noticeMessages)
      .innerJoin(customers, eq(customers.id, noticeMessages.customerId))
      .where(
        and(
          eq(noticeMessages.customerId, customerId),
          inArray(noticeMessages.state, ['sent', 'uncertain', 'failed']),
          visibleNotice(viewer),
          after === null ? undefined : gt(noticeMessages.id, after),
        ),
      )
      .orderBy(asc(noticeMessages.id))
      .limit(100)) as Omit<FiledNotice, 'recipients'>[]
    const { rows: recipients } = await ctx.db.execute<{
      message_id: string
      address: string
      outcome: string
      response: string | null
    }>(sql`
      select message_id, address, outcome, response from notice_recipients
      where message_id = any(${sql.param(rows.map((row) => row.id))}::uuid[]) order by message_id, address`)
    for (const row of rows) yield { ...row, recipients: recipients.filter((one) => one.message_id === row.id) }
    const last = rows.at(-1)
    if (last === undefined || rows.length < 100) return
    after = last.id
  }
}

/**
 * What a collection file of a customer holds besides its mails: everything within the reader's scope, as the reader would see it on screen. Refuses
 * `not-found`, and `not-allowed` without the permission to export.
 */
export async function collectionFacts(ctx: AppContext, viewer: Viewer, customerId: string) {
  const customer = await findVisibleCustomer(ctx.db, viewer, customerId)
  const refusal = permissionRefusal(viewer, 'export')
  if (refusal) throw new Refusal(refusal)
  const seesNotices = can(viewer, 'see-notices')
  const [agent] =
    customer.collectionsAgentId === null
      ? []
      : await ctx.db.select({ name: users.name }).from(users).where(eq(users.id, customer.collectionsAgentId))
  const notices: FiledNotice[] = []
  let noticeCount = 0
  if (seesNotices)
    for await (const notice of filedNotices(ctx, viewer, customerId)) {
      noticeCount += 1
      notices.push(notice)
      if (notices.length > mostRowsOfSection) notices.shift()
    }
  const { rows: disputes } = await ctx.db.execute<{
    number: string
    category: string
    reason: string
    opened_at: Date | string
    opened_by: string | null
    result: 'valid' | 'not-valid' | null
    resolution: string | null
    ended_at: Date | string | null
  }>(sql`
    select d.number, x.category, x.reason, x.opened_at, u.name as opened_by, x.result, x.resolution, x.ended_at
    from disputes x join receivables r on r.id = x.receivable_id join documents d on d.id = r.document_id
    left join users u on u.id = x.opened_by
    where r.customer_id = ${customerId} order by x.opened_at desc, x.id desc limit ${mostRowsOfSection + 1}`)
  const { rows: extensions } = await ctx.db.execute<{
    number: string
    instalment: number
    from_due_on: string
    to_due_on: string
    reason: string
    granted_by: string | null
    created_at: Date | string
  }>(sql`
    select d.number, r.instalment, x.from_due_on::text, x.to_due_on::text, x.reason, u.name as granted_by, x.created_at
    from receivable_extensions x join receivables r on r.id = x.receivable_id join documents d on d.id = r.document_id
    left join users u on u.id = x.granted_by
    where r.customer_id = ${customerId} order by x.created_at desc, x.id desc limit ${mostRowsOfSection + 1}`)
  const { rows: answers } = !seesNotices
    ? { rows: [] }
    : await ctx.db.execute<{
        kind: 'bounce' | 'reply'
        received_at: Date | string
        address: string
        subject: string
        text: string | null
        permanent: boolean | null
      }>(sql`
        select kind, received_at, case when kind = 'bounce' then failed_address else from_address end as address, subject,
          left(coalesce(diagnostic, body), ${longestAnswer}) as text, permanent
        from mailbox_messages
        where customer_id = ${customerId}
          and exists (select from ${customers} where ${customers.id} = ${customerId} and ${visibleNotice(viewer) ?? sql`true`})
        order by received_at desc, id desc limit ${mostRowsOfSection + 1}`)
  const page = (cursor: string | undefined) => ({ limit: 200, ...(cursor === undefined ? {} : { cursor }) })
  return {
    customer,
    agentName: agent?.name ?? null,
    language: await languageOf(ctx, viewer),
    seesNotices,
    notices: notices.reverse(),
    noticeCount,
    disputes: firstOf(disputes),
    extensions: firstOf(extensions),
    answers: firstOf(answers),
    promises: await collect((cursor) => listPromises(ctx, viewer, { customerId, ...page(cursor) })),
    contacts: await collect((cursor) => listContactAttempts(ctx, viewer, customerId, page(cursor))),
    notes: await collect((cursor) => listNotesOfCustomer(ctx, viewer, customerId, page(cursor))),
    followUps: await collect((cursor) =>
      listFollowUps(ctx, viewer, { customerId, state: 'all', sort: '-dueAt', ...page(cursor) }),
    ),
  }
}

export type CollectionFacts = Awaited<ReturnType<typeof collectionFacts>>
