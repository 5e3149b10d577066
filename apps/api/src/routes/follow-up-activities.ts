import { followUpActivityEndpoints } from '@cartera/contract/follow-up-activities'
import { followUpActivityCatalogue } from '@cartera/use-cases/follow-up-types/follow-up-activity-catalogue'
import { catalogueRoutes } from './catalogue-routes.ts'

export const followUpActivityRoutes = catalogueRoutes(followUpActivityEndpoints, followUpActivityCatalogue)
