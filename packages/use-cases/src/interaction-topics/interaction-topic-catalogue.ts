import { customers } from '@cartera/db/schema/customers'
import { interactions, interactionTopics } from '@cartera/db/schema/interactions'
import { eq, sql } from 'drizzle-orm'
import { defineCatalogue } from '../catalogues/define-catalogue.ts'
import { visibleInteraction } from '../interactions/visible-interaction.ts'

/** The topics of interactions; the count is of the interactions that the viewer sees. */
export const interactionTopicCatalogue = defineCatalogue({
  table: interactionTopics,
  entity: 'interaction-topic',
  words: ['name'],
  facts: (viewer) => ({
    // All topics are counted in one pass, whatever the page: nothing in the inner query depends on the entry.
    interactionCount: sql`coalesce(((select json_object_agg(topic_id, n) from (
        select interactions.topic_id, count(*) as n from ${interactions}
        join ${customers} on ${eq(customers.id, interactions.customerId)}
        where ${visibleInteraction(viewer) ?? sql`true`} group by interactions.topic_id
      ) counted) ->> interaction_topics.id::text)::integer, 0)`.mapWith(Number),
  }),
})
