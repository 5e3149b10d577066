import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AccessLevel, accessScopeOf, customerScopeOf, isWithinScope, type Placement, type Viewer } from './access-scope.ts'
import { can, deleteNoteRefusal, permissionRefusal, permissions, recordNoteRefusal } from './permissions.ts'

const anyPlacement: fc.Arbitrary<Placement> = fc.record({
  userId: fc.constantFrom('u1', 'u2', 'u3'),
  branchId: fc.constantFrom('b1', 'b2'),
  departmentId: fc.constantFrom(null, 'd1', 'd2'),
})
const levels: AccessLevel[] = [1, 2, 3, 4]

describe('access scope', () => {
  test('what level 4 sees is within 3, that within 2, that within 1', () => {
    fc.assert(
      fc.property(anyPlacement, anyPlacement, (viewer, other) => {
        // One person stands in one place.
        const owner = other.userId === viewer.userId ? viewer : other
        const sees = levels.map((level) => isWithinScope(accessScopeOf({ ...viewer, level }), owner))
        for (let n = 1; n < sees.length; n += 1) if (sees[n]) expect(sees[n - 1]).toBe(true)
      }),
    )
  })

  test('everyone sees their own records at every level', () => {
    fc.assert(
      fc.property(anyPlacement, fc.constantFrom(...levels), (viewer, level) => {
        expect(isWithinScope(accessScopeOf({ ...viewer, level }), viewer)).toBe(true)
      }),
    )
  })

  test('each level sees what product.md section 1 says and no more', () => {
    fc.assert(
      fc.property(anyPlacement, anyPlacement, fc.constantFrom(...levels), (viewer, other, level) => {
        const owner = other.userId === viewer.userId ? viewer : other
        const own = owner.userId === viewer.userId
        const sameBranch = owner.branchId === viewer.branchId
        const sameDepartment = sameBranch && viewer.departmentId !== null && owner.departmentId === viewer.departmentId
        const expected = own || level === 1 || (level === 2 && sameBranch) || (level === 3 && sameDepartment)
        expect(isWithinScope(accessScopeOf({ ...viewer, level }), owner)).toBe(expected)
      }),
      { numRuns: 1000 },
    )
  })

  test('level 3 without a department shares none with others without one', () => {
    const viewer = { userId: 'u1', branchId: 'b1', departmentId: null, level: 3 as const }
    expect(accessScopeOf(viewer)).toEqual({ kind: 'own', userId: 'u1' })
    expect(isWithinScope(accessScopeOf(viewer), { userId: 'u2', branchId: 'b1', departmentId: null })).toBe(false)
  })

  test('a department is shared within the branch only', () => {
    const scope = accessScopeOf({ userId: 'u1', branchId: 'b1', departmentId: 'd1', level: 3 })
    expect(isWithinScope(scope, { userId: 'u2', branchId: 'b1', departmentId: 'd1' })).toBe(true)
    expect(isWithinScope(scope, { userId: 'u2', branchId: 'b2', departmentId: 'd1' })).toBe(false)
  })

  test('customers have a level of their own', () => {
    const viewer: Viewer = {
      userId: 'u1',
      name: 'Ana',
      email: 'ana@example.com',
      level: 4,
      customerLevel: 1,
      branchId: 'b1',
      departmentId: 'd1',
      permissions: [],
    }
    expect(customerScopeOf(viewer)).toEqual({ kind: 'company' })
    expect(customerScopeOf({ ...viewer, level: 1, customerLevel: 4 })).toEqual({ kind: 'own', userId: 'u1' })
  })
})

describe('permissions', () => {
  test('only what the profile holds is allowed', () => {
    for (const permission of permissions) {
      const others = permissions.filter((other) => other !== permission)
      expect(can({ permissions: [permission] }, permission)).toBe(true)
      expect(permissionRefusal({ permissions: [permission] }, permission)).toBeNull()
      expect(permissionRefusal({ permissions: others }, permission)).toBe('not-allowed')
    }
  })

  test('only level 1 deletes notes', () => {
    expect(levels.map((level) => deleteNoteRefusal({ level }))).toEqual([null, 'not-allowed', 'not-allowed', 'not-allowed'])
  })

  test('without a department nobody records notes', () => {
    expect(recordNoteRefusal({ departmentId: null })).toBe('note-needs-department')
    expect(recordNoteRefusal({ departmentId: 'd1' })).toBeNull()
  })
})
