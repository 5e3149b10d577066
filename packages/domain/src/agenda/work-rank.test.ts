import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { moneyRanks, rankWork, type WorkFacts, workReasons } from './work-rank.ts'

const plain: WorkFacts = {
  kind: 'follow-up',
  daysLate: 0,
  due: false,
  priority: 'normal',
  overdue: [],
  promiseBroken: false,
  promiseInDays: null,
  creditHold: false,
}
const item = (id: string, facts: Partial<WorkFacts> = {}, dueAt = '2026-03-04T14:00:00Z') => ({
  id,
  dueAt: new Date(dueAt),
  facts: { ...plain, ...facts },
})
const order = (...items: ReturnType<typeof item>[]) => rankWork(items).map((each) => each.id)
const usd = (amountMinor: bigint) => [{ currency: 'USD', amountMinor }]

describe('the order of the day’s work', () => {
  test('what is late comes before what is due, and that before what is still to come', () => {
    expect(order(item('later'), item('due', { due: true }), item('late', { daysLate: 3, due: true }))).toEqual([
      'late',
      'due',
      'later',
    ])
  })

  test('more overdue money comes first, and currencies are never added up', () => {
    expect(order(item('a', { overdue: usd(100n) }), item('b', { overdue: usd(900_000n) }))).toEqual(['b', 'a'])
    expect(
      moneyRanks([
        { overdue: usd(100n) },
        { overdue: [{ currency: 'EUR', amountMinor: 1n }] },
        { overdue: usd(900n) },
        { overdue: [] },
        { overdue: usd(0n) },
      ]),
    ).toEqual([2, 4, 4, 0, 0])
  })

  test('a broken promise and a message that waits weigh more than a day of lateness', () => {
    expect(order(item('late', { daysLate: 1 }), item('promise', { promiseBroken: true }))).toEqual(['promise', 'late'])
    expect(order(item('late', { daysLate: 1 }), item('message', { kind: 'message' }))).toEqual(['message', 'late'])
  })

  test('lateness alone never grows without end, so that old low things do not bury what matters today', () => {
    expect(workReasons({ ...plain, daysLate: 400, due: true }, 0)).toEqual([{ reason: 'late', points: 30, days: 400 }])
    expect(order(item('old', { daysLate: 400, priority: 'low' }), item('new', { daysLate: 2, priority: 'high' }))).toEqual([
      'new',
      'old',
    ])
  })

  test('each place is explained, the weightiest reason first', () => {
    const [first] = rankWork([
      item('x', { daysLate: 2, due: true, priority: 'high', promiseInDays: 0, creditHold: true, overdue: usd(5n) }),
    ])
    expect(first?.reasons.map((each) => each.reason)).toEqual([
      'overdue-money',
      'high-priority',
      'promise-due',
      'late',
      'credit-hold',
    ])
  })

  test('is the same however the work was read', () => {
    const facts = fc.record({
      kind: fc.constantFrom('follow-up' as const, 'message' as const),
      daysLate: fc.nat(40),
      due: fc.boolean(),
      priority: fc.constantFrom('low' as const, 'normal' as const, 'high' as const),
      overdue: fc.array(fc.record({ currency: fc.constantFrom('USD', 'EUR'), amountMinor: fc.bigInt(0n, 50n) }), {
        maxLength: 2,
      }),
      promiseBroken: fc.boolean(),
      promiseInDays: fc.option(fc.nat(3)),
      creditHold: fc.boolean(),
    })
    const work = fc.array(fc.record({ at: fc.nat(5), facts }), { maxLength: 12 })
    fc.assert(
      fc.property(work, fc.integer(), (given, seed) => {
        const items = given.map((each, index) => ({
          id: `${index}`.padStart(3, '0'),
          dueAt: new Date(each.at * 1000),
          facts: each.facts,
        }))
        const shuffled = [...items].sort((a, b) => ((Number(a.id) * 7919 + seed) % 13) - ((Number(b.id) * 7919 + seed) % 13))
        expect(rankWork(shuffled).map((each) => each.id)).toEqual(rankWork(items).map((each) => each.id))
      }),
    )
  })
})
