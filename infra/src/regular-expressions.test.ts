import { expect, test } from 'vitest'
import { expressionsIn, findSlowExpressions } from './regular-expressions.ts'

test('literals and constant constructors are found with their place', () => {
  const text = 'const a = /x\\/y/giu\nconst b = new RegExp("^z+$", "m")\nconst c = 4 / 2 / 1 // no /expression/ here'
  expect(expressionsIn(text, 'some.ts')).toEqual([
    { source: 'x\\/y', flags: 'giu', file: 'some.ts', line: 1 },
    { source: '^z+$', flags: 'm', file: 'some.ts', line: 2 },
  ])
})

test('an expression that backtracks without end is told, a plain one is not', async () => {
  const problems = await findSlowExpressions(expressionsIn('/^(a+)+$/; /^[a-z]+$/', 'some.ts'))
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatch(/^some\.ts:1 \/\^\(a\+\)\+\$\/ is slow/)
})
