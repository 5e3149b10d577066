import { opportunities, opportunityStages } from '@cartera/db/schema/opportunities'
import { aCase, aCompany, aCustomer, aDepartment, aFollowUpType, aProfile, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { createQuote } from '../quotes/write-quote.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { listFollowUps } from './list-follow-ups.ts'
import { readFollowUp } from './read-follow-up.ts'
import { createFollowUp } from './write-follow-up.ts'

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db
let agent: Viewer
let colleague: Viewer
let chief: Viewer
let typeId = ''

beforeAll(async () => {
  await aCompany(db())
  const department = await aDepartment(db())
  const person = async (level: 1 | 4) => {
    const profile = await aProfile(db(), { level, permissions: [] })
    const user = await aUser(db(), { profileId: profile.id, departmentId: department.id })
    return (await findViewerByUser(ctx, user.id)) as Viewer
  }
  agent = await person(4)
  colleague = await person(4)
  chief = await person(1)
  typeId = (await aFollowUpType(db())).id
})

async function aSale(customerId: string, ownerId: string) {
  const [stage] = await db()
    .insert(opportunityStages)
    .values({ name: `Etapa ${Math.random()}`, position: 1, probability: 10 })
    .returning()
  const [sale] = await db()
    .insert(opportunities)
    .values({
      customerId,
      ownerId,
      stageId: stage?.id ?? '',
      name: 'Obra nueva',
      amountMinor: 100n,
      currency: 'USD',
      probability: 10,
      expectedOn: '2026-04-01',
    })
    .returning()
  return sale ?? expect.unreachable()
}

test('a follow-up is the next step of an opportunity, a case or a quote: told on it, and listed under that', async () => {
  const { id: customerId } = await aCustomer(db())
  const sale = await aSale(customerId, agent.userId)
  const problem = await aCase(db(), { customerId, ownerId: agent.userId, subject: 'Llegó roto' })
  const quote = await createQuote(ctx, agent, { customerId, subject: 'Oferta' })
  for (const [field, id, about] of [
    ['opportunityId', sale.id, { kind: 'opportunity', id: sale.id, label: String(sale.number), name: 'Obra nueva' }],
    ['caseId', problem.id, { kind: 'case', id: problem.id, name: 'Llegó roto' }],
    ['quoteId', quote.id, { kind: 'quote', id: quote.id, label: quote.label, name: 'Oferta' }],
  ] as const) {
    const made = await createFollowUp(ctx, agent, { customerId, typeId, subject: `Paso ${field}`, [field]: id })
    expect(made).toMatchObject({ about })
    await createFollowUp(ctx, agent, { customerId, typeId, subject: 'Otro' })
    const listed = await listFollowUps(ctx, agent, { [field]: id, state: 'all' })
    expect(listed.items.map((one) => one.id)).toEqual([made.id])
  }
})

test('of another customer, out of scope or deleted, it is as if it were none; who lost sight of it is not told of it', async () => {
  const { id: customerId } = await aCustomer(db())
  const other = await aSale((await aCustomer(db())).id, agent.userId)
  const hidden = await aSale(customerId, colleague.userId)
  const gone = await aSale(customerId, agent.userId)
  await db().update(opportunities).set({ deletedAt: ctx.now() }).where(eq(opportunities.id, gone.id))
  const subject = 'Paso'
  for (const opportunityId of [other.id, hidden.id, gone.id])
    await expect(createFollowUp(ctx, agent, { customerId, typeId, subject, opportunityId })).rejects.toMatchObject({
      code: 'reference-unknown',
      field: 'opportunityId',
    })
  const made = await createFollowUp(ctx, chief, { customerId, typeId, subject, opportunityId: hidden.id, ownerId: agent.userId })
  expect(made.about).toMatchObject({ id: hidden.id })
  expect((await readFollowUp(ctx, agent, made.id)).about).toBeNull()
})
