import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAmount, isCurrency, minorDigits, parseAmount, parseLocalizedAmount, totalsByCurrency } from './money.ts'

const anyCurrency = fc.constantFrom('USD', 'EUR', 'CLP', 'PYG', 'JPY', 'KWD', 'BHD', 'CLF', 'COP', 'MXN')
const largest = 999_999_999_999_999_999n

describe('currencies', () => {
  test('decimals by ISO 4217', () => {
    expect(['CLP', 'PYG', 'JPY', 'KRW', 'ISK', 'VND'].map(minorDigits)).toEqual([0, 0, 0, 0, 0, 0])
    expect(['KWD', 'BHD', 'OMR', 'TND'].map(minorDigits)).toEqual([3, 3, 3, 3])
    expect(['USD', 'EUR', 'COP', 'MXN', 'PEN', 'BOB'].map(minorDigits)).toEqual([2, 2, 2, 2, 2, 2])
    expect(minorDigits('CLF')).toBe(4)
  })

  test('agrees with the runtime on the decimals of ISO 4217', () => {
    // ICU follows how people pay, ISO what is defined: where they differ on purpose is listed.
    const paidWithoutDecimals = new Set(
      'AFN ALL COP HUF IDR IQD IRR KPW LAK LBP LYD MGA MMK PKR RSD SOS SYP TZS UZS YER TWD CRC CZK GYD MNT MUR NOK SEK AMD'.split(
        ' ',
      ),
    )
    for (const code of Intl.supportedValuesOf('currency').filter((c) => isCurrency(c) && !paidWithoutDecimals.has(c))) {
      const { maximumFractionDigits } = new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions()
      expect(`${code} ${minorDigits(code)}`).toBe(`${code} ${maximumFractionDigits}`)
    }
  })

  test('only codes that exist, in upper case', () => {
    expect(['USD', 'CLP', 'UYU', 'VES', 'XAF', 'ZWG'].every(isCurrency)).toBe(true)
    expect(['usd', 'US', 'USDD', 'AAA', 'DEM', 'XXX', '', 'USD '].some(isCurrency)).toBe(false)
  })
})

describe('amounts', () => {
  test.each([
    ['55.94', 'USD', 5594n],
    ['55.9', 'USD', 5590n],
    ['55', 'USD', 5500n],
    ['-0.01', 'USD', -1n],
    ['-0', 'USD', 0n],
    ['1234', 'CLP', 1234n],
    ['1.234', 'KWD', 1234n],
    ['999999999999999.999', 'KWD', largest],
    ['999999999999999.99', 'USD', 99_999_999_999_999_999n],
  ])('%s %s', (text, currency, amountMinor) => {
    expect(parseAmount(text, currency)).toEqual({ amountMinor })
  })

  test.each([
    '',
    ' 1',
    '1 ',
    '+1',
    '1,5',
    '1.',
    '.5',
    '1e5',
    'NaN',
    'Infinity',
    '0x10',
    '1.2.3',
    '--1',
    '1_000',
    '1,234.50',
    '١',
    '1\n',
    '1000000000000000',
  ])('%j is no amount', (text) => {
    expect(parseAmount(text, 'USD')).toEqual({ refusal: 'amount-invalid' })
  })

  test('more decimals than the currency has are refused, zeros too', () => {
    expect(parseAmount('1.005', 'USD')).toEqual({ refusal: 'amount-too-precise' })
    expect(parseAmount('1.000', 'USD')).toEqual({ refusal: 'amount-too-precise' })
    expect(parseAmount('1.5', 'CLP')).toEqual({ refusal: 'amount-too-precise' })
    expect(parseAmount('1.0005', 'KWD')).toEqual({ refusal: 'amount-too-precise' })
  })

  test('no amount passes the bigint of PostgreSQL, also with four decimals', () => {
    expect(parseAmount('999999999999999.0000', 'CLF')).toEqual({ refusal: 'amount-invalid' })
    expect(parseAmount('99999999999999.9999', 'CLF')).toEqual({ amountMinor: 999_999_999_999_999_999n })
  })

  test('writing and reading are exact inverses', () => {
    expect(formatAmount(5594n, 'USD')).toBe('55.94')
    expect(formatAmount(-5n, 'USD')).toBe('-0.05')
    expect(formatAmount(0n, 'KWD')).toBe('0.000')
    expect(formatAmount(1234n, 'CLP')).toBe('1234')
    fc.assert(
      fc.property(fc.bigInt({ min: -largest, max: largest }), anyCurrency, (figures, currency) => {
        const most = 10n ** BigInt(Math.min(18, 15 + minorDigits(currency)))
        const amountMinor = figures % most
        const text = formatAmount(amountMinor, currency)
        expect(parseAmount(text, currency)).toEqual({ amountMinor })
      }),
    )
  })

  test('no text makes the reader throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), anyCurrency, (text, currency) => void parseAmount(text, currency)))
  })
})

describe('totals by currency', () => {
  test('currencies never mix and come sorted', () => {
    expect(
      totalsByCurrency([
        { currency: 'USD', amountMinor: 100n },
        { currency: 'CLP', amountMinor: 5n },
        { currency: 'USD', amountMinor: -100n },
      ]),
    ).toEqual([
      { currency: 'CLP', amountMinor: 5n },
      { currency: 'USD', amountMinor: 0n },
    ])
    expect(totalsByCurrency([])).toEqual([])
  })
})

describe('amounts of spreadsheets', () => {
  test.each([
    ['1.234,56', ',', '1234.56'],
    ['1.234.567,5', ',', '1234567.5'],
    ['1 234,56', ',', '1234.56'],
    ['1\u00a0234\u00a0567', ',', '1234567'],
    ['1234,56', ',', '1234.56'],
    ['1.234', ',', '1234'],
    ['-1.234,56', ',', '-1234.56'],
    [' 55,94 ', ',', '55.94'],
    ['1,234.56', '.', '1234.56'],
    ['1234.56', '.', '1234.56'],
    ["1'234.56", '.', '1234.56'],
    // With a decimal comma this is one and 234 thousandths; the currency then says too precise.
    ['1,234', ',', '1.234'],
    ['0', '.', '0'],
  ] as const)('%j with decimal %s', (text, decimal, normal) => {
    expect(parseLocalizedAmount(text, decimal)).toEqual({ text: normal })
  })

  test.each([
    ['1.23', ','],
    ['12.34,5', ','],
    ['1234.567,00', ','],
    ['1.234 567,00', ','],
    ['1,234,567', ','],
    ['1.234,', ','],
    [',5', ','],
    ['1.234,56', '.'],
    ['1,23', '.'],
    ['1,234,56.00', '.'],
    ['$ 5', '.'],
    ['1e5', '.'],
    ['', '.'],
    ['-', '.'],
    ['--1', '.'],
    ['- 1', '.'],
    ['1\n234', '.'],
  ] as const)('%j with decimal %s is refused', (text, decimal) => {
    expect(parseLocalizedAmount(text, decimal)).toEqual({ refusal: 'amount-invalid' })
  })

  test('what Intl writes is read back, in Spanish and English', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (minor) => {
        const plain = formatAmount(minor, 'USD')
        for (const [locale, decimal] of [
          ['es-ES', ','],
          ['es-CO', ','],
          ['es-MX', '.'],
          ['fr-FR', ','],
          ['de-CH', '.'],
        ] as const) {
          const shown = new Intl.NumberFormat(locale, { minimumFractionDigits: 2 }).format(plain as unknown as number)
          expect(parseLocalizedAmount(shown, decimal)).toEqual({ text: plain })
        }
      }),
    )
  })
})
