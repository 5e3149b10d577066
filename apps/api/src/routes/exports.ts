import { exportEndpoints, exportQueries } from '@cartera/contract/exports'
import { Refusal } from '@cartera/domain/refusal'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listExports, openExport, readExport, removeExport, startExport } from '@cartera/use-cases/exports/make-export'
import type { FastifyInstance } from 'fastify'
import { languageOf } from '../problem.ts'
import { route } from '../route.ts'

/** The filters as the list's own endpoint takes them; where on the list somebody stands says nothing here. */
function filtersOf(list: keyof typeof exportQueries, given: Record<string, string>): Record<string, unknown> {
  const { limit: _, cursor: __, ...filters } = given
  const parsed = exportQueries[list].safeParse(filters)
  if (!parsed.success)
    throw new Refusal('value-invalid', {
      field: 'filters',
      params: { value: parsed.error.issues[0]?.path.join('.').slice(0, 60) ?? '' },
    })
  return parsed.data
}

export function exportRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, exportEndpoints.create, async ({ ctx, viewer, body, request }) =>
    startExport(ctx, viewer, {
      list: body.list,
      format: body.format,
      filters: filtersOf(body.list, body.filters ?? {}),
      language: languageOf(request),
    }),
  )
  route(app, ctx, exportEndpoints.list, async ({ ctx, viewer }) => listExports(ctx, viewer))
  route(app, ctx, exportEndpoints.read, async ({ ctx, viewer, params }) => readExport(ctx, viewer, params.id))
  route(app, ctx, exportEndpoints.file, async ({ ctx, viewer, params, reply }) => {
    const { fileName, contentType, stream } = await openExport(ctx, viewer, params.id)
    await reply
      .header('content-disposition', `attachment; filename="${encodeURIComponent(fileName)}"`)
      .type(contentType)
      .send(stream)
  })
  route(app, ctx, exportEndpoints.remove, async ({ ctx, viewer, params }) => removeExport(ctx, viewer, params.id))
}
