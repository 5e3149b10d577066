import { priceListEndpoints } from '@cartera/contract/products'
import { priceListCatalogue } from '@cartera/use-cases/products/price-list-catalogue'
import { catalogueRoutes } from './catalogue-routes.ts'

export const priceListRoutes = catalogueRoutes(priceListEndpoints, priceListCatalogue)
