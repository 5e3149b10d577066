import { refusalSentences } from '@cartera/contract/refusals'
import { type Language, language, translate } from '../i18n.ts'
import { ApiProblem, type FieldProblem } from './api-problem.ts'

/** The sentence that a person reads for a problem, in their language; never a code, never English by accident. */
export function problemSentence(error: unknown): string {
  if (!(error instanceof ApiProblem)) return translate('ui.problem.unexpected')
  const own = codeSentence(error.code, error.params)
  if (own) return own
  if (error.code === 'offline') return translate('ui.problem.offline')
  if (error.code === 'validation-failed')
    return error.fieldErrors.map(fieldSentence).join(' ') || translate('ui.problem.validation')
  if (error.status >= 500 || error.code === 'unexpected') {
    return error.requestId
      ? translate('ui.problem.unexpectedWithId', { requestId: error.requestId })
      : translate('ui.problem.unexpected')
  }
  return error.detail || translate('ui.problem.unexpected')
}

/** The sentence to stand at a field; for a wrong shape the API's own, which knows the limits. */
export function fieldSentence(problem: FieldProblem): string {
  return codeSentence(problem.code, problem.params) ?? (problem.detail || translate('ui.field.invalid'))
}

/**
 * The sentence of a code, for an answer or for a button that is disabled because of it. Null for codes without one, and
 * for sentences whose placeholders nobody filled: then the API's own `detail` is the better sentence.
 */
export function codeSentence(code: string, params: Record<string, string | number> = {}): string | null {
  const sentences = (refusalSentences as Record<string, Record<Language, string> | undefined>)[code]
  if (!sentences) return null
  let complete = true
  const sentence = sentences[language.value].replace(/\{(\w+)\}/g, (whole, name: string) => {
    if (!(name in params)) complete = false
    return String(params[name] ?? whole)
  })
  return complete ? sentence : null
}
