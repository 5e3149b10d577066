import { noticeEvents, noticeItems, noticeMessages, noticeRules } from '@cartera/db/schema/notices'
import { company } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import { aReceivable, aUser } from '@cartera/db/testing/builders'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { addDays } from '@cartera/domain/calendar-day'
import { eq } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { findViewerByUser } from '../session/find-viewer.ts'
import { indebtedCompany } from '../testing/indebted-company.ts'
import { cancelNotices, releaseNotices, resolveNotices } from './decide-notices.ts'
import { planDay, planDayJob } from './plan-day.ts'
import { dispatchNotice } from './send-notices.ts'

// What can happen at the worst moment: at midnight, and between two decisions.

/** Wednesday 11 March 2026. */
const day = '2026-03-11'
const andina = indebtedCompany(day)
const { database, ctx, smtp, db, indebted, messages, only, states } = andina
const patience = { timeout: 30_000 }
let viewer: Viewer

beforeEach(async () => {
  const found = await findViewerByUser(ctx, andina.agentId)
  if (!found) throw new Error('no viewer')
  viewer = found
})

describe('at midnight', () => {
  /** A planner whose run begins before midnight and ends after it: another planner holds it up. */
  async function planOverMidnight(before: string, after: string) {
    ctx.at(before)
    const holder = await database.pool.connect()
    try {
      await holder.query('begin')
      await holder.query(`select pg_advisory_xact_lock(hashtext('cartera notice plan'))`)
      const planning = planDayJob.perform(ctx, {})
      await expect
        .poll(
          async () => (await database.pool.query(`select 1 from pg_locks where locktype = 'advisory' and not granted`)).rowCount,
          patience,
        )
        .toBe(1)
      ctx.at(after)
      await holder.query('rollback')
      await planning
    } finally {
      holder.release()
    }
  }

  test('a run that begins before it and ends after it: no reminder after the due date', async () => {
    await db().update(noticeRules).set({ days: 0 }).where(eq(noticeRules.kind, 'preventive'))
    await indebted({ dueOn: day })
    await planOverMidnight('2026-03-12T04:59:59Z', '2026-03-12T05:00:02Z')
    ctx.at('2026-03-12T15:00:00Z')
    for (const { id } of await messages()) await dispatchNotice(ctx, id)
    expect(smtp.received.length).toBe(0)
  })

  test('a run that begins on Friday and ends on Saturday: nothing leaves on Saturday', async () => {
    await indebted({ dueOn: '2026-03-20' })
    await planOverMidnight('2026-03-14T04:59:59Z', '2026-03-14T05:00:02Z')
    ctx.at('2026-03-14T15:00:00Z')
    for (const { id } of await messages()) await dispatchNotice(ctx, id)
    expect(smtp.received.length).toBe(0)
    // Nothing is lost: it leaves on Monday.
    ctx.at('2026-03-16T15:00:00Z')
    await planDay(ctx, '2026-03-16')
    await db()
      .update(noticeMessages)
      .set({ nextAttemptAt: new Date(0) })
    for (const { id } of await messages()) await dispatchNotice(ctx, id)
    expect(smtp.received).toHaveLength(1)
  })
})

test('the company moves to another time zone where it is tomorrow already: a reminder that was planned today is not taken for one of tomorrow', async () => {
  await db().update(noticeRules).set({ days: 0 }).where(eq(noticeRules.kind, 'preventive'))
  await indebted({ dueOn: day })
  ctx.at('2026-03-12T04:00:00Z')
  await planDay(ctx, day)
  await db().update(company).set({ timeZone: 'Asia/Tokyo' })
  await dispatchNotice(ctx, (await only()).id)
  expect(await states()).toEqual(['cancelled past-due'])
  expect(smtp.received).toHaveLength(0)
})

