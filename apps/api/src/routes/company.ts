import { companyEndpoints, holidayEndpoints } from '@cartera/contract/company'
import type { AppContext } from '@cartera/use-cases/app-context'
import { changeCompany, findCompanySettings } from '@cartera/use-cases/company/change-company'
import { addHoliday, listHolidays, loadHolidays, removeHoliday } from '@cartera/use-cases/company/holidays'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function companyRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, companyEndpoints.find, async ({ ctx, viewer }) => findCompanySettings(ctx, viewer))
  route(app, ctx, companyEndpoints.change, async ({ ctx, viewer, body }) => changeCompany(ctx, viewer, body))
  route(app, ctx, holidayEndpoints.list, async ({ ctx, viewer, query }) => listHolidays(ctx, viewer, query))
  route(app, ctx, holidayEndpoints.add, async ({ ctx, viewer, body }) => addHoliday(ctx, viewer, body))
  route(app, ctx, holidayEndpoints.load, async ({ ctx, viewer, body }) => loadHolidays(ctx, viewer, body))
  route(app, ctx, holidayEndpoints.remove, async ({ ctx, viewer, params }) => removeHoliday(ctx, viewer, params.day))
}
