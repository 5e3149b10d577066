import { customers } from '@cartera/db/schema/customers'
import { followUpActivities, followUpProgress, followUps } from '@cartera/db/schema/follow-ups'
import { eq, sql } from 'drizzle-orm'
import { defineCatalogue } from '../catalogues/define-catalogue.ts'
import { visibleFollowUp } from '../follow-ups/visible-follow-ups.ts'

/** What is done in follow-ups; the count is of what was noted in follow-ups that the viewer sees. */
export const followUpActivityCatalogue = defineCatalogue({
  table: followUpActivities,
  entity: 'follow-up-activity',
  words: ['name'],
  columns: ['direction'],
  facts: (viewer) => ({
    useCount: sql`coalesce(((select json_object_agg(activity_id, n) from (
        select follow_up_progress.activity_id, count(*) as n from ${followUpProgress}
        join ${followUps} on follow_ups.id = follow_up_progress.follow_up_id
        join ${customers} on ${eq(customers.id, followUps.customerId)}
        where ${visibleFollowUp(viewer) ?? sql`true`} group by follow_up_progress.activity_id
      ) counted) ->> follow_up_activities.id::text)::integer, 0)`.mapWith(Number),
  }),
})
