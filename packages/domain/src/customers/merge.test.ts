import { expect, test } from 'vitest'
import { compareForMerge } from './merge.ts'

const one = { name: 'Andina', code: 'C-1', status: 'active', taxIdType: 'ruc', taxId: '1', email: null, 'custom.zona': 'norte' }
const other = {
  name: 'Andina SA',
  code: 'C-2',
  status: 'suspended',
  taxIdType: 'ruc',
  taxId: '1',
  email: 'a@b.test',
  'custom.zona': null,
}
const sides = (parts: ReturnType<typeof compareForMerge>) => Object.fromEntries(parts.map(({ part, side }) => [part, side]))

test('the survivor keeps its values, is filled from the other where it has none, and takes over the stricter status', () => {
  expect(sides(compareForMerge(one, other, ['zona']))).toEqual({
    name: 'survivor',
    code: 'survivor',
    email: 'merged',
    status: 'merged',
    'custom.zona': 'survivor',
  })
})

test('a credit hold stays whoever has it, with who set it and when', () => {
  const held = { ...other, creditHoldReason: 'Mora', creditHoldBy: 'x', creditHoldAt: new Date(0) }
  expect(sides(compareForMerge(one, held, [])).creditHold).toBe('merged')
  expect(sides(compareForMerge(held, one, [])).creditHold).toBe('survivor')
})

test('what somebody chose goes before what is usual', () => {
  expect(sides(compareForMerge(one, other, [], { status: 'survivor', name: 'merged', email: 'survivor' }))).toEqual({
    name: 'merged',
    code: 'survivor',
    email: 'survivor',
    status: 'survivor',
  })
})

test('an amount goes with its currency', () => {
  const parts = compareForMerge(
    { creditLimitMinor: 5n, creditCurrency: 'USD' },
    { creditLimitMinor: 5n, creditCurrency: 'EUR' },
    [],
  )
  expect(parts).toEqual([{ part: 'creditLimit', side: 'survivor' }])
})
