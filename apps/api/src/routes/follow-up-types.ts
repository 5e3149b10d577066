import { followUpTypeEndpoints } from '@cartera/contract/follow-up-types'
import { followUpTypeCatalogue } from '@cartera/use-cases/follow-up-types/follow-up-type-catalogue'
import { catalogueRoutes } from './catalogue-routes.ts'

export const followUpTypeRoutes = catalogueRoutes(followUpTypeEndpoints, followUpTypeCatalogue)
