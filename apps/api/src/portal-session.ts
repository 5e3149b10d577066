import type { PortalContact } from '@cartera/domain/access/portal-contact'
import type { AppContext } from '@cartera/use-cases/app-context'
import { findPortalContact } from '@cartera/use-cases/portal/portal-session'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { faultProblem } from './problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route of the portal. */
    portalContact: PortalContact | null
  }
}

const cookieName = 'cartera_portal'
const path = '/api/v1/portal'
/** A page of another place cannot set it without asking first, which is never allowed: beside SameSite a second wall against forged requests. */
const ownHeader = 'x-cartera-portal'

export function portalTokenOf(request: FastifyRequest): string | null {
  return request.cookies[cookieName] ?? null
}

/** The session's token goes into its cookie, out of reach of scripts and of every other path. */
export function setPortalCookie(reply: FastifyReply, session: { token: string }): void {
  reply.setCookie(cookieName, session.token, {
    httpOnly: true,
    sameSite: 'strict',
    secure: reply.request.protocol === 'https',
    path,
    // The server's own expiry decides; the browser only must not forget it sooner.
    maxAge: 30 * 86_400,
  })
}

export function clearPortalCookie(reply: FastifyReply): void {
  reply.clearCookie(cookieName, { path })
}

/** Hook for routes of the portal: reads the contact anew, or answers 401. A staff token counts for nothing here. */
export function requirePortalContact(ctx: AppContext) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const token = portalTokenOf(request)
    const forged = request.method !== 'GET' && request.headers[ownHeader] === undefined
    const found = token === null || forged ? null : await findPortalContact(ctx, token)
    if (!found)
      return reply
        .code(401)
        .type('application/problem+json')
        .serializer(JSON.stringify)
        .send(faultProblem(request, 'token-invalid'))
    request.portalContact = found
  }
}
