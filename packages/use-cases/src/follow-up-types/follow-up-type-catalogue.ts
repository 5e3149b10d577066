import { customers } from '@cartera/db/schema/customers'
import { followUps, followUpTypes } from '@cartera/db/schema/follow-ups'
import { and, eq, sql } from 'drizzle-orm'
import { defineCatalogue } from '../catalogues/define-catalogue.ts'
import { visibleFollowUp } from '../follow-ups/visible-follow-ups.ts'

/** The types of follow-ups; the count is of the follow-ups that the viewer sees. */
export const followUpTypeCatalogue = defineCatalogue({
  table: followUpTypes,
  entity: 'follow-up-type',
  words: ['name'],
  facts: (viewer) => ({
    followUpCount: sql`(select count(*) from ${followUps}
      join ${customers} on ${eq(customers.id, followUps.customerId)}
      where ${and(sql`${followUps.typeId} = follow_up_types.id`, visibleFollowUp(viewer))})`.mapWith(Number),
  }),
})
