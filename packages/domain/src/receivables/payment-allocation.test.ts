import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDays } from '../calendar-day.ts'
import { allocateOldestFirst } from './payment-allocation.ts'

test('no part is more than its balance, nothing is paid before what is older, and the sum is the payment or all that is owed', () => {
  const anyReceivable = fc.record({
    id: fc.uuid(),
    dueOn: fc.integer({ min: 0, max: 60 }).map((n) => addDays('2026-01-01', n)),
    balanceMinor: fc.bigInt({ min: 0n, max: 1000n }),
  })
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 5000n }),
      fc.uniqueArray(anyReceivable, { selector: (one) => one.id }),
      (amount, all) => {
        const parts = new Map(allocateOldestFirst(amount, all).map((part) => [part.receivableId, part.amountMinor]))
        const sum = [...parts.values()].reduce((total, part) => total + part, 0n)
        const owed = all.reduce((total, one) => total + one.balanceMinor, 0n)
        let expected = owed
        if (amount < owed) expected = amount
        expect(sum).toBe(expected)
        for (const one of all) expect(parts.get(one.id) ?? 0n).toBeLessThanOrEqual(one.balanceMinor)
        for (const paid of all.filter((one) => parts.has(one.id)))
          for (const older of all.filter((one) => one.dueOn < paid.dueOn))
            expect(parts.get(older.id) ?? 0n).toBe(older.balanceMinor)
      },
    ),
  )
})
