import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AccessLevel } from './access-scope.ts'
import { excessOfGrant, isAdministrator, placeBeyondReach } from './granting.ts'
import { permissions } from './permissions.ts'

const level = fc.constantFrom<AccessLevel[]>(1, 2, 3, 4)
const grant = fc.record({ level, customerLevel: level, permissions: fc.subarray([...permissions]) })

describe('granting', () => {
  test('whoever is not level 1 gives at most what they have; level 1 gives everything', () => {
    fc.assert(
      fc.property(grant, grant, (giver, given) => {
        const within =
          given.level >= giver.level &&
          given.customerLevel >= giver.customerLevel &&
          given.permissions.every((each) => giver.permissions.includes(each))
        expect(excessOfGrant(giver, given) === null).toBe(giver.level === 1 || within)
      }),
    )
  })

  test('what was given can be given on, and never grows on the way', () => {
    fc.assert(
      fc.property(grant, grant, grant, (a, b, c) => {
        if (a.level === 1 || b.level === 1) return
        if (excessOfGrant(a, b) === null && excessOfGrant(b, c) === null) expect(excessOfGrant(a, c)).toBeNull()
      }),
    )
  })

  test('the excess is named, so that it can be said at its field', () => {
    const giver = { level: 2, customerLevel: 2, permissions: ['manage-users'] } as const
    expect(excessOfGrant(giver, { ...giver, level: 1 })).toBe('level')
    expect(excessOfGrant(giver, { ...giver, customerLevel: 1 })).toBe('customerLevel')
    expect(excessOfGrant(giver, { ...giver, permissions: ['import'] })).toBe('permissions')
    expect(excessOfGrant(giver, { level: 4, customerLevel: 4, permissions: [] })).toBeNull()
  })

  test('below level 1 people are managed within one’s own place', () => {
    const place = { branchId: 'b1', departmentId: 'd1' }
    expect(placeBeyondReach({ level: 1, ...place }, { branchId: 'b2', departmentId: null })).toBeNull()
    expect(placeBeyondReach({ level: 2, ...place }, { branchId: 'b1', departmentId: 'd2' })).toBeNull()
    expect(placeBeyondReach({ level: 2, ...place }, { branchId: 'b2', departmentId: 'd1' })).toBe('branchId')
    for (const level of [3, 4] as const) {
      expect(placeBeyondReach({ level, ...place }, place)).toBeNull()
      expect(placeBeyondReach({ level, ...place }, { branchId: 'b1', departmentId: 'd2' })).toBe('departmentId')
      expect(placeBeyondReach({ level, ...place }, { branchId: 'b1', departmentId: null })).toBe('departmentId')
    }
  })

  test('an administrator is active, of level 1, and manages users', () => {
    expect(isAdministrator({ active: true, level: 1, permissions: ['manage-users'] })).toBe(true)
    expect(isAdministrator({ active: false, level: 1, permissions: ['manage-users'] })).toBe(false)
    expect(isAdministrator({ active: true, level: 2, permissions: ['manage-users'] })).toBe(false)
    expect(isAdministrator({ active: true, level: 1, permissions: ['import'] })).toBe(false)
  })
})
