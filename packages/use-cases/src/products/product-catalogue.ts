import { customers } from '@cartera/db/schema/customers'
import { interactionProducts, interactions, products } from '@cartera/db/schema/interactions'
import { eq, sql } from 'drizzle-orm'
import { defineCatalogue } from '../catalogues/define-catalogue.ts'
import { visibleInteraction } from '../interactions/visible-interaction.ts'

/** The products; the count is of the interactions about each that the viewer sees. */
export const productCatalogue = defineCatalogue({
  table: products,
  entity: 'product',
  words: ['name', 'code'],
  facts: (viewer) => ({
    // All products are counted in one pass, whatever the page: nothing in the inner query depends on the entry.
    interactionCount: sql`coalesce(((select json_object_agg(product_id, n) from (
        select interaction_products.product_id, count(*) as n from ${interactionProducts}
        join ${interactions} on ${eq(interactions.id, interactionProducts.interactionId)}
        join ${customers} on ${eq(customers.id, interactions.customerId)}
        where ${visibleInteraction(viewer) ?? sql`true`} group by interaction_products.product_id
      ) counted) ->> products.id::text)::integer, 0)`.mapWith(Number),
  }),
})
