import { agendaEndpoints } from '@cartera/contract/agenda'
import { interactions, interactionTopics } from '@cartera/db/schema/interactions'
import { company, holidays, users } from '@cartera/db/schema/organisation'
import { promises } from '@cartera/db/schema/receivables'
import { aCompany, aCustomer, aFollowUp, aReceivable, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { Refusal } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { findAgenda } from './find-agenda.ts'
import { findMyDay } from './find-my-day.ts'

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db
let meId = ''

const viewer = async () => {
  const found = await findViewerByUser(ctx, meId)
  if (!found) throw new Error('no viewer')
  return found
}
const at = (instant: string, more: Parameters<typeof aFollowUp>[1] = {}) =>
  aFollowUp(db(), { ownerId: meId, dueAt: new Date(instant), ...more })
const agenda = async (from: string, to: string, more: object = {}) =>
  agendaEndpoints.agenda.response.parse(await findAgenda(ctx, await viewer(), { from, to, ...more }))

beforeAll(() => aCompany(db(), { timeZone: 'America/Santiago' }))
beforeEach(async () => {
  await db().execute('truncate follow_ups, holidays, interactions, promises, receivables cascade')
  await db().update(company).set({ timeZone: 'America/Santiago' })
  meId = (await aUser(db(), { level: 4 })).id
  ctx.at('2026-03-04T15:00:00Z')
})

describe('the agenda', () => {
  test('puts each follow-up on the company’s day, with holidays and closed days told', async () => {
    const late = await at('2026-03-05T02:59:59Z')
    const early = await at('2026-03-05T03:00:00Z')
    await db().insert(holidays).values({ day: '2026-03-06', name: 'Feriado' })
    const { days } = await agenda('2026-03-04', '2026-03-08')
    expect(days.map((day) => [day.day, day.items.map((item) => item.id)])).toEqual([
      ['2026-03-04', [late.id]],
      ['2026-03-05', [early.id]],
      ['2026-03-06', []],
      ['2026-03-07', []],
      ['2026-03-08', []],
    ])
    expect(days.map((day) => day.business)).toEqual([true, true, false, false, false])
    expect(days[2]?.holiday).toBe('Feriado')
  })

  test('a day of 25 hours holds all of them, and one whose midnight does not exist begins when it begins', async () => {
    // Santiago: 24:00 of 4 April becomes 23:00 again; the midnight of 6 September is skipped.
    const twice = [await at('2026-04-05T02:30:00Z'), await at('2026-04-05T03:30:00Z')]
    expect((await agenda('2026-04-04', '2026-04-04')).days[0]?.items.map((item) => item.id)).toEqual(twice.map((each) => each.id))
    const first = await at('2026-09-06T04:00:00Z')
    const before = await at('2026-09-06T03:59:59Z')
    const { days } = await agenda('2026-09-05', '2026-09-06')
    expect(days.map((day) => day.items.map((item) => item.id))).toEqual([[before.id], [first.id]])
  })

  test('shows what is overdue whatever the period, under the same filters', async () => {
    const old = await at('2026-01-04T15:00:00Z', { priority: 'high' })
    await at('2026-01-05T15:00:00Z', { priority: 'low' })
    await at('2026-01-05T15:00:00Z', { priority: 'high', state: 'closed' })
    const { overdue, days } = await agenda('2026-03-04', '2026-03-04', { priority: 'high' })
    expect([overdue.count, overdue.items.map((item) => item.id)]).toEqual([1, [old.id]])
    expect(days[0]?.items).toEqual([])
  })

  test('a crowded day says how many there are and brings the first of them', async () => {
    for (let n = 0; n < 40; n++) await at(`2026-03-05T15:${String(n).padStart(2, '0')}:00Z`)
    const { days } = await agenda('2026-03-01', '2026-04-11')
    const day = days.find((each) => each.day === '2026-03-05')
    expect([day?.count, day?.items.length]).toEqual([40, 35])
    expect((await agenda('2026-03-05', '2026-03-05')).days[0]?.items).toHaveLength(40)
  })

  test('refuses a period that ends before it begins, or is longer than six weeks', async () => {
    await expect(agenda('2026-03-05', '2026-03-04')).rejects.toThrow(new Refusal('period-reversed', { field: 'to' }))
    await expect(agenda('2026-03-01', '2026-04-12')).rejects.toMatchObject({ code: 'period-too-long', params: { max: 42 } })
    expect((await agenda('2026-03-01', '2026-04-11')).days).toHaveLength(42)
  })
})

describe('the day of work', () => {
  const myDay = async () => agendaEndpoints.myDay.response.parse(await findMyDay(ctx, await viewer()))

  test('is one’s own: overdue and of today, not tomorrow’s, closed ones or others’', async () => {
    const overdue = await at('2026-03-01T15:00:00Z')
    const today = await at('2026-03-05T02:00:00Z')
    await at('2026-03-05T03:00:00Z')
    await at('2026-03-04T12:00:00Z', { state: 'closed' })
    await aFollowUp(db(), { dueAt: new Date('2026-03-04T12:00:00Z') })
    const { items, count } = await myDay()
    expect([items.map((item) => item.id), count]).toEqual([[overdue.id, today.id], 2])
  })

  test('a due day that was mistyped by a century spoils nobody’s day', async () => {
    const typo = await at('1900-01-01T15:00:00Z')
    const { items } = await myDay()
    expect(items).toMatchObject([{ id: typo.id, reasons: [{ reason: 'late', points: 30, days: 46_083 }] }])
  })

  test('puts the customer who owes most first, and says why', async () => {
    const [small, large] = [await aCustomer(db()), await aCustomer(db())]
    await aReceivable(db(), { customerId: small.id, dueOn: '2026-02-01', amountMinor: 100n, balanceMinor: 100n })
    await aReceivable(db(), { customerId: large.id, dueOn: '2026-02-01', amountMinor: 90_000n, balanceMinor: 90_000n })
    await aReceivable(db(), { customerId: large.id, dueOn: '2026-03-04', amountMinor: 5n, balanceMinor: 5n })
    await at('2026-03-04T13:00:00Z', { customerId: small.id })
    const first = await at('2026-03-04T14:00:00Z', { customerId: large.id })
    const { items } = await myDay()
    expect(items[0]?.id).toBe(first.id)
    expect(items[0]?.overdue).toEqual([{ currency: 'USD', amount: '900.00' }])
    expect(items[0]?.reasons.map((each) => each.reason)).toEqual(['overdue-money', 'due-today'])
  })

  test('counts a broken promise and holds messages that wait for an answer', async () => {
    const customer = await aCustomer(db())
    await db().insert(promises).values({
      customerId: customer.id,
      promisedOn: '2026-02-20',
      dueOn: '2026-02-27',
      graceUntil: '2026-03-01',
      currency: 'USD',
      amountMinor: 100n,
      state: 'broken',
    })
    const followUp = await at('2026-03-04T13:00:00Z', { customerId: customer.id })
    const [topic] = await db()
      .insert(interactionTopics)
      .values({ name: `Consulta ${meId}` })
      .returning()
    const message = async (ownerId: string, deletedAt: Date | null = null) => {
      const since = new Date('2026-03-04T14:00:00Z')
      const [made] = await db()
        .insert(interactions)
        .values({
          customerId: customer.id,
          topicId: topic?.id ?? '',
          ownerId,
          happenedAt: since,
          lastEntryAt: since,
          lastEntryName: 'Ana',
          unansweredSince: since,
          deletedAt,
        })
        .returning()
      return made?.id
    }
    const waiting = await message(meId)
    await message(meId, new Date())
    await message((await aUser(db())).id)
    const { items, count } = await myDay()
    expect(items.map((item) => [item.kind, item.id])).toEqual([
      ['message', waiting],
      ['follow-up', followUp.id],
    ])
    expect(items[1]?.reasons[0]).toEqual({ reason: 'promise-broken', points: 25, days: null })
    expect(count).toBe(2)
  })

  test('says nothing of customers that the person does not see', async () => {
    await at('2026-03-04T13:00:00Z')
    const profile = await database.pool.query<{ id: string }>(
      `insert into access_profiles (id, name, level, customer_level, permissions) values (gen_random_uuid(), 'narrow', 4, 4, '{}') returning id`,
    )
    await db()
      .update(users)
      .set({ profileId: profile.rows[0]?.id ?? '' })
      .where(eq(users.id, meId))
    expect((await myDay()).items).toEqual([])
  })
})
