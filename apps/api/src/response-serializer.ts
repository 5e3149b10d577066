import type { FastifySerializerCompiler } from 'fastify'
import type { z } from 'zod'

/**
 * Answers are written as they are: use cases return the contract's shape by type. Under test each answer is also parsed by its
 * schema, so that a field too many, or one missing, fails there and costs nothing in production.
 */
export function responseSerializer(): FastifySerializerCompiler<z.ZodType> {
  const check = process.env.VITEST !== undefined
  return ({ schema }) =>
    (answer) => {
      if (check) {
        const seen = schema.safeParse(JSON.parse(JSON.stringify(answer)))
        if (!seen.success) throw new Error(`the answer is not what the contract says: ${seen.error.message}`)
      }
      return JSON.stringify(answer)
    }
}
