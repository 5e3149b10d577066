import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { largestAmountMinor } from '../money.ts'
import { type QuoteLineMoney, quoteTotals, readPercent, readQuantity } from './quote-totals.ts'

const line = (quantity: string, unitPriceMinor: bigint, taxPercent: string | null = null, discountPercent = '0') => ({
  quantity,
  unitPriceMinor,
  discountPercent,
  taxPercent,
})

/** An independent reckoning: whole fractions all along, decided by comparing twice the rest with the divisor. */
interface Fraction {
  over: bigint
  under: bigint
}
const times = (a: Fraction, b: Fraction): Fraction => ({ over: a.over * b.over, under: a.under * b.under })
const fraction = (text: string): Fraction => {
  const [whole = '0', decimals = ''] = text.split('.')
  return { over: BigInt(whole + decimals), under: 10n ** BigInt(decimals.length) }
}
function rounded({ over, under }: Fraction): bigint {
  const rest = over % under
  return (over - rest) / under + (2n * rest >= under ? 1n : 0n)
}
function oracle(lines: readonly QuoteLineMoney[], taxIncluded: boolean) {
  const amounts = lines.map((each) => {
    const off = fraction(each.discountPercent)
    const left: Fraction = { over: 100n * off.under - off.over, under: 100n * off.under }
    return rounded(times(times(fraction(each.quantity), { over: each.unitPriceMinor, under: 1n }), left))
  })
  const sum = amounts.reduce((all, each) => all + each, 0n)
  let tax = 0n
  // Rates are compared as numbers: 12 and 12.00 are the same one.
  const keyOf = (text: string) => (fraction(text).over * 10_000n) / fraction(text).under
  for (const key of new Set(lines.flatMap(({ taxPercent }) => (taxPercent === null ? [] : [keyOf(taxPercent)])))) {
    const base = amounts.reduce((all, each, at) => {
      const own = lines[at]?.taxPercent
      return own != null && keyOf(own) === key ? all + each : all
    }, 0n)
    tax += rounded(taxIncluded ? { over: base * key, under: 1_000_000n + key } : { over: base * key, under: 1_000_000n })
  }
  return { lines: amounts, tax, total: taxIncluded ? sum : sum + tax, net: taxIncluded ? sum - tax : sum }
}

const decimal = (most: number, digits: number) =>
  fc
    .tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: digits }), fc.nat(9999))
    .map(([whole, length, rest]) => (length === 0 ? `${whole}` : `${whole}.${String(rest).padStart(4, '0').slice(0, length)}`))
const anyLine = fc.record({
  quantity: decimal(99_999, 4),
  unitPriceMinor: fc.bigInt({ min: 0n, max: 99_999_999n }),
  discountPercent: decimal(99, 4),
  taxPercent: fc.option(fc.oneof(fc.constantFrom('0', '5', '12', '12.00', '15', '21', '8.875'), decimal(99, 4)), { nil: null }),
})

describe('totals of a quote', () => {
  it('agree with a reckoning in fractions, whatever the lines', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 12 }), fc.boolean(), (lines, taxIncluded) => {
        expect(quoteTotals(lines, taxIncluded)).toMatchObject(oracle(lines, taxIncluded))
      }),
    )
  })

  it('add up as they are printed', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 12 }), fc.boolean(), (lines, taxIncluded) => {
        const totals = quoteTotals(lines, taxIncluded)
        if (!totals) throw new Error('too large')
        const sum = totals.lines.reduce((all, each) => all + each, 0n)
        expect(totals.subtotal - totals.discount).toBe(sum)
        expect(totals.total).toBe(totals.net + totals.tax)
        expect(taxIncluded ? totals.total : totals.net).toBe(sum)
        expect(totals.taxes.reduce((all, { tax }) => all + tax, 0n)).toBe(totals.tax)
      }),
    )
  })

  it('are those of a quote as people reckon it', () => {
    expect(
      quoteTotals([line('3', 1250n, '15'), line('1.5', 999n, '15', '10'), line('2', 500n, '0'), line('1', 100n)], false),
    ).toEqual({
      lines: [3750n, 1349n, 1000n, 100n],
      subtotal: 3750n + 1499n + 1000n + 100n,
      discount: 150n,
      taxes: [
        { percent: '15', base: 5099n, tax: 765n },
        { percent: '0', base: 1000n, tax: 0n },
      ],
      net: 6199n,
      tax: 765n,
      total: 6964n,
    })
  })

  it('round a tax once for its rate, not once for each line', () => {
    // Line by line 0.04 would be asked: 15 % of 0.10 is 0.015, rounded up twice.
    expect(quoteTotals([line('1', 10n, '15'), line('1', 10n, '15.00')], false)).toMatchObject({ tax: 3n, total: 23n })
  })

  it('keep the promised price where the tax is in it', () => {
    expect(quoteTotals([line('1', 9999n, '21')], true)).toMatchObject({ net: 8264n, tax: 1735n, total: 9999n })
  })

  it('are zero without lines, and none beyond what money can be', () => {
    expect(quoteTotals([], false)).toMatchObject({ total: 0n, taxes: [] })
    expect(quoteTotals([line('2', largestAmountMinor)], false)).toBeNull()
    expect(quoteTotals([line('1', largestAmountMinor, '15')], false)).toBeNull()
  })
})

it('quantities are more than zero, with four decimals at most, in their shortest form', () => {
  expect(['1', '2.50', '0.0001', '007', '999999999.9999'].map(readQuantity)).toEqual([
    '1',
    '2.5',
    '0.0001',
    '7',
    '999999999.9999',
  ])
  for (const wrong of ['', '0', '0.0000', '-1', '1.00001', '1,5', '1e3', ' 1', '1000000000', '.5']) {
    expect(readQuantity(wrong)).toBeNull()
  }
})

it('percentages lie between 0 and 100', () => {
  expect(['0', '15.00', '8.875', '100'].map(readPercent)).toEqual(['0', '15', '8.875', '100'])
  for (const wrong of ['', '100.0001', '-1', '5 %', '1.23456']) expect(readPercent(wrong)).toBeNull()
})
