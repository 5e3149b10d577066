import { customers } from '@cartera/db/schema/customers'
import { noticeMessages, noticeReceivableSettings, noticeRules, noticeSettings } from '@cartera/db/schema/notices'
import { company, holidays } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import { aCompany, aCustomer, aMailAccount, aPayment, aReceivable, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { eq, sql } from 'drizzle-orm'
import PostalMime from 'postal-mime'
import { beforeEach, describe, expect, test } from 'vitest'
import { testContext } from '../testing/test-context.ts'
import { testMailServer } from '../testing/test-mail-server.ts'
import { planDay } from './plan-day.ts'
import { dispatchNotice } from './send-notices.ts'

const database = testDatabase()
const ctx = testContext(database)
const smtp = testMailServer()
const db = () => database.db

/** Wednesday 11 March 2026. */
const day = '2026-03-11'
let agentId = ''

beforeEach(async () => {
  await db().execute(sql`truncate company, holidays, notice_rules, notice_rule_versions, notice_settings, notice_receivable_settings, notice_messages, notice_items,
    notice_recipients, notice_events, receivable_movements, payments, receivables, documents, contacts, customers, mail_accounts, contact_attempts cascade`)
  ctx.at(`${day}T15:00:00Z`)
  await aCompany(db(), { noticeActive: true })
  agentId = (await aUser(db())).id
  await aMailAccount(db(), { userId: agentId, port: smtp.port, address: 'cobranza@andina.test' })
})

const indebted = async (over: Partial<typeof receivables.$inferInsert> = {}) => {
  const customer = await aCustomer(db(), { collectionsAgentId: agentId })
  return aReceivable(db(), { customerId: customer.id, dueOn: '2026-03-18', ...over })
}
const messages = () => db().select().from(noticeMessages).orderBy(noticeMessages.id)
const only = async () => {
  const [message, ...more] = await messages()
  if (!message || more.length > 0) throw new Error('there should be one message')
  return message
}
const states = async () => (await messages()).map(({ state, reason }) => (reason === null ? state : `${state} ${reason}`))

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
