import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { check } from 'recheck'
import ts from 'typescript'

/** A regular expression as it stands in a source file. */
export interface FoundExpression {
  source: string
  flags: string
  file: string
  line: number
}

/** The regular expressions of a TypeScript text: literals, and `new RegExp('...')` with a constant text. */
export function expressionsIn(text: string, file: string): FoundExpression[] {
  const found: FoundExpression[] = []
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
  const add = (node: ts.Node, source: string, flags: string) => {
    found.push({ source, flags, file, line: tree.getLineAndCharacterOfPosition(node.getStart()).line + 1 })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      add(node, node.text.slice(1, end), node.text.slice(end + 1))
    } else if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'RegExp') {
      const [source, flags] = node.arguments ?? []
      if (source && ts.isStringLiteralLike(source))
        add(node, source.text, flags && ts.isStringLiteralLike(flags) ? flags.text : '')
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

/** The expressions of every source below a folder, tests aside (they meet no stranger's text); of `.vue` files those in their scripts. */
export function expressionsBelow(folder: string): FoundExpression[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return ['node_modules', 'dist', 'testing', 'test'].includes(entry.name) ? [] : expressionsBelow(path)
    if (entry.name.endsWith('.vue')) return expressionsIn(scriptOf(readFileSync(path, 'utf8')), path)
    if (/\.(?:test|e2e)\.ts$/.test(entry.name)) return []
    return /\.(?:ts|mjs|cjs|js)$/.test(entry.name) ? expressionsIn(readFileSync(path, 'utf8'), path) : []
  })
}

/** The script of a component, with the lines before it kept empty so that line numbers stay. */
function scriptOf(text: string): string {
  const start = text.indexOf('<script')
  if (start < 0) return ''
  const from = text.indexOf('>', start) + 1
  const end = text.indexOf('</script>', from)
  const linesBefore = text.slice(0, from).split('\n').length - 1
  return '\n'.repeat(linesBefore) + text.slice(from, end < 0 ? undefined : end)
}

/** The expressions that an attacker's text can slow down, or that are too tangled to tell within `limitMs`. */
export async function findSlowExpressions(expressions: FoundExpression[], limitMs = 10_000): Promise<string[]> {
  const verdicts = new Map<string, string | null>()
  const problems: string[] = []
  for (const { source, flags, file, line } of expressions) {
    const key = `/${source}/${flags}`
    if (!verdicts.has(key)) verdicts.set(key, await judge(source, flags, limitMs))
    const verdict = verdicts.get(key)
    if (verdict) problems.push(`${file}:${line} ${key} ${verdict}`)
  }
  return problems
}

async function judge(source: string, flags: string, limitMs: number): Promise<string | null> {
  const result = await check(source, flags, { timeout: limitMs })
  if (result.status === 'safe') return null
  if (result.status === 'vulnerable')
    return `is slow (${result.complexity.summary}) on ${JSON.stringify(result.attack.string.slice(0, 80))}`
  // What recheck cannot read (lookbehind, flag v) it cannot judge either; an expression that it reads and cannot decide is too tangled.
  return result.error.kind === 'unsupported' ? null : `could not be judged (${result.error.kind}): say it simpler`
}
