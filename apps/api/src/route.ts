import type { Endpoint, EndpointCall, EndpointOutput } from '@cartera/contract/endpoint'
import { problem } from '@cartera/contract/shapes'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { PortalContact } from '@cartera/domain/access/portal-contact'
import type { AppContext } from '@cartera/use-cases/app-context'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { requirePortalContact } from './portal-session.ts'
import { requireViewer } from './sign-in.ts'

/** What a handler works with. `viewer` is there on every endpoint that is neither public nor the portal's, `contact` on the portal's alone. */
export interface Call<E extends Endpoint> extends EndpointCall<E> {
  ctx: AppContext
  viewer: E extends { access: 'public' | 'portal' } ? null : Viewer
  contact: E extends { access: 'portal' } ? PortalContact : null
  request: FastifyRequest
  reply: FastifyReply
}

type Answer<E extends Endpoint> = EndpointOutput<E> extends undefined ? unknown : EndpointOutput<E>

/** A registered endpoint with what the tests and the access matrix need to know of it. */
export const registered: Endpoint[] = []

/**
 * Serves an endpoint of the contract. The request is validated (nothing coerced in bodies, unknown fields refused, all errors at
 * once), the viewer (or the portal's contact) is read anew, the handler calls one use case.
 */
export function route<E extends Endpoint>(
  app: FastifyInstance,
  ctx: AppContext,
  endpoint: E,
  handler: (call: Call<E>) => Promise<Answer<E>>,
): void {
  const isPublic = endpoint.access === 'public'
  const isPortal = endpoint.access === 'portal'
  registered.push(endpoint)
  const problems = Object.fromEntries(
    [400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503]
      .filter((status) => !(isPublic && status === 403))
      .map((status) => [status, problem]),
  )
  app.route({
    method: endpoint.method,
    url: endpoint.url,
    ...(endpoint.bodyLimit === undefined ? {} : { bodyLimit: endpoint.bodyLimit }),
    ...(isPublic ? {} : { onRequest: isPortal ? requirePortalContact(ctx) : requireViewer(ctx) }),
    schema: {
      summary: endpoint.summary,
      description: endpoint.summary,
      operationId: operationIdOf(endpoint),
      tags: [endpoint.tag],
      security: securityOf(endpoint),
      ...(endpoint.params === undefined ? {} : { params: endpoint.params }),
      querystring: endpoint.query ?? z.strictObject({}),
      ...(endpoint.body === undefined ? {} : { body: endpoint.body }),
      response: {
        ...(endpoint.response === undefined ? { 204: z.null() } : { [endpoint.status ?? 200]: endpoint.response }),
        ...problems,
      },
    },
    handler: async (request, reply) => {
      const answer = await handler({
        ctx: { ...ctx, origin: { address: request.ip, userAgent: request.headers['user-agent'] ?? null } },
        viewer: request.viewer,
        contact: request.portalContact,
        params: request.params,
        query: request.query,
        body: request.body,
        request,
        reply,
      } as unknown as Call<E>)
      if (reply.sent) return reply
      if (endpoint.response === undefined) return reply.code(204).send()
      return reply.code(endpoint.status ?? 200).send(answer)
    },
  })
}

function securityOf(endpoint: Endpoint): Record<string, string[]>[] {
  const ofPortal = endpoint.url.startsWith('/api/v1/portal/')
  if (endpoint.access === 'portal' || (endpoint.cookie && ofPortal)) return [{ portalCookie: [] }]
  if (endpoint.cookie) return [{ refreshCookie: [] }]
  return endpoint.access === 'public' ? [] : [{ bearer: [] }]
}

/** getBranchesById, postFollowUpsByIdPostponements: stable names for generated clients. */
function operationIdOf(endpoint: Endpoint): string {
  const words = endpoint.url
    .replace('/api/v1/', '')
    .split('/')
    .map((part) => (part.startsWith(':') ? `by-${part.slice(1)}` : part))
    .join('-')
  return endpoint.method.toLowerCase() + words.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
}
