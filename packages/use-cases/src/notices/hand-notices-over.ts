import type { Transaction } from '@cartera/db/connect'
import { type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'

/**
 * What is written and has not left names the collections agent that its customer has now, in the transaction that gave the customers another
 * one; `customerIds` selects their ids. What waited for the cap of the other account waits no more. One that is being sent is passed over: it is looked at again at the gate.
 */
export async function handNoticesOver(tx: Transaction, ctx: AppContext, customerIds: SQL): Promise<void> {
  await tx.execute(sql`
    with ours as (
      select m.id, u.id as sender_id, a.address, c.collections_agent_id is null as fallback
      from customers c
      join notice_messages m on m.customer_id = c.id and m.state in ('planned', 'deferred', 'held')
      left join users u on u.id = coalesce(c.collections_agent_id, (select administrator_id from company))
      left join mail_accounts a on a.user_id = u.id
      where c.id in (${customerIds})
      order by m.id for update of m skip locked
    )
    update notice_messages m set sender_id = o.sender_id, sender_address = o.address, sender_is_fallback = o.fallback,
      next_attempt_at = case when m.reason = 'account-cap' then null else m.next_attempt_at end,
      version = m.version + 1, updated_at = ${ctx.now().toISOString()}::timestamptz
    from ours o where m.id = o.id and m.sender_id is distinct from o.sender_id`)
}
