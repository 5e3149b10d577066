import { receivableExtensions, receivables } from '@cartera/db/schema/receivables'
import { aCompany, aCustomer, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { addDays, daysBetween } from '@cartera/domain/calendar-day'
import { agingBucketOf, agingBuckets } from '@cartera/domain/credit/aging'
import { formatAmount } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { eq, sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { applyCreditNote, applyPayment, reversePayment, undoMovement, voidCreditNote } from '../payments/change-payment.ts'
import { recordCreditNote, upsertCreditNotes } from '../payments/credit-notes.ts'
import { creditsOfCustomers } from '../payments/credits-of-customers.ts'
import { recordPayment } from '../payments/record-payment.ts'
import { upsertPayments } from '../payments/upsert-payments.ts'
import { portfolioBreakdown } from '../portfolio/find-portfolio.ts'
import { agingOfReceivables } from '../receivables/aging.ts'
import { recordDocument, voidDocument } from '../receivables/documents.ts'
import { upsertReceivables } from '../receivables/upsert-receivables.ts'
import { writeOff } from '../receivables/write-off.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { readStatement } from './find-statement.ts'

const database = testDatabase()
const ctx = testContext(database)
let viewer: Viewer
const timeZone = 'America/Bogota'
const firstDay = '2026-01-05'

beforeAll(async () => {
  await aCompany(database.db, { timeZone })
  const user = await aUser(database.db)
  const found = await findViewerByUser(ctx, user.id)
  if (!found) throw new Error('no viewer')
  viewer = found
})

/** One fact of the oracle: what the customer's account moved by on a day, and what of it stands on a receivable. */
interface Fact {
  on: string
  minor: bigint
}

/** What the oracle knows of one customer: it never looks at movements, only at what was asked for and answered. */
interface World {
  customerId: string
  externalId: string
  account: Fact[]
  /** Present due date by receivable, with the due dates that extensions replaced: until the day before `day`, `was` held. */
  dues: Map<string, { now: string; replaced: { day: string; was: string }[] }>
  /** Net as it was read at the end of each day that passed, from the balances of that day: what history must still say later. */
  remembered: Map<string, { balances: Map<string, bigint>; unapplied: bigint }>
}

const amountOf = (minor: bigint) => formatAmount(minor, 'USD')
const minorOf = (amount: string) => BigInt(amount.replace('.', ''))

/** A refusal is a defined outcome: nothing was written. Anything else is a fault. */
async function orRefused<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

type Step = { kind: string; pick: number; amount: number; back: number; ahead: number }
const anyStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(
    'document',
    'document',
    'upsert',
    'upsert',
    'restate',
    'restate',
    'payment',
    'payment',
    'payment',
    'stated-payment',
    'credit-note',
    'stated-credit-note',
    'apply',
    'undo',
    'undo',
    'reverse',
    'void',
    'void-document',
    'write-off',
    'extend',
    'correct-due',
  ),
  pick: fc.nat(1000),
  amount: fc.integer({ min: 1, max: 400 }),
  back: fc.nat(40),
  ahead: fc.nat(120),
})

let serial = 0

