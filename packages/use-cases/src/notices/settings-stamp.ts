import type { Querier } from '@cartera/db/connect'
import { type SQL, sql } from 'drizzle-orm'

/**
 * A text that changes with every change of what decides over a message besides its receivables and its customer: the company's settings and
 * holidays, which rules there are and how firm they speak, whose mailbox the customer's mails leave from, the settings of the customer, its group and the receivables, and what the customer has
 * paid or been credited that is not applied, with what it owes in all, since that money covers what is oldest. The days of a rule are left out: what was due under it leaves, also when it is moved while the
 * server waits. `messageId` and `customerId` stand for the columns of a row.
 */
export const settingsStamp = (messageId: SQL, customerId: SQL): SQL<string> => sql<string>`concat(
  (select version from company), ' ',
  (select string_agg(concat(level, ' ', repeat_every_days, ' ', repeat_times), ',' order by id) from notice_rules where retired_at is null), ' ',
  (select concat(count(*), ' ', sum(day - date '2000-01-01')) from holidays), ' ',
  (select s.version from notice_settings s where s.customer_id = ${customerId}), ' ',
  (select concat(c.group_id, ' ', s.version, ' ', c.collections_agent_id) from customers c left join notice_group_settings s on s.group_id = c.group_id
    where c.id = ${customerId}), ' ',
  (select concat(count(*), ' ', sum(s.version)) from notice_items i join notice_receivable_settings s on s.receivable_id = i.receivable_id
    where i.message_id = ${messageId}), ' ',
  (select concat(paid, ' ', credited, ' ', case when paid is not null or credited is not null then
      (select sum(balance_minor) from receivables where customer_id = ${customerId} and balance_minor > 0) end)
    from (select
      (select sum(unapplied_minor) from payments where customer_id = ${customerId} and unapplied_minor > 0) as paid,
      (select sum(unapplied_minor) from documents where customer_id = ${customerId} and unapplied_minor > 0) as credited) unapplied))`

/** The stamps of messages as they are now, by id: read before the facts that they stand for. */
export async function findSettingsStamps(db: Querier, messageIds: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await db.execute<{ id: string; stamp: string }>(sql`
    select m.id, ${settingsStamp(sql`m.id`, sql`m.customer_id`)} as stamp from notice_messages m where m.id = any(${sql.param([...messageIds])}::uuid[])`)
  return new Map(rows.map((row) => [row.id, row.stamp]))
}
