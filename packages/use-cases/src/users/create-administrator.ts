import { accessProfiles, branches, departments, users } from '@cartera/db/schema/organisation'
import { isAdministrator } from '@cartera/domain/access/granting'
import { permissions } from '@cartera/domain/access/permissions'
import { mailAddressRefusal } from '@cartera/domain/notices/mail-address'
import { Refusal } from '@cartera/domain/refusal'
import { asc, eq } from 'drizzle-orm'
import { grantOf } from '../access-profiles/profile-grant.ts'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'
import { hashPassword, requireGoodPassword } from '../session/passwords.ts'
import { installedTexts } from '../set-up/installed-texts.ts'
import { setUpInstallation, setUpNeeded } from '../set-up/set-up-installation.ts'

export interface NewAdministrator {
  name: string
  email: string
  password: string
  language: 'es' | 'en'
  /** Used where nothing is set up yet. */
  company: { name: string; timeZone: string; currency: string }
}

/**
 * Makes an administrator from the command line: with the whole installation where there is none yet, else one more user with a
 * level 1 profile that manages users (made when there is none), in the oldest active branch and department. Answers the user's id
 * and whether the installation was set up. Refuses `mail-address-invalid`, `password-too-short`, `email-taken`, and as
 * `setUpInstallation` does.
 */
export async function createAdministrator(ctx: AppContext, input: NewAdministrator): Promise<{ userId: string; setUp: boolean }> {
  const { name, password, language } = input
  const email = input.email.trim()
  const refusal = mailAddressRefusal(email)
  if (refusal) throw new Refusal(refusal, { field: 'email' })
  requireGoodPassword(password, 'password')
  if (await setUpNeeded(ctx)) {
    const userId = await setUpInstallation(ctx, {
      company: { ...input.company, language },
      administrator: { name, email, password },
    })
    return { userId, setUp: true }
  }
  const passwordHash = await hashPassword(password)
  return refuseDuplicates({ users_email_unique: { code: 'email-taken', field: 'email' } }, () =>
    ctx.db.transaction(async (tx) => {
      const profiles = await tx
        .select()
        .from(accessProfiles)
        .where(eq(accessProfiles.level, 1))
        .orderBy(asc(accessProfiles.createdAt), asc(accessProfiles.id))
        .for('share')
      const found = profiles.find((profile) => isAdministrator({ ...grantOf(profile), active: true }))
      const [profile] = found
        ? [found]
        : await tx
            .insert(accessProfiles)
            .values({ name: installedTexts[language].administrator, level: 1, permissions: [...permissions] })
            .onConflictDoNothing()
            .returning()
      const [branch] = await tx
        .select()
        .from(branches)
        .where(eq(branches.active, true))
        .orderBy(asc(branches.createdAt), asc(branches.id))
        .limit(1)
      const [department] = await tx
        .select()
        .from(departments)
        .where(eq(departments.active, true))
        .orderBy(asc(departments.createdAt), asc(departments.id))
        .limit(1)
      if (!profile) throw new Refusal('name-taken', { field: 'profile' })
      if (!branch) throw new Refusal('reference-unknown', { field: 'branch' })
      const [made] = await tx
        .insert(users)
        .values({
          name,
          email,
          passwordHash,
          language,
          profileId: profile.id,
          branchId: branch.id,
          departmentId: department?.id ?? null,
        })
        .returning({ id: users.id })
      if (!made) throw new Error('the administrator was not written')
      await recordAudit(tx, ctx, null, { action: 'create', entity: 'user', entityId: made.id, changes: { name, email } })
      return { userId: made.id, setUp: false }
    }),
  )
}
