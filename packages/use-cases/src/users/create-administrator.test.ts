import { auditLog } from '@cartera/db/schema/audit'
import { accessProfiles, company, users } from '@cartera/db/schema/organisation'
import { testDatabase } from '@cartera/db/testing/test-database'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { signIn } from '../session/sign-in.ts'
import { testContext } from '../testing/test-context.ts'
import { createAdministrator } from './create-administrator.ts'

const database = testDatabase()
const ctx = testContext(database)
const input = {
  name: 'Ana',
  email: 'ana@empresa.test',
  password: 'una clave larga',
  language: 'es' as const,
  company: { name: 'Andina', timeZone: 'America/Bogota', currency: 'USD' },
}

test('the first administrator comes with the installation, the next ones join it', async () => {
  await expect(createAdministrator(ctx, { ...input, password: 'corta' })).rejects.toMatchObject({ code: 'password-too-short' })
  await expect(createAdministrator(ctx, { ...input, email: 'ana' })).rejects.toMatchObject({ code: 'mail-address-invalid' })
  const first = await createAdministrator(ctx, input)
  expect(first.setUp).toBe(true)
  await expect(createAdministrator(ctx, input)).rejects.toMatchObject({ code: 'email-taken' })
  const second = await createAdministrator(ctx, { ...input, name: 'Eva', email: ' eva@empresa.test ' })
  expect(second.setUp).toBe(false)
  expect(await database.db.select().from(company)).toHaveLength(1)
  const [a, b] = await database.db.select().from(users).orderBy(users.email)
  expect([b?.profileId, b?.branchId, b?.departmentId]).toEqual([a?.profileId, a?.branchId, a?.departmentId])
  for (const email of ['ana@empresa.test', 'eva@empresa.test'])
    await expect(signIn(ctx, { email, password: input.password })).resolves.toBeTruthy()
  const [entry] = await database.db.select().from(auditLog).where(eq(auditLog.entityId, second.userId))
  expect(entry).toMatchObject({ action: 'create', entity: 'user', actorId: null })
})

test('where no profile administers any more, one is made', async () => {
  await database.db.update(accessProfiles).set({ level: 2, name: 'Antes' })
  const { userId } = await createAdministrator(ctx, { ...input, email: 'rescate@empresa.test' })
  const [row] = await database.db
    .select({ level: accessProfiles.level })
    .from(users)
    .innerJoin(accessProfiles, eq(accessProfiles.id, users.profileId))
    .where(eq(users.id, userId))
  expect(row?.level).toBe(1)
})
