import { sessionEndpoints } from '@cartera/contract/session'
import { Refusal } from '@cartera/domain/refusal'
import type { AppContext } from '@cartera/use-cases/app-context'
import { changeMe, changePassword, findMe } from '@cartera/use-cases/session/my-account'
import { openSession, refreshSession, signIn, signOut } from '@cartera/use-cases/session/sign-in'
import { setUpInstallation, setUpNeeded } from '@cartera/use-cases/set-up/set-up-installation'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'
import { answerSignedIn, clearRefreshCookie, refreshTokenOf } from '../sign-in.ts'

export function sessionRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, sessionEndpoints.setUpState, async ({ ctx }) => ({ needed: await setUpNeeded(ctx) }))
  route(app, ctx, sessionEndpoints.setUp, async ({ ctx, body, reply }) => {
    const userId = await setUpInstallation(ctx, body)
    return answerSignedIn(app, ctx, reply, await openSession(ctx, userId))
  })
  route(app, ctx, sessionEndpoints.signIn, async ({ ctx, body, reply }) =>
    answerSignedIn(app, ctx, reply, await signIn(ctx, body)),
  )
  route(app, ctx, sessionEndpoints.refresh, async ({ ctx, request, reply }) => {
    const token = refreshTokenOf(request)
    if (token === null) throw new Refusal('session-expired')
    return answerSignedIn(app, ctx, reply, await refreshSession(ctx, token))
  })
  route(app, ctx, sessionEndpoints.signOut, async ({ ctx, request, reply }) => {
    const token = refreshTokenOf(request)
    if (token !== null) await signOut(ctx, token)
    clearRefreshCookie(reply)
  })
  route(app, ctx, sessionEndpoints.me, async ({ ctx, viewer }) => findMe(ctx, viewer))
  route(app, ctx, sessionEndpoints.changeMe, async ({ ctx, viewer, body }) => changeMe(ctx, viewer, body))
  route(app, ctx, sessionEndpoints.changePassword, async ({ ctx, viewer, body, request }) =>
    changePassword(ctx, viewer, { ...body, keepSessionId: request.sessionId ?? '' }),
  )
}
