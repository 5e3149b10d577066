import { auditLog } from '@cartera/db/schema/audit'
import { cases } from '@cartera/db/schema/cases'
import { customers } from '@cartera/db/schema/customers'
import { users } from '@cartera/db/schema/organisation'
import {
  aBranch,
  aCase,
  aCaseType,
  aCompany,
  aContact,
  aCustomer,
  aDepartment,
  anInteraction,
  aUser,
} from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { customerTimeline } from '../timeline/customer-timeline.ts'
import { listCaseComments, listCases, readCase } from './find-cases.ts'
import {
  changeCase,
  commentOnCase,
  createCase,
  removeCase,
  reopenCase,
  resolveCase,
  restoreCase,
  takeCaseOver,
} from './write-case.ts'

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db
let viewer: Viewer
let place: { branchId: string; departmentId: string }
let customerId: string
const as = async (userId: string) => {
  const found = await findViewerByUser(ctx, userId)
  if (!found) throw new Error('nobody')
  return found
}
beforeAll(async () => {
  await aCompany(db(), { timeZone: 'America/Guayaquil' })
  place = { branchId: (await aBranch(db())).id, departmentId: (await aDepartment(db())).id }
  viewer = await as((await aUser(db(), place)).id)
})
beforeEach(async () => {
  await db().execute(sql`truncate cases cascade`)
  ctx.at('2026-03-11T15:00:00Z')
  customerId = (await aCustomer(db())).id
})
const make = (over: Partial<Parameters<typeof createCase>[2]> = {}, by = viewer) =>
  createCase(ctx, by, { customerId, subject: 'Llegó roto', ...over })
const ids = async (query: Parameters<typeof listCases>[2], by = viewer) =>
  (await listCases(ctx, by, query)).items.map((one) => one.id)

describe('opening', () => {
  test('keeps what was told; it is new, its opener’s own, and due after the company’s default hours', async () => {
    const contact = await aContact(db(), { customerId })
    const interaction = await anInteraction(db(), { customerId, ownerId: viewer.userId })
    const type = await aCaseType(db(), { name: 'Reclamo de entrega' })
    const made = await make({ contactId: contact.id, interactionId: interaction.id, typeId: type.id, description: 'Dos cajas' })
    expect(made).toMatchObject({
      state: 'new',
      owner: { id: viewer.userId },
      contact: { id: contact.id },
      type: { name: 'Reclamo de entrega' },
      interaction: { number: interaction.number },
      priority: 'normal',
      overdue: false,
      version: 1,
    })
    expect(made.dueAt > ctx.now().toISOString()).toBe(true)
    const chosen = await make({ dueOn: '2026-03-16', dueTime: '09:30' })
    expect(chosen.dueAt).toBe('2026-03-16T14:30:00.000Z')
    expect(chosen.number).toBe(made.number + 1)
  })

  test('is refused at the field for an inactive customer, half a due time, and what is another customer’s', async () => {
    const inactive = (await aCustomer(db(), { status: 'inactive' })).id
    await expect(make({ customerId: inactive })).rejects.toMatchObject({ code: 'customer-inactive', field: 'customerId' })
    await expect(make({ dueOn: '2026-03-16' })).rejects.toMatchObject({ code: 'due-incomplete', field: 'dueTime' })
    const other = await aContact(db())
    await expect(make({ contactId: other.id })).rejects.toMatchObject({ code: 'reference-unknown', field: 'contactId' })
    const told = await anInteraction(db(), { ownerId: viewer.userId })
    await expect(make({ interactionId: told.id })).rejects.toMatchObject({ field: 'interactionId' })
    const off = await aCaseType(db(), { active: false })
    await expect(make({ typeId: off.id })).rejects.toMatchObject({ field: 'typeId' })
    expect(await db().$count(cases)).toBe(0)
  })
})