async function take(world: World, step: Step, today: string): Promise<void> {
  serial += 1
  const { customerId, externalId: customerExternalId } = world
  const minor = BigInt(step.amount) * 25n
  const on = addDays(today, -step.back)
  const own = await database.db.select().from(receivables).where(eq(receivables.customerId, customerId)).orderBy(receivables.id)
  const chosen = own.length === 0 ? undefined : own[step.pick % own.length]
  const pickRow = async (query: ReturnType<typeof sql>) => {
    const { rows } = await database.db.execute<{ id: string; minor: string; on: string }>(query)
    return rows.length === 0 ? undefined : rows[step.pick % rows.length]
  }
  const payments = sql`select id, amount_minor::text as minor, paid_on::text as on from payments where customer_id = ${customerId} and reversed_on is null order by id`
  const creditNotes = sql`select id, total_minor::text as minor, issued_on::text as on from documents where customer_id = ${customerId} and type = 'credit-note' and voided_on is null order by id`
  switch (step.kind) {
    case 'document': {
      const count = 1 + (step.pick % 4)
      const parts = Array.from({ length: count }, (_, index) => ({
        dueOn: addDays(on, step.ahead + index * 10),
        amount: amountOf(minor + BigInt(index)),
      }))
      const made = await recordDocument(ctx, viewer, {
        customerId,
        type: 'invoice',
        number: `F-${serial}`,
        issuedOn: on,
        currency: 'USD',
        total: amountOf(parts.reduce((sum, part) => sum + minorOf(part.amount), 0n)),
        instalments: parts,
      })
      world.account.push({ on, minor: minorOf(made.total) })
      for (const part of made.receivables) world.dues.set(part.id, { now: part.dueOn, replaced: [] })
      return
    }
    case 'upsert': {
      const externalId = `R-${serial}`
      // Some invoices are dated tomorrow: they are owed from when they are told.
      const issuedOn = step.pick % 7 === 0 ? addDays(today, 3) : on
      const dueOn = addDays(issuedOn, step.ahead)
      await upsertReceivables(ctx, viewer, {
        items: [{ externalId, customerExternalId, issuedOn, dueOn, currency: 'USD', amount: amountOf(minor) }],
      })
      world.account.push({ on: issuedOn < today ? issuedOn : today, minor })
      const [made] = await database.db.select().from(receivables).where(eq(receivables.externalId, externalId))
      world.dues.set(made?.id ?? '', { now: dueOn, replaced: [] })
      return
    }
    case 'restate': {
      if (!chosen?.externalId) return
      const done = await orRefused(() =>
        upsertReceivables(ctx, viewer, {
          items: [
            {
              externalId: chosen.externalId ?? '',
              customerExternalId,
              issuedOn: chosen.issuedOn,
              dueOn: chosen.dueOn,
              currency: 'USD',
              amount: amountOf(minor),
            },
          ],
        }),
      )
      if (done) world.account.push({ on: today, minor: minor - chosen.amountMinor })
      return
    }
    case 'payment': {
      const made = await orRefused(() =>
        recordPayment(ctx, viewer, {
          customerId,
          paidOn: on,
          currency: 'USD',
          amount: amountOf(minor),
          keepRest: step.pick % 2 === 0,
          reference: `${serial}`,
        }),
      )
      if (made) world.account.push({ on, minor: -minor })
      return
    }
    case 'stated-payment': {
      const part = chosen?.externalId && chosen.balanceMinor > 0n ? chosen.balanceMinor : 0n
      const applied = part < minor ? part : minor
      const item = {
        externalId: `P-${serial}`,
        customerExternalId,
        paidOn: on,
        currency: 'USD',
        amount: amountOf(minor),
        applications: applied > 0n ? [{ receivableExternalId: chosen?.externalId ?? '', amount: amountOf(applied) }] : [],
      }
      await upsertPayments(ctx, viewer, { items: [item] })
      expect(await upsertPayments(ctx, viewer, { items: [item] })).toEqual({ created: 0, changed: 0, unchanged: 1 })
      world.account.push({ on, minor: -minor })
      return
    }
    case 'credit-note':
      await recordCreditNote(ctx, viewer, {
        customerId,
        number: `N-${serial}`,
        issuedOn: on,
        currency: 'USD',
        total: amountOf(minor),
      })
      world.account.push({ on, minor: -minor })
      return
    case 'stated-credit-note':
      await upsertCreditNotes(ctx, viewer, {
        items: [
          {
            externalId: `N-${serial}`,
            customerExternalId,
            issuedOn: on,
            currency: 'USD',
            total: amountOf(minor),
            applications: [],
          },
        ],
      })
      world.account.push({ on, minor: -minor })
      return
    case 'apply': {
      const payment = await pickRow(payments)
      if (payment) await applyPayment(ctx, viewer, payment.id, {})
      const creditNote = await pickRow(creditNotes)
      if (creditNote) await applyCreditNote(ctx, viewer, creditNote.id, {})
      return
    }
    case 'undo': {
      const movement = await pickRow(
        sql`select m.id, m.amount_minor::text as minor, m.kind as on from receivable_movements m
            where m.customer_id = ${customerId} and m.kind in ('payment', 'credit', 'write-off') order by m.id`,
      )
      if (!movement) return
      const done = await orRefused(() => undoMovement(ctx, viewer, movement.id, { reason: 'Error' }))
      if (done && movement.on === 'write-off') world.account.push({ on: today, minor: -BigInt(movement.minor) })
      return
    }
    case 'reverse': {
      const payment = await pickRow(payments)
      if (!payment) return
      const day = on < payment.on ? payment.on : on
      const done = await orRefused(() => reversePayment(ctx, viewer, payment.id, { on: day, reason: 'Cheque devuelto' }))
      if (done) world.account.push({ on: day, minor: BigInt(payment.minor) })
      return
    }
    case 'void': {
      const creditNote = await pickRow(creditNotes)
      if (!creditNote) return
      await voidCreditNote(ctx, viewer, creditNote.id, { reason: 'Duplicada' })
      world.account.push({ on: today, minor: BigInt(creditNote.minor) })
      return
    }
    case 'void-document': {
      if (!chosen) return
      const sisters = own.filter((row) => row.documentId === chosen.documentId)
      const done = await orRefused(() => voidDocument(ctx, viewer, chosen.documentId, { reason: 'Error' }))
      if (done) world.account.push({ on: today, minor: -sisters.reduce((sum, row) => sum + row.amountMinor, 0n) })
      return
    }
    case 'write-off': {
      if (!chosen || chosen.balanceMinor === 0n) return
      const part = chosen.balanceMinor < minor ? chosen.balanceMinor : minor
      await writeOff(ctx, viewer, chosen.id, { amount: amountOf(part), reason: 'Incobrable' })
      world.account.push({ on: today, minor: -part })
      return
    }
    case 'extend': {
      if (!chosen) return
      const toDueOn = addDays(chosen.dueOn, 1 + step.back)
      await database.db.insert(receivableExtensions).values({
        receivableId: chosen.id,
        number: chosen.extensions + 1,
        fromDueOn: chosen.dueOn,
        toDueOn,
        reason: 'Acuerdo',
        createdAt: ctx.now(),
      })
      await database.db
        .update(receivables)
        .set({ dueOn: toDueOn, extensions: chosen.extensions + 1 })
        .where(eq(receivables.id, chosen.id))
      const due = world.dues.get(chosen.id)
      due?.replaced.push({ day: today, was: chosen.dueOn })
      if (due) due.now = toDueOn
      return
    }
    case 'correct-due': {
      if (!chosen) return
      const dueOn = addDays(chosen.issuedOn, step.ahead)
      await database.db.update(receivables).set({ dueOn }).where(eq(receivables.id, chosen.id))
      const due = world.dues.get(chosen.id)
      if (due) due.now = dueOn
    }
  }
}

