import { customers } from '@cartera/db/schema/customers'
import { digestRecipients } from '@cartera/db/schema/finance'
import { interactions } from '@cartera/db/schema/interactions'
import { mailboxMessages, noticeMessages, noticePauses, noticeRules } from '@cartera/db/schema/notices'
import { users } from '@cartera/db/schema/organisation'
import { paymentClaims } from '@cartera/db/schema/portal'
import { disputes, promises, receivableExtensions, receivables } from '@cartera/db/schema/receivables'
import { testDatabase } from '@cartera/db/testing/test-database'
import { agingOf } from '@cartera/domain/credit/aging'
import { type TaxIdType, taxIdRefusal } from '@cartera/domain/customers/tax-id'
import { eq, isNotNull, isNull } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { explainNotices } from '../notices/explain-notices.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { signIn } from '../session/sign-in.ts'
import { testContext } from '../testing/test-context.ts'
import { testMailServer } from '../testing/test-mail-server.ts'
import { type DemoPerson, loadDemoCompany } from './load-demo-company.ts'

const database = testDatabase()
const onSunday = testDatabase()
const server = testMailServer()

const people: DemoPerson[] = (['administrator', 'manager', 'supervisor', 'agent', 'finance'] as const).map((role, index) => ({
  name: ['Ana Torres', 'Bruno Vega', 'Carla Ruiz', 'Diego Mora', 'Elena Paz'][index] ?? role,
  email: `${role}@demo.test`,
  level: ([1, 2, 3, 4, 1] as const)[index] ?? 1,
  role,
}))

test('the demo company has every level, several currencies and a portfolio of every age, and loads once', async () => {
  const ctx = testContext(database)
  const loaded = await loadDemoCompany(ctx, people, 'cartera-demo')
  expect(loaded?.customers).toBeGreaterThan(100)
  await signIn(ctx, { email: 'agent@demo.test', password: 'cartera-demo' })

  const open = await ctx.db.select().from(receivables)
  const aging = agingOf(
    open.map((each) => ({ dueOn: each.dueOn, balanceMinor: each.balanceMinor, currency: each.currency })),
    '2026-03-02',
  )
  expect(aging.length).toBeGreaterThanOrEqual(4)
  const inPesos = aging.find((each) => each.currency === 'COP')
  for (const bucket of ['notDue', 'days1To30', 'days31To60', 'days61To90', 'over90'] as const)
    expect(inPesos?.[bucket]).toBeGreaterThan(0n)
  expect(await ctx.db.$count(customers, eq(customers.externalId, 'ERP-10000'))).toBe(1)

  // Whoever opens a demo customer to change it is not told that its tax id is wrong.
  const cast = await ctx.db.select().from(customers)
  const wrong = cast.filter((one) => one.taxIdType && taxIdRefusal(one.taxIdType as TaxIdType, one.country, one.taxId ?? ''))
  expect([cast.filter((one) => one.taxId).length > 140, wrong]).toEqual([true, []])

  // Groups, a repeating rule, three levels, and a pause whose day stands on its customer.
  const rules = await ctx.db.select().from(noticeRules)
  expect([...new Set(rules.map((rule) => rule.level))].sort()).toEqual([1, 2, 3])
  expect(rules.filter((rule) => rule.repeatTimes !== null).map((rule) => rule.kind)).toEqual(['overdue'])
  expect(cast.filter((one) => one.groupId !== null).length).toBeGreaterThan(50)
  const pauses = await ctx.db.select().from(noticePauses).where(isNull(noticePauses.endedAt))
  const whole = pauses.find((pause) => pause.receivableId === null)
  // Those by hand, and those of the payments that wait in the inbox.
  const claims = await ctx.db.select().from(paymentClaims)
  expect(claims.map((claim) => claim.state).sort()).toEqual([...Array(2).fill('accepted'), ...Array(5).fill('open'), 'refused'])
  expect(pauses).toHaveLength(2 + 5)
  expect(cast.find((one) => one.id === whole?.customerId)?.noticesPausedUntil).toBe(whole?.untilOn)

  // Its screens of agreements have something to say.
  for (const state of ['open', 'kept', 'broken'] as const)
    expect([state, await ctx.db.$count(promises, eq(promises.state, state))]).not.toEqual([state, 0])
  expect(await ctx.db.$count(receivableExtensions)).toBeGreaterThan(0)
  expect(await ctx.db.$count(disputes)).toBeGreaterThan(4)

  // Conversations, some of which wait for an answer, and nothing internal as the only word of a portal.
  expect(await ctx.db.$count(interactions)).toBeGreaterThan(80)
  expect(await ctx.db.$count(interactions, isNotNull(interactions.unansweredSince))).toBeGreaterThan(2)

  const before = await ctx.db.$count(users)
  expect(await loadDemoCompany(ctx, people, 'cartera-demo')).toBeNull()
  expect(await ctx.db.$count(users)).toBe(before)
})

test('with an inbox the demo has a past on every day of the week, with nothing left to send, and every receivable is explained', async () => {
  const ctx = testContext(onSunday)
  // A Sunday.
  ctx.at('2026-03-01T15:00:00Z')
  ctx.settings = { ...ctx.settings, demoSmtpUrl: `smtp://127.0.0.1:${server.port}` }
  await loadDemoCompany(ctx, people, 'cartera-demo')

  const messages = await ctx.db.select().from(noticeMessages)
  const count = (state: string, reason: string | null = null) =>
    messages.filter((one) => one.state === state && (reason === null || one.reason === reason)).length
  expect(count('sent')).toBeGreaterThan(20)
  expect(count('held', 'review')).toBeGreaterThan(2)
  expect([count('failed', 'recipients-refused'), count('failed', 'refused'), count('uncertain', 'reply-lost')]).toEqual([1, 1, 1])
  expect(count('planned') + count('deferred') + count('claimed') + count('dispatching')).toBe(0)
  expect(messages.filter((one) => one.planOn > '2026-02-27')).toEqual([])
  // Nothing is told that did not happen: what stands as sent, or perhaps sent, was really handed over.
  expect(server.received).toHaveLength(count('sent') + count('uncertain'))
  const kinds = await ctx.db.select({ kind: mailboxMessages.kind }).from(mailboxMessages)
  expect(kinds.map((one) => one.kind).sort()).toEqual(['bounce', 'reply', 'reply'])
  expect(await ctx.db.$count(digestRecipients)).toBe(1)

  // Every receivable is explained, rule by rule: what does not leave has its reason, and what has a notice names it.
  const [finance] = await ctx.db.select({ id: users.id }).from(users).where(eq(users.email, 'finance@demo.test'))
  const viewer = await findViewerByUser(ctx, finance?.id ?? '')
  if (!viewer) throw new Error('no viewer')
  const all = await ctx.db.select({ id: receivables.id }).from(receivables)
  expect(all.length).toBeGreaterThan(900)
  const silent: string[] = []
  for (let at = 0; at < all.length; at += 8)
    for (const { receivable, rules } of await Promise.all(
      all.slice(at, at + 8).map((one) => explainNotices(ctx, viewer, one.id, {})),
    )) {
      const explained = rules.every(
        ({ state, reason, message, leavesOn }) =>
          (state === 'noticed' && message !== null) ||
          ((state === 'held' || state === 'skipped') && reason !== null) ||
          ((state === 'waiting' || state === 'planned') && (leavesOn !== null || reason !== null)) ||
          state === 'not-chosen',
      )
      if (rules.length === 0 || !explained) silent.push(receivable.number)
    }
  expect(silent).toEqual([])
})
