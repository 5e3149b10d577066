import fc from 'fast-check'
import { expect, test } from 'vitest'
import { spreadOwners } from './spread-owners.ts'

test('work goes to who has least, what they had before counts, and nobody gets what they may not take', () => {
  expect(spreadOwners([1, 2, 3, 4], ['ana', 'eva'], new Map([['ana', 2]]), () => true)).toEqual(['eva', 'eva', 'ana', 'eva'])
  expect(spreadOwners([1, 2], ['ana', 'eva'], new Map(), (person, work) => person === 'eva' && work === 1)).toEqual(['eva', null])
})

test('where everybody may take everything, no two end further apart than they began or by one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 8 }),
      fc.nat({ max: 100 }),
      (loads, pieces) => {
        const people = loads.map((_, index) => `p${index}`)
        const given = spreadOwners(
          Array.from({ length: pieces }, (_, index) => index),
          people,
          new Map(people.map((person, index) => [person, loads[index] ?? 0])),
          () => true,
        )
        const after = people.map((person, index) => (loads[index] ?? 0) + given.filter((one) => one === person).length)
        const spread = (values: number[]) => Math.max(...values) - Math.min(...values)
        expect(given).not.toContain(null)
        expect(spread(after)).toBeLessThanOrEqual(Math.max(1, spread(loads)))
      },
    ),
  )
})
