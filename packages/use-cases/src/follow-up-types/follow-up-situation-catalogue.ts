import { customers } from '@cartera/db/schema/customers'
import { followUpSituations, followUps } from '@cartera/db/schema/follow-ups'
import { eq, sql } from 'drizzle-orm'
import { defineCatalogue } from '../catalogues/define-catalogue.ts'
import { visibleFollowUp } from '../follow-ups/visible-follow-ups.ts'

/** Why follow-ups go on, and what goes wrong with them; the count is of the follow-ups that the viewer sees. */
export const followUpSituationCatalogue = defineCatalogue({
  table: followUpSituations,
  entity: 'follow-up-situation',
  words: ['name'],
  columns: ['kind'],
  facts: (viewer) => ({
    followUpCount: sql`coalesce(((select json_object_agg(situation_id, n) from (
        select follow_ups.situation_id, count(*) as n from ${followUps}
        join ${customers} on ${eq(customers.id, followUps.customerId)}
        where follow_ups.situation_id is not null and ${visibleFollowUp(viewer) ?? sql`true`} group by follow_ups.situation_id
      ) counted) ->> follow_up_situations.id::text)::integer, 0)`.mapWith(Number),
  }),
})
