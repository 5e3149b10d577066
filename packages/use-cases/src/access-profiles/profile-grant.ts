import type { accessProfiles } from '@cartera/db/schema/organisation'
import type { AccessLevel } from '@cartera/domain/access/access-scope'
import type { Grant } from '@cartera/domain/access/granting'
import { type Permission, permissions } from '@cartera/domain/access/permissions'

/** What a stored profile gives, in the words of the rules. A permission that this version no longer knows gives nothing. */
export function grantOf(profile: Pick<typeof accessProfiles.$inferSelect, 'level' | 'customerLevel' | 'permissions'>): Grant {
  return {
    level: profile.level as AccessLevel,
    customerLevel: profile.customerLevel as AccessLevel,
    permissions: orderedPermissions(profile.permissions),
  }
}

/** Each known permission once, in the order of the rules. */
export function orderedPermissions(held: readonly string[]): Permission[] {
  return permissions.filter((permission) => held.includes(permission))
}
