import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { flag, id, idParams, reference, text, version } from './shapes.ts'

const tag = 'Saved views'

/** The lists that can be saved as somebody likes them. */
const list = z.enum(['customers'])
const columnId = z.string().min(1).max(60)
const columns = z.array(columnId).min(1).max(80).nullable()
const density = z.enum(['comfortable', 'compact'])
/** Filters and order as the address of the page says them. */
const query = z.string().max(3000)

const savedView = z.strictObject({
  id,
  name: z.string().max(80),
  owner: reference,
  /** The reader's own, who may change and delete it. */
  mine: flag,
  shared: flag,
  forEverybody: flag,
  query,
  columns,
  density,
  version,
})

export const savedViewEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/saved-views',
    summary: 'The views of a list: one’s own and those that others share; with which one the list opens',
    tag,
    query: z.strictObject({ list }),
    response: z.strictObject({ items: z.array(savedView).max(500), defaultViewId: id.nullable() }),
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/saved-views',
    summary: 'Save a list as it is shown under a name',
    tag,
    body: z.strictObject({ list, name: text(80), query, columns, density, shared: flag.optional() }),
    response: savedView,
    status: 201,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/saved-views/:id',
    summary: 'Change a view of one’s own; level 1 with the permission for catalogues says which one opens for everybody',
    tag,
    params: idParams,
    body: z.strictObject({
      name: text(80).optional(),
      query: query.optional(),
      columns: columns.optional(),
      density: density.optional(),
      shared: flag.optional(),
      forEverybody: flag.optional(),
      version,
    }),
    response: savedView,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/saved-views/:id',
    summary: 'Delete a view of one’s own; level 1 with the permission for catalogues deletes any that is shared',
    tag,
    params: idParams,
  }),
  open: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/saved-views/default',
    summary: 'With which view a list opens for the reader; null: as it is',
    tag,
    body: z.strictObject({ list, viewId: id.nullable() }),
  }),
}
