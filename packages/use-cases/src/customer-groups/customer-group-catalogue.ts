import { customerGroups, customers } from '@cartera/db/schema/customers'
import { noticeGroupSettings } from '@cartera/db/schema/notices'
import { and, sql } from 'drizzle-orm'
import { defineCatalogue } from '../catalogues/define-catalogue.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'

/** The groups of customers that are treated alike; the count is of the customers that the viewer sees. */
export const customerGroupCatalogue = defineCatalogue({
  table: customerGroups,
  entity: 'customer-group',
  words: ['name'],
  facts: (viewer) => ({
    customerCount: sql`(select count(*) from ${customers} where ${and(
      sql`${customers.groupId} = customer_groups.id`,
      visibleCustomer(viewer),
    )})`.mapWith(Number),
    hasNoticeSettings: sql<boolean>`exists (select 1 from ${noticeGroupSettings} s where s.group_id = customer_groups.id
      and num_nonnulls(s.subject, s.active, s.send_to_contacts, s.reminder_on, s.reminder_rule_ids, s.overdue_on, s.overdue_rule_ids,
        s.reminder_body, s.overdue_body, s.tone, s.attach_statement) > 0)`,
  }),
})
