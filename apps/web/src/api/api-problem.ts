/** One wrong field of a request: `field` is its path in the contract's words ('dueOn', 'lines.3.amount'). */
export interface FieldProblem {
  field: string
  code: string
  detail: string
  params?: Record<string, string | number>
}

/** The body of a refused request (RFC 9457), as the API writes it. */
export interface ProblemDetails {
  type?: string
  title?: string
  status?: number
  detail?: string
  code?: string
  requestId?: string
  params?: Record<string, string | number>
  errors?: FieldProblem[]
}

/**
 * Every answer of the API that is not a success, and every request that got no answer. `code` is a refusal code of the
 * domain, or `validation-failed`, or one of the client's own: `offline` (no answer at all) and `unexpected`.
 */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly requestId: string | null
  readonly params: Record<string, string | number>
  readonly fieldErrors: readonly FieldProblem[]

  constructor(problem: ProblemDetails) {
    super(problem.detail ?? problem.title ?? problem.code ?? 'unexpected')
    this.name = 'ApiProblem'
    this.status = problem.status ?? 0
    this.code = problem.code ?? 'unexpected'
    this.detail = problem.detail ?? ''
    this.requestId = problem.requestId ?? null
    this.params = problem.params ?? {}
    this.fieldErrors = problem.errors ?? []
  }
}
