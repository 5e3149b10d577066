import { followUpSituationEndpoints } from '@cartera/contract/follow-up-situations'
import { followUpSituationCatalogue } from '@cartera/use-cases/follow-up-types/follow-up-situation-catalogue'
import { catalogueRoutes } from './catalogue-routes.ts'

export const followUpSituationRoutes = catalogueRoutes(followUpSituationEndpoints, followUpSituationCatalogue)
