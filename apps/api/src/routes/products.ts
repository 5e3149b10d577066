import { productEndpoints } from '@cartera/contract/products'
import { productCatalogue } from '@cartera/use-cases/products/product-catalogue'
import { catalogueRoutes } from './catalogue-routes.ts'

export const productRoutes = catalogueRoutes(productEndpoints, productCatalogue)
