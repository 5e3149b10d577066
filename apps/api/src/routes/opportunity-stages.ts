import { opportunityStageEndpoints } from '@cartera/contract/opportunities'
import { opportunityStageCatalogue } from '@cartera/use-cases/opportunities/opportunity-catalogues'
import { catalogueRoutes } from './catalogue-routes.ts'

export const opportunityStageRoutes = catalogueRoutes(opportunityStageEndpoints, opportunityStageCatalogue)
