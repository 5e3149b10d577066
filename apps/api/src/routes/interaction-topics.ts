import { interactionTopicEndpoints } from '@cartera/contract/interaction-topics'
import { interactionTopicCatalogue } from '@cartera/use-cases/interaction-topics/interaction-topic-catalogue'
import { catalogueRoutes } from './catalogue-routes.ts'

export const interactionTopicRoutes = catalogueRoutes(interactionTopicEndpoints, interactionTopicCatalogue)
