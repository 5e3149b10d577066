import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AccessLevel, accessScopeOf, isWithinScope } from './access-scope.ts'
import { sightRuleOf } from './sight.ts'

const me = { userId: 'me', branchId: 'north', departmentId: 'sales' }
const peer = { ...me, userId: 'peer' }
const hall = { ...me, userId: 'hall', departmentId: 'credit' }
const far = { ...me, userId: 'far', branchId: 'south' }
const at = (level: AccessLevel) => ({ ...me, level })

describe('the rule by which somebody sees a record', () => {
  test('is the nearest that holds', () => {
    for (const level of [1, 2, 3, 4] as const) expect(sightRuleOf(at(level), [far, me])).toBe('own')
    expect([1, 2, 3, 4].map((level) => sightRuleOf(at(level as AccessLevel), [peer]))).toEqual([
      'company',
      'branch',
      'department',
      null,
    ])
    expect([1, 2, 3, 4].map((level) => sightRuleOf(at(level as AccessLevel), [hall]))).toEqual(['company', 'branch', null, null])
    expect([1, 2, 3, 4].map((level) => sightRuleOf(at(level as AccessLevel), [far]))).toEqual(['company', null, null, null])
  })

  test('without an owner it is the whole company or none', () => {
    expect([1, 2, 3, 4].map((level) => sightRuleOf(at(level as AccessLevel), [null, null]))).toEqual([
      'company',
      null,
      null,
      null,
    ])
  })

  test('is there exactly where the scope holds one of the owners', () => {
    const place = fc.record({
      userId: fc.constantFrom('a', 'b', 'c'),
      branchId: fc.constantFrom('x', 'y'),
      departmentId: fc.constantFrom('p', 'q', null),
    })
    fc.assert(
      fc.property(
        place,
        fc.constantFrom<AccessLevel>(1, 2, 3, 4),
        fc.array(place, { minLength: 1, maxLength: 2 }),
        (who, level, owners) => {
          const scope = accessScopeOf({ ...who, level })
          const told = sightRuleOf({ ...who, level }, owners)
          expect(told !== null).toBe(owners.some((owner) => isWithinScope(scope, owner)))
        },
      ),
    )
  })
})
