import { departmentEndpoints } from '@cartera/contract/departments'
import { departmentCatalogue } from '@cartera/use-cases/departments/department-catalogue'
import { catalogueRoutes } from './catalogue-routes.ts'

export const departmentRoutes = catalogueRoutes(departmentEndpoints, departmentCatalogue)
