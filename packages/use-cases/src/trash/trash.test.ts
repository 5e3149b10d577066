import { auditLog } from '@cartera/db/schema/audit'
import { caseComments } from '@cartera/db/schema/cases'
import { customers, notes } from '@cartera/db/schema/customers'
import { customerFiles } from '@cartera/db/schema/files'
import { interests } from '@cartera/db/schema/interests'
import { opportunities, opportunityStages } from '@cartera/db/schema/opportunities'
import { quotes } from '@cartera/db/schema/quotes'
import { renewals } from '@cartera/db/schema/renewals'
import { aCase, aCompany, aContact, aCustomer, anInteraction, aProduct, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { and, eq, sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { listTrash, restoreFromTrash, trashKinds } from './trash.ts'

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db
let viewer: Viewer
let customerId: string
let productId: string
const as = async (userId: string) => {
  const found = await findViewerByUser(ctx, userId)
  if (!found) throw new Error('nobody')
  return found
}
beforeAll(async () => {
  await aCompany(db(), { timeZone: 'America/Guayaquil' })
  viewer = await as((await aUser(db())).id)
  ctx.at('2026-03-11T15:00:00Z')
  customerId = (await aCustomer(db(), { name: 'Almacén Ñandú' })).id
  productId = (await aProduct(db(), { name: 'Licencia anual' })).id
})
const gone = () => ({ deletedAt: ctx.now(), deletedBy: viewer.userId })
const idOf = (rows: { id: string }[]) => rows[0]?.id ?? ''
/** One deleted record of each kind. */
const make: Record<keyof typeof trashKinds, () => Promise<string>> = {
  customer: async () => (await aCustomer(db(), gone())).id,
  contact: async () => (await aContact(db(), { customerId, ...gone() })).id,
  note: async () =>
    idOf(
      await db()
        .insert(notes)
        .values({ customerId, authorId: viewer.userId, body: 'Llamó', ...gone() })
        .returning(),
    ),
  interaction: async () => (await anInteraction(db(), { customerId, ownerId: viewer.userId, ...gone() })).id,
  case: async () => (await aCase(db(), { customerId, ownerId: viewer.userId, subject: 'Sello roto', ...gone() })).id,
  file: async () =>
    idOf(
      await db()
        .insert(customerFiles)
        .values({
          customerId,
          ownerId: viewer.userId,
          state: 'kept',
          name: 'contrato.pdf',
          kind: 'pdf',
          size: 1,
          sha256: 'x',
          happenedAt: ctx.now(),
          ...gone(),
        })
        .returning(),
    ),
  interest: async () =>
    idOf(
      await db()
        .insert(interests)
        .values({ customerId, productId, shownOn: '2026-03-01', ...gone() })
        .returning(),
    ),
  renewal: async () =>
    idOf(
      await db()
        .insert(renewals)
        .values({
          customerId,
          productId,
          ownerId: viewer.userId,
          everyMonths: 1,
          anchorDay: 1,
          nextOn: '2026-05-01',
          ...gone(),
        })
        .returning(),
    ),
  opportunity: async () => {
    const [stage] = await db().insert(opportunityStages).values({ name: 'Propuesta', position: 90, probability: 50 }).returning()
    return idOf(
      await db()
        .insert(opportunities)
        .values({
          customerId,
          ownerId: viewer.userId,
          name: 'Segunda sede',
          stageId: stage?.id ?? '',
          amountMinor: 100n,
          currency: 'USD',
          probability: 50,
          expectedOn: '2026-05-01',
          ...gone(),
        })
        .returning(),
    )
  },
  quote: async () =>
    idOf(
      await db()
        .insert(quotes)
        .values({
          customerId,
          ownerId: viewer.userId,
          subject: 'Oferta',
          currency: 'USD',
          language: 'es',
          validUntil: '2026-04-01',
          netMinor: 0n,
          taxMinor: 0n,
          totalMinor: 0n,
          createdBy: viewer.userId,
          ...gone(),
        })
        .returning(),
    ),
}
const kinds = Object.keys(trashKinds) as (keyof typeof trashKinds)[]
const ids = async (query: Parameters<typeof listTrash>[2] = {}) =>
  (await listTrash(ctx, viewer, query)).items.map((one) => one.id)

test('every table whose rows are deleted softly has its kind here', async () => {
  const { rows } = await db().execute<{ name: string }>(
    sql`select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'deleted_at' order by 1`,
  )
  const named: Partial<Record<(typeof kinds)[number], string>> = { file: 'customer_files', opportunity: 'opportunities' }
  expect(kinds.map((kind) => named[kind] ?? `${kind}s`).sort()).toEqual(rows.map((row) => row.name))
})

test.each(kinds)('a deleted %s is listed with who and when, comes back once, and that is audited', async (kind) => {
  const id = await make[kind]()
  const [found] = (await listTrash(ctx, viewer, { kind })).items.filter((one) => one.id === id)
  expect(found).toMatchObject({
    kind,
    deletedAt: ctx.now().toISOString(),
    deletedBy: { id: viewer.userId },
    ...(kind === 'customer' ? {} : { customer: { name: 'Almacén Ñandú' } }),
  })
  expect(found?.title).not.toBe('')
  const below = await as((await aUser(db(), { level: 2 })).id)
  await expect(restoreFromTrash(ctx, below, { kind, id })).rejects.toMatchObject({ code: 'not-allowed' })
  await restoreFromTrash(ctx, viewer, { kind, id })
  expect(await ids({ kind })).not.toContain(id)
  await expect(restoreFromTrash(ctx, viewer, { kind, id })).rejects.toMatchObject({ code: 'not-found' })
  const written = await db()
    .select()
    .from(auditLog)
    .where(and(eq(auditLog.entityId, id), eq(auditLog.action, 'restore')))
  expect(written.map((one) => [one.entity, one.actorId])).toEqual([[kind, viewer.userId]])
})

test('what took its place refuses it: an interest that was noted anew', async () => {
  const deleted = await make.interest()
  const other = (await aProduct(db())).id
  await db().update(interests).set({ productId: other }).where(eq(interests.id, deleted))
  await db().insert(interests).values({ customerId, productId: other, shownOn: '2026-03-02' })
  await expect(restoreFromTrash(ctx, viewer, { kind: 'interest', id: deleted })).rejects.toMatchObject({ code: 'interest-known' })
})

test('what a deleted customer had comes with the customer; a merged one is not in the trash', async () => {
  const customer = await aCustomer(db())
  const note = idOf(
    await db()
      .insert(notes)
      .values({ customerId: customer.id, authorId: viewer.userId, body: 'x', ...gone() })
      .returning(),
  )
  expect(await ids({ customerId: customer.id })).toEqual([note])
  await db().update(customers).set(gone()).where(eq(customers.id, customer.id))
  expect(await ids({ customerId: customer.id })).toEqual([customer.id])
  await expect(restoreFromTrash(ctx, viewer, { kind: 'note', id: note })).rejects.toMatchObject({ code: 'not-found' })
  await restoreFromTrash(ctx, viewer, { kind: 'customer', id: customer.id })
  expect(await ids({ customerId: customer.id })).toEqual([note])
  await db()
    .update(customers)
    .set({ ...gone(), mergedIntoId: customerId })
    .where(eq(customers.id, customer.id))
  expect(await ids({ kind: 'customer', customerId: customer.id })).toEqual([])
  await expect(restoreFromTrash(ctx, viewer, { kind: 'customer', id: customer.id })).rejects.toMatchObject({ code: 'not-found' })
})

test('holds only what was of customers in reach, also for level 1', async () => {
  const narrow = { ...viewer, customerLevel: 4 as const }
  const [theirs, mine] = [await aCustomer(db()), await aCustomer(db(), { preferredAgentId: viewer.userId })]
  const [hidden, seen] = [
    await aCase(db(), { customerId: theirs.id, ownerId: viewer.userId, ...gone() }),
    await aCase(db(), { customerId: mine.id, ownerId: viewer.userId, ...gone() }),
  ]
  const ids = (await listTrash(ctx, narrow, { kind: 'case' })).items.map((item) => item.id)
  expect([ids.includes(hidden.id), ids.includes(seen.id)]).toEqual([false, true])
  await expect(restoreFromTrash(ctx, narrow, { kind: 'case', id: hidden.id })).rejects.toMatchObject({ code: 'not-found' })
})

test('is searched by words and customer, by who and by the company’s days, page by page', async () => {
  const here = (await aCustomer(db(), { name: 'Óptica Única' })).id
  const other = await aUser(db())
  const of = (subject: string, at: string, deletedBy: string) =>
    aCase(db(), { customerId: here, ownerId: viewer.userId, subject, deletedAt: new Date(at), deletedBy })
  const late = await of('Pérdida', '2026-03-11T04:59:00Z', viewer.userId)
  const early = await of('Robo', '2026-03-10T15:00:00Z', other.id)
  await db().insert(caseComments).values({ caseId: late.id, body: 'x', writtenAt: ctx.now(), authorId: viewer.userId })
  expect(await ids({ q: 'optica unica' })).toEqual([late.id, early.id])
  expect(await ids({ q: 'perdida' })).toEqual([late.id])
  expect(await ids({ customerId: here, deletedBy: other.id })).toEqual([early.id])
  // 23:59 of the company's 10th.
  expect(await ids({ customerId: here, from: '2026-03-10', to: '2026-03-10' })).toEqual([late.id, early.id])
  expect(await ids({ customerId: here, from: '2026-03-11' })).toEqual([])
  const first = await listTrash(ctx, viewer, { customerId: here, limit: 1 })
  expect(await ids({ customerId: here, limit: 1, cursor: first.nextCursor ?? '' })).toEqual([early.id])
})
