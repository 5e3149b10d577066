import { contactAttempts, notes } from '@cartera/db/schema/customers'
import { followUpObservations, followUpProgress, followUps, postponements } from '@cartera/db/schema/follow-ups'
import { interactions } from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import { testDatabase } from '@cartera/db/testing/test-database'
import { localTimeOf, weekdayOf } from '@cartera/domain/calendar-day'
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { findMyDay } from '../agenda/find-my-day.ts'
import { postponedFollowUps } from '../follow-ups/follow-up-reports.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { type DemoPerson, loadDemoCompany } from './load-demo-company.ts'

const people: DemoPerson[] = (['administrator', 'manager', 'supervisor', 'agent', 'finance'] as const).map((role, index) => ({
  name: ['Ana Torres', 'Bruno Vega', 'Carla Ruiz', 'Diego Mora', 'Elena Paz'][index] ?? role,
  email: `${role}@demo.test`,
  level: ([1, 2, 3, 4, 1] as const)[index] ?? 1,
  role,
}))

describe.each([
  ['a Wednesday night', '2026-03-05T04:30:00Z'],
  ['a Saturday', '2026-03-07T16:00:00Z'],
  ['a Sunday before dawn', '2026-03-08T08:15:00Z'],
  ['a Monday before opening', '2026-03-09T11:00:00Z'],
])('a demo that starts on %s', (_, now) => {
  const database = testDatabase()

  test('works in business hours, has nothing from the future, and gives every agent a day', async () => {
    const ctx = testContext(database)
    ctx.at(now)
    await loadDemoCompany(ctx, people, 'cartera-demo')

    const followed = await ctx.db.select().from(followUps)
    const put = await ctx.db.select().from(postponements)
    const past = [
      ...followed.flatMap((one) => (one.originKey === null ? [one.createdAt, one.endedAt] : [])),
      ...put.map((one) => one.postponedAt),
      ...(await ctx.db.select({ at: followUpObservations.observedAt }).from(followUpObservations)).map((one) => one.at),
      ...(await ctx.db.select({ at: followUpProgress.doneAt }).from(followUpProgress)).map((one) => one.at),
      ...(await ctx.db.select({ at: notes.createdAt }).from(notes)).map((one) => one.at),
      ...(await ctx.db.select({ at: contactAttempts.at }).from(contactAttempts)).map((one) => one.at),
      ...(await ctx.db.select({ at: interactions.happenedAt }).from(interactions)).map((one) => one.at),
    ].filter((at) => at !== null)
    expect(past.filter((at) => at > ctx.now())).toEqual([])
    const due = followed.flatMap((one) => (one.originKey === null ? [one.dueAt] : []))
    const outside = [...past, ...due, ...put.map((one) => one.fromDueAt)].filter((at) => {
      const { day, minutes } = localTimeOf(at, 'America/Bogota')
      return weekdayOf(day) > 5 || minutes < 8 * 60 || minutes > 18 * 60
    })
    expect(outside.map((at) => at.toISOString())).toEqual([])
    for (const one of put) expect(one.toDueAt.getTime()).toBeGreaterThan(one.fromDueAt.getTime())

    const [agent] = await ctx.db.select({ id: users.id }).from(users).where(eq(users.email, 'agent@demo.test'))
    const [manager] = await ctx.db.select({ id: users.id }).from(users).where(eq(users.email, 'manager@demo.test'))
    const viewerOf = async (id: string | undefined) => {
      const viewer = await findViewerByUser(ctx, id ?? '')
      if (!viewer) throw new Error('no viewer')
      return viewer
    }
    const day = await findMyDay(ctx, await viewerOf(agent?.id))
    expect(day.items.filter((item) => item.kind === 'follow-up').length).toBeGreaterThanOrEqual(4)
    expect(day.count).toBeLessThan(40)
    const often = await postponedFollowUps(ctx, await viewerOf(manager?.id), {})
    expect(often.items.length).toBeGreaterThanOrEqual(3)
  })
})
