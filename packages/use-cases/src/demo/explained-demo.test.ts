import { holidays } from '@cartera/db/schema/organisation'
import { testDatabase } from '@cartera/db/testing/test-database'
import { isBusinessDay } from '@cartera/domain/business-calendar'
import { repetitionsOf } from '@cartera/domain/notices/notice-plan'
import { noticeReasons } from '@cartera/domain/notices/notice-states'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { explainReceivables } from '../notices/explain-notices.ts'
import { loadNoticeWorld } from '../notices/notice-facts.ts'
import { planDay } from '../notices/plan-day.ts'
import { previewPlan } from '../notices/plan-notices.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { type DemoPerson, loadDemoCompany } from './load-demo-company.ts'

const database = testDatabase()

test('every open receivable of the demo company has one explanation per rule and repetition, and what it says is what planning does', async () => {
  const ctx = testContext(database)
  const people = (['administrator', 'manager', 'supervisor', 'agent', 'finance'] as const).map(
    (role, index): DemoPerson => ({
      name: ['Ana Torres', 'Bruno Vega', 'Carla Ruiz', 'Diego Mora', 'Elena Paz'][index] ?? role,
      email: `${role}@demo.test`,
      level: ([1, 2, 3, 4, 1] as const)[index] ?? 1,
      role,
    }),
  )
  await loadDemoCompany(ctx, people, 'cartera-demo')
  const { rows: own } = await ctx.db.execute<{ id: string }>(sql`select id from users where email = 'administrator@demo.test'`)
  const viewer = await findViewerByUser(ctx, own[0]?.id ?? '')
  if (!viewer) throw new Error('no viewer')
  // Tuesday 3 March is a holiday of the test; the demo's dates lie around Monday the 2nd.
  await ctx.db.insert(holidays).values({ day: '2026-03-03', name: 'Festivo' }).onConflictDoNothing()
  const { rows: open } = await ctx.db.execute<{ id: string }>(sql`select id from receivables where balance_minor > 0`)
  expect(open.length).toBeGreaterThan(200)

  const seen = new Set<string>()
  // A Monday, the holiday, a Wednesday, a weekend, and the Monday after it.
  for (const day of ['2026-03-02', '2026-03-03', '2026-03-04', '2026-03-07', '2026-03-08', '2026-03-09']) {
    ctx.at(`${day}T15:00:00Z`)
    const world = await loadNoticeWorld(ctx.db)
    const rules = world.rules.filter((rule) => !rule.retired)
    const explanations = await explainReceivables(
      ctx,
      viewer,
      open.map(({ id }) => id),
      { on: day },
    )
    expect(explanations).toHaveLength(open.length)
    const preview = await previewPlan(ctx, day)
    const said: string[] = []
    const passedOver = new Map<string, number>()
    for (const { receivable, rules: entries } of explanations) {
      for (const rule of rules)
        for (let repetition = 1; repetition <= repetitionsOf(rule); repetition += 1) {
          const found = entries.filter(
            (each) => each.rule.id === rule.id && each.repetition === repetition && each.occurrence % 100 === repetition,
          )
          const present = found.filter((each) => each.occurrence === Math.max(...found.map(({ occurrence }) => occurrence)))
          expect([receivable.number, rule.code, repetition, present.length]).toEqual([
            receivable.number,
            rule.code,
            repetition,
            1,
          ])
        }
      for (const each of entries) {
        const { state, reason, message } = each
        seen.add(`${state} ${reason}`)
        if (reason === null) expect([state, message === null]).toEqual([state, state !== 'noticed'])
        else expect([...noticeReasons, 'not-business-day']).toContain(reason)
        if (reason === null) expect(['planned', 'noticed', 'not-chosen', 'waiting']).toContain(state)
        // Whatever waits for a day says which, and a day on which something can leave.
        if (state === 'waiting' && reason === null) expect(each.leavesOn).not.toBeNull()
        if (each.leavesOn !== null)
          expect([each.leavesOn, isBusinessDay(each.leavesOn, world.calendar)]).toEqual([each.leavesOn, true])
        if (state === 'planned' || state === 'held')
          said.push(`${receivable.id} ${each.rule.id} ${each.occurrence} ${state} ${reason}`)
        if (state === 'skipped' && reason !== null && reason !== 'too-old' && reason !== 'past-due')
          passedOver.set(reason, (passedOver.get(reason) ?? 0) + 1)
      }
    }
    // What the plan's screen shows as skipped is what the explanations call so.
    const shown = new Map<string, number>()
    for (const { state, reason, items } of preview.messages)
      if (state === 'skipped' && reason !== null) shown.set(reason, (shown.get(reason) ?? 0) + items.length)
    expect([day, [...passedOver].sort()]).toEqual([day, [...shown].sort()])

    const { rows: before } = await ctx.db.execute<{ id: string }>(sql`select id from notice_items`)
    await planDay(ctx, day)
    const { rows: made } = await ctx.db.execute<{ key: string }>(sql`
      select i.receivable_id || ' ' || i.rule_id || ' ' || i.occurrence || ' ' || m.state || ' ' || coalesce(m.reason, 'null') as key
      from notice_items i join notice_messages m on m.id = i.message_id
      where i.id <> all(${sql.param(before.map(({ id }) => id))}::uuid[])`)
    expect([day, made.map(({ key }) => key).sort()]).toEqual([day, said.sort()])
    expect(said.length > 0).toBe(isBusinessDay(day, world.calendar))
  }
  // Without an inbox the demo company has no mail accounts: what would leave is held for that.
  for (const state of ['held', 'skipped', 'waiting', 'noticed', 'not-chosen'])
    expect([state, [...seen].some((each) => each.startsWith(state))]).toEqual([state, true])
})
