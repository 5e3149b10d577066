import type { Permission } from './permissions.ts'

/** 1 company, 2 branch, 3 department within the branch, 4 own records. */
export type AccessLevel = 1 | 2 | 3 | 4

/** The person who asks, read anew from the database on every request. */
export interface Viewer {
  userId: string
  name: string
  email: string
  level: AccessLevel
  /** Which customers the person sees, by their preferred or collections agent; 1 (all) unless the profile says otherwise. */
  customerLevel: AccessLevel
  branchId: string
  departmentId: string | null
  permissions: readonly Permission[]
}

/** Where a person stands now: what decides who sees their records. */
export interface Placement {
  userId: string
  branchId: string
  departmentId: string | null
}

export type AccessScope =
  | { kind: 'company' }
  | { kind: 'branch'; userId: string; branchId: string }
  | { kind: 'department'; userId: string; branchId: string; departmentId: string }
  | { kind: 'own'; userId: string }

/**
 * The records of whose owners a viewer sees (product.md section 1). A viewer of level 3 without a department sees
 * only their own: there is no department to share. Everyone always sees their own records.
 */
export function accessScopeOf(viewer: Placement & { level: AccessLevel }): AccessScope {
  const { level, userId, branchId, departmentId } = viewer
  if (level === 1) return { kind: 'company' }
  if (level === 2) return { kind: 'branch', userId, branchId }
  if (level === 3 && departmentId !== null) return { kind: 'department', userId, branchId, departmentId }
  return { kind: 'own', userId }
}

/** The scope over customers, by the level of visibility that the profile gives for customers. */
export function customerScopeOf(viewer: Viewer): AccessScope {
  return accessScopeOf({ ...viewer, level: viewer.customerLevel })
}

/** Whether a record whose owner stands at `owner` now is within the scope: the rule that db's `visibleTo` says in SQL. */
export function isWithinScope(scope: AccessScope, owner: Placement): boolean {
  switch (scope.kind) {
    case 'company':
      return true
    case 'branch':
      return owner.branchId === scope.branchId
    case 'department':
      return owner.branchId === scope.branchId && owner.departmentId === scope.departmentId
    case 'own':
      return owner.userId === scope.userId
  }
}
