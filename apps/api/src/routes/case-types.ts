import { caseTypeEndpoints } from '@cartera/contract/case-types'
import { caseTypeCatalogue } from '@cartera/use-cases/case-types/case-type-catalogue'
import { catalogueRoutes } from './catalogue-routes.ts'

export const caseTypeRoutes = catalogueRoutes(caseTypeEndpoints, caseTypeCatalogue)
