import { Refusal } from '@cartera/domain/refusal'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ZodError } from 'zod'
import { type FaultCode, faultProblem, fieldProblems, type Problem, refusalProblem, type ShapeIssue } from './problem.ts'

const knownFaults: Record<string, FaultCode> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media-type-unsupported',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body-malformed',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body-malformed',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body-malformed',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_REQ_FILE_TOO_LARGE: 'body-too-large',
  FST_UNDER_PRESSURE: 'overloaded',
}

/** The database is gone, full or too slow: the caller may try again, nothing was changed. */
function isOutage(error: unknown): boolean {
  for (
    let each = error as { code?: unknown; message?: unknown; cause?: unknown } | undefined;
    each;
    each = each.cause as typeof each
  ) {
    if (typeof each.code === 'string' && /^(08|53|57P0|57014|ECONN|ENOTFOUND|EPIPE)/.test(each.code)) return true
    if (typeof each.message === 'string' && /Connection terminated|timeout exceeded when trying to connect/.test(each.message))
      return true
  }
  return false
}

function problemOf(error: unknown, request: FastifyRequest): Problem {
  if (error instanceof Refusal) return refusalProblem(request, error)
  if (error instanceof ZodError)
    return faultProblem(request, 'validation-failed', fieldProblems(request, error.issues as ShapeIssue[]))
  const { code = '', statusCode } = error as Partial<FastifyError>
  const known = knownFaults[code]
  if (known) return faultProblem(request, known)
  // Every fault of a token is the same 401: what is wrong with it is nobody's business.
  if (statusCode === 401 || code.startsWith('FST_JWT') || code.startsWith('FAST_JWT'))
    return faultProblem(request, 'token-invalid')
  if (statusCode === 429) return faultProblem(request, 'rate-limited')
  if (statusCode === 413) return faultProblem(request, 'body-too-large')
  if (statusCode === 400) return faultProblem(request, 'body-malformed')
  if (statusCode === 503 || isOutage(error)) {
    request.log.warn({ err: error }, 'overloaded or database away')
    return faultProblem(request, 'overloaded')
  }
  request.log.error({ err: error }, 'unexpected')
  return faultProblem(request, 'unexpected')
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 503) reply.header('retry-after', '5')
  return reply.code(problem.status).type('application/problem+json').serializer(JSON.stringify).send(problem)
}

/** One place turns every error into an answer; unexpected ones are logged once and answered without details. */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(reply, problemOf(error, request)))
}
