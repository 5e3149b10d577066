import type { Querier } from '@cartera/db/connect'
import { company, holidays } from '@cartera/db/schema/organisation'
import type { BusinessCalendar } from '@cartera/domain/business-calendar'
import { type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import type { AppContext } from '../app-context.ts'

export type Company = typeof company.$inferSelect

/** The company's row; refuses (`not-found`) before the installation is set up. */
export async function findCompany(db: Querier): Promise<Company> {
  const [row] = await db.select().from(company)
  if (!row) throw new Refusal('not-found')
  return row
}

/** The calendar day that it is for the company now, in its time zone. */
export async function companyToday(ctx: AppContext): Promise<CalendarDay> {
  const { timeZone } = await findCompany(ctx.db)
  return dayOfInstant(ctx.now(), timeZone)
}

/** The company's business weekdays and holidays. */
export async function companyCalendar(db: Querier, known?: Company): Promise<BusinessCalendar> {
  const { businessWeekdays } = known ?? (await findCompany(db))
  const days = await db.select({ day: holidays.day }).from(holidays)
  return { businessWeekdays, holidays: new Set(days.map((row) => row.day)) }
}
