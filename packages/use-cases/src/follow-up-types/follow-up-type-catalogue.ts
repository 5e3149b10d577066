import { customers } from '@cartera/db/schema/customers'
import { followUps, followUpTypes } from '@cartera/db/schema/follow-ups'
import { eq, sql } from 'drizzle-orm'
import { defineCatalogue } from '../catalogues/define-catalogue.ts'
import { visibleFollowUp } from '../follow-ups/visible-follow-ups.ts'

/** The types of follow-ups; the count is of the follow-ups that the viewer sees. */
export const followUpTypeCatalogue = defineCatalogue({
  table: followUpTypes,
  entity: 'follow-up-type',
  words: ['name'],
  facts: (viewer) => ({
    // All types are counted in one pass, whatever the page: nothing in the inner query depends on the entry.
    followUpCount: sql`coalesce(((select json_object_agg(type_id, n) from (
        select follow_ups.type_id, count(*) as n from ${followUps}
        join ${customers} on ${eq(customers.id, followUps.customerId)}
        where ${visibleFollowUp(viewer) ?? sql`true`} group by follow_ups.type_id
      ) counted) ->> follow_up_types.id::text)::integer, 0)`.mapWith(Number),
  }),
})
