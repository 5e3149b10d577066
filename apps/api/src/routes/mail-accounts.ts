import { mailAccountEndpoints } from '@cartera/contract/mail-accounts'
import type { AppContext } from '@cartera/use-cases/app-context'
import {
  findMyMailAccount,
  putMailAccount,
  removeMailAccount,
  verifyMailAccount,
} from '@cartera/use-cases/mail-accounts/my-mail-account'
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
    await verifyMailAccount(ctx, viewer)
    return findMyMailAccount(ctx, viewer)
  })
}
