import type { SwaggerTransformObject } from '@fastify/swagger'

/** The head of the OpenAPI document. */
export function describeApi() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cartera',
      version: '1.0.0',
      description:
        'REST API of Cartera: customers, receivables, notices and follow-ups. Amounts are decimal text, days are YYYY-MM-DD, instants UTC. Errors are problem details (RFC 9457).',
      license: { name: 'MIT', identifier: 'MIT' },
      contact: { name: 'Cartera', url: 'https://github.com/cartera' },
    },
    servers: [{ url: '/', description: 'This installation' }],
    components: {
      securitySchemes: {
        bearer: {
          type: 'http' as const,
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Access token of POST /api/v1/session',
        },
      },
    },
  }
}

/** Last changes to the generated document. */
export const refineOpenApi: SwaggerTransformObject = (document) => {
  if (!('openapiObject' in document)) return document.swaggerObject
  return document.openapiObject
}
