import type { Querier } from '@cartera/db/connect'
import { unaccented } from '@cartera/db/schema/columns'
import { customerGroups, customers } from '@cartera/db/schema/customers'
import { noticeGroupSettings } from '@cartera/db/schema/notices'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { searchKey } from '@cartera/domain/text'
import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'

/** Groups as the contract says them; the count is of the customers that the viewer sees. */
export const selectGroups = (db: Querier, viewer: Viewer) =>
  db
    .select({
      id: customerGroups.id,
      name: customerGroups.name,
      active: customerGroups.active,
      version: customerGroups.version,
      customerCount: sql<number>`(select count(*) from ${customers} where ${and(
        sql`${customers.groupId} = customer_groups.id`,
        visibleCustomer(viewer),
      )})`.mapWith(Number),
      hasNoticeSettings: sql<boolean>`exists (select 1 from ${noticeGroupSettings} s where s.group_id = customer_groups.id
        and num_nonnulls(s.subject, s.active, s.send_to_contacts, s.reminder_on, s.reminder_rule_ids, s.overdue_on, s.overdue_rule_ids,
          s.reminder_body, s.overdue_body, s.tone, s.attach_statement) > 0)`,
    })
    .from(customerGroups)

const mentions = (q: string | undefined): SQL | undefined =>
  q ? sql`strpos(${unaccented('customer_groups.name')}, ${searchKey(q)}) > 0` : undefined

/** The groups of customers; a catalogue that everyone who signs in may read. */
export async function listCustomerGroups(ctx: AppContext, viewer: Viewer, input: PageInput & { active?: boolean | undefined }) {
  const sort = input.sort ?? 'name'
  const descending = sort.startsWith('-')
  const keys = [
    { column: sql`lower(customer_groups.name)`, type: 'text' },
    { column: customerGroups.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await selectGroups(ctx.db, viewer)
    .where(
      and(
        input.active === undefined ? undefined : eq(customerGroups.active, input.active),
        mentions(input.q),
        keysetAfter(input.cursor, sort, keys, descending),
      ),
    )
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => row,
    (row) => encodeCursor(sort, [row.name.toLowerCase(), row.id]),
  )
}
