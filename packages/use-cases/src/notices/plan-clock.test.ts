import { noticeItems, noticeMessages, noticeRules } from '@cartera/db/schema/notices'
import { company } from '@cartera/db/schema/organisation'
import { aCompany, aCustomer, aMailAccount, aReceivable, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { testContext } from '../testing/test-context.ts'
import { planDayJob } from './plan-day.ts'

// F6 of the fault test on the real database: planners side by side across the nights on which clocks change. The year around them, with
// clock steps and missed days, is tested pure in the domain (plan-clock.test.ts there).

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db
const hour = 3_600_000

/** Zones and the instant at which their clocks change: a midnight that does not exist, one that comes twice, half an hour, none at all. */
const nights: [zone: string, changesAt: string][] = [
  ['America/Santiago', '2024-09-08T04:00:00Z'],
  ['America/Asuncion', '2024-10-06T04:00:00Z'],
  ['America/Havana', '2024-11-03T05:00:00Z'],
  ['Africa/Cairo', '2024-04-25T22:00:00Z'],
  ['Asia/Beirut', '2024-03-30T22:00:00Z'],
  ['Australia/Lord_Howe', '2024-10-05T15:30:00Z'],
  ['America/Bogota', '2024-10-06T05:00:00Z'],
  ['Europe/Madrid', '2024-10-27T01:00:00Z'],
]

beforeAll(async () => {
  await aCompany(db(), { noticeActive: true })
  await db().update(noticeRules).set({ days: 1 }).where(eq(noticeRules.kind, 'overdue'))
  const agent = await aUser(db())
  await aMailAccount(db(), { userId: agent.id })
  for (let each = 0; each < 3; each += 1) {
    const customer = await aCustomer(db(), { collectionsAgentId: agent.id })
    for (const [, changesAt] of nights)
      for (let n = -8; n <= 14; n += 1)
        await aReceivable(db(), {
          customerId: customer.id,
          issuedOn: '2024-01-01',
          dueOn: addDays(changesAt.slice(0, 10), n),
        })
  }
})

describe.each(nights)('%s', (zone, changesAt) => {
  test('planners side by side over the night write one key each and miss none', async () => {
    await db().execute(sql`truncate notice_messages, notice_items, notice_recipients, notice_events cascade`)
    await db().update(company).set({ timeZone: zone })
    const change = Date.parse(changesAt)
    const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
    const days = new Set<CalendarDay>()
    // Two days before until four after, closely around the change; a clock that steps back, and the evening after missed.
    for (const after of [-50, -26, -2, -0.01, 0, 0.01, 0.6, -1, 2, 60, 84]) {
      const at = new Date(change + after * hour)
      days.add(format.format(at))
      ctx.at(at.toISOString())
      await Promise.all([planDayJob.perform(ctx, {}), planDayJob.perform(ctx, {})])
    }
    const plus = (day: string, n: number) => new Date(Date.parse(`${day}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10)
    const isOpen = (day: string) => ![0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay())
    const { rows } = await db().execute<{ id: string; due_on: string }>(sql`select id, due_on from receivables`)
    const expected = rows.flatMap(({ id, due_on }) =>
      (['preventive', 'overdue'] as const)
        .filter((kind) => {
          let matures = plus(due_on, kind === 'preventive' ? -7 : 1)
          while (!isOpen(matures)) matures = plus(matures, kind === 'preventive' ? -1 : 1)
          return [0, 1, 2, 3].some((n) => {
            const day = plus(matures, n)
            return days.has(day) && isOpen(day) && (kind === 'overdue' || day <= due_on)
          })
        })
        .map((kind) => `${id} ${kind}`),
    )
    const written = await db()
      .select({ id: noticeItems.receivableId, kind: noticeRules.kind })
      .from(noticeItems)
      .innerJoin(noticeRules, eq(noticeRules.id, noticeItems.ruleId))
      .innerJoin(noticeMessages, eq(noticeMessages.id, noticeItems.messageId))
    expect(written.map(({ id, kind }) => `${id} ${kind}`).sort()).toEqual(expected.sort())
    expect(expected.length).toBeGreaterThan(10)
  }, 120_000)
})
