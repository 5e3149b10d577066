import { companyEndpoints, holidayEndpoints } from '@cartera/contract/company'
import { can } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import type { AppContext } from '@cartera/use-cases/app-context'
import { changeCompany, findCompanySettings } from '@cartera/use-cases/company/change-company'
import { changeCompanyLogo, removeCompanyLogo } from '@cartera/use-cases/company/company-logo'
import { addHoliday, listHolidays, loadHolidays, removeHoliday } from '@cartera/use-cases/company/holidays'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'
import { uploadedPicture } from '../uploaded-picture.ts'

export function companyRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, companyEndpoints.find, async ({ ctx, viewer }) => findCompanySettings(ctx, viewer))
  route(app, ctx, companyEndpoints.change, async ({ ctx, viewer, body }) => changeCompany(ctx, viewer, body))
  route(app, ctx, companyEndpoints.changeLogo, async ({ ctx, viewer, request }) => {
    // Who may not change it is told so before a file is read.
    if (!can(viewer, 'company-settings')) throw new Refusal('not-allowed')
    return changeCompanyLogo(ctx, viewer, await uploadedPicture(request))
  })
  route(app, ctx, companyEndpoints.removeLogo, async ({ ctx, viewer }) => removeCompanyLogo(ctx, viewer))
  route(app, ctx, holidayEndpoints.list, async ({ ctx, viewer, query }) => listHolidays(ctx, viewer, query))
  route(app, ctx, holidayEndpoints.add, async ({ ctx, viewer, body }) => addHoliday(ctx, viewer, body))
  route(app, ctx, holidayEndpoints.load, async ({ ctx, viewer, body }) => loadHolidays(ctx, viewer, body))
  route(app, ctx, holidayEndpoints.remove, async ({ ctx, viewer, params }) => removeHoliday(ctx, viewer, params.day))
}
