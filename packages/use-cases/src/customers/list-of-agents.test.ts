import { aBranch, aCompany, aCustomer, aDepartment, aProfile, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { beforeAll, expect, test } from 'vitest'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { findNeighbours, listCustomers } from './list-customers.ts'

const database = testDatabase()
const ctx = testContext(database)
beforeAll(async () => void (await aCompany(database.db)))

test('who sees the customers of some agents pages through each of them once, in order, also where both agents of one are among them', async () => {
  const { db } = database
  const [branch, department] = [await aBranch(db), await aDepartment(db)]
  const place = { branchId: branch.id, departmentId: department.id }
  const profile = await aProfile(db, { level: 3, customerLevel: 3 })
  const reader = await aUser(db, { ...place, profileId: profile.id })
  const inside = [reader, await aUser(db, place), await aUser(db, place)]
  const agents = [...inside.map((user) => user.id), (await aUser(db)).id, null]
  const expected: string[] = []
  for (const [at, preferredAgentId] of agents.entries())
    for (const [by, collectionsAgentId] of agents.entries()) {
      const name = `Cliente ${String((at * 7 + by * 11) % 25).padStart(2, '0')}`
      await aCustomer(db, { name, preferredAgentId, collectionsAgentId })
      if (at < inside.length || by < inside.length) expected.push(name)
    }
  const viewer = await findViewerByUser(ctx, reader.id)
  if (!viewer) throw new Error('nobody')
  for (const sort of ['name', '-name']) {
    const met: { id: string; name: string }[] = []
    for (let cursor: string | undefined; ; ) {
      const page = await listCustomers(ctx, viewer, { limit: 4, cursor, sort })
      expect(page.items.length).toBe(Math.min(4, expected.length - met.length))
      met.push(...page.items)
      if (page.nextCursor === null) break
      cursor = page.nextCursor
    }
    const names = met.map((customer) => customer.name)
    expect(names).toEqual(sort === 'name' ? [...expected].sort() : [...expected].sort().reverse())
    for (const [at, customer] of met.entries()) {
      const { previous, next } = await findNeighbours(ctx, viewer, customer.id, { sort })
      expect([previous?.id, next?.id]).toEqual([met[at - 1]?.id, met[at + 1]?.id])
    }
  }
})
