import { problem } from '@cartera/contract/shapes'
import type { SwaggerTransformObject } from '@fastify/swagger'
import { jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'

// One component for what every error looks like.
z.globalRegistry.add(problem, { id: 'Problem' })

/** The head of the OpenAPI document. */
export function describeApi() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cartera',
      version: '1.0.0',
      description:
        'REST API of Cartera: customers, receivables, notices and follow-ups. Amounts are decimal text, days are YYYY-MM-DD, instants UTC. Errors are problem details (RFC 9457) with a stable code.',
      license: { name: 'MIT', identifier: 'MIT' },
      contact: { name: 'Cartera', url: 'https://github.com/cartera' },
    },
    servers: [{ url: '/', description: 'This installation (production)', 'x-internal': false }],
    components: {
      securitySchemes: {
        bearer: {
          type: 'http' as const,
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Access token of POST /api/v1/session, valid for minutes. Signed and checked as RFC8725 advises.',
        },
        refreshCookie: {
          type: 'apiKey' as const,
          in: 'cookie' as const,
          name: 'cartera_refresh',
          description: 'httpOnly cookie set by POST /api/v1/session, rotated at each use.',
        },
        portalCookie: {
          type: 'apiKey' as const,
          in: 'cookie' as const,
          name: 'cartera_portal',
          description:
            'httpOnly cookie set by POST /api/v1/portal/session. Everything but GET also needs the header X-Cartera-Portal, whatever its value.',
        },
      },
    },
  }
}

const limitHeaders = {
  'X-RateLimit-Limit': { $ref: '#/components/headers/RateLimitLimit' },
  'X-RateLimit-Remaining': { $ref: '#/components/headers/RateLimitRemaining' },
  'X-RateLimit-Reset': { $ref: '#/components/headers/RateLimitReset' },
}
const retryHeader = { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } }
const countHeader = (description: string) => ({
  description,
  schema: { type: 'integer', format: 'int32', minimum: 0, maximum: 2147483647 },
})
/** Formats whose text has a greatest length that Zod does not write down. */
const lengths: Record<string, number> = { uuid: 36, 'date-time': 30, email: 254, date: 10, uri: 2000 }

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Writes down what a schema leaves unsaid: how wide whole numbers are, how long texts of a format may be. */
function completeSchemas(value: unknown): void {
  if (Array.isArray(value)) for (const each of value) completeSchemas(each)
  if (!isObject(value)) return
  if (value.type === 'integer' && value.format === undefined) {
    const widest = Math.max(Math.abs(Number(value.maximum ?? Number.MAX_SAFE_INTEGER)), Math.abs(Number(value.minimum ?? 0)))
    value.format = widest > 2147483647 ? 'int64' : 'int32'
  }
  if (value.type === 'string' && value.maxLength === undefined && typeof value.format === 'string') {
    const length = lengths[value.format]
    if (length !== undefined) value.maxLength = length
  }
  for (const each of Object.values(value)) completeSchemas(each)
}

/** The generated document made whole: rate limit headers on every answer, tags, the Problem component, complete schemas. */
export const refineOpenApi: SwaggerTransformObject = (given) => {
  const document = jsonSchemaTransformObject(given) as unknown as Json
  const components = isObject(document.components) ? document.components : {}
  components.headers = {
    RateLimitLimit: countHeader('How many requests the window allows.'),
    RateLimitRemaining: countHeader('How many are left in the window.'),
    RetryAfter: countHeader('Seconds to wait before trying again.'),
    RateLimitReset: countHeader('Seconds until the window begins anew.'),
  }
  document.components = components
  // The library registers each component twice, as answer and as input; nothing takes a problem as input.
  if (isObject(components.schemas)) delete components.schemas.ProblemInput
  const tags = new Set<string>()
  for (const path of Object.values(isObject(document.paths) ? document.paths : {})) {
    for (const operation of Object.values(isObject(path) ? path : {})) {
      if (!isObject(operation)) continue
      for (const tag of Array.isArray(operation.tags) ? operation.tags : []) tags.add(String(tag))
      for (const [status, response] of Object.entries(isObject(operation.responses) ? operation.responses : {}))
        if (isObject(response)) {
          response.headers = status === '429' || status === '503' ? { ...limitHeaders, ...retryHeader } : limitHeaders
          if (response.description === 'Default Response') response.description = 'Success, or a problem as its status says'
        }
    }
  }
  document.tags = [...tags].sort().map((name) => ({ name, description: `${name} of the company` }))
  completeSchemas(document)
  return document as never
}
