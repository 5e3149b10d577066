import { customers } from '@cartera/db/schema/customers'
import { opportunities, opportunityLossReasons, opportunityStages } from '@cartera/db/schema/opportunities'
import { eq, sql } from 'drizzle-orm'
import { defineCatalogue } from '../catalogues/define-catalogue.ts'
import { visibleOpportunity } from './visible-opportunity.ts'

/** The stages of opportunities; the count is of the opportunities in each that the viewer sees. */
export const opportunityStageCatalogue = defineCatalogue({
  table: opportunityStages,
  entity: 'opportunity-stage',
  words: ['name'],
  columns: ['position', 'probability'],
  order: 'position',
  facts: (viewer) => ({
    opportunityCount: sql`coalesce(((select json_object_agg(stage_id, n) from (
        select opportunities.stage_id, count(*) as n from ${opportunities}
        join ${customers} on ${eq(customers.id, opportunities.customerId)}
        where ${visibleOpportunity(viewer)} group by opportunities.stage_id
      ) counted) ->> opportunity_stages.id::text)::integer, 0)`.mapWith(Number),
  }),
})

/** Why opportunities are lost; the count is of the opportunities that the viewer sees. */
export const opportunityLossReasonCatalogue = defineCatalogue({
  table: opportunityLossReasons,
  entity: 'opportunity-loss-reason',
  words: ['name'],
  facts: (viewer) => ({
    opportunityCount: sql`coalesce(((select json_object_agg(loss_reason_id, n) from (
        select opportunities.loss_reason_id, count(*) as n from ${opportunities}
        join ${customers} on ${eq(customers.id, opportunities.customerId)}
        where opportunities.loss_reason_id is not null and ${visibleOpportunity(viewer)} group by opportunities.loss_reason_id
      ) counted) ->> opportunity_loss_reasons.id::text)::integer, 0)`.mapWith(Number),
  }),
})
