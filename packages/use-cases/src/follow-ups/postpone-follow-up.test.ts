import { followUpDetail } from '@cartera/contract/follow-ups'
import { auditLog } from '@cartera/db/schema/audit'
import { postponements, reminders } from '@cartera/db/schema/follow-ups'
import { company, holidays } from '@cartera/db/schema/organisation'
import { aBranch, aCompany, aCustomer, aDepartment, aFollowUp, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { asc, eq } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { closeFollowUp, discardFollowUp, reopenFollowUp } from './end-follow-up.ts'
import { followUpHistory } from './follow-up-history.ts'
import { postponeFollowUp, postponeFollowUps } from './postpone-follow-up.ts'

const database = testDatabase()
const ctx = testContext(database)

beforeAll(() => aCompany(database.db))
// 15:00Z is 10:00 in Bogotá, a Monday.
beforeEach(() => ctx.at('2026-03-02T15:00:00Z'))

async function viewerOf(userId: string): Promise<Viewer> {
  const viewer = await findViewerByUser(ctx, userId)
  if (!viewer) throw new Error('no such user')
  return viewer
}

async function refusalOf(deed: Promise<unknown>): Promise<string> {
  try {
    await deed
  } catch (error) {
    if (error instanceof Refusal) return error.field === undefined ? error.code : `${error.code} at ${error.field}`
    throw error
  }
  return 'done'
}

async function mine(over: Parameters<typeof aFollowUp>[1] = {}) {
  const owner = await aUser(database.db, { level: 4 })
  const followUp = await aFollowUp(database.db, { ownerId: owner.id, ...over })
  return { followUp, viewer: await viewerOf(owner.id) }
}

describe('postponing a follow-up', () => {
  test('counts from the due time when it lies ahead, keeps the first due time, and is a fact with its reason', async () => {
    const { followUp, viewer } = await mine({ dueAt: new Date('2026-03-02T20:00:00Z') })
    const once = await postponeFollowUp(ctx, viewer, followUp.id, { hours: 4, reason: 'Pide llamar luego' })
    expect(followUpDetail.parse(once)).toMatchObject({
      dueAt: '2026-03-03T00:00:00.000Z',
      firstDueAt: '2026-03-02T20:00:00.000Z',
      postponementCount: 1,
      overdue: false,
      version: 2,
    })
    const twice = await postponeFollowUp(ctx, viewer, followUp.id, { hours: 1 })
    expect(twice).toMatchObject({
      dueAt: '2026-03-03T01:00:00.000Z',
      firstDueAt: '2026-03-02T20:00:00.000Z',
      postponementCount: 2,
    })
    const facts = await database.db
      .select()
      .from(postponements)
      .where(eq(postponements.followUpId, followUp.id))
      .orderBy(asc(postponements.id))
    expect(facts.map(({ hours, reason, postponedBy }) => ({ hours, reason, postponedBy }))).toEqual([
      { hours: 4, reason: 'Pide llamar luego', postponedBy: viewer.userId },
      { hours: 1, reason: null, postponedBy: viewer.userId },
    ])
    const audited = await database.db.select().from(auditLog).where(eq(auditLog.entityId, followUp.id))
    expect(audited.map((row) => row.action)).toEqual(['postpone', 'postpone'])
  })

  test('counts from now when the due time is past, so it never lands in the past', async () => {
    const { followUp, viewer } = await mine({ dueAt: new Date('2026-02-20T20:00:00Z') })
    const { dueAt } = await postponeFollowUp(ctx, viewer, followUp.id, { hours: 4 })
    expect(dueAt).toBe('2026-03-02T19:00:00.000Z')
  })

  test.each([
    [0, 'hours-not-positive at hours'],
    [-5, 'hours-not-positive at hours'],
    [2.5, 'hours-not-whole at hours'],
    [1e9, 'hours-too-many at hours'],
    [8761, 'hours-too-many at hours'],
  ])('by %d hours is refused: %s, and changes nothing', async (hours, refusal) => {
    const { followUp, viewer } = await mine()
    expect(await refusalOf(postponeFollowUp(ctx, viewer, followUp.id, { hours }))).toBe(refusal)
    expect(await refusalOf(postponeFollowUps(ctx, viewer, { ids: [followUp.id], hours }))).toBe(refusal)
    expect(await database.db.select().from(postponements).where(eq(postponements.followUpId, followUp.id))).toEqual([])
  })

  test('what is closed or discarded is not postponed, until it is reopened', async () => {
    const { followUp, viewer } = await mine()
    await closeFollowUp(ctx, viewer, followUp.id, { result: 'Pagó' })
    expect(await refusalOf(postponeFollowUp(ctx, viewer, followUp.id, { hours: 1 }))).toBe('follow-up-not-active')
    await reopenFollowUp(ctx, viewer, followUp.id)
    await discardFollowUp(ctx, viewer, followUp.id, { reason: 'Repetido' })
    expect(await refusalOf(postponeFollowUp(ctx, viewer, followUp.id, { hours: 1 }))).toBe('follow-up-not-active')
    await reopenFollowUp(ctx, viewer, followUp.id)
    expect(await refusalOf(postponeFollowUp(ctx, viewer, followUp.id, { hours: 1 }))).toBe('done')
  })

  test('two at once both count: neither is lost', async () => {
    const { followUp, viewer } = await mine({ dueAt: new Date('2026-03-02T20:00:00Z') })
    await Promise.all([1, 2, 4, 8].map((hours) => postponeFollowUp(ctx, viewer, followUp.id, { hours })))
    const facts = await database.db.select().from(postponements).where(eq(postponements.followUpId, followUp.id))
    const chain = [...facts].sort((a, b) => a.toDueAt.getTime() - b.toDueAt.getTime())
    expect(chain.map((fact) => fact.hours).sort()).toEqual([1, 2, 4, 8])
    expect(chain.at(-1)?.toDueAt.toISOString()).toBe('2026-03-03T11:00:00.000Z')
    // Each begins where the one before ended.
    for (let n = 1; n < chain.length; n += 1) expect(chain[n]?.fromDueAt).toEqual(chain[n - 1]?.toDueAt)
  })

  test('an unread reminder of the old due time is read by it', async () => {
    const { followUp, viewer } = await mine({ dueAt: new Date('2026-03-02T14:00:00Z') })
    await database.db
      .insert(reminders)
      .values({ userId: viewer.userId, followUpId: followUp.id, dueAt: followUp.dueAt, remindedAt: ctx.now() })
    await postponeFollowUp(ctx, viewer, followUp.id, { hours: 1 })
    const [row] = await database.db.select().from(reminders).where(eq(reminders.followUpId, followUp.id))
    expect(row?.readAt).toEqual(ctx.now())
  })

  test('one who is out of reach does not exist, whatever the hours', async () => {
    const { followUp } = await mine()
    const stranger = await viewerOf((await aUser(database.db, { level: 3 })).id)
    for (const hours of [4, 0]) expect(await refusalOf(postponeFollowUp(ctx, stranger, followUp.id, { hours }))).toBe('not-found')
  })
})

describe('with business hours', () => {
  test('only open time counts: over closing, a weekend and a holiday, to the minute', async () => {
    await database.db.update(company).set({ postponeInBusinessHours: true })
    await database.db.insert(holidays).values({ day: '2026-03-06', name: 'Feriado' })
    try {
      // Thursday 17:00 in Bogotá; open 08:00 to 18:00; Friday is a holiday.
      const { followUp, viewer } = await mine({ dueAt: new Date('2026-03-05T22:00:00Z') })
      const { dueAt } = await postponeFollowUp(ctx, viewer, followUp.id, { hours: 4 })
      expect(dueAt).toBe('2026-03-09T16:00:00.000Z')
    } finally {
      await database.db.update(company).set({ postponeInBusinessHours: false })
    }
  })
})

describe('postponing several', () => {
  test('each is done or refused by itself; one that is named twice is moved once', async () => {
    const { followUp: open, viewer } = await mine({ dueAt: new Date('2026-03-02T20:00:00Z') })
    const done = await aFollowUp(database.db, { ownerId: viewer.userId, state: 'closed' })
    const { followUp: foreign } = await mine()
    const answer = await postponeFollowUps(ctx, viewer, { ids: [open.id, done.id, foreign.id, open.id.toUpperCase()], hours: 2 })
    expect(answer.items).toEqual([
      { id: open.id, done: true, dueAt: '2026-03-02T22:00:00.000Z', refusal: null },
      { id: done.id, done: false, dueAt: null, refusal: 'follow-up-not-active' },
      { id: foreign.id, done: false, dueAt: null, refusal: 'not-found' },
    ])
  })
})

describe('the history', () => {
  test('tells every deed, newest first, with who, why and the names of what changed', async () => {
    const branchId = (await aBranch(database.db)).id
    const departmentId = (await aDepartment(database.db)).id
    const customer = await aCustomer(database.db)
    const owner = await aUser(database.db, { level: 3, branchId, departmentId, name: 'Diego' })
    const followUp = await aFollowUp(database.db, { ownerId: owner.id, customerId: customer.id })
    const viewer = await viewerOf(owner.id)
    await postponeFollowUp(ctx, viewer, followUp.id, { hours: 3, reason: 'No contesta' })
    ctx.at('2026-03-02T16:00:00Z')
    await closeFollowUp(ctx, viewer, followUp.id, { result: 'Pagó todo' })
    const { items } = await followUpHistory(ctx, viewer, followUp.id)
    expect(items.map(({ action, reason, hours, actor }) => ({ action, reason, hours, who: actor?.name }))).toEqual([
      { action: 'close', reason: 'Pagó todo', hours: null, who: 'Diego' },
      { action: 'postpone', reason: 'No contesta', hours: 3, who: 'Diego' },
    ])
    const stranger = await viewerOf((await aUser(database.db, { level: 4 })).id)
    expect(await refusalOf(followUpHistory(ctx, stranger, followUp.id))).toBe('not-found')
  })
})
