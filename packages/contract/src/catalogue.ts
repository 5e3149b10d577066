import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { flag, id, idParams, page, pageQuery, queryFlag, version } from './shapes.ts'

/**
 * The four endpoints of a simple catalogue; `words` are what people know an entry by, with whatever else is typed in, `facts` what it says
 * besides, `more` what may be written besides.
 */
export function catalogueEndpoints<
  const U extends string,
  W extends z.core.$ZodLooseShape,
  F extends z.core.$ZodLooseShape,
  const S extends readonly ['name', ...string[]],
  M extends z.core.$ZodLooseShape = Record<never, never>,
>(catalogue: {
  url: U
  tag: string
  words: W
  facts: F
  more?: M
  sorts: S
  summaries: { list: string; create: string; change: string; remove: string }
}) {
  const { url, tag, words, facts, sorts, summaries } = catalogue
  const more = catalogue.more ?? ({} as M)
  const entry = z.strictObject({ id, ...words, active: flag, ...facts, version })
  return {
    list: defineEndpoint({
      method: 'GET',
      url,
      summary: summaries.list,
      tag,
      query: pageQuery(sorts).extend({ active: queryFlag.optional() }),
      response: page(entry),
    }),
    create: defineEndpoint({
      method: 'POST',
      url,
      summary: summaries.create,
      tag,
      body: z.strictObject({ ...words, ...more }),
      response: entry,
      status: 201,
    }),
    change: defineEndpoint({
      method: 'PATCH',
      url: `${url}/:id`,
      summary: summaries.change,
      tag,
      params: idParams,
      body: z
        .strictObject({ ...words, ...more })
        .partial()
        .extend({ active: flag.optional(), version }),
      response: entry,
    }),
    remove: defineEndpoint({ method: 'DELETE', url: `${url}/:id`, summary: summaries.remove, tag, params: idParams }),
  }
}
