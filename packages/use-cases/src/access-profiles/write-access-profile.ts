import type { Transaction } from '@cartera/db/connect'
import { accessProfiles, users } from '@cartera/db/schema/organisation'
import type { AccessLevel, Viewer } from '@cartera/domain/access/access-scope'
import { excessOfGrant, isAdministrator } from '@cartera/domain/access/granting'
import { type Permission, permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { count, eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'
import { lockAdministrators, requireAdministrator } from '../users/remaining-administrator.ts'
import { grantOf, orderedPermissions } from './profile-grant.ts'

const taken = { access_profiles_name_unique: { code: 'name-taken', field: 'name' } } as const

function requireManagesUsers(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-users')
  if (refusal) throw new Refusal(refusal)
}

function requireWithinOwn(viewer: Viewer, profile: Parameters<typeof grantOf>[0]): void {
  const field = excessOfGrant(viewer, grantOf(profile))
  if (field !== null) throw new Refusal('not-allowed', { field })
}

async function shown(tx: Transaction, profile: typeof accessProfiles.$inferSelect) {
  const [row] = await tx.select({ users: count() }).from(users).where(eq(users.profileId, profile.id))
  const { level, customerLevel, permissions } = grantOf(profile)
  return {
    id: profile.id,
    name: profile.name,
    level,
    customerLevel,
    permissions: [...permissions],
    userCount: row?.users ?? 0,
    version: profile.version,
  }
}

/** Adds a profile. Refuses `not-allowed` (at the field: whoever is not level 1 gives at most what they have), `name-taken`. */
export async function createAccessProfile(
  ctx: AppContext,
  viewer: Viewer,
  input: { name: string; level: AccessLevel; customerLevel: AccessLevel; permissions: Permission[] },
) {
  requireManagesUsers(viewer)
  const values = { ...input, permissions: orderedPermissions(input.permissions) }
  requireWithinOwn(viewer, values)
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      const [made] = await tx
        .insert(accessProfiles)
        .values({ ...values, createdAt: ctx.now() })
        .returning()
      if (!made) throw new Error('the profile was not written')
      await recordAudit(tx, ctx, viewer, { action: 'create', entity: 'access-profile', entityId: made.id, changes: values })
      return shown(tx, made)
    }),
  )
}

/**
 * Changes a profile; its users have it from their next request on. Refuses `not-allowed` (also for a profile that already has more
 * than the viewer), `not-found`, `changed-meanwhile`, `name-taken`, and `last-administrator` when nobody could manage users any more.
 */
export async function changeAccessProfile(
  ctx: AppContext,
  viewer: Viewer,
  profileId: string,
  input: {
    name?: string | undefined
    level?: AccessLevel | undefined
    customerLevel?: AccessLevel | undefined
    permissions?: Permission[] | undefined
    version: number
  },
) {
  requireManagesUsers(viewer)
  const { version, ...given } = input
  const fields = { ...given, ...(given.permissions ? { permissions: orderedPermissions(given.permissions) } : {}) }
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      await lockAdministrators(tx)
      const [before] = await tx.select().from(accessProfiles).where(eq(accessProfiles.id, profileId)).for('update')
      if (!before) throw new Refusal('not-found')
      requireWithinOwn(viewer, before)
      if (before.version !== version) throw new Refusal('changed-meanwhile')
      const [after] = await tx
        .update(accessProfiles)
        .set({ ...fields, version: version + 1 })
        .where(eq(accessProfiles.id, profileId))
        .returning()
      if (!after) throw new Error('the locked profile vanished')
      requireWithinOwn(viewer, after)
      const administers = (profile: typeof before) => isAdministrator({ ...grantOf(profile), active: true })
      if (administers(before) && !administers(after)) await requireAdministrator(tx, after.level === 1 ? 'permissions' : 'level')
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'access-profile',
        entityId: profileId,
        changes: changesBetween(before, fields),
      })
      return shown(tx, after)
    }),
  )
}

/** Deletes a profile that nobody has. Refuses `not-allowed`, `not-found`, `in-use`. */
export async function removeAccessProfile(ctx: AppContext, viewer: Viewer, profileId: string): Promise<void> {
  requireManagesUsers(viewer)
  await ctx.db.transaction(async (tx) => {
    const [before] = await tx.select().from(accessProfiles).where(eq(accessProfiles.id, profileId)).for('update')
    if (!before) throw new Refusal('not-found')
    requireWithinOwn(viewer, before)
    if ((await shown(tx, before)).userCount > 0) throw new Refusal('in-use')
    await tx.delete(accessProfiles).where(eq(accessProfiles.id, profileId))
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'access-profile',
      entityId: profileId,
      changes: { name: before.name },
    })
  })
}