/** The due date that held at the end of a day: an extension counts from the day it was granted, a correction always did. */
const dueAt = (world: World, receivableId: string, day: string) => {
  const due = world.dues.get(receivableId)
  return due?.replaced.find((one) => one.day > day)?.was ?? due?.now ?? ''
}

async function checkDay(world: World, day: string, today: string): Promise<void> {
  const { customerId } = world
  const net = world.account.filter((fact) => fact.on <= day).reduce((sum, fact) => sum + fact.minor, 0n)
  const statement = await readStatement(ctx, viewer, customerId, { from: addDays(day, -15), to: day })
  const account = statement.accounts.find((one) => one.currency === 'USD')
  expect(minorOf(account?.closing ?? '0.00')).toBe(net)
  expect(minorOf(account?.aging.net ?? '0.00')).toBe(net)
  const opening = world.account.filter((fact) => fact.on < addDays(day, -15)).reduce((sum, fact) => sum + fact.minor, 0n)
  expect(minorOf(account?.opening ?? '0.00')).toBe(opening)

  const { totals } = await agingOfReceivables(ctx, viewer, { customerId, asOf: day })
  const total = totals.find((one) => one.currency === 'USD')
  // By age there is one line for each bucket that is not empty.
  const byAge = await portfolioBreakdown(ctx, viewer, { customerId, asOf: day, by: 'bucket' })
  expect(byAge.items.map((line) => [line.bucket, line.balance]).sort()).toEqual(
    agingBuckets
      .map((bucket) => [bucket, total?.[bucket] ?? '0.00'])
      .filter(([, sum]) => sum !== '0.00')
      .sort(),
  )
  const balance = minorOf(total?.balance ?? '0.00')
  expect(agingBuckets.reduce((sum, bucket) => sum + minorOf(total?.[bucket] ?? '0.00'), 0n)).toBe(balance)
  expect(balance - minorOf(total?.unapplied ?? '0.00')).toBe(net)
  expect(account?.aging.balance ?? '0.00').toBe(total?.balance ?? '0.00')
  // Each open item in the bucket of the due date that held on that day, none below zero, and the sums are those of the items.
  const buckets = new Map<string, bigint>()
  for (const item of account?.items ?? []) {
    expect(item.dueOn).toBe(dueAt(world, item.receivableId, day))
    expect(minorOf(item.balance)).toBeGreaterThan(0n)
    const bucket = agingBucketOf(item.dueOn, day)
    expect(item.daysOverdue).toBe(daysBetween(item.dueOn, day))
    buckets.set(bucket, (buckets.get(bucket) ?? 0n) + minorOf(item.balance))
  }
  for (const bucket of agingBuckets) expect(minorOf(total?.[bucket] ?? '0.00')).toBe(buckets.get(bucket) ?? 0n)
  for (const loose of account?.unapplied ?? []) expect(minorOf(loose.unapplied)).toBeGreaterThan(0n)
  if (day !== today) return
  const credits = await creditsOfCustomers(database.db, [customerId])
  const credit = credits.get(customerId)
  const unapplied = minorOf(total?.unapplied ?? '0.00')
  expect(credit?.credits[0]?.amountMinor ?? 0n).toBe(unapplied)
  // The same money covers nothing twice, and nothing of it is left where something is open.
  const covered = [...(credit?.covered.values() ?? [])].reduce((sum, minor) => sum + minor, 0n)
  expect(covered).toBe(unapplied < balance ? unapplied : balance)
}

