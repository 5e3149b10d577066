import { accessProfiles, branches, departments, sessions, users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { dayOfInstant } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, isNull, ne } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { hashPassword, passwordMatches, requireGoodPassword } from './passwords.ts'

/** Who the viewer is and what they may do, as the interface needs it to draw itself. */
export async function findMe(ctx: AppContext, viewer: Viewer) {
  const [row] = await ctx.db
    .select({ user: users, branch: branches, department: departments, profile: accessProfiles })
    .from(users)
    .innerJoin(branches, eq(branches.id, users.branchId))
    .innerJoin(accessProfiles, eq(accessProfiles.id, users.profileId))
    .leftJoin(departments, eq(departments.id, users.departmentId))
    .where(eq(users.id, viewer.userId))
  if (!row) throw new Refusal('session-expired')
  const company = await findCompany(ctx.db)
  return {
    id: row.user.id,
    name: row.user.name,
    email: row.user.email,
    language: row.user.language === 'en' ? ('en' as const) : ('es' as const),
    remindByMail: row.user.remindByMail,
    level: viewer.level,
    branch: { id: row.branch.id, name: row.branch.name },
    department: row.department && { id: row.department.id, name: row.department.name },
    profile: { id: row.profile.id, name: row.profile.name },
    permissions: [...viewer.permissions],
    company: {
      name: company.name,
      timeZone: company.timeZone,
      currency: company.currency,
      locale: company.locale,
      today: dayOfInstant(ctx.now(), company.timeZone),
    },
  }
}

/** Changes what a person may change about themselves. */
export async function changeMe(
  ctx: AppContext,
  viewer: Viewer,
  input: { name?: string | undefined; language?: 'es' | 'en' | undefined; remindByMail?: boolean | undefined },
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const [before] = await tx.select().from(users).where(eq(users.id, viewer.userId)).for('update')
    if (!before) throw new Refusal('session-expired')
    const changes = changesBetween(before, input)
    if (Object.keys(changes).length === 0) return
    await tx
      .update(users)
      .set({ ...input, version: before.version + 1 })
      .where(eq(users.id, viewer.userId))
    await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'user', entityId: viewer.userId, changes })
  })
}

/** Changes the viewer's password and ends their other sessions. Refuses `password-wrong`, `password-too-short`. */
export async function changePassword(
  ctx: AppContext,
  viewer: Viewer,
  input: { currentPassword: string; newPassword: string; keepSessionId: string },
): Promise<void> {
  requireGoodPassword(input.newPassword, 'newPassword')
  const [user] = await ctx.db.select({ passwordHash: users.passwordHash }).from(users).where(eq(users.id, viewer.userId))
  if (!(await passwordMatches(user?.passwordHash ?? null, input.currentPassword)))
    throw new Refusal('password-wrong', { field: 'currentPassword' })
  const passwordHash = await hashPassword(input.newPassword)
  await ctx.db.transaction(async (tx) => {
    await tx.update(users).set({ passwordHash }).where(eq(users.id, viewer.userId))
    await tx
      .update(sessions)
      .set({ revokedAt: ctx.now() })
      .where(and(eq(sessions.userId, viewer.userId), ne(sessions.id, input.keepSessionId), isNull(sessions.revokedAt)))
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'user',
      entityId: viewer.userId,
      changes: { password: 'changed' },
    })
  })
}
