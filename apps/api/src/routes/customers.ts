import { customerEndpoints } from '@cartera/contract/customers'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listAgents, listCustomerValues } from '@cartera/use-cases/customers/customer-choices'
import {
  changeCustomerImage,
  readCustomerImage,
  removeCustomerImage,
  requireMayChangeImage,
} from '@cartera/use-cases/customers/customer-image'
import { readCustomer } from '@cartera/use-cases/customers/customer-row'
import { findDuplicates } from '@cartera/use-cases/customers/find-duplicates'
import { findNeighbours, listCustomers } from '@cartera/use-cases/customers/list-customers'
import { upsertCustomers } from '@cartera/use-cases/customers/upsert-customers'
import {
  changeCustomer,
  createCustomer,
  holdCredit,
  releaseCredit,
  removeCustomer,
} from '@cartera/use-cases/customers/write-customer'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'
import { uploadedPicture } from '../uploaded-picture.ts'

export function customerRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, customerEndpoints.list, async ({ ctx, viewer, query }) => listCustomers(ctx, viewer, query))
  route(app, ctx, customerEndpoints.neighbours, async ({ ctx, viewer, params, query }) =>
    findNeighbours(ctx, viewer, params.id, query),
  )
  route(app, ctx, customerEndpoints.create, async ({ ctx, viewer, body }) => createCustomer(ctx, viewer, body))
  route(app, ctx, customerEndpoints.upsert, async ({ ctx, viewer, body }) => upsertCustomers(ctx, viewer, body))
  route(app, ctx, customerEndpoints.duplicates, async ({ ctx, viewer, query }) => findDuplicates(ctx, viewer, query))
  route(app, ctx, customerEndpoints.values, async ({ ctx, viewer, query }) => listCustomerValues(ctx, viewer, query))
  route(app, ctx, customerEndpoints.agents, async ({ ctx, viewer, query }) => listAgents(ctx, viewer, query))
  route(app, ctx, customerEndpoints.read, async ({ ctx, viewer, params }) => readCustomer(ctx, viewer, params.id))
  route(app, ctx, customerEndpoints.change, async ({ ctx, viewer, params, body }) => changeCustomer(ctx, viewer, params.id, body))
  route(app, ctx, customerEndpoints.remove, async ({ ctx, viewer, params }) => removeCustomer(ctx, viewer, params.id))
  route(app, ctx, customerEndpoints.image, async ({ ctx, viewer, params, query, request, reply }) => {
    const { content, hash } = await readCustomerImage(ctx, viewer, params.id)
    const tag = `"${hash}"`
    reply
      .header('etag', tag)
      // Asked for by what it is, it cannot become another one: nobody has to ask again.
      .header('cache-control', query.hash === hash ? 'private, max-age=604800, immutable' : 'private, no-cache')
    if (request.headers['if-none-match'] === tag) await reply.code(304).send()
    else await reply.type('image/webp').header('content-security-policy', "default-src 'none'; sandbox").send(content)
  })
  route(app, ctx, customerEndpoints.changeImage, async ({ ctx, viewer, params, request }) => {
    // Who may not change it is told so before a file is read.
    await requireMayChangeImage(ctx, viewer, params.id)
    return changeCustomerImage(ctx, viewer, params.id, await uploadedPicture(request))
  })
  route(app, ctx, customerEndpoints.removeImage, async ({ ctx, viewer, params }) => removeCustomerImage(ctx, viewer, params.id))
  route(app, ctx, customerEndpoints.hold, async ({ ctx, viewer, params, body }) => holdCredit(ctx, viewer, params.id, body))
  route(app, ctx, customerEndpoints.release, async ({ ctx, viewer, params }) => releaseCredit(ctx, viewer, params.id))
}
