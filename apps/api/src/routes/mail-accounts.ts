import { mailAccountEndpoints } from '@cartera/contract/mail-accounts'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listMailAccounts, pauseMailAccount, resumeMailAccount } from '@cartera/use-cases/mail-accounts/all-mail-accounts'
import { confirmHandshake, startHandshake } from '@cartera/use-cases/mail-accounts/handshake'
import { findMyMailAccount, putMailAccount, removeMailAccount } from '@cartera/use-cases/mail-accounts/my-mail-account'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function mailAccountRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, mailAccountEndpoints.find, async ({ ctx, viewer }) => findMyMailAccount(ctx, viewer))
  route(app, ctx, mailAccountEndpoints.put, async ({ ctx, viewer, body }) => {
    await putMailAccount(ctx, viewer, body)
    return findMyMailAccount(ctx, viewer)
  })
  route(app, ctx, mailAccountEndpoints.remove, async ({ ctx, viewer }) => removeMailAccount(ctx, viewer))
  route(app, ctx, mailAccountEndpoints.verify, async ({ ctx, viewer }) => {
    await startHandshake(ctx, viewer)
    return findMyMailAccount(ctx, viewer)
  })
  route(app, ctx, mailAccountEndpoints.confirm, async ({ ctx, viewer, body }) => {
    await confirmHandshake(ctx, viewer, body.code)
    return findMyMailAccount(ctx, viewer)
  })
  route(app, ctx, mailAccountEndpoints.list, async ({ ctx, viewer, query }) => listMailAccounts(ctx, viewer, query))
  route(app, ctx, mailAccountEndpoints.pause, async ({ ctx, viewer, params }) => pauseMailAccount(ctx, viewer, params.id))
  route(app, ctx, mailAccountEndpoints.resume, async ({ ctx, viewer, params }) => resumeMailAccount(ctx, viewer, params.id))
}
