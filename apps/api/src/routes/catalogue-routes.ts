import type { Endpoint, EndpointCall, EndpointOutput } from '@cartera/contract/endpoint'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { AppContext } from '@cartera/use-cases/app-context'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

type Endpoints = Record<'list' | 'create' | 'change' | 'remove', Endpoint>

/** The use cases that serve the endpoints of a catalogue: what they take and answer is what the contract says. */
interface Served<E extends Endpoints> {
  list(ctx: AppContext, viewer: Viewer, query: EndpointCall<E['list']>['query']): Promise<EndpointOutput<E['list']>>
  create(ctx: AppContext, viewer: Viewer, body: EndpointCall<E['create']>['body']): Promise<EndpointOutput<E['create']>>
  change(
    ctx: AppContext,
    viewer: Viewer,
    id: string,
    body: EndpointCall<E['change']>['body'],
  ): Promise<EndpointOutput<E['change']>>
  remove(ctx: AppContext, viewer: Viewer, id: string): Promise<void>
}

/** Routes of a simple catalogue. */
export function catalogueRoutes<E extends Endpoints>(endpoints: E, catalogue: Served<E>) {
  // `Served` has compared the two; from here on the shapes are whatever they are.
  const served = catalogue as unknown as Served<Endpoints>
  const { list, create, change, remove }: Endpoints = endpoints
  const idOf = (params: unknown) => (params as { id: string }).id
  return (app: FastifyInstance, ctx: AppContext): void => {
    route(app, ctx, list, async ({ ctx, viewer, query }) => served.list(ctx, viewer, query))
    route(app, ctx, create, async ({ ctx, viewer, body }) => served.create(ctx, viewer, body))
    route(app, ctx, change, async ({ ctx, viewer, params, body }) => served.change(ctx, viewer, idOf(params), body))
    route(app, ctx, remove, async ({ ctx, viewer, params }) => served.remove(ctx, viewer, idOf(params)))
  }
}
