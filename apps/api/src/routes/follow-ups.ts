import { followUpEndpoints } from '@cartera/contract/follow-ups'
import type { AppContext } from '@cartera/use-cases/app-context'
import { closeFollowUp, discardFollowUp, reopenFollowUp } from '@cartera/use-cases/follow-ups/end-follow-up'
import { followUpChain, followUpHistory } from '@cartera/use-cases/follow-ups/follow-up-history'
import {
  listObservations,
  listProgress,
  recordObservation,
  recordProgress,
} from '@cartera/use-cases/follow-ups/follow-up-records'
import { countFollowUps, listFollowUpOwners, listFollowUps } from '@cartera/use-cases/follow-ups/list-follow-ups'
import { followUpSettings, postponeFollowUp, postponeFollowUps } from '@cartera/use-cases/follow-ups/postpone-follow-up'
import { readFollowUp } from '@cartera/use-cases/follow-ups/read-follow-up'
import { changeFollowUp, createFollowUp } from '@cartera/use-cases/follow-ups/write-follow-up'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function followUpRoutes(app: FastifyInstance, ctx: AppContext): void {
  const {
    list,
    counts,
    settings,
    owners,
    create,
    read,
    change,
    postpone,
    postponeMany,
    close,
    discard,
    reopen,
    history,
    ...more
  } = followUpEndpoints
  route(app, ctx, list, async ({ ctx, viewer, query }) => listFollowUps(ctx, viewer, query))
  route(app, ctx, counts, async ({ ctx, viewer, query }) => countFollowUps(ctx, viewer, query))
  route(app, ctx, settings, async ({ ctx, viewer }) => followUpSettings(ctx, viewer))
  route(app, ctx, owners, async ({ ctx, viewer, query }) => listFollowUpOwners(ctx, viewer, query))
  route(app, ctx, create, async ({ ctx, viewer, body }) => createFollowUp(ctx, viewer, body))
  route(app, ctx, read, async ({ ctx, viewer, params }) => readFollowUp(ctx, viewer, params.id))
  route(app, ctx, change, async ({ ctx, viewer, params, body }) => changeFollowUp(ctx, viewer, params.id, body))
  route(app, ctx, postponeMany, async ({ ctx, viewer, body }) => postponeFollowUps(ctx, viewer, body))
  route(app, ctx, postpone, async ({ ctx, viewer, params, body }) => postponeFollowUp(ctx, viewer, params.id, body))
  route(app, ctx, close, async ({ ctx, viewer, params, body }) => closeFollowUp(ctx, viewer, params.id, body))
  route(app, ctx, discard, async ({ ctx, viewer, params, body }) => discardFollowUp(ctx, viewer, params.id, body))
  route(app, ctx, reopen, async ({ ctx, viewer, params }) => reopenFollowUp(ctx, viewer, params.id))
  route(app, ctx, history, async ({ ctx, viewer, params, query }) => followUpHistory(ctx, viewer, params.id, query))
  const { chain, observations, observe, progress, noteProgress } = more
  route(app, ctx, chain, async ({ ctx, viewer, params }) => followUpChain(ctx, viewer, params.id))
  route(app, ctx, observations, async ({ ctx, viewer, params, query }) => listObservations(ctx, viewer, params.id, query))
  route(app, ctx, observe, async ({ ctx, viewer, params, body }) => recordObservation(ctx, viewer, params.id, body))
  route(app, ctx, progress, async ({ ctx, viewer, params, query }) => listProgress(ctx, viewer, params.id, query))
  route(app, ctx, noteProgress, async ({ ctx, viewer, params, body }) => recordProgress(ctx, viewer, params.id, body))
}
