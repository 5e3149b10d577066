import { isCalendarDay } from '@cartera/domain/calendar-day'
import { noticeTemplateVariables } from '@cartera/domain/notices/template-variables'
import { Refusal } from '@cartera/domain/refusal'
import { Context, type Emitter, Liquid, type Template, toValueSync } from 'liquidjs'
import { type Language, sayDay, sayLongDay } from './notice-words.ts'

// What people write as templates runs here and nowhere else: known variables and filters, a handful of tags, no files, and limits that
// count steps rather than time, so that a slow machine refuses nothing and a fast one nothing more.

/** Nodes that a text may render (some 40 ms): a table of 1,000 rows by hand takes some 10,000. */
const mostSteps = 40_000
const mostOutput = 500_000
const mostMemory = 1_000_000
/** The last resort, for what costs much in few steps. */
const mostMilliseconds = 3_000
export const longestTemplate = 20_000

const tags = ['assign', 'break', 'case', 'comment', 'continue', 'for', 'if', 'raw', 'unless'] as const

function makeEngine(language: Language): Liquid {
  const engine = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    // No templates but the one given: nothing is ever looked up on disk.
    templates: {},
    relativeReference: false,
    dynamicPartials: false,
    parseLimit: longestTemplate * 2,
  })
  for (const tag of Object.keys(engine.tags))
    if (!(tags as readonly string[]).includes(tag)) Reflect.deleteProperty(engine.tags, tag)
  const dayFilter = (say: (day: string, language: Language) => string) => (value: unknown) =>
    typeof value === 'string' && isCalendarDay(value) ? say(value, language) : ''
  engine.registerFilter('date', dayFilter(sayDay))
  engine.registerFilter('long_date', dayFilter(sayLongDay))
  return engine
}
const engines = { es: makeEngine('es'), en: makeEngine('en') }

/** The variables that a kind of text may name. */
export interface KnownVariables {
  /** Different for each kind of text. */
  of: string
  names: ReadonlySet<string>
}

/** `customer.name` makes `customer` known too. */
export function knownVariables(of: string, names: readonly string[]): KnownVariables {
  return { of, names: new Set([...names, ...names.map((name) => name.split('.')[0] ?? name)]) }
}
const ofNotices = knownVariables('notice', noticeTemplateVariables)

const problems = {
  unknown: { es: 'no existe la variable «{name}»', en: 'there is no variable “{name}”' },
  filter: { es: 'no existe el filtro «{name}»', en: 'there is no filter “{name}”' },
  tag: { es: 'la instrucción «{name}» no se puede usar aquí', en: 'the tag “{name}” cannot be used here' },
  open: { es: 'falta cerrar «{name}»', en: '“{name}” is not closed' },
  limit: { es: 'el texto es demasiado largo o repite demasiado', en: 'the text is too long or repeats too much' },
  syntax: { es: 'no se entiende «{name}»', en: '“{name}” cannot be understood' },
} as const
type ProblemKind = keyof typeof problems
const places = { es: '{sentence} (línea {line}, columna {column})', en: '{sentence} (line {line}, column {column})' } as const

/** Where in the source a problem stands, from 1. */
export interface TemplatePlace {
  line: number
  column: number
}

/** A template that cannot be used, with a problem that a person can read in either language, and its place. */
export class TemplateProblem extends Error {
  readonly es: string
  readonly en: string
  readonly kind: ProblemKind
  readonly place: TemplatePlace | null
  constructor(kind: ProblemKind, name: string, place: TemplatePlace | null = null) {
    const say = (language: Language) => {
      const sentence = problems[kind][language].replace('{name}', () => name.slice(0, 100).replace(/\s+/g, ' ').trim())
      if (place === null) return sentence
      return places[language]
        .replace('{line}', String(place.line))
        .replace('{column}', String(place.column))
        .replace('{sentence}', () => sentence)
    }
    super(say('en'))
    this.kind = kind
    this.place = place
    this.es = say('es')
    this.en = say('en')
  }
  /** As the refusal `template-invalid` at a field. */
  refusal(field: string, language: Language): Refusal {
    return new Refusal('template-invalid', { field, params: { problem: this[language] } })
  }
}

interface TokenLike {
  getText?: () => string
  getPosition?: () => [number, number]
}

