import type { Transaction } from '@cartera/db/connect'
import { accessProfiles, branches, departments, sessions, users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { excessOfGrant, isAdministrator, placeBeyondReach } from '@cartera/domain/access/granting'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { mailAddressRefusal } from '@cartera/domain/notices/mail-address'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, isNull } from 'drizzle-orm'
import { grantOf } from '../access-profiles/profile-grant.ts'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'
import { hashPassword, requireGoodPassword } from '../session/passwords.ts'
import { forgetFailures } from '../session/sign-in-limits.ts'
import { findUser } from './list-users.ts'
import { lockAdministrators, requireAdministrator } from './remaining-administrator.ts'

const taken = { users_email_unique: { code: 'email-taken', field: 'email' } } as const

function requireManagesUsers(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-users')
  if (refusal) throw new Refusal(refusal)
}

function requireMailAddress(email: string): void {
  const refusal = mailAddressRefusal(email)
  if (refusal) throw new Refusal(refusal, { field: 'email' })
}

/** The profile, locked against being changed or deleted meanwhile. */
async function lockProfile(tx: Transaction, profileId: string) {
  const [profile] = await tx.select().from(accessProfiles).where(eq(accessProfiles.id, profileId)).for('share')
  return profile
}

/** Refuses `reference-unknown` at the field for a branch or department that does not exist or is switched off. */
async function requirePlace(
  tx: Transaction,
  place: { branchId?: string | undefined; departmentId?: string | null | undefined },
): Promise<void> {
  if (place.branchId !== undefined) {
    const [branch] = await tx.select().from(branches).where(eq(branches.id, place.branchId)).for('share')
    if (!branch?.active) throw new Refusal('reference-unknown', { field: 'branchId' })
  }
  if (place.departmentId != null) {
    const [department] = await tx.select().from(departments).where(eq(departments.id, place.departmentId)).for('share')
    if (!department?.active) throw new Refusal('reference-unknown', { field: 'departmentId' })
  }
}

async function endSessions(tx: Transaction, ctx: AppContext, userId: string): Promise<void> {
  await tx
    .update(sessions)
    .set({ revokedAt: ctx.now() })
    .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt)))
}

export interface NewUser {
  name: string
  email: string
  password: string
  branchId: string
  departmentId: string | null
  profileId: string
  language?: 'es' | 'en' | undefined
}

/**
 * Adds a user with an initial password. Refuses `not-allowed` (also at `profileId`, `branchId`, `departmentId`: nobody below level 1
 * gives more than they have), `reference-unknown`, `mail-address-invalid`, `password-too-short`, `email-taken`.
 */
export async function createUser(ctx: AppContext, viewer: Viewer, input: NewUser) {
  requireManagesUsers(viewer)
  const { password, language = 'es', ...fields } = input
  requireMailAddress(fields.email)
  requireGoodPassword(password, 'password')
  const passwordHash = await hashPassword(password)
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      const profile = await lockProfile(tx, fields.profileId)
      if (!profile) throw new Refusal('reference-unknown', { field: 'profileId' })
      if (excessOfGrant(viewer, grantOf(profile)) !== null) throw new Refusal('not-allowed', { field: 'profileId' })
      await requirePlace(tx, fields)
      const beyond = placeBeyondReach(viewer, fields)
      if (beyond !== null) throw new Refusal('not-allowed', { field: beyond })
      const [made] = await tx
        .insert(users)
        .values({ ...fields, language, passwordHash, createdAt: ctx.now() })
        .returning({ id: users.id })
      if (!made) throw new Error('the user was not written')
      await recordAudit(tx, ctx, viewer, {
        action: 'create',
        entity: 'user',
        entityId: made.id,
        changes: { ...fields, language },
      })
      return findUser(tx, viewer, made.id)
    }),
  )
}

