import fc from 'fast-check'
import { expect, test } from 'vitest'
import { productErrors, productTotals, weightedMinor, workRefusal } from './opportunity.ts'

test('the weighted amount is the share of the amount, rounded once, and never more than it', () => {
  expect(weightedMinor(10_001n, 25)).toBe(2_500n)
  expect(weightedMinor(10_002n, 25)).toBe(2_501n)
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.integer({ min: 0, max: 100 }), (amount, probability) => {
      const weighted = weightedMinor(amount, probability)
      expect(weighted >= 0n && weighted <= amount).toBe(true)
    }),
  )
  expect(weightedMinor(999n, 100)).toBe(999n)
})

test('products add up after their discounts, each rounded once', () => {
  const third = { quantity: '0.3333', unitPriceMinor: 100n, discountPercent: '0' }
  expect(productTotals([third, { quantity: '2', unitPriceMinor: 1_050n, discountPercent: '10' }])).toEqual({
    lines: [33n, 1_890n],
    sum: 1_923n,
  })
  expect(productTotals([])).toEqual({ lines: [], sum: 0n })
  expect(productTotals([{ quantity: '999999999', unitPriceMinor: 10n ** 17n, discountPercent: '0' }])).toBeNull()
})

test('everything that is wrong with products is said at once, at its field', () => {
  expect(
    productErrors([
      { quantity: '0', discountPercent: '101' },
      { quantity: '1.5', discountPercent: '12.5' },
      { quantity: '1', discountPercent: 'x' },
    ]).map((error) => [error.field, error.code]),
  ).toEqual([
    ['products.0.quantity', 'quantity-invalid'],
    ['products.0.discountPercent', 'percent-invalid'],
    ['products.2.discountPercent', 'percent-invalid'],
  ])
})

test('only an open one is worked on', () => {
  expect([workRefusal('open'), workRefusal('won'), workRefusal('lost')]).toEqual([
    null,
    'opportunity-closed',
    'opportunity-closed',
  ])
})
