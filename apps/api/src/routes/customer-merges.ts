import { customerMergeEndpoints } from '@cartera/contract/customer-merges'
import type { AppContext } from '@cartera/use-cases/app-context'
import { findPossibleDuplicates, listDuplicateGroups } from '@cartera/use-cases/merges/find-duplicate-groups'
import { listMerges, previewMerge, readMerge } from '@cartera/use-cases/merges/find-merges'
import { mergeCustomers } from '@cartera/use-cases/merges/merge-customers'
import { listDistinctions, takeDistinctionBack, tellApart } from '@cartera/use-cases/merges/tell-apart'
import { undoMerge } from '@cartera/use-cases/merges/undo-merge'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function customerMergeRoutes(app: FastifyInstance, ctx: AppContext): void {
  const e = customerMergeEndpoints
  route(app, ctx, e.groups, async ({ ctx, viewer, query }) => listDuplicateGroups(ctx, viewer, query))
  route(app, ctx, e.alike, async ({ ctx, viewer, params }) => findPossibleDuplicates(ctx, viewer, params.id))
  route(app, ctx, e.tellApart, async ({ ctx, viewer, body }) => tellApart(ctx, viewer, body))
  route(app, ctx, e.distinctions, async ({ ctx, viewer, query }) => listDistinctions(ctx, viewer, query))
  route(app, ctx, e.takeBack, async ({ ctx, viewer, params }) => takeDistinctionBack(ctx, viewer, params.id))
  route(app, ctx, e.preview, async ({ ctx, viewer, params, query }) => previewMerge(ctx, viewer, params.id, query.mergedId))
  route(app, ctx, e.merge, async ({ ctx, viewer, params, body }) => mergeCustomers(ctx, viewer, params.id, body))
  route(app, ctx, e.list, async ({ ctx, viewer, query }) => listMerges(ctx, viewer, query))
  route(app, ctx, e.undo, async ({ ctx, viewer, params }) => {
    await undoMerge(ctx, viewer, params.id)
    return readMerge(ctx, viewer, params.id)
  })
}
