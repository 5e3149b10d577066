import { departments } from '@cartera/db/schema/organisation'
import { sql } from 'drizzle-orm'
import { defineCatalogue } from '../catalogues/define-catalogue.ts'

/** The company's departments. */
export const departmentCatalogue = defineCatalogue({
  table: departments,
  entity: 'department',
  words: ['name', 'code'],
  facts: () => ({ userCount: sql`(select count(*) from users where users.department_id = departments.id)`.mapWith(Number) }),
})
