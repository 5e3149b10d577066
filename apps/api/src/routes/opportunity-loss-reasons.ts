import { opportunityLossReasonEndpoints } from '@cartera/contract/opportunities'
import { opportunityLossReasonCatalogue } from '@cartera/use-cases/opportunities/opportunity-catalogues'
import { catalogueRoutes } from './catalogue-routes.ts'

export const opportunityLossReasonRoutes = catalogueRoutes(opportunityLossReasonEndpoints, opportunityLossReasonCatalogue)