/**
 * Changes, moves, disables or enables a user. A move takes the visibility of their past records along at once, since that is asked
 * of the owner's present place; disabling ends their sessions. Refuses `not-allowed`, `not-found`, `changed-meanwhile`,
 * `reference-unknown`, `mail-address-invalid`, `email-taken`, `last-administrator`.
 */
export async function changeUser(
  ctx: AppContext,
  viewer: Viewer,
  userId: string,
  input: {
    name?: string | undefined
    email?: string | undefined
    branchId?: string | undefined
    departmentId?: string | null | undefined
    profileId?: string | undefined
    language?: 'es' | 'en' | undefined
    active?: boolean | undefined
    version: number
  },
) {
  requireManagesUsers(viewer)
  const { version, ...fields } = input
  if (fields.email !== undefined) requireMailAddress(fields.email)
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      await lockAdministrators(tx)
      const { user: before, profile: profileBefore } = await lockManagedUser(tx, viewer, userId)
      if (before.version !== version) throw new Refusal('changed-meanwhile')
      const profile = fields.profileId === undefined ? profileBefore : await lockProfile(tx, fields.profileId)
      if (!profile) throw new Refusal('reference-unknown', { field: 'profileId' })
      if (excessOfGrant(viewer, grantOf(profile)) !== null) throw new Refusal('not-allowed', { field: 'profileId' })
      // Where somebody already is need not be open to newcomers any more.
      await requirePlace(tx, {
        branchId: fields.branchId === before.branchId ? undefined : fields.branchId,
        departmentId: fields.departmentId === before.departmentId ? undefined : fields.departmentId,
      })
      const [after] = await tx
        .update(users)
        .set({ ...fields, version: version + 1 })
        .where(eq(users.id, userId))
        .returning()
      if (!after) throw new Error('the locked user vanished')
      const beyond = placeBeyondReach(viewer, after)
      if (beyond !== null) throw new Refusal('not-allowed', { field: beyond })
      const wasAdministrator = isAdministrator({ ...grantOf(profileBefore), active: before.active })
      if (wasAdministrator && !isAdministrator({ ...grantOf(profile), active: after.active }))
        await requireAdministrator(tx, after.active ? 'profileId' : 'active')
      if (before.active && !after.active) await endSessions(tx, ctx, userId)
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'user',
        entityId: userId,
        changes: changesBetween(before, fields),
      })
      return findUser(tx, viewer, userId)
    }),
  )
}

/** The user, locked, when the viewer manages people like them. Refuses `not-found`, `not-allowed`. */
async function lockManagedUser(tx: Transaction, viewer: Viewer, userId: string) {
  const [found] = await tx
    .select({ user: users, profile: accessProfiles })
    .from(users)
    .innerJoin(accessProfiles, eq(accessProfiles.id, users.profileId))
    .where(eq(users.id, userId))
    .for('update', { of: users })
  if (!found) throw new Refusal('not-found')
  if (excessOfGrant(viewer, grantOf(found.profile)) !== null || placeBeyondReach(viewer, found.user) !== null)
    throw new Refusal('not-allowed')
  return found
}

/**
 * Gives a user a new password and ends all their sessions; a sign-in limit that they ran into is lifted. Refuses `not-allowed`,
 * `not-found`, `password-too-short`.
 */
export async function resetPassword(
  ctx: AppContext,
  viewer: Viewer,
  userId: string,
  input: { newPassword: string },
): Promise<void> {
  requireManagesUsers(viewer)
  requireGoodPassword(input.newPassword, 'newPassword')
  const passwordHash = await hashPassword(input.newPassword)
  const email = await ctx.db.transaction(async (tx) => {
    const { user } = await lockManagedUser(tx, viewer, userId)
    await tx.update(users).set({ passwordHash }).where(eq(users.id, userId))
    await endSessions(tx, ctx, userId)
    await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'user', entityId: userId, changes: { password: 'reset' } })
    return user.email
  })
  await forgetFailures(ctx, email)
}
