import { Refusal, type RefusalCode } from '@cartera/domain/refusal'

interface PostgresError {
  code?: unknown
  constraint?: unknown
  cause?: unknown
}

/** The constraint that a failed statement violated, by PostgreSQL's own word; null for any other error. */
export function violatedConstraint(error: unknown): string | null {
  for (let each = error as PostgresError | undefined; each; each = each.cause as PostgresError | undefined)
    if ((each.code === '23505' || each.code === '23503' || each.code === '23514') && typeof each.constraint === 'string')
      return each.constraint
  return null
}

/** Runs `work`, and turns a violated constraint that the table names into its refusal: the database has the last word on uniqueness. */
export async function refuseDuplicates<T>(
  constraints: Readonly<Record<string, { code: RefusalCode; field: string }>>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const constraint = violatedConstraint(error)
    const refusal = constraint === null ? undefined : constraints[constraint]
    if (refusal) throw new Refusal(refusal.code, { field: refusal.field })
    throw error
  }
}
