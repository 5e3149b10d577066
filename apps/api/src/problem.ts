import { type RefusalSentence, refusalSentences, sayRefusal } from '@cartera/contract/refusals'
import type { Refusal } from '@cartera/domain/refusal'
import type { FastifyRequest } from 'fastify'

/** Faults of the request itself, beside the refusals of the domain. */
const faults = {
  'validation-failed': { status: 400, es: 'Hay datos que no son válidos.', en: 'Some of the data is not valid.' },
  'token-invalid': { status: 401, es: 'Falta entrar, o el acceso venció.', en: 'Sign in first, or the access has expired.' },
  'body-malformed': { status: 400, es: 'El cuerpo no es JSON válido.', en: 'The body is not valid JSON.' },
  'body-too-large': { status: 413, es: 'El envío es demasiado grande.', en: 'What was sent is too large.' },
  'media-type-unsupported': { status: 415, es: 'Ese tipo de contenido no se admite.', en: 'That content type is not supported.' },
  'rate-limited': { status: 429, es: 'Demasiadas peticiones. Espere un momento.', en: 'Too many requests. Wait a moment.' },
  overloaded: {
    status: 503,
    es: 'El sistema está ocupado. Intente de nuevo en un momento.',
    en: 'The system is busy. Try again in a moment.',
  },
  'method-unsupported': { status: 405, es: 'Esa operación no existe.', en: 'There is no such operation.' },
  unexpected: {
    status: 500,
    es: 'Algo falló de nuestro lado. Quedó registrado.',
    en: 'Something failed on our side. It has been recorded.',
  },
} as const satisfies Record<string, Omit<RefusalSentence, 'status'> & { status: number }>

export type FaultCode = keyof typeof faults

/** The reader's language: what the browser asks for, Spanish first. */
export function languageOf(request: FastifyRequest): 'es' | 'en' {
  return /^\s*en\b/i.test(request.headers['accept-language'] ?? '') ? 'en' : 'es'
}

export interface FieldProblem {
  field: string
  code: string
  detail: string
}

export interface Problem {
  type: string
  title: string
  status: number
  code: string
  detail: string
  requestId: string
  errors?: FieldProblem[]
}

/** Problem details (RFC 9457) of a fault. */
export function faultProblem(request: FastifyRequest, code: FaultCode, errors?: FieldProblem[]): Problem {
  const fault = faults[code]
  return {
    type: `/problems/${code}`,
    title: fault.en,
    status: fault.status,
    code,
    detail: fault[languageOf(request)],
    requestId: request.id,
    ...(errors === undefined ? {} : { errors }),
  }
}

/** At most as many as the contract holds; `count` of the sentence says how many there are. */
const refusedFields = (request: FastifyRequest, refusal: Refusal) =>
  refusal.errors
    .slice(0, 2000)
    .map(({ field, code, params }) => ({ field, code, detail: sayRefusal(code, languageOf(request), params) }))

/** Problem details of a refusal; with a field, the field's own line too. */
export function refusalProblem(request: FastifyRequest, refusal: Refusal): Problem {
  const detail = sayRefusal(refusal.code, languageOf(request), refusal.params)
  return {
    type: `/problems/${refusal.code}`,
    title: sayRefusal(refusal.code, 'en', refusal.params),
    status: refusalSentences[refusal.code].status,
    code: refusal.code,
    detail,
    requestId: request.id,
    ...(refusal.field === undefined ? {} : { errors: [{ field: refusal.field, code: refusal.code, detail }] }),
    ...(refusal.errors.length === 0 ? {} : { errors: refusedFields(request, refusal) }),
  }
}

const fieldWords: Record<string, { es: string; en: string }> = {
  required: { es: 'Es obligatorio.', en: 'This is required.' },
  unknown: { es: 'Ese campo no existe.', en: 'There is no such field.' },
  type: { es: 'No es del tipo esperado.', en: 'It is not of the expected type.' },
  'too-long': { es: 'Es demasiado largo (máximo {max}).', en: 'It is too long (at most {max}).' },
  'too-short': { es: 'Es demasiado corto (mínimo {min}).', en: 'It is too short (at least {min}).' },
  'too-large': { es: 'Es demasiado grande (máximo {max}).', en: 'It is too large (at most {max}).' },
  'too-small': { es: 'Es demasiado pequeño (mínimo {min}).', en: 'It is too small (at least {min}).' },
  choice: { es: 'No es una de las opciones.', en: 'It is not one of the choices.' },
  email: { es: 'La dirección de correo no es válida.', en: 'The e-mail address is not valid.' },
  day: { es: 'La fecha no existe (AAAA-MM-DD).', en: 'There is no such date (YYYY-MM-DD).' },
  unstorable: { es: 'Contiene caracteres que no se pueden guardar.', en: 'It contains characters that cannot be stored.' },
  format: { es: 'No tiene el formato esperado.', en: 'It does not have the expected format.' },
}

/** The parts of a Zod issue that a sentence needs. */
export interface ShapeIssue {
  code: string
  path: PropertyKey[]
  message: string
  input?: unknown
  origin?: string
  format?: string
  minimum?: number | bigint
  maximum?: number | bigint
  keys?: string[]
  values?: unknown[]
}

function wordOf(issue: ShapeIssue): string {
  const countsCharacters = issue.origin === 'string' || issue.origin === 'array'
  switch (issue.code) {
    case 'invalid_type':
      return /received undefined/.test(issue.message) ? 'required' : 'type'
    case 'unrecognized_keys':
      return 'unknown'
    case 'too_big':
      return countsCharacters ? 'too-long' : 'too-large'
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'required'
      return countsCharacters ? 'too-short' : 'too-small'
    case 'invalid_value':
    case 'invalid_union':
      return 'choice'
    case 'invalid_format':
      return issue.format === 'email' ? 'email' : 'format'
    case 'custom':
      return issue.message in fieldWords ? issue.message : 'format'
    default:
      return 'format'
  }
}

/** Every field that is wrong, at once, in the reader's language. */
export function fieldProblems(request: FastifyRequest, issues: readonly ShapeIssue[]): FieldProblem[] {
  const language = languageOf(request)
  return issues.flatMap((issue) => {
    const code = wordOf(issue)
    const sentence = (fieldWords[code] ?? fieldWords.format)?.[language] ?? ''
    const detail = sentence.replace('{max}', String(issue.maximum ?? '')).replace('{min}', String(issue.minimum ?? ''))
    const fields = issue.code === 'unrecognized_keys' ? (issue.keys ?? []).map((key) => [...issue.path, key]) : [issue.path]
    return fields.map((path) => ({ field: path.map(String).join('.').slice(0, 200), code, detail }))
  })
}
