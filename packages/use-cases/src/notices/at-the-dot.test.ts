import { customers } from '@cartera/db/schema/customers'
import { noticeReceivableSettings, noticeRules, noticeSettings } from '@cartera/db/schema/notices'
import { company, holidays } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import { aMailAccount, aPayment, aReceivable, aUser } from '@cartera/db/testing/builders'
import { eq, sql } from 'drizzle-orm'
import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { createHandover } from '../handovers/write-handover.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { indebtedCompany } from '../testing/indebted-company.ts'
import { planDay } from './plan-day.ts'
import { dispatchNotice } from './send-notices.ts'

/** Wednesday 11 March 2026. */
const day = '2026-03-11'
const world = indebtedCompany(day)
const { ctx, smtp, db, indebted, only, states } = world
const agent = () => world.agentId

/** What somebody does after the last look at the message and before the final dot, once. */
function beforeTheDot(work: () => Promise<unknown>): { done: () => boolean } {
  let done = false
  smtp.faults.rcpt = async () => {
    if (!done) await work()
    done = true
    return null
  }
  return { done: () => done }
}

/** As somebody does who sees everything. */
async function handOver(toUserId: string): Promise<unknown> {
  const viewer = await findViewerByUser(ctx, (await aUser(db())).id)
  if (!viewer) throw new Error('nobody')
  const moves = [{ fromUserId: agent(), toUserId, customers: 1 }]
  return createHandover(ctx, viewer, {
    role: 'collections',
    followUps: false,
    interactions: false,
    opportunities: false,
    cases: false,
    quotes: false,
    moves,
  })
}