describe('after somebody decided', () => {
  /** Each day is planned, and what is then due leaves. */
  async function liveOn(days: readonly string[]) {
    for (const on of days) {
      ctx.at(`${on}T15:00:00Z`)
      await planDay(ctx, on)
      await db()
        .update(noticeMessages)
        .set({ nextAttemptAt: new Date(0) })
      for (const message of await messages()) await dispatchNotice(ctx, message.id)
    }
  }

  /** The server took it and the answer was lost. */
  async function inDoubt({ beside = false } = {}) {
    const receivable = await indebted()
    if (beside) await aReceivable(db(), { customerId: receivable.customerId, dueOn: '2026-03-18' })
    await planDay(ctx, day)
    smtp.faults.dropAfterDot = 'written'
    const { id } = await only()
    await dispatchNotice(ctx, id)
    expect(await states()).toEqual(['uncertain'].map((state) => `${state} reply-lost`))
    delete smtp.faults.dropAfterDot
    return { id, receivable }
  }

  test('sent again, and then its due date is corrected: the key of a mail that may have gone out is not given back', async () => {
    const { id, receivable } = await inDoubt()
    await resolveNotices(ctx, viewer, { ids: [id], as: 'send-again' })
    await db()
      .update(receivables)
      .set({ dueOn: addDays('2026-03-18', 5) })
      .where(eq(receivables.id, receivable.id))
    await liveOn(['2026-03-12', '2026-03-13', '2026-03-16', '2026-03-17'])
    expect(smtp.received).toHaveLength(1)
    expect(await db().select().from(noticeItems)).toHaveLength(1)
  })

  test('sent again without what is disputed meanwhile: what waits apart remembers that it may have left, and its key is not given back', async () => {
    const { id, receivable } = await inDoubt({ beside: true })
    await resolveNotices(ctx, viewer, { ids: [id], as: 'send-again' })
    const change = (over: Partial<typeof receivables.$inferInsert>) =>
      db().update(receivables).set(over).where(eq(receivables.id, receivable.id))
    await change({ disputedAt: ctx.now() })
    await dispatchNotice(ctx, id)
    expect((await states()).sort()).toEqual(['held disputed', 'sent'])
    await change({ disputedAt: null, dueOn: addDays('2026-03-18', 5) })
    await liveOn(['2026-03-12', '2026-03-13', '2026-03-16', '2026-03-17'])
    // Both, of which nobody knows whether they arrived; and again the one beside it.
    expect(smtp.received).toHaveLength(2)
    expect(await db().select().from(noticeItems)).toHaveLength(2)
  })

  test.each([
    ['release', 'release'],
    ['release', 'cancel'],
    ['mark as sent', 'send again'],
    ['send again', 'send again'],
  ] as const)('%s and %s at the same moment: one wins, the other is told, and one mail at most leaves', async (first, second) => {
    const uncertain = first !== 'release'
    let id: string
    if (uncertain) id = (await inDoubt()).id
    else {
      await db().update(company).set({ reviewOverdue: true })
      await indebted({ dueOn: '2026-03-04' })
      await planDay(ctx, day)
      id = (await only()).id
    }
    const other = await findViewerByUser(ctx, (await aUser(db())).id)
    const deed = {
      release: (who: Viewer) => releaseNotices(ctx, who, { ids: [id] }),
      cancel: (who: Viewer) => cancelNotices(ctx, who, { ids: [id] }),
      'mark as sent': (who: Viewer) => resolveNotices(ctx, who, { ids: [id], as: 'sent' }),
      'send again': (who: Viewer) => resolveNotices(ctx, who, { ids: [id], as: 'send-again' }),
    }
    const before = smtp.received.length
    const answers = await Promise.all([deed[first](viewer), deed[second](other ?? viewer)])
    // A release and a cancel may both be done, one after the other: what was released can still be cancelled.
    const done = answers.filter((answer) => answer.done === 1).length
    if (second === 'cancel') expect(done).toBeGreaterThanOrEqual(1)
    else {
      expect(done).toBe(1)
      expect(answers.flatMap((answer) => answer.results.map((each) => each.code)).filter((code) => code !== null)).toEqual([
        'notice-state-conflict',
      ])
    }
    await Promise.all([dispatchNotice(ctx, id), dispatchNotice(ctx, id)])
    const { state } = await only()
    expect(smtp.received.length - before).toBe(
      state === 'sent' && !(uncertain && answers[0]?.done === 1 && first === 'mark as sent') ? 1 : 0,
    )
    const events = await db().select().from(noticeEvents).where(eq(noticeEvents.messageId, id))
    expect(events.filter((event) => event.toState === 'dispatching')).toHaveLength(
      (uncertain ? 1 : 0) + (smtp.received.length - before),
    )
  })
})
