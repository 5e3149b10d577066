import { expect, test } from 'vitest'
import { writtenAmount } from './written-amount.ts'

test.each([
  ['1250', '1250'],
  [' 1250.5 ', '1250.5'],
  ['1250,50', '1250.50'],
  ['1.250,50', '1250.50'],
  ['1,250.50', '1250.50'],
  ['1.250.000', '1250000'],
  ['1,250,000.75', '1250000.75'],
  ['1 250,50', '1250.50'],
])('%s is %s', (typed, amount) => {
  expect(writtenAmount(typed)).toBe(amount)
})

test.each(['1.250', '1,250'])('%s keeps its three decimals: a currency of two refuses it, nothing is guessed', (typed) => {
  expect(writtenAmount(typed)).toBe('1.250')
})

test.each(['', 'doce', '1.25.00', '1,2,50', '--5', '1.250,5,0', '12.50 USD'])(
  '%s stays as typed, for its field to refuse',
  (typed) => {
    expect(writtenAmount(typed)).toBe(typed)
  },
)
