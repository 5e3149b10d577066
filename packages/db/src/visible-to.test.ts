import { type AccessLevel, accessScopeOf, isWithinScope } from '@cartera/domain/access/access-scope'
import { eq } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { customers, notes } from './schema/customers.ts'
import { users } from './schema/organisation.ts'
import { aBranch, aCustomer, aDepartment, aNote, aUser } from './testing/builders.ts'
import { testDatabase } from './testing/test-database.ts'
import { visibleCustomerTo, visibleTo } from './visible-to.ts'

const database = testDatabase()
const people: string[] = []
const branchIds: string[] = []
const departmentIds: (string | null)[] = [null]

beforeAll(async () => {
  const { db } = database
  for (let n = 0; n < 3; n++) branchIds.push((await aBranch(db)).id)
  for (let n = 0; n < 2; n++) departmentIds.push((await aDepartment(db)).id)
  const nobodys = await aCustomer(db, { name: 'nobody’s' })
  for (let n = 0; n < 6; n++) {
    const user = await aUser(db)
    people.push(user.id)
    await aNote(db, { authorId: user.id, customerId: nobodys.id, body: user.id })
    await aCustomer(db, { preferredAgentId: user.id, collectionsAgentId: null, name: `preferred ${user.id}` })
    await aCustomer(db, { preferredAgentId: null, collectionsAgentId: user.id, name: `collections ${user.id}` })
  }
})

const place = fc.record({ branch: fc.nat(2), department: fc.nat(2) })

test('SQL and the pure rule agree on who sees whose records, after any moves of people', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(place, { minLength: 6, maxLength: 6 }),
      fc.nat(5),
      fc.constantFrom<AccessLevel>(1, 2, 3, 4),
      async (places, me, level) => {
        const { db } = database
        const standing = people.map((userId, index) => ({
          userId,
          branchId: branchIds[places[index]?.branch ?? 0] ?? '',
          departmentId: departmentIds[places[index]?.department ?? 0] ?? null,
        }))
        for (const { userId, branchId, departmentId } of standing)
          await db.update(users).set({ branchId, departmentId }).where(eq(users.id, userId))
        const viewer = standing[me]
        if (!viewer) throw new Error('nobody looks')
        const scope = accessScopeOf({ ...viewer, level })
        const expected = standing.filter((owner) => isWithinScope(scope, owner)).map((owner) => owner.userId)

        const seen = await db.select({ body: notes.body }).from(notes).where(visibleTo(scope, notes.authorId))
        expect(seen.map((row) => row.body).sort()).toEqual([...expected].sort())

        const seenCustomers = await db.select({ name: customers.name }).from(customers).where(visibleCustomerTo(scope, customers))
        const expectedCustomers = expected.flatMap((userId) => [`preferred ${userId}`, `collections ${userId}`])
        // A customer without agents belongs to nobody's place: only the whole company sees it.
        if (level === 1) expectedCustomers.push('nobody’s')
        expect(seenCustomers.map((row) => row.name).sort()).toEqual(expectedCustomers.sort())
      },
    ),
    { numRuns: 60 },
  )
})
