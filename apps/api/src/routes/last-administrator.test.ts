import { accessProfiles, users } from '@cartera/db/schema/organisation'
import { aProfile, aUser } from '@cartera/db/testing/builders'
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()

/** Everybody else disabled: two administrators with a profile each, the first signed in. */
async function twoAdministrators() {
  await api.database.db.update(users).set({ active: false })
  const first = await api.signedIn()
  const second = await api.signedIn()
  return { first, second }
}
const patchUser = (headers: Record<string, string>, id: string, body: object) =>
  api.request().patch(`/api/v1/users/${id}`).set(headers).send(body)

describe('the last administrator', () => {
  test('can neither be disabled, nor moved to another profile, nor lose it through the profile', async () => {
    const { first, second } = await twoAdministrators()
    const lesser = await aProfile(api.database.db, { level: 2 })
    await patchUser(first.headers, second.user.id, { active: false, version: 1 }).expect(200)

    const disabled = await patchUser(first.headers, first.user.id, { active: false, version: 1 }).expect(409)
    expect(disabled.body).toMatchObject({ code: 'last-administrator', errors: [{ field: 'active' }] })
    const moved = await patchUser(first.headers, first.user.id, { profileId: lesser.id, version: 1 }).expect(409)
    expect(moved.body).toMatchObject({ code: 'last-administrator', errors: [{ field: 'profileId' }] })
    const url = `/api/v1/access-profiles/${first.user.profileId}`
    const lowered = await api.request().patch(url).set(first.headers).send({ level: 2, version: 1 }).expect(409)
    expect(lowered.body).toMatchObject({ code: 'last-administrator', errors: [{ field: 'level' }] })
    const emptied = await api
      .request()
      .patch(url)
      .set(first.headers)
      .send({ permissions: ['import'], version: 1 })
      .expect(409)
    expect(emptied.body).toMatchObject({ code: 'last-administrator', errors: [{ field: 'permissions' }] })

    // Nothing of it happened.
    const [user] = await api.database.db.select().from(users).where(eq(users.id, first.user.id))
    const [profile] = await api.database.db.select().from(accessProfiles).where(eq(accessProfiles.id, first.user.profileId))
    expect([user?.active, user?.profileId, user?.version]).toEqual([true, first.user.profileId, 1])
    expect([profile?.level, profile?.version]).toEqual([1, 1])
  })

  test('people below level 1, or without the permission, do not count', async () => {
    const { first, second } = await twoAdministrators()
    await aUser(api.database.db, { level: 1, permissions: ['import'] })
    await aUser(api.database.db, { level: 2 })
    await patchUser(first.headers, second.user.id, { active: false, version: 1 }).expect(200)
    await patchUser(first.headers, first.user.id, { active: false, version: 1 }).expect(409)
  })

  test('remains when two disable each other at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { first, second } = await twoAdministrators()
      const answers = await Promise.all([
        patchUser(first.headers, second.user.id, { active: false, version: 1 }),
        patchUser(second.headers, first.user.id, { active: false, version: 1 }),
      ])
      const active = await api.database.db.select().from(users).where(eq(users.active, true))
      expect(active).toHaveLength(1)
      expect(answers.filter((each) => each.status === 200)).toHaveLength(1)
    }
  })

  test('remains when one is disabled while the profile of the other is lowered', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { first, second } = await twoAdministrators()
      const answers = await Promise.all([
        patchUser(first.headers, second.user.id, { active: false, version: 1 }),
        api.request().patch(`/api/v1/access-profiles/${first.user.profileId}`).set(second.headers).send({ level: 3, version: 1 }),
      ])
      expect(answers.filter((each) => each.status === 200)).toHaveLength(1)
    }
  })
})
