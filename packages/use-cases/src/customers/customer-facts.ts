import type { Querier } from '@cartera/db/connect'
import { type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import type { CustomField } from '@cartera/domain/customers/custom-fields'
import type { AppContext } from '../app-context.ts'
import { type Company, findCompany } from '../company/company-settings.ts'
import { findCustomFields } from '../custom-fields/custom-field-definitions.ts'

/** What the company says that reading, filtering and writing customers rests on. */
export interface CustomerFacts {
  company: Company
  today: CalendarDay
  customFields: readonly CustomField[]
}

/** The company's settings, its day of today and its own fields. */
export async function findCustomerFacts(ctx: AppContext, db: Querier): Promise<CustomerFacts> {
  const company = await findCompany(db)
  return { company, today: dayOfInstant(ctx.now(), company.timeZone), customFields: await findCustomFields(db) }
}
