import { customers } from '@cartera/db/schema/customers'
import { visibleCustomerTo, visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, customerScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { formatAmount } from '@cartera/domain/money'
import { type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { visibleNotice } from '../notices/visible-notice.ts'
import { encodeCursor, keysetAfter, pageOf } from '../paging.ts'

export type TimelineKind =
  | 'notice'
  | 'bounce'
  | 'reply'
  | 'note'
  | 'follow-up'
  | 'promise'
  | 'contact'
  | 'dispute'
  | 'extension'
  | 'interaction'
  | 'opportunity'
  | 'quote'
  | 'renewal'
  | 'payment-claim'
  | 'observation'
  | 'progress'
  | 'follow-up-document'
  | 'file'
  | 'case'
  | 'merge'

interface Row extends Record<string, unknown> {
  id: string
  kind: TimelineKind
  at: string
  person_id: string | null
  person_name: string | null
  title: string | null
  body: string | null
  address: string | null
  detail: string | null
  notice_id: string | null
  /** Of a quote its own: what is told of one record has several entries. */
  follow_up_id: string | null
  amount_minor: string | null
  currency: string | null
  due_on: string | null
  from_on: string | null
  follow_up_number: number | null
  follow_up_subject: string | null
}

const longestText = 4000

/**
 * What happened with a customer, newest first, each kind within the viewer's scope for it: notices that left with what came back as notices
 * are seen, notes by their author, files (e-mails at their own date) by their owner, follow-ups (with their observations, activities and documents, which left by mail or not), interactions, opportunities, cases, quotes (written, sent, decided) and renewals (renewed, ended) by their owner, contacts by who noted them; promises, reported payments (with their decision), disputes (opened and ended) and extensions
 * of due dates, and merges with others that the viewer sees, with the customer. Refuses `not-found`, `cursor-invalid`.
 */
export async function customerTimeline(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  input: { limit?: number | undefined; cursor?: string | undefined; kind?: TimelineKind | undefined },
) {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const limit = input.limit ?? 30
  const after = (at: SQL, id: SQL) =>
    keysetAfter(
      input.cursor,
      'at',
      [
        { column: at, type: 'timestamptz' },
        { column: id, type: 'uuid' },
      ],
      true,
    ) ?? sql`true`
  const scope = accessScopeOf(viewer)
  const seesNotices = sql`exists (select 1 from ${customers} where ${customers.id} = ${customerId} and ${visibleNotice(viewer) ?? sql`true`})`
  // The merged one as if it were still there: who never saw it does not read its name here.
  const seesOther =
    visibleCustomerTo(customerScopeOf(viewer), {
      preferredAgentId: sql`o.preferred_agent_id`,
      collectionsAgentId: sql`o.collections_agent_id`,
    }) ?? sql`true`
  const mine = (column: string) => visibleTo(scope, sql.raw(column)) ?? sql`true`
  const noFollowUp = sql`null::int as follow_up_number, null::text as follow_up_subject`
  const nothing = sql`null::uuid as notice_id, null::uuid as follow_up_id, null::bigint as amount_minor, null::text as currency, null::text as due_on,
    null::text as from_on, ${noFollowUp}`
  const inFollowUp = sql`null::uuid, f.id, null::bigint, null::text, null::text, null::text, f.number, f.subject`
  const kinds: Record<Exclude<TimelineKind, 'bounce' | 'reply'> | 'mail', SQL> = {
    notice: sql`
      select m.id, 'notice' as kind, m.sent_at as at, m.sender_id as person_id, m.subject as title, null::text as body,
        (select string_agg(r.address, ', ' order by r.address) from notice_recipients r where r.message_id = m.id) as address,
        m.kind as detail, m.id as notice_id, null::uuid as follow_up_id, null::bigint as amount_minor, null::text as currency, null::text as due_on,
        null::text as from_on, ${noFollowUp}
      from notice_messages m
      where m.customer_id = ${customerId} and m.state = 'sent' and m.sent_at is not null and ${seesNotices}
        and ${after(sql`m.sent_at`, sql`m.id`)}
      order by m.sent_at desc, m.id desc limit ${limit + 1}`,
    mail: sql`
      select b.id, b.kind, b.received_at, null::uuid, b.subject, coalesce(b.diagnostic, left(b.body, ${longestText})),
        case when b.kind = 'bounce' then b.failed_address else b.from_address end,
        case when b.kind = 'reply' then null when b.permanent then 'permanent' else 'passing' end, b.notice_message_id,
        null::uuid, null::bigint, null::text, null::text, null::text, ${noFollowUp}
      from mailbox_messages b
      where b.customer_id = ${customerId} and ${seesNotices} and ${after(sql`b.received_at`, sql`b.id`)}
        ${input.kind === 'bounce' || input.kind === 'reply' ? sql`and b.kind = ${input.kind}` : sql``}
      order by b.received_at desc, b.id desc limit ${limit + 1}`,
    note: sql`
      select n.id, 'note', n.created_at, n.author_id, null::text, left(n.body, ${longestText}), null::text, null::text, ${nothing}
      from notes n
      where n.customer_id = ${customerId} and n.deleted_at is null and ${mine('n.author_id')} and ${after(sql`n.created_at`, sql`n.id`)}
      order by n.created_at desc, n.id desc limit ${limit + 1}`,
    'follow-up': sql`
      select f.id, 'follow-up', f.created_at, f.owner_id, f.subject, left(f.description, ${longestText}), null::text, f.state,
        null::uuid, f.id, null::bigint, null::text, null::text, null::text, ${noFollowUp}
      from follow_ups f
      where f.customer_id = ${customerId} and ${mine('f.owner_id')} and ${after(sql`f.created_at`, sql`f.id`)}
      order by f.created_at desc, f.id desc limit ${limit + 1}`,
    promise: sql`
      select p.id, 'promise', p.created_at, p.recorded_by, null::text, left(p.comment, ${longestText}), null::text, p.state,
        null::uuid, null::uuid, p.amount_minor, p.currency::text, p.due_on::text, null::text, ${noFollowUp}
      from promises p
      where p.customer_id = ${customerId} and ${after(sql`p.created_at`, sql`p.id`)}
      order by p.created_at desc, p.id desc limit ${limit + 1}`,
    contact: sql`
      select c.id, 'contact', c.at, c.recorded_by, null::text, left(c.outcome, ${longestText}), null::text, c.channel, ${nothing}
      from contact_attempts c
      where c.customer_id = ${customerId} and c.notice_message_id is null and ${mine('c.recorded_by')} and ${after(sql`c.at`, sql`c.id`)}
      order by c.at desc, c.id desc limit ${limit + 1}`,
    // That it was opened and that it ended: the end has an id of its own, a UUID of version 8, since readers take no other bits for one.
    dispute: sql`
      select e.id, 'dispute', e.at, e.person_id, d.number, left(e.body, ${longestText}), null::text, e.detail, ${nothing}
      from receivables r join documents d on d.id = r.document_id join disputes q on q.receivable_id = r.id
      cross join lateral (values
        (q.id, q.opened_at, q.opened_by, q.reason, 'opened'),
        (overlay(overlay(md5(q.id::text || ' ended') placing '8' from 13) placing '8' from 17)::uuid, q.ended_at, q.ended_by, q.resolution, coalesce(q.result, 'withdrawn'))
      ) e(id, at, person_id, body, detail)
      where r.customer_id = ${customerId} and e.at is not null and ${after(sql`e.at`, sql`e.id`)}
      order by e.at desc, e.id desc limit ${limit + 1}`,
    extension: sql`
      select x.id, 'extension', x.created_at, x.granted_by, d.number, left(x.reason, ${longestText}), null::text, null::text,
        null::uuid, null::uuid, null::bigint, null::text, x.to_due_on::text, x.from_due_on::text, ${noFollowUp}
      from receivables r join documents d on d.id = r.document_id join receivable_extensions x on x.receivable_id = r.id
      where r.customer_id = ${customerId} and ${after(sql`x.created_at`, sql`x.id`)}
      order by x.created_at desc, x.id desc limit ${limit + 1}`,
    // That it was reported and that it was decided: the decision has an id of its own, as the end of a dispute has.
    'payment-claim': sql`
      select e.id, 'payment-claim', e.at, e.person_id, k.name, left(e.body, ${longestText}), null::text, e.detail,
        null::uuid, null::uuid, q.amount_minor, q.currency::text, q.paid_on::text, null::text, ${noFollowUp}
      from payment_claims q join contacts k on k.id = q.contact_id
      cross join lateral (values
        (q.id, q.created_at, null::uuid, q.comment, 'open'),
        (overlay(overlay(md5(q.id::text || ' decided') placing '8' from 13) placing '8' from 17)::uuid, q.decided_at, q.decided_by, q.answer, q.state)
      ) e(id, at, person_id, body, detail)
      where q.customer_id = ${customerId} and e.at is not null and ${after(sql`e.at`, sql`e.id`)}
      order by e.at desc, e.id desc limit ${limit + 1}`,
    // With its last words; internal ones too, since whoever reads this sees the interaction itself.
    interaction: sql`
      select i.id, 'interaction', i.happened_at, i.owner_id, t.name || ' #' || i.number, left(e.body, ${longestText}), null::text, i.state, ${nothing}
      from interactions i join interaction_topics t on t.id = i.topic_id
      left join lateral (select body from interaction_entries where interaction_id = i.id order by written_at desc, id desc limit 1) e on true
      where i.customer_id = ${customerId} and i.deleted_at is null and ${mine('i.owner_id')} and ${after(sql`i.happened_at`, sql`i.id`)}
      order by i.happened_at desc, i.id desc limit ${limit + 1}`,
    // With what came of it, once something did.
    case: sql`
      select k.id, 'case', k.created_at, k.owner_id, k.subject || ' #' || k.number, left(coalesce(k.resolution, k.description), ${longestText}), null::text, k.state, ${nothing}
      from cases k
      where k.customer_id = ${customerId} and k.deleted_at is null and ${mine('k.owner_id')} and ${after(sql`k.created_at`, sql`k.id`)}
      order by k.created_at desc, k.id desc limit ${limit + 1}`,
    opportunity: sql`
      select o.id, 'opportunity', o.created_at, o.owner_id, o.name || ' #' || o.number, left(o.close_note, ${longestText}), null::text, o.state,
        null::uuid, null::uuid, o.amount_minor, o.currency::text, o.expected_on::text, null::text, ${noFollowUp}
      from opportunities o
      where o.customer_id = ${customerId} and o.deleted_at is null and ${mine('o.owner_id')} and ${after(sql`o.created_at`, sql`o.id`)}
      order by o.created_at desc, o.id desc limit ${limit + 1}`,
    // That it was written, that a mail server took it or it was handed over, and what became of it: the later ones have ids of their own.
    quote: sql`
      select e.id, 'quote', e.at, e.person_id, q.subject || ' · ' || lpad(q.number::text, 6, '0') || case when q.revision > 1 then '-' || q.revision else '' end,
        left(e.body, ${longestText}), null::text, e.detail, null::uuid, q.id, q.total_minor, q.currency::text, q.valid_until::text, null::text, ${noFollowUp}
      from quotes q
      cross join lateral (values
        (q.id, q.created_at, q.created_by, null::text, 'written'),
        (overlay(overlay(md5(q.id::text || ' sent') placing '8' from 13) placing '8' from 17)::uuid,
          case when q.by_hand then q.issued_at else (
            select min(m.sent_at) from customer_mails m where m.about_id = q.id and m.kind = 'quote' and m.state = 'sent'
          ) end, q.issued_by, null, 'sent'),
        (overlay(overlay(md5(q.id::text || ' decided') placing '8' from 13) placing '8' from 17)::uuid,
          case when q.state in ('accepted', 'rejected', 'withdrawn') then q.decided_at end, q.decided_by, q.reason, q.state)
      ) e(id, at, person_id, body, detail)
      where q.customer_id = ${customerId} and q.deleted_at is null and ${mine('q.owner_id')} and e.at is not null and ${after(sql`e.at`, sql`e.id`)}
      order by e.at desc, e.id desc limit ${limit + 1}`,
    // Each time that it was renewed, and that it is not any more.
    renewal: sql`
      select e.id, 'renewal', e.at, e.person_id, p.name, left(e.body, ${longestText}), null::text, e.detail,
        null::uuid, null::uuid, null::bigint, null::text, e.next_on, e.due_on, ${noFollowUp}
      from renewals n join products p on p.id = n.product_id
      cross join lateral (
        select overlay(overlay(md5(n.id::text || b.due_on) placing '8' from 13) placing '8' from 17)::uuid as id, b.renewed_at as at,
          b.renewed_by as person_id, null::text as body, 'renewed' as detail, b.due_on::text as due_on, b.next_on::text as next_on
        from renewal_purchases b where b.renewal_id = n.id
        union all
        select n.id, n.ended_at, n.ended_by, n.end_reason, 'ended', null, null where n.state = 'ended'
      ) e
      where n.customer_id = ${customerId} and n.deleted_at is null and ${mine('n.owner_id')} and e.at is not null and ${after(sql`e.at`, sql`e.id`)}
      order by e.at desc, e.id desc limit ${limit + 1}`,
    observation: sql`
      select o.id, 'observation', o.observed_at, o.author_id, null::text, left(o.body, ${longestText}), null::text, null::text, ${inFollowUp}
      from follow_ups f join follow_up_observations o on o.follow_up_id = f.id
      where f.customer_id = ${customerId} and ${mine('f.owner_id')} and ${after(sql`o.observed_at`, sql`o.id`)}
      order by o.observed_at desc, o.id desc limit ${limit + 1}`,
    progress: sql`
      select p.id, 'progress', p.done_at, p.done_by, a.name, left(p.comment, ${longestText}), null::text, a.direction, ${inFollowUp}
      from follow_ups f join follow_up_progress p on p.follow_up_id = f.id join follow_up_activities a on a.id = p.activity_id
      where f.customer_id = ${customerId} and ${mine('f.owner_id')} and ${after(sql`p.done_at`, sql`p.id`)}
      order by p.done_at desc, p.id desc limit ${limit + 1}`,
    // That it was made, and each mail in which it left.
    'follow-up-document': sql`
      select e.id, 'follow-up-document', e.at, e.person_id, d.name, left(e.body, ${longestText}), e.address, e.detail, ${inFollowUp}
      from follow_ups f join follow_up_attachments d on d.follow_up_id = f.id
      cross join lateral (
        select d.id, d.created_at as at, d.created_by as person_id, null::text as body, null::text as address, 'made' as detail
        union all
        select m.id, m.sent_at, m.sender_id, m.message, m.to_address, 'sent' from customer_mails m
        where m.about_id = d.id and m.kind = 'follow-up-document' and m.state = 'sent' and m.sent_at is not null
      ) e
      where f.customer_id = ${customerId} and ${mine('f.owner_id')} and ${after(sql`e.at`, sql`e.id`)}
      order by e.at desc, e.id desc limit ${limit + 1}`,
    // That another was merged into it (or it into another), and that this was undone.
    merge: sql`
      select e.id, 'merge', e.at, e.person_id, o.code || ' ' || o.name, null::text, null::text, e.detail, ${nothing}
      from customer_merges m join customers o on o.id = case when m.survivor_id = ${customerId} then m.merged_id else m.survivor_id end
      cross join lateral (values
        (m.id, m.merged_at, m.merged_by, case when m.survivor_id = ${customerId} then 'merged' else 'merged-away' end),
        (overlay(overlay(md5(m.id::text || ' undone') placing '8' from 13) placing '8' from 17)::uuid, m.undone_at, m.undone_by, 'undone')
      ) e(id, at, person_id, detail)
      where (m.survivor_id = ${customerId} or m.merged_id = ${customerId}) and e.at is not null and ${seesOther} and ${after(sql`e.at`, sql`e.id`)}
      order by e.at desc, e.id desc limit ${limit + 1}`,
    file: sql`
      select g.id, 'file', g.happened_at, g.owner_id, left(coalesce(nullif(l.subject, ''), g.name), 1000),
        left(coalesce(g.description, l.body), ${longestText}), nullif(l.from_address, ''), g.kind, ${nothing}
      from customer_files g left join customer_file_mails l on l.file_id = g.id
      where g.customer_id = ${customerId} and g.state = 'kept' and g.deleted_at is null and ${mine('g.owner_id')}
        and ${after(sql`g.happened_at`, sql`g.id`)}
      order by g.happened_at desc, g.id desc limit ${limit + 1}`,
  }
  const wanted =
    input.kind === undefined
      ? Object.values(kinds)
      : [kinds[input.kind === 'bounce' || input.kind === 'reply' ? 'mail' : input.kind]]
  // The first names the columns for all.
  const union = sql.join(
    [
      sql`(select null::uuid as id, null::text as kind, null::timestamptz as at, null::uuid as person_id, null::text as title, null::text as body, null::text as address, null::text as detail, ${nothing} where false)`,
      ...wanted.map((each) => sql`(${each})`),
    ],
    sql` union all `,
  )
  const { rows } = await ctx.db.execute<Row>(sql`
    select e.id, e.kind, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, e.person_id, u.name as person_name, e.title,
      e.body, e.address, e.detail, e.notice_id, e.follow_up_id, e.amount_minor, e.currency, e.due_on, e.from_on,
      e.follow_up_number, e.follow_up_subject
    from (${union}) e left join users u on u.id = e.person_id
    order by e.at desc, e.id desc limit ${limit + 1}`)
  return pageOf(rows, limit, toEntry, (row) => encodeCursor('at', [row.at, row.id]))
}

const toEntry = (row: Row) => ({
  id: row.id,
  kind: row.kind,
  at: row.at,
  person: row.person_id === null ? null : { id: row.person_id, name: row.person_name ?? '' },
  title: row.title,
  text: row.body,
  address: row.address?.slice(0, 254) ?? null,
  detail: row.detail,
  noticeId: row.notice_id,
  followUpId: row.kind === 'quote' ? null : row.follow_up_id,
  quoteId: row.kind === 'quote' ? row.follow_up_id : null,
  followUp: row.follow_up_number === null ? null : { number: row.follow_up_number, subject: row.follow_up_subject ?? '' },
  promise:
    row.kind !== 'promise' || row.amount_minor === null || row.currency === null || row.due_on === null
      ? null
      : { amount: formatAmount(BigInt(row.amount_minor), row.currency), currency: row.currency, dueOn: row.due_on },
  claim:
    row.kind !== 'payment-claim' || row.amount_minor === null || row.currency === null || row.due_on === null
      ? null
      : { amount: formatAmount(BigInt(row.amount_minor), row.currency), currency: row.currency, paidOn: row.due_on },
  opportunity:
    row.kind !== 'opportunity' || row.amount_minor === null || row.currency === null || row.due_on === null
      ? null
      : { amount: formatAmount(BigInt(row.amount_minor), row.currency), currency: row.currency, expectedOn: row.due_on },
  quote:
    row.kind !== 'quote' || row.amount_minor === null || row.currency === null || row.due_on === null
      ? null
      : { amount: formatAmount(BigInt(row.amount_minor), row.currency), currency: row.currency, validUntil: row.due_on },
  renewal:
    row.kind !== 'renewal' || row.from_on === null || row.due_on === null ? null : { dueOn: row.from_on, nextOn: row.due_on },
  extension:
    row.kind !== 'extension' || row.from_on === null || row.due_on === null
      ? null
      : { fromDueOn: row.from_on, toDueOn: row.due_on },
})
