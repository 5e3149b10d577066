import { type AccessLevel, accessScopeOf, isWithinScope, type Placement } from './access-scope.ts'

/** By which rule somebody sees a record: it is their own, or its owner stands in their department or branch, or they see the whole company. */
export type SightRule = 'own' | 'department' | 'branch' | 'company'

/**
 * The rule by which a person of that level sees what belongs to any of these owners, the nearest one first; null where they do not. Without an owner
 * only the whole company sees it. The same rule as `isWithinScope`, told in a word (product.md section 14.13).
 */
export function sightRuleOf(person: Placement & { level: AccessLevel }, owners: readonly (Placement | null)[]): SightRule | null {
  const scope = accessScopeOf(person)
  const standing = owners.filter((owner) => owner !== null)
  if (standing.some((owner) => owner.userId === person.userId && isWithinScope(scope, owner))) return 'own'
  if (scope.kind === 'company' || standing.some((owner) => isWithinScope(scope, owner))) return scope.kind
  return null
}
