import type { AccessScope } from '@cartera/domain/access/access-scope'
import { type AnyColumn, type SQL, sql } from 'drizzle-orm'
import { users } from './schema/organisation.ts'

/**
 * The one place that says the access scope in SQL: the rows whose owner (author, for notes) stands within the scope **now**,
 * through the owner's present branch and department. The owners are gathered once per query (an array from an uncorrelated
 * subquery), so the plan can use an index on the owner column. Undefined for the whole company: no condition.
 */
export function visibleTo(scope: AccessScope, owner: AnyColumn | SQL): SQL | undefined {
  switch (scope.kind) {
    case 'company':
      return undefined
    case 'branch':
      return sql`${owner} = any(array(select ${users.id} from ${users} where ${users.branchId} = ${scope.branchId}))`
    case 'department':
      return sql`${owner} = any(array(select ${users.id} from ${users} where ${users.branchId} = ${scope.branchId} and ${users.departmentId} = ${scope.departmentId}))`
    case 'own':
      return sql`${owner} = ${scope.userId}`
  }
}

/** The customers within a scope: those whose preferred or collections agent stands within it. */
export function visibleCustomerTo(
  scope: AccessScope,
  agents: { preferredAgentId: AnyColumn | SQL; collectionsAgentId: AnyColumn | SQL },
): SQL | undefined {
  const preferred = visibleTo(scope, agents.preferredAgentId)
  const collections = visibleTo(scope, agents.collectionsAgentId)
  return preferred && collections ? sql`(${preferred} or ${collections})` : undefined
}
