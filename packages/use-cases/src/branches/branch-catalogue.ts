import { branches } from '@cartera/db/schema/organisation'
import { sql } from 'drizzle-orm'
import { defineCatalogue } from '../catalogues/define-catalogue.ts'

/** The company's branches. */
export const branchCatalogue = defineCatalogue({
  table: branches,
  entity: 'branch',
  words: ['name', 'code'],
  facts: () => ({ userCount: sql`(select count(*) from users where users.branch_id = branches.id)`.mapWith(Number) }),
})