function problemOf(error: unknown, source: string): TemplateProblem {
  if (error instanceof TemplateProblem) return error
  // A string or an array longer than the engine itself can make.
  if (error instanceof RangeError) return new TemplateProblem('limit', '')
  const { name, message, token, originalError } = error as {
    name?: string
    message?: string
    token?: TokenLike
    originalError?: unknown
  }
  if (originalError instanceof TemplateProblem || originalError instanceof RangeError) return problemOf(originalError, source)
  const said = message ?? ''
  const found = token?.getText?.() ?? ''
  const position = token?.getPosition?.()
  const place = position === undefined ? null : { line: position[0], column: position[1] }
  const undefinedVariable = /undefined variable: ([^,\s]+)/.exec(said)?.[1]
  const undefinedFilter = /undefined filter: ([^,\s]+)/.exec(said)?.[1]
  const undefinedTag = /tag "([^"]{1,100})" not found/.exec(said)?.[1]
  if (name === 'UndefinedVariableError' || undefinedVariable)
    return new TemplateProblem('unknown', undefinedVariable ?? found, place)
  if (undefinedFilter) return new TemplateProblem('filter', undefinedFilter, place)
  if (undefinedTag) return new TemplateProblem('tag', undefinedTag, place)
  if (said.includes('limit exceeded')) return new TemplateProblem('limit', '', place)
  if (said.includes('not closed')) return new TemplateProblem('open', found, place)
  return new TemplateProblem('syntax', found === '' ? excerptAt(source, place) : found, place)
}

const excerptAt = (source: string, place: TemplatePlace | null) =>
  (source.split('\n')[(place?.line ?? 1) - 1] ?? '').slice(Math.max(0, (place?.column ?? 1) - 4), (place?.column ?? 1) + 30)

/** A text that was parsed and whose names are known. */
export interface CompiledText {
  templates: Template[]
  /** The names that it uses from outside: `customer.name`, `totals`. */
  variables: readonly string[]
}

const compiled = new Map<string, CompiledText | TemplateProblem>()
const mostCompiled = 500

/** Parses a text once per language (its filters are bound then): the same text again costs a look-up. Throws `TemplateProblem`. */
export function compileText(source: string, language: Language = 'es', known = ofNotices): CompiledText {
  const key = `${known.of} ${language} ${source}`
  let entry = compiled.get(key)
  if (entry === undefined) {
    entry = compile(source, language, known)
    if (compiled.size >= mostCompiled) compiled.delete(compiled.keys().next().value ?? '')
    compiled.set(key, entry)
  }
  if (entry instanceof TemplateProblem) throw entry
  return entry
}

function compile(source: string, language: Language, known: KnownVariables): CompiledText | TemplateProblem {
  try {
    if (source.length > longestTemplate) throw new TemplateProblem('limit', '')
    const templates = engines[language].parse(source)
    // Also names in branches that a trial run would not reach.
    const { globals } = engines[language].parseAndAnalyzeSync(source)
    const variables = new Set<string>()
    for (const uses of Object.values(globals))
      for (const use of uses) {
        const name = String(use)
        const row = { line: use.location.row, column: use.location.col }
        if (!isKnown(name, known)) throw new TemplateProblem('unknown', name, row)
        variables.add(name)
      }
    return { templates, variables: [...variables] }
  } catch (error) {
    return problemOf(error, source)
  }
}

/** `receivables[0].number` and `receivables.first` are reached through a name that is known. */
const isKnown = (name: string, { names }: KnownVariables) =>
  names.has(name) || name.startsWith('receivables[') || name.startsWith('receivables.')

/** Says no when a text does more than a text needs. */
class StepLimit {
  #steps = 0
  readonly #until = performance.now() + mostMilliseconds
  use(): void {
    // Only `check` is asked of this limit.
  }
  check(now: number): void {
    this.#steps += 1
    if (this.#steps > mostSteps || now > this.#until) throw new TemplateProblem('limit', '')
  }
}

class MemoryLimit {
  #used = 0
  use(count: number): void {
    const more = Number(count)
    if (more > 0) this.#used += more
    if (this.#used > mostMemory) throw new TemplateProblem('limit', '')
  }
  check(count: number): void {
    if (Number(count) > mostMemory) throw new TemplateProblem('limit', '')
  }
}

class LimitedEmitter implements Emitter {
  buffer = ''
  write(html: unknown): void {
    if (html === null || html === undefined) return
    this.buffer += typeof html === 'string' ? html : typeof html === 'object' ? '' : String(html)
    if (this.buffer.length > mostOutput) throw new TemplateProblem('limit', '')
  }
}

/** The text with its variables filled in. Throws `TemplateProblem`. */
export function fillText(
  source: string,
  variables: Record<string, unknown>,
  language: Language,
  known: KnownVariables = ofNotices,
): string {
  const { templates } = compileText(source, language, known)
  const engine = engines[language]
  try {
    const limits = { renderLimit: new StepLimit(), memoryLimit: new MemoryLimit(), liquid: engine }
    // The limiters of the library have private members; these answer to the same two calls.
    const context = new Context(variables, engine.options, { sync: true }, limits as never)
    const emitter = new LimitedEmitter()
    toValueSync(engine.renderer.renderTemplates(templates, context, emitter) as Generator<unknown, unknown, unknown>)
    return emitter.buffer
  } catch (error) {
    throw problemOf(error, source)
  }
}
