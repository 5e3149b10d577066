import type { AccessLevel, Placement, Viewer } from './access-scope.ts'
import type { Permission } from './permissions.ts'

/** What a profile gives. A lower number of a level sees more. */
export interface Grant {
  level: AccessLevel
  customerLevel: AccessLevel
  permissions: readonly Permission[]
}

/**
 * The first part of a grant that is more than the giver has: nobody below level 1 gives what they lack (or manages a person
 * who has it, which would be the same by a detour). Null when all may be given.
 */
export function excessOfGrant(giver: Pick<Viewer, keyof Grant>, grant: Grant): keyof Grant | null {
  if (giver.level === 1) return null
  if (grant.level < giver.level) return 'level'
  if (grant.customerLevel < giver.customerLevel) return 'customerLevel'
  return grant.permissions.every((permission) => giver.permissions.includes(permission)) ? null : 'permissions'
}

/**
 * What of a place is beyond a person who manages users: level 2 manages the people of their branch, levels 3 and 4 those of
 * their department within it. Otherwise moving people would widen what the manager sees. Null when the place is within.
 */
export function placeBeyondReach(
  manager: Pick<Viewer, 'level' | 'branchId' | 'departmentId'>,
  place: Pick<Placement, 'branchId' | 'departmentId'>,
): 'branchId' | 'departmentId' | null {
  if (manager.level === 1) return null
  if (place.branchId !== manager.branchId) return 'branchId'
  return manager.level === 2 || place.departmentId === manager.departmentId ? null : 'departmentId'
}

/** An administrator: who can put everything else right. At least one active one must remain. */
export function isAdministrator(person: Pick<Grant, 'level' | 'permissions'> & { active: boolean }): boolean {
  return person.active && person.level === 1 && person.permissions.includes('manage-users')
}
