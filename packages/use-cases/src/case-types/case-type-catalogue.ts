import { cases, caseTypes } from '@cartera/db/schema/cases'
import { customers } from '@cartera/db/schema/customers'
import { eq, sql } from 'drizzle-orm'
import { visibleCase } from '../cases/visible-case.ts'
import { defineCatalogue } from '../catalogues/define-catalogue.ts'

/** The types of cases; the count is of the cases that the viewer sees. */
export const caseTypeCatalogue = defineCatalogue({
  table: caseTypes,
  entity: 'case-type',
  words: ['name'],
  facts: (viewer) => ({
    // All types are counted in one pass, whatever the page: nothing in the inner query depends on the entry.
    caseCount: sql`coalesce(((select json_object_agg(type_id, n) from (
        select cases.type_id, count(*) as n from ${cases}
        join ${customers} on ${eq(customers.id, cases.customerId)}
        where cases.type_id is not null and ${visibleCase(viewer) ?? sql`true`} group by cases.type_id
      ) counted) ->> case_types.id::text)::integer, 0)`.mapWith(Number),
  }),
})
