import type { Viewer } from '@cartera/domain/access/access-scope'
import type { AppContext } from '@cartera/use-cases/app-context'
import { findViewer } from '@cartera/use-cases/session/find-viewer'
import { accessTokenMinutes, type SignedIn, sessionDays } from '@cartera/use-cases/session/sign-in'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { faultProblem } from './problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route that needs a viewer. */
    viewer: Viewer | null
    sessionId: string | null
    /** When its access token ends, in milliseconds of the context's clock. */
    tokenEndsAt: number
  }
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: { sub: string; sid: string }
    user: { sub: string; sid: string }
  }
}

export const tokenOptions = { issuer: 'cartera', audience: 'cartera-api' } as const
const cookieName = 'cartera_refresh'
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Reads the bearer token and the person behind it, as they stand now. Null for every kind of fault. */
export async function viewerOf(
  ctx: AppContext,
  request: FastifyRequest,
): Promise<{ viewer: Viewer; sessionId: string; tokenEndsAt: number } | null> {
  let claims: { sub?: unknown; sid?: unknown; exp?: unknown }
  try {
    claims = await request.jwtVerify()
  } catch {
    return null
  }
  const { sub, sid, exp } = claims
  if (typeof exp !== 'number' || exp * 1000 <= ctx.now().getTime()) return null
  if (typeof sub !== 'string' || typeof sid !== 'string' || !uuid.test(sub) || !uuid.test(sid)) return null
  const viewer = await findViewer(ctx, sub, sid)
  return viewer && { viewer, sessionId: sid, tokenEndsAt: exp * 1000 }
}

/** The access token for the body; the refresh token goes into its cookie, out of reach of scripts. */
export function answerSignedIn(app: FastifyInstance, ctx: AppContext, reply: FastifyReply, signedIn: SignedIn) {
  const nowSeconds = Math.floor(ctx.now().getTime() / 1000)
  const expSeconds = nowSeconds + accessTokenMinutes * 60
  const accessToken = app.jwt.sign({ sub: signedIn.userId, sid: signedIn.sessionId, iat: nowSeconds, exp: expSeconds } as never)
  reply.setCookie(cookieName, signedIn.refreshToken, {
    httpOnly: true,
    sameSite: 'strict',
    secure: reply.request.protocol === 'https',
    path: '/api/v1/session',
    maxAge: sessionDays * 86_400,
  })
  return { accessToken, expiresAt: new Date(expSeconds * 1000).toISOString() }
}

export function refreshTokenOf(request: FastifyRequest): string | null {
  return request.cookies[cookieName] ?? null
}

export function clearRefreshCookie(reply: FastifyReply): void {
  reply.clearCookie(cookieName, { path: '/api/v1/session' })
}

/** Hook for routes that need a viewer: sets it, or answers 401. */
export function requireViewer(ctx: AppContext) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const found = await viewerOf(ctx, request)
    if (!found) {
      reply.header('www-authenticate', 'Bearer')
      return reply
        .code(401)
        .type('application/problem+json')
        .serializer(JSON.stringify)
        .send(faultProblem(request, 'token-invalid'))
    }
    request.viewer = found.viewer
    request.sessionId = found.sessionId
    request.tokenEndsAt = found.tokenEndsAt
  }
}
