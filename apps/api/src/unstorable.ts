import { z } from 'zod'

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what it looks for
const unstorable = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

function find(value: unknown, path: PropertyKey[], found: PropertyKey[][]): void {
  if (typeof value === 'string') {
    if (unstorable.test(value)) found.push(path)
    return
  }
  if (typeof value !== 'object' || value === null) return
  for (const [key, each] of Object.entries(value)) find(each, [...path, key], found)
}

/**
 * Names every text of a request that cannot be stored (NUL, which PostgreSQL refuses, and lone surrogates, which UTF-8 cannot say),
 * whatever the schema forgot; null where all is well.
 */
export function unstorableError(value: unknown): Error | null {
  const found: PropertyKey[][] = []
  find(value, [], found)
  return found.length === 0
    ? null
    : new z.ZodRealError(found.map((path) => ({ code: 'custom', path, message: 'unstorable', input: undefined })))
}
