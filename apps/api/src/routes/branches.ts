import { branchEndpoints } from '@cartera/contract/branches'
import { branchCatalogue } from '@cartera/use-cases/branches/branch-catalogue'
import { catalogueRoutes } from './catalogue-routes.ts'

export const branchRoutes = catalogueRoutes(branchEndpoints, branchCatalogue)