describe('working on it', () => {
  test('taking over makes it mine and begins it; two who do that at once: the second is told', async () => {
    const peer = await as((await aUser(db(), place)).id)
    const made = await make()
    const answers = await Promise.allSettled([
      takeCaseOver(ctx, peer, made.id, { version: 1 }),
      changeCase(ctx, viewer, made.id, { priority: 'high', version: 1 }),
    ])
    expect(answers.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
    const { version } = await readCase(db(), ctx, viewer, made.id)
    expect(await takeCaseOver(ctx, peer, made.id, { version })).toMatchObject({
      owner: { id: peer.userId },
      state: 'in-progress',
    })
  })

  test('a change keeps the other half of the due time, and one that changes nothing leaves no trace', async () => {
    const made = await make({ dueOn: '2026-03-16', dueTime: '09:30' })
    expect(await changeCase(ctx, viewer, made.id, { dueOn: '2026-03-17', state: 'waiting', version: 1 })).toMatchObject({
      dueAt: '2026-03-17T14:30:00.000Z',
      state: 'waiting',
      version: 2,
    })
    expect(await changeCase(ctx, viewer, made.id, { state: 'waiting', subject: 'Llegó roto', version: 2 })).toMatchObject({
      version: 2,
    })
    const written = await db().select().from(auditLog).where(eq(auditLog.entityId, made.id))
    expect(written.map((one) => one.action).sort()).toEqual(['change', 'create'])
    await expect(changeCase(ctx, viewer, made.id, { ownerId: crypto.randomUUID(), version: 2 })).rejects.toMatchObject({
      code: 'reference-unknown',
      field: 'ownerId',
    })
  })

  test('is resolved with words, reopened with a reason, and keeps all that was said, newest first', async () => {
    const made = await make()
    ctx.at('2026-03-11T16:00:00Z')
    await commentOnCase(ctx, viewer, made.id, { body: 'Llamé al transportista' })
    ctx.at('2026-03-11T17:00:00Z')
    const resolved = await resolveCase(ctx, viewer, made.id, { resolution: 'Se repuso la mercadería', version: 1 })
    expect(resolved).toMatchObject({
      state: 'resolved',
      resolution: 'Se repuso la mercadería',
      resolvedBy: { id: viewer.userId },
      commentCount: 1,
    })
    await expect(changeCase(ctx, viewer, made.id, { priority: 'high', version: 2 })).rejects.toMatchObject({
      code: 'case-resolved',
    })
    await expect(resolveCase(ctx, viewer, made.id, { resolution: 'Otra', version: 2 })).rejects.toMatchObject({
      code: 'case-resolved',
    })
    await expect(reopenCase(ctx, viewer, made.id, { reason: 'x', version: 1 })).rejects.toMatchObject({
      code: 'changed-meanwhile',
    })
    ctx.at('2026-03-11T18:00:00Z')
    expect(await reopenCase(ctx, viewer, made.id, { reason: 'Llegó roto otra vez', version: 2 })).toMatchObject({
      state: 'in-progress',
      resolution: null,
      resolvedAt: null,
    })
    expect((await listCaseComments(ctx, viewer, made.id, {})).items.map((one) => [one.kind, one.body])).toEqual([
      ['reopening', 'Llegó roto otra vez'],
      ['resolution', 'Se repuso la mercadería'],
      ['comment', 'Llamé al transportista'],
    ])
  })

  test('a deleted one is nowhere but comes back whole, by level 1 alone', async () => {
    const agent = await as((await aUser(db(), { ...place, level: 3, permissions: ['delete-cases'] })).id)
    const peer = await as((await aUser(db(), { ...place, level: 3, permissions: [] })).id)
    const made = await make()
    await expect(removeCase(ctx, peer, made.id)).rejects.toMatchObject({ code: 'not-allowed' })
    await removeCase(ctx, agent, made.id)
    expect(await ids({ state: 'all' })).toEqual([])
    expect((await customerTimeline(ctx, viewer, customerId, {})).items).toEqual([])
    await expect(readCase(db(), ctx, viewer, made.id)).rejects.toMatchObject({ code: 'not-found' })
    await expect(restoreCase(ctx, agent, made.id)).rejects.toMatchObject({ code: 'not-allowed' })
    expect(await restoreCase(ctx, viewer, made.id)).toMatchObject({ id: made.id, subject: 'Llegó roto' })
    expect((await customerTimeline(ctx, viewer, customerId, { kind: 'case' })).items).toMatchObject([
      { id: made.id, detail: 'new' },
    ])
  })
})

describe('the list', () => {
  test('holds the open ones by due time unless told, under each of its filters', async () => {
    const type = await aCaseType(db())
    const base = { customerId, ownerId: viewer.userId }
    const late = await aCase(db(), {
      ...base,
      dueAt: new Date('2026-03-11T14:00:00Z'),
      priority: 'high',
      subject: 'Factura errónea',
    })
    const soon = await aCase(db(), { ...base, dueAt: new Date('2026-03-12T04:30:00Z'), state: 'waiting', typeId: type.id })
    const done = await aCase(db(), {
      ...base,
      state: 'resolved',
      resolution: 'x',
      resolvedAt: ctx.now(),
      dueAt: new Date('2026-03-10T15:00:00Z'),
    })
    expect(await ids({})).toEqual([late.id, soon.id])
    expect(await ids({ state: 'all', sort: '-number' })).toEqual([done.id, soon.id, late.id])
    expect(await ids({ overdue: true })).toEqual([late.id])
    expect(await ids({ overdue: false, state: 'all' })).toEqual([done.id, soon.id])
    // 23:30 of the company's 11th.
    expect(await ids({ dueFrom: '2026-03-11', dueTo: '2026-03-11' })).toEqual([late.id, soon.id])
    expect(await ids({ priority: 'high' })).toEqual([late.id])
    expect(await ids({ typeId: type.id })).toEqual([soon.id])
    expect(await ids({ q: 'factura erronea' })).toEqual([late.id])
    expect(await ids({ q: `#${done.number}`, state: 'resolved' })).toEqual([done.id])
    expect(await ids({ branchId: place.branchId, departmentId: place.departmentId })).toEqual([late.id, soon.id])
    const first = await listCases(ctx, viewer, { state: 'all', limit: 2 })
    expect(await ids({ state: 'all', limit: 2, cursor: first.nextCursor ?? '' })).toEqual([soon.id])
  })

  test('follows where the owner stands now', async () => {
    const owner = await aUser(db(), place)
    const reader = await as((await aUser(db(), { ...place, level: 3 })).id)
    const one = await aCase(db(), { customerId, ownerId: owner.id })
    expect(await ids({}, reader)).toEqual([one.id])
    await db()
      .update(users)
      .set({ departmentId: (await aDepartment(db())).id })
      .where(eq(users.id, owner.id))
    expect(await ids({}, reader)).toEqual([])
    await expect(commentOnCase(ctx, reader, one.id, { body: 'x' })).rejects.toMatchObject({ code: 'not-found' })
    await db().update(customers).set({ deletedAt: ctx.now() }).where(eq(customers.id, customerId))
    expect(await ids({})).toEqual([])
  })
})