describe('while the mail server waits for the final dot', () => {
  const receivable = (over: Partial<typeof receivables.$inferInsert>) => () => db().update(receivables).set(over)
  const customer = (over: Partial<typeof customers.$inferInsert>) => () => db().update(customers).set(over)
  test.each<[string, () => Promise<unknown>, string]>([
    ['the rule is retired', () => db().update(noticeRules).set({ retiredAt: new Date() }), 'cancelled rule-off'],
    [
      'the company switches notices off',
      () => db().update(company).set({ noticeActive: false, version: sql`version + 1` }),
      'cancelled notices-off',
    ],
    [
      'the customer’s notices are switched off',
      async () =>
        db()
          .insert(noticeSettings)
          .values({ customerId: (await only()).customerId, active: false }),
      'cancelled notices-off',
    ],
    [
      'the receivable’s notices are switched off',
      async () => {
        const [row] = await db().select().from(receivables)
        await db()
          .insert(noticeReceivableSettings)
          .values({ receivableId: row?.id ?? '', active: false })
      },
      'cancelled notices-off',
    ],
    ['today becomes a holiday', () => db().insert(holidays).values({ day, name: 'Duelo' }), 'planned'],
    ['the customer is suspended', customer({ status: 'suspended' }), 'cancelled customer-inactive'],
    ['the customer is paused', customer({ noticesPausedUntil: '2026-03-13' }), 'held paused'],
    ['it is disputed', receivable({ disputedAt: new Date() }), 'held disputed'],
    ['it is promised', receivable({ promisedUntil: '2026-03-20' }), 'held promised'],
    ['its due date is extended', receivable({ dueOn: '2026-04-18', extensions: 1 }), 'cancelled due-moved'],
    ['it is paid', receivable({ balanceMinor: 0n }), 'cancelled paid'],
  ])('%s: nothing leaves', async (_, work, outcome) => {
    await indebted()
    await planDay(ctx, day)
    const { id } = await only()
    const moment = beforeTheDot(work)
    await dispatchNotice(ctx, id)
    expect(moment.done()).toBe(true)
    expect(smtp.received.length).toBe(0)
    expect(await states()).toEqual([outcome])
  })

  test('money comes in that is not applied to anything yet: the mail that leaves is net of it', async () => {
    const { customerId } = await indebted()
    await planDay(ctx, day)
    const { id } = await only()
    const moment = beforeTheDot(() => aPayment(db(), { customerId, amountMinor: 3000n }))
    await dispatchNotice(ctx, id)
    expect(moment.done()).toBe(true)
    expect(smtp.received).toHaveLength(1)
    expect((await PostalMime.parse(smtp.received[0]?.raw ?? '')).text).toContain('70,00')
  })

  test('what the unapplied money covered is paid by other means: the money covers what the mail asks for, which says so', async () => {
    const { customerId } = await indebted()
    const older = await aReceivable(db(), { customerId, dueOn: '2026-03-13', balanceMinor: 3000n })
    await aPayment(db(), { customerId, amountMinor: 3000n })
    await planDay(ctx, day)
    const { id } = await only()
    const moment = beforeTheDot(() => db().update(receivables).set({ balanceMinor: 0n }).where(eq(receivables.id, older.id)))
    await dispatchNotice(ctx, id)
    expect(moment.done()).toBe(true)
    expect(smtp.received).toHaveLength(1)
    expect((await PostalMime.parse(smtp.received[0]?.raw ?? '')).text).toContain('70,00')
  })

  test('the customer is handed over: nothing leaves from the old agent’s mailbox, the mail goes out once from the new one’s', async () => {
    const { customerId } = await indebted()
    await planDay(ctx, day)
    const { id } = await only()
    const next = await aUser(db(), { name: 'Eva' })
    await aMailAccount(db(), { userId: next.id, port: smtp.port, address: 'eva@andina.test' })
    const moment = beforeTheDot(() => handOver(next.id))
    await dispatchNotice(ctx, id)
    expect(moment.done()).toBe(true)
    expect(smtp.received.map((mail) => mail.from)).toEqual(['eva@andina.test'])
    expect((await PostalMime.parse(smtp.received[0]?.raw ?? '')).from).toMatchObject({ address: 'eva@andina.test' })
    expect(await only()).toMatchObject({ state: 'sent', customerId, senderId: next.id, senderAddress: 'eva@andina.test' })
  })

  test('a handover between planning and sending: the queue names the new sender at once; one without a mailbox holds the notice', async () => {
    await indebted()
    await planDay(ctx, day)
    const { id } = await only()
    const next = await aUser(db(), { name: 'Eva' })
    await handOver(next.id)
    expect(await only()).toMatchObject({ state: 'planned', senderId: next.id, senderAddress: null })
    await dispatchNotice(ctx, id)
    expect([await states(), smtp.received.length]).toEqual([['held no-sender'], 0])
    await aMailAccount(db(), { userId: next.id, port: smtp.port, address: 'eva@andina.test' })
    await planDay(ctx, day)
    await dispatchNotice(ctx, id)
    expect(smtp.received.map((mail) => mail.from)).toEqual(['eva@andina.test'])
  })

  test('the rule is moved to another day: what was due under it leaves, once', async () => {
    await indebted()
    await planDay(ctx, day)
    const { id } = await only()
    const moment = beforeTheDot(() => db().update(noticeRules).set({ days: sql`days - 2`, version: sql`version + 1` }))
    await dispatchNotice(ctx, id)
    expect(moment.done()).toBe(true)
    expect(smtp.received.length).toBe(1)
    expect(await states()).toEqual(['sent'])
  })

  test('the day ends: a reminder of what was due on it does not leave on the next', async () => {
    await db().update(noticeRules).set({ days: 0 }).where(eq(noticeRules.kind, 'preventive'))
    await indebted({ dueOn: day })
    await planDay(ctx, day)
    const { id } = await only()
    ctx.at('2026-03-12T04:59:59Z')
    const moment = beforeTheDot(async () => ctx.at('2026-03-12T05:00:01Z'))
    await dispatchNotice(ctx, id)
    expect(moment.done()).toBe(true)
    expect(smtp.received.length).toBe(0)
    expect(await states()).toEqual(['cancelled past-due'])
  })

  test('Friday ends: what was planned for it waits for Monday', async () => {
    await indebted({ dueOn: '2026-03-20' })
    ctx.at('2026-03-13T15:00:00Z')
    await planDay(ctx, '2026-03-13')
    const { id } = await only()
    ctx.at('2026-03-14T04:59:59Z')
    const moment = beforeTheDot(async () => ctx.at('2026-03-14T05:00:01Z'))
    await dispatchNotice(ctx, id)
    expect(moment.done()).toBe(true)
    expect(smtp.received.length).toBe(0)
    expect(await states()).toEqual(['planned'])
  })
})