test('whatever is recorded, corrected, applied, undone and reversed: on every past day buckets add up to the balance, and balance less unapplied money is what the account says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(anyStep, fc.nat(9)), { minLength: 3, maxLength: 20 }), async (steps) => {
      serial += 1
      const externalId = `C-${serial}`
      const customer = await aCustomer(database.db, { externalId })
      const world: World = { customerId: customer.id, externalId, account: [], dues: new Map(), remembered: new Map() }
      let today = firstDay
      const days = new Set<string>()
      for (const [step, gap] of steps) {
        today = addDays(today, gap)
        days.add(today)
        ctx.at(`${today}T15:00:00Z`)
        await take(world, step, today)
      }
      const { rows } = await database.db.execute<{ id: string }>(sql`
        select r.id from receivables r where r.customer_id = ${customer.id}
          and r.balance_minor <> (select coalesce(sum(m.amount_minor), 0) from receivable_movements m where m.receivable_id = r.id)`)
      expect(rows).toEqual([])
      const passed = [...days]
      const looked = new Set([
        passed[0] ?? today,
        passed[Math.floor(passed.length / 2)] ?? today,
        addDays(today, -3),
        addDays(today, -1),
        addDays(firstDay, -20),
        today,
      ])
      for (const day of looked) await checkDay(world, day, today)
    }),
    { numRuns: 25 },
  )
}, 240_000)

test('a past day knows the due date that held then, of what was extended since, paid since or neither', async () => {
  const customer = await aCustomer(database.db)
  const world: World = { customerId: customer.id, externalId: '', account: [], dues: new Map(), remembered: new Map() }
  ctx.at('2026-01-05T15:00:00Z')
  const made = await recordDocument(ctx, viewer, {
    customerId: customer.id,
    type: 'invoice',
    number: 'F-extended',
    issuedOn: '2026-01-05',
    currency: 'USD',
    total: '70.00',
    instalments: ['40.00', '20.00', '10.00'].map((amount) => ({ dueOn: '2026-01-10', amount })),
  })
  world.account.push({ on: '2026-01-05', minor: 7000n })
  for (const { id, dueOn } of made.receivables) world.dues.set(id, { now: dueOn, replaced: [] })
  const extend = async (id: string, number: number, fromDueOn: string, toDueOn: string, day: string) => {
    await database.db
      .insert(receivableExtensions)
      .values({ receivableId: id, number, fromDueOn, toDueOn, reason: 'Acuerdo', createdAt: new Date(`${day}T15:00:00Z`) })
    await database.db.update(receivables).set({ dueOn: toDueOn, extensions: number }).where(eq(receivables.id, id))
    const due = world.dues.get(id)
    due?.replaced.push({ day, was: fromDueOn })
    if (due) due.now = toDueOn
  }
  const [first, second] = made.receivables.map(({ id }) => id)
  await extend(first ?? '', 1, '2026-01-10', '2026-02-20', '2026-02-10')
  await extend(second ?? '', 1, '2026-01-10', '2026-02-25', '2026-02-10')
  await extend(second ?? '', 2, '2026-02-25', '2026-04-30', '2026-03-02')
  ctx.at('2026-03-03T15:00:00Z')
  await recordPayment(ctx, viewer, { customerId: customer.id, paidOn: '2026-03-03', currency: 'USD', amount: '45.00' })
  world.account.push({ on: '2026-03-03', minor: -4500n })
  for (const day of ['2026-01-08', '2026-02-09', '2026-02-10', '2026-03-01', '2026-03-02', '2026-03-03'])
    await checkDay(world, day, '2026-03-03')
  const { totals } = await agingOfReceivables(ctx, viewer, { customerId: customer.id, asOf: '2026-02-09' })
  expect(totals).toMatchObject([{ count: 3, balance: '70.00', notDue: '0.00', days1To30: '70.00' }])
  const later = await agingOfReceivables(ctx, viewer, { customerId: customer.id, asOf: '2026-02-10' })
  expect(later.totals).toMatchObject([{ count: 3, balance: '70.00', notDue: '60.00', days31To60: '10.00' }])
})

test('movements are facts: the database refuses to change or delete one', async () => {
  const customer = await aCustomer(database.db)
  const made = await recordDocument(ctx, viewer, {
    customerId: customer.id,
    type: 'invoice',
    number: 'F-facts',
    issuedOn: '2026-01-05',
    currency: 'USD',
    total: '10.00',
    instalments: [{ dueOn: '2026-02-05', amount: '10.00' }],
  })
  const id = made.receivables[0]?.id ?? ''
  await expect(
    database.pool.query('update receivable_movements set amount_minor = 1 where receivable_id = $1', [id]),
  ).rejects.toThrow('facts')
  await expect(database.pool.query('delete from receivable_movements where receivable_id = $1', [id])).rejects.toThrow('facts')
})
