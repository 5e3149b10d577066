import { customerGroupEndpoints } from '@cartera/contract/customer-groups'
import { customerGroupCatalogue } from '@cartera/use-cases/customer-groups/customer-group-catalogue'
import { catalogueRoutes } from './catalogue-routes.ts'

export const customerGroupRoutes = catalogueRoutes(customerGroupEndpoints, customerGroupCatalogue)
